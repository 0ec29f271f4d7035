package match

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNeedleSameAsIndex(t *testing.T) {
	few := rapid.StringOfN(rapid.SampledFrom([]rune("ab qé")), 0, 200, -1)
	rapid.Check(t, func(t *rapid.T) {
		text, needle := few.Draw(t, "text"), rapid.StringOfN(rapid.SampledFrom([]rune("ab qé")), 0, 4, -1).Draw(t, "needle")
		n := newNeedle(needle)
		if got, want := n.in(text), strings.Index(text, needle); got != want {
			t.Fatalf("%q in %q: at %d, want %d", needle, text, got, want)
		}
	})
}

func TestNeedleInVain(t *testing.T) {
	text := strings.Repeat("quiz ", 1000) // q and z are rare elsewhere
	for needle, want := range map[string]int{"quartz": -1, "quiz q": 0, "z quit": -1, " quiz x": -1} {
		n := newNeedle(needle)
		if got := n.in(text); got != want {
			t.Errorf("%q: at %d, want %d", needle, got, want)
		}
	}
	zap := newNeedle("zap")
	if got := zap.in(text + "zap"); got != len(text) {
		t.Errorf("at %d, want %d", got, len(text))
	}
}

func BenchmarkNeedle(b *testing.B) {
	text := strings.Repeat("Oct 28 12:00:01 node017 crond[4711]: (root) CMD (run-parts /etc/cron.hourly)\n", 1000)
	for _, literal := range []string{"nfs server ", "Invalid user ", " not responding", "session opened"} {
		n := newNeedle(literal)
		b.Run("needle/"+literal, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				n.in(text)
			}
		})
		b.Run("strings/"+literal, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				strings.Index(text, literal)
			}
		})
	}
}
