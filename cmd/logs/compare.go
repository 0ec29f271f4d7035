package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/when"
)

// Comparing two versions of rules over the same logs. Both read all of it,
// each with an engine of its own, and nothing is done; what they would have
// done is matched up by time, kind and text:
//
//	- 2007-10-28T17:06:14Z alert "scan from 10.0.0.7"     only the old rules
//	+ 2007-10-28T17:05:11Z alert "scan from 10.0.0.7"     only the new ones
//	1 lost, 1 gained, 1204 alike

// runOrCompare is logs run, which compares if it is given older rules.
type runOrCompare struct {
	runCmd  `embed:""`
	Compare []string `sep:"none" placeholder:"FILE|DIR" help:"Older rules: tell what the rules do otherwise over the same logs, and do nothing; repeatable."`
}

// Run runs the rules, or compares them.
func (c runOrCompare) Run(w *world) error {
	if len(c.Compare) > 0 {
		return c.compare(w, c.Compare)
	}
	return c.runCmd.Run(w)
}

// maxCompared is how many effects of one version are held; beyond is an error.
const maxCompared = 2_000_000

// compare runs the rules and older ones over the same logs, and tells what is
// gained and lost. It fails with exitRules if anything is.
func (c runCmd) compare(w *world, old []string) error {
	if len(c.Logs) == 0 || slices.ContainsFunc(c.Logs, func(name string) bool { return name == "-" || strings.HasPrefix(name, "-:") }) {
		return fmt.Errorf("--compare reads the logs twice, once with each version of the rules: name files, and not -")
	}
	stamps, err := c.stamps()
	if err != nil {
		return err
	}
	before, err := c.effects(w, old, stamps)
	if err != nil {
		return err
	}
	after, err := c.effects(w, c.Rules, stamps)
	if err != nil {
		return err
	}
	if lost, gained := writeCompared(w.out, before, after); lost+gained > 0 {
		return &failure{code: exitRules}
	}
	return nil
}

// A compared is an effect as two versions of rules are compared by it.
type compared struct {
	at   int64 // in ns since the Unix epoch
	time string
	what string // kind and text, in one line
}

// effects runs rules over the logs and returns what they ask for, ordered by
// time and then by text.
func (c runCmd) effects(w *world, rules []string, stamps when.Options) ([]compared, error) {
	p, err := loadRules(rules)
	if err != nil {
		return nil, err
	}
	engine, err := logs.New(p.Program, logs.Options{Zone: stamps.Zone, Skew: c.Skew})
	if err != nil {
		return nil, &failure{exitRules, err}
	}
	in, err := logInputs(w, c.Logs)
	if err != nil {
		return nil, err
	}
	all := &comparedEffects{}
	o := run.Options{
		Stamps: stamps, WallClock: c.Clock == "wall" && !c.ParseTimestamp, Given: c.Order == "given",
		Late: c.Late, Jump: c.Jump, Expire: c.ExpireContextsOnExit,
	}
	if err := readAll(engine, all, o, in); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all.list, compareEffects)
	return all.list, nil
}

func compareEffects(a, b compared) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.what, b.what))
}

// comparedEffects gathers effects. It is a run's Handler.
type comparedEffects struct{ list []compared }

// Do notes an effect.
func (x *comparedEffects) Do(_ context.Context, e *logs.Effect) error {
	if len(x.list) == maxCompared {
		return fmt.Errorf("there are more than %d effects: compare a part of the log, or fewer rules", maxCompared)
	}
	x.list = append(x.list, compared{e.Time.UnixNano(), e.Time.Format(time.RFC3339), effectWords(e)})
	return nil
}

// Flush does nothing: effects are noted as they come.
func (x *comparedEffects) Flush() error { return nil }

// effectWords tells an effect in one line, with all that is to be done.
func effectWords(e *logs.Effect) string {
	words := []string{e.Kind.String()}
	if e.Severity != logs.SeverityNone {
		words = append(words, e.Severity.String())
	}
	for _, s := range append([]string{e.Text, e.Target}, e.Args...) {
		if s != "" {
			words = append(words, fmt.Sprintf("%q", s))
		}
	}
	if e.Kind != logs.EffectAlert && len(e.Lines) > 0 {
		words = append(words, fmt.Sprintf("%q", strings.Join(e.Lines, "\n")))
	}
	return strings.Join(words, " ")
}

// writeCompared writes what only one of two ordered lists holds, and counts.
func writeCompared(out io.Writer, before, after []compared) (lost, gained int) {
	alike := 0
	for len(before)+len(after) > 0 {
		n := 0
		switch {
		case len(before) == 0:
			n = 1
		case len(after) == 0:
			n = -1
		default:
			n = compareEffects(before[0], after[0])
		}
		switch {
		case n < 0:
			fmt.Fprintf(out, "- %s %s\n", before[0].time, before[0].what)
			lost++
		case n > 0:
			fmt.Fprintf(out, "+ %s %s\n", after[0].time, after[0].what)
			gained++
		default:
			alike++
		}
		if n <= 0 {
			before = before[1:]
		}
		if n >= 0 {
			after = after[1:]
		}
	}
	fmt.Fprintf(out, "%d lost, %d gained, %d alike\n", lost, gained, alike)
	return lost, gained
}
