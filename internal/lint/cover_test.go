package lint

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs/internal/match"
	"github.com/logs-rdl/logs/rdl"
)

// What covers another matches wherever that one does.
func TestCoversIsTrue(t *testing.T) {
	covered := 0
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(anyPart, 1, 4).Draw(t, "parts")
		wide, narrow := strings.Join(parts, ""), strings.Join(drawOther(t, parts), "")
		p, q := compiled(wide), compiled(narrow)
		if p == nil || q == nil || !(coverer{}).patternCovers(&rdl.Pattern{Src: wide}, &rdl.Pattern{Src: narrow}) {
			return
		}
		covered++
		for range 20 {
			line := rapid.StringMatching(`[abAB ]{0,8}`).Draw(t, "line")
			if found(q, line) && !found(p, line) {
				t.Fatalf("%q does not match %q, and %q does", wide, line, narrow)
			}
		}
	})
	if covered == 0 {
		t.Error("no pattern covered another")
	}
}

var anyPart = rapid.SampledFrom([]string{
	"a", "b", "A", " ", ".", ".*", "^", "$", "[ab]", "(a|b)", "(?:ab|b)", "a*", "b+", "b?", "(a)", "a{2}", `\b`, "|", "(?i)", ".*?", `\S`,
})

// drawOther changes the parts of a pattern a little.
func drawOther(t *rapid.T, parts []string) []string {
	parts = slices.Clone(parts)
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		at := rapid.IntRange(0, len(parts)).Draw(t, "at")
		if at < len(parts) && rapid.Bool().Draw(t, "out") {
			parts = slices.Delete(parts, at, at+1)
		} else {
			parts = slices.Insert(parts, at, anyPart.Draw(t, "in"))
		}
	}
	return parts
}

func compiled(src string) *match.Pattern {
	p, err := match.Compile(src)
	if err != nil {
		return nil
	}
	return p
}

func found(p *match.Pattern, line string) bool {
	_, outcome := p.Find(nil, line, nil)
	return outcome == match.Yes
}
