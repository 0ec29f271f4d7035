package match

import (
	"strings"
	"unicode/utf8"
)

// escape adds the backslash at the start of rest with all that belongs to it.
func (s *scanner) escape(rest string) *Error {
	if len(rest) == 1 {
		return s.errorf(`a backslash of the text is written \\`, "a backslash at the end")
	}
	switch c := rest[1]; {
	case c == 'Q':
		s.quoted()
	case c == 'k':
		return s.reference(rest, 3, closer(rest))
	case c == 'g':
		return s.numbered(rest)
	case '1' <= c && c <= '9' && (len(rest) == 2 || rest[2] < '0' || '9' < rest[2]):
		s.refer(2, rest[1:2])
	case c < utf8.RuneSelf && (!isWord(c) || c == '_'):
		s.add(literal, 2)
	case strings.IndexByte("KXGC", c) >= 0:
		return s.errorf(refused[c], `\%c is not supported`, c)
	default:
		s.add(escape, escapeLen(rest))
	}
	return nil
}

// refused are the escapes that no engine here can do, with what to try.
var refused = map[byte]string{
	'K': `put what you want to keep into a group`,
	'X': `write . or a class`,
	'G': `write ^ for the start of the line`,
	'C': `write . which takes a byte that is not UTF-8, too`,
}

// escapeLen is the length of the escape at the start of s, which holds more than the backslash.
func escapeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s[1:])
	n++
	switch c := s[1]; {
	case strings.IndexByte("pPx", c) >= 0 && strings.HasPrefix(s[2:], "{"):
		if end := strings.IndexByte(s, '}'); end > 0 {
			return end + 1
		}
	case c == 'p' || c == 'P':
		_, size := utf8.DecodeRuneInString(s[2:])
		return 2 + size
	case c == 'x':
		return min(4, len(s))
	case '0' <= c && c <= '9':
		for n < min(4, len(s)) && '0' <= s[n] && s[n] <= '7' {
			n++
		}
	}
	return n
}

// quoted adds the characters of \Q...\E, the end of which may be missing.
func (s *scanner) quoted() {
	s.pos += 2
	end := len(s.src)
	if i := strings.Index(s.src[s.pos:], `\E`); i >= 0 {
		end = s.pos + i
	}
	for s.pos < end {
		_, n := utf8.DecodeRuneInString(s.src[s.pos:end])
		s.add(literal, n)
	}
	s.pos = min(end+2, len(s.src))
}

// closer is what ends the name in \k<name>, \k{name} and \k'name'.
func closer(rest string) string {
	if len(rest) > 2 {
		switch rest[2] {
		case '<':
			return ">"
		case '{':
			return "}"
		case '\'':
			return "'"
		}
	}
	return ""
}

// reference adds a reference whose name starts at byte from and ends at end.
func (s *scanner) reference(rest string, from int, end string) *Error {
	n := -1
	if end != "" {
		n = strings.Index(rest[from:], end)
	}
	if n < 0 || !isGroupName(rest[from:from+n]) {
		return s.errorf(`write \k<name> or \1`, "invalid reference to a group")
	}
	s.refer(from+n+1, rest[from:from+n])
	return nil
}

// numbered adds a reference \g1 or \g{1} or \g{name}.
func (s *scanner) numbered(rest string) *Error {
	if strings.HasPrefix(rest[2:], "{") {
		return s.reference(rest, 3, "}")
	}
	n := 2
	for n < len(rest) && '0' <= rest[n] && rest[n] <= '9' {
		n++
	}
	if n == 2 {
		return s.errorf(`write \1 or \g{name}`, "invalid reference to a group")
	}
	s.refer(n, rest[2:n])
	return nil
}

func (s *scanner) refer(n int, name string) {
	s.backtracks = true
	s.add(reference, n).name = name
}
