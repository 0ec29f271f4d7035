package match

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// FuzzSameAsRegexp holds every engine and the literals to package regexp, on any pattern
// and any line.
func FuzzSameAsRegexp(f *testing.F) {
	for i, pattern := range patterns {
		f.Add(pattern, lines[i%len(lines)])
	}
	for _, pattern := range []string{`0(*.*)`, `[aA]b`, `[.]b[^b]*`, `(a)\1`, `a(?!b)`, `(?<=a)b`, `a++`, `(?(1)a|b)`, `{a}`, `\g{1}`, `(?i-s:a)`, `[[:word:]\]]`, `(?:(?:`, `\Q`, `[^`} {
		f.Add(pattern, "abab")
	}
	f.Fuzz(func(t *testing.T, pattern, line string) {
		if len(pattern) > 200 || len(line) > 1000 {
			return
		}
		s, fault := scan(pattern)
		if fault != nil {
			checkFault(t, pattern, fault)
			return
		}
		p, fault := compile(pattern)
		if fault != nil {
			checkFault(t, pattern, fault)
			return
		}
		if len(p.Holes()) > 0 || p.lookaround {
			_, outcome := p.Find(nil, line, make([]string, len(p.Holes())))
			checkLiterals(t, p, line, outcome)
			return
		}
		checkEngines(t, s, p, line)
	})
}

// checkFault holds errors to places inside the pattern, and to patterns that package regexp
// refuses too.
func checkFault(t *testing.T, pattern string, fault *Error) {
	if fault.Offset < 0 || fault.Offset > len(pattern) || fault.Msg == "" {
		t.Errorf("%q: error %v", pattern, fault)
	}
	if _, err := regexp.Compile(pattern); err == nil && !strings.Contains(fault.Msg, "nest") && !strings.Contains(pattern, "{") {
		t.Errorf("%q: refused with %v, but package regexp takes it", pattern, fault)
	}
}

func checkLiterals(t *testing.T, p *Pattern, line string, outcome Outcome) {
	lits := p.Literals()
	if outcome == Yes && lits != nil && !slices.ContainsFunc(lits, func(s string) bool { return strings.Contains(line, s) }) {
		t.Errorf("%s matches %q, which holds none of %q", p, line, lits)
	}
	if slices.Contains(lits, "") {
		t.Errorf("%s: an empty literal in %q", p, lits)
	}
}

func checkEngines(t *testing.T, s *scanned, p *Pattern, line string) {
	want := regexp.MustCompile(p.src).FindStringSubmatchIndex(line)
	check := func(engine string, got []int, outcome Outcome) {
		t.Helper()
		if outcome == GaveUp || (outcome == Yes) != (want != nil) || !slices.Equal(got, want) {
			t.Errorf("%s: %q on %q: got %v (%v), want %v", engine, p, line, got, outcome, want)
		}
	}
	got, outcome := p.Find(nil, line, nil)
	check("find", got, outcome)
	checkLiterals(t, p, line, outcome)
	if want != nil {
		checkLiterals(t, p, line, Yes)
	}
	if g := newGraph(p.src); g != nil {
		if got, outcome = g.search(nil, line); outcome != GaveUp {
			check("graph", got, outcome)
		}
	}
	if repeatsQuantifiers(s) {
		return // where one repeat directly follows another, only package regexp takes it
	}
	exact, err := newExact(s, nil)
	if err != nil {
		t.Fatalf("%q: %v", p, err)
	}
	got, outcome = exact.find(nil, line)
	check("exact", got, outcome)
	if repeatsGroups(s) {
		return // repeated groups that match nothing end differently in Perl
	}
	b, fault := newBacktracker(s, nil)
	if fault != nil {
		t.Fatalf("%q: %v", p, fault)
	}
	if got, outcome = b.find(nil, line); outcome != GaveUp {
		check("lookaround", got, outcome)
	}
}

// repeatsQuantifiers and repeatsGroups tell patterns such as a*\Q\E* and (a*)* from others.
func repeatsQuantifiers(s *scanned) bool { return quantified(s, quantifier) }
func repeatsGroups(s *scanned) bool      { return quantified(s, closing) }

func quantified(s *scanned, k kind) bool {
	for i := 1; i < len(s.tokens); i++ {
		if s.tokens[i].kind == quantifier && s.tokens[i-1].kind == k {
			return true
		}
	}
	return false
}

var parts = []string{"a", "b", "é", " ", "\xff", "\xc3", "\xa9", "\ufffd", "\n", "ab", "A", ".", "(", `\`, "+", "b*", "\U0010FE80"}

func textOf(from []string, most int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(from), 0, most).Draw(t, "parts"), "")
	})
}
