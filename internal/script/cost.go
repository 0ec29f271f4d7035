package script

import (
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Starlark counts a step for an operator, however much it makes: one * may
// make a gigabyte. So the tree of a file is changed before it is compiled,
// and what may make or search much goes through three functions whose names
// no file can write:
//
//	a + b, a * b, a % b    ⟨operand⟩(a) + b      costs what it makes
//	a += b, a *= b         a += ⟨addend⟩(b)      likewise; a list still grows in place
//	a in b, text.find(x)   a in ⟨scanned⟩(b)     costs what it goes over
//	sep.join(list)         ⟨maker⟩(sep).join(list)
//
// The first and the last return a stand-in that pays before it acts. Further,
// the functions of universe that go over a whole list pay for it.

const (
	operandName = "⟨operand⟩"
	addendName  = "⟨addend⟩"
	scannedName = "⟨scanned⟩"
	makerName   = "⟨maker⟩"
)

// bytesPerStep is how many bytes are made or searched for one step.
const bytesPerStep = 128

// itemBytes is what an item of a list counts for.
const itemBytes = 16

// makers are the methods whose result may be longer than what they are called
// on; scanners go over all of it.
var (
	makers   = words("join replace format extend update union")
	scanners = words("capitalize codepoint_ords codepoints count elem_ords elems find index isalnum isalpha isdigit islower isspace istitle isupper lower lstrip partition removeprefix removesuffix rfind rindex rpartition rsplit rstrip split splitlines strip title upper")
)

// overAll are the functions of universe that go over their arguments.
var overAll = strings.Fields("all any bytes dict enumerate float hash int list max min repr reversed set sorted str tuple zip")

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// meter changes the tree of a file so that what it does is paid for.
func meter(f *syntax.File) {
	syntax.Walk(f, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.BinaryExpr:
			switch n.Op {
			case syntax.PLUS, syntax.STAR, syntax.PERCENT:
				n.X = through(operandName, n.X)
			case syntax.IN, syntax.NOT_IN:
				n.Y = through(scannedName, n.Y)
			}
		case *syntax.AssignStmt:
			switch n.Op {
			case syntax.PLUS_EQ, syntax.STAR_EQ, syntax.PERCENT_EQ:
				n.RHS = through(addendName, n.RHS)
			}
		case *syntax.DotExpr:
			switch {
			case makers[n.Name.Name]:
				n.X = through(makerName, n.X)
			case scanners[n.Name.Name]:
				n.X = through(scannedName, n.X)
			}
		}
		return true
	})
}

func through(name string, x syntax.Expr) syntax.Expr {
	start, end := x.Span()
	return &syntax.CallExpr{Fn: &syntax.Ident{NamePos: start, Name: name}, Lparen: start, Args: []syntax.Expr{x}, Rparen: end}
}

// spend pays for going over some bytes. Between calls nothing is paid.
func (s *State) spend(bytes int) error {
	if s.call == nil {
		return nil
	}
	t := s.call.thread
	t.Steps += min(uint64(bytes)/bytesPerStep, s.module.MaxSteps)
	if t.Steps >= s.module.MaxSteps {
		return errSpent
	}
	return nil
}

// produce pays for making some bytes.
func (s *State) produce(bytes int) error {
	if bytes >= longText {
		s.long += bytes
	}
	return s.spend(bytes)
}

type spent struct{}

func (spent) Error() string { return "too many steps" }

var errSpent = spent{}

// sizeOf returns about how many bytes a value takes itself.
func sizeOf(v starlark.Value) int {
	switch v := v.(type) {
	case starlark.String:
		return len(v)
	case starlark.Bytes:
		return len(v)
	case starlark.Int:
		if _, small := v.Int64(); small {
			return 0
		}
		return v.BigInt().BitLen() / 8
	case *message:
		return len(v.line())
	case starlark.Sequence:
		return itemBytes * v.Len()
	}
	return 0
}

func sizeOfAll(values []starlark.Value) int {
	sum := 0
	for _, v := range values {
		sum += sizeOf(v)
	}
	return sum
}

// costs returns the functions that meter puts in, and those of universe that
// pay.
func (s *State) costs() starlark.StringDict {
	d := starlark.StringDict{
		operandName: one(operandName, func(v starlark.Value) (starlark.Value, error) {
			return &operand{v, s}, nil
		}),
		addendName: one(addendName, func(v starlark.Value) (starlark.Value, error) {
			switch v := v.(type) {
			case starlark.String, starlark.Bytes, starlark.Int:
				return &operand{v, s}, nil
			case starlark.Tuple:
				return tupleAddend{&operand{v, s}, v}, s.produce(sizeOf(v))
			}
			return v, s.produce(sizeOf(v))
		}),
		scannedName: one(scannedName, func(v starlark.Value) (starlark.Value, error) {
			switch v.(type) {
			case *starlark.Dict, *starlark.Set:
				return v, nil // they look up by hash
			}
			return v, s.spend(sizeOf(v))
		}),
		makerName: one(makerName, func(v starlark.Value) (starlark.Value, error) {
			if v, ok := v.(starlark.HasAttrs); ok {
				return &maker{v, s}, nil
			}
			return v, nil
		}),
	}
	for _, name := range overAll {
		d[name] = s.paid(starlark.Universe[name].(*starlark.Builtin))
	}
	return d
}

// one makes a built-in function of one argument, which meter has put there.
func one(name string, f func(starlark.Value) (starlark.Value, error)) *starlark.Builtin {
	return starlark.NewBuiltin(name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		return f(args[0])
	})
}

// paid returns a function of universe that pays for its arguments. Turning
// digits into a number is paid by the square of their length.
func (s *State) paid(f *starlark.Builtin) *starlark.Builtin {
	return starlark.NewBuiltin(f.Name(), func(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		size := sizeOfAll(args)
		if f.Name() == "int" {
			size *= size
		}
		if err := s.produce(size); err != nil {
			return nil, err
		}
		return f.CallInternal(t, args, kwargs)
	})
}

// An operand stands for the value of one side of an operator.
type operand struct {
	starlark.Value
	s *State
}

// Binary pays for the result, then makes it.
func (o *operand) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	x := o.Value
	if side == starlark.Right {
		x, y = y, x
	}
	if err := o.s.produce(resultSize(op, x, y)); err != nil {
		return nil, err
	}
	z, err := starlark.Binary(op, x, y)
	if err == nil && op == syntax.PERCENT {
		err = o.s.produce(sizeOf(z))
	}
	return z, err
}

// A tupleAddend is an operand that a list can take the items of.
type tupleAddend struct {
	*operand
	starlark.Iterable
}

// resultSize returns about how many bytes x op y takes, or for large numbers
// the time that their product takes.
func resultSize(op syntax.Token, x, y starlark.Value) int {
	if op != syntax.STAR {
		return sizeOf(x) + sizeOf(y)
	}
	n, xIsInt := x.(starlark.Int)
	m, yIsInt := y.(starlark.Int)
	switch {
	case xIsInt && yIsInt:
		return sizeOf(x) * sizeOf(y)
	case xIsInt:
		return min(sizeOf(y), maxTimes) * times(n)
	case yIsInt:
		return min(sizeOf(x), maxTimes) * times(m)
	}
	return 0
}

// maxTimes is how often something can be repeated; more Starlark refuses.
const maxTimes = 1 << 31

func times(n starlark.Int) int {
	i, ok := n.Int64()
	if !ok || i < 0 || i > maxTimes {
		return 0
	}
	return int(i)
}

// A maker stands for the value whose method makes something.
type maker struct {
	starlark.HasAttrs
	s *State
}

// Attr returns the method, which pays for its result.
func (m *maker) Attr(name string) (starlark.Value, error) {
	attr, err := m.HasAttrs.Attr(name)
	method, ok := attr.(*starlark.Builtin)
	if err != nil || !ok {
		return attr, err
	}
	return starlark.NewBuiltin(name, func(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if err := m.s.produce(methodSize(name, m.HasAttrs, args)); err != nil {
			return nil, err
		}
		v, err := method.CallInternal(t, args, kwargs)
		if err == nil && name == "format" {
			err = m.s.produce(sizeOf(v))
		}
		return v, err
	}), nil
}

// methodSize returns about how many bytes the result of a method takes.
func methodSize(name string, on starlark.Value, args starlark.Tuple) int {
	text, isText := on.(starlark.String)
	switch {
	case isText && name == "join" && len(args) == 1:
		return joinedSize(len(text), args[0])
	case name == "extend", name == "update":
		return sizeOfAll(args)
	case isText && name == "replace" && len(args) >= 2:
		old, _ := starlark.AsString(args[0])
		return len(text) + strings.Count(string(text), old)*sizeOf(args[1])
	}
	return sizeOf(on) + sizeOfAll(args)
}

func joinedSize(sep int, list starlark.Value) int {
	items, ok := list.(starlark.Iterable)
	if !ok {
		return 0
	}
	sum := 0
	for item := range starlark.Elements(items) {
		sum += sep + sizeOf(item)
	}
	return sum
}
