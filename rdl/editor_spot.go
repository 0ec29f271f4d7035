package rdl

import "strings"

// What can be written at a place, be the file as broken as a file is while one
// types. The parser drops what is not finished, and that is just where the
// cursor stands; so the tokens before the place are gone through once more,
// and kept is only what braces are open and how the item at hand began:
//
//	rule r { matching "x"; doing { add user to |
//	^      ^               ^     ^ item        ^ place
//	file   a rule                a block: add X to C(k), so a context

// A SpotKind says what belongs at a place.
type SpotKind int

// The kinds of place.
const (
	SpotNone     SpotKind = iota // nothing that is known: a comment, a number, a new name
	SpotItem                     // a declaration, clause, statement or step of a test
	SpotMatch                    // a match
	SpotValue                    // an expression
	SpotHole                     // a name in braces in a pattern
	SpotField                    // what follows a dot
	SpotStore                    // a context or window
	SpotRule                     // the name of a rule
	SpotSink                     // the name of a sink
	SpotEvent                    // the name of an event
	SpotFunction                 // the name of a function of one's own
	SpotSeverity                 // of an alert, or its text
	SpotTime                     // a TIME
	SpotEffect                   // that a test expects
)

// A Spot is what can be written at a place.
type Spot struct {
	Span    // of what is written there already, up to the place
	Kind    SpotKind
	Phrases []Phrase // of SpotItem: what can begin here
	Owner   string   // of SpotField: the name before the dot, or "" if it is none
}

// SpotAt tells what can be written at a byte of a source file.
func SpotAt(src string, offset int) Spot {
	offset = min(max(offset, 0), len(src))
	s := &spotter{lex: lexer{src: src}, offset: offset, open: []opening{{in: inFile}}, spot: Spot{Span: Span{offset, offset}}}
	s.walk("")
	return s.spot
}

// A spotter goes over the tokens before a place.
type spotter struct {
	lex    lexer
	offset int
	spot   Spot
	open   []opening // braces, brackets and parentheses, the file around all
	item   []token   // the first tokens of the item at hand
	lead   string    // its word that says what its braces hold
	last   token     // before the one at hand
	owner  string    // the name that last is or, of a parenthesis, stands behind
	dotted string    // the name before the last dot
	depth  int       // of texts in each other
}

// An opening is what stands open around a place.
type opening struct {
	mark   string
	in     *construct // what items a brace holds; nil if values stand here
	item   []token    // of the item around
	lead   string
	callee string // of a parenthesis: the name before it
}

// maxItem is how many tokens of an item are kept.
const maxItem = 4

// walk goes on until the place is reached, or the token that closes. It
// returns false if the place is reached.
func (s *spotter) walk(closing string) bool {
	depth := len(s.open)
	for {
		t := s.lex.next()
		switch {
		case s.inComment():
			return false
		case t.kind == tokenEOF || t.Start >= s.offset:
			s.found(token{Span: Span{s.offset, s.offset}, kind: tokenWord, newline: t.newline && s.newlineBefore()})
			return false
		case t.kind == tokenWord && t.End >= s.offset:
			s.found(token{Span{t.Start, s.offset}, tokenWord, s.lex.src[t.Start:s.offset], t.newline})
			return false
		case t.kind == tokenNumber && t.End >= s.offset:
			return false
		case t.kind == tokenQuote:
			if s.quoted(t) {
				return false
			}
		case closing != "" && t.text == closing && len(s.open) == depth:
			return true
		default:
			s.take(t)
		}
	}
}

// inComment tells whether the place is in a comment that has been skipped.
func (s *spotter) inComment() bool {
	n := len(s.lex.comments)
	return n > 0 && s.lex.comments[n-1].Start < s.offset && s.offset <= s.lex.comments[n-1].End
}

// newlineBefore tells whether a line begins between the last token and the
// place.
func (s *spotter) newlineBefore() bool {
	return s.last.End <= s.offset && strings.Contains(s.lex.src[s.last.End:s.offset], "\n")
}

func (s *spotter) top() *opening { return &s.open[len(s.open)-1] }

// take goes over a token.
func (s *spotter) take(t token) {
	if t.kind == tokenWord && s.begins(t) {
		s.item, s.lead = nil, t.text
	} else if t.kind == tokenWord && s.blockBegins() {
		s.lead = t.text
	}
	if len(s.item) < maxItem {
		s.item = append(s.item, t)
	}
	owner := ""
	switch t.text {
	case "{", "(", "[":
		s.opens(t)
	case ".":
		s.dotted = s.owner
	case "}", ")", "]":
		owner = s.closes(t)
	case ";":
		s.item, s.lead = nil, ""
	default:
		if t.kind == tokenWord {
			owner = t.text
		}
	}
	s.last, s.owner = t, owner
}

// opens notes an opening mark.
func (s *spotter) opens(t token) {
	if len(s.open) > maxNesting {
		return
	}
	o := opening{mark: t.text, item: s.item, lead: s.lead}
	if t.Start == s.last.End {
		o.callee = s.owner
	}
	if t.text == "{" && s.top().in != nil {
		o.in = holds(s.lead)
	}
	s.open = append(s.open, o)
	if o.in != nil {
		s.item, s.lead = nil, ""
	}
}

// holds tells what stands between the braces of an item.
func holds(lead string) *construct {
	switch lead {
	case "rule":
		return inRule
	case "ruleset":
		return inRuleset
	case "context":
		return inContext
	case "window":
		return inWindow
	case "sequence":
		return inSequence
	case "during", "outside":
		return inDuring
	case "test":
		return inTest
	case "source", "sink":
		return inOptions
	case "doing", "do", "on", "missing", "if", "else", "for", "in", "at", "every":
		return inBlock
	}
	return nil
}

var pairs = map[string]string{"}": "{", ")": "(", "]": "["}

// closes takes the innermost opening of that kind off, and returns the name
// that its parenthesis stood behind.
func (s *spotter) closes(t token) (callee string) {
	for i := len(s.open) - 1; i > 0; i-- {
		if o := s.open[i]; o.mark == pairs[t.text] {
			s.open = s.open[:i]
			s.item, s.lead = o.item, o.lead
			if o.in != nil {
				s.item = nil
			}
			return o.callee
		}
	}
	return ""
}

// begins tells whether an item begins with a word.
func (s *spotter) begins(t token) bool {
	if s.top().in == nil {
		return false
	}
	return len(s.item) == 0 || t.newline && (s.top().in.holds(t.text) || s.couldEnd()) || t.text == "else"
}

// couldEnd tells whether the item at hand could end with its last token.
func (s *spotter) couldEnd() bool {
	switch {
	case s.last.kind == tokenNumber, s.last.kind == tokenQuote, s.last.text == ")", s.last.text == "]", s.last.text == "}":
		return true
	case s.last.kind != tokenWord || operators[s.last.text] > 0:
		return false
	}
	for _, p := range s.top().in.phrases() {
		if strings.HasPrefix(p.Words+" ", s.said()+" ") {
			return p.Words == p.Form // a bare word, and all of it
		}
	}
	return true
}

// said returns the item so far, if all of it was kept.
func (s *spotter) said() string {
	words := ""
	for _, t := range s.item {
		words = listed(words, t.text, " ")
	}
	return words
}

// blockBegins tells whether a statement without braces can begin here.
func (s *spotter) blockBegins() bool {
	switch s.last.text {
	case "doing", "do", "missing":
		return s.lead == s.last.text && len(s.item) == 1
	case "timeout", "full":
		return s.lead == "on" && len(s.item) == 2
	case "else":
		return s.lead == "else"
	}
	return false
}

// quoted goes over a string and tells whether the place is in it.
func (s *spotter) quoted(t token) bool {
	quote, width := s.lex.quoteAt(t.Start)
	isPattern := s.matches() || s.last.text == "matches" || s.last.text == "," && s.top().callee == "matches" ||
		s.lead == "expect" && (s.last.text == "matching" || synonyms[s.last.text] == "matching")
	if quote == QuoteDouble && !isPattern {
		if s.template(t) {
			return true
		}
	} else {
		end := s.lex.stringEnd(t.Start)
		if s.offset < end || s.offset == end && !s.closed(t.Start+width, end, width) {
			s.pattern(t.Start+width, isPattern)
			return true
		}
		s.lex.off = end
	}
	t.End = s.lex.off
	if len(s.item) < maxItem {
		s.item = append(s.item, t)
	}
	s.last, s.owner = t, ""
	return false
}

// closed tells whether the string whose content begins at start ends at end
// with its quotes, and not with its line.
func (s *spotter) closed(start, end, width int) bool {
	return end-width >= start && s.lex.src[end-width:end] == s.lex.src[start-width:start]
}

// pattern finds the spot in a string without expressions: in a pattern, within
// a brace that is open, a name.
func (s *spotter) pattern(start int, isPattern bool) {
	written := s.lex.src[start:s.offset]
	open := strings.LastIndexByte(written, '{')
	if !isPattern || open < 0 || strings.Contains(written[open:], "}") || open > 0 && written[open-1] == '\\' {
		return
	}
	word := written[open+1:]
	if word == "" || IsName(word) {
		s.spot.Kind, s.spot.Start = SpotHole, s.offset-len(word)
	}
}

// template goes over a text and its expressions, and tells whether the place
// is in it.
func (s *spotter) template(t token) bool {
	src, end := s.lex.src, lineEnd(s.lex.src, t.Start)
	for off := t.Start + 1; off < end; off++ {
		if s.offset <= off {
			return true
		}
		switch src[off] {
		case '\\':
			off++
		case '"':
			s.lex.off = off + 1
			return false
		case '{':
			if s.hole(off, end) {
				return true
			}
			off = s.lex.off - 1
		}
	}
	s.lex.off = end
	return s.offset <= end
}

// hole goes over {EXPR} at off, in a line that ends at end, and tells whether
// the place is in it.
func (s *spotter) hole(off, end int) bool {
	if s.depth == maxNesting {
		s.lex.off = end
		return s.offset <= end
	}
	inner := &spotter{
		lex: lexer{src: s.lex.src[:end], off: off + 1}, offset: min(s.offset, end), spot: s.spot, depth: s.depth + 1,
		open: []opening{{mark: "{"}}, last: token{Span: Span{off, off + 1}, kind: tokenMark, text: "{"},
	}
	if inner.walk("}") {
		s.lex.off = inner.lex.off
		return false
	}
	s.lex.off = end
	if s.offset <= end {
		s.spot = inner.spot
		return true
	}
	return false
}
