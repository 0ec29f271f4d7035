package rdl

import "strings"

// readText reads a string that is not a pattern.
func (p *parser) readText() *Text {
	start := p.tok.Start
	quote, width := p.lex.quoteAt(start)
	t := p.nodes.texts.put(Text{Quote: quote})
	if quote == QuoteDouble {
		t.Parts = p.template(start)
	} else if body := p.plain(start, width); body != "" {
		t.Parts = []Part{{Span: Span{start + width, p.end - width}, Lit: body}}
	}
	t.Span = p.from(start)
	return t
}

// plainText reads a text without expressions in it; what says of what.
func (p *parser) plainText(what string) *Text {
	if p.tok.kind != tokenQuote {
		p.unexpected(what + ", in quotes")
	}
	t := p.readText()
	for _, part := range t.Parts {
		if part.X != nil {
			p.fail(part.Span, `for a brace write \{`, "no values can stand in this text")
		}
	}
	return t
}

// pattern reads a string that is a regular expression. In "..." only \" is an
// escape, and what follows any other backslash is the expression's own.
func (p *parser) pattern() *Pattern {
	if p.tok.kind != tokenQuote {
		p.unexpected("a pattern, in quotes")
	}
	start, src := p.tok.Start, p.lex.src
	quote, width := p.lex.quoteAt(start)
	if quote != QuoteDouble {
		body := p.plain(start, width)
		return p.nodes.patterns.put(Pattern{p.from(start), quote, body})
	}
	off := start + 1
	for ; ; off++ {
		if p.lineEndsAt(off) {
			p.fail(Span{start, off}, `add the closing "`, "the pattern is not closed on its line")
		}
		if src[off] == '"' {
			break
		}
		if src[off] == '\\' && !p.lineEndsAt(off+1) {
			off++
		}
	}
	body := unescapeQuotes(src[start+1 : off])
	p.resume(off + 1)
	return p.nodes.patterns.put(Pattern{p.from(start), quote, body})
}

// unescapeQuotes turns \" into " and leaves other pairs that a backslash begins.
func unescapeQuotes(s string) string {
	if !strings.Contains(s, `\"`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			if s[i] != '"' {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// plain reads a string that holds its text as it is, but for the carriage
// returns of files that were edited elsewhere.
func (p *parser) plain(start, width int) string {
	src := p.lex.src
	n := strings.Index(src[start+width:], src[start:start+width])
	if n < 0 {
		p.fail(Span{start, start + width}, "add the closing "+src[start:start+width], "the text is never closed")
	}
	end := start + width + n
	p.resume(end + width)
	return strings.ReplaceAll(src[start+width:end], "\r\n", "\n")
}

// template reads the parts of a "...": runs of literal text, and expressions
// in braces.
func (p *parser) template(start int) []Part {
	outermost := p.text < 0
	if outermost {
		p.text = start
	}
	var room [4]Part
	parts, src, off := room[:0], p.lex.src, start+1
	for !p.lineEndsAt(off) && src[off] != '"' {
		part := Part{Span: Span{Start: off}}
		if src[off] == '{' {
			part.X = p.hole(start, off)
			off = p.tok.End
		} else {
			part.Lit, off = p.literal(off)
		}
		part.End = off
		parts = append(parts, part)
	}
	if p.lineEndsAt(off) {
		p.unclosed(start)
	}
	if outermost {
		p.text = -1
	}
	p.resume(off + 1)
	return p.nodes.parts.keep(parts)
}

// lineEndsAt tells whether off lies at the end of a line or of the file.
func (p *parser) lineEndsAt(off int) bool {
	return off >= len(p.lex.src) || p.lex.src[off] == '\n'
}

// unclosed fails at a text whose line ends before it does.
func (p *parser) unclosed(start int) {
	p.fail(Span{start, lineEnd(p.lex.src, start)}, `add the closing ", or } if an expression is open; lines as they are stand in """`, "the text is not closed on its line")
}

// literal decodes the run of literal text at off and returns where it ends.
func (p *parser) literal(off int) (string, int) {
	src := p.lex.src
	end := len(src)
	if n := strings.IndexAny(src[off:], "\"{\\\n"); n >= 0 {
		end = off + n
	}
	if end == len(src) || src[end] != '\\' {
		return src[off:end], end
	}
	var b strings.Builder
	b.WriteString(src[off:end])
	for off = end; !p.lineEndsAt(off); off++ {
		c := src[off]
		switch c {
		case '"', '{':
			return b.String(), off
		case '\\':
			if p.lineEndsAt(off + 1) {
				return b.String(), off + 1
			}
			c = p.escape(off)
			off++
		}
		b.WriteByte(c)
	}
	return b.String(), off
}

// escape returns what the backslash at off and the character behind it mean.
func (p *parser) escape(off int) byte {
	switch c := p.lex.src[off+1]; c {
	case '"', '\\', '{', '}':
		return c
	case 'n':
		return '\n'
	case 't':
		return '\t'
	}
	p.fail(Span{off, off + 2}, "use backquotes for a raw string", `unknown escape: \" \\ \n \t \{ and \} are known`)
	return 0
}

// hole reads {EXPR} at off, in the text that begins at start; the closing
// brace remains the next token.
func (p *parser) hole(start, off int) Expr {
	parens := p.parens
	p.parens = 0
	p.lex.off = off + 1
	p.tok = p.lex.next()
	if p.at("}") {
		p.fail(Span{off, p.tok.End}, `for braces write \{\}`, "nothing stands between the braces")
	}
	if p.tok.newline || p.tok.kind == tokenEOF {
		p.unclosed(start)
	}
	x := p.expression()
	if p.tok.newline || p.tok.kind == tokenEOF || strings.Contains(p.lex.src[off:p.tok.Start], "\n") {
		p.unclosed(start)
	}
	if !p.at("}") {
		p.form = form{}
		p.unexpected(`"}" after the value`)
	}
	p.parens = parens
	return x
}

// dedent removes from lines between triple quotes what only lays them out:
// the newline behind the opening quotes, the blanks that all lines begin with,
// and those before the closing quotes. Blank lines become empty.
func (t *Text) dedent() {
	if len(t.Parts) == 0 {
		return
	}
	lines := strings.Split(strings.TrimPrefix(t.Parts[0].Lit, "\n"), "\n")
	indent, found := "", false
	for i, line := range lines {
		blank := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		switch {
		case blank == line:
			lines[i] = ""
		case !found:
			indent, found = blank, true
		default:
			indent = commonPrefix(indent, blank)
		}
	}
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, indent)
	}
	t.Parts[0].Lit = strings.Join(lines, "\n")
}

func commonPrefix(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}
