package main

import (
	"bytes"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/web"
)

// A watch is what there is to see of a worker: the sum over its partitions.
//
//	the loop of each partition ─→ look ─→ its stats ─┐
//	                  those that have ended ─→ past ─┴─→ turned ─→ stats ─→ HTTP
//
// What an engine had counted elsewhere, before this worker held its partition,
// is left out, so that the sum over all workers is what was done.
type watch struct {
	began   time.Time
	stats   atomic.Pointer[web.Stats]
	past    web.Stats // counters of partitions that have ended
	taken   uint64
	fenced  uint64
	reloads web.Reload
	told    time.Time // when the watchdog was
}

// look gathers what there is to see of a partition. It is called by its loop.
func (k *worker) look(p *partition, r *run.Runner, out *sinks, sum run.Summary, last bool) {
	now := time.Now()
	if now.Sub(p.looked) < statsEvery && !last {
		return
	}
	p.looked = now
	s := &service{runner: r, in: &inputs{}, out: out}
	stats := s.gather(now, sum)
	if p.begun == nil {
		p.begun = &web.Stats{Engine: stats.Engine, Rules: slices.Clone(stats.Rules)}
	}
	since(stats, p.begun)
	for i := range stats.Sources {
		stats.Sources[i].Name = fmt.Sprintf("partition %d", p.number)
	}
	p.stats.Store(stats)
}

// since takes away what was counted before.
func since(s, before *web.Stats) {
	for i, n := range counters(&before.Engine) {
		*counters(&s.Engine)[i] -= *n
	}
	for i := range s.Rules {
		s.Rules[i].Tries -= before.Rules[i].Tries
		s.Rules[i].Matches -= before.Rules[i].Matches
		s.Rules[i].GaveUp -= before.Rules[i].GaveUp
	}
}

func counters(s *logs.Stats) []*uint64 {
	return []*uint64{&s.Messages, &s.Alerts, &s.Late, &s.Faults, &s.Evicted, &s.Dropped, &s.GaveUp, &s.Missing}
}

// keep keeps what a partition has counted that has ended.
func (w *watch) keep(p *partition) {
	if p.fenced.Load() {
		w.fenced++
	}
	stats := p.stats.Load()
	if stats == nil {
		return
	}
	addCounters(&w.past, stats)
	for i := range w.past.Sinks {
		w.past.Sinks[i].Waiting, w.past.Sinks[i].Held = 0, 0
	}
}

// turned gathers what there is to see of the worker, and tells the service
// manager that its loop turns.
func (k *worker) turned() {
	now := time.Now()
	if k.notifier.every > 0 && now.Sub(k.watch.told) >= min(k.notifier.every, statsEvery) {
		k.watch.told = now
		k.notifier.watchdog()
	}
	sum := &web.Stats{Version: version(), Started: k.watch.began, Turned: now, Loaded: true, Reload: k.watch.reloads}
	addCounters(sum, &k.watch.past)
	sum.Cluster = web.Cluster{
		Name: k.member.ID(), Partitions: k.cluster.Partitions(), Held: len(k.running), Taken: k.watch.taken, Fenced: k.watch.fenced,
	}
	for _, p := range k.running {
		if r := p.events.Load(); r != nil {
			sum.Cluster.Lag = max(sum.Cluster.Lag, r.Lag(now))
		}
		if stats := p.stats.Load(); stats != nil {
			addCounters(sum, stats)
			addGauges(sum, stats)
		}
	}
	k.watch.stats.Store(sum)
}

// addCounters adds what is counted.
func addCounters(sum, s *web.Stats) {
	sum.Lines += s.Lines
	sum.Bytes += s.Bytes
	for i, n := range counters(&s.Engine) {
		*counters(&sum.Engine)[i] += *n
	}
	for _, r := range s.Rules {
		into := named(&sum.Rules, func(t *logs.Count) *string { return &t.Name }, r.Name)
		into.Tries += r.Tries
		into.Matches += r.Matches
		into.GaveUp += r.GaveUp
	}
	for _, x := range s.Sinks {
		into := named(&sum.Sinks, func(t *web.Sink) *string { return &t.Name }, x.Name)
		into.Delivered += x.Delivered
		into.Retried += x.Retried
		into.Dead += x.Dead
		into.Waiting += x.Waiting
		into.Held += x.Held
	}
	sum.Checkpoint.Failed += s.Checkpoint.Failed
}

// addGauges adds what is there now. The clock and the snapshot are those that
// are furthest behind.
func addGauges(sum, s *web.Stats) {
	sum.Clock, sum.Checkpoint.Time = earlier(sum.Clock, s.Clock), earlier(sum.Checkpoint.Time, s.Checkpoint.Time)
	sum.Checkpoint.Bytes += s.Checkpoint.Bytes
	sum.Live += s.Live
	sum.Timers += s.Timers
	sum.Kept += s.Kept
	sum.Sources = append(sum.Sources, s.Sources...)
	for _, x := range s.Stores {
		into := named(&sum.Stores, func(t *web.Store) *string { return &t.Name }, x.Name)
		into.Keys += x.Keys
		into.Items += x.Items
	}
}

// named returns the one of that name, which is put behind the others if it is
// not there.
func named[T any](all *[]T, nameOf func(*T) *string, name string) *T {
	i := slices.IndexFunc(*all, func(x T) bool { return *nameOf(&x) == name })
	if i < 0 {
		i = len(*all)
		*all = append(*all, *new(T))
		*nameOf(&(*all)[i]) = name
	}
	return &(*all)[i]
}

// earlier returns the earlier of two times, of which one may be none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// dump lets all partitions tell what their engines know, on standard error.
func (k *worker) dump() {
	for _, p := range k.running {
		select {
		case p.asked <- func(r *run.Runner) { k.dumpOne(p, r.Engine) }:
		default: // it has been asked, and not answered yet
		}
	}
}

func (k *worker) dumpOne(p *partition, engine *logs.Engine) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "partition %d\n", p.number)
	if err := engine.Dump(&text); err != nil {
		k.w.log.Error("what the rules know could not be told", "partition", p.number, "error", err)
		return
	}
	k.printed.Lock()
	defer k.printed.Unlock()
	k.w.err.Write(text.Bytes())
}
