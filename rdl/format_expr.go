package rdl

func (p *printer) expr(x Expr) {
	switch x := x.(type) {
	case *Literal, *Text, *Pattern, *Name:
		p.put(p.source(x))
	case *Call:
		p.put(x.Fun.Name)
		p.args(x.Fun.End, x.End, x.Args)
	case *Field:
		p.parts(x.X, ".", x.Name.Name)
	case *Index:
		p.parts(x.X, "[", x.I, "]")
	case *Unary:
		p.put(x.Op, either(x.Op == "-", "", " "))
		p.expr(x.X)
	case *Binary:
		p.binary(x)
	case *Cond:
		p.parts(x.C, " ? ", x.A, " : ", x.B)
	case *List:
		printList(p, "[", x.Span, x.Elems, "]")
	case *Map:
		printList(p, "{", x.Span, x.Entries, "}")
	case *Paren:
		p.parts("(", x.X, ")")
	}
}

func (p *printer) binary(x *Binary) {
	p.expr(x.X)
	if x.Op == "and" || x.Op == "or" {
		p.joint(x.X.Extent().End, x.Y.Extent().Start, x.Op)
	} else {
		p.put(" ", x.Op, " ")
	}
	p.expr(x.Y)
}

// args prints the arguments of a call, which were written between two places.
func (p *printer) args(start, end int, args []Arg) {
	printList(p, "(", Span{start, end}, args, ")")
}

// printList prints items between marks: each on a line of its own if the
// first one was.
func printList[T Node](p *printer, open string, span Span, items []T, close string) {
	p.put(open)
	if len(items) == 0 || !p.broken(span.Start, items[0].Extent().Start) {
		for i, n := range items {
			p.put(either(i > 0, ", ", ""))
			p.listItem(n)
		}
		p.put(close)
		return
	}
	p.indent++
	p.opened = true
	for _, n := range items {
		p.line(n.Extent().Start)
		p.listItem(n)
		p.put(",")
	}
	p.closeLine(span.End, close)
}

func (p *printer) listItem(n Node) {
	switch n := n.(type) {
	case Assign:
		p.parts(n.Name.Name, ": ", n.Value)
	case Arg:
		if n.Name != nil {
			p.put(n.Name.Name, " = ")
		}
		p.expr(n.Value)
	case Expr:
		p.expr(n)
	}
}

// operands prints values side by side, each after a blank.
func (p *printer) operands(args []Expr) {
	for _, x := range args {
		p.put(" ")
		p.expr(x)
	}
}
