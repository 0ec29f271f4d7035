package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/learn"
	"github.com/logs-rdl/logs/internal/source"
	"github.com/logs-rdl/logs/internal/when"
)

// learnCmd is logs learn.
type learnCmd struct {
	Rare  bool `help:"The rare ones first."`
	JSON  bool `name:"json" xor:"what" help:"Print a line of JSON for each template."`
	Rules bool `xor:"what" help:"Print rules that match them, to go on from."`
	stampFlags

	Logs []string `arg:"" optional:"" name:"log" help:"Logs to read; - is standard input."`
}

// Run tells what the logs say, the most frequent first.
func (c learnCmd) Run(w *world) error {
	if _, err := c.options(nil); err != nil {
		return err
	}
	l := learn.New()
	err := w.eachLog(c.Logs, func(log *source.Reader) error {
		o, err := c.options(log)
		if err != nil {
			return err
		}
		stamps, err := when.NewReader(o)
		if err != nil {
			return err
		}
		return eachLine(log, l.Log(stamps, o.Zone).Add, func() error { return nil })
	})
	lines, lost := l.Lines()
	if lost > 0 {
		w.log.Warn("there are too many templates: some lines are in none", "lines", lost)
	}
	out := bufio.NewWriter(w.out)
	t := told{out, lines}
	t.tell(c, sorted(l.Templates(), c.Rare))
	if flushed := out.Flush(); err == nil {
		err = flushed
	}
	return err
}

// sorted puts templates in order by their counts; of equal ones that which
// came first is first.
func sorted(all []*learn.Template, rare bool) []*learn.Template {
	slices.SortStableFunc(all, func(a, b *learn.Template) int {
		if rare {
			a, b = b, a
		}
		return cmp.Compare(b.Count, a.Count)
	})
	return all
}

// told is what is told of templates.
type told struct {
	out   io.Writer
	lines int
}

func (t told) tell(c learnCmd, all []*learn.Template) {
	switch {
	case c.Rules:
		fmt.Fprint(t.out, learn.Rules(all, t.lines))
	case c.JSON:
		for _, x := range all {
			t.json(x)
		}
	default:
		t.table(all)
	}
}

// table prints a line for each template.
func (t told) table(all []*learn.Template) {
	width := len("first")
	for _, x := range all {
		width = max(width, len(timeOf(x.First)), len(timeOf(x.Last)))
	}
	fmt.Fprintf(t.out, "%8s  %7s  %-*s  %-*s  template\n", "count", "share", width, "first", width, "last")
	for _, x := range all {
		fmt.Fprintf(t.out, "%8d  %6.2f%%  %-*s  %-*s  %s\n", x.Count, t.share(x), width, timeOf(x.First), width, timeOf(x.Last), logs.Show(x.String()))
	}
}

// share is in percent of all lines.
func (t told) share(x *learn.Template) float64 { return 100 * float64(x.Count) / float64(t.lines) }

// timeOf writes the time of a line; "-" for one without.
func timeOf(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.Truncate(time.Second).Format(time.RFC3339)
}

// A learntLine is a template as JSON.
type learntLine struct {
	Count    int        `json:"count"`
	Share    float64    `json:"share"` // in percent
	First    *time.Time `json:"first,omitempty"`
	Last     *time.Time `json:"last,omitempty"`
	Program  string     `json:"program,omitempty"`
	Template string     `json:"template"`
	Pattern  string     `json:"pattern"`
	Sample   string     `json:"sample"`
}

func (t told) json(x *learn.Template) {
	line := learntLine{
		Count: x.Count, Share: t.share(x), Program: x.Program, Template: x.String(), Pattern: x.Pattern(), Sample: x.Sample,
	}
	if !x.First.IsZero() {
		line.First, line.Last = &x.First, &x.Last
	}
	e := json.NewEncoder(t.out)
	e.SetEscapeHTML(false)
	if err := e.Encode(line); err != nil { // a year that JSON does not know
		line.First, line.Last = nil, nil
		e.Encode(line)
	}
}
