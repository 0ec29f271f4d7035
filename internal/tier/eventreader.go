package tier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/logs-rdl/logs"
)

// An EventReader delivers the events of a partition, part by part, in the order
// in which the cluster has them. It drops events that it has seen, and those
// that are later than an hour after they came: the engine's clock would follow
// them.
type EventReader struct {
	c         *Cluster
	partition int
	ctx       context.Context
	close     context.CancelFunc
	wake      chan struct{} // holds a token when something has come
	sub       *nats.Subscription
	at        place
	resume    uint64                  // the part that is to come first; 0: any
	gone      bool                    // it is not there
	came      atomic.Int64            // when the part that was read last came to the cluster, ns; 0: all is read
	ends      bool                    // there is an end, of a cluster that has been cut
	only      func(event []byte) bool // which events are delivered; nil: all
	told      told
}

// maxEdges is how many stores are told apart in one partition.
const maxEdges = 1024

// OpenEvents reads the events of a partition from a mark on; "" is the first
// that lies there.
func (c *Cluster) OpenEvents(partition int, mark string) (*EventReader, error) {
	r := &EventReader{c: c, partition: partition, wake: make(chan struct{}, 1)}
	var err error
	if r.at, err = parsePlace(mark); err != nil {
		return nil, err
	}
	if born := c.events.CachedInfo().Created.UnixNano(); born != r.at.born {
		r.gone = mark != ""
		r.at.born, r.at.next = born, 1
	} else {
		r.resume = r.at.next
	}
	if r.sub, err = c.conn.Subscribe(r.subject(), func(*nats.Msg) { signal(r.wake) }); err != nil {
		return nil, fmt.Errorf("the events of partition %d: %w", partition, err)
	}
	r.ctx, r.close = context.WithCancel(context.Background())
	return r, nil
}

func (r *EventReader) subject() string { return r.c.o.At.subject("events", r.partition) }

// How long a reader waits until it asks again, at first and at last: that
// something comes is heard before it is there.
const (
	soonest = 2 * time.Millisecond
	latest  = time.Second
)

// Next returns the next part that holds an event that was not seen. It waits
// for it, and returns io.EOF after Close.
func (r *EventReader) Next() (*Part, error) {
	wait := soonest
	for {
		m, err := r.c.events.GetMsg(r.ctx, r.at.next, jetstream.WithGetMsgSubject(r.subject()))
		switch {
		case r.ctx.Err() != nil:
			return nil, io.EOF
		case err != nil:
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				r.came.Store(0)
				if r.ends {
					return nil, io.EOF
				}
			}
			longer := r.wait(wait, err)
			if wait < latest && longer == latest {
				r.lookBack()
			}
			wait = longer
			continue
		}
		wait = soonest
		r.came.Store(m.Time.UnixNano())
		if r.resume != 0 && m.Sequence != r.resume {
			r.gone = true
		}
		r.resume = 0
		if part := r.part(m); part != nil {
			return part, nil
		}
	}
}

// wait waits until a part has come, or for a while, and returns for how long it
// is the next time.
func (r *EventReader) wait(d time.Duration, err error) time.Duration {
	if !errors.Is(err, jetstream.ErrMsgNotFound) && d == latest { // servers that choose a leader are through before
		r.told.say(r.c.o.Log, slog.LevelWarn, "events cannot be read, which is tried again", "partition", r.partition, "error", err)
	}
	again := time.NewTimer(d)
	defer again.Stop()
	select {
	case <-r.wake:
		return soonest
	case <-again.C:
	case <-r.ctx.Done():
	}
	return min(2*d, latest)
}

// lookBack is called when nothing has come for a while. Servers that have lost
// their newest events in a power cut, or the stream, give numbers again that
// this reader has behind it: then it reads all that there is, and drops what it
// has seen.
func (r *EventReader) lookBack() {
	looking, cancel := context.WithTimeout(r.ctx, writeTimeout)
	defer cancel()
	info, err := r.c.events.Info(looking)
	if err != nil || info.Created.UnixNano() == r.at.born && r.at.next <= info.State.LastSeq+1 {
		return
	}
	r.c.o.Log.Warn("the cluster has lost events that it had; what came since is read", "partition", r.partition)
	r.at.born, r.at.next = info.Created.UnixNano(), 1
	r.gone, r.resume = r.gone || r.resume != 0, 0
}

// part makes a part of what is new in a message; nil if there is nothing.
func (r *EventReader) part(m *jetstream.RawStreamMsg) *Part {
	mark := r.at
	mark.next = m.Sequence
	text := mark.String()
	r.at.next = m.Sequence + 1
	p, err := parsePart(m.Data)
	if err != nil {
		r.told.say(r.c.o.Log, slog.LevelWarn, "a message is no batch of events, and is passed over", "partition", r.partition, "number", m.Sequence, "error", err)
		return nil
	}
	next := r.at.nextOf(p.epoch)
	part := &Part{mark: text}
	for line := range bytes.Lines(p.lines) {
		number, event, ok := cutNumber(line[:len(line)-1])
		if !ok || number < next {
			continue
		}
		next = number + 1
		if r.only != nil && !r.only(event) || r.c.past != nil && r.c.past.has(p.epoch, number, event) {
			continue
		}
		host, at, ok := logs.EventHost(unsafe.String(unsafe.SliceData(event), len(event)))
		if !ok || at.After(m.Time.Add(maxAhead)) {
			r.told.say(r.c.o.Log, slog.LevelWarn, "an event was dropped: it is none, or its clock is wrong", "partition", r.partition, "host", logs.Show(host), "time", at)
			continue
		}
		part.add(number, host, event)
	}
	r.at.saw(p.epoch, next)
	if len(part.events) == 0 {
		return nil
	}
	return part
}

// Lag is how long ago it came to the cluster what is read now; 0 when all is
// read. It may be called from any goroutine.
func (r *EventReader) Lag(now time.Time) time.Duration {
	came := r.came.Load()
	if came == 0 {
		return 0
	}
	return max(0, now.Sub(time.Unix(0, came)))
}

// Resumed is false once it has turned out that what was read before the mark is
// gone.
func (r *EventReader) Resumed() bool { return !r.gone }

// Close ends Next. It may be called while that runs, and again.
func (r *EventReader) Close() error {
	r.close()
	r.sub.Unsubscribe() // of a connection that is closed there is none any more
	return nil
}

// Forget is told that a partition will not be read from before a mark any more.
// What is before it is removed, at once or when it has been kept for as long as
// the options say.
func (c *Cluster) Forget(ctx context.Context, partition int, mark string) {
	if c.o.Keep > 0 {
		mark = c.olderThan(partition, mark, time.Now())
	}
	at, err := parsePlace(mark)
	if err != nil || at.next <= 1 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	subject := c.o.At.subject("events", partition)
	if err := c.events.Purge(ctx, jetstream.WithPurgeSubject(subject), jetstream.WithPurgeSequence(at.next)); err != nil {
		c.o.Log.Warn("events that have been used could not be removed", "partition", partition, "error", err)
	}
}

// A forgotten is a mark, and when it was told.
type forgotten struct {
	mark string
	at   time.Time
}

// keepSteps is in how many steps what is kept for a while is removed.
const keepSteps = 64

// olderThan puts a mark of a partition behind the others, and returns the newest
// that was told so long ago that what is before it may go; "" if there is none.
func (c *Cluster) olderThan(partition int, mark string, now time.Time) (old string) {
	c.keeping.Lock()
	defer c.keeping.Unlock()
	marks := c.kept[partition]
	if n := len(marks); n == 0 || now.Sub(marks[n-1].at) >= c.o.Keep/keepSteps {
		marks = append(marks, forgotten{mark, now})
	}
	for len(marks) > 0 && now.Sub(marks[0].at) >= c.o.Keep {
		old, marks = marks[0].mark, marks[1:]
	}
	c.kept[partition] = marks
	return old
}

// A Part is some events of one edge, for one partition.
type Part struct {
	mark    string
	host    string
	numbers []uint64
	events  [][]byte
}

func (p *Part) add(number uint64, host string, event []byte) {
	p.host = host
	p.numbers, p.events = append(p.numbers, number), append(p.events, event)
}

// Lines returns the events, each with its number in the store of its edge.
func (p *Part) Lines() iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		for i, event := range p.events {
			if !yield(unsafe.String(unsafe.SliceData(event), len(event)), int64(p.numbers[i])) {
				return
			}
		}
	}
}

// Release does nothing: what has been used is told by Forget.
func (p *Part) Release() {}

// Mark is where the part begins, for OpenEvents.
func (p *Part) Mark() string { return p.mark }

// From is the edge.
func (p *Part) From() string { return "tier:" + p.host }

// nextOf returns the number that comes next of a store.
func (p *place) nextOf(epoch string) uint64 {
	for _, s := range p.seen {
		if s.epoch == epoch {
			return s.next
		}
	}
	return 1
}

// saw notes how far a store has been read. Of too many the one that was heard
// of least lately is forgotten.
func (p *place) saw(epoch string, next uint64) {
	kept := make([]seen, 0, len(p.seen)+1)
	for _, s := range p.seen {
		if s.epoch != epoch {
			kept = append(kept, s)
		}
	}
	p.seen = append(kept, seen{epoch, next})
	if len(p.seen) > maxEdges {
		p.seen = p.seen[1:]
	}
}
