package logs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A trace tells, step by step, what an engine does:
//
//	Walks                      a line, an event that was emitted
//	  Skipped, NoMatch, Unless a rule that does not apply, and why
//	  Matched                  one that does, and then what its actions do:
//	    Asked, Added, Fired ...
//	    Asks                   an effect
//	  Done
//	Rang                       a timer, with what its block does
//	Done
//
// Matched, Fired and Rang are followed by a Done each; what comes between is
// what their actions do, or the members of a ruleset.

// A Step is one thing that an engine did. What it holds is valid only during
// the call of Options.Trace.
type Step struct {
	Rule     string // the name or place of the rule, context, sequence or timer
	Outcome  Outcome
	Time     time.Time // the engine's clock
	Bindings []Field   // what the match bound

	Member  Member   // what was tried, made or died
	Of      any      // tells what lives apart: equal for steps of the same rule, context or timer
	Message *Message // at hand; nil in a block that a timer runs
	Texts   []string // every match holds one of these; Skipped: the line holds none; NoMatch: it does; nil: not known

	Store   *Store   // of Added, Asked, Fired, Held and Ended; nil of a sequence
	Context *Context // the same; nil where Asked found none
	Keys    []Value  // of the context or sequence
	Item    Value    // Added: the item
	Count   int      // how many items it holds; of a sequence, how many matches it has
	Limit   int      // how many it may hold, or how many it needs; -1: any number
	Why     string   // Fired, Held, Stepped, Died: in words
	Until   time.Time
	Effect  *Effect // of Asks

	env   *Env
	match Match
}

// An Outcome is what a Step tells.
type Outcome uint8

// The outcomes. The first four tell how far a rule, or the guard of a
// ruleset, came with a message.
const (
	NoMatch Outcome = iota // the match did not hold
	Unless                 // the match held, the further condition did not
	Matched                // both held; the actions run, until Done
	Skipped                // the line lacks the texts that every match holds
	Walks                  // a message begins its way through the rules
	Done                   // the actions of the last Matched, Fired or Rang are over
	Asked                  // an expression looked for a context
	Added                  // an item was added to a context
	Fired                  // a context or sequence fires; its blocks run, until Done
	Held                   // a context that was to fire is held back: see Why
	Ended                  // a context was ended or emptied without firing
	Stepped                // a step of a sequence matched
	Made                   // a rule was made
	Died                   // a rule died
	Waits                  // a timer was set, until Until
	Rang                   // a timer is due, or a rule's time is up; the block runs, until Done
	Emitted                // an event, in Message
	Asks                   // an action asks for Effect
)

var outcomeNames = [...]string{
	"did not match", "was held back by its condition", "matched", "was skipped", "walks", "is done", "was asked for",
	"was added to", "fired", "was held back", "ended", "took a step", "was made", "died", "waits", "rang", "was emitted", "asks",
}

// String returns how a report words the outcome.
func (o Outcome) String() string { return outcomeNames[o] }

// A Group is a part of a line that a group of a pattern matched.
type Group struct {
	Name       string // what it is bound to; empty: nothing, or it is the whole match
	Start, End int    // in bytes
	Whole      bool   // it is the whole match of a pattern
}

// Groups returns what the patterns of a match that held took of the line: for
// each pattern the whole match and then its groups.
func (s *Step) Groups() []Group {
	if s.env == nil || s.env.msg == nil || s.env.msg.Event != "" {
		return nil
	}
	var groups []Group
	for _, p := range patternsOf(s.match) {
		groups = append(groups, p.groups(s.env)...)
	}
	return groups
}

func patternsOf(m Match) []*Pattern {
	switch m := m.(type) {
	case *Pattern:
		return []*Pattern{m}
	case conjunction:
		return append(patternsOf(m.x), patternsOf(m.y)...)
	case *disjunction:
		return append(patternsOf(m.x), patternsOf(m.y)...)
	}
	return nil
}

// groups searches the line once more.
func (p *Pattern) groups(env *Env) []Group {
	fill := make([]string, len(p.holes))
	for i, hole := range p.holes {
		fill[i] = env.TextOf(hole(env))
	}
	loc, _ := p.re.Find(nil, env.msg.Line, fill)
	var groups []Group
	for i := 0; i+1 < len(loc); i += 2 {
		if loc[i] < 0 {
			continue
		}
		g := Group{Start: loc[i], End: loc[i+1], Whole: i == 0}
		if i > 0 && i/2 <= len(p.slots) {
			if slot := p.slots[i/2-1]; slot >= 0 && slot < len(env.names) {
				g.Name = env.names[slot]
			}
		}
		groups = append(groups, g)
	}
	return groups
}

// Eval works out an expression where the step stands, such as a part of a
// condition. It leaves no trace in the engine, unless the expression acts.
func (s *Step) Eval(x Expr) Value {
	if s.env == nil {
		return Nil
	}
	e := s.env.engine
	trace, stats, faults, cause, effects := e.trace, e.stats, e.faults, e.cause, len(e.effects)
	e.trace, e.faults = nil, maps.Clone(e.faults)
	var count Count
	if s.env.at != nil {
		count = *s.env.at.count
	}
	v := x(s.env)
	if s.env.at != nil {
		*s.env.at.count = count
	}
	e.trace, e.stats, e.faults, e.cause, e.effects = trace, stats, faults, cause, e.effects[:effects]
	return v
}

// Text returns the text of a value, with times in the engine's zone.
func (s *Step) Text(v Value) string {
	if s.env == nil {
		return v.String()
	}
	return s.env.TextOf(v)
}

// tell hands a step out.
func (e *Engine) tell(s Step) {
	s.Time = e.wall(e.now)
	e.trace(s)
}

// traceTry tells how far a rule or guard came.
func (e *Engine) traceTry(c *Count, m Match, outcome Outcome, env *Env) {
	s := Step{Rule: c.Name, Outcome: outcome, Member: env.at.member(), Of: env.at, Message: env.msg, env: env, match: m}
	if outcome != NoMatch {
		s.Bindings = env.bindings()
	} else {
		s.gated(gateOf(m))
	}
	e.tell(s)
}

// gated tells of a match that did not hold what its gate says.
func (s *Step) gated(g gate) {
	if s.Message.Event != "" || g.literals == nil {
		return
	}
	s.Texts = g.literals
	if !slices.ContainsFunc(g.literals, func(text string) bool { return strings.Contains(s.Message.Line, text) }) {
		s.Outcome = Skipped
	}
}

// traceSequence tells that no step of a sequence matched.
func (e *Engine) traceSequence(n *live, m *Message) {
	s := Step{Rule: n.count.Name, Outcome: NoMatch, Member: n.seq.seq, Of: n, Message: m}
	s.gated(gateOfMember(n.seq.seq))
	e.tell(s)
}

// traceStep tells that a step of a sequence counts.
func (e *Engine) traceStep(p *progress, step int, m *Message) {
	seq := p.of.seq
	have, need := 0, 0
	for i := range seq.Steps {
		have += p.counts[i]
		need += seq.Steps[i].times()
	}
	e.tell(Step{
		Rule: p.of.node.count.Name, Outcome: Stepped, Member: seq, Of: p, Message: m,
		Keys: readKeys(p.key, seq.Keys), Why: seq.Steps[step].Name, Count: have, Limit: need,
	})
}

// traceProgress tells that a block of a sequence runs.
func (e *Engine) traceProgress(p *progress, m *Message, why string) {
	e.tell(Step{
		Rule: p.of.node.count.Name, Outcome: Fired, Member: p.of.seq, Of: p, Message: m,
		Keys: readKeys(p.key, p.of.seq.Keys), Why: why,
	})
}

// traceContext tells what happened to a context.
func (e *Engine) traceContext(c *Context, outcome Outcome, why string, item Value) {
	limit := -1
	if c.store.Limited {
		limit = c.store.MaxLines
	}
	e.tell(Step{
		Rule: c.store.Name, Outcome: outcome, Of: c, Store: c.family.store, Context: c, Keys: c.Keys(),
		Item: item, Count: c.items.len(), Limit: limit, Why: why,
	})
}

// traceAsked tells that a context was looked for; c is nil if there is none.
func (e *Engine) traceAsked(s *Store, c *Context, keys []Value) {
	if c != nil {
		e.traceContext(c, Asked, "", Nil)
		return
	}
	e.tell(Step{Rule: s.Name, Outcome: Asked, Store: s, Keys: slices.Clone(keys)})
}

// traceLive tells what happened to a rule.
func (e *Engine) traceLive(n *live, outcome Outcome) {
	e.tell(Step{Rule: n.count.Name, Outcome: outcome, Member: n.member(), Of: n})
}

// traceTimer tells what happened to a timer.
func (e *Engine) traceTimer(p *pending, outcome Outcome) {
	e.tell(Step{Rule: p.timer.Name, Outcome: outcome, Of: p, Until: e.wall(p.alarm.due)})
}

// causeNames are how a report words why a context fires.
var causeNames = [...]string{"it is full", "its time is up", "an action ended it"}

// traceHeld tells why a context that was to fire does not.
func (e *Engine) traceHeld(c *Context) {
	why := "it has fired before"
	if c.items.len() < c.store.MinLines {
		why = fmt.Sprintf("it holds fewer than min-lines %d", c.store.MinLines)
	}
	e.traceContext(c, Held, why, Nil)
}

func readKeys(key string, n int) []Value {
	keys := make([]Value, 0, n)
	for key != "" {
		var v Value
		v, key = readKey(key)
		keys = append(keys, v)
	}
	return keys
}

// bindings returns what the match bound, by name.
func (env *Env) bindings() []Field {
	fields := make([]Field, len(env.names))
	for i, name := range env.names {
		fields[i] = Field{name, env.vals[i]}
	}
	return fields
}
