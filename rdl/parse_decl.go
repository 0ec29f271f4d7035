package rdl

// decl reads a declaration that may stand in c.
func (p *parser) decl(c *construct) Decl {
	if !c.holds(p.tok.text) {
		p.unknown(c)
	}
	p.enter()
	defer p.leave()
	start := p.tok.Start
	switch word := p.tok.text; word {
	case "include":
		p.advance()
		glob := p.plainText("the files to include")
		return &Include{p.from(start), glob}
	case "use":
		p.advance()
		file := p.plainText("a file of functions")
		return &Use{p.from(start), file}
	case "let":
		p.advance()
		a := p.assign("a name")
		return &Let{p.from(start), a.Name, a.Value}
	case "pattern":
		p.advance()
		name := p.name("the pattern's name")
		pattern := p.pattern()
		return &PatternDecl{p.from(start), name, pattern}
	case "rule":
		return p.rule()
	case "ruleset":
		return p.ruleset()
	case "context", "window":
		return p.store()
	case "sequence":
		return p.sequence()
	case "at":
		return p.atTime()
	case "every":
		return p.every()
	case "during", "outside":
		return p.during()
	case "alias":
		return p.alias()
	case "source":
		return p.source()
	case "sink":
		return p.sink()
	}
	return p.test()
}

// rule reads a rule up to its closing brace.
func (p *parser) rule() *Rule {
	start := p.take().Start
	name := p.optionalName("the rule's name")
	var room [6]Clause
	clauses := room[:0]
	p.body(inRule, func() { clauses = append(clauses, p.clause(inRule)) })
	return p.nodes.rules.put(Rule{Span: p.from(start), Name: name, Clauses: p.nodes.clauses.keep(clauses)})
}

// ruleset reads clauses and members, in whatever order.
func (p *parser) ruleset() *Ruleset {
	start := p.take().Start
	r := &Ruleset{Name: p.optionalName("the ruleset's name")}
	p.body(inRuleset, func() {
		if inDuring.holds(p.tok.text) {
			r.Body = append(r.Body, p.decl(inDuring))
		} else {
			r.Body = append(r.Body, p.clause(inRuleset))
		}
	})
	r.Span = p.from(start)
	return r
}

// store reads a context or window up to its closing brace.
func (p *parser) store() *Store {
	word := p.take()
	s, in := &Store{Window: word.text == "window"}, inContext
	if s.Window {
		in = inWindow
	}
	s.Name, s.Keys = p.keyed(in.name)
	p.body(in, func() { s.Clauses = append(s.Clauses, p.clause(in)) })
	s.Span = p.from(word.Start)
	return s
}

// keyed reads NAME or NAME(key, ...).
func (p *parser) keyed(of string) (name Ident, keys []Ident) {
	name = p.name("the name of " + of)
	if p.at("(") {
		keys = p.names("the name of a key")
	}
	return name, keys
}

func (p *parser) sequence() *Sequence {
	start := p.take().Start
	s := &Sequence{}
	s.Name, s.Keys = p.keyed(inSequence.name)
	switch {
	case p.got("within"):
		s.Within = p.expression()
	case p.tok.kind == tokenWord && !p.newline():
		p.nearWord(`"within" or "{"`, []string{"within"})
	}
	p.body(inSequence, func() { s.Clauses = append(s.Clauses, p.clause(inSequence)) })
	s.Span = p.from(start)
	return s
}

func (p *parser) atTime() *At {
	start := p.take().Start
	time := p.timeSpec()
	body := p.block()
	return &At{p.from(start), time, body}
}

func (p *parser) every() *Every {
	start := p.take().Start
	d := p.expression()
	body := p.block()
	return &Every{p.from(start), d, body}
}

func (p *parser) during() *During {
	word := p.take()
	d := &During{Outside: word.text == "outside", Times: p.plainText(`times like "Tue 09:00-13:00"`)}
	p.body(inDuring, func() { d.Body = append(d.Body, p.decl(inDuring)) })
	d.Span = p.from(word.Start)
	return d
}

func (p *parser) alias() *Alias {
	start := p.take().Start
	x := p.storeRef()
	p.want("as")
	y := p.storeRef()
	return &Alias{p.from(start), x, y}
}

// source reads source [KIND] ARG... [{ OPTION... }]. A name that is called,
// as in source env("LOG"), is an argument and no kind.
func (p *parser) source() *Source {
	start := p.take().Start
	s := &Source{}
	if p.tok.kind == tokenWord && !(p.lex.peek().text == "(" && p.lex.src[p.tok.End] == '(') {
		kind := p.name("a kind of source")
		s.Kind = &kind
	}
	s.Args = p.operands()
	if s.Kind == nil && s.Args == nil {
		p.unexpected("a file or a kind of source")
	}
	if p.at("{") && !p.newline() {
		s.Options = p.options()
	}
	s.Span = p.from(start)
	return s
}

func (p *parser) sink() *Sink {
	start := p.take().Start
	name := p.name("the sink's name")
	options := p.options()
	return &Sink{p.from(start), name, options}
}

// options reads { WORD ARG... } with one option a line.
func (p *parser) options() []Option {
	var options []Option
	p.body(inOptions, func() {
		name := p.word()
		var args []Expr
		for p.operandBegins() || p.at("-") {
			args = append(args, p.signed())
		}
		options = append(options, Option{p.from(name.Start), name, args})
	})
	return options
}

// signed reads an operand of an option, which may be negative.
func (p *parser) signed() Expr {
	start := p.tok.Start
	if p.got("-") {
		x := p.postfix(p.primary(), true)
		return &Unary{p.from(start), "-", x}
	}
	return p.postfix(p.primary(), true)
}

func (p *parser) test() *Test {
	start := p.take().Start
	t := &Test{Name: p.plainText("the test's name")}
	p.body(inTest, func() { t.Steps = append(t.Steps, p.testStep()) })
	t.Span = p.from(start)
	return t
}

func (p *parser) testStep() Node {
	start := p.tok.Start
	switch p.tok.text {
	case "given":
		p.advance()
		if p.got("event") {
			return p.givenEvent(start)
		}
		file := p.got("file")
		text := p.plainText("lines")
		if text.Quote == QuoteTriple && !file {
			text.dedent()
		}
		return &Given{p.from(start), file, text}
	case "after":
		p.advance()
		d := p.expression()
		return &After{p.from(start), d}
	case "expect":
		return p.expect()
	}
	p.unknown(inTest)
	return nil
}

func (p *parser) givenEvent(start int) *GivenEvent {
	g := &GivenEvent{Name: p.name("the name of an event")}
	if p.at("(") && !p.newline() {
		g.Args = p.args("")
	}
	if p.gotHere("from") {
		g.From = p.plainText("the name of an edge")
	}
	g.Span = p.from(start)
	return g
}

func (p *parser) expect() *Expect {
	start := p.take().Start
	if p.got("nothing") {
		p.want("else")
		return &Expect{Span: p.from(start), NothingElse: true}
	}
	e := &Expect{No: p.got("no"), Effect: p.name("an effect, such as print or alert")}
	switch {
	case p.newline() || p.at("times"):
	case synonyms[p.tok.text] == "matching" || p.at("matching"):
		p.advance()
		e.Pattern = p.pattern()
	case p.tok.kind == tokenQuote || p.tok.kind == tokenWord || p.at("("):
		e.Text = p.expression()
	}
	if p.tok.kind == tokenNumber && !p.newline() {
		e.Times = p.number()
		p.want("times")
	}
	e.Span = p.from(start)
	return e
}

// weekdays as a TIME names them.
var weekdays = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

// timeSpec reads a TIME; what it says is checked elsewhere.
func (p *parser) timeSpec() TimeSpec {
	start := p.tok.Start
	if p.tok.kind == tokenQuote {
		text := p.plainText("a time")
		return TimeSpec{Span: p.from(start), Text: text}
	}
	t := TimeSpec{Word: p.tok.text}
	switch word := t.Word; {
	case word == "midnight", word == "noon":
		p.advance()
	case word == "cron":
		p.advance()
		t.Text = p.plainText(`a schedule like "*/5 * * * *"`)
	case isWeekday(word):
		p.advance()
		p.want("at")
		t.Text = p.plainText("a time of day")
	default:
		p.nearWord(`a time such as midnight, "12:01 PM" or monday at "09:00"`,
			append([]string{"midnight", "noon", "cron"}, weekdays...))
	}
	t.Span = p.from(start)
	return t
}

func isWeekday(word string) bool {
	for _, day := range weekdays {
		if day == word {
			return true
		}
	}
	return false
}
