package rdl

import (
	"math"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
)

// binary compiles an operator with two operands.
func (c *compiler) binary(x *Binary, sc *scope) typed {
	switch x.Op {
	case "matches":
		return c.matches(x.X, x.Y, sc)
	case "and", "or":
		return c.logic(x, sc)
	}
	a, b := c.expr(x.X, sc), c.expr(x.Y, sc)
	typ, eval := operation(x.Op, a.typ, b.typ)
	if eval == nil {
		c.errorf(x, opHint(x.Op, a.typ, b.typ), "%s %s %s makes no sense", a.typ, x.Op, b.typ)
		return broken
	}
	return fold(typ, func(env *logs.Env) logs.Value { return eval(a.eval(env), b.eval(env)) }, a, b)
}

// opHint tells what may have been meant by an operation that makes no sense.
func opHint(op string, a, b Type) string {
	if op == "+" && (a == TypeText || b == TypeText) {
		return `texts are joined by a template: "{a}{b}"`
	}
	if a == TypeText || b == TypeText {
		return "int(...), float(...), duration(...) and time(...) make numbers, durations and times of text"
	}
	return ""
}

// logic compiles and and or; the right side is not asked when the left one
// decides.
func (c *compiler) logic(x *Binary, sc *scope) typed {
	a := c.exprOf(x.X, sc, TypeBool, "the left side of "+x.Op)
	b := c.exprOf(x.Y, sc, TypeBool, "the right side of "+x.Op)
	decides := x.Op == "or"
	return fold(TypeBool, func(env *logs.Env) logs.Value {
		if a.eval(env).Truth() == decides {
			return logs.Bool(decides)
		}
		return logs.Bool(b.eval(env).Truth())
	}, a, b)
}

// operation finds what an operator does with operands of two types, and the
// type of the result; nil if it makes no sense.
func operation(op string, a, b Type) (Type, func(a, b logs.Value) logs.Value) {
	switch op {
	case "==":
		return TypeBool, func(a, b logs.Value) logs.Value { return logs.Bool(a.Equal(b)) }
	case "!=":
		return TypeBool, func(a, b logs.Value) logs.Value { return logs.Bool(!a.Equal(b)) }
	case "<", "<=", ">", ">=":
		return comparison(op, a, b)
	case "in":
		return contained(b, a, func(a, b logs.Value) logs.Value { return logs.Bool(b.Contains(a)) })
	case "contains":
		return contained(a, b, func(a, b logs.Value) logs.Value { return logs.Bool(a.Contains(b)) })
	case "startsWith":
		return affix(a, b, strings.HasPrefix)
	case "endsWith":
		return affix(a, b, strings.HasSuffix)
	}
	return arithmetic(op, a, b)
}

func comparison(op string, a, b Type) (Type, func(a, b logs.Value) logs.Value) {
	ordered := false
	for _, t := range []Type{TypeNumber, TypeText, TypeDuration, TypeTime} {
		ordered = ordered || a.fits(t) && b.fits(t)
	}
	if !ordered {
		return 0, nil
	}
	holds := map[string]func(int) bool{
		"<": func(n int) bool { return n < 0 }, "<=": func(n int) bool { return n <= 0 },
		">": func(n int) bool { return n > 0 }, ">=": func(n int) bool { return n >= 0 },
	}[op]
	return TypeBool, func(a, b logs.Value) logs.Value {
		n, ok := a.Compare(b)
		return logs.Bool(ok && holds(n))
	}
}

// contained checks the types of a test whether whole has part in it.
func contained(whole, part Type, test func(a, b logs.Value) logs.Value) (Type, func(a, b logs.Value) logs.Value) {
	ok := whole.fits(TypeList) || whole.fits(TypeMap) && part.fits(TypeText) || whole.fits(TypeText) && part.fits(TypeText)
	if !ok {
		return 0, nil
	}
	return TypeBool, test
}

func affix(a, b Type, test func(s, affix string) bool) (Type, func(a, b logs.Value) logs.Value) {
	if !a.fits(TypeText) || !b.fits(TypeText) {
		return 0, nil
	}
	return TypeBool, func(a, b logs.Value) logs.Value {
		s, ok1 := a.Str()
		t, ok2 := b.Str()
		return logs.Bool(ok1 && ok2 && test(s, t))
	}
}

// arithmetic finds the type of a result by the types of the operands:
//
//	number + number = number        duration + duration = duration
//	time + duration = time          time - time = duration
//	duration + time = time
//	duration * number = duration    duration / duration = number
//	text + text = text              list + list = list
//
// Operands whose type is known only at run time are tried then; what makes no
// sense is nil.
func arithmetic(op string, a, b Type) (Type, func(a, b logs.Value) logs.Value) {
	if !strings.Contains("+-*/%", op) {
		return 0, nil
	}
	eval := func(a, b logs.Value) logs.Value { return compute(op, a, b) }
	if a == TypeAny || b == TypeAny || a == TypeNil || b == TypeNil {
		return TypeAny, eval
	}
	for _, r := range arithmeticRules {
		if strings.Contains(r.ops, op) && a.fits(r.a) && b.fits(r.b) {
			return r.result, eval
		}
	}
	return 0, nil
}

// arithmeticRules are tried in order.
var arithmeticRules = []struct {
	a      Type
	ops    string
	b      Type
	result Type
}{
	{TypeInt, "+-*%", TypeInt, TypeInt},
	{TypeNumber, "+-*/%", TypeNumber, TypeNumber},
	{TypeDuration, "+-%", TypeDuration, TypeDuration},
	{TypeDuration, "/", TypeDuration, TypeNumber},
	{TypeDuration, "*/", TypeNumber, TypeDuration},
	{TypeDuration, "+", TypeTime, TypeTime},
	{TypeNumber, "*", TypeDuration, TypeDuration},
	{TypeTime, "+-", TypeDuration, TypeTime},
	{TypeTime, "-", TypeTime, TypeDuration},
	{TypeText, "+", TypeText, TypeText},
	{TypeList, "+", TypeList, TypeList},
}

// compute works out an operation on values; nil if it makes no sense, and
// where a whole number, a duration or a time would overflow.
func compute(op string, a, b logs.Value) logs.Value {
	if x, ok := a.Duration(); ok {
		return durationOp(op, x, b)
	}
	if t, ok := a.Time(); ok {
		return timeOp(op, t, b)
	}
	if d, ok := b.Duration(); ok && op == "*" {
		return durationOp(op, d, a)
	}
	if s, ok := a.Str(); ok {
		if u, ok := b.Str(); ok && op == "+" && len(s)+len(u) <= maxText {
			return logs.Text(s + u)
		}
		return logs.Nil
	}
	if x, ok := a.List(); ok {
		if y, ok := b.List(); ok && op == "+" && len(x)+len(y) <= logs.MaxItems {
			return logs.List(append(x[:len(x):len(x)], y...))
		}
		return logs.Nil
	}
	if a.Kind() == logs.KindInt && b.Kind() == logs.KindInt && op != "/" {
		x, _ := a.Int()
		y, _ := b.Int()
		return intOp(op, x, y)
	}
	x, ok1 := a.Float()
	y, ok2 := b.Float()
	if !ok1 || !ok2 {
		return logs.Nil
	}
	return floatOp(op, x, y)
}

func intOp(op string, x, y int64) logs.Value {
	switch op {
	case "+":
		if sum := x + y; (sum > x) == (y > 0) {
			return logs.Int(sum)
		}
	case "-":
		if diff := x - y; (diff < x) == (y > 0) {
			return logs.Int(diff)
		}
	case "*":
		if product := x * y; x == 0 || product/x == y && !(x == -1 && y == math.MinInt64) {
			return logs.Int(product)
		}
	case "%":
		if y != 0 {
			return logs.Int(x % y)
		}
	}
	return logs.Nil
}

func floatOp(op string, x, y float64) logs.Value {
	var r float64
	switch op {
	case "+":
		r = x + y
	case "-":
		r = x - y
	case "*":
		r = x * y
	case "/":
		r = x / y
	case "%":
		r = math.Mod(x, y)
	}
	if math.IsNaN(r) || math.IsInf(r, 0) {
		return logs.Nil
	}
	if r == math.Trunc(r) && math.Abs(r) < 1<<53 {
		return logs.Int(int64(r))
	}
	return logs.Float(r)
}

func durationOp(op string, x time.Duration, b logs.Value) logs.Value {
	if y, ok := b.Duration(); ok {
		switch op {
		case "+", "-", "%":
			n, ok := intOp(op, int64(x), int64(y)).Int()
			if !ok {
				return logs.Nil
			}
			return logs.Duration(time.Duration(n))
		case "/":
			return floatOp(op, float64(x), float64(y))
		}
		return logs.Nil
	}
	if y, ok := b.Float(); ok && (op == "*" || op == "/") {
		if r, ok := floatOp(op, float64(x), y).Float(); ok && math.Abs(r) < 1<<63 {
			return logs.Duration(time.Duration(r))
		}
		return logs.Nil
	}
	if t, ok := b.Time(); ok && op == "+" {
		return timeOp(op, t, logs.Duration(x))
	}
	return logs.Nil
}

func timeOp(op string, t time.Time, b logs.Value) logs.Value {
	if d, ok := b.Duration(); ok {
		ns, ok := intOp(op, t.UnixNano(), int64(d)).Int()
		if !ok || op != "+" && op != "-" {
			return logs.Nil
		}
		return logs.Time(time.Unix(0, ns))
	}
	if u, ok := b.Time(); ok && op == "-" {
		return logs.Duration(t.Sub(u))
	}
	return logs.Nil
}

func negate(v logs.Value) logs.Value {
	if d, ok := v.Duration(); ok {
		return logs.Duration(-d)
	}
	return compute("-", logs.Int(0), v)
}
