package ruletest

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
)

// Why finds the lines that led to effects. It watches an engine by its trace
// and knows at any time what lies behind what runs:
//
//	a line                     itself
//	a rule that matches        the line; what lies behind the rule, if one made it
//	what its actions do        the same, and what lies behind the contexts that it asked for
//	what they add to contexts  without these, else a window would never forget
//	a context that fires       what lies behind each add of the items that it holds
//	a sequence                 what lies behind each of its matches
//	a timer, a rule's timeout  what lay behind what set or made it
//	an event                   what lay behind what emitted it
//
// Variables are not followed: a line that only set one is not found.
//
//	w := ruletest.Why{Text: "scan from"}
//	engine, err := logs.New(program, logs.Options{Trace: w.Note, Brief: true})
type Why struct {
	Text string // what the text of the effects holds

	found   []Reason
	more    int // effects beyond maxReasons
	lines   int64
	message *logs.Message // at hand; nil in a block that a timer runs
	now     *origin       // of the message, made when something needs it
	stack   []scope       // of the actions that run
	asked   []*origin     // what lies behind the contexts that were asked for since the last step
	behind  map[any][]*origin
	past    histories
}

// A scope is what lies behind actions that run.
type scope struct {
	lines []*origin
	asked []*origin // behind the contexts that were asked for
}

// A Reason is an effect and the lines that led to it, in their order.
type Reason struct {
	Kind  string    `json:"kind"`
	Rule  string    `json:"rule"`
	Text  string    `json:"text"`
	Time  time.Time `json:"time"`
	Lines []Origin  `json:"lines"` // of more than 200, the last ones
}

// An Origin is a line with its place.
type Origin struct {
	Source string `json:"source"`
	Offset int64  `json:"offset"` // of its first byte
	Line   string `json:"line"`
}

// origin is an Origin with its number among all lines.
type origin struct {
	Origin
	number int64
}

// The bounds of a Why.
const (
	maxReasons = 1000
	maxBehind  = 200     // lines behind one thing; of more, the last ones
	maxAdds    = 500_000 // additions to contexts that are remembered
)

// Note takes one step of the engine.
func (w *Why) Note(s logs.Step) {
	switch s.Outcome {
	case logs.Skipped, logs.NoMatch, logs.Unless:
	case logs.Walks:
		w.walks(&s)
	case logs.Asked:
		if s.Context != nil {
			w.asked = merged(w.asked, w.past.of(&s))
		}
		return
	case logs.Done:
		w.stack = w.stack[:len(w.stack)-1]
	case logs.Died:
		delete(w.behind, s.Of)
	case logs.Rang:
		w.message, w.now = nil, nil
		w.push(w.behind[s.Of], nil)
		delete(w.behind, s.Of)
	case logs.Fired:
		if len(w.stack) == 0 && s.Message == nil { // its time is up
			w.message, w.now = nil, nil
		}
		w.push(w.past.of(&s), nil)
		w.past.forget(s.Of)
	case logs.Matched:
		w.push(w.behind[s.Of], w.asked)
	default:
		w.acts(&s)
	}
	w.asked = nil
}

// walks begins a message.
func (w *Why) walks(s *logs.Step) {
	w.message, w.now = s.Message, nil
	if s.Message.Event == "" {
		w.lines++
	}
}

// top returns what lies behind what runs now.
func (w *Why) top() []*origin {
	switch {
	case len(w.stack) > 0:
		return w.stack[len(w.stack)-1].lines
	case w.message == nil:
		return nil
	case w.message.Event != "":
		return w.behind[w.message]
	case w.now == nil:
		m := w.message
		w.now = &origin{Origin{strings.Clone(m.Source), m.Offset, strings.Clone(m.Line)}, w.lines}
	}
	return []*origin{w.now}
}

// push begins actions behind which some more lies.
func (w *Why) push(more, asked []*origin) {
	w.stack = append(w.stack, scope{merged(w.top(), more), asked})
}

// acts takes a step that an action took.
func (w *Why) acts(s *logs.Step) {
	all := w.asked
	if n := len(w.stack); n > 0 {
		all = merged(w.stack[n-1].asked, w.asked)
		w.stack[n-1].asked = all
	}
	all = merged(w.top(), all)
	switch s.Outcome {
	case logs.Added, logs.Stepped:
		w.past.add(s, w.top())
	case logs.Ended:
		w.past.forget(s.Of)
	case logs.Made, logs.Waits, logs.Emitted:
		if w.behind == nil {
			w.behind = map[any][]*origin{}
		}
		w.behind[s.Of] = all
	case logs.Asks:
		w.effect(s.Effect, all)
	}
}

// effect notes an effect, if it is one of those that are looked for.
func (w *Why) effect(e *logs.Effect, behind []*origin) {
	text := effectText(e)
	switch {
	case e.Kind == logs.EffectFault || !strings.Contains(text, w.Text):
		return
	case len(w.found) == maxReasons:
		w.more++
		return
	}
	r := Reason{Kind: e.Kind.String(), Rule: e.Rule, Text: text, Time: e.Time}
	for _, o := range behind {
		r.Lines = append(r.Lines, o.Origin)
	}
	w.found = append(w.found, r)
}

// merged joins what lies behind two things, each line once and in order.
func merged(a, b []*origin) []*origin {
	if len(a) == 0 {
		return b
	} else if len(b) == 0 {
		return a
	}
	return ordered(append(slices.Clone(a), b...))
}

// ordered puts lines in their order, each once; of too many it keeps the last.
func ordered(out []*origin) []*origin {
	slices.SortStableFunc(out, func(x, y *origin) int { return int(x.number - y.number) })
	out = slices.CompactFunc(out, func(x, y *origin) bool { return x.number == y.number })
	return out[max(0, len(out)-maxBehind):]
}

// Found returns the effects that were looked for, in their order, the first
// thousand; more is how many there were beyond.
func (w *Why) Found() (found []Reason, more int) { return w.found, w.more }

// WriteText writes the effects with the lines that led to them.
func (w *Why) WriteText(out io.Writer) {
	for _, r := range w.found {
		fmt.Fprintf(out, "%s %s: %s %q\n", r.Time.Format(time.RFC3339), r.Rule, r.Kind, r.Text)
		for _, o := range r.Lines {
			fmt.Fprintf(out, "  %s at byte %d: %s\n", o.Source, o.Offset, logs.Show(o.Line))
		}
		if len(r.Lines) == 0 {
			fmt.Fprintln(out, "  no line led to it, but the time")
		}
	}
	if w.more > 0 {
		fmt.Fprintf(out, "and %d more\n", w.more)
	}
	if len(w.found) == 0 {
		fmt.Fprintf(out, "nothing was done whose text holds %q\n", w.Text)
	}
}
