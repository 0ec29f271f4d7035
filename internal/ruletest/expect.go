package ruletest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/rdl"
)

// A group is the expects that follow each other in a test, while they are
// checked. Each takes the effects that it names.
type group struct {
	*test
	failure string // of the first that does not hold
	kept    []*rdl.Expectation
	wrong   []*rdl.Expectation
}

// expect checks one expectation. If it holds, it takes the effects that it
// names.
func (g *group) expect(x *rdl.Expectation, pos string) {
	what := ""
	if x.NothingElse {
		what = g.nothingElse()
	} else {
		what = g.check(x)
	}
	switch {
	case what == "":
		g.kept = append(g.kept, x)
		return
	case g.failure == "":
		g.failure = pos + ": " + what
	}
	g.wrong = append(g.wrong, x)
}

// check returns what is wrong with an expectation, "" if nothing is.
func (g *group) check(x *rdl.Expectation) string {
	var named []*effect
	for i := range g.came {
		if e := &g.came[i]; !e.taken && holds(x, &e.Effect) {
			named = append(named, e)
		}
	}
	n := len(named)
	good := x.No && n == 0 || !x.No && (x.Times == 0 && n > 0 || x.Times > 0 && n == x.Times)
	for _, e := range named {
		e.taken, e.unwanted = good, e.unwanted || !good
	}
	switch {
	case good:
		return ""
	case x.No:
		return fmt.Sprintf("%s, but there was one", x.Source)
	case x.Times > 0:
		return fmt.Sprintf("%s, but it came %d times", x.Source, n)
	}
	return fmt.Sprintf("%s, but there was none", x.Source)
}

// holds tells whether an effect is one that an expectation names.
func holds(x *rdl.Expectation, e *logs.Effect) bool {
	switch {
	case e.Kind != x.Kind:
		return false
	case x.Text != nil:
		return effectText(e) == *x.Text
	case x.Matches != nil:
		return x.Matches(effectText(e))
	}
	return true
}

func (g *group) nothingElse() string {
	for i := range g.came {
		if e := &g.came[i]; !e.taken {
			return fmt.Sprintf("expect nothing else, but there was %s %q", e.Kind, effectText(&e.Effect))
		}
	}
	return ""
}

// diff shows what is missing, and then what came. What came without being
// named is marked only if it must not have come.
func (g *group) diff() []diffLine {
	var lines []diffLine
	elsewhere := slices.ContainsFunc(g.wrong, func(x *rdl.Expectation) bool { return x.NothingElse })
	for _, x := range g.wrong {
		if !x.No && !x.NothingElse {
			lines = append(lines, diffLine{'-', strings.TrimPrefix(x.Source, "expect ")})
		}
	}
	for i := range g.came {
		e, mark := &g.came[i], byte(' ')
		if !e.taken && (e.unwanted || elsewhere) {
			mark = '+'
		}
		lines = append(lines, diffLine{mark, effectWords(&e.Effect)})
	}
	return lines
}

// maxShown bounds the effects and near misses that a report shows.
const maxShown = 20

// report tells what came, and which rules were near.
func (t *test) report(lines []diffLine) string {
	var b strings.Builder
	if len(t.came) == 0 {
		b.WriteString("  nothing came\n")
	} else {
		b.WriteString("  expected, but missing (-); what came, and was not to (+):\n")
		writeDiff(&b, lines)
	}
	for _, fault := range t.faults {
		fmt.Fprintf(&b, "  a rule could not do something: %s\n", fault)
	}
	b.WriteString(t.near.report())
	return strings.TrimSuffix(b.String(), "\n")
}
