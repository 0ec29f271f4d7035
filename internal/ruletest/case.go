package ruletest

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/when"
	"github.com/logs-rdl/logs/rdl"
)

// A Result is how a test went.
type Result struct {
	Name    string
	Pos     string // file and line of the test
	Failure string // what was expected, what came, and why; empty if it passed
}

// year is that of stamps without one: one with 29 February.
const year = 2000

// begin is the clock before the first stamp.
var begin = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)

// Run runs one test of a program. open opens the files that the test names.
// The error says why it could not be run at all.
func Run(p *rdl.Program, c *rdl.Case, open func(name string) (run.Opened, error)) (Result, error) {
	t := &test{open: open, near: newNear()}
	var err error
	t.engine, err = logs.New(p.Program, logs.Options{Trace: t.near.note})
	if err != nil {
		return Result{}, err
	}
	result := Result{Name: c.Name, Pos: c.Pos}
	for i, step := range c.Steps {

		if step.Expect == nil {
			if i > 0 && c.Steps[i-1].Expect != nil {
				t.reset()
			}
			if err := t.step(step); err != nil {
				return result, fmt.Errorf("%s: %w", step.Pos, err)
			}
			continue
		}
		if failure := t.expect(step.Expect); failure != "" {
			result.Failure = fmt.Sprintf("%s: %s\n%s", step.Pos, failure, t.report())
			return result, nil
		}
	}
	return result, nil
}

// test is one test while it runs.
type test struct {
	engine *logs.Engine
	open   func(name string) (run.Opened, error)

	came   []effect
	faults []string
	near   *near
}

// An effect that came, and whether an expect has named it.
type effect struct {
	logs.Effect
	taken bool
}

// reset forgets what came before the last group of expects.
func (t *test) reset() {
	t.came, t.faults = nil, nil
	t.near.reset()
}

// step lets happen what one step says.
func (t *test) step(s rdl.CaseStep) error {
	switch {
	case s.After > 0:
		return t.Take(t.engine.Advance(t.engine.Now().Add(s.After)))
	case s.File != "":
		return t.read(s.File, func() (run.Opened, error) { return t.open(s.File) })
	}
	return t.read("given", func() (run.Opened, error) { return run.Opened{Reader: &given{lines: s.Lines}}, nil })
}

// read feeds a log to the engine.
func (t *test) read(name string, open func() (run.Opened, error)) error {
	var failed error
	r := run.Runner{Engine: t.engine, Handler: t, Options: run.Options{
		Stamps: when.Options{Year: year},
		Now:    func() time.Time { return t.clock() },
		Failed: func(err error) { failed = err },
	}}
	_, err := r.Run(context.Background(), []run.Input{{Name: name, Open: open}})
	if err != nil {
		return err
	}
	return failed
}

// clock is what lines without stamps take for the wall clock.
func (t *test) clock() time.Time {
	if now := t.engine.Now(); now.After(begin) {
		return now
	}
	return begin
}

// Take notes effects.
func (t *test) Take(effects []logs.Effect) error {
	for i := range effects {
		if err := t.Do(context.Background(), &effects[i]); err != nil {
			return err
		}
	}
	return nil
}

// Do notes an effect.
func (t *test) Do(_ context.Context, e *logs.Effect) error {
	if e.Kind == logs.EffectFault {
		t.faults = append(t.faults, fmt.Sprintf("%s: %s", e.Rule, e.Text))
		return nil
	}
	t.came = append(t.came, effect{Effect: *e})
	return nil
}

// Flush does nothing: effects are noted as they come.
func (t *test) Flush() error { return nil }

// given is the lines of a test as a log of one block.
type given struct {
	lines []string
	read  bool
}

// Next returns the lines, once.
func (g *given) Next() (run.Block, error) {
	if g.read {
		return nil, io.EOF
	}
	g.read = true
	return g, nil
}

// Close does nothing.
func (g *given) Close() error { return nil }

// Release does nothing.
func (g *given) Release() {}

// Lines returns the lines with their positions.
func (g *given) Lines() iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		offset := int64(0)
		for _, line := range g.lines {
			if !yield(line, offset) {
				return
			}
			offset += int64(len(line)) + 1
		}
	}
}

// text is what an expect compares: of a program its words, of what is written
// its lines.
func (e *effect) text() string {
	switch e.Kind {
	case logs.EffectExec, logs.EffectPipe:
		return strings.Join(e.Args, " ")
	case logs.EffectWrite:
		return strings.Join(e.Lines, "\n")
	}
	return e.Text
}
