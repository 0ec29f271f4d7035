package ruletest

import (
	"fmt"
	"strings"

	"github.com/logs-rdl/logs"
)

// near gathers what rules did, to tell why those that were expected to act
// did not.
type near struct {
	rules map[string]*tries
	order []string
}

// tries is what one rule did since the last group of expects.
type tries struct {
	tried, matched int
	held           string // what it had bound when its condition first held it back
}

func newNear() *near { return &near{rules: map[string]*tries{}} }

func (n *near) reset() { *n = *newNear() }

// note takes one step of the engine.
func (n *near) note(s logs.Step) {
	r := n.rules[s.Rule]
	if r == nil {
		r = &tries{}
		n.rules[s.Rule] = r
		n.order = append(n.order, s.Rule)
	}
	r.tried++
	switch s.Outcome {
	case logs.Matched:
		r.matched++
	case logs.Unless:
		if r.held == "" {
			r.held = "with " + bound(s.Bindings)
		}
	}
}

func bound(fields []logs.Field) string {
	if len(fields) == 0 {
		return "nothing bound"
	}
	var parts []string
	for _, f := range fields {
		parts = append(parts, fmt.Sprintf("%s = %q", f.Name, f.Value.String()))
	}
	return strings.Join(parts, ", ")
}

// report tells for each rule how often it matched, and for one that was held
// back what by.
func (n *near) report() string {
	var b strings.Builder
	for i, name := range n.order {
		if i == maxShown {
			fmt.Fprintf(&b, "    and %d more\n", len(n.order)-i)
			break
		}
		if i == 0 {
			b.WriteString("  what the rules did:\n")
		}
		r := n.rules[name]
		fmt.Fprintf(&b, "    %s matched %d of %d messages\n", name, r.matched, r.tried)
		if r.held != "" {
			fmt.Fprintf(&b, "      its condition held it back %s\n", r.held)
		}
	}
	return b.String()
}
