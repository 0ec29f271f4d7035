package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/web"
	"github.com/logs-rdl/logs/rdl"
)

// A service is a run as the machine sees it: signals, the service manager, and
// whoever watches over HTTP. What they ask is done by the loop of the run,
// between two lines.
//
//	SIGHUP  ─→ reload ─┐
//	SIGUSR1 ─→ dump ───┼─→ asked ─→ the loop of the run
//	                   │
//	the loop ─→ turned ┴─→ stats ─→ HTTP, watchdog
type service struct {
	c       runCmd
	w       *world
	runner  *run.Runner
	in      *inputs
	out     *sinks
	program *rdl.Program
	zone    *time.Location
	began   time.Time
	version string

	asked    chan func(*run.Runner)
	notifier notifier
	notified time.Time // when the watchdog was told last
	stats    atomic.Pointer[web.Stats]
	reloads  web.Reload
	show     func(run.Summary) // the progress on a terminal
	sum      run.Summary       // as turned was told last
}

// statsEvery is how often what there is to see is gathered.
const statsEvery = time.Second

// serve serves what there is to see over HTTP until ctx ends, as one of others;
// where there is no address, nobody asks.
func (w *world) serve(ctx context.Context, others *sync.WaitGroup, addr string, stats func() web.Stats) error {
	if addr == "" {
		return nil
	}
	server, err := web.New(addr, stats)
	if err != nil {
		return &failure{exitUsage, fmt.Errorf("--http: %w", err)}
	}
	server.Log = w.log
	w.log.Info("serving what there is to see", "address", server.Addr())
	others.Go(func() { server.Run(ctx) })
	return nil
}

// run runs until the logs have ended, or ctx has.
func (s *service) run(ctx context.Context) (run.Summary, error) {
	aside, stop := context.WithCancel(context.Background())
	var others sync.WaitGroup
	defer others.Wait()
	defer stop()
	s.stats.Store(&web.Stats{Started: s.began})
	if err := s.w.serve(aside, &others, s.c.HTTP, func() web.Stats { return *s.stats.Load() }); err != nil {
		return run.Summary{}, err
	}
	inputs := s.in.list
	if len(s.in.follow) > 0 {
		others.Go(func() { s.in.watch.Run(aside) })
	}
	if len(s.in.follow) > 0 || s.in.hub.tier != nil {
		inputs = append(inputs, s.in.discover()...)
		s.runner.Options.Discover = s.in.discover
	}
	s.asked = make(chan func(*run.Runner))
	s.runner.Options.Asked = s.asked
	s.show, s.runner.Options.Progress = s.runner.Options.Progress, s.turned
	s.out.waits = func() { s.turned(s.sum) }
	others.Go(func() { s.listen(aside) })
	s.notifier = newNotifier()
	if s.in.state != nil {
		if err := s.out.resume(ctx, s.in.state.Effects(), s.zone); err != nil {
			return run.Summary{}, err
		}
	}
	s.notifier.ready()
	sum, err := s.runner.Run(ctx, inputs)
	s.notifier.stopping()
	return sum, err
}

// listen takes the signals that ask for something.
func (s *service) listen(ctx context.Context) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGUSR1)
	defer signal.Stop(signals)
	for {
		select {
		case got := <-signals:
			do := s.reload
			if got == syscall.SIGUSR1 {
				do = s.dump
			}
			select {
			case s.asked <- do:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// reload loads the rules anew. Those that are wrong are refused, and the old
// go on.
func (s *service) reload(r *run.Runner) {
	s.notifier.reloading()
	defer s.notifier.ready()
	s.out.reopen()
	p, err := s.loadAgain(r)
	if err != nil {
		s.reloads.Failed = time.Now()
		s.w.log.Error("the rules were not loaded anew, the old go on", "error", err)
		return
	}
	s.program, s.reloads.OK = p, time.Now()
	s.w.log.Info("the rules were loaded anew")
}

func (s *service) loadAgain(r *run.Runner) (*rdl.Program, error) {
	p, err := s.c.load()
	if err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(p.Outputs, s.program.Outputs) {
		return nil, fmt.Errorf("they declare other sinks than before: that takes a restart")
	}
	engine, err := logs.New(p.Program, s.c.engineOptions(s.zone))
	if err != nil {
		return nil, err
	}
	var state bytes.Buffer
	if err := r.Engine.Save(&state); err != nil {
		return nil, err
	}
	if err := engine.Load(&state); err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(p.Inputs, s.program.Inputs) {
		s.w.log.Warn("the rules declare other sources than before: these count after a restart")
	}
	r.SetEngine(engine)
	return p, nil
}

// dump tells what the engine knows: in the folder of the state, or else on
// standard error.
func (s *service) dump(r *run.Runner) {
	if s.in.state == nil {
		if err := r.Engine.Dump(s.w.err); err != nil {
			s.w.log.Error("what the rules know could not be told", "error", err)
		}
		return
	}
	path := filepath.Join(s.in.state.Dir(), "dump.txt")
	if err := dumpTo(path, r.Engine); err != nil {
		s.w.log.Error("what the rules know could not be told", "error", err)
		return
	}
	s.w.log.Info("what the rules know was written", "file", path)
}

func dumpTo(path string, engine *logs.Engine) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	return engine.Dump(file)
}

// turned is called when the loop has used what was at hand.
func (s *service) turned(sum run.Summary) {
	s.sum = sum
	if s.show != nil {
		s.show(sum)
	}
	now := time.Now()
	if now.Sub(s.notified) < statsEvery {
		return
	}
	s.notified = now
	if s.notifier.every > 0 {
		s.notifier.watchdog()
	}
	if s.c.HTTP != "" {
		s.stats.Store(s.gather(now, sum))
	}
}

// gather gathers what there is to see.
func (s *service) gather(now time.Time, sum run.Summary) *web.Stats {
	engine := s.runner.Engine
	stats := &web.Stats{
		Version: s.version, Started: s.began, Turned: now, Clock: engine.Now(), Loaded: true,
		Lines: uint64(sum.Lines), Bytes: uint64(sum.Bytes), Engine: engine.Stats(), Rules: engine.Counts(), Reload: s.reloads,
	}
	var kept int
	stats.Live, stats.Timers, kept = engine.Live()
	stats.Kept = int64(kept)
	for _, st := range engine.Stores() {
		stats.Stores = append(stats.Stores, web.Store(st))
	}
	for _, l := range s.runner.Logs() {
		stats.Sources = append(stats.Sources, web.Source{Name: l.Name, Open: l.Open, Lines: uint64(l.Lines), Bytes: uint64(l.Bytes)})
	}
	s.in.addCounts(stats.Sources)
	stats.Sinks = s.out.stats()
	stats.Hub = s.in.hub.stats()
	at, size, failed := s.runner.Saved()
	stats.Checkpoint = web.Checkpoint{Time: at, Bytes: size, Failed: uint64(failed)}
	return stats
}
