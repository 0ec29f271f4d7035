package ruletest

import (
	"fmt"
	"strings"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/rdl"
)

// runArchive goes through the sections of an archive. An expect section names
// all effects since the last one, in order; a stdout section is all that a
// run would print.
func runArchive(a *archive, p *rdl.Program, s *Suite) (Result, error) {
	result := Result{Name: a.title, Pos: a.name + ":1"}
	wants, err := a.expects(p)
	if err != nil {
		return result, err
	}
	t, err := newTest(p, s.Open)
	if err != nil {
		return result, err
	}
	for i := range a.sections {
		sec := &a.sections[i]
		after := i > 0 && a.sections[i-1].expecting()
		if !sec.expecting() && after {
			t.reset()
		}
		switch sec.kind() {
		case ".log":
			err = t.given(strings.Split(strings.TrimSuffix(sec.body, "\n"), "\n"))
		case "after":
			d, _ := sec.span() // which check has seen
			err = t.pass(d)
		case "expect":
			t.checkAll(a, sec, wants[sec.line], &result)
		case "stdout":
			t.checkStdout(a, sec, s.Stdout, &result)
		}
		if err != nil {
			return result, fmt.Errorf("%s:%d: %w", a.name, sec.line, err)
		}
	}
	return result, nil
}

// expecting tells whether the section says what must have come.
func (s *section) expecting() bool { return s.kind() == "expect" || s.kind() == "stdout" }

// checkAll compares all effects with those of an expect section.
func (t *test) checkAll(a *archive, sec *section, want []wanted, result *Result) {
	pairs := align(len(want), len(t.came), func(w, g int) bool { return holds(want[w].Expectation, &t.came[g].Effect) })
	lines := make([]diffLine, len(pairs))
	var right strings.Builder
	wrong := false
	for i, p := range pairs {
		switch {
		case p.got < 0:
			lines[i] = diffLine{'-', want[p.want].source}
		case p.want < 0:
			lines[i] = diffLine{'+', effectWords(&t.came[p.got].Effect)}
		case want[p.want].Times > 1:
			lines[i] = diffLine{' ', effectWords(&t.came[p.got].Effect)}
		default:
			lines[i] = diffLine{' ', want[p.want].source}
		}
		wrong = wrong || lines[i].mark != ' '
		if lines[i].mark != '-' {
			right.WriteString(lines[i].text + "\n")
		}
	}
	if wrong {
		t.fail(a, sec, "other effects came than are expected", lines, right.String(), result)
	}
}

// checkStdout compares what a run would print with a stdout section.
func (t *test) checkStdout(a *archive, sec *section, print func(*logs.Effect) string, result *Result) {
	var out strings.Builder
	for i := range t.came {
		out.WriteString(print(&t.came[i].Effect))
	}
	if out.String() == sec.body {
		return
	}
	want, got := strings.SplitAfter(sec.body, "\n"), strings.SplitAfter(out.String(), "\n")
	var lines []diffLine
	for _, p := range align(len(want), len(got), func(w, g int) bool { return want[w] == got[g] }) {
		switch {
		case p.got < 0:
			lines = append(lines, diffLine{'-', strings.TrimSuffix(want[p.want], "\n")})
		case p.want < 0:
			lines = append(lines, diffLine{'+', strings.TrimSuffix(got[p.got], "\n")})
		case got[p.got] != "":
			lines = append(lines, diffLine{' ', strings.TrimSuffix(got[p.got], "\n")})
		}
	}
	t.fail(a, sec, "something else is printed than is expected", lines, out.String(), result)
}

// fail notes a section that does not hold, and what would make it right.
func (t *test) fail(a *archive, sec *section, what string, lines []diffLine, right string, result *Result) {
	result.fixes = append(result.fixes, fix{a.name, rdl.Span{Start: sec.start, End: sec.end}, right})
	if result.Failure == "" {
		result.Failure = fmt.Sprintf("%s:%d: %s\n%s", a.name, sec.line, what, t.report(lines))
	}
}
