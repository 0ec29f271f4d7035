package rdl

func (p *printer) clause(n Clause) {
	switch n := n.(type) {
	case *Matching:
		p.put(either(n.Filtering, "filtering ", "matching "))
		p.match(n.Match)
	case *Binding:
		p.put("binding (", joinNames(n.Names, " "), ")")
	case *Where:
		p.put("where ")
		p.expr(n.Cond)
	case *With:
		p.with(n)
	case *Doing:
		p.put("doing ")
		p.block(n.Body)
	case *On:
		p.put(either(n.Event == "missing", "", "on "), n.Event, " ")
		p.block(n.Body)
	case *Flag:
		p.put(n.Word)
	case *Once:
		p.put("once")
		p.optional(" per ", n.Per)
	case *Distinct:
		p.put("distinct")
		p.optional(" ", n.By)
	case *Until:
		p.put("until ")
		p.match(n.Match)
	case *Limit:
		p.put(n.Word, " ")
		p.expr(n.N)
	case *TimingOutAt:
		p.put("timing out at ", p.time(n.Time))
	case *Short:
		p.short(n.Stmt)
	case *Step:
		p.put("step ", n.Name.Name, " ")
		p.match(n.Match)
		p.optional(" times ", n.Times)
	}
}

// optional prints a word and an expression, if there is one.
func (p *printer) optional(before string, x Expr) {
	if x != nil {
		p.put(before)
		p.expr(x)
	}
}

func (p *printer) with(w *With) {
	p.put("with ")
	for i, v := range w.Vars {
		if i > 0 {
			p.joint(w.Vars[i-1].End, v.Start, "and")
		}
		p.assign(v)
	}
}

// joint prints an operator between two operands; where they stand on
// different lines, they go on to do so, and the operator begins the second.
func (p *printer) joint(end, start int, op string) {
	if !p.broken(end, start) {
		p.put(" ", op, " ")
		return
	}
	p.indent++
	p.continued(start)
	p.indent--
	p.put(op, " ")
}

// short prints a statement that stands as a clause.
func (p *printer) short(s Stmt) {
	switch s := s.(type) {
	case *StoreInto:
		p.put("storing into")
		p.operands(s.To)
	case *Write:
		p.put("write to ")
		p.expr(s.To)
	default:
		p.stmt(s)
	}
}

func (p *printer) match(m Match) {
	switch m := m.(type) {
	case *MatchPattern:
		p.put(p.source(m.Pattern))
	case *MatchRegexp:
		p.put("regexp ")
		p.expr(m.X)
	case *MatchEvent:
		p.put("event ", m.Name.Name)
	case *MatchFunction:
		p.put("function ", m.Name.Name)
	case *MatchAll:
		p.put("everything")
	case *MatchNone:
		p.put("nothing")
	case *MatchNot:
		p.put("not ")
		p.match(m.X)
	case *MatchBinary:
		p.match(m.X)
		p.joint(m.X.Extent().End, m.Y.Extent().Start, m.Op)
		p.match(m.Y)
	case *MatchParen:
		p.put("(")
		p.match(m.X)
		p.put(")")
	}
}
