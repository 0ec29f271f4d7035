package main

import (
	"bufio"
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/sink"
)

// A performer performs effects of one kind or several.
type performer interface {
	Do(ctx context.Context, e *logs.Effect) error
}

// sinks is where the effects of a run go. It is the run's Handler.
type sinks struct {
	log     *slog.Logger
	out     *bufio.Writer
	files   *sink.Files
	exec    *sink.Exec
	by      map[logs.EffectKind]performer
	givenUp atomic.Int64 // actions that could not be done
}

// newSinks makes the sinks of a run.
func newSinks(w *world, json, dry bool) *sinks {
	s := &sinks{log: w.log, out: bufio.NewWriterSize(w.out, 64<<10), files: &sink.Files{}}
	s.exec = sink.NewExec(sink.Options{Output: w.err, Failed: s.failed})
	s.by = map[logs.EffectKind]performer{
		logs.EffectPrint: sink.Print{Out: s.out},
		logs.EffectAlert: &sink.Alert{Out: s.out, JSON: json},
		logs.EffectWrite: s.files,
		logs.EffectExec:  s.exec,
		logs.EffectPipe:  s.exec,
	}
	if dry {
		for _, kind := range []logs.EffectKind{logs.EffectWrite, logs.EffectExec, logs.EffectPipe} {
			s.by[kind] = sink.DryRun{Out: s.out}
		}
	}
	return s
}

// Do hands an effect to its sink. What a sink cannot do is told and given up;
// only an output that takes nothing more ends the run.
func (s *sinks) Do(ctx context.Context, e *logs.Effect) error {
	if e.Kind == logs.EffectFault {
		s.log.Warn("a rule could not do something", "rule", e.Rule, "error", e.Text)
		return nil
	}
	kept := *e // programs run on while the engine goes to the next line
	if e.Kind == logs.EffectExec || e.Kind == logs.EffectPipe {
		// A program must find what was written before it.
		if err := s.Flush(); err != nil {
			return err
		}
	}
	err := s.by[e.Kind].Do(ctx, &kept)
	if err != nil && (e.Kind == logs.EffectPrint || e.Kind == logs.EffectAlert) {
		return err
	}
	if err != nil && ctx.Err() == nil {
		s.failed(e, err)
	}
	return nil
}

// failed tells of an action that could not be done.
func (s *sinks) failed(e *logs.Effect, err error) {
	s.givenUp.Add(1)
	s.log.Error("an action was given up", "action", e.Kind, "rule", e.Rule, "id", e.ID, "error", err)
}

// Flush writes out what is buffered.
func (s *sinks) Flush() error {
	if err := s.files.Flush(); err != nil {
		s.givenUp.Add(1)
		s.log.Error("a file could not be written", "error", err)
	}
	return s.out.Flush()
}

// close waits for the programs that run, and, when the run was interrupted,
// ends them after a grace.
func (s *sinks) close(interrupted context.Context) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := context.AfterFunc(interrupted, func() { time.AfterFunc(actionGrace, cancel) })
	defer stop()
	s.exec.Close(ctx)
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
