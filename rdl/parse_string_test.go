package rdl

import (
	"reflect"
	"testing"
)

// textOf parses a string where a text is wanted.
func textOf(t *testing.T, quoted string) *Text {
	t.Helper()
	return mustParse(t, "let x = "+quoted).Decls[0].(*Let).Value.(*Text)
}

func TestTexts(t *testing.T) {
	tests := []struct {
		quoted string
		quote  Quote
		want   string
	}{
		{`""`, QuoteDouble, ""},
		{`"a b"`, QuoteDouble, "a b"},
		{`"\"\\\n\t\{\}"`, QuoteDouble, "\"\\\n\t{}"},
		{`"a } b"`, QuoteDouble, "a } b"},
		{"`\\d{x}\"\n`", QuoteRaw, "\\d{x}\"\n"},
		{`"""a "b" {c} \n"""`, QuoteTriple, `a "b" {c} \n`},
		{"\"\"\"\n  a\r\n  b\n\"\"\"", QuoteTriple, "\n  a\n  b\n"},
	}
	for _, test := range tests {
		text := textOf(t, test.quoted)
		if got, ok := text.Constant(); got != test.want || !ok || text.Quote != test.quote {
			t.Errorf("%s = %q, %v, quote %d", test.quoted, got, ok, text.Quote)
		}
	}
}

func TestTemplates(t *testing.T) {
	tests := []struct{ quoted, want string }{
		{`"{a}"`, `[Part("" Name("a"))]`},
		{`"a{b}c"`, `[Part("a" -) Part("" Name("b")) Part("c" -)]`},
		{`"{count-1}"`, `[Part("" Name("count-1"))]`},
		{`"{f("{g("x")}")}"`, `[Part("" Call(Name("f") [Arg(- Text(0 [Part("" Call(Name("g") [Arg(- Text(0 [Part("x" -)]))]))]))]))]`},
		{`"{f({k: "}"})}"`, `[Part("" Call(Name("f") [Arg(- Map([Assign(Ident("k") Text(0 [Part("}" -)]))]))]))]`},
		{`"{a matches "[{]\d"}"`, `[Part("" Binary("matches" Name("a") Pattern(0 "[{]\\d")))]`},
	}
	for _, test := range tests {
		if got := outline(textOf(t, test.quoted).Parts); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.quoted, got, test.want)
		}
	}
}

func TestPatterns(t *testing.T) {
	tests := []struct{ quoted, want string }{
		{`"a\"b"`, `a"b`},
		{`"\\"`, `\\`},
		{`"\\\""`, `\\"`},
		{`"a{3}\{[{]{name}"`, `a{3}\{[{]{name}`},
		{`"\d\n\t"`, `\d\n\t`},
		{"`a\"\\\"`", `a"\"`},
		{`"""a"b"""`, `a"b`},
	}
	for _, test := range tests {
		for _, where := range []string{"matching", "until", "where x matches", "where matches(x, "} {
			rule := mustParse(t, "rule {\n"+where+test.quoted+closing(where)+"\n}").Decls[0].(*Rule)
			if got := patterns(rule.Clauses[0]); !reflect.DeepEqual(got, []string{test.want}) {
				t.Errorf("%s %s = %q, want %q", where, test.quoted, got, test.want)
			}
		}
	}
}

func closing(where string) string {
	if where[len(where)-2] == ',' {
		return ")"
	}
	return ""
}

// patterns returns the pattern of a clause.
func patterns(c Clause) []string {
	switch c := c.(type) {
	case *Matching:
		return []string{c.Match.(*MatchPattern).Pattern.Src}
	case *Until:
		return []string{c.Match.(*MatchPattern).Pattern.Src}
	case *Where:
		if b, ok := c.Cond.(*Binary); ok {
			return []string{b.Y.(*Pattern).Src}
		}
		return []string{c.Cond.(*Call).Args[1].Value.(*Pattern).Src}
	}
	return nil
}

func TestGivenLinesLoseTheirIndentation(t *testing.T) {
	tests := []struct{ given, want string }{
		{"\"\"\"\n  a\n   b\n  \"\"\"", "a\n b\n"},
		{"\"\"\"\n  a\n\n  b\n\"\"\"", "a\n\nb\n"},
		{"\"\"\"\n  a\n    \n  b\n  \"\"\"", "a\n\nb\n"},
		{"\"\"\"\n\ta\n\t b\n\"\"\"", "a\n b\n"},
		{"\"\"\"\n\ta\n  b\n\"\"\"", "\ta\n  b\n"},
		{"\"\"\"\r\n  a\r\n\"\"\"", "a\n"},
		{`"""  a"""`, "a"},
		{`""""""`, ""},
		{"\"\"\"\n\"\"\"", ""},
		{`"  a\n  b"`, "  a\n  b"},
		{"`  a`", "  a"},
	}
	for _, test := range tests {
		f := mustParse(t, "test \"x\" {\n given "+test.given+"\n}")
		given := f.Decls[0].(*Test).Steps[0].(*Given)
		if got, _ := given.Text.Constant(); got != test.want {
			t.Errorf("%q = %q, want %q", test.given, got, test.want)
		}
	}
}
