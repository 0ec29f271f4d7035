package rdl

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of the parser, for files that no person wrote.
const (
	maxErrors  = 100   // shown of one file
	maxNesting = 200   // expressions, matches, statements and declarations in each other
	maxChain   = 10000 // operators on one level of an expression or match
)

// A parser turns tokens into the tree by recursive descent; expressions by
// precedence climbing. A mistake unwinds it to the innermost item, that is
// declaration, clause or statement, which is dropped; reading goes on with
// the next item, so that one run finds all mistakes:
//
//	fail --panic--> item --recover--> resync: skip to a place where an item may begin
type parser struct {
	file   *File
	lex    lexer
	tok    token // the next one
	end    int   // of the last token taken
	form   form  // of the innermost item, for hints
	depth  int   // of nesting
	braces int   // open, without those in texts
	parens int   // ( and [ open since the last { of a block or text: newlines mean nothing there
	text   int   // where the outermost text begins that is being read, or -1
	ragged int   // the token at which unclosed braces were reported, or -1
	errs   Errors
	nodes  nodes
}

// A form is how what begins with a word is written; it is looked up only for a
// hint.
type form struct {
	in   *construct
	word string
}

func (f form) String() string {
	if f.in == nil {
		return ""
	}
	return f.in.form(f.word)
}

// nodes are made of the kinds of which most rules have one.
type nodes struct {
	rules     slab[Rule]
	matchings slab[Matching]
	bindings  slab[Binding]
	doings    slab[Doing]
	blocks    slab[Block]
	prints    slab[Print]
	texts     slab[Text]
	names     slab[Name]
	patterns  slab[Pattern]
	matches   slab[MatchPattern]

	clauses slab[Clause]
	stmts   slab[Stmt]
	parts   slab[Part]
	idents  slab[Ident]
}

// Parse reads the source of one rules file; name is how errors call it. The
// file holds what could be read, even if there are mistakes; of these all are
// returned, sorted by place and at most about a hundred.
func Parse(name, src string) (*File, Errors) {
	f := &File{Name: name, Src: src, lines: lineStarts(src)}
	p := &parser{file: f, lex: lexer{src: src}, text: -1, ragged: -1}
	p.parseFile()
	f.Comments = p.lex.comments
	f.faulty = len(p.errs) > 0
	p.errs.sort()
	return f, p.errs
}

// bailout unwinds to the innermost item, giveUp to parseFile.
type (
	bailout struct{}
	giveUp  struct{}
)

func (p *parser) parseFile() {
	defer func() {
		if r := recover(); r != nil && r != (giveUp{}) {
			panic(r)
		}
	}()
	p.checkUTF8()
	p.lex.off = len(p.lex.src) - len(strings.TrimPrefix(p.lex.src, "\ufeff"))
	p.tok = p.lex.next()
	for p.tok.kind != tokenEOF {
		p.items(inFile, func() {
			p.file.addDecl(p.decl(inFile))
		})
		if p.at("}") {
			p.report(p.tok.Span, "", "this } closes nothing")
			p.advance()
		}
	}
}

// addDecl appends a declaration. Of files of many, the list doubles: it then
// leaves less behind than append would.
func (f *File) addDecl(d Decl) {
	if len(f.Decls) == cap(f.Decls) {
		f.Decls = slices.Grow(f.Decls, len(f.Decls)+1)
	}
	f.Decls = append(f.Decls, d)
}

func (p *parser) checkUTF8() {
	src := p.lex.src
	if utf8.ValidString(src) {
		return
	}
	for off := 0; off < len(src); {
		c, size := utf8.DecodeRuneInString(src[off:])
		if c == utf8.RuneError && size == 1 {
			p.report(Span{off, off + 1}, "save the file as UTF-8", "this byte is not UTF-8: \\x%02x", src[off])
			return
		}
		off += size
	}
}

// report notes a mistake.
func (p *parser) report(at Span, hint, format string, args ...any) {
	if len(p.errs) == maxErrors {
		p.errs = append(p.errs, p.file.Errorf(at, "", "too many errors; the rest is not shown"))
		panic(giveUp{})
	}
	p.errs = append(p.errs, p.file.Errorf(at, hint, format, args...))
}

// fail notes a mistake and drops the innermost item.
func (p *parser) fail(at Span, hint, format string, args ...any) {
	p.report(at, hint, format, args...)
	panic(bailout{})
}

// unexpected fails at the next token, where something else was wanted.
func (p *parser) unexpected(wanted string) {
	at, hint := p.tok.Span, ""
	if p.tok.kind == tokenStray {
		hint = strayHint(p.tok.text)
	}
	if form := p.form.String(); hint == "" && form != "" {
		hint = "write it as: " + form
	}
	if p.tok.kind == tokenEOF || p.tok.newline && p.beginsOrCloses() { // it is missing above
		at = Span{p.end, p.end}
	}
	p.fail(at, hint, "expected %s, found %s", wanted, p.tok)
}

// beginsOrCloses tells whether the next token likely belongs to something else
// than what stands before it.
func (p *parser) beginsOrCloses() bool {
	return starters[p.tok.text] || p.at("}") || p.at(")") || p.at("]")
}

// strayHint tells what to write for characters of other languages.
func strayHint(char string) string {
	switch char {
	case "'", "“", "”", "„", "‘", "’":
		return `texts stand in "..." or between backquotes`
	case "&":
		return "write and"
	case "|":
		return "write or"
	case "!":
		return "write not"
	}
	return ""
}

// items reads items of c until a closing brace or the end of the file.
func (p *parser) items(c *construct, item func()) {
	for {
		for p.at(";") {
			p.advance()
		}
		if p.tok.kind == tokenEOF || p.at("}") || p.strayDecl(c) {
			return
		}
		p.item(c, item)
	}
}

// strayDecl tells whether a declaration begins at the left edge where c holds
// none: then c's closing brace is what is missing.
func (p *parser) strayDecl(c *construct) bool {
	return p.tok.newline && inFile.holds(p.tok.text) && !c.holds(p.tok.text) && c != inOptions &&
		p.lex.src[p.tok.Start-1] == '\n'
}

// item reads one item and checks that it ends where one may end. After a
// mistake it moves to where the next may begin.
func (p *parser) item(c *construct, item func()) {
	start, outer, depth, braces, parens := p.tok.Start, p.form, p.depth, p.braces, p.parens
	defer func() {
		p.form = outer
		switch r := recover(); r {
		case nil:
		case bailout{}:
			p.resync(start, braces, parens)
			p.depth, p.braces, p.parens = depth, braces, parens
		default:
			panic(r)
		}
	}()
	p.form = form{c, p.tok.text}
	item()
	p.ended(c)
}

// ended checks that an item ends here: by a newline, a semicolon, or a
// closing brace, its own or that around it.
func (p *parser) ended(c *construct) {
	switch {
	case p.tok.newline, p.tok.kind == tokenEOF, p.at(";"), p.at("}"), p.lex.src[p.end-1] == '}':
	case c.holds(p.tok.text):
		p.report(p.tok.Span, "put a ; or a newline before it", "%s begins on the line of what stands before it", p.tok)
	case inBlock.holds(p.tok.text):
		p.fail(p.tok.Span, "put { and } around the statements, and a ; between them", "a second statement begins on the line: %s", p.tok)
	case p.tok.kind == tokenWord && !reserved(p.tok.text) && p.lex.src[p.end-1] == '"':
		p.fail(p.tok.Span, `within a text write \" for a quote`, "unexpected %s after the text", p.tok)
	default:
		p.unexpected("a newline or ;")
	}
}

// resync skips from a mistake in an item that began at start to where the
// next item may begin, and always forward.
func (p *parser) resync(start, braces, parens int) {
	if p.text >= 0 {
		p.resume(p.lex.textEnd(p.text))
		p.text = -1
	}
	if p.tok.Start == start {
		p.skip()
	}
	for p.tok.kind != tokenEOF {
		begins := p.tok.newline && p.tok.kind == tokenWord
		starter := begins && starters[p.tok.text]
		switch {
		case starter && p.lex.src[p.tok.Start-1] == '\n' && inFile.holds(p.tok.text):
			return
		case p.braces > braces:
		case p.at(";"), p.at("}"), starter, begins && p.parens <= parens:
			return
		}
		p.skip()
	}
}

// skip moves over a token, or over a string of whatever kind.
func (p *parser) skip() {
	if p.tok.kind == tokenQuote {
		p.resume(p.lex.stringEnd(p.tok.Start))
		return
	}
	p.advance()
}

// resume goes on behind a string that ends at off.
func (p *parser) resume(off int) {
	p.end, p.lex.off = off, off
	p.tok = p.lex.next()
}

// advance moves to the next token.
func (p *parser) advance() {
	switch p.tok.text {
	case "{":
		p.braces++
	case "}":
		p.braces--
	case "(", "[":
		p.parens++
	case ")", "]":
		p.parens--
	}
	p.end = p.tok.End
	p.tok = p.lex.next()
}

// take moves to the next token and returns the one before.
func (p *parser) take() token {
	t := p.tok
	p.advance()
	return t
}

// at tells whether the next token is spelled so.
func (p *parser) at(text string) bool { return p.tok.text == text && text != "" }

// got moves over the next token if it is spelled so.
func (p *parser) got(text string) bool {
	if !p.at(text) {
		return false
	}
	p.advance()
	return true
}

// gotHere is got behind what may end an item: only on the same line.
func (p *parser) gotHere(text string) bool { return !p.newline() && p.got(text) }

// want moves over a token that must stand here, be it on the next line.
func (p *parser) want(text string) {
	if !p.at(text) {
		p.unexpected(`"` + text + `"`)
	}
	p.advance()
}

// newline tells whether a newline that counts stands before the next token.
func (p *parser) newline() bool { return p.tok.newline && p.parens <= 0 }

// enter and leave bound the nesting.
func (p *parser) enter() {
	if p.depth++; p.depth > maxNesting {
		p.fail(p.tok.Span, "", "nested too deeply: more than %d levels", maxNesting)
	}
}

func (p *parser) leave() { p.depth-- }

// chain bounds the length of what is not nested, but whose tree is.
func (p *parser) chain(n int) {
	if n >= maxChain {
		p.fail(p.tok.Span, "use several rules, or let variables", "too long: more than %d operators", maxChain)
	}
}

// from returns the span from start to the last token taken.
func (p *parser) from(start int) Span { return Span{start, p.end} }

// body reads { ITEM... }.
func (p *parser) body(c *construct, item func()) {
	open, braces, parens := p.tok.Span, p.braces, p.parens
	p.want("{")
	p.parens = 0
	p.items(c, item)
	p.parens = parens
	if p.at("}") {
		p.advance()
		return
	}
	p.braces = braces
	if p.ragged != p.tok.Start { // else an inner one was at fault
		p.ragged = p.tok.Start
		p.report(open, "a } is missing before "+p.tok.String(), "the { of %s is never closed", c.name)
	}
}

// unknown fails at a word that begins no item of c.
func (p *parser) unknown(c *construct) {
	word := p.tok.text
	switch owner := owners(word); {
	case p.tok.kind != tokenWord:
		p.form = form{}
		p.unexpected("one of " + strings.Join(c.words(), ", "))
	case c == inSequence && word == "within":
		p.fail(p.tok.Span, "write it as: "+inFile.form("sequence"), `"within" stands before the {`)
	case c.holds("doing") && inBlock.holds(word):
		p.fail(p.tok.Span, "put doing before it", "%s is a statement and does not stand in %s by itself", p.tok, c.name)
	case owner != "":
		p.fail(p.tok.Span, "it stands in: "+owner, "%s does not stand in %s", p.tok, c.name)
	}
	p.fail(p.tok.Span, c.hint(word), "unknown word %s in %s", p.tok, c.name)
}

// name reads a name; what says of what, with its article.
func (p *parser) name(what string) Ident {
	if p.tok.kind != tokenWord {
		p.unexpected(what)
	}
	if reserved(p.tok.text) {
		p.fail(p.tok.Span, "choose another name", "%s means something else and is not a name", p.tok)
	}
	return p.word()
}

// word reads a word of any meaning.
func (p *parser) word() Ident {
	if p.tok.kind != tokenWord {
		p.unexpected("a word")
	}
	t := p.take()
	return Ident{t.Span, t.text}
}

// optionalName reads the name of a rule or ruleset, if it has one.
func (p *parser) optionalName(what string) *Ident {
	if p.tok.kind != tokenWord {
		return nil
	}
	name := p.name(what)
	return &name
}

// names reads (a, b) or (a b).
func (p *parser) names(what string) []Ident {
	var room [8]Ident
	names := room[:0]
	p.want("(")
	for !p.at(")") {
		names = append(names, p.name(what))
		p.got(",")
	}
	p.advance()
	return p.nodes.idents.keep(names)
}

// nearWord fails at a word that is none of those known.
func (p *parser) nearWord(wanted string, known []string) {
	near := nearest(p.tok.text, known)
	if near == "" || p.tok.kind != tokenWord {
		p.unexpected(wanted)
	}
	p.fail(p.tok.Span, didYouMean(near), "expected %s, found %s", wanted, p.tok)
}
