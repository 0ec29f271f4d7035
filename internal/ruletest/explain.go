package ruletest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/rdl"
)

// An Explained line is one with all that the rules did about it, in order.
type Explained struct {
	Line  string    `json:"line"`
	Time  time.Time `json:"time"`
	Notes []Note    `json:"steps"`
}

// A Note tells one thing that the rules did.
type Note struct {
	Depth    int      `json:"depth"` // how many actions, blocks and rulesets it happens within
	What     string   `json:"what"`  // skipped, no match, held back, matched, added, fired...
	Rule     string   `json:"rule,omitempty"`
	Pos      string   `json:"pos,omitempty"`      // file and line of the rule
	Lacks    []string `json:"lacks,omitempty"`    // skipped: the line holds none of these
	Holds    []string `json:"holds,omitempty"`    // no match, though the line holds one of these
	Groups   []Group  `json:"groups,omitempty"`   // what the patterns took of the line
	Bindings []Named  `json:"bindings,omitempty"` // what the match bound
	Where    string   `json:"where,omitempty"`    // the condition as written
	Terms    []Named  `json:"terms,omitempty"`    // what it is made of, with values
	Absent   []string `json:"absent,omitempty"`   // contexts that were asked for, and are not there
	Context  string   `json:"context,omitempty"`  // with its keys
	Item     string   `json:"item,omitempty"`
	Count    int      `json:"count,omitempty"` // how many it holds now
	Limit    int      `json:"limit,omitempty"` // the add that makes it hold so many fires it
	Why      string   `json:"why,omitempty"`
	At       string   `json:"at,omitempty"`    // when a time was up
	Until    string   `json:"until,omitempty"` // of a timer that is set
	Effect   string   `json:"effect,omitempty"`
	Text     string   `json:"text,omitempty"`
}

// A Group is what a group of a pattern matched, in bytes of the line.
type Group struct {
	Name  string `json:"name,omitempty"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Whole bool   `json:"whole,omitempty"` // all that the pattern matched
}

// A Named is a value with its name.
type Named struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Explain runs rules over a log, by the clock of tests, and tells show of each
// line what the rules did about it. The program should be loaded with
// Loader.Explain.
func Explain(p *rdl.Program, in run.Input, show func(*Explained)) error {
	x := &explainer{conditions: p.Conditions, show: show}
	e, err := logs.New(p.Program, logs.Options{Trace: x.note})
	if err != nil {
		return err
	}
	err = readLog(e, x, in)
	x.flush()
	return err
}

// explainer gathers the notes of one line. What a timer does before a line is
// told with that line.
type explainer struct {
	conditions map[logs.Member]*rdl.Condition
	show       func(*Explained)
	line       *Explained
	notes      []Note
	absent     []string // what was asked for in vain since the last step
	depth      int
}

// maxNotes bounds the notes of one line; what comes after is left out.
const maxNotes = 100_000

// Do and Flush do nothing with effects: the trace tells of them.
func (x *explainer) Do(context.Context, *logs.Effect) error { return nil }
func (x *explainer) Flush() error                           { return nil }

// flush hands out the line at hand.
func (x *explainer) flush() {
	if x.line != nil {
		x.line.Notes, x.notes = x.notes, nil
		x.show(x.line)
		x.line = nil
	}
}

// note takes one step of the engine.
func (x *explainer) note(s logs.Step) {
	switch s.Outcome {
	case logs.Walks:
		x.walks(&s)
		return
	case logs.Done:
		x.depth--
		x.absent = nil
		return
	case logs.Asked:
		if s.Context == nil && len(x.absent) < maxShown {
			x.absent = append(x.absent, contextName(&s))
		}
		return
	}
	if timeIsUp(&s) && x.depth == 0 { // the line before is over
		x.flush()
	}
	if len(x.notes) < maxNotes {
		x.notes = append(x.notes, x.noteOf(&s))
	}
	x.absent = nil
	if s.Outcome == logs.Matched || s.Outcome == logs.Fired || s.Outcome == logs.Rang {
		x.depth++
	}
}

// timeIsUp tells whether a step comes of the time alone, not of a line.
func timeIsUp(s *logs.Step) bool {
	return s.Outcome == logs.Rang || s.Message == nil && (s.Outcome == logs.Fired || s.Outcome == logs.Held || s.Outcome == logs.Ended)
}

// walks begins a line, or an event within one.
func (x *explainer) walks(s *logs.Step) {
	if s.Message.Event != "" {
		x.notes = append(x.notes, Note{Depth: x.depth, What: "event", Text: s.Message.Event})
		return
	}
	x.flush()
	x.line = &Explained{Line: strings.Clone(s.Message.Line), Time: s.Message.Time.UTC()}
}

// noteOf words a step.
func (x *explainer) noteOf(s *logs.Step) Note {
	n := Note{Depth: x.depth, What: whats[s.Outcome], Rule: s.Rule, Pos: posOf(s.Member), Absent: x.absent}
	if timeIsUp(s) && x.depth == 0 {
		n.At = s.Time.Format(time.Stamp)
	}
	switch s.Outcome {
	case logs.Skipped:
		n.Lacks = slices.Clone(s.Texts)
	case logs.NoMatch:
		n.Holds = slices.Clone(s.Texts)
	case logs.Unless, logs.Matched:
		x.match(&n, s)
	case logs.Added, logs.Fired, logs.Held, logs.Ended, logs.Stepped:
		x.context(&n, s)
	case logs.Waits:
		n.Until = s.Until.Format(time.Stamp)
	case logs.Emitted:
		n.Text = s.Message.Event
	case logs.Asks:
		n.Effect, n.Text = s.Effect.Kind.String(), effectText(s.Effect)
	}
	return n
}

// whats are the words of notes.
var whats = map[logs.Outcome]string{
	logs.Skipped: "skipped", logs.NoMatch: "no match", logs.Unless: "held back", logs.Matched: "matched",
	logs.Added: "added", logs.Fired: "fired", logs.Held: "not fired", logs.Ended: "ended",
	logs.Stepped: "step", logs.Made: "made", logs.Died: "died", logs.Waits: "timer set", logs.Rang: "rang",
	logs.Emitted: "emitted", logs.Asks: "effect",
}

// match tells of a match that held: its groups, and the condition.
func (x *explainer) match(n *Note, s *logs.Step) {
	for _, g := range s.Groups() {
		n.Groups = append(n.Groups, Group(g))
	}
	for _, f := range s.Bindings {
		n.Bindings = append(n.Bindings, Named{f.Name, shown(s, f.Value)})
	}
	if c := x.conditions[s.Member]; c != nil {
		n.Where = oneLine(c.Source)
		for _, term := range c.Terms {
			if slices.ContainsFunc(s.Bindings, func(f logs.Field) bool { return f.Name == term.Source }) {
				continue
			}
			n.Terms = append(n.Terms, Named{oneLine(term.Source), shown(s, s.Eval(term.Eval))})
		}
	}
}

// context tells what happened to a context or sequence.
func (x *explainer) context(n *Note, s *logs.Step) {
	n.Rule, n.Context, n.Count, n.Why = "", contextName(s), s.Count, s.Why
	switch {
	case s.Outcome == logs.Stepped:
		n.Limit = s.Limit
	case s.Outcome == logs.Added:
		n.Item = shown(s, s.Item)
		if s.Limit >= 0 {
			n.Limit = s.Limit + 1
		}
	}
}

// posOf is where a rule was written.
func posOf(m logs.Member) string {
	switch m := m.(type) {
	case *logs.Rule:
		return m.Pos
	case *logs.Ruleset:
		return m.Pos
	case *logs.Sequence:
		return m.Pos
	}
	return ""
}

// Only leaves in an explanation what one rule, context or sequence did, and
// what that led to.
func (e *Explained) Only(name string) {
	var kept []Note
	inside := -1 // the depth of the note whose actions are told
	for _, n := range e.Notes {
		switch own := n.Rule == name || contextOf(n.Context) == name; {
		case inside >= 0 && n.Depth > inside:
			kept = append(kept, n)
		case own:
			kept, inside = append(kept, n), n.Depth
		default:
			inside = -1
		}
	}
	e.Notes = kept
}
