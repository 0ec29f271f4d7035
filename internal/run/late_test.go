package run

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs"
)

func stamped(second int) string {
	at := time.Date(2007, 10, 28, 12, 0, 0, 0, time.UTC).Add(time.Duration(second) * time.Second)
	return at.Format(time.Stamp) + fmt.Sprintf(" h app: %d", second)
}

func texted(_ time.Time, m *logs.Message) string { return m.Line }

func TestLateLinesAreWaitedFor(t *testing.T) {
	o := options()
	o.Late = 5 * time.Second
	got, _ := run(t, o, texted, log("a", stamped(4), stamped(2), stamped(9), stamped(3), stamped(20)))
	want := []string{stamped(2), stamped(4), stamped(3), stamped(9), stamped(20)}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Any shuffle within Late gives what the sorted log gives.
func TestShuffledWithinLateIsSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		late := rapid.IntRange(1, 20).Draw(t, "late")
		type delayed struct{ second, comes int }
		var lines []delayed
		second := 0
		for range rapid.IntRange(1, 60).Draw(t, "lines") {
			second += rapid.IntRange(1, 5).Draw(t, "gap")
			lines = append(lines, delayed{second, second + rapid.IntRange(0, late).Draw(t, "delay")})
		}
		var sorted, shuffled []string
		for _, l := range lines {
			sorted = append(sorted, stamped(l.second))
		}
		slices.SortStableFunc(lines, func(a, b delayed) int { return a.comes - b.comes })
		for _, l := range lines {
			shuffled = append(shuffled, stamped(l.second))
		}
		o := options()
		o.Late = time.Duration(late) * time.Second
		out, _ := through(t, o, texted, []*text{log("a", shuffled...)})
		if !slices.Equal(out.lines, sorted) {
			t.Fatalf("got\n%s\nwant\n%s", strings.Join(out.lines, "\n"), strings.Join(sorted, "\n"))
		}
	})
}
