package lint

import (
	"strings"
	"testing"

	"github.com/logs-rdl/logs/internal/match"
)

// FuzzTokens: the tokens of any text are that text, and those of a pattern
// open as many groups as it has.
func FuzzTokens(f *testing.F) {
	for _, src := range []string{
		`user (\S+) from {IP:ip}`, `(?P<a>x)(?<b>y)|[^]x][[:digit:]\]]`, `a{2,}b{3}?{c}\x{41}\p{L}`, `(?i)(?m:^x$)(?=y)(?<!z)(?>w)`,
		`(a)\1\k<a>(?(1)b|c)`, `{`, `[`, `\`, `(?`, `((`, "\xff",
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		text, groups := "", 0
		for _, tok := range tokens(src) {
			if tok.start != len(text) {
				t.Fatalf("%q starts at %d, not at %d", tok.text, tok.start, len(text))
			}
			text += tok.text
			if tok.text == "(" || tok.groupName() != "" {
				groups++
			}
		}
		if text != src {
			t.Fatalf("the tokens of %q are %q", src, text)
		}
		if p, err := match.Compile(src); err == nil && !strings.Contains(src, ":") && groups != len(p.Groups()) {
			t.Errorf("%q has %d groups, and the tokens %d", src, len(p.Groups()), groups)
		}
	})
}
