package rdl

import "strings"

// node prints a declaration, clause, statement, option or step of a test.
func (p *printer) node(n Node) {
	switch n := n.(type) {
	case *Include:
		p.put("include ", p.source(n.Glob))
	case *Use:
		p.put("use ", p.source(n.File))
	case *Let:
		p.put("let ", n.Name.Name, " = ")
		p.expr(n.Value)
	case *PatternDecl:
		p.put("pattern ", n.Name.Name, " ", p.source(n.Pattern))
	case *Rule:
		p.head("rule", n.Name)
		printBraces(p, n.Span, n.Clauses)
		p.place(n.Place)
	case *Ruleset:
		p.head("ruleset", n.Name)
		printBraces(p, n.Span, n.Body)
	case *Store:
		p.store(n)
	case *Sequence:
		p.sequence(n)
	case *At:
		p.put("at ", p.time(n.Time), " ")
		p.block(n.Body)
	case *Every:
		p.put("every ")
		p.expr(n.D)
		p.put(" ")
		p.block(n.Body)
	case *During:
		p.put(either(n.Outside, "outside ", "during "), p.source(n.Times), " ")
		printBraces(p, n.Span, n.Body)
	case *Alias:
		p.put("alias ")
		p.expr(n.X)
		p.put(" as ")
		p.expr(n.Y)
	case *Source:
		p.sourceDecl(n)
	case *Sink:
		p.put("sink ", n.Name.Name, " ")
		printBraces(p, n.Span, n.Options)
	case Option:
		p.put(n.Name.Name)
		p.operands(n.Args)
	case *Test:
		p.put("test ", p.source(n.Name), " ")
		printBraces(p, n.Span, n.Steps)
	case *Given, *GivenEvent, *After, *Expect:
		p.step(n)
	case Clause:
		p.clause(n)
	case Stmt:
		p.stmt(n)
	}
}

// source returns a node as it was written.
func (p *printer) source(n Node) string {
	span := n.Extent()
	return p.src[span.Start:span.End]
}

// head prints what a rule or ruleset begins with.
func (p *printer) head(word string, name *Ident) {
	p.put(word, " ")
	if name != nil {
		p.put(name.Name, " ")
	}
}

func (p *printer) place(place Place) {
	for word, is := range places {
		if is == place {
			p.put(" ", word)
		}
	}
}

func (p *printer) store(s *Store) {
	p.put(either(s.Window, "window ", "context "))
	p.keyed(s.Name, s.Keys)
	printBraces(p, s.Span, s.Clauses)
	p.place(s.Place)
}

func (p *printer) sequence(s *Sequence) {
	p.put("sequence ")
	p.keyed(s.Name, s.Keys)
	if s.Within != nil {
		p.put("within ")
		p.expr(s.Within)
		p.put(" ")
	}
	printBraces(p, s.Span, s.Clauses)
}

func (p *printer) keyed(name Ident, keys []Ident) {
	p.put(name.Name)
	if len(keys) > 0 {
		p.put("(", joinNames(keys, ", "), ")")
	}
	p.put(" ")
}

func joinNames(names []Ident, separator string) string {
	var words []string
	for _, n := range names {
		words = append(words, n.Name)
	}
	return strings.Join(words, separator)
}

func (p *printer) sourceDecl(s *Source) {
	p.put("source")
	if s.Kind != nil {
		p.put(" ", s.Kind.Name)
	}
	p.operands(s.Args)
	if len(s.Options) > 0 {
		p.put(" ")
		printBraces(p, s.Span, s.Options)
	}
}

// time returns a TIME.
func (p *printer) time(t TimeSpec) string {
	switch {
	case t.Text == nil:
		return t.Word
	case t.Word == "":
		return p.source(t.Text)
	case t.Word == "cron":
		return "cron " + p.source(t.Text)
	}
	return t.Word + " at " + p.source(t.Text)
}

// step prints a step of a test.
func (p *printer) step(n Node) {
	switch n := n.(type) {
	case *Given:
		p.put("given ", either(n.File, "file ", ""), p.givenLines(n))
	case *GivenEvent:
		p.put("given event ", n.Name.Name)
		p.args(n.Name.End, n.End, n.Args)
		if n.From != nil {
			p.put(" from ", p.source(n.From))
		}
	case *After:
		p.put("after ")
		p.expr(n.D)
	case *Expect:
		p.expect(n)
	}
}

func (p *printer) expect(e *Expect) {
	if e.NothingElse {
		p.put("expect nothing else")
		return
	}
	p.put("expect ", either(e.No, "no ", ""), e.Effect.Name)
	if e.Text != nil {
		p.put(" ")
		p.expr(e.Text)
	}
	if e.Pattern != nil {
		p.put(" matching ", p.source(e.Pattern))
	}
	if e.Times != nil {
		p.put(" ")
		p.expr(e.Times)
		p.put(" times")
	}
}

// givenLines returns the lines that a test is given. Between triple quotes
// they follow the indentation of the test, if they stand on lines of their own.
func (p *printer) givenLines(g *Given) string {
	written := p.source(g.Text)
	lit, _ := g.Text.Constant()
	if g.File || g.Text.Quote != QuoteTriple || !strings.HasPrefix(strings.TrimPrefix(written[3:], "\r"), "\n") || !strings.HasSuffix(lit, "\n") {
		return written
	}
	indent := strings.Repeat("  ", p.indent)
	var b strings.Builder
	b.WriteString("\"\"\"\n")
	for line := range strings.Lines(lit) {
		if line != "\n" {
			b.WriteString(indent)
		}
		b.WriteString(line)
	}
	return b.String() + indent + `"""`
}

func either(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}
