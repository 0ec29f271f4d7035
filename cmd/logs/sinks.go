package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/sink"
	"github.com/logs-rdl/logs/rdl"
)

// sinks is where the effects of a run go. It is the run's Handler, and its
// Keeper.
//
//	effect ─→ routes ─┬─→ at once: standard output, files ─→ noted as done
//	                  └─→ a queue or a program ──── later ─→ noted as done
//
// With a state, what was done before a crash is not done again.
type sinks struct {
	log   *slog.Logger
	out   *bufio.Writer
	files *sink.Files
	exec  *sink.Exec
	dead  *sink.Dead // nil: what is given up is only told
	state *run.State // nil: nothing is kept
	up    *upstream  // nil: there is no tier above
	waits func()     // called every second while the tier above lets the loop wait; nil: nobody asks

	routes   map[string]*route
	takers   []*route // of alerts
	closers  []func()
	untaken  map[string][]logs.Effect // by route: what was not taken since the run was interrupted
	unnoted  []uint64                 // what is done when the files have been flushed
	givenUp  atomic.Int64             // actions that could not be done
	homeless bool                     // that events have no tier to go to was told

	unwritten bool        // a file cannot be written, which was told
	unnotable atomic.Bool // what is done cannot be noted, which was told
}

// sinkOptions say where the effects of a run go.
type sinkOptions struct {
	json, dry bool
	outputs   []rdl.Output
	state     *run.State
	dead      *sink.Dead // nil: a file in the folder of the state, if there is one
}

// newSinks makes the sinks of a run. The error is a sink whose settings are of
// no use.
func newSinks(w *world, o sinkOptions) (*sinks, error) {
	s := &sinks{log: w.log, out: bufio.NewWriterSize(w.out, 64<<10), files: &sink.Files{}, state: o.state, routes: map[string]*route{}, untaken: map[string][]logs.Effect{}}
	if s.dead = o.dead; s.dead == nil && s.state != nil && s.state.Dir() != "" {
		s.dead = &sink.Dead{Path: filepath.Join(s.state.Dir(), "dead.jsonl")}
	}
	s.exec = sink.NewExec(sink.Options{Output: w.err, Failed: s.failed, Done: func(e *logs.Effect) { s.note(s.routeOf(e), e) }})
	s.atOnce("out", sink.Print{Out: s.out}, &sink.Alert{Out: s.out, JSON: o.json})
	s.atOnce("write", s.files)
	s.later("exec", s.exec)
	if o.dry {
		return s, s.dryRun(o.outputs)
	}
	for _, d := range o.outputs {
		if err := s.declare(d); err != nil {
			return nil, err
		}
	}
	return s, s.addOwn()
}

// routeOf returns the one route of an effect; nil if there is none. Alerts may
// have others beside it.
func (s *sinks) routeOf(e *logs.Effect) *route {
	name := ""
	switch e.Kind {
	case logs.EffectPrint, logs.EffectAlert:
		name = "out"
	case logs.EffectSend:
		name = e.Target
	case logs.EffectExec, logs.EffectPipe, logs.EffectBan, logs.EffectUnban:
		name = e.Sink
	}
	if name == "" {
		name = map[logs.EffectKind]string{
			logs.EffectWrite: "write", logs.EffectExec: "exec", logs.EffectPipe: "exec", logs.EffectMail: "mail",
			logs.EffectPost: "post", logs.EffectBan: "ban", logs.EffectUnban: "ban", logs.EffectForward: "forward",
		}[e.Kind]
	}
	return s.routes[name]
}

// Do hands an effect to its routes. What cannot be done is told and given up;
// only an output that takes nothing more ends the run.
func (s *sinks) Do(ctx context.Context, e *logs.Effect) error {
	switch e.Kind {
	case logs.EffectFault:
		s.log.Warn("a rule could not do something", "rule", e.Rule, "error", e.Text)
		return nil
	case logs.EffectForward:
		if s.routeOf(e) == nil {
			if !s.homeless {
				s.homeless = true
				s.log.Warn("an event is forwarded, but there is no tier above: --upstream names one", "rule", e.Rule, "event", e.Text)
			}
			return nil
		}
	case logs.EffectAlert:
		for _, r := range s.takers {
			if e.Severity >= r.alerts {
				s.send(ctx, r, e)
			}
		}
	}
	r := s.routeOf(e)
	if r == nil {
		s.failed(e, fmt.Errorf("the rules have another sink since: %s", e.Sink))
		return nil
	}
	if err := s.send(ctx, r, e); err != nil && r.name == "out" {
		return err
	}
	return nil
}

// send hands an effect to one route, unless that was done before.
func (s *sinks) send(ctx context.Context, r *route, e *logs.Effect) error {
	if s.state != nil && s.state.Done(r.key(e.ID)) {
		return nil
	}
	if r.program {
		// A program must find what was written before it.
		if err := s.Flush(); err != nil {
			return err
		}
	}
	kept := *e // programs run on while the engine goes to the next line
	err := r.do(ctx, &kept)
	switch {
	case err != nil && r.name == "out":
	case err != nil && ctx.Err() != nil && s.state != nil:
		s.untaken[r.name] = append(s.untaken[r.name], kept) // it is done when the run goes on
	case err != nil:
		s.failed(e, err)
	case err == nil && r.atOnce && s.state != nil:
		s.unnoted = append(s.unnoted, r.key(e.ID))
		return s.Flush()
	}
	return err
}

// note notes that an effect is done.
func (s *sinks) note(r *route, e *logs.Effect) {
	if s.state != nil && r != nil {
		s.noteKey(r.key(e.ID))
	}
}

// noteKey notes what is done. It may be called by any goroutine.
func (s *sinks) noteKey(key uint64) {
	err := s.state.Note(key)
	switch was := s.unnotable.Swap(err != nil); {
	case err != nil && !was:
		s.log.Error("what is done cannot be noted, and may be done again after a crash", "error", err)
	case err == nil && was:
		s.log.Info("what is done can be noted again")
	}
}

// failed tells of an action that could not be done.
func (s *sinks) failed(e *logs.Effect, err error) {
	if s.state != nil && errors.Is(err, sink.ErrClosed) {
		s.log.Warn("an action was cut short, and is done again when the run goes on", "action", e.Kind, "rule", e.Rule, "id", e.ID, "error", err)
		return
	}
	s.givenUp.Add(1)
	s.log.Error("an action was given up", "action", e.Kind, "rule", e.Rule, "id", e.ID, "error", err)
	if s.dead == nil {
		return
	}
	name := "unknown"
	if r := s.routeOf(e); r != nil {
		name = r.name
	}
	if err := s.dead.Add(name, e, err); err != nil {
		s.log.Error("a dead letter could not be written", "error", err)
	}
}

// Flush writes out what is buffered, and notes what is done with that.
func (s *sinks) Flush() error {
	written := s.files.Flush()
	switch {
	case written != nil && !s.unwritten:
		s.log.Error("a file could not be written, which is tried again", "error", written)
	case written == nil && s.unwritten:
		s.log.Info("the files can be written again")
	}
	s.unwritten = written != nil
	if err := s.out.Flush(); err != nil {
		return err
	}
	if written != nil || s.state == nil {
		return nil
	}
	for _, key := range s.unnoted {
		s.noteKey(key)
	}
	s.unnoted = s.unnoted[:0]
	return nil
}

// reopen opens the written files anew, after a rotation.
func (s *sinks) reopen() {
	if err := s.files.Reopen(); err != nil {
		s.log.Error("a file could not be written", "error", err)
	}
}

// close ends the sinks: what is under way is done, until ctx ends. What is left
// then is kept, if there is a state.
func (s *sinks) close(ctx context.Context) error {
	s.closeRoutes(ctx)
	s.closeUpstream(ctx)
	if n := s.exec.NULs(); n > 0 {
		s.log.Warn("arguments of programs ended at a NUL", "count", n)
	}
	err := s.Flush()
	if closed := s.files.Close(); closed != nil {
		s.givenUp.Add(1)
		s.log.Error("a file could not be written", "error", closed)
	}
	return err
}
