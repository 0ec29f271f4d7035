package rdl

import (
	"errors"
	"slices"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/match"
)

// A binder gives the groups of one rule's match their places: the locals of
// the rule, from 0 on. A name that occurs twice, in two branches of an or,
// has one place.
type binder struct {
	c     *compiler
	outer *scope // what holes in patterns may name
	inner *scope // where the bindings go

	byName  []Ident         // the binding clause: for functions and events by name,
	byPlace bool            // or for the unnamed groups in order
	unnamed int             // unnamed groups so far
	unknown bool            // a pattern is wrong, or known only at run time: there may be more
	names   []string        // of the locals: of named groups and of byName; "" for others
	loose   bool            // unnamed groups bind nothing: in a sequence
	bound   map[string]bool // the names that the step at hand binds, if not nil
	free    bool            // groups are of no use: under not, in until
}

// bindings compiles the match of a rule: what it is asked, and the names of
// the locals that it binds, which are declared in inner.
func (c *compiler) bindings(m Match, clause *Binding, outer, inner *scope) (logs.Match, []string) {
	b := &binder{c: c, outer: outer, inner: inner}
	if clause != nil {
		b.declare(clause, asks(m))
	}
	compiled := b.match(m)
	if clause != nil && b.byPlace && !b.unknown && b.unnamed != len(clause.Names) {
		c.errorf(clause, "", "binding gives %s, but the pattern has %s without one", plural(len(clause.Names), "name"), plural(b.unnamed, "group"))
	}
	inner.frame.locals = len(b.names)
	inner.groups, inner.matched = len(b.names), true
	return compiled, b.names
}

// groupsOf reads all groups of the match at hand as a list.
func groupsOf(n int) logs.Expr {
	return func(env *logs.Env) logs.Value {
		items := make([]logs.Value, n)
		for i := range items {
			items[i] = env.Local(i)
		}
		return logs.List(items)
	}
}

// asks tells whether a match asks functions or events: then the binding
// clause takes values by name.
func asks(m Match) bool {
	switch m := m.(type) {
	case *MatchEvent, *MatchFunction:
		return true
	case *MatchParen:
		return asks(m.X)
	case *MatchBinary:
		return asks(m.X) || asks(m.Y)
	}
	return false
}

// declare takes the names of the binding clause.
func (b *binder) declare(clause *Binding, calls bool) {
	b.byName, b.byPlace = clause.Names, !calls
	for _, id := range clause.Names {
		if slices.Contains(b.names, id.Name) {
			b.c.errorf(id, "", "binding gives %s twice", id.Name)
			continue
		}
		b.slot(id.Name, id)
	}
}

// slot returns the place of a name, declaring it if it is new.
func (b *binder) slot(name string, at Node) int {
	if b.bound != nil {
		b.bound[name] = true
	}
	if i := slices.Index(b.names, name); i >= 0 {
		return i
	}
	return b.add(name, at)
}

func (b *binder) add(name string, at Node) int {
	i := len(b.names)
	b.names = append(b.names, name)
	if name != "" {
		typ := TypeText
		if !b.byPlace && b.byName != nil {
			typ = TypeAny
		}
		v := b.inner.declare(variable{name: name, typ: typ, in: inLocal, index: i})
		b.c.bindingsSeen = append(b.c.bindingsSeen, seen{v, at})
	}
	return i
}

// unnamedSlot returns the place of the next unnamed group.
func (b *binder) unnamedSlot(at Node) int {
	i := b.unnamed
	b.unnamed++
	if b.byPlace {
		if i < len(b.byName) {
			return slices.Index(b.names, b.byName[i].Name)
		}
		return -1
	}
	return b.add("", at)
}

// match compiles a match.
func (b *binder) match(m Match) logs.Match {
	switch m := m.(type) {
	case *MatchPattern:
		return b.pattern(m.Pattern)
	case *MatchRegexp:
		return b.regexp(m)
	case *MatchEvent:
		return b.event(m)
	case *MatchFunction:
		return b.function(m)
	case *MatchAll:
		return logs.Everything()
	case *MatchParen:
		return b.match(m.X)
	case *MatchNot:
		was := b.free
		b.free = true
		x := b.match(m.X)
		b.free = was
		return logs.Not(x)
	case *MatchBinary:
		x, y := b.match(m.X), b.match(m.Y)
		if m.Op == "and" {
			return logs.And(x, y)
		}
		return logs.Or(x, y)
	}
	return logs.Not(logs.Everything())
}

// pattern compiles a pattern and gives its groups their places.
func (b *binder) pattern(p *Pattern) logs.Match {
	re := b.c.pattern(p, b.outer)
	if re == nil {
		b.unknown = true
		for _, h := range match.Holes(p.Src) {
			if h.Group != "" && !b.free { // its use is no second mistake
				b.slot(h.Group, p)
			}
		}
		return logs.Everything()
	}
	slots := make([]int, 0, 8)
	for _, name := range re.Groups() {
		slot := 0
		switch {
		case b.free, b.loose && name == "":
			slot = -1
		case name == "":
			slot = b.unnamedSlot(p)
		case b.byPlace:
			b.c.errorf(p, "name all groups, or none", "the group %s has a name, and so binding cannot give one", name)
		default:
			slot = b.slot(name, p)
		}
		slots = append(slots, slot)
	}
	return re.Rebind(slots)
}

// pattern compiles a pattern, the named patterns and the holes in it; nil if
// it is wrong.
func (c *compiler) pattern(p *Pattern, sc *scope) *logs.Pattern {
	e, ok := c.expand(p, sc)
	if !ok {
		return nil
	}
	re := c.compiled(p, e)
	if re == nil {
		return nil
	}
	var holes []logs.Expr
	for _, name := range re.Holes() {
		v := sc.find(name)
		if v == nil {
			c.errorf(p, meant(name, slices.Concat(sc.visible(), keysOf(c.patterns))), "nothing is called %s here, for {%s} in the pattern", name, name)
			continue
		}
		holes = append(holes, c.variable(p, v, sc).eval)
	}
	if holes == nil {
		return re
	}
	return re.Bind(make([]int, len(re.Groups())), holes)
}

// compiled compiles what a pattern was expanded to; nil if it is wrong.
func (c *compiler) compiled(p *Pattern, e expansion) *logs.Pattern {
	re, err := logs.NewPattern(e.text)
	if err == nil {
		return re
	}
	var bad *logs.PatternError
	if errors.As(err, &bad) {
		at := p.At(e.written(bad.Offset))
		c.errorf(Span{at, at + 1}, bad.Hint, "%s", bad.Msg)
	} else {
		c.errorf(p, "", "%v", err)
	}
	return nil
}

// At returns the place in the file of a byte of Src.
func (p *Pattern) At(offset int) int {
	at := p.Start + 1
	for i := 0; i < offset && i < len(p.Src); i++ {
		if p.Quote == QuoteDouble && p.Src[i] == '"' {
			at++ // written as \"
		}
		at++
	}
	return min(at, p.End)
}

// regexp compiles regexp EXPR. If the expression is known, so are its groups.
func (b *binder) regexp(m *MatchRegexp) logs.Match {
	x := b.c.exprOf(m.X, b.outer, TypeText, "a regular expression")
	if x.constant {
		p := &Pattern{Span: m.X.Extent(), Quote: QuoteRaw, Src: x.value.String()}
		return b.pattern(p)
	}
	b.unknown = b.unknown || !b.free
	first, count := 0, 0
	if b.byPlace && !b.free {
		first, count = b.unnamed, len(b.byName)-b.unnamed
		b.unnamed += count
	}
	return logs.Regexp(x.eval, first, count)
}

// event compiles event NAME. The binding clause takes fields by name.
func (b *binder) event(m *MatchEvent) logs.Match {
	var fields []string
	if !b.free {
		for _, id := range b.byName {
			fields = append(fields, id.Name)
			b.slot(id.Name, id)
		}
	}
	return logs.Event(m.Name.Name, 0, fields...)
}

// function compiles function NAME: f(msg, env) returns false or nil, true, or
// a map of bindings.
func (b *binder) function(m *MatchFunction) logs.Match {
	f := b.c.functions[m.Name.Name]
	if f == nil {
		b.c.errorf(m.Name, meant(m.Name.Name, keysOf(b.c.functions)), "no function is called %s: name its file with use", m.Name.Name)
		return logs.Everything()
	}
	if f.least > 2 || f.most >= 0 && f.most < 2 {
		b.c.errorf(m.Name, "", "%s takes %s; as a match it is called with two, msg and env", f.name, arity(f.least, f.most))
		return logs.Everything()
	}
	names, free := b.byName, b.free
	for _, id := range names {
		b.slot(id.Name, id)
	}
	around := b.c.environment(b.outer)
	place := b.c.pos(m)
	return logs.MatchFunc(func(env *logs.Env) bool {
		v := f.call(env, place, []logs.Value{env.MessageValue(), logs.Map(evalFields(env, around))})
		fields, isMap := v.Fields()
		if !isMap {
			return v.Truth() && (free || len(names) == 0)
		}
		if free {
			return true
		}
		for i, id := range names {
			x, ok := env.Bound(fields, id.Name)
			if !ok {
				return false
			}
			env.SetLocal(i, x)
		}
		return true
	})
}

// environment compiles the reading of all names around a rule, for env.
func (c *compiler) environment(sc *scope) []namedExpr {
	var all []namedExpr
	for _, name := range sc.visible() {
		v := sc.find(name)
		if v.in == special {
			continue
		}
		v.used = true
		if get, ok := sc.frame.getter(v); ok {
			all = append(all, namedExpr{name, typed{typ: v.typ, eval: get}})
		}
	}
	return all
}
