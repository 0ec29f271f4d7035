package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/sink"
	"github.com/logs-rdl/logs/internal/web"
	"github.com/logs-rdl/logs/rdl"
)

// A performer performs effects of one kind or several.
type performer interface {
	Do(ctx context.Context, e *logs.Effect) error
}

// A route is one way for effects to go: a sink that the rules declare, or what
// a statement uses that names none.
type route struct {
	name    string
	do      func(ctx context.Context, e *logs.Effect) error
	atOnce  bool          // it is done when do returns and all is flushed
	program bool          // it starts a program
	alerts  logs.Severity // the least of the alerts that it takes; SeverityNone: it takes none
	queue   *sink.Queue   // nil if it has none
	seed    uint64
}

func newRoute(name string, do func(context.Context, *logs.Effect) error) *route {
	h := fnv.New64a()
	h.Write([]byte(name))
	return &route{name: name, do: do, seed: h.Sum64()}
}

// key tells the effects of all routes apart.
func (r *route) key(id logs.ID) uint64 { return uint64(id) ^ r.seed }

// atOnce adds a route that performs effects at once: the first performer those
// of all kinds but alerts, which the last does.
func (s *sinks) atOnce(name string, performers ...performer) {
	r := newRoute(name, func(ctx context.Context, e *logs.Effect) error {
		if e.Kind == logs.EffectAlert {
			return performers[len(performers)-1].Do(ctx, e)
		}
		return performers[0].Do(ctx, e)
	})
	r.atOnce = true
	s.routes[name] = r
}

// later adds a route that starts programs.
func (s *sinks) later(name string, p performer) {
	r := newRoute(name, p.Do)
	r.program = true
	s.routes[name] = r
}

// dryRun lets every route but standard output only tell what it would do. The
// settings of sinks must be of use all the same.
func (s *sinks) dryRun(outputs []rdl.Output) error {
	for _, name := range []string{"write", "exec", "mail", "post", "ban", "forward"} {
		s.atOnce(name, sink.DryRun{Out: s.out})
	}
	for _, d := range outputs {
		if d.Kind != rdl.SinkFile && d.Kind != rdl.SinkExec {
			if _, err := s.deliverer(d); err != nil {
				return declared(d, err)
			}
		}
		s.atOnce(d.Name, sink.DryRun{Out: s.out, Sink: d.Name})
		s.take(d)
	}
	return nil
}

// take lets a sink take the alerts that it is declared to.
func (s *sinks) take(d rdl.Output) {
	r := s.routes[d.Name]
	if r.alerts = d.Alerts; r.alerts > logs.SeverityNone {
		s.takers = append(s.takers, r)
	}
}

// declared says of an error of which sink it is.
func declared(d rdl.Output, err error) error {
	return fmt.Errorf("%s: the sink %s: %w", d.Pos, d.Name, err)
}

// declare adds the route of a sink.
func (s *sinks) declare(d rdl.Output) error {
	switch d.Kind {
	case rdl.SinkFile:
		s.atOnce(d.Name, sink.Append{Files: s.files, Path: d.Path})
	case rdl.SinkExec:
		s.later(d.Name, sink.Feed{Exec: s.exec, Name: d.Name, Args: d.Args})
	default:
		to, err := s.deliverer(d)
		if err != nil {
			return declared(d, err)
		}
		s.enqueue(d, to)
	}
	s.take(d)
	return nil
}

// deliverer makes what hands the effects of a sink to its receiver.
func (s *sinks) deliverer(d rdl.Output) (sink.Deliverer, error) {
	switch d.Kind {
	case rdl.SinkMail:
		return sink.NewMail(sink.MailOptions{Server: d.URL, From: d.From, To: d.To})
	case rdl.SinkSyslog:
		to, err := sink.NewSyslog(sink.SyslogOptions{URL: d.URL})
		if err == nil {
			s.closers = append(s.closers, to.Close)
		}
		return to, err
	case rdl.SinkFirewall:
		var allow []netip.Prefix
		for _, text := range d.Allow {
			net, err := sink.ParseNetwork(text)
			if err != nil {
				return nil, err
			}
			allow = append(allow, net)
		}
		return &sink.Firewall{Allow: allow}, nil
	}
	if d.URL == "" && d.Name != "post" {
		return nil, errors.New("it has no URL: is the variable of the environment set that it is taken from?")
	}
	to, err := sink.NewWebhook(sink.WebhookOptions{URL: d.URL, As: d.As, Secret: d.Secret})
	if err == nil {
		s.closers = append(s.closers, to.Close)
	}
	return to, err
}

// addOwn adds what the statements mail, post and ban use if the rules declare
// no sink of that name.
func (s *sinks) addOwn() error {
	for _, d := range []rdl.Output{{Name: "mail", Kind: rdl.SinkMail}, {Name: "post", Kind: rdl.SinkWebhook}, {Name: "ban", Kind: rdl.SinkFirewall}} {
		if s.routes[d.Name] != nil {
			continue
		}
		to, err := s.deliverer(d)
		if err != nil {
			return err
		}
		s.enqueue(d, to)
	}
	return nil
}

// enqueue adds a route with a queue. The queue begins to run with its first
// effect.
func (s *sinks) enqueue(d rdl.Output, to sink.Deliverer) {
	r := newRoute(d.Name, nil)
	r.queue = sink.NewQueue(d.Name, to, sink.QueueOptions{
		Size: d.Capacity, GiveUp: d.GiveUp, Limit: sink.Limit{Count: d.AtMost, Per: d.Per},
		Done: func(e *logs.Effect) { s.note(r, e) },
		Dead: func(e *logs.Effect, err error) error { return s.bury(r, e, err) },
		Full: func() { s.Flush() }, // lest what was printed waits as well; what is wrong with it the next one tells
	})
	var begin sync.Once
	r.do = func(ctx context.Context, e *logs.Effect) error {
		begin.Do(func() { go r.queue.Run(context.Background()) })
		return r.queue.Do(ctx, e)
	}
	s.routes[d.Name] = r
}

// bury tells of an effect that a receiver did not take.
func (s *sinks) bury(r *route, e *logs.Effect, why error) error {
	if s.dead != nil {
		if err := s.dead.Add(r.name, e, why); err != nil {
			return err
		}
	}
	s.givenUp.Add(1)
	s.log.Error("an action was given up", "action", e.Kind, "sink", r.name, "rule", e.Rule, "id", e.ID, "error", why)
	return nil
}

// stats tells how far the queues are, by the names of their sinks.
func (s *sinks) stats() []web.Sink {
	var stats []web.Sink
	for _, name := range slices.Sorted(maps.Keys(s.routes)) {
		if q := s.routes[name].queue; q != nil {
			stats = append(stats, web.Sink(q.Stats()))
		}
	}
	if s.up != nil {
		stats = append(stats, s.up.stats())
	}
	return stats
}

// closeRoutes waits for queues and programs, until ctx ends.
func (s *sinks) closeRoutes(ctx context.Context) {
	var closing sync.WaitGroup
	for _, r := range s.routes {
		if r.queue != nil {
			closing.Go(func() { r.queue.Close(ctx) })
		}
	}
	closing.Go(func() { s.exec.Close(ctx) })
	closing.Wait()
	for _, f := range s.closers {
		f()
	}
}

// Keep brings what was done to where it lasts, and returns what was taken over
// and is not done, by route.
func (s *sinks) Keep() ([]byte, error) {
	if err := s.Flush(); err != nil {
		return nil, err
	}
	if n := s.files.Buffered(); n > 0 {
		return nil, fmt.Errorf("%d bytes of lines cannot be written to their files", n)
	}
	if err := s.files.Sync(); err != nil {
		return nil, err
	}
	pending := map[string][]byte{}
	for name, effects := range s.underWay() {
		if len(effects) > 0 {
			pending[name] = logs.EncodeEffects(effects)
		}
	}
	if err := s.keepUpstream(pending); err != nil {
		return nil, err
	}
	return json.Marshal(pending)
}

// underWay returns what was taken over, or could not be any more, and is not
// done, by route.
func (s *sinks) underWay() map[string][]logs.Effect {
	all := map[string][]logs.Effect{}
	for name, r := range s.routes {
		if r.queue != nil {
			all[name] = r.queue.Pending()
		}
	}
	for _, e := range s.exec.Pending() {
		if r := s.routeOf(&e); r != nil {
			all[r.name] = append(all[r.name], e)
		}
	}
	for name, effects := range s.untaken {
		all[name] = append(all[name], effects...)
	}
	return all
}

// resume does what was kept.
func (s *sinks) resume(ctx context.Context, kept []byte, zone *time.Location) error {
	if len(kept) == 0 {
		return nil
	}
	var pending map[string][]byte
	if err := json.Unmarshal(kept, &pending); err != nil {
		return fmt.Errorf("the actions under way are damaged: %w", err)
	}
	if err := s.resumeUpstream(pending); err != nil {
		return err
	}
	for name, data := range pending {
		effects, err := logs.DecodeEffects(data, zone)
		if err != nil {
			return err
		}
		for i := range effects {
			s.resumeOne(ctx, name, &effects[i])
		}
	}
	return nil
}

// resumeOne does an action that was under way. Of a sink that starts programs it
// is the program, or what the program was to be fed with.
func (s *sinks) resumeOne(ctx context.Context, name string, e *logs.Effect) {
	r := s.routes[name]
	if r == nil {
		s.failed(e, fmt.Errorf("the rules have no sink %s any more", name))
		return
	}
	if r.program && len(e.Args) > 0 {
		r = &route{name: r.name, seed: r.seed, program: true, do: s.exec.Do}
	}
	s.send(ctx, r, e)
}
