package logs

import (
	"cmp"
	"fmt"
	"slices"
)

// How an engine is made of a program: every part gets a name for snapshots
// and, with the first message, a life.

// start sets the clock and makes what the program holds.
func (e *Engine) start(t int64) {
	e.started, e.now = true, t
	e.globals = make([]Value, len(e.program.Globals))
	env := e.push(nil, "let", 0)
	for i, g := range e.program.Globals {
		e.globals[i] = g.Init(env).Keep()
	}
	e.root = e.newSet(e.program.Root, nil, env)
	for _, t := range e.program.Timers {
		env.SetTimer(t)
	}
	e.pop()
}

// newSet makes a ruleset live with all its members; outer is the scope in
// which their variables are worked out.
func (e *Engine) newSet(r *Ruleset, self *live, outer *Env) *liveSet {
	set := &liveSet{ruleset: r, self: self}
	passages := e.dispatch.members[r]
	for i, m := range r.Members {
		n := e.newMember(m, outer)
		set.insert(n, nil, false)
		if inner, ok := m.(*Ruleset); ok {
			env := e.push(nil, inner.Name, 0)
			env.vars, env.outer = n.vars, outer
			n.set = e.newSet(inner, n, env)
			e.pop()
		}
		e.openWay(n, passages[i])
	}
	return set
}

// newMember makes a member live from the start, a ruleset without its members.
func (e *Engine) newMember(m Member, outer *Env) *live {
	switch m := m.(type) {
	case *Rule:
		n := e.newLive(m, nil, outer, nil)
		n.static = true
		return n
	case *Ruleset:
		n := &live{static: true, count: e.counts[m.ID]}
		n.vars = e.newVars(n, m.Name, m.With, nil, outer, nil)
		return n
	}
	q := m.(*Sequence)
	n := &live{static: true, count: e.counts[q.ID]}
	n.seq = &liveSequence{seq: q, node: n, byKey: map[string]*progress{}}
	return n
}

// name gives every part of the program that has none an ID, and each rule a
// Count.
func (e *Engine) name(p *Program) {
	n := namer{e, map[string]int{}}
	n.nameSet(p.Root, "")
	for _, r := range p.Rules {
		setID(&r.ID, n.addCount(r.ID, r.Name, r.Pos, func() string { return "" }))
	}
	taken := map[string]bool{}
	n.last = map[string]int{}
	for _, t := range slices.Concat(p.Timers, p.Blocks) {
		id := n.unlike(cmp.Or(t.ID, t.Name), func(id string) bool { return taken[id] })
		taken[id] = true
		setID(&t.ID, id)
	}
}

// A namer gives IDs that differ. It knows of each name the last number that was
// put behind it, for a rule may stand there a thousand times.
type namer struct {
	e    *Engine
	last map[string]int
}

// unlike returns a name, with a number behind it if it is taken.
func (n *namer) unlike(name string, taken func(id string) bool) string {
	id := name
	for taken(id) {
		n.last[name] = max(n.last[name], 1) + 1
		id = fmt.Sprintf("%s~%d", name, n.last[name])
	}
	return id
}

func (n *namer) nameSet(r *Ruleset, path string) {
	if path != "" {
		setID(&r.ID, n.addCount(r.ID, r.Name, r.Pos, func() string { return path }))
	}
	for i, m := range r.Members {
		path := func() string { return fmt.Sprintf("%s/%d", path, i+1) }
		switch m := m.(type) {
		case *Rule:
			setID(&m.ID, n.addCount(m.ID, m.Name, m.Pos, path))
		case *Ruleset:
			n.nameSet(m, path())
		case *Sequence:
			setID(&m.ID, n.addCount(m.ID, m.Name, m.Pos, path))
		}
	}
}

// setID writes only what is new, since engines may share a program.
func setID(to *string, id string) {
	if *to != id {
		*to = id
	}
}

// addCount returns the ID of a rule: the given one, else its name or path,
// with a number behind it if another has the same.
func (n *namer) addCount(id, name, pos string, path func() string) string {
	if id = cmp.Or(id, name); id == "" {
		id = path()
	}
	e := n.e
	id = n.unlike(id, func(id string) bool { return e.counts[id] != nil })
	e.counts[id] = &Count{Name: cmp.Or(name, pos, id)}
	e.ids = append(e.ids, id)
	return id
}
