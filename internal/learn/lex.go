package learn

import "strings"

// A token is a part of a line.
type token struct {
	text string
	kind kind
	gap  gap // before it
}

// A gap is the white space before a token.
type gap uint8

const (
	closed gap = iota
	space      // one blank
	wide       // other white space, or lines differ in it
)

// Bounds of what is looked at of a line; what lies beyond is its rest.
const (
	maxTokens = 64
	maxText   = 2048 // bytes
	maxWord   = 64   // bytes; longer ones are values
)

// A lexer cuts a text into tokens:
//
//	text   sshd[42]: from=/10.0.0.7:22, "a b" failed.
//	       ---- -- - ---- --------- --  ----- ------
//	marks  [ ] : = / : , .
//
// Brackets, signs and quotes are marks wherever they stand, and so is
// punctuation at either end of a word. A colon within one parts it, unless it
// is an address or a time.
type lexer struct {
	text   string
	tokens []token
}

// lex appends the tokens of a text to dst, and tells whether white space
// follows the last.
func lex(dst []token, text string) (tokens []token, trailing bool) {
	l := lexer{text, dst[:0]}
	for at := 0; ; {
		start := at
		for at < len(text) && isSpace(text[at]) {
			at++
		}
		if at == len(text) {
			markUsers(l.tokens)
			return l.tokens, at > start
		}
		k, n := rest, len(text)-at
		if len(l.tokens) < maxTokens && at < maxText {
			k, n = l.next(at)
		}
		if at+n > maxText {
			k, n = rest, len(text)-at
		}
		l.tokens = append(l.tokens, token{text[at : at+n], k, gapOf(text[start:at])})
		at += n
	}
}

func gapOf(blank string) gap {
	switch blank {
	case "":
		return closed
	case " ":
		return space
	}
	return wide
}

// next returns the kind and the length of the token at a place.
func (l *lexer) next(at int) (kind, int) {
	text := l.text[at:min(len(l.text), maxText+1)]
	if text[0] == '"' {
		if end := strings.IndexByte(text[1:], '"'); end >= 0 {
			return quoted, end + 2
		}
	}
	if isMark(text[0]) {
		return mark, 1
	}
	n := wordLen(text)
	if k, m := address(text, n); m > 0 && (at == 0 || !isWordByte(l.text[at-1])) {
		return k, m
	}
	if isPoint(text[0]) || text[0] == '/' && n > 1 && isDigit(text[1]) && isAddress(text[1:n]) {
		return mark, 1
	}
	n = parted(text[:n])
	k := value(text[:n])
	if k == word && l.afterEquals(at) {
		k = shape(text[:n])
	}
	return k, n
}

// afterEquals tells whether the token at a place stands right behind key=.
func (l *lexer) afterEquals(at int) bool {
	n := len(l.tokens)
	return n > 1 && l.text[at-1] == '=' && l.tokens[n-2].kind != mark
}

// wordLen is how far a text goes without white space or marks, without the
// punctuation at its end.
func wordLen(text string) int {
	n := 1
	for n < len(text) && !isSpace(text[n]) && !isMark(text[n]) {
		n++
	}
	for n > 1 && isPoint(text[n-1]) && !strings.HasSuffix(text[:n], "::") {
		n--
	}
	return n
}

// address finds what may hold colons or commas: addresses and times. n is how
// far the word goes. A length of 0 means that there is none.
func address(text string, n int) (kind, int) {
	switch run := text[:n]; {
	case strings.Count(run, ":") < 2:
		return word, 0
	case fits(run, "hh:hh:hh:hh:hh:hh"):
		return mac, n
	case isIPv6(run):
		return ip6, n
	case strings.Contains(run, "://") && isURL(run):
		return url, n
	}
	for _, t := range []struct {
		form string
		kind kind
	}{{"9999-99-99T99:99:99", stamp}, {"99:99:99", clock}} {
		size := len(t.form)
		if n < size || !fits(text[:size], t.form) {
			continue
		}
		size += fractionLen(text[size:])
		if t.kind == stamp {
			size += zoneLen(text[size:])
		}
		if size >= n {
			return t.kind, size
		}
	}
	return word, 0
}

// fractionLen is the length of .123 or ,123.
func fractionLen(text string) int {
	if len(text) < 2 || text[0] != '.' && text[0] != ',' || !isDigit(text[1]) {
		return 0
	}
	n := 1
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n
}

// zoneLen is the length of Z, +01:00 or +0100.
func zoneLen(text string) int {
	switch {
	case strings.HasPrefix(text, "Z"):
		return 1
	case text == "" || text[0] != '+' && text[0] != '-':
		return 0
	case len(text) >= 6 && fits(text[1:6], "99:99"):
		return 6
	case len(text) >= 5 && fits(text[1:5], "9999"):
		return 5
	}
	return 0
}

// isAddress tells whether a text is an address of IPv4, with a port or without.
func isAddress(text string) bool {
	host, _, _ := strings.Cut(text, ":")
	return isIPv4(host)
}

// parted is how far a word goes up to a colon within it. A path or an address
// of the web may hold one.
func parted(text string) int {
	if text[0] == '/' || strings.Contains(text, "://") && isURL(text) {
		return len(text)
	}
	if colon := strings.IndexByte(text, ':'); colon > 0 {
		return colon
	}
	return len(text)
}

// markUsers takes words for values that stand where the names of users do.
func markUsers(tokens []token) {
	for i := 1; i < len(tokens); i++ {
		t, before := &tokens[i], &tokens[i-1]
		if t.kind != word || before.kind != word || t.gap == closed {
			continue
		}
		if strings.EqualFold(before.text, "user") ||
			before.text == "for" && i+1 < len(tokens) && tokens[i+1].text == "from" {
			t.kind = shape(t.text)
		}
	}
}

// isSpace tells whether \s takes a byte.
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' && c != '\v' }

func isMark(c byte) bool { return strings.IndexByte(`()[]{}<>"'=,;|`, c) >= 0 }

// isPoint tells whether a byte is a mark at the end of a word.
func isPoint(c byte) bool { return strings.IndexByte(`:.!?`, c) >= 0 }
