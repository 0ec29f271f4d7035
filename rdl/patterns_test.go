package rdl

import (
	"cmp"
	"slices"
	"testing"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/match"
)

// wholly is a pattern that matches only what a named one matches wholly.
func wholly(t testing.TB, name string) *logs.Pattern {
	t.Helper()
	c := newCompiler(testLoader())
	text, ok := c.resolve(c.patterns[name])
	if !ok {
		t.Fatalf("%s: %v", name, c.errs)
	}
	return logs.MustPattern("^(?:" + text + ")$")
}

// What the comments of the shipped patterns say is so.
func TestShippedPatternsMatchTheirExamples(t *testing.T) {
	for _, p := range Patterns() {
		re := wholly(t, p.Name)
		if p.Doc == "" || len(p.Examples) == 0 {
			t.Errorf("%s: it lacks a comment, or an example", p.Name)
		}
		for _, text := range p.Examples {
			if !re.MatchString(text) {
				t.Errorf("%s does not match %q", p.Name, text)
			}
		}
		for _, text := range p.Counter {
			if re.MatchString(text) {
				t.Errorf("%s matches %q", p.Name, text)
			}
		}
	}
}

// Within a line they find what stands there, and no part of something else.
func TestShippedPatternsInLines(t *testing.T) {
	tests := []struct{ pattern, line, want string }{
		{"{IP:x}", "Oct 28 17:03:11 web1 sshd[16651]: std::bad from 999.1.1.1 at 00:1b:44:11:3a:b7", ""},
		{"{IP:x}", "Oct 28 17:03:11 web1 sshd[1]: from 192.0.2.7 port 22", "192.0.2.7"},
		{"{IP:x}", "from [2001:db8::7]:22", "2001:db8::7"},
		{"{IP:x}", "from fe80::1%eth0 port 22", "fe80::1%eth0"},
		{"{IP:x}", "from ::ffff:192.0.2.7, again", "::ffff:192.0.2.7"},
		{"{IP:x}", "version 1.2.3", ""},
		{"{MAC:x}", "SRC=00:1b:44:11:3a:b7", "00:1b:44:11:3a:b7"},
		{"request {QUOTED:x} took {DURATION}", `request "GET /" took 12ms`, `"GET /"`},
		{"took {DURATION:x}", "took 1h30m.", "1h30m"},
		{"{STAMP:x}", "until 2026-11-24 17:03:11,5+01:00.", "2026-11-24 17:03:11,5+01:00"},
		{"open {PATH:x}: ", "open /var/log/x: no such file", "/var/log/x"},
		{"pair {DATA:x},{GREEDYDATA}", "pair a,b,c", "a"},
		{"from {HOSTPORT:x}", "from [::1]:22", "[::1]:22"},
		{"{URL:x}", `see "https://example.org/a?b=c", please`, "https://example.org/a?b=c"},
	}
	for _, test := range tests {
		p := mustLoad(t, "rule { matching `"+test.pattern+"`; doing print x }")
		if got := texts(t, p, test.line); got != test.want {
			t.Errorf("%s in %q: got %q, want %q", test.pattern, test.line, got, test.want)
		}
	}
}

func TestShippedPatternsAreInTheCanonicalLayout(t *testing.T) {
	file := shippedFile()
	if got := Format(file); got != file.Src {
		t.Error(firstDifference(got, file.Src))
	}
	var names []string
	for _, d := range file.patternDecls() {
		names = append(names, d.Name.Name)
		if !isPatternName(d.Name.Name) {
			t.Errorf("%s is no name", d.Name.Name)
		}
	}
	if slices.Sort(names); len(slices.Compact(names)) != len(file.Decls) {
		t.Error("a name stands there twice, or something else than patterns")
	}
}

func TestPatternsOfAFile(t *testing.T) {
	file, errs := Parse("r.rdl", `# The file.

# A job,
# by its number.
# + job-7
# -
pattern JOB "job-{DIGITS}"
pattern BARE "x"  # not above
`)
	want := NamedPattern{"JOB", "job-{DIGITS}", "A job, by its number.", []string{"job-7"}, []string{""}}
	got := file.Patterns()
	if len(errs) > 0 || len(got) != 2 || got[0].Name != want.Name || got[0].Expr != want.Expr || got[0].Doc != want.Doc ||
		!slices.Equal(got[0].Examples, want.Examples) || !slices.Equal(got[0].Counter, want.Counter) || got[1].Doc != "" {
		t.Errorf("got %+v, %v", got, errs)
	}
}

func TestShippedPatternsTakeLinearTime(t *testing.T) {
	for _, p := range Patterns() {
		if re, err := match.Compile(wholly(t, p.Name).String()); err != nil || re.Lookaround() {
			t.Errorf("%s needs look-around, or %v", p.Name, err)
		}
	}
}

// All are found without allocating, as the fast matchers do.
func TestShippedPatternsAllocateNothing(t *testing.T) {
	for _, p := range Patterns() {
		expanded, err := testLoader().Pattern("for {" + p.Name + ":x} again")
		if err != nil {
			t.Fatal(err)
		}
		re, err := match.Compile(expanded.String())
		if err != nil {
			t.Fatal(err)
		}
		line, loc := "for "+p.Examples[0]+" again", make([]int, 0, 8)
		loc, _ = re.Find(loc, line, nil) // it may grow
		allocated := testing.AllocsPerRun(10, func() { loc, _ = re.Find(loc, line, nil) })
		if len(loc) != 4 {
			t.Errorf("%s is not found in %q", p.Name, line)
		}
		if allocated > 0 {
			t.Errorf("%s: %v allocations", p.Name, allocated)
		}
	}
}

// What each pattern costs, against (\S+): a line that holds it between the
// same texts.
func BenchmarkNamed(b *testing.B) {
	lines := map[string]string{"": "x"}
	for _, p := range Patterns() {
		lines[p.Name] = p.Examples[0]
	}
	for name, text := range lines {
		pattern := `(?<x>\S+)`
		if name != "" {
			pattern = "{" + name + ":x}"
		}
		b.Run(cmp.Or(name, "(S+)"), func(b *testing.B) {
			p := mustLoad(b, "rule { matching `failed for "+pattern+" again`; where x == nil; doing stop }")
			e := newEngine(b, p)
			m := &logs.Message{Line: "Oct 28 17:03:11 web1 sshd[16651]: failed for " + text + " again", Time: second0}
			for b.Loop() {
				e.Process(m)
			}
		})
	}
}

func BenchmarkShippedFile(b *testing.B) {
	for b.Loop() {
		shippedFile()
	}
}
