package rdl

// clause reads a clause that may stand in c.
func (p *parser) clause(c *construct) Clause {
	if !c.holds(p.tok.text) {
		p.unknown(c)
	}
	word := p.tok.text
	if s, ok := synonyms[word]; ok {
		word = s
	}
	start := p.take().Start
	switch word {
	case "matching", "filtering":
		m := p.match()
		return p.nodes.matchings.put(Matching{p.from(start), word == "filtering", m})
	case "binding":
		if !p.got("variables") {
			p.got("vars")
		}
		names := p.names("a name for a group")
		return p.nodes.bindings.put(Binding{p.from(start), names})
	case "where":
		cond := p.expression()
		return &Where{p.from(start), cond}
	case "with":
		vars := p.withVars()
		return &With{p.from(start), vars}
	case "doing":
		body := p.block()
		return p.nodes.doings.put(Doing{p.from(start), body})
	case "until":
		m := p.match()
		return &Until{p.from(start), m}
	case "step":
		return p.step(start)
	case "continuing", "lives-after-timeout", "strict":
		return &Flag{p.from(start), word}
	case "any":
		p.want("order")
		return &Flag{p.from(start), "any order"}
	case "on", "missing":
		return p.on(start, c, word)
	case "once":
		return p.once(start, c)
	case "distinct":
		d := &Distinct{}
		if !p.itemEnds() {
			d.By = p.expression()
		}
		d.Span = p.from(start)
		return d
	case "max-lines", "min-lines", "length", "lasting":
		n := p.expression()
		return &Limit{p.from(start), word, n}
	case "at", "timing":
		return p.deadline(start, word)
	}
	return p.short(start, word)
}

// itemEnds tells whether an item has no more to it.
func (p *parser) itemEnds() bool {
	return p.newline() || p.at(";") || p.at("}") || p.tok.kind == tokenEOF
}

// withVars reads NAME = EXPR and NAME = EXPR; an and within one of the
// expressions needs parentheses.
func (p *parser) withVars() []Assign {
	var vars []Assign
	for {
		name := p.name("a name")
		p.want("=")
		value := p.ternary(precCompare)
		vars = append(vars, Assign{p.from(name.Start), name, value})
		if !p.got("and") {
			return vars
		}
	}
}

func (p *parser) step(start int) *Step {
	s := &Step{Name: p.name("the step's name"), Match: p.match()}
	if p.gotHere("times") {
		s.Times = p.expression()
	}
	s.Span = p.from(start)
	return s
}

// on reads what follows on or missing; only stores can be full.
func (p *parser) on(start int, c *construct, event string) *On {
	if event == "on" {
		event = p.tok.text
		switch {
		case event == "timeout", event == "full" && c != inRule:
			p.advance()
		case c == inRule:
			p.nearWord(`"timeout"`, []string{"timeout"})
		default:
			p.nearWord(`"timeout" or "full"`, []string{"timeout", "full"})
		}
	}
	body := p.block()
	return &On{p.from(start), event, body}
}

func (p *parser) once(start int, c *construct) *Once {
	o := &Once{}
	if c != inRule && p.gotHere("per") {
		o.Per = p.expression()
	}
	o.Span = p.from(start)
	return o
}

// deadline reads what follows at or timing: at most N, [timing out] at TIME or
// timing out in D.
func (p *parser) deadline(start int, word string) Clause {
	if word == "at" && p.got("most") {
		n := p.expression()
		return &Limit{p.from(start), "at most", n}
	}
	if word == "timing" {
		p.want("out")
		if p.got("in") {
			d := p.expression()
			return &Limit{p.from(start), "timing out in", d}
		}
		if !p.at("at") {
			p.unexpected(`"in" or "at"`)
		}
		p.advance()
	}
	time := p.timeSpec()
	return &TimingOutAt{p.from(start), time}
}

// short reads a clause that is short for a statement.
func (p *parser) short(start int, word string) *Short {
	var s Stmt
	switch word {
	case "storing":
		p.got("into")
		to := p.storeRefs()
		s = &StoreInto{p.from(start), to}
	case "write":
		p.got("to")
		to := p.expression()
		s = &Write{Span: p.from(start), To: to}
	case "exec":
		args := p.arguments()
		s = &Exec{p.from(start), args}
	}
	return &Short{p.from(start), s}
}

// match reads a MATCH: or binds weakest, then and, then not.
func (p *parser) match() Match {
	return p.matchBinary("or", func() Match { return p.matchBinary("and", p.matchUnary) })
}

func (p *parser) matchBinary(op string, operand func() Match) Match {
	start := p.tok.Start
	x := operand()
	for n := 0; p.at(op); n++ {
		p.chain(n)
		p.advance()
		y := operand()
		x = &MatchBinary{p.from(start), op, x, y}
	}
	return x
}

func (p *parser) matchUnary() Match {
	p.enter()
	defer p.leave()
	start := p.tok.Start
	if p.tok.kind == tokenQuote {
		pattern := p.pattern()
		return p.nodes.matches.put(MatchPattern{p.from(start), pattern})
	}
	switch p.tok.text {
	case "not":
		p.advance()
		x := p.matchUnary()
		return &MatchNot{p.from(start), x}
	case "(":
		p.advance()
		x := p.match()
		p.want(")")
		return &MatchParen{p.from(start), x}
	case "regexp":
		p.advance()
		x := p.ternary(precCompare)
		return &MatchRegexp{p.from(start), x}
	case "event":
		p.advance()
		name := p.name("the name of an event")
		return &MatchEvent{p.from(start), name}
	case "function":
		p.advance()
		name := p.name("the name of a function")
		return &MatchFunction{p.from(start), name}
	case "everything":
		p.advance()
		return &MatchAll{p.from(start)}
	case "nothing":
		p.advance()
		return &MatchNone{p.from(start)}
	}
	p.unexpected("a pattern, regexp, event, function, everything, nothing or not")
	return nil
}
