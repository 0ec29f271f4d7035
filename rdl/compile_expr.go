package rdl

import (
	"strconv"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
)

func itoa(n int) string { return strconv.Itoa(n) }

// expr compiles an expression in a scope. The text of a number or time is
// harmless, wherever it comes from.
func (c *compiler) expr(x Expr, sc *scope) typed {
	t := c.value(x, sc)
	switch t.typ {
	case TypeBool, TypeInt, TypeNumber, TypeDuration, TypeTime:
		// A variable that is set may hold what was not foreseen.
		if name, ok := x.(*Name); !ok || !c.set[name.Name] {
			t.trusted = true
		}
	}
	return t
}

func (c *compiler) value(x Expr, sc *scope) typed {
	switch x := x.(type) {
	case *Literal:
		return constant(literalValue(x.Value))
	case *Text:
		return c.template(x, sc, nil)
	case *Name:
		return c.name(x, sc)
	case *Paren:
		return c.expr(x.X, sc)
	case *Unary:
		return c.unary(x, sc)
	case *Binary:
		return c.binary(x, sc)
	case *Cond:
		return c.cond(x, sc)
	case *List:
		return c.list(x, sc)
	case *Map:
		return c.mapping(x, sc)
	case *Field:
		return c.field(x, sc)
	case *Index:
		return c.index(x, sc)
	case *Call:
		return c.call(x, sc)
	case *Pattern:
		c.errorf(x, "", "a pattern has no value here")
	}
	return broken
}

// exprOf compiles an expression that must be of a type.
func (c *compiler) exprOf(x Expr, sc *scope, want Type, what string) typed {
	t := c.expr(x, sc)
	if !t.typ.fits(want) {
		c.errorf(x, "", "%s must be %s, not %s", what, want, t.typ)
		return broken
	}
	return t
}

// name compiles a variable, one of the names that the engine fills, or a
// context without keys.
func (c *compiler) name(x *Name, sc *scope) typed {
	if v := sc.find(x.Name); v != nil {
		return c.variable(x, v, sc)
	}
	switch x.Name {
	case "now":
		return typed{typ: TypeTime, eval: func(env *logs.Env) logs.Value { return logs.Time(env.Now()) }}
	case "msg":
		return typed{typ: TypeMessage, eval: (*logs.Env).MessageValue}
	}
	if c.stores[x.Name] != nil {
		return c.storeValue(x, sc)
	}
	c.unknownName(x, sc)
	return broken
}

func (c *compiler) unknownName(x *Name, sc *scope) {
	known := append(sc.visible(), "now", "msg")
	hint := meant(x.Name, append(known, c.storeNames()...))
	if parts := dashed(x.Name); parts != nil && sc.find(parts[0]) != nil {
		hint = "a dash between two names is part of the name: for a difference write " + parts[0] + " - " + parts[1]
	}
	c.errorf(x, hint, "nothing is called %s here", x.Name)
}

// dashed splits a name at its first dash, nil if it has none.
func dashed(name string) []string {
	for i := 1; i < len(name)-1; i++ {
		if name[i] == '-' {
			return []string{name[:i], name[i+1:]}
		}
	}
	return nil
}

func (c *compiler) variable(x Node, v *variable, sc *scope) typed {
	v.used = true
	if v.value != nil && v.value.constant {
		return *v.value
	}
	get, ok := sc.frame.getter(v)
	if !ok {
		c.errorf(x, "", "%s is not known when this is worked out", v.name)
		return broken
	}
	return typed{typ: v.typ, eval: get, trusted: v.value != nil && v.value.trusted}
}

func (c *compiler) unary(x *Unary, sc *scope) typed {
	if x.Op == "exists" {
		return c.exists(x, sc)
	}
	if x.Op == "not" {
		a := c.exprOf(x.X, sc, TypeBool, "what follows not")
		return fold(TypeBool, func(env *logs.Env) logs.Value { return logs.Bool(!a.eval(env).Truth()) }, a)
	}
	a := c.expr(x.X, sc)
	if !a.typ.fits(TypeNumber) && !a.typ.fits(TypeDuration) {
		c.errorf(x.X, "", "only a number or a duration can be negated, not %s", a.typ)
		return broken
	}
	return fold(a.typ, func(env *logs.Env) logs.Value { return negate(a.eval(env)) }, a)
}

// fold makes a typed of an operation, worked out at once if all its operands
// are constant.
func fold(typ Type, eval logs.Expr, operands ...typed) typed {
	known, trusted := true, true
	for _, o := range operands {
		known, trusted = known && o.constant, trusted && o.trusted
	}
	return folded(typ, eval, known, trusted)
}

// folded is fold for operands that are all constant, or all trusted, or not.
func folded(typ Type, eval logs.Expr, known, trusted bool) typed {
	if known {
		return constant(eval(nil))
	}
	return typed{typ: typ, eval: eval, trusted: trusted}
}

func (c *compiler) cond(x *Cond, sc *scope) typed {
	cond := c.exprOf(x.C, sc, TypeBool, "the condition of ?:")
	a, b := c.expr(x.A, sc), c.expr(x.B, sc)
	typ := a.typ
	if a.typ != b.typ {
		typ = TypeAny
		if a.typ.fits(TypeNumber) && b.typ.fits(TypeNumber) && a.typ != TypeAny && b.typ != TypeAny {
			typ = TypeNumber
		}
	}
	return fold(typ, func(env *logs.Env) logs.Value {
		if cond.eval(env).Truth() {
			return a.eval(env)
		}
		return b.eval(env)
	}, cond, a, b)
}

func (c *compiler) list(x *List, sc *scope) typed {
	elems := make([]typed, len(x.Elems))
	for i, e := range x.Elems {
		elems[i] = c.expr(e, sc)
	}
	return fold(TypeList, func(env *logs.Env) logs.Value {
		items := make([]logs.Value, len(elems))
		for i, e := range elems {
			items[i] = e.eval(env).Keep()
		}
		return logs.List(items)
	}, elems...)
}

func (c *compiler) mapping(x *Map, sc *scope) typed {
	fields := c.assigns(x.Entries, sc)
	operands := make([]typed, len(fields))
	for i, f := range fields {
		operands[i] = f.value
	}
	return fold(TypeMap, func(env *logs.Env) logs.Value { return logs.Map(evalFields(env, fields)) }, operands...)
}

// A namedExpr is name = expr, compiled.
type namedExpr struct {
	name  string
	value typed
}

// assigns compiles a list of assignments in which no name may come twice.
func (c *compiler) assigns(list []Assign, sc *scope) []namedExpr {
	var fields []namedExpr
	seen := map[string]bool{}
	for _, a := range list {
		if seen[a.Name.Name] {
			c.errorf(a.Name, "", "%s is given twice", a.Name.Name)
		}
		seen[a.Name.Name] = true
		fields = append(fields, namedExpr{a.Name.Name, c.expr(a.Value, sc)})
	}
	return fields
}

func evalFields(env *logs.Env, fields []namedExpr) []logs.Field {
	out := make([]logs.Field, len(fields))
	for i, f := range fields {
		out[i] = logs.Field{Name: f.name, Value: f.value.eval(env).Keep()}
	}
	return out
}

func (c *compiler) index(x *Index, sc *scope) typed {
	a, i := c.expr(x.X, sc), c.expr(x.I, sc)
	switch {
	case (a.typ.fits(TypeMap) || a.typ == TypeMessage) && i.typ == TypeText:
		return fold(TypeAny, func(env *logs.Env) logs.Value {
			key, _ := i.eval(env).Str()
			return member(a.eval(env), key)
		}, a, i)
	case !a.typ.fits(TypeList) && !a.typ.fits(TypeMap):
		c.errorf(x.X, "", "only a list or a map has items, not %s", a.typ)
		return broken
	case !i.typ.fits(TypeInt) && a.typ != TypeAny:
		c.errorf(x.I, "", "the place in a list must be a whole number, not %s", i.typ)
		return broken
	}
	return fold(TypeAny, func(env *logs.Env) logs.Value { return at(a.eval(env), i.eval(env)) }, a, i)
}

// at returns an item of a list by its place, from 0 or, below, from the end;
// or a field of a map. What is not there is nil.
func at(v, i logs.Value) logs.Value {
	if key, ok := i.Str(); ok {
		return member(v, key)
	}
	items, _ := v.List()
	n, ok := i.Int()
	if n < 0 {
		n += int64(len(items))
	}
	if !ok || n < 0 || n >= int64(len(items)) {
		return logs.Nil
	}
	return items[n]
}

// template compiles a string: literal parts as they are, and between them the
// text of expressions. fit makes that text fit to stand there; nil leaves it
// as it is, and so is always what comes from the rule files.
func (c *compiler) template(x *Text, sc *scope, fit func(string) string) typed {
	if s, ok := x.Constant(); ok {
		return constant(logs.Text(s))
	}
	parts := make([]part, len(x.Parts))
	known, trusted := true, true
	for i, p := range x.Parts {
		if p.X == nil {
			parts[i].lit = p.Lit
			continue
		}
		t := c.expr(p.X, sc)
		known, trusted = known && t.constant, trusted && t.trusted
		parts[i] = part{eval: t.eval, fit: fit}
		if t.trusted {
			parts[i].fit = nil
		}
	}
	return folded(TypeText, func(env *logs.Env) logs.Value { return logs.Text(join(env, parts)) }, known, trusted)
}

// maxText is how long a text that rules put together may be, in bytes: what
// is beyond is cut off. A line of a log is shorter.
const maxText = 16 << 20

// A part of a template: literal text or an expression.
type part struct {
	lit  string
	eval logs.Expr
	fit  func(string) string
}

// join puts a template together; env is nil while constants are worked out.
func join(env *logs.Env, parts []part) string {
	var buf []byte
	zone := time.UTC
	if env != nil {
		zone = env.Zone()
	}
	for _, p := range parts {
		if len(buf) > maxText {
			return string(buf[:maxText])
		}
		switch {
		case p.eval == nil:
			buf = append(buf, p.lit...)
		case p.fit == nil:
			buf = p.eval(env).Append(buf, zone)
		default:
			buf = append(buf, p.fit(env.TextOf(p.eval(env)))...)
		}
	}
	return string(buf)
}

// textOf compiles an expression whose text will stand somewhere, such as in a
// print or in the name of a file; fit makes text from a log fit to stand
// there. The text is not borrowed.
func (c *compiler) textOf(x Expr, sc *scope, fit func(string) string) func(*logs.Env) string {
	if text, ok := x.(*Text); ok {
		eval := c.template(text, sc, fit).eval
		return func(env *logs.Env) string { return env.TextOf(eval(env)) }
	}
	t := c.expr(x, sc)
	eval := t.eval
	if fit == nil || t.trusted {
		return func(env *logs.Env) string { return strings.Clone(env.TextOf(eval(env))) }
	}
	return func(env *logs.Env) string { return fit(strings.Clone(env.TextOf(eval(env)))) }
}
