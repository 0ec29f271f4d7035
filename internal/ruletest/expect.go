package ruletest

import (
	"fmt"
	"strings"

	"github.com/logs-rdl/logs/rdl"
)

// expect checks one expectation, and takes the effects that it names: all of
// them, or as many as it says. It returns what is wrong, "" if nothing is.
func (t *test) expect(x *rdl.Expectation) string {
	if x.NothingElse {
		return t.nothingElse()
	}
	n := 0
	for i := range t.came {
		if e := &t.came[i]; !e.taken && holds(x, e) {
			n++
			e.taken = true
		}
	}
	switch {
	case x.No && n > 0:
		return fmt.Sprintf("%s, but there was one", x.Source)
	case x.No, x.Times == 0 && n > 0, x.Times > 0 && n == x.Times:
		return ""
	case x.Times > 0:
		return fmt.Sprintf("%s, but it came %d times", x.Source, n)
	}
	return fmt.Sprintf("%s, but there was none", x.Source)
}

// holds tells whether an effect is one that an expectation names.
func holds(x *rdl.Expectation, e *effect) bool {
	switch {
	case e.Kind != x.Kind:
		return false
	case x.Text != nil:
		return e.text() == *x.Text
	case x.Matches != nil:
		return x.Matches(e.text())
	}
	return true
}

func (t *test) nothingElse() string {
	for i := range t.came {
		if e := &t.came[i]; !e.taken {
			return fmt.Sprintf("expect nothing else, but there was %s %q", e.Kind, e.text())
		}
	}
	return ""
}

// maxShown bounds the effects and near misses that a report shows.
const maxShown = 20

// report tells what came, and which rules were near.
func (t *test) report() string {
	var b strings.Builder
	if len(t.came) == 0 {
		b.WriteString("  nothing came\n")
	} else {
		b.WriteString("  what came:\n")
	}
	for i := range t.came {
		if i == maxShown {
			fmt.Fprintf(&b, "    and %d more\n", len(t.came)-i)
			break
		}
		fmt.Fprintf(&b, "    %s %q\n", t.came[i].Kind, t.came[i].text())
	}
	for _, fault := range t.faults {
		fmt.Fprintf(&b, "  a rule could not do something: %s\n", fault)
	}
	b.WriteString(t.near.report())
	return strings.TrimSuffix(b.String(), "\n")
}
