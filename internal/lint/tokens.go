package lint

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/logs-rdl/logs/internal/match"
	"github.com/logs-rdl/logs/rdl"
)

// A token is a part of a pattern. Its kind is its first character, but for a
// plain character, whose kind is 'a', and a hole, whose kind is 'h':
//
//	^ $ . | ( )   themselves; "(" with all that says which group it is
//	\ [           an escape, a class
//	* + ? {       a repeat, with what makes it lazy or possessive
type token struct {
	kind  byte
	start int // in bytes of the pattern
	text  string
	depth int // of groups around it
}

func (t token) end() int { return t.start + len(t.text) }

var (
	repeat    = regexp.MustCompile(`^(?:[*+?]|\{\d+(?:,\d*)?\})[?+]?`)
	openGroup = regexp.MustCompile(`^\((?:\?(?:P?<\w+>|P=\w+|<?[=!]|>|\(\w+\)|[a-zA-Z-]*:?))?`)
	longSlash = regexp.MustCompile(`^\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|x[0-9A-Fa-f]{2}|k<\w+>|.)`)
	groupName = regexp.MustCompile(`^\(\?P?<(\w+)>$`)
)

// groupName returns the name of the group that t opens, "" if it has none.
func (t token) groupName() string {
	if m := groupName.FindStringSubmatch(t.text); m != nil {
		return m[1]
	}
	return ""
}

// tokens cuts up a pattern that has been compiled. Of any other the tokens
// mean nothing, but there are some.
func tokens(src string) []token {
	holes := match.Holes(src)
	var out []token
	depth := 0
	for at := 0; at < len(src); {
		t := token{start: at, depth: depth}
		if len(holes) > 0 && holes[0].Start == at {
			t.kind, t.text = 'h', src[at:holes[0].End]
			holes = holes[1:]
		} else {
			t.kind, t.text = next(src[at:])
		}
		switch {
		case t.kind == '(' && t.text[len(t.text)-1] != ')' && !strings.HasPrefix(t.text, "(?P="):
			depth++
		case t.kind == ')':
			depth = max(0, depth-1)
			t.depth = depth
		}
		out = append(out, t)
		at += len(t.text)
	}
	return out
}

// next returns the token at the start of rest, which is not empty.
func next(rest string) (kind byte, text string) {
	switch c := rest[0]; c {
	case '^', '$', '.', '|', ')':
		return c, rest[:1]
	case '\\':
		if text := longSlash.FindString(rest); text != "" {
			return c, text
		}
	case '[':
		if n := classLen(rest); n > 0 {
			return c, rest[:n]
		}
	case '(':
		return c, openGroup.FindString(rest)
	case '*', '+', '?', '{':
		if text := repeat.FindString(rest); text != "" {
			return c, text
		}
	}
	_, n := utf8.DecodeRuneInString(rest)
	return 'a', rest[:n]
}

// classLen is the length of the [...] at the start of s; 0 if it does not end.
func classLen(s string) int {
	i := 1
	if strings.HasPrefix(s[i:], "^") {
		i++
	}
	for first := true; i < len(s); first = false {
		switch {
		case s[i] == ']' && !first:
			return i + 1
		case s[i] == '\\':
			i += 2
		case strings.HasPrefix(s[i:], "[:") && strings.Contains(s[i:], ":]"):
			i += strings.Index(s[i:], ":]") + 2
		default:
			i++
		}
	}
	return 0
}

// A patternUse is a pattern and the file that it stands in.
type patternUse struct {
	*rdl.Pattern
	file  *rdl.File
	named bool // the declaration of a named pattern
}

// patterns calls f for every pattern of the rules, those of tests left out.
func (p *pass) patterns(f func(patternUse)) {
	for _, d := range p.decls {
		_, named := d.Node.(*rdl.PatternDecl)
		p.outsideTests(d, func(n rdl.Node) {
			if pattern, ok := n.(*rdl.Pattern); ok {
				f(patternUse{pattern, d.file, named})
			}
		})
	}
}

// span returns where a part of the pattern stands in its file. It returns
// false, and the whole pattern, if it does not stand there as it is.
func (u patternUse) span(start, end int) (rdl.Span, bool) {
	open := 1
	if u.Quote == rdl.QuoteTriple {
		open = 3
	}
	at := rdl.Span{Start: u.Start + open, End: u.Start + open}
	for i := range min(end, len(u.Src)) {
		n := 1
		if u.Quote == rdl.QuoteDouble && u.Src[i] == '"' {
			n = 2
		}
		if i < start {
			at.Start += n
		}
		at.End += n
	}
	if at.End > len(u.file.Src) || u.file.Src[at.Start:at.End] != u.Src[start:end] {
		return u.Span, false
	}
	return at, true
}

// replace is the fix that puts text in the place of a part of the pattern; nil
// if that does not stand in the file as it is.
func (u patternUse) replace(start, end int, text string) *Fix {
	at, exact := u.span(start, end)
	switch {
	case !exact:
		return nil
	case text == "":
		return &Fix{"leave it out", []Edit{{at, ""}}}
	}
	return &Fix{"write " + text, []Edit{{at, text}}}
}

// inPattern reports a part of a pattern; fix may be nil.
func (p *pass) inPattern(c *Code, u patternUse, start, end int, fix *Fix, hint, format string, args ...any) {
	at, _ := u.span(start, end)
	p.report(c, u.file, at, hint, format, args...).Fix = fix
}
