package match

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func mustCompile(t testing.TB, src string) *Pattern {
	t.Helper()
	p, err := Compile(src)
	if err != nil {
		t.Fatalf("Compile(%q): %v", src, err)
	}
	return p
}

// captured renders a result as its groups, "<nil>" for one that took no part.
func captured(line string, offsets []int, outcome Outcome) string {
	switch outcome {
	case No:
		return "no"
	case GaveUp:
		return "gave up"
	}
	var out []string
	for i := 0; i < len(offsets); i += 2 {
		if offsets[i] < 0 {
			out = append(out, "<nil>")
		} else {
			out = append(out, line[offsets[i]:offsets[i+1]])
		}
	}
	return strings.Join(out, "|")
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		pattern, line, want string
		values              []string
	}{
		{"Invalid user (.*) from (.*)", "sshd: Invalid user bob from 10.0.0.1", "Invalid user bob from 10.0.0.1|bob|10.0.0.1", nil},
		{"Invalid user (.*) from (.*)", "Invalid user a from b from c", "Invalid user a from b from c|a from b|c", nil},
		{"Invalid user (.*) from (.*)", "Accepted user bob", "no", nil},
		{`from (\S+)$`, "reject from a.example", "from a.example|a.example", nil},
		{`a(x)?b`, "ab", "ab|<nil>", nil},
		{"a{3}b{1,2}", "aaabbb", "aaabb", nil},
		{"a{b", "xa{b", "a{b", nil},
		{`a\{b}`, "a{b}", "a{b}", nil},
		{`[{x}]+`, "a{x}", "{x}", nil},
		{`\Q{x}.\E`, "{x}.", "{x}.", nil},
		{"tunnel {net} up", "tunnel 10.8.0.0/16 up", "tunnel 10.8.0.0/16 up", []string{"10.8.0.0/16"}},
		{"tunnel {net} up", "tunnel 10x8 up", "no", []string{"10.8"}},
		{"tunnel {net} up", "tunnel .* up", "tunnel .* up", []string{".*"}},
		{"{a}{b}", "xy", "xy", []string{"x", "y"}},
		{"({a}|{b})+", "-abba-", "abba|a", []string{"a", "b"}},
		{"({a}|{b})+", "\xfeab\xffaxx", "a|a", []string{"a", "\xff"}},
		{"({a}|{b})+x", "\xfeab\xffaxx", "\xffax|a", []string{"a", "\xff"}},
		{"x{a}+y", "xababy", "xababy", []string{"ab"}},
		{"^{a}$", "", "", []string{""}},
		{"x{a}*y", "xy", "xy", []string{""}},
		{"(?i){a}", "BOB", "BOB", []string{"bob"}},
		{"{a}", "BOB", "no", []string{"bob"}},
		{"{a-b}", "z", "z", []string{"z"}},
		{"{a--b}", "{a--b}", "{a--b}", nil},
		{"(?<user>[a-z]+)@(?P<host>.+)", "bob@x", "bob@x|bob|x", nil},
		{`(\w+) \1`, "say hey hey", "hey hey|hey", nil},
		{`foo(?!bar)`, "foobar foox", "foo", nil},
		{`(?<=from )\S+`, "x from y", "y", nil},
		{`(?<!from )\b[a-z]\b`, "from y z", "z", nil},
		{`(?<q>['"]).*?\k<q>`, `say 'it' "x"`, `'it'|'`, nil},
		{`(?P<q>['"]).*?(?P=q)`, `say 'it' "x"`, `'it'|'`, nil},
		{`(a)(b)\g{2}\g1`, `abba`, `abba|a|b`, nil},
		{`(?>a+)b|c`, "aab", "aab", nil},
		{`a++a|c`, "aaac", "c", nil},
		{`(?:ab){1,2}+ab|c`, "ababc", "c", nil},
		{`(<)?a(?(1)>|!)`, "a! <a>", "a!|<nil>", nil},
		{`(?<o><)?a(?(<o>)>|!)`, "<a>", "<a>|<", nil},
		{`(?(?=a)ab|xy)`, "xy", "xy", nil},
		{`(?=x)\hx|\h+\N\R?(?=)`, "  x", "  x", nil},
		{`(?=)[\h-]+`, "a\t - b", "\t - ", nil},
		{`(?=)[\h-a\\h]+`, `b\ -ahb`, `\ -ah`, nil},
		{`(?=)[[:alpha:]]+\d\w`, "é x1_", "x1_", nil},
		{`(?=)(?i)straße|K`, "STRAßE", "STRAßE", nil},
		{`(?=)(?i)k`, "\u212A", "\u212A", nil},
		{`(?=)(?U)a+`, "aaa", "a", nil},
		{`(?=)(?i:(a))\1`, "AA Aa aa", "AA|A", nil},
		{`(?i)(a)\1`, "Aa", "Aa|A", nil},
		{`(?=)\x{1F600}[😀-😂]`, "\U0001F600\U0001F601", "\U0001F600\U0001F601", nil},
		{`(?=)\x41\101\e?\Z`, "AA", "AA", nil},
		{`(?<=\xff|a).`, "aé", "é", nil},
		{`(?!{a})\w(\w)`, "abc", "bc|c", []string{"a"}},
		{`(?={a})(.)`, "x\xe9y", "\xe9|\xe9", []string{"\xe9"}},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			p := mustCompile(t, c.pattern)
			offsets, outcome := p.Find(nil, c.line, c.values)
			if got := captured(c.line, offsets, outcome); got != c.want {
				t.Errorf("%q on %q with %q: got %q, want %q", c.pattern, c.line, c.values, got, c.want)
			}
		})
	}
}

func TestGroupsHolesAndEngines(t *testing.T) {
	for _, c := range []struct {
		pattern    string
		groups     []string
		holes      []string
		lookaround bool
	}{
		{"plain", nil, nil, false},
		{`(a(?P<b>c)(?:d))(?<e>f)`, []string{"", "b", "e"}, nil, false},
		{`(a(?P<b>c)(?=d))(?<e>f)(?<!g)`, []string{"", "b", "e"}, nil, true},
		{`{a} ({b}) {a}`, []string{""}, []string{"a", "b", "a"}, false},
		{`\p{Greek}\P{L}\x{41}[{no}]\{no}\\{yes}`, nil, []string{"yes"}, false},
		{`{_no}{1no}{no-}{no_}{n-o}{nö}`, nil, []string{"no_", "n-o", "nö"}, false},
		{`(a)\k{1}{b}`, []string{""}, []string{"b"}, true},
	} {
		p := mustCompile(t, c.pattern)
		if !slices.Equal(p.Groups(), c.groups) || !slices.Equal(p.Holes(), c.holes) || p.Lookaround() != c.lookaround || p.String() != c.pattern {
			t.Errorf("%s: groups %q, holes %q, look-around %v", p, p.Groups(), p.Holes(), p.Lookaround())
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		pattern string
		offset  int
		msg     string // contained in message and hint
	}{
		{`(`, 0, "missing closing )"},
		{`a(b(c)`, 1, "missing closing )"},
		{`ab)`, 2, "unexpected )"},
		{`ab[cd`, 2, "missing closing ]"},
		{`\\q\q`, 3, `\q`},
		{`a**`, 1, "**"},
		{`x{hole}*a[z-a]`, 10, "z-a"},
		{`x{hole}**`, 7, "**"},
		{`*a`, 0, "missing argument"},
		{`a{1001}`, 1, "repeat count"},
		{`(?P<n>a)(?<n>b)`, 8, "second group named n"},
		{`a(?<n-m>b)`, 1, "group name"},
		{"ab\xffc", 2, "UTF-8"},
		{`a\`, 1, "backslash at the end"},
		{`a\hb`, 1, `[ \t]`},
		{`ab\K`, 2, `\K`},
		{`ab\X`, 2, `\X`},
		{`(?=a)\G`, 5, `\G`},
		{`(?=a)\C`, 5, `\C`},
		{`(?=a)\y`, 5, `unknown escape \y`},
		{`(?=a)\cA`, 5, `unknown escape \c`},
		{`(?=a)\E`, 5, `unknown escape \E`},
		{`(?=a)[b\y]`, 7, `\y`},
		{`(?=a)[z-a]`, 6, `z-a`},
		{`(?=a)b**`, 7, "nothing to repeat"},
		{`(?=a)|*`, 6, "nothing to repeat"},
		{`(?=a)b{2,1}`, 6, "repeat count"},
		{`(?=a)b{1001}+`, 6, "repeat count"},
		{`(?=a)\p{Nope}`, 5, "Nope"},
		{`(?=a)\2`, 5, "no group 2"},
		{`(a)\k<b>`, 3, "no group b"},
		{`(a)\k`, 3, `\k<name>`},
		{`a(?R)`, 1, "recursion"},
		{`(a)(?1)`, 3, "recursion"},
		{`(a)(?-1)`, 3, "recursion"},
		{`(?P>n)`, 0, "recursion"},
		{`(?|a|b)`, 0, "branch reset"},
		{`(?x)a`, 0, "flag x"},
		{`(?'n'a)`, 0, "(?<name>"},
		{`(?#note)a`, 0, "comment"},
		{`(a)(?(x`, 3, "condition"},
		{`(a)(?(9)x)`, 3, "no group 9"},
		{`(a)(?(1)x|y|z)`, 0, "not supported"},
		{strings.Repeat("(", 300) + strings.Repeat(")", 300), 250, "nest"},
	} {
		p, err := Compile(c.pattern)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v and error %v", c.pattern, p, err)
			continue
		}
		if e.Offset != c.offset || !strings.Contains(e.Error(), c.msg) {
			t.Errorf("%s: got %q at %d, want %q at %d", c.pattern, e, e.Offset, c.msg, c.offset)
		}
	}
}

// lines are short lines that patterns of the tests are likely to match somewhere.
var lines = []string{
	"", "a", "ab", "aab", "abab", "é", "aéb", "\xff", "a\xffb", "\xc3", "a\xc3\xa9\xa9b", "\ufffd", "a\ufffdb",
	"foo bar", "from 10.0.0.1 port 22", "K k \u212a", "ſ s", "-x-y", "a\nb", "\x00", "AB ab", "xxyyxxyy", "a b a b", "1a2b",
}

var patterns = []string{
	"", "a", "a.*b", "(a)(.*)(b)", "a(.+)b", "a(.*)b(.*)", "a([^b]*)b", `a(\S+)b`, "(a|b)+", "(?i)k", "(?i)s", "(?i)[^k]", "[^a]",
	`\ba`, `\b`, `\B`, "^a", "b$", "(?m)^b", "(?s)a.b", "a??b", "(?U)a+", "[[:alpha:]]+", `\pL`, `\p{So}`, `\x{FFFD}`, "[\ufffd]",
	`\d+`, `\W`, `[\w-]+`, "(a)|(b)", "(?:(a)|b)*", "(a?)b", "é", "a*é", "x*y*", `\QA.\E`, "x{2}y{1,}", `[\s\S]`, `(a.*)b`, `.`, `a.+`,
	"((a)b)((.*)(b))", "(((a)))(b)", "foo|fob", "ab|abab", `\pC`, `\p{Cs}`, `[\x{D800}-\x{DFFF}]`, `[\x80-\xff]`, `\x{DC80}b`, `\x{DCFF}b`, `[\x{DC80}b]a`, `[\x{D800}-\x{DFFF}b]a`, `a\x{D800}`, `[^\x{D800}]b`, `(\pC)a`, "(?i:a)b", "(?:(?i)a)b|k", "((?i)a|(?-i)b)B", "(?i)a(?s:.)B", "(?U:a+)b?", "a[\x00-\x7f]*", "a[^é]*b", "(a)(b)(.*)", "a+?.",
}

// TestSameAsRegexp holds all three engines to package regexp, offset for offset.
func TestSameAsRegexp(t *testing.T) {
	for _, pattern := range patterns {
		re := regexp.MustCompile(pattern)
		p := mustCompile(t, pattern)
		look := mustCompile(t, "(?=)"+pattern)
		if !look.Lookaround() {
			t.Fatalf("(?=)%s does not run on the backtracking engine", pattern)
		}
		s, _ := scan(pattern)
		exact, err := newExact(s, nil)
		if err != nil {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, line := range lines {
			want := re.FindStringSubmatchIndex(line)
			check := func(engine string, got []int, outcome Outcome) {
				if outcome == GaveUp || (outcome == Yes) != (want != nil) || !slices.Equal(got, want) {
					t.Errorf("%s: %q on %q: got %v (%v), want %v", engine, pattern, line, got, outcome, want)
				}
			}
			got, outcome := p.Find(nil, line, nil)
			check("find", got, outcome)
			got, outcome = exact.find(nil, line)
			check("exact", got, outcome)
			// An alternative at the top would take the look-ahead for the first branch only: the same.
			got, outcome = look.Find(nil, line, nil)
			check("lookaround", got, outcome)
		}
	}
}

func ExamplePattern_Find() {
	p, err := Compile(`tunnel {net} (up|down)`)
	if err != nil {
		fmt.Println(err)
		return
	}
	line := "vpn: tunnel 10.8.0.0/16 down"
	offsets, outcome := p.Find(nil, line, []string{"10.8.0.0/16"})
	fmt.Println(outcome == Yes, line[offsets[2]:offsets[3]])
	// Output: true down
}

func scan(src string) (*scanned, *Error) { return new(room).scan(src) }
