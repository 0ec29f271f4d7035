package tier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/logs-rdl/logs"
)

// A gate takes the batches of one department, one after the other:
//
//	batch ─→ is it one? are its events of that edge? ─→ -ERR
//	      ─→ is the department within its rate? ─────→ -WAIT
//	      ─→ is there room on the disk? ─────────────→ -WAIT
//	      ─→ on the disk ────────────────────────────→ +OK
//
// The answer goes to the department's own inbox and nowhere else: it must not
// make the hub say things in its own name.
type gate struct {
	*book
	hub        *Hub
	department string
	sub        *nats.Subscription
	limit      int64 // of the stream; 0: there is none yet
	rate       bucket
	told       told
}

const (
	publishTimeout = 8 * time.Second // below what an edge waits
	whenFull       = 5 * time.Second // until an edge asks again
	maxAhead       = time.Hour       // that an edge's clock may be
)

func (g *gate) open() error {
	var err error
	if g.sub, err = g.hub.conn.Subscribe(upSubject(g.department, "*"), g.take); err != nil {
		return err
	}
	return g.sub.SetPendingLimits(-1, maxPending)
}

// take answers one batch.
func (g *gate) take(m *nats.Msg) {
	if !strings.HasPrefix(m.Reply, inboxOf(g.department)+".") {
		g.refuse(m.Subject, errors.New("the answer is to go to another's inbox"))
		return
	}
	answer := answerOK
	if err := g.accept(m, time.Now()); err != nil {
		answer = err.Error()
	}
	if err := m.Respond([]byte(answer)); err != nil && g.hub.ctx.Err() == nil {
		g.hub.o.Log.Warn("an edge could not be answered", "edge", m.Subject, "error", err)
	}
}

// accept takes a batch over. The error is the answer.
func (g *gate) accept(m *nats.Msg, now time.Time) error {
	b, who, err := g.check(m, now)
	if err != nil {
		g.refuse(m.Subject, err)
		return fmt.Errorf("%s%w", answerErr, err)
	}
	user, known := g.hub.guard.user(g.department)
	if !known {
		return fmt.Errorf("%sthe department is revoked", answerErr)
	}
	if wait := g.rate.take(int64(b.count), user.Rate, now); wait > 0 {
		g.told.say(g.hub.o.Log, slog.LevelWarn, "a department is over its rate, and waits", "department", g.department, "rate", user.Rate)
		return fmt.Errorf("%s%d %s sends more than %d events a second", answerWait, wait.Milliseconds(), g.department, user.Rate)
	}
	if !g.hub.hasRoom(who) {
		err := fmt.Errorf("%s has %d edges, and %s would be one too many", g.department, maxHosts, who.Host)
		g.refuse(m.Subject, err)
		return fmt.Errorf("%s%w", answerErr, err)
	}
	if err := g.keep(who, &b, m.Data, user); err != nil {
		g.told.say(g.hub.o.Log, slog.LevelError, "a batch cannot be stored, and its edge waits", "edge", who, "error", err)
		return fmt.Errorf("%s%d the hub cannot store it: %w", answerWait, whenFull.Milliseconds(), err)
	}
	g.book.take(&b, now)
	signal(g.hub.edge(who).wake)
	return nil
}

// check reads a batch and sees whether it is what it says.
func (g *gate) check(m *nats.Msg, now time.Time) (batch, Edge, error) {
	_, host, ok := splitSubject(m.Subject)
	if !ok {
		return batch{}, Edge{}, fmt.Errorf("%q is no edge", m.Subject)
	}
	b, err := parseBatch(m.Data)
	if err == nil {
		err = checkEvents(b.lines, host, g.latest(now))
	}
	return b, Edge{g.department, host}, err
}

// latest is how late an event may be. The engine's clock follows the edges',
// so one that is wrong must not be able to end all that waits; without trust
// they are those of this machine.
func (g *gate) latest(now time.Time) time.Time {
	if g.hub.o.Trust == nil {
		return time.Time{}
	}
	return now.Add(maxAhead)
}

// checkEvents sees whether all lines are events of a host, and none is later
// than it may be.
func checkEvents(lines []byte, host string, latest time.Time) error {
	for line := range bytes.Lines(lines) {
		named, at, ok := logs.EventHost(string(line[:min(len(line), 400)]))
		switch {
		case !ok:
			return errors.New("a line is no event")
		case named != host:
			return fmt.Errorf("an event says that it is of %s", logs.Show(named))
		case !latest.IsZero() && at.After(latest):
			return fmt.Errorf("an event is of %s: its clock is wrong", at.Format(time.RFC3339))
		}
	}
	return nil
}

// keep brings a batch to the disk. One that the disk has already is none more.
func (g *gate) keep(who Edge, b *batch, data []byte, user User) error {
	ctx, cancel := context.WithTimeout(g.hub.ctx, publishTimeout)
	defer cancel()
	if err := g.makeStream(ctx, user); err != nil {
		return err
	}
	ack, err := g.hub.js.PublishMsg(ctx, &nats.Msg{Subject: tierSubject(who.Department, who.Host), Data: data},
		jetstream.WithMsgID(who.String()+" "+b.id()))
	if err == nil && ack.Duplicate {
		g.doubles.Add(int64(b.count))
	}
	return err
}

// makeStream makes the stream of the department, or gives it its new bound.
func (g *gate) makeStream(ctx context.Context, user User) error {
	limit := g.hub.o.MaxBytes
	if user.MaxBytes > 0 {
		limit = user.MaxBytes
	}
	if g.limit == limit {
		return nil
	}
	_, err := g.hub.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: streamName(g.department), Subjects: []string{tierSubject(g.department, "*")},
		Storage: jetstream.FileStorage, Discard: jetstream.DiscardNew, MaxBytes: limit, AllowDirect: true,
	})
	if err == nil {
		g.limit = limit
	}
	return err
}

func (g *gate) refuse(subject string, why error) {
	g.refused.Add(1)
	g.told.say(g.hub.o.Log, slog.LevelWarn, "a batch was refused", "department", g.department, "subject", subject, "why", why)
}

// A bucket holds what may be taken at once: what a second brings. A batch is
// let through if there is anything in it, and may leave a debt.
type bucket struct {
	level float64
	at    time.Time
}

// take takes n at a rate, and returns how long to wait if it may not.
func (b *bucket) take(n, rate int64, now time.Time) time.Duration {
	if rate <= 0 {
		return 0
	}
	if b.at.IsZero() {
		b.level = float64(rate)
	} else {
		b.level = min(float64(rate), b.level+now.Sub(b.at).Seconds()*float64(rate))
	}
	b.at = now
	if b.level <= 0 {
		return max(time.Millisecond, time.Duration(-b.level/float64(rate)*float64(time.Second)))
	}
	b.level -= float64(n)
	return 0
}
