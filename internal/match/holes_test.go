package match

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// private writes text so that bad bytes and U+FFFD become characters that package regexp
// tells apart, and returns the offset in text of each byte of the result.
func private(text string) (string, []int) {
	var b strings.Builder
	var at []int
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError {
			r = 0xE000
			if n == 1 {
				r += rune(text[i])
			}
		}
		for range utf8.RuneLen(r) {
			at = append(at, i)
		}
		b.WriteRune(r)
		i += n
	}
	return b.String(), append(at, len(text))
}

// TestHolesSameAsRegexp fills holes by hand, in an alphabet where nothing is bad UTF-8.
func TestHolesSameAsRegexp(t *testing.T) {
	holes := []string{"{x}", "a{x}b", "a{x}.*{y}", "({x}|{y})+", "{x}(.*)", "^{x}+$", "(a{x})?(.)", "{x}{2}", "(?i)a{x}", "[^a]{x}", "a(.*){x}(.*){y}", "(?:{x}{y}|a)+?b", `{x}\b`, `{x}|b`, "({x})(.+)", "a(?:{x}){0,2}b", "({x}){2,3}|{y}", "a(?i:{x})B{y}|z"}
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.SampledFrom(holes).Draw(t, "pattern")
		look := rapid.Bool().Draw(t, "look-around")
		p, err := Compile(pattern)
		if look {
			p, err = Compile("(?=)(?:" + pattern + ")")
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			x, y := textOf(parts, 3).Draw(t, "x"), textOf(parts, 3).Draw(t, "y")
			line := textOf(append([]string{x, y}, parts...), 12).Draw(t, "line")
			if look && strings.Contains(pattern, ")+") && (x == "" || y == "") {
				continue // repeated groups that match nothing end differently in Perl
			}
			px, _ := private(x)
			py, _ := private(y)
			pline, at := private(line)
			filled := strings.NewReplacer("{x}", "(?:"+regexp.QuoteMeta(px)+")", "{y}", "(?:"+regexp.QuoteMeta(py)+")").Replace(pattern)
			want := regexp.MustCompile(filled).FindStringSubmatchIndex(pline)
			for i, offset := range want {
				if offset >= 0 {
					want[i] = at[offset]
				}
			}
			var values []string
			for _, name := range p.Holes() {
				values = append(values, map[string]string{"x": x, "y": y}[name])
			}
			got, outcome := p.Find(nil, line, values)
			if outcome == GaveUp && look && strings.Contains(line, "\U0010FE80") {
				continue // see privateAlphabet
			}
			if outcome == GaveUp || (outcome == Yes) != (want != nil) || !slices.Equal(got, want) {
				t.Fatalf("%q with %q on %q: got %v (%v), want %v", p, values, line, got, outcome, want)
			}
		}
	})
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	for _, pattern := range []string{"Invalid user {u} from (.*)", "({u}|root) from (.*)", "{u}(?! at) from (.*)"} {
		p := mustCompile(t, pattern)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for i := range 2 * maxCached {
					user := fmt.Sprintf("u%d\xff", i)
					line := "Invalid user " + user + " from home"
					if _, outcome := p.Find(nil, line, []string{user}); outcome != Yes {
						t.Errorf("%s on %q: %v", pattern, line, outcome)
					}
				}
			})
		}
		wg.Wait()
		if p.filled != nil && len(p.filled.cache) > maxCached {
			t.Errorf("%s: %d filled patterns kept", pattern, len(p.filled.cache))
		}
	}
}

// TestLongValues: what is compiled for a line is bounded.
func TestLongValues(t *testing.T) {
	half, full, long := strings.Repeat("x", maxFilled/2), strings.Repeat("x", maxFilled), strings.Repeat("x", maxFilled+1)
	for _, c := range []struct {
		pattern, line, value string
		want                 Outcome
	}{
		{"^{v}$", full, full, Yes},
		{"^{v}$", long, long, GaveUp},
		{"^{v}$", "line without it", long, No},
		{"a{v}.*", "a" + long, long, Yes},
		{"({v}){2}|b", full, half, Yes},
		{"({v}){3}|b", full, half, GaveUp},
		{"({v}){1000}|b", "b", half, GaveUp},
		{"{v}(?=b)", full, full, No},
		{"{v}(?=b)|c", long, long, GaveUp},
	} {
		if _, outcome := mustCompile(t, c.pattern).Find(nil, c.line, []string{c.value}); outcome != c.want {
			t.Errorf("%s with %d bytes: %v, want %v", c.pattern, len(c.value), outcome, c.want)
		}
	}
}
