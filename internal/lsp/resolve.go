package lsp

import (
	"strings"

	"github.com/logs-rdl/logs/rdl"
)

// declare notes the names of one declaration that may be used before it: those
// of the whole program, wherever in it they stand.
func (x *index) declare(d rdl.Decl) {
	rdl.Inspect(d, func(n rdl.Node) {
		switch n := n.(type) {
		case *rdl.Let:
			x.bind(x.globals, n.Name, "a variable of the whole program", n)
		case *rdl.PatternDecl:
			x.add(namedPattern, n.Name, "a named pattern", n)
		case *rdl.Store:
			x.add(store, n.Name, "a "+storeWord(n), n)
		case *rdl.Alias:
			if id, ok := storeName(n.Y); ok && x.named[store][id.Name] == nil {
				x.add(store, id, "a second name", n)
			}
		case *rdl.Sink:
			x.add(sink, n.Name, "a sink", n)
		case *rdl.Rule:
			x.addRule(n.Name, "a rule", n)
		case *rdl.Ruleset:
			x.addRule(n.Name, "a ruleset", n)
		case *rdl.Sequence:
			x.add(rule, n.Name, "a sequence", n)
		case *rdl.Emit:
			if !n.Forward {
				x.add(event, n.Name, "an event", n)
			}
		}
	})
}

func (x *index) addRule(id *rdl.Ident, what string, n rdl.Node) {
	if id != nil {
		x.add(rule, *id, what, n)
	}
}

func storeWord(d *rdl.Store) string {
	if d.Window {
		return "window"
	}
	return "context"
}

// storeName returns the name of a context in an expression.
func storeName(e rdl.Expr) (rdl.Ident, bool) {
	switch e := e.(type) {
	case *rdl.Name:
		return rdl.Ident{Span: e.Span, Name: e.Name}, true
	case *rdl.Call:
		return rdl.Ident{Span: e.Fun.Span, Name: e.Fun.Name}, true
	}
	return rdl.Ident{}, false
}

// decl goes over a declaration; those of the whole program are known.
func (x *index) decl(d rdl.Decl, sc *scope) {
	switch d := d.(type) {
	case *rdl.Let:
		x.expr(d.Value, sc)
	case *rdl.PatternDecl:
		x.pattern(d.Pattern, sc, nil, "")
	case *rdl.Rule:
		x.rule(d, sc)
	case *rdl.Ruleset:
		x.ruleset(d, sc)
	case *rdl.Store:
		x.store(d, x.globals)
	case *rdl.Sequence:
		x.sequence(d, sc)
	case *rdl.During:
		for _, member := range d.Body {
			x.decl(member, sc)
		}
	case *rdl.At:
		x.block(d.Body, sc)
	case *rdl.Every:
		x.expr(d.D, sc)
		x.block(d.Body, sc)
	case *rdl.Alias:
		x.alias(d, sc)
	default: // a source, a sink, a test
		x.expr(d, sc)
	}
}

func (x *index) rule(d *rdl.Rule, outer *scope) {
	vars := x.open(outer, d.Span)
	vars.names["groups"] = &symbol{kind: variable, name: "groups", what: "the list of what all groups matched"}
	x.clauses(d.Clauses, vars, "the "+titled("rule", d.Name))
}

// titled says what something is and how it is called.
func titled(what string, id *rdl.Ident) string {
	if id == nil {
		return what
	}
	return what + " " + id.Name
}

func (x *index) ruleset(d *rdl.Ruleset, outer *scope) {
	var clauses []rdl.Clause
	vars := x.open(outer, d.Span)
	for _, n := range d.Body {
		if c, ok := n.(rdl.Clause); ok {
			clauses = append(clauses, c)
		}
	}
	x.clauses(clauses, vars, "the "+titled("ruleset", d.Name))
	for _, n := range d.Body {
		if member, ok := n.(rdl.Decl); ok {
			x.decl(member, vars)
		}
	}
}

func (x *index) store(d *rdl.Store, outer *scope) {
	vars := x.open(outer, d.Span)
	of := "the " + storeWord(d) + " " + d.Name.Name
	for _, f := range append(rdl.ContextFields(), rdl.FieldName{Name: "event"}, rdl.FieldName{Name: "line"}, rdl.FieldName{Name: "item"}) {
		vars.names[f.Name] = &symbol{kind: variable, name: f.Name, what: "of " + of}
	}
	for _, k := range d.Keys {
		x.bind(vars, k, "a key of "+of, nil)
	}
	x.clauses(d.Clauses, vars, of)
}

func (x *index) sequence(d *rdl.Sequence, outer *scope) {
	vars := x.open(outer, d.Span)
	of := "the sequence " + d.Name.Name
	for _, k := range d.Keys {
		x.bind(vars, k, "a key of "+of, nil)
	}
	if d.Within != nil {
		x.expr(d.Within, outer)
	}
	vars.names["step"] = &symbol{kind: variable, name: "step", what: "the step awaited, in missing, of " + of}
	x.clauses(d.Clauses, vars, of)
}

// clauses goes over the clauses of a declaration, first over those that bind.
func (x *index) clauses(list []rdl.Clause, vars *scope, of string) {
	for _, c := range list {
		if c, ok := c.(*rdl.With); ok {
			for _, a := range c.Vars {
				x.expr(a.Value, vars)
				x.bind(vars, a.Name, "a variable of "+of, c)
			}
		}
	}
	for _, c := range list {
		switch c := c.(type) {
		case *rdl.Binding:
			for _, id := range c.Names {
				x.bind(vars, id, "what a group binds in "+of, c)
			}
		case *rdl.Matching:
			x.match(c.Match, vars, vars, of)
		case *rdl.Step:
			x.match(c.Match, vars, vars, of)
			x.optional(c.Times, vars)
		}
	}
	for _, c := range list {
		x.clause(c, vars)
	}
}

// clause goes over a clause that binds nothing.
func (x *index) clause(c rdl.Clause, sc *scope) {
	switch c := c.(type) {
	case *rdl.Until:
		x.match(c.Match, sc, nil, "")
	case *rdl.Doing:
		x.block(c.Body, sc)
	case *rdl.On:
		x.block(c.Body, sc)
	case *rdl.Short:
		x.stmt(c.Stmt, sc)
	case *rdl.Where, *rdl.Once, *rdl.Distinct, *rdl.Limit:
		x.expr(c, sc)
	}
}

// match goes over a match. Its groups are bound in binds, unless that is nil.
func (x *index) match(m rdl.Match, sc, binds *scope, of string) {
	switch m := m.(type) {
	case *rdl.MatchPattern:
		x.pattern(m.Pattern, sc, binds, of)
	case *rdl.MatchRegexp:
		x.expr(m.X, sc)
	case *rdl.MatchEvent:
		x.useNamed(event, m.Name)
	case *rdl.MatchFunction:
		x.useNamed(function, m.Name)
	case *rdl.MatchNot:
		x.match(m.X, sc, nil, of)
	case *rdl.MatchParen:
		x.match(m.X, sc, binds, of)
	case *rdl.MatchBinary:
		x.match(m.X, sc, binds, of)
		x.match(m.Y, sc, binds, of)
	}
}

// pattern goes over the names in a pattern.
func (x *index) pattern(p *rdl.Pattern, sc, binds *scope, of string) {
	for _, n := range p.Names() {
		id := rdl.Ident{Span: n.Span, Name: n.Name}
		switch {
		case n.Role == rdl.PatternBinder && binds != nil:
			x.bind(binds, id, "what a group binds in "+of, p)
		case n.Role == rdl.PatternHole && sc.find(n.Name) != nil:
			x.use(sc.find(n.Name), n.Span)
		case n.Role != rdl.PatternBinder:
			x.useNamed(namedPattern, id)
		}
	}
}

func (x *index) optional(e rdl.Expr, sc *scope) {
	if e != nil {
		x.expr(e, sc)
	}
}

// expr goes over the names in an expression, or in a node that holds nothing
// but expressions.
func (x *index) expr(n rdl.Node, sc *scope) {
	called := map[*rdl.Name]bool{}
	rdl.Inspect(n, func(n rdl.Node) {
		switch n := n.(type) {
		case *rdl.Call:
			called[n.Fun] = true
			x.storeOr(function, rdl.Ident{Span: n.Fun.Span, Name: n.Fun.Name})
		case *rdl.Name:
			if v := sc.find(n.Name); v != nil && !called[n] {
				x.use(v, n.Span)
			} else if !called[n] {
				x.useNamed(store, rdl.Ident{Span: n.Span, Name: n.Name})
			}
		case *rdl.Pattern:
			x.pattern(n, sc, nil, "")
		}
	})
}

// storeOr uses a name as that of a context or, failing that, of kind k.
func (x *index) storeOr(k kind, id rdl.Ident) {
	if x.named[store][id.Name] != nil {
		k = store
	}
	x.useNamed(k, id)
}

// storeRef goes over NAME or NAME(key, ...), where only a context can stand.
func (x *index) storeRef(e rdl.Expr, sc *scope) {
	if id, ok := storeName(e); ok {
		x.useNamed(store, id)
	}
	if call, ok := e.(*rdl.Call); ok {
		for _, a := range call.Args {
			x.expr(a.Value, sc)
		}
	}
}

// alias goes over both sides; the names on the right of a declaration stand
// for keys, and are nothing to follow.
func (x *index) alias(d *rdl.Alias, sc *scope) {
	x.storeRef(d.X, sc)
	if id, ok := storeName(d.Y); ok && x.named[store][id.Name].at != (place{x.file, id.Span}) {
		x.useNamed(store, id)
	}
	if call, ok := d.Y.(*rdl.Call); ok {
		for _, a := range call.Args {
			x.expr(a.Value, sc)
		}
	}
}

// block goes over a block in a scope of its own.
func (x *index) block(b *rdl.Block, outer *scope) {
	sc := x.open(outer, b.Span)
	for _, s := range b.Stmts {
		x.stmt(s, sc)
	}
}

func (x *index) stmt(s rdl.Stmt, sc *scope) {
	switch s := s.(type) {
	case *rdl.Rule:
		x.rule(s, sc)
	case *rdl.Store:
		x.store(s, sc)
	case *rdl.Block:
		x.block(s, sc)
	case *rdl.At:
		x.block(s.Body, sc)
	case *rdl.Every:
		x.expr(s.D, sc)
		x.block(s.Body, sc)
	case *rdl.In:
		x.expr(s.D, sc)
		x.block(s.Body, sc)
	case *rdl.If:
		x.expr(s.Cond, sc)
		x.block(s.Then, sc)
		if s.Else != nil {
			x.stmt(s.Else, sc)
		}
	case *rdl.For:
		x.expr(s.X, sc)
		inner := x.open(sc, s.Span)
		x.bind(inner, s.Var, "what for goes over", nil)
		x.block(s.Body, inner)
	default:
		x.simple(s, sc)
	}
}

// simple goes over a statement that holds no others.
func (x *index) simple(s rdl.Stmt, sc *scope) {
	switch s := s.(type) {
	case *rdl.Add:
		x.expr(s.X, sc)
		x.storeRef(s.To, sc)
	case *rdl.StoreInto:
		for _, to := range s.To {
			x.storeRef(to, sc)
		}
	case *rdl.StoreOp:
		x.storeRef(s.Store, sc)
	case *rdl.Alias:
		x.alias(s, sc)
	case *rdl.DeleteRule:
		x.useNamed(rule, s.Name)
	case *rdl.Send:
		x.expr(s.X, sc)
		x.useNamed(sink, s.To)
	case *rdl.Set:
		x.use(sc.find(s.Name.Name), s.Name.Span)
		x.expr(s.Value, sc)
	default: // a print, an alert
		x.expr(s, sc)
		if ban, ok := s.(*rdl.Ban); ok && ban.With != nil {
			x.useNamed(sink, *ban.With)
		}
	}
}

// sourceOf returns the text of a node, cut if it is long.
func sourceOf(f *rdl.File, n rdl.Node) string {
	span := n.Extent()
	lines := strings.Split(strings.ReplaceAll(f.Src[span.Start:span.End], "\r\n", "\n"), "\n")
	if len(lines) > maxShown {
		lines = append(lines[:maxShown], "...")
	}
	return strings.Join(lines, "\n")
}

// maxShown is how many lines of a declaration are shown.
const maxShown = 12
