package rdl

import (
	"slices"

	"github.com/logs-rdl/logs"
)

// A Condition is a where, or the times of during and outside, as an
// explanation shows it: what was written, and the terms that decide.
//
//	where user != "root" and tries > limit
//	      user, user != "root", tries, limit, tries > limit
//
// The whole is no term: that it did not hold is known.
type Condition struct {
	Source string // as written, the word included
	Pos    string // file and line
	Terms  []Term
}

// A Term is an expression within a condition that is no literal.
type Term struct {
	Source string
	Eval   logs.Expr
}

// maxTerms is how many terms of one condition are kept.
const maxTerms = 30

// explain keeps the condition of a member, if the Loader is to. Its terms are
// compiled once more, behind the whole: they add nothing to what that has
// captured. cond is nil for a condition on the time.
func (c *compiler) explain(m logs.Member, at Node, cond Expr, sc *scope) {
	if !c.loader.Explain || len(c.errs) > 0 {
		return
	}
	x := &Condition{Source: c.source(at), Pos: c.pos(at)}
	if cond == nil {
		x.Terms = []Term{{"now", func(env *logs.Env) logs.Value { return logs.Time(env.Now()) }}}
	} else {
		c.terms(x, cond, sc)
		x.Terms = slices.DeleteFunc(x.Terms, func(t Term) bool { return t.Source == c.source(cond) })
	}
	if c.out.Conditions == nil {
		c.out.Conditions = map[logs.Member]*Condition{}
	}
	c.out.Conditions[m] = x
}

// terms gathers the terms of an expression, inner ones first. What calls a
// user function is left out, for it might act.
func (c *compiler) terms(to *Condition, x Expr, sc *scope) {
	switch x := x.(type) {
	case *Paren:
		c.terms(to, x.X, sc)
		return
	case *Unary:
		if x.Op != "exists" {
			c.terms(to, x.X, sc)
			return
		}
	case *Binary:
		c.terms(to, x.X, sc)
		c.terms(to, x.Y, sc)
		if x.Op == "and" || x.Op == "or" {
			return // its two sides tell
		}
	case *Cond:
		c.terms(to, x.C, sc)
		c.terms(to, x.A, sc)
		c.terms(to, x.B, sc)
	case *Call:
		for _, a := range x.Args {
			c.terms(to, a.Value, sc)
		}
	case *Literal, *Text, *Pattern, *List, *Map:
		return
	}
	c.term(to, x, sc)
}

// term adds one term, unless it is there already.
func (c *compiler) term(to *Condition, x Expr, sc *scope) {
	source := c.source(x)
	known := slices.ContainsFunc(to.Terms, func(t Term) bool { return t.Source == source })
	if known || len(to.Terms) == maxTerms || c.acts(x) {
		return
	}
	if t := c.expr(x, sc); t.typ != TypeStore {
		to.Terms = append(to.Terms, Term{source, t.eval})
	}
}

// source returns a node as it was written.
func (c *compiler) source(n Node) string { return c.file.Src[n.Extent().Start:n.Extent().End] }

// acts tells whether an expression calls a user function.
func (c *compiler) acts(x Expr) bool {
	found := false
	Inspect(x, func(n Node) {
		if call, ok := n.(*Call); ok && c.functions[call.Fun.Name] != nil {
			found = true
		}
	})
	return found
}
