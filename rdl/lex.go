package rdl

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A lexer cuts a file into tokens, one at a time and on demand, for only the
// parser knows whether a string is a text or a pattern:
//
//	rule r { matching "a{2}"; doing print "{n + 1}" }
//	                  ^ pattern           ^ text: literal parts and expressions
//
// So it stops at opening quotes, and the parser, having read the string,
// moves it behind the closing ones.
type lexer struct {
	src      string
	off      int
	comments []Comment
}

// next returns the token at or after the current place and moves behind it.
func (l *lexer) next() token {
	newline := l.skipBlank()
	start := l.off
	if start == len(l.src) {
		return token{Span: Span{start, start}, newline: newline}
	}
	kind, end := l.scan(start)
	l.off = end
	return token{Span{start, end}, kind, l.src[start:end], newline}
}

// peek returns the token that the next call of next will return.
func (l *lexer) peek() token {
	off := l.off
	t := l.next()
	l.off = off
	return t
}

// skipBlank moves over white space and comments and tells whether a line
// ended among them.
func (l *lexer) skipBlank() (newline bool) {
	for l.off < len(l.src) {
		switch l.src[l.off] {
		case '\n':
			newline = true
			l.off++
		case ' ', '\t', '\r':
			l.off++
		case '#':
			l.comment()
		default:
			return newline
		}
	}
	return newline
}

// comment keeps the comment that begins here, unless a peek already did.
func (l *lexer) comment() {
	start := l.off
	l.off = lineEnd(l.src, start)
	if n := len(l.comments); n > 0 && l.comments[n-1].Start >= start {
		return
	}
	l.comments = append(l.comments, Comment{Span{start, l.off}, l.src[start:l.off]})
}

// scan returns the kind of the token at start, and where it ends.
func (l *lexer) scan(start int) (tokenKind, int) {
	c, size := utf8.DecodeRuneInString(l.src[start:])
	switch {
	case unicode.IsLetter(c):
		return tokenWord, l.nameEnd(start)
	case isDigit(c):
		return tokenNumber, l.numberEnd(start)
	case c == '"' || c == '`':
		return tokenQuote, start + size
	}
	switch c {
	case '=', '!', '<', '>':
		if strings.HasPrefix(l.src[start+size:], "=") {
			return tokenMark, start + 2
		}
	}
	switch c {
	case '{', '}', '(', ')', '[', ']', ',', ';', ':', '.', '=', '<', '>', '+', '-', '*', '/', '%', '?':
		return tokenMark, start + size
	}
	return tokenStray, start + size
}

// nameEnd returns where the name at start ends. A dash belongs to a name only
// between two of its characters: a-b is one name, a - b and a -b subtract.
func (l *lexer) nameEnd(start int) int {
	end := start
	for end < len(l.src) {
		c, size := utf8.DecodeRuneInString(l.src[end:])
		if c == '-' {
			c, _ = utf8.DecodeRuneInString(l.src[end+1:])
		}
		if !isNameRune(c) {
			break
		}
		end += size
	}
	return end
}

// numberEnd returns where the number at start ends; letters that follow are
// part of it, so that a wrong unit is one mistake.
func (l *lexer) numberEnd(start int) int {
	end := l.digitsEnd(start)
	if l.digitAt(end+1) && l.src[end] == '.' {
		end = l.digitsEnd(end + 1)
	}
	if end < len(l.src) && (l.src[end] == 'e' || l.src[end] == 'E') {
		switch {
		case l.digitAt(end + 1):
			end = l.digitsEnd(end + 1)
		case l.digitAt(end+2) && (l.src[end+1] == '+' || l.src[end+1] == '-'):
			end = l.digitsEnd(end + 2)
		}
	}
	for end < len(l.src) {
		c, size := utf8.DecodeRuneInString(l.src[end:])
		if !isNameRune(c) {
			break
		}
		end += size
	}
	return end
}

func (l *lexer) digitsEnd(off int) int {
	for l.digitAt(off) {
		off++
	}
	return off
}

func (l *lexer) digitAt(off int) bool {
	return off < len(l.src) && isDigit(rune(l.src[off]))
}

// quoteAt tells which quotes open the string at start, and how many bytes
// they take.
func (l *lexer) quoteAt(start int) (Quote, int) {
	switch {
	case l.src[start] == '`':
		return QuoteRaw, 1
	case strings.HasPrefix(l.src[start:], `"""`):
		return QuoteTriple, 3
	}
	return QuoteDouble, 1
}

// stringEnd returns where the string at start ends if one does not know
// whether it is a text or a pattern; at the latest, a "..." does with its line.
// Only recovery from a mistake asks.
func (l *lexer) stringEnd(start int) int {
	if quote, width := l.quoteAt(start); quote != QuoteDouble {
		body := l.src[start+width:]
		if n := strings.Index(body, l.src[start:start+width]); n >= 0 {
			return start + width + n + width
		}
		return lineEnd(l.src, start)
	}
	for off := start + 1; off < len(l.src); off++ {
		switch l.src[off] {
		case '\\':
			off++
		case '"':
			return off + 1
		case '\n':
			return off
		}
	}
	return len(l.src)
}

// textEnd returns where the text at start ends, whose expressions may hold
// quotes and braces themselves; at the latest with its line. Only recovery
// from a mistake asks.
func (l *lexer) textEnd(start int) int {
	end := lineEnd(l.src, start)
	var open []byte // quotes and braces not yet closed
	for off := start; off < end; off++ {
		inText := len(open) > 0 && open[len(open)-1] == '"'
		switch c := l.src[off]; {
		case c == '\\':
			off++
		case c == '"' && !inText, c == '{':
			open = append(open, c)
		case c == '"', c == '}' && len(open) > 0 && !inText:
			open = open[:len(open)-1]
		}
		if len(open) == 0 {
			return off + 1
		}
	}
	return end
}

// lineEnd returns the offset of the end of the line in which off lies,
// without its newline and the carriage return before it.
func lineEnd(src string, off int) int {
	end := len(src)
	if n := strings.IndexByte(src[off:], '\n'); n >= 0 {
		end = off + n
	}
	if end > off && src[end-1] == '\r' {
		end--
	}
	return end
}

func isDigit(c rune) bool { return '0' <= c && c <= '9' }

func isNameRune(c rune) bool {
	if c < utf8.RuneSelf {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c) || c == '_'
	}
	return unicode.IsLetter(c) || unicode.IsDigit(c)
}
