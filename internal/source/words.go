package source

import (
	"errors"
	"fmt"
	"strings"
)

// SplitWords splits a command into words as a POSIX shell does: at blanks,
// with '...', "..." and backslashes to quote. Nothing is expanded: a $ or a *
// stands for itself. What a shell would do more than split for, such as |, is
// an error unless it is quoted.
//
//	ssh nano 'tail -F "/var/log/a b"'  ->  [ssh] [nano] [tail -F "/var/log/a b"]
func SplitWords(s string) ([]string, error) {
	if strings.IndexByte(s, 0) >= 0 {
		return nil, fmt.Errorf("%q: an argument cannot hold a NUL", s)
	}
	var words []string
	var word strings.Builder
	inWord := false
	for i := 0; i < len(s); {
		size := 1
		switch c := s[i]; {
		case isBlank(c):
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		case strings.IndexByte("|&;<>()", c) >= 0:
			return nil, fmt.Errorf("%q: no shell runs that could make something of %c; quote it, or run sh -c '...'", s, c)
		default:
			var err error
			if size, err = unquote(&word, s[i:]); err != nil {
				return nil, fmt.Errorf("%q: %w", s, err)
			}
			inWord = inWord || !strings.HasPrefix(s[i:], "\\\n")
		}
		i += size
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

// unquote adds to word what stands at the start of s: a quoted text or a byte.
// It returns the size of that.
func unquote(word *strings.Builder, s string) (size int, err error) {
	switch s[0] {
	case '\'':
		end := strings.IndexByte(s[1:], '\'')
		if end < 0 {
			return 0, errors.New("a ' has no closing '")
		}
		word.WriteString(s[1 : 1+end])
		return end + 2, nil
	case '"':
		return unquoteDouble(word, s)
	case '\\':
		if len(s) == 1 {
			return 0, errors.New("a backslash at the end quotes nothing")
		}
		if s[1] != '\n' { // which would continue the line
			word.WriteByte(s[1])
		}
		return 2, nil
	}
	word.WriteByte(s[0])
	return 1, nil
}

// unquoteDouble adds the text in double quotes, where a backslash quotes only
// what would mean something there.
func unquoteDouble(word *strings.Builder, s string) (size int, err error) {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return i + 1, nil
		case s[i] != '\\' || i+1 == len(s) || strings.IndexByte("$`\"\\\n", s[i+1]) < 0:
			word.WriteByte(s[i])
		default:
			if i++; s[i] != '\n' {
				word.WriteByte(s[i])
			}
		}
	}
	return 0, errors.New(`a " has no closing "`)
}
