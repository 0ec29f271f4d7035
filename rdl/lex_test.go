package rdl

import (
	"strings"
	"testing"
)

// spellings returns the tokens of src, a newline between two as "\n".
func spellings(src string) string {
	l := lexer{src: src}
	var words []string
	for t := l.next(); t.kind != tokenEOF; t = l.next() {
		if t.newline {
			words = append(words, `\n`)
		}
		words = append(words, t.text)
	}
	return strings.Join(words, " ")
}

func TestTokens(t *testing.T) {
	tests := []struct{ src, want string }{
		{"a-b", "a-b"},
		{"a - b", "a - b"},
		{"a -b", "a - b"},
		{"a- b", "a - b"},
		{"a--b", "a - - b"},
		{"count-1", "count-1"},
		{"5m-3s", "5m - 3s"},
		{"a_1 é-ü", "a_1 é-ü"},
		{"_a", "_ a"},
		{"a.b[1].c", "a . b [ 1 ] . c"},
		{"1.5.x", "1.5 . x"},
		{"1e5 1e-5 1e-a", "1e5 1e-5 1e - a"},
		{"a==b!=c<=d>=e=f", "a == b != c <= d >= e = f"},
		{"a # b\nc", `a \n c`},
		{"a\r\nb", `a \n b`},
		{"# a", ""},
		{"a?b:c", "a ? b : c"},
	}
	for _, test := range tests {
		if got := spellings(test.src); got != test.want {
			t.Errorf("%q = %q, want %q", test.src, got, test.want)
		}
	}
}

func TestPeekKeepsPlaceAndComments(t *testing.T) {
	l := lexer{src: "a # one\n b # two"}
	l.next()
	if p, n := l.peek(), l.next(); p != n || n.text != "b" || !n.newline {
		t.Errorf("peek = %v, next = %v", p, n)
	}
	l.next()
	if len(l.comments) != 2 || l.comments[0].Text != "# one" || l.comments[1].Text != "# two" {
		t.Errorf("comments = %v", l.comments)
	}
}
