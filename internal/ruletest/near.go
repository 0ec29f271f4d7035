package ruletest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/rdl"
)

// near gathers what rules did, to tell why those that were expected to act
// did not:
//
//	its condition     where user != "root", with user = "root"
//	its pattern       the line holds its text, and the rest does not match
//	its window        it holds 2, and fires with more than 2
//	its context       there was none
//	its sequence      it has 1 of 2 steps
type near struct {
	conditions map[logs.Member]*rdl.Condition
	messages   int
	rules      map[string]*tries
	order      []string
	stores     map[string]*fill
	filled     []string
	asked      []string // contexts that were looked for in vain since the last step
}

// tries is what one rule did since the last group of expects.
type tries struct {
	matched int
	missed  string // a line that holds its text and does not match
	text    string // that text
	held    string // why its condition first held it back
}

// fill is how far one context or sequence came.
type fill struct {
	has  string
	done bool
}

// maxNear bounds the contexts that are watched in one group.
const maxNear = 1000

func newNear(p *rdl.Program) *near {
	n := &near{conditions: p.Conditions}
	n.reset()
	return n
}

func (n *near) reset() {
	*n = near{conditions: n.conditions, rules: map[string]*tries{}, stores: map[string]*fill{}}
}

// note takes one step of the engine.
func (n *near) note(s logs.Step) {
	switch s.Outcome {
	case logs.Walks:
		n.messages++
	case logs.Skipped, logs.NoMatch, logs.Unless, logs.Matched:
		n.tried(&s)
	case logs.Asked:
		if s.Context == nil && len(n.asked) < maxShown {
			n.asked = append(n.asked, contextName(&s))
		}
		return
	case logs.Added:
		if s.Limit >= 0 {
			n.fills(&s, fmt.Sprintf("holds %d, and fires with %d", s.Count, s.Limit+1))
		}
	case logs.Held:
		n.fills(&s, "would have fired, but "+s.Why)
	case logs.Stepped:
		n.fills(&s, fmt.Sprintf("has %d of %d matches, the last of step %s", s.Count, s.Limit, s.Why))
	case logs.Fired:
		if f := n.stores[contextName(&s)]; f != nil {
			f.done = true
		}
	}
	n.asked = n.asked[:0]
}

// tried notes how far a rule came with a message.
func (n *near) tried(s *logs.Step) {
	if s.Outcome == logs.Skipped {
		return
	}
	r := n.rules[s.Rule]
	if r == nil {
		r = &tries{}
		n.rules[s.Rule] = r
		n.order = append(n.order, s.Rule)
	}
	switch {
	case s.Outcome == logs.Matched:
		r.matched++
	case s.Outcome == logs.NoMatch && r.missed == "" && s.Texts != nil:
		r.missed = clip(s.Message.Line)
		r.text = s.Texts[slices.IndexFunc(s.Texts, func(text string) bool { return strings.Contains(s.Message.Line, text) })]
	case s.Outcome == logs.Unless && r.held == "":
		r.held = n.reason(s)
	}
}

// reason tells why a condition held a rule back.
func (n *near) reason(s *logs.Step) string {
	var b strings.Builder
	c := n.conditions[s.Member]
	if c == nil {
		return fmt.Sprintf("      its condition held it back, with %s\n", bound(s))
	}
	fmt.Fprintf(&b, "      %s held it back\n", oneLine(c.Source))
	for _, term := range c.Terms {
		fmt.Fprintf(&b, "        %s = %s\n", oneLine(term.Source), shown(s, s.Eval(term.Eval)))
	}
	for _, name := range n.asked {
		fmt.Fprintf(&b, "        there was no %s\n", name)
	}
	return b.String()
}

// fills notes how far a context or sequence came.
func (n *near) fills(s *logs.Step, has string) {
	name := contextName(s)
	f := n.stores[name]
	if f == nil {
		if len(n.filled) == maxNear {
			return
		}
		f = &fill{}
		n.stores[name] = f
		n.filled = append(n.filled, name)
	}
	f.has, f.done = has, false
}

func bound(s *logs.Step) string {
	if len(s.Bindings) == 0 {
		return "nothing bound"
	}
	var parts []string
	for _, f := range s.Bindings {
		parts = append(parts, f.Name+" = "+shown(s, f.Value))
	}
	return strings.Join(parts, ", ")
}

// report tells how near the rules were that did not act.
func (n *near) report() string {
	var told []string
	silent := true
	for _, name := range n.order {
		r := n.rules[name]
		silent = silent && r.matched == 0
		switch {
		case r.held != "":
			told = append(told, fmt.Sprintf("    %s matched, but\n%s", name, r.held))
		case r.matched == 0 && r.missed != "":
			told = append(told, fmt.Sprintf("    %s did not match, though its text %q is in\n      %s\n", name, r.text, r.missed))
		}
	}
	for _, name := range n.filled {
		if f := n.stores[name]; !f.done {
			told = append(told, fmt.Sprintf("    %s %s\n", name, f.has))
		}
	}
	var b strings.Builder
	if silent && n.messages > 0 {
		fmt.Fprintf(&b, "  no rule matched any of %s\n", counted(n.messages, "message"))
	}
	if len(told) > 0 {
		b.WriteString("  near to acting were:\n")
	}
	for i, text := range told {
		if i == maxShown {
			fmt.Fprintf(&b, "    and %d more\n", len(told)-i)
			break
		}
		b.WriteString(text)
	}
	return b.String()
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// contextName is a context or sequence with its keys, such as scanner("10.0.0.7").
func contextName(s *logs.Step) string {
	if len(s.Keys) == 0 {
		return s.Rule
	}
	keys := make([]string, len(s.Keys))
	for i, k := range s.Keys {
		keys[i] = shown(s, k)
	}
	return s.Rule + "(" + strings.Join(keys, ", ") + ")"
}

// shown is a value as a report shows it: texts and messages in quotes.
func shown(s *logs.Step, v logs.Value) string {
	switch v.Kind() {
	case logs.KindText, logs.KindMessage:
		return `"` + clip(v.String()) + `"`
	case logs.KindNil:
		return "nil"
	}
	return clip(s.Text(v))
}

// maxClip is how many bytes of a line or value a report shows.
const maxClip = 200

// clip makes a text fit to be shown in a line of a report.
func clip(s string) string {
	if len(s) > maxClip {
		s = s[:maxClip] + "..."
	}
	return logs.Show(s)
}

// oneLine joins the lines of a piece of source.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
