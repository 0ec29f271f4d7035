package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/learn"
	"github.com/logs-rdl/logs/internal/match"
	"github.com/logs-rdl/logs/internal/source"
	"github.com/logs-rdl/logs/internal/when"
	"github.com/logs-rdl/logs/rdl"
)

// matchCmd is logs match. As with grep, no match is exit code 1.
type matchCmd struct {
	Rules   []string `short:"r" name:"rules" sep:"none" placeholder:"FILE|DIR" help:"Rules whose named patterns can be used; repeatable."`
	Count   bool     `short:"c" xor:"what" help:"Print only how many lines of each log match."`
	Groups  bool     `short:"g" xor:"what" help:"Print only the groups of each line, with tabs between them."`
	Suggest bool     `xor:"what" help:"Print patterns for the lines that match; without a log, PATTERN is a line to print one for."`
	Stamp   bool     `help:"Tell what time was read of each line."`
	stampFlags

	Pattern string   `arg:"" help:"What to look for, as behind matching in a rule."`
	Logs    []string `arg:"" optional:"" name:"log" help:"Logs to read; - is standard input."`
}

// noMatch is the exit code when no line matches.
const noMatch = 1

// Run searches the logs.
func (c matchCmd) Run(w *world) error {
	if c.Suggest && len(c.Logs) == 0 {
		fmt.Fprintln(w.out, learn.Suggest(c.Pattern))
		return nil
	}
	pattern, err := c.compile()
	if err != nil {
		return err
	}
	if _, err := c.options(nil); err != nil {
		return err
	}
	m := &matching{matchCmd: c, pattern: pattern, out: bufio.NewWriter(w.out), suggestions: map[string]int{}}
	err = w.eachLog(c.Logs, m.log)
	m.tellSuggestions()
	if flushed := m.out.Flush(); err == nil {
		err = flushed
	}
	if m.gaveUp > 0 {
		w.log.Warn("the pattern ran out of time or was not tried", "lines", m.gaveUp)
	}
	if err == nil && m.matched == 0 {
		return &failure{code: noMatch}
	}
	return err
}

// compile compiles the pattern. One that is wrong is a usage error.
func (c matchCmd) compile() (*match.Pattern, error) {
	files, err := ruleFiles(c.Rules)
	if err != nil {
		return nil, err
	}
	p, err := newLoader().Pattern(c.Pattern, files...)
	if errs := (rdl.Errors)(nil); errors.As(err, &errs) {
		return nil, &failure{exitUsage, fmt.Errorf("the pattern is wrong\n%w", errs)}
	} else if err != nil {
		return nil, err
	}
	return match.Compile(p.String())
}

// A matching is one search.
type matching struct {
	matchCmd
	pattern *match.Pattern
	out     *bufio.Writer

	prefix      string // of what is printed of the log at hand, if there are several
	stamps      *when.Reader
	zone        *time.Location
	loc         []int
	matched     int // lines
	gaveUp      int
	suggestions map[string]int
}

// maxSuggestions bounds the patterns that are suggested.
const maxSuggestions = 1000

// log searches one log.
func (m *matching) log(log *source.Reader) error {
	o, err := m.options(log)
	if err == nil {
		m.stamps, err = when.NewReader(o)
	}
	if err != nil {
		return err
	}
	m.zone = o.Zone
	if len(m.Logs) > 1 {
		m.prefix = logs.Show(log.Name()) + ":"
	}
	before := m.matched
	err = eachLine(log, m.line, m.out.Flush)
	if m.Count {
		fmt.Fprintf(m.out, "%s%d\n", m.prefix, m.matched-before)
	}
	return err
}

// line searches one line. Stamps are read of all lines, for they depend on
// those before.
func (m *matching) line(line string) {
	var stamp string
	if m.Stamp {
		stamp = m.stampOf(line)
	}
	var outcome match.Outcome
	m.loc, outcome = m.pattern.Find(m.loc, line, nil)
	switch outcome {
	case match.GaveUp:
		m.gaveUp++
		return
	case match.No:
		return
	}
	m.matched++
	switch {
	case m.Count:
	case m.Suggest:
		m.suggest(line)
	case m.Groups:
		m.tellGroups(line, stamp)
	default:
		m.tell(line, stamp)
	}
}

func (m *matching) stampOf(line string) string {
	ns, ok := m.stamps.Read(line)
	switch {
	case ok:
		return time.Unix(0, ns).In(m.zone).Format(time.RFC3339Nano) + " " + m.stamps.Format()
	case m.stamps.Bad():
		return "a time that never was"
	}
	return "none"
}

// tell prints a line, and below it its groups.
func (m *matching) tell(line, stamp string) {
	fmt.Fprintf(m.out, "%s%s\n", m.prefix, logs.Show(line))
	if stamp != "" {
		fmt.Fprintf(m.out, "    stamp: %s\n", stamp)
	}
	for i, name := range m.pattern.Groups() {
		if m.loc[2*i+2] >= 0 {
			fmt.Fprintf(m.out, "    %s = %s\n", cmp.Or(name, strconv.Itoa(i+1)), logs.Show(m.group(line, i)))
		}
	}
}

// tellGroups prints what a line's groups hold, without tabs, so that these
// part them; the whole match if there is no group.
func (m *matching) tellGroups(line, stamp string) {
	var columns []string
	if stamp != "" {
		columns = append(columns, stamp)
	}
	for i := range m.pattern.Groups() {
		columns = append(columns, m.group(line, i))
	}
	if len(m.pattern.Groups()) == 0 {
		columns = append(columns, line[m.loc[0]:m.loc[1]])
	}
	for i, text := range columns {
		columns[i] = strings.ReplaceAll(logs.Show(text), "\t", `\x09`)
	}
	fmt.Fprintf(m.out, "%s%s\n", m.prefix, strings.Join(columns, "\t"))
}

// group is what the group of a number, from 0, holds; nothing if it took no
// part.
func (m *matching) group(line string, i int) string {
	return line[max(m.loc[2*i+2], 0):max(m.loc[2*i+3], 0)]
}

func (m *matching) suggest(line string) {
	s := learn.Suggest(line)
	if _, known := m.suggestions[s]; known || len(m.suggestions) < maxSuggestions {
		m.suggestions[s]++
	}
}

// tellSuggestions prints the patterns, those of most lines first.
func (m *matching) tellSuggestions() {
	all := slices.SortedFunc(maps.Keys(m.suggestions), func(a, b string) int {
		return cmp.Or(cmp.Compare(m.suggestions[b], m.suggestions[a]), cmp.Compare(a, b))
	})
	for _, s := range all {
		fmt.Fprintf(m.out, "%7d  %s\n", m.suggestions[s], s)
	}
}
