package run

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Cutting a log anywhere changes nothing: not the lines, their times and
// positions, nor what is counted.
func TestCutAnywhere(t *testing.T) {
	lines := rapid.SampledFrom([]string{
		"Oct 28 12:00:00 h a", "Oct 28 12:00:05 h b", "Oct 28 11:59:00 h late", "Oct 28 20:00:00 h leap", "Oct 28 03:00:00 h back",
		"no stamp", "", "Feb 29 12:00:00 h never was",
	})
	rapid.Check(t, func(t *rapid.T) {
		log := rapid.SliceOfN(lines, 0, 30).Draw(t, "log")
		uncut := &text{name: "x"}
		cut := &text{name: "x"}
		for i, line := range log {
			if i == 0 {
				uncut.blocks = []string{""}
			}
			uncut.blocks[0] += line + "\n"
			if i == 0 || rapid.Bool().Draw(t, "cut here") {
				cut.blocks = append(cut.blocks, "")
			}
			cut.blocks[len(cut.blocks)-1] += line + "\n"
		}
		o := options()
		o.Stamps.Year = 2008 // one with 29 February, so that leaps to there are tried too
		o.Jump = rapid.SampledFrom([]time.Duration{0, time.Minute, 24 * time.Hour}).Draw(t, "jump")
		want, wantSum := through(t, o, whole, []*text{uncut})
		got, gotSum := through(t, o, whole, []*text{cut})
		if !slices.Equal(got.lines, want.lines) || gotSum != wantSum {
			t.Fatalf("cut as %q\n%s\n%+v\nwhole\n%s\n%+v", cut.blocks,
				strings.Join(got.lines, "\n"), gotSum, strings.Join(want.lines, "\n"), wantSum)
		}
	})
}
