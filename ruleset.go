package logs

import "time"

// The walk. A message goes through the members of a ruleset in order:
//
//	rule     matches, and is not continuing  → its actions; the walk ends
//	         matches, and is continuing      → its actions; the walk goes on
//	sequence takes the message if a step matches; the walk goes on
//	ruleset  its guard holds                 → the walk of its members;
//	                                           it ends the outer walk if
//	                                           theirs ended
//	anything else                            → the next member
//
// A walk follows the links as they are when it comes to them, so a rule that
// was made behind the one at hand sees the same message.

// walkRoot walks the whole program over a message.
func (e *Engine) walkRoot(m *Message) {
	e.stopped = false
	if e.trace != nil {
		e.tell(Step{Outcome: Walks, Message: m, Of: m})
	}
	e.walk(e.root, m, nil)
}

// walk reports whether a member matched, and whether the walk ended there.
func (e *Engine) walk(set *liveSet, m *Message, outer *Env) (matched, ended bool) {
	if m.Event != "" || e.dispatch.plain {
		return e.walkAll(set, m, outer)
	}
	c := e.startWalk(set, m.Line)
	for n := c.advance(); n != nil && !ended; n = c.advance() {
		var hit bool
		hit, ended = e.try(n, m, outer)
		matched = matched || hit
		c.rank = n.rank
	}
	c.done()
	return matched, ended
}

// walkAll is walk along the list: for events, which have no line in which what
// a gate asks for could be, and where a trace is to see every member.
func (e *Engine) walkAll(set *liveSet, m *Message, outer *Env) (matched, ended bool) {
	for n := set.head; n != nil && !ended; n = n.next {
		if n.lines && !e.dispatch.plain {
			continue
		}
		var hit bool
		hit, ended = e.try(n, m, outer)
		matched = matched || hit
	}
	return matched, ended
}

// try asks one member, and times it if there is a stopwatch.
func (e *Engine) try(n *live, m *Message, outer *Env) (matched, ended bool) {
	if e.stopwatch == nil {
		return e.ask(n, m, outer)
	}
	began := e.stopwatch()
	matched, ended = e.ask(n, m, outer)
	n.count.Time += time.Duration(e.stopwatch() - began)
	return matched, ended
}

func (e *Engine) ask(n *live, m *Message, outer *Env) (matched, ended bool) {
	switch {
	case n.rule != nil:
		return e.tryRule(n, m, outer)
	case n.set != nil:
		return e.trySet(n, m, outer)
	}
	e.trySequence(n, m)
	return false, false
}

// tryRule asks one rule and, if it matches, runs its actions.
func (e *Engine) tryRule(n *live, m *Message, outer *Env) (matched, ended bool) {
	r := n.rule
	n.count.Tries++
	env := e.push(m, n.count.Name, len(r.Bindings)+r.Locals)
	env.at, env.vars, env.names, env.outer = n, n.vars, r.Bindings, outer
	env.with, env.captures = r.With, r.Captures
	if matched = e.holds(n.count, r.Match, r.Where, env); matched {
		ended = e.act(n, env)
		if e.trace != nil {
			e.traceLive(n, Done)
		}
	}
	e.pop()
	return matched, ended
}

// holds asks a match and its further condition.
func (e *Engine) holds(c *Count, m Match, where func(*Env) bool, env *Env) bool {
	outcome := NoMatch
	if c.GaveUp < gaveUpLimit && m != nil && m.Holds(env) {
		outcome = Unless
		if where == nil || where(env) {
			outcome = Matched
			c.Matches++
		}
	}
	if e.trace != nil {
		e.traceTry(c, m, outcome, env)
	}
	return outcome == Matched
}

// act runs the actions of a rule that matched, and lets it die if it is time;
// it reports whether the walk ends.
func (e *Engine) act(n *live, env *Env) bool {
	r := n.rule
	for i := range n.alarms {
		if a := &n.alarms[i]; a.what == idle {
			e.timers.set(a, e.now+int64(r.Idle(env)))
		}
	}
	n.running, n.after = true, nil
	if r.Once {
		e.kill(n)
	}
	if env.run(r.Do) {
		e.stopped = true
	}
	if !n.dead && r.Until != nil && r.Until.Holds(env) {
		e.kill(n)
	}
	n.running = false
	if n.dead {
		n.unlink()
	}
	return e.stopped || r.Filter || !r.Continue
}

// trySet asks the guard of a ruleset, walks its members and, if one matched,
// runs its actions.
func (e *Engine) trySet(n *live, m *Message, outer *Env) (matched, ended bool) {
	r := n.set.ruleset
	n.count.Tries++
	guard := r.Match
	if guard == nil {
		guard = everything
	}
	env := e.push(m, n.count.Name, len(r.Bindings)+r.Locals)
	env.at, env.vars, env.names, env.outer, env.with = n, n.vars, r.Bindings, outer, r.With
	if e.holds(n.count, guard, r.Where, env) {
		n.after = nil
		matched, ended = e.walk(n.set, m, env)
		if matched && !e.stopped && env.run(r.Do) {
			e.stopped, ended = true, true
		}
		if e.trace != nil {
			e.traceLive(n, Done)
		}
	}
	e.pop()
	return matched, ended
}

var everything = Everything()
