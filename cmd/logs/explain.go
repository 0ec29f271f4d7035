package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/ruletest"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/source"
	"github.com/logs-rdl/logs/internal/when"
	"github.com/logs-rdl/logs/rdl"
)

// explainCmd is logs explain.
type explainCmd struct {
	Rules []string `short:"r" required:"" name:"rules" sep:"none" placeholder:"FILE|DIR" help:"Rules, in the order given; repeatable."`
	Rule  string   `placeholder:"NAME" help:"Tell of one rule, context or sequence alone."`
	Why   string   `placeholder:"TEXT" help:"Read logs, and tell which lines led to the effects whose text holds TEXT."`
	JSON  bool     `name:"json" help:"Print an object for each line, or each effect."`

	Year     int    `placeholder:"Y" help:"With --why: the first line's year, for stamps without."`
	Timezone string `placeholder:"TZ" help:"With --why: the zone of stamps without one, and of times of day."`

	Lines []string `arg:"" name:"line" help:"Lines of a log, - for those of standard input; with --why logs."`
}

// Run explains what rules do about lines, or why they did something.
func (c explainCmd) Run(w *world) error {
	if c.Why != "" {
		return c.why(w)
	}
	p, err := c.load()
	if err != nil {
		return err
	}
	in := ruletest.Lines("line", c.Lines)
	if len(c.Lines) == 1 && c.Lines[0] == "-" {
		in = stdinInput(w)
	}
	return ruletest.Explain(p, in, func(x *ruletest.Explained) {
		if c.Rule != "" {
			x.Only(c.Rule)
		}
		if c.JSON {
			c.print(w, x)
		} else {
			fmt.Fprint(w.out, x)
		}
	})
}

func (c explainCmd) load() (*rdl.Program, error) {
	l := newLoader()
	l.Explain = true
	return loadWith(l, c.Rules)
}

// print writes a value as JSON.
func (c explainCmd) print(w *world, v any) {
	enc := json.NewEncoder(w.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		w.log.Error("an explanation could not be printed", "error", err)
	}
}

// why reads logs and tells which lines led to effects.
func (c explainCmd) why(w *world) error {
	p, err := c.load()
	if err != nil {
		return err
	}
	in, err := logInputs(w, c.Lines)
	if err != nil {
		return err
	}
	zone, err := runCmd{Timezone: c.Timezone}.zone()
	if err != nil {
		return err
	}
	tracer := &ruletest.Why{Text: c.Why}
	engine, err := logs.New(p.Program, logs.Options{Zone: zone, Trace: tracer.Note, Brief: true})
	if err != nil {
		return &failure{exitRules, err}
	}
	if err := readAll(engine, discarded{}, run.Options{Stamps: when.Options{Zone: zone, Year: c.Year}}, in); err != nil {
		return err
	}
	if !c.JSON {
		tracer.WriteText(w.out)
		return nil
	}
	found, _ := tracer.Found()
	for i := range found {
		c.print(w, &found[i])
	}
	return nil
}

// readAll feeds logs to an engine. One that cannot be read to its end is a
// failure.
func readAll(e *logs.Engine, h run.Handler, o run.Options, in []run.Input) error {
	var failed []error
	o.Failed = func(err error) { failed = append(failed, err) }
	r := run.Runner{Engine: e, Handler: h, Options: o}
	if _, err := r.Run(context.Background(), in); err != nil {
		return err
	}
	if len(failed) > 0 {
		return &failure{exitSource, errors.Join(failed...)}
	}
	return nil
}

// logInputs lists logs by their names, with offsets perhaps; - is standard
// input.
func logInputs(w *world, names []string) ([]run.Input, error) {
	expanded, err := source.Expand(names)
	if err != nil {
		return nil, err
	}
	var list []run.Input
	for _, arg := range expanded {
		name, offset, err := source.ParseName(arg, source.Exists)
		if err != nil {
			return nil, err
		}
		if name == "-" {
			list = append(list, stdinInput(w))
			continue
		}
		file := source.File{Path: name, Offset: offset}
		list = append(list, run.Input{Name: name, Open: func() (run.Opened, error) { return opened(file.Open()) }})
	}
	return list, nil
}

// stdinInput is standard input as a log that is read to its end.
func stdinInput(w *world) run.Input {
	return run.Input{Name: "-", Open: func() (run.Opened, error) {
		o, err := opened(source.Stdin{In: w.in}.Open())
		o.ModTime = time.Time{} // it may still be written to
		return o, err
	}}
}

// discarded is where effects go that nobody wants done.
type discarded struct{}

func (discarded) Do(context.Context, *logs.Effect) error { return nil }
func (discarded) Flush() error                           { return nil }
