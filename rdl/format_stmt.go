package rdl

// block prints a block; one without braces holds a single statement.
func (p *printer) block(b *Block) {
	if b.Braced {
		printBraces(p, b.Span, b.Stmts)
		return
	}
	for _, s := range b.Stmts {
		p.node(s)
	}
}

func (p *printer) stmt(n Stmt) {
	switch n := n.(type) {
	case *Print:
		p.parts("print ", n.X)
	case *Alert:
		p.alert(n)
	case *Write:
		p.parts("write ", n.X, " to ", n.To)
	case *Exec:
		p.put("exec")
		p.operands(n.Args)
	case *Pipe:
		p.parts("pipe ", n.X, " to")
		p.operands(n.Args)
	case *Mail:
		p.parts("mail ", n.X, " to ", n.To)
		p.optional(" subject ", n.Subject)
	case *Post:
		p.parts("post ", n.X, " to ", n.To)
	case *Send:
		p.parts("send ", n.X, " to ", n.To.Name)
	case *Ban:
		p.parts(either(n.For == nil, "unban ", "ban "), n.IP)
		p.optional(" for ", n.For)
		p.suffix(" with ", n.With)
	case *Emit:
		p.put(either(n.Forward, "forward ", "emit "), n.Name.Name)
		p.args(n.Name.End, n.End, n.Args)
		p.suffix(" by ", n.By)
	case *Add:
		p.parts("add ", n.X, " to ", n.To)
	case *StoreInto:
		p.put("store into")
		p.operands(n.To)
	case *StoreOp:
		p.parts(n.Word, " ", n.Store)
	case *DeleteRule:
		p.put("delete rule ", n.Name.Name)
	case *Stop:
		p.put("stop")
	case *If:
		p.ifStmt(n)
	case *For:
		p.parts("for ", n.Var.Name, " in ", n.X, " ", n.Body)
	case *CallStmt:
		p.parts("call ", n.Call)
	case *Set:
		p.parts("set ", n.Name.Name, " = ", n.Value)
	case *In:
		p.parts("in ", n.D, " ", n.Body)
	}
}

// parts prints words, expressions and blocks one after another.
func (p *printer) parts(parts ...any) {
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			p.put(part)
		case *Block:
			p.block(part)
		case Expr:
			p.expr(part)
		}
	}
}

// suffix prints a word and a name, if there is one.
func (p *printer) suffix(before string, name *Ident) {
	if name != nil {
		p.put(before, name.Name)
	}
}

func (p *printer) alert(a *Alert) {
	p.put("alert ")
	if a.Severity != nil {
		p.put(a.Severity.Name, " ")
	}
	p.expr(a.X)
	switch {
	case len(a.Fields) == 0:
	case p.broken(a.X.Extent().End, a.End):
		p.put(" {")
		p.indent++
		p.opened = true
		for _, f := range a.Fields {
			p.line(f.Start)
			p.assign(f)
		}
		p.closeLine(a.End, "}")
	default:
		p.put(" { ")
		for i, f := range a.Fields {
			p.put(either(i > 0, ", ", ""))
			p.assign(f)
		}
		p.put(" }")
	}
}

func (p *printer) assign(a Assign) { p.parts(a.Name.Name, " = ", a.Value) }

func (p *printer) ifStmt(s *If) {
	p.parts("if ", s.Cond, " ", s.Then)
	switch e := s.Else.(type) {
	case *Block:
		p.parts(" else ", e)
	case *If:
		p.put(" else ")
		p.ifStmt(e)
	}
}
