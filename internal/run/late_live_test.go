package run

import (
	"context"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// stalling makes lines of one log, each written when its stamp says, but for
// the times at which the log stalls: what is written meanwhile comes at their
// end, up to late after its stamp.
func stalling(r *rand.Rand, name string, begin time.Time, n int, late time.Duration) (lines []written) {
	at, until := begin, begin
	for i := range n {
		at = at.Add(time.Duration(r.Intn(400)) * time.Millisecond)
		if at.After(until) && r.Intn(8) == 0 {
			until = at.Add(time.Duration(r.Int63n(int64(late))))
		}
		comes := at
		if until.After(at) {
			comes = until
		}
		lines = append(lines, written{comes, fmt.Sprintf("%s %s app: %d", at.UTC().Format(time.RFC3339Nano), name, i)})
	}
	return lines
}

// Live logs of which each stalls for up to Late are merged by the times of
// their lines, whatever lies ready when.
func TestLiveLogsThatStallAreMergedByTime(t *testing.T) {
	const late = 3 * time.Second
	for seed := range int64(20) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewSource(seed))
			begin := time.Now().Add(time.Second)
			var inputs []Input
			var want []string
			for _, name := range []string{"a", "b", "c"} {
				lines := stalling(r, name, begin, 60+r.Intn(100), late)
				inputs = append(inputs, liveInput(name, lines))
				for _, l := range lines {
					want = append(want, l.text)
				}
			}
			slices.SortFunc(want, func(a, b string) int { return strings.Compare(stampOf(a), stampOf(b)) })
			out := &stamping{}
			runner := Runner{Engine: telling(t, texted), Handler: out, Options: Options{Late: late}}
			if _, err := runner.Run(context.Background(), inputs); err != nil {
				t.Fatal(err)
			}
			for i, got := range out.lines {
				if stampOf(got) != stampOf(want[i]) {
					t.Fatalf("seed %d: line %d is %q, want %q", seed, i, got, want[i])
				}
			}
		})
	}
}

// stampOf makes a stamp of RFC 3339 one that sorts as text.
func stampOf(line string) string {
	at, err := time.Parse(time.RFC3339Nano, line[:strings.IndexByte(line, ' ')])
	if err != nil {
		panic(err)
	}
	return at.Format("2006-01-02T15:04:05.000000000")
}

// What a log of the past holds back does not wait for ever for a line that does
// not come.
func TestAnOldLogThatIsSilentHoldsNothingBackForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		past, now := time.Now().AddDate(-1, 0, 0), time.Now()
		line := func(at time.Time, comes time.Duration) written {
			return written{now.Add(comes), at.UTC().Format(time.RFC3339) + " h app: x"}
		}
		old := []written{line(past, 0), line(past.Add(time.Second), 0), line(past.Add(time.Hour), time.Hour)}
		young := []written{line(now.Add(time.Minute), time.Minute), line(now.Add(time.Hour), time.Hour)}
		out := &stamping{}
		runner := Runner{Engine: telling(t, texted), Handler: out, Options: Options{Late: 2 * time.Second}}
		if _, err := runner.Run(context.Background(), []Input{liveInput("old", old), liveInput("young", young)}); err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{old[0].text, old[1].text, young[0].text} {
			if took := out.came[i].Sub(now) - time.Duration(i/2)*time.Minute; out.lines[i] != want || took > 4*time.Second {
				t.Errorf("line %d is %q, %v after it was written, want %q", i, out.lines[i], took, want)
			}
		}
	})
}
