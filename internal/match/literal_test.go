package match

import (
	"slices"
	"testing"
)

func TestLiterals(t *testing.T) {
	for pattern, want := range map[string][]string{
		"Invalid user (.*) from (.*)": {"Invalid user "},
		`user (\w+|id=\d+) from x`:    {" from x"},
		"(drop|reject)ed by":          {"droped by", "rejected by"},
		"foo|fob":                     {"fob", "foo"},
		"colou?r":                     {"color", "colour"},
		"^start$":                     {"start"},
		`\bword\b`:                    {"word"},
		"(ab)+c":                      {"ab"},
		"(abc){2,3}":                  {"abc"},
		"(abc){0,3}d":                 {"d"},
		"(abc)*":                      nil,
		"a|b*":                        nil,
		"a|":                          nil,
		"(?i)abc":                     {"ABC", "ABc", "AbC", "Abc", "aBC", "aBc", "abC", "abc"},
		"(?i)abc(?-i)d":               {"ABC", "ABc", "AbC", "Abc", "aBC", "aBc", "abC", "abc"},
		"(?i)123":                     {"123"},
		"[0-9]x":                      {"0x", "1x", "2x", "3x", "4x", "5x", "6x", "7x", "8x", "9x"},
		`\w+yy`:                       {"yy"},
		"a\ufffdbcd":                  nil,
		"a{x}bc{y}":                   {"bc"},
		"{x}":                         nil,
		"({x}|abc)":                   nil,
		"":                            nil,
		"user (?!root)bob":            {"user "},
		"user(?!root)+ bob":           {"user"},
		"abc*(?=x)":                   {"ab"},
		"abcd|x(?=y)":                 nil,
		"(?=x)(abc|d)ef":              {"ef"},
		"(?i)abc(?=x)":                nil,
		"(?i)k1":                      {"K1", "k1", "\u212a1"},
		"(?i)zéq":                     {"ZÉQ", "ZÉq", "ZéQ", "Zéq", "zÉQ", "zÉq", "zéQ", "zéq"},
		`(?=x)\Qa.b\E\.c`:             {"a.b.c"},
	} {
		got := slices.Clone(mustCompile(t, pattern).Literals())
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", pattern, got, want)
		}
	}
}

// The piece that is told of a text in either case has as many ways to be written as are allowed.
func TestManyWays(t *testing.T) {
	p := mustCompile(t, "(?i)ksk")
	if n := len(p.Literals()); n != maxFolded {
		t.Errorf("%d ways, want %d: %q", n, maxFolded, p.Literals())
	}
}
