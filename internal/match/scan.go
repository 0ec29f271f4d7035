package match

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The scanner cuts a pattern into tokens, each with the flags in force at its place:
//
//	Invalid (?i)user {name} from (\S+)
//	└ literals ┘└ folded ─┘└hole┘...└open, escape, quantifier, closing
//
// It knows just enough to find groups and holes and to tell what only a backtracking engine
// can do. It takes whatever package regexp takes; what that refuses for other reasons
// (ranges, repeats, unknown escapes) is for the engines to refuse.

type kind uint8

const (
	literal    kind = iota // characters that stand for themselves: a run, if none of them is repeated
	escape                 // a backslash and what belongs to it
	class                  // [...]
	anyChar                // .
	lineStart              // ^
	lineEnd                // $
	alternate              // |
	open                   // "(" and what follows it up to the group's content
	closing                // )
	quantifier             // * + ? {n,m}, with its ? or +
	reference              // to the group called name, or of that number
	hole                   // {name}
)

type flags uint8

const (
	fold      flags = 1 << iota // i: case does not count
	multiline                   // m: ^ and $ at line breaks
	dotAll                      // s: . takes a line break
	swapLazy                    // U: x* is lazy and x*? is greedy
)

type token struct {
	kind  kind
	flags flags
	off   int    // of its first byte
	text  string // as written
	name  string // of a hole, a named group, a reference, the group a conditional asks for
}

// characters are those that t, a literal, stands for.
func (t *token) characters() string {
	if len(t.text) == 2 && t.text[0] == '\\' {
		return t.text[1:]
	}
	return t.text
}

// captures reports whether t opens a capture group.
func (t *token) captures() bool {
	return t.kind == open && (t.text == "(" || strings.HasPrefix(t.text, "(?P<") ||
		strings.HasPrefix(t.text, "(?<") && t.name != "")
}

type scanned struct {
	src        string
	tokens     []token
	groups     []string // names in order, "" for none
	holes      []string
	backtracks bool // look-around, references, atomic groups, conditionals, possessives
}

type scanner struct {
	scanned
	pos   int
	flags flags
	opens []openGroup
	binds bool // {name:group} is a hole, and no text
}

type openGroup struct {
	off   int
	flags flags // to be restored at its end
}

// maxNesting bounds groups within groups; the engines recurse on them.
const maxNesting = 250

// kept returns what was scanned for those who keep it.
func (s *scanned) kept() *scanned {
	kept := *s
	kept.tokens = slices.Clone(s.tokens)
	return &kept
}

// all scans the whole pattern.
func (s *scanner) all() *Error {
	if at := invalidUTF8(s.src); at >= 0 {
		return &Error{Offset: at, Msg: "invalid UTF-8", Hint: `write a byte that is not UTF-8 as .`}
	}
	for s.pos < len(s.src) {
		if err := s.next(); err != nil {
			return err
		}
	}
	if n := len(s.opens); n > 0 {
		return &Error{Offset: s.opens[n-1].off, Msg: "missing closing )", Hint: `a parenthesis of the text is written \(`}
	}
	return nil
}

// invalidUTF8 is where s is no UTF-8; -1 if it is.
func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return i
		}
	}
	return -1
}

func (s *scanner) next() *Error {
	rest := s.src[s.pos:]
	switch rest[0] {
	case '\\':
		return s.escape(rest)
	case '[':
		return s.class(rest)
	case '(':
		return s.open(rest)
	case ')':
		return s.closing()
	case '|':
		s.add(alternate, 1)
	case '.':
		s.add(anyChar, 1)
	case '^':
		s.add(lineStart, 1)
	case '$':
		s.add(lineEnd, 1)
	case '*', '+', '?':
		s.quantifier(1)
	case '{':
		s.brace(rest)
	default:
		s.literal(rest)
	}
	return nil
}

// add appends the token that is the next n bytes.
func (s *scanner) add(k kind, n int) *token {
	s.tokens = append(s.tokens, token{kind: k, flags: s.flags, off: s.pos, text: s.src[s.pos : s.pos+n]})
	s.pos += n
	return &s.tokens[len(s.tokens)-1]
}

// literal adds the character at the start of rest, and those behind it that are as plain.
func (s *scanner) literal(rest string) {
	n := 0
	for n < len(rest) && rest[n] < utf8.RuneSelf && !meaning[rest[n]] {
		n++
	}
	if 1 < n && n < len(rest) && strings.IndexByte("*+?{", rest[n]) >= 0 {
		n-- // what is repeated is one character
	}
	if n == 0 {
		_, n = utf8.DecodeRuneInString(rest)
	}
	s.add(literal, n)
}

// meaning are the characters that have one of their own.
var meaning = [utf8.RuneSelf]bool{
	'\\': true, '[': true, '(': true, ')': true, '|': true, '.': true, '^': true, '$': true, '*': true, '+': true, '?': true, '{': true,
}

// brace adds a quantifier {n,m}, a hole {name}, or the character itself.
func (s *scanner) brace(rest string) {
	if n := repeatLen(rest); n > 0 {
		s.quantifier(n)
	} else if n := s.holeLen(rest); n > 0 {
		t := s.add(hole, n)
		t.name = t.text[1 : n-1]
		s.holes = append(s.holes, t.name)
	} else {
		s.add(literal, 1)
	}
}

// quantifier adds one of n bytes with the ? or + behind it.
func (s *scanner) quantifier(n int) {
	switch rest := s.src[s.pos+n:]; {
	case strings.HasPrefix(rest, "?"):
		n++
	case strings.HasPrefix(rest, "+"):
		n++
		s.backtracks = true
	}
	s.add(quantifier, n)
}

// repeatLen is the length of the {n}, {n,} or {n,m} at the start of s, 0 if there is none.
// As in RE2, a number with a needless 0 makes it plain text.
func repeatLen(s string) int {
	number := func(i int) int {
		from := i
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		if i > from+1 && s[from] == '0' {
			return from
		}
		return i
	}
	i := number(1)
	if i == 1 {
		return 0
	}
	if strings.HasPrefix(s[i:], ",") {
		i++
		if j := number(i); j > i {
			i = j
		}
	}
	if !strings.HasPrefix(s[i:], "}") {
		return 0
	}
	return i + 1
}

// holeLen is the length of the hole at the start of rest, 0 if there is none.
func (s *scanner) holeLen(rest string) int {
	if n := holeLen(rest); n > 0 || !s.binds {
		return n
	}
	return bindLen(rest)
}

// holeLen is the length of the {name} at the start of s, 0 if there is none.
func holeLen(s string) int {
	if n := nameLen(s); n > 0 && s[n] == '}' {
		return n + 1
	}
	return 0
}

// nameLen is the length of the brace at the start of s and the name behind it, behind which
// something stands; 0 if there is none. A name is a letter, then letters, digits and _, and
// dashes between those.
func nameLen(s string) int {
	dash := true // one here would not stand between two characters of the name
	for i, r := range s[1:] {
		switch {
		case unicode.IsLetter(r), i > 0 && (r == '_' || unicode.IsDigit(r)):
			dash = false
		case dash:
			return 0
		case r == '-':
			dash = true
		default:
			return i + 1
		}
	}
	return 0
}

// class adds the [...] at the start of rest, by RE2's rules: a ] that comes first is a
// member, and [:name:] may stand within.
func (s *scanner) class(rest string) *Error {
	i := 1
	if strings.HasPrefix(rest[i:], "^") {
		i++
	}
	for first := true; ; first = false {
		switch {
		case i >= len(rest):
			return &Error{Offset: s.pos, Msg: "missing closing ]", Hint: `a bracket of the text is written \[`}
		case rest[i] == ']' && !first:
			s.add(class, i+1)
			return nil
		case rest[i] == '\\':
			i += 2
		case strings.HasPrefix(rest[i:], "[:") && strings.Contains(rest[i+2:], ":]"):
			i += 2 + strings.Index(rest[i+2:], ":]") + 2
		default:
			i++
		}
	}
}

// open adds the "(" at the start of rest with what says which kind of group it is.
func (s *scanner) open(rest string) *Error {
	if !strings.HasPrefix(rest, "(?") {
		return s.group(1, "", true)
	}
	for _, special := range []string{"(?=", "(?!", "(?<=", "(?<!", "(?>"} {
		if strings.HasPrefix(rest, special) {
			s.backtracks = true
			return s.group(len(special), "", false)
		}
	}
	switch {
	case strings.HasPrefix(rest, "(?P="):
		return s.reference(rest, 4, ")")
	case strings.HasPrefix(rest, "(?P<"):
		return s.named(rest, 4)
	case strings.HasPrefix(rest, "(?<"):
		return s.named(rest, 3)
	case strings.HasPrefix(rest, "(?("):
		return s.conditional(rest)
	}
	return s.flagGroup(rest)
}

// group adds an opening token of n bytes.
func (s *scanner) group(n int, name string, captures bool) *Error {
	if len(s.opens) == maxNesting {
		return s.errorf("", "groups nest too deeply")
	}
	s.opens = append(s.opens, openGroup{off: s.pos, flags: s.flags})
	s.add(open, n).name = name
	if captures {
		s.groups = append(s.groups, name)
	}
	return nil
}

func (s *scanner) closing() *Error {
	n := len(s.opens)
	if n == 0 {
		return s.errorf(`a parenthesis of the text is written \)`, "unexpected )")
	}
	s.flags = s.opens[n-1].flags
	s.opens = s.opens[:n-1]
	s.add(closing, 1)
	return nil
}

// named adds a group (?<name> whose name starts at byte from.
func (s *scanner) named(rest string, from int) *Error {
	end := strings.IndexByte(rest, '>')
	if end < 0 || !isGroupName(rest[from:end]) {
		return s.errorf("write (?<name>...), the name of letters, digits and _", "invalid group name")
	}
	name := rest[from:end]
	for _, g := range s.groups {
		if g == name {
			return s.errorf("give each group its own name", "a second group named %s", name)
		}
	}
	return s.group(end+1, name, true)
}

func isGroupName(name string) bool {
	for i := range len(name) {
		if !isWord(name[i]) {
			return false
		}
	}
	return name != ""
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// conditional adds (?(1), (?(<name>), or the (? before a look-around that is the condition.
func (s *scanner) conditional(rest string) *Error {
	s.backtracks = true
	if strings.HasPrefix(rest, "(?(?") {
		for _, look := range []string{"=", "!", "<=", "<!"} {
			if strings.HasPrefix(rest[4:], look) {
				return s.group(2, "", false)
			}
		}
	}
	end := strings.IndexByte(rest, ')')
	if end > 0 {
		name := strings.Trim(rest[3:end], "<>'")
		if isGroupName(name) {
			return s.group(end+1, name, false)
		}
	}
	return s.errorf("write (?(1)yes|no), with a group's number or <name>", "invalid condition")
}

// flagGroup reads (?flags) or (?flags:...).
func (s *scanner) flagGroup(rest string) *Error {
	set, clear, minus := s.flags, flags(0), false
	for i := 2; i < len(rest); i++ {
		if f, ok := flagOf(rest[i]); ok {
			if minus {
				clear |= f
			} else {
				set |= f
			}
			continue
		}
		switch dangling := rest[i-1] == '-'; {
		case rest[i] == '-' && !minus:
			minus = true
		case rest[i] == ':' && !dangling:
			before := s.flags
			s.flags = set &^ clear
			err := s.group(i+1, "", false)
			if err == nil {
				s.opens[len(s.opens)-1].flags = before
			}
			return err
		case rest[i] == ')' && !dangling:
			s.flags = set &^ clear
			s.pos += i + 1
			return nil
		default:
			return s.unknownGroup(rest[:i+1])
		}
	}
	return s.errorf(`a parenthesis of the text is written \(`, "missing closing )")
}

func flagOf(c byte) (flags, bool) {
	i := strings.IndexByte("imsU", c)
	if i < 0 {
		return 0, false
	}
	return 1 << i, true
}

// unknownGroup is the error for a (? that no engine here knows.
func (s *scanner) unknownGroup(start string) *Error {
	switch last := start[len(start)-1]; {
	case start == "(?R" || start == "(?&" || start == "(?0" || '1' <= last && last <= '9' || start == "(?P":
		return s.errorf("write the part out again", "recursion into a group is not supported")
	case start == "(?|":
		return s.errorf("number the groups apart and bind each", "(?| (branch reset) is not supported")
	case start == "(?'":
		return s.errorf("write (?<name>...)", "(?'name'...) is not supported")
	case start == "(?#":
		return s.errorf("write a comment beside the pattern", "comments are not supported")
	case last == 'x':
		return s.errorf("write the pattern without extra white space", "the flag x is not supported")
	}
	return s.errorf("known are (?: (?<name> (?i) (?m) (?s) (?U) and look-around", "unknown group %s", strings.ToValidUTF8(start, "?"))
}

func (s *scanner) errorf(hint, format string, args ...any) *Error {
	return &Error{Offset: s.pos, Msg: fmt.Sprintf(format, args...), Hint: hint}
}
