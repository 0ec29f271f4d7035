package rdl

import (
	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/when"
)

// timer compiles at, every and in; made says that a statement sets it.
func (c *compiler) timer(n Node, outer *scope, made bool) *logs.Timer {
	sc := outer.framed(made)
	t := &logs.Timer{Name: c.pos(n), ID: c.id(nil, n)}
	var body *Block
	switch d := n.(type) {
	case *At:
		t.At, t.Recurs = c.schedule(&d.Time)
		body = d.Body
		if t.At == nil {
			return nil
		}
	case *Every:
		t.After, t.Recurs, t.Aligned = c.wait(d.D, outer, "every"), true, !made
		body = d.Body
	case *In:
		t.After = c.wait(d.D, outer, "in")
		body = d.Body
	}
	t.Do = c.block(body, sc)
	t.Locals = sc.frame.locals
	t.Captures = sc.frame.captures
	return t
}

// wait compiles a duration that is worked out when the timer is set.
func (c *compiler) wait(x Expr, sc *scope, word string) logs.Length {
	d := c.exprOf(x, sc, TypeDuration, "what follows "+word)
	if n, ok := d.value.Duration(); d.constant && ok && n <= 0 {
		c.errorf(x, "", "what follows %s must be more than nothing", word)
	}
	return lengthOf(d.eval)
}

// setTimer compiles at, every and in as statements.
func (c *compiler) setTimer(s Stmt, sc *scope) logs.Action {
	t := c.timer(s, sc, true)
	if t == nil {
		return nil
	}
	c.out.Blocks = append(c.out.Blocks, t)
	return func(env *logs.Env) error { env.SetTimer(t); return nil }
}

// schedule compiles a TIME, and tells whether it comes again; nil if it is
// wrong.
func (c *compiler) schedule(t *TimeSpec) (logs.Schedule, bool) {
	text := ""
	if t.Text != nil {
		text, _ = t.Text.Constant()
	}
	s, err := when.ParseTime(t.Word, text)
	if err != nil {
		c.errorf(t, "", "%v", err)
		return nil, false
	}
	return s, s.Recurs()
}

// during compiles during and outside: a ruleset whose guard is the time.
func (c *compiler) during(d *During, outer *scope) *logs.Ruleset {
	text, _ := d.Times.Constant()
	span, err := when.ParseSpan(text)
	if err != nil {
		c.errorf(d.Times, "", "%v", err)
	}
	inside := !d.Outside
	r := &logs.Ruleset{ID: c.id(nil, d), Pos: c.pos(d), Where: func(env *logs.Env) bool {
		return span.Contains(env.Now()) == inside
	}}
	defer c.fix(r)()
	sc := outer.framed(false)
	c.explain(r, Span{d.Start, d.Times.End}, nil, sc)
	for _, m := range d.Body {
		if compiled := c.member(m, sc); compiled != nil {
			r.Members = append(r.Members, compiled)
		}
	}
	return r
}
