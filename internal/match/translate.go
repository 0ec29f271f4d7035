package match

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The translator writes a pattern out again so that nothing in it is left to the target
// engine's reading: every class becomes a list of ranges (worked out by regexp/syntax),
// every folded letter the class of its cases, every flag its effect, every reference a
// number, and a character the dialect's escape:
//
//	(?i)\d{net}(?P<x>k)  ─►  [0-9](?:...)([Kk\u212A])
//
// So both target engines mean what package regexp means. Escapes it does not know are errors: an engine might take them for
// plain letters.

// A dialect is how an engine wants things written.
type dialect struct {
	char                  func(r rune) string // one that is not a letter or digit
	boundary, notBoundary string              // \b and \B of ASCII words
}

var re2Dialect = dialect{
	char:        func(r rune) string { return fmt.Sprintf(`\x{%X}`, r) },
	boundary:    `\b`,
	notBoundary: `\B`,
}

type translator struct {
	dialect
	alphabet
	*scanned
	values []string // of the holes still to come
	out    []byte
	atom   int   // where the last thing that can be repeated starts in out; -1: nothing can
	opens  []int // where the open groups start in out
}

func translate(s *scanned, d dialect, a alphabet, values []string) (string, *Error) {
	t := translator{dialect: d, alphabet: a, scanned: s, values: values, atom: -1}
	for i := range s.tokens {
		if err := t.token(&s.tokens[i]); err != nil {
			return "", err
		}
	}
	return string(t.out), nil
}

func (t *translator) token(tok *token) *Error {
	switch tok.kind {
	case open:
		return t.open(tok)
	case closing:
		t.atom = t.opens[len(t.opens)-1]
		t.opens = t.opens[:len(t.opens)-1]
		t.out = append(t.out, ')')
		return nil
	case alternate:
		t.out = append(t.out, '|')
		t.atom = -1
		return nil
	case quantifier:
		return t.quantifier(tok)
	}
	t.atom = len(t.out)
	switch tok.kind {
	case literal:
		for _, r := range tok.characters() {
			t.own(r, tok.flags)
		}
	case hole:
		t.value(tok.flags)
	case class:
		return t.class(tok, expandSpace(tok.text))
	case escape:
		return t.escape(tok)
	case reference:
		return t.reference(tok)
	default:
		t.write(anchors(tok))
	}
	return nil
}

func (t *translator) write(s string) { t.out = append(t.out, s...) }

// anchors writes ^, $ and . with the flags applied.
func anchors(tok *token) string {
	switch tok.kind {
	case lineStart:
		if tok.flags&multiline != 0 {
			return `(?m:^)`
		}
		return `\A`
	case lineEnd:
		if tok.flags&multiline != 0 {
			return `(?m:$)`
		}
		return `\z`
	}
	if tok.flags&dotAll != 0 {
		return `(?s:.)`
	}
	return `.`
}

func (t *translator) open(tok *token) *Error {
	t.opens = append(t.opens, len(t.out))
	t.atom = -1
	switch {
	case tok.captures():
		t.write("(")
	case strings.HasPrefix(tok.text, "(?("):
		n, err := t.number(tok)
		if err != nil {
			return err
		}
		t.write(fmt.Sprintf("(?(%d)", n))
	case strings.HasSuffix(tok.text, ":"):
		t.write("(?:")
	default: // look-around and the like are the same everywhere
		t.write(tok.text)
	}
	return nil
}

func (t *translator) quantifier(tok *token) *Error {
	if t.atom < 0 {
		return &Error{Offset: tok.off, Msg: "nothing to repeat before " + tok.text, Hint: `the character itself is written \` + tok.text[:1]}
	}
	count, suffix := tok.text, ""
	if last := len(count) - 1; last > 0 && strings.IndexByte("?+", count[last]) >= 0 {
		count, suffix = count[:last], count[last:]
	}
	if !validRepeat(count) {
		return &Error{Offset: tok.off, Msg: "invalid repeat count " + count, Hint: "at most 1000, the smaller first"}
	}
	t.write(count)
	if suffix == "+" {
		t.out = slices.Insert(t.out, t.atom, []byte("(?>")...)
		t.write(")")
	} else if (suffix == "?") != (tok.flags&swapLazy != 0) {
		t.write("?")
	}
	t.atom = -1
	return nil
}

// validRepeat holds {n,m} to RE2's bounds.
func validRepeat(count string) bool {
	if count[0] != '{' {
		return true
	}
	low, high, _ := strings.Cut(count[1:len(count)-1], ",")
	n, err := strconv.Atoi(low)
	if high == "" {
		return err == nil && n <= 1000
	}
	m, err2 := strconv.Atoi(high)
	return err == nil && err2 == nil && n <= m && m <= 1000
}

// own writes a character of the pattern's own text.
func (t *translator) own(r rune, f flags) {
	if t.block != 0 && (r == utf8.RuneError || t.holds(r)) {
		t.set(t.ranges([]rune{r, r}))
		return
	}
	t.char(r, f)
}

// char writes a character of the alphabet.
func (t *translator) char(r rune, f flags) {
	switch {
	case f&fold != 0 && unicode.SimpleFold(r) != r:
		var cases []rune
		for c := unicode.SimpleFold(r); ; c = unicode.SimpleFold(c) {
			cases = append(cases, c, c)
			if c == r {
				break
			}
		}
		t.set(cases)
	default:
		t.write(t.quote(r))
	}
}

func (t *translator) quote(r rune) string {
	if r < utf8.RuneSelf && isWord(byte(r)) {
		return string(r)
	}
	return t.dialect.char(r)
}

// value writes the next hole's value.
func (t *translator) value(f flags) {
	rest := t.values[0]
	t.values = t.values[1:]
	t.write("(?:")
	for rest != "" {
		r, n := t.decode(rest)
		if t.holds(r) && n == utf8.RuneLen(r) {
			t.set(nil) // no line that is searched holds it
		} else {
			t.char(r, f)
		}
		rest = rest[n:]
	}
	t.write(")")
}

// set writes a class of the ranges in pairs.
func (t *translator) set(pairs []rune) {
	if len(pairs) == 0 {
		t.write("[^" + t.quote(0) + "-" + t.quote(unicode.MaxRune) + "]")
		return
	}
	t.write("[")
	for i := 0; i < len(pairs); i += 2 {
		t.write(t.quote(pairs[i]))
		if pairs[i] != pairs[i+1] {
			t.write("-" + t.quote(pairs[i+1]))
		}
	}
	t.write("]")
}

// class writes text, a class or an escape that stands for one or for a character.
func (t *translator) class(tok *token, text string) *Error {
	mode := syntax.Perl
	if tok.flags&fold != 0 {
		mode |= syntax.FoldCase
	}
	re, err := syntax.Parse(text, mode)
	if err != nil {
		return classError(tok, err)
	}
	switch re.Op {
	case syntax.OpLiteral:
		f := tok.flags
		if re.Flags&syntax.FoldCase != 0 { // [aA] is a letter in both cases
			f |= fold
		}
		t.own(re.Rune[0], f)
	case syntax.OpCharClass:
		t.set(t.ranges(re.Rune))
	case syntax.OpAnyCharNotNL:
		t.write(`.`)
	case syntax.OpAnyChar:
		t.write(`(?s:.)`)
	default:
		t.set(nil)
	}
	return nil
}

func classError(tok *token, err error) *Error {
	fault := &Error{Offset: tok.off, Msg: err.Error()}
	var e *syntax.Error
	if errors.As(err, &e) {
		fault.Offset += max(0, strings.Index(tok.text, e.Expr))
		fault.Msg = e.Code.String() + ": " + e.Expr
	}
	return fault
}

// expandSpace writes Perl's \h within a class as the class of the same meaning.
func expandSpace(class string) string {
	var b strings.Builder
	for i := 0; i < len(class); i++ {
		switch {
		case strings.HasPrefix(class[i:], `\h`):
			b.WriteString(`[:blank:]`)
			i++
		case class[i] == '\\':
			b.WriteString(class[i : i+2])
			i++
		default:
			b.WriteByte(class[i])
		}
	}
	return b.String()
}

// classEscapes are those that regexp/syntax knows; Perl's others are worked out below.
const classEscapes = "dDsSwWpPx0123456789afnrtv"

func (t *translator) escape(tok *token) *Error {
	switch c := tok.text[1]; {
	case c == 'A' || c == 'z':
		t.write(tok.text)
	case c == 'Z':
		t.write(`\z`) // a line holds no line break
	case c == 'b':
		t.write(t.boundary)
	case c == 'B':
		t.write(t.notBoundary)
	case c == 'h':
		return t.class(tok, `[\t ]`)
	case c == 'H':
		return t.class(tok, `[^\t ]`)
	case c == 'N':
		t.write(`.`)
	case c == 'R':
		t.write(`(?>\r\n|[\n-\r])`)
	case c == 'e':
		t.char('\x1b', 0)
	case strings.IndexByte(classEscapes, c) >= 0:
		return t.class(tok, tok.text)
	default:
		return &Error{Offset: tok.off, Msg: "unknown escape " + tok.text, Hint: `a backslash of the text is written \\`}
	}
	return nil
}

// number finds the group that a reference or a condition names.
func (t *translator) number(tok *token) (int, *Error) {
	if n, err := strconv.Atoi(tok.name); err == nil && 1 <= n && n <= len(t.groups) {
		return n, nil
	}
	if i := slices.Index(t.groups, tok.name); i >= 0 {
		return i + 1, nil
	}
	return 0, &Error{Offset: tok.off, Msg: "no group " + tok.name, Hint: fmt.Sprintf("the pattern has %d groups", len(t.groups))}
}

func (t *translator) reference(tok *token) *Error {
	n, err := t.number(tok)
	if err != nil {
		return err
	}
	form := `\k<%d>`
	if tok.flags&fold != 0 {
		form = `(?i:\k<%d>)`
	}
	t.write(fmt.Sprintf(form, n))
	return nil
}
