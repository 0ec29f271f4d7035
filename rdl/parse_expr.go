package rdl

// The precedences of operators, from the weakest. A ternary is weaker than
// all; the operators of values are those from precCompare on.
const (
	precOr = iota + 1
	precAnd
	precNot
	precCompare
	precAdd
	precMultiply
	precUnary
)

// operators are the infix operators.
var operators = map[string]int{
	"or": precOr, "and": precAnd,
	"==": precCompare, "!=": precCompare, "<": precCompare, "<=": precCompare, ">": precCompare, ">=": precCompare,
	"in": precCompare, "matches": precCompare, "contains": precCompare, "startsWith": precCompare, "endsWith": precCompare,
	"+": precAdd, "-": precAdd, "*": precMultiply, "/": precMultiply, "%": precMultiply,
}

// expression reads an EXPR.
func (p *parser) expression() Expr { return p.ternary(precOr) }

// ternary reads C, or C ? A : B, with operators of at least min outside
// parentheses; A stands between ? and : as in parentheses.
func (p *parser) ternary(min int) Expr {
	start := p.tok.Start
	x := p.binary(min)
	if !p.gotHere("?") {
		return x
	}
	p.enter()
	defer p.leave()
	a := p.expression()
	p.want(":")
	b := p.ternary(min)
	return &Cond{p.from(start), x, a, b}
}

// binary reads operands joined by operators of at least min: those that bind
// tighter than the one at hand go into its right operand.
func (p *parser) binary(min int) Expr {
	start := p.tok.Start
	x := p.unary(min)
	for n := 0; ; n++ {
		op := p.tok.text
		prec := operators[op]
		if prec < min || p.newline() && prec >= precNot {
			return x
		}
		p.chain(n)
		p.advance()
		var y Expr
		if op == "matches" && p.tok.kind == tokenQuote {
			y = p.pattern()
		} else {
			y = p.binary(prec + 1)
		}
		x = &Binary{p.from(start), op, x, y}
	}
}

// unary reads an operand with the operators before it.
func (p *parser) unary(min int) Expr {
	p.enter()
	defer p.leave()
	start := p.tok.Start
	switch {
	case p.at("not"):
		if min > precNot {
			p.fail(p.tok.Span, "write (not ...)", `"not" needs parentheses here`)
		}
		p.advance()
		x := p.binary(precNot)
		return &Unary{p.from(start), "not", x}
	case p.at("-"):
		p.advance()
		x := p.unary(precUnary)
		return &Unary{p.from(start), "-", x}
	case p.at("exists") && p.existsStands():
		p.advance()
		x := p.operand()
		return &Unary{p.from(start), "exists", x}
	}
	return p.postfix(p.primary(), false)
}

// existsStands tells whether exists is followed by a name, and so no name
// itself.
func (p *parser) existsStands() bool {
	next := p.lex.peek()
	return next.kind == tokenWord && operators[next.text] == 0 && !reserved(next.text) && (!next.newline || p.parens > 0)
}

// operand reads a value without operators: a name, literal, text, call, field
// or what stands in parentheses.
func (p *parser) operand() Expr { return p.postfix(p.primary(), false) }

// operands reads the operands up to the end of the line. For f (x) to be two
// of them, the parenthesis of a call must touch its name here.
func (p *parser) operands() []Expr {
	var args []Expr
	for p.operandBegins() {
		args = append(args, p.postfix(p.primary(), true))
	}
	return args
}

// arguments reads one operand or more; the first may stand on the next line.
func (p *parser) arguments() []Expr {
	first := p.postfix(p.primary(), true)
	return append([]Expr{first}, p.operands()...)
}

func (p *parser) operandBegins() bool {
	switch {
	case p.newline():
		return false
	case p.tok.kind == tokenWord:
		return !p.at("and") && !p.at("or") && !p.at("not") && !p.at("else")
	}
	return p.tok.kind == tokenQuote || p.tok.kind == tokenNumber || p.at("(") || p.at("[")
}

// postfix reads the calls, fields and indexes behind x; if tight, only what
// touches it.
func (p *parser) postfix(x Expr, tight bool) Expr {
	start := x.Extent().Start
	for n := 0; !p.newline() && !(tight && p.tok.Start > p.end); n++ {
		p.chain(n)
		switch p.tok.text {
		case "(":
			x = p.call(x)
		case ".":
			p.advance()
			name := p.word()
			x = &Field{p.from(start), x, name}
		case "[":
			p.advance()
			i := p.expression()
			p.want("]")
			x = &Index{p.from(start), x, i}
		default:
			return x
		}
	}
	return x
}

func (p *parser) call(x Expr) *Call {
	fun, ok := x.(*Name)
	if f, isField := x.(*Field); isField {
		p.fail(f.Name.Span, "write "+f.Name.Name+"(...) around the value", "a value has no functions of its own")
	}
	if !ok {
		p.fail(p.tok.Span, "", "only a name can be called")
	}
	args := p.args(fun.Name)
	return &Call{p.from(fun.Start), fun, args}
}

// args reads (X, k = Y, ...), the arguments of a call of fun. What matches
// takes second is a pattern.
func (p *parser) args(fun string) []Arg {
	var args []Arg
	p.advance()
	for !p.at(")") {
		start := p.tok.Start
		var arg Arg
		switch {
		case fun == "matches" && len(args) == 1 && p.tok.kind == tokenQuote:
			arg.Value = p.pattern()
		case p.tok.kind == tokenWord && p.lex.peek().text == "=":
			name := p.name("the name of an argument")
			p.advance()
			arg.Name, arg.Value = &name, p.expression()
		default:
			arg.Value = p.expression()
		}
		arg.Span = p.from(start)
		args = append(args, arg)
		p.comma(")")
	}
	p.advance()
	return args
}

// comma reads what separates the parts of a list that ends with close.
func (p *parser) comma(close string) {
	if !p.got(",") && !p.at(close) {
		p.form = form{}
		p.unexpected(`"," or "` + close + `"`)
	}
}

// primary reads a single value.
func (p *parser) primary() Expr {
	start := p.tok.Start
	switch {
	case p.tok.kind == tokenQuote:
		return p.readText()
	case p.tok.kind == tokenNumber:
		return p.number()
	case p.at("true"), p.at("false"):
		t := p.take()
		return &Literal{t.Span, t.text, t.text == "true"}
	case p.at("nil"):
		t := p.take()
		return &Literal{t.Span, t.text, nil}
	case p.tok.kind == tokenWord && !reserved(p.tok.text):
		t := p.take()
		return p.nodes.names.put(Name{t.Span, t.text})
	case p.at("("):
		p.advance()
		x := p.expression()
		p.want(")")
		return &Paren{p.from(start), x}
	case p.at("["):
		return p.list()
	case p.at("{") && p.parens > 0:
		return p.mapLiteral()
	case p.at("{"):
		p.fail(p.tok.Span, "put parentheses around it", "a map stands only in parentheses, brackets or arguments")
	}
	p.unexpected("a value")
	return nil
}

func (p *parser) list() *List {
	l, start := &List{}, p.take().Start
	for !p.at("]") {
		l.Elems = append(l.Elems, p.expression())
		p.comma("]")
	}
	p.advance()
	l.Span = p.from(start)
	return l
}

func (p *parser) mapLiteral() *Map {
	m, start := &Map{}, p.take().Start
	for !p.at("}") {
		key := p.name("a key")
		p.want(":")
		value := p.expression()
		m.Entries = append(m.Entries, Assign{p.from(key.Start), key, value})
		p.comma("}")
	}
	p.advance()
	m.Span = p.from(start)
	return m
}
