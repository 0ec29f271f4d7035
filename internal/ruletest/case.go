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

	fixes []fix
}

// year is that of stamps without one: one with 29 February.
const year = 2000

// begin is the clock before the first stamp.
var begin = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)

// Run runs one test of a program. open opens the files that the test names.
// The error says why it could not be run at all.
func Run(p *rdl.Program, c *rdl.Case, open func(name string) (run.Opened, error)) (Result, error) {
	result := Result{Name: c.Name, Pos: c.Pos}
	t, err := newTest(p, open)
	if err != nil {
		return result, err
	}
	for i := 0; i < len(c.Steps); {
		if step := c.Steps[i]; step.Expect == nil {
			if err := t.step(step); err != nil {
				return result, fmt.Errorf("%s: %w", step.Pos, err)
			}
			i++
			continue
		}
		group := c.Steps[i:]
		for n := range group {
			if group[n].Expect == nil {
				group = group[:n]
				break
			}
		}
		t.group(group, &result)
		i += len(group)
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

func newTest(p *rdl.Program, open func(name string) (run.Opened, error)) (*test, error) {
	t := &test{open: open, near: newNear(p)}
	var err error
	t.engine, err = logs.New(p.Program, logs.Options{Trace: t.near.note})
	return t, err
}

// An effect that came, and whether an expect has named it, or one has said
// that it must not come.
type effect struct {
	logs.Effect
	taken, unwanted bool
}

// group checks a group of expects, notes the first that does not hold, and
// forgets what came.
func (t *test) group(steps []rdl.CaseStep, result *Result) {
	g := &group{test: t}
	for i := range steps {
		g.expect(steps[i].Expect, steps[i].Pos)
	}
	if g.failure != "" {
		result.fixes = append(result.fixes, g.fix(steps))
		if result.Failure == "" {
			result.Failure = g.failure + "\n" + t.report(g.diff())
		}
	}
	t.reset()
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
		return t.pass(s.After)
	case s.Event != nil:
		return t.forwarded(s.Event)
	case s.File != "":
		return readLog(t.engine, t, run.Input{Name: s.File, Open: func() (run.Opened, error) { return t.open(s.File) }})
	}
	return t.given(s.Lines)
}

// pass lets time pass.
func (t *test) pass(d time.Duration) error { return t.take(t.engine.Advance(t.engine.Now().Add(d))) }

// given feeds lines to the engine.
func (t *test) given(lines []string) error {
	return readLog(t.engine, t, Lines("given", lines))
}

// forwarded feeds an event of the tier below to the engine, as a hub does: as
// a line of the log of its edge, at the clock's time.
func (t *test) forwarded(e *rdl.Event) error {
	_, edge, _ := strings.Cut(e.From, "/")
	effect := &logs.Effect{Kind: logs.EffectForward, Time: clock(t.engine), Text: e.Name, Fields: e.Fields}
	in := Lines("tier:"+e.From, []string{string(logs.AppendEvent(nil, effect, edge))})
	in.Format = logs.FormatEvent
	return readLog(t.engine, t, in)
}

// Lines makes a log of lines that are at hand.
func Lines(name string, lines []string) run.Input {
	return run.Input{Name: name, Open: func() (run.Opened, error) { return run.Opened{Reader: &given{lines: lines}}, nil }}
}

// readLog feeds a log to an engine: times are in UTC, stamps without a year
// are of the year 2000.
func readLog(e *logs.Engine, h run.Handler, in run.Input) error {
	var failed error
	r := run.Runner{Engine: e, Handler: h, Options: run.Options{
		Stamps: when.Options{Year: year},
		Now:    func() time.Time { return clock(e) }, // what lines without stamps take for the wall clock
		Failed: func(err error) { failed = err },
	}}
	if _, err := r.Run(context.Background(), []run.Input{in}); err != nil {
		return err
	}
	return failed
}

// clock is the time in a test: before the first stamp, too.
func clock(e *logs.Engine) time.Time {
	if now := e.Now(); now.After(begin) {
		return now
	}
	return begin
}

// take notes effects.
func (t *test) take(effects []logs.Effect) error {
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

// effectText is what an expect compares: of a program its words, of what is
// written its lines, of a ban its address.
func effectText(e *logs.Effect) string {
	switch e.Kind {
	case logs.EffectExec, logs.EffectPipe:
		return strings.Join(e.Args, " ")
	case logs.EffectBan, logs.EffectUnban:
		return e.Target
	}
	if e.Text == "" {
		return strings.Join(e.Lines, "\n")
	}
	return e.Text
}

// effectWords is an effect as an expect names it.
func effectWords(e *logs.Effect) string { return e.Kind.String() + " " + quoted(effectText(e)) }

// quoting writes a text so that it stands for itself between quotes.
var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "{", `\{`, "}", `\}`)

// quoted is a text as rules write it.
func quoted(s string) string { return `"` + quoting.Replace(s) + `"` }
