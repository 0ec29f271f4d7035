package run

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
)

// clocks shows the engine's clock and the message's time of 28 October 2007
// as times of day, of other days with the day, and what the line says.
func clocks(now time.Time, m *logs.Message) string {
	word := m.Line[strings.LastIndexByte(m.Line, ' ')+1:]
	return fmt.Sprintf("%s %s %s", short(now), short(m.Time.UTC()), word)
}

func short(t time.Time) string {
	if t.Format(time.DateOnly) == "2007-10-28" {
		return t.Format(time.TimeOnly)
	}
	return t.Format("02T15:04:05")
}

// In these tables each line of the log stands beside what becomes of it:
// the clock when it is processed, its own time, its word.
func TestJudge(t *testing.T) {
	for _, test := range []struct {
		name  string
		jump  time.Duration
		lines []string
		bad   int
		leaps int
	}{
		{name: "in order", lines: []string{
			"Oct 28 12:00:00 a | 12:00:00 12:00:00 a",
			"Oct 28 12:00:05 b | 12:00:05 12:00:05 b",
		}},
		{name: "a late line keeps its time and is processed at the clock's", lines: []string{
			"Oct 28 12:00:05 a | 12:00:05 12:00:05 a",
			"Oct 28 12:00:00 b | 12:00:05 12:00:00 b",
			"Oct 28 12:00:06 c | 12:00:06 12:00:06 c",
		}},
		{name: "a line without a stamp has the time of the line before", lines: []string{
			"Oct 28 12:00:05 a | 12:00:05 12:00:05 a",
			"without b         | 12:00:05 12:00:05 b",
			"Oct 28 12:00:00 c | 12:00:05 12:00:00 c",
			"without d         | 12:00:05 12:00:00 d",
			"without e         | 12:00:05 12:00:00 e",
		}},
		{name: "lines before the first stamp have its time", lines: []string{
			"without a         | 12:00:00 12:00:00 a",
			"without b         | 12:00:00 12:00:00 b",
			"Oct 28 12:00:00 c | 12:00:00 12:00:00 c",
		}},
		{name: "without any stamp the machine's time counts", lines: []string{
			"without a         | 24T08:00:00 24T08:00:00 a",
			"without b         | 24T08:00:00 24T08:00:00 b",
		}},
		{name: "a jump is more than an hour", lines: []string{
			"Oct 28 12:00:00 a | 12:00:00 12:00:00 a",
			"Oct 28 13:00:00 b | 13:00:00 13:00:00 b",
			"Oct 28 12:00:00 c | 13:00:00 12:00:00 c",
			"Oct 28 13:00:01 d | 13:00:01 13:00:01 d",
		}},
		{name: "a leap forward is believed if the next line is nearer to it", leaps: 1, lines: []string{
			"Oct 28 12:00:00 a | 12:00:00 12:00:00 a",
			"Oct 28 20:00:00 b | 20:00:00 20:00:00 b",
			"Oct 28 20:00:01 c | 20:00:01 20:00:01 c",
		}},
		{name: "a leap forward is not believed if the next line is nearer to the clock", bad: 1, lines: []string{
			"Oct 28 12:00:00 a | 12:00:00 12:00:00 a",
			"Oct 28 20:00:00 b | 12:00:00 12:00:00 b",
			"Oct 28 12:00:01 c | 12:00:01 12:00:01 c",
		}},
		{name: "as near to one as to the other is not nearer", bad: 1, leaps: 1, lines: []string{
			"Oct 28 12:00:00 a | 12:00:00 12:00:00 a",
			"Oct 28 20:00:00 b | 12:00:00 12:00:00 b",
			"Oct 28 16:00:00 c | 16:00:00 16:00:00 c",
		}},
		{name: "after a leap back the clock on the wall follows", leaps: 1, lines: []string{
			"Oct 28 12:00:00 a | 12:00:00 12:00:00 a",
			"Oct 28 03:00:00 b | 03:00:00 03:00:00 b",
			"Oct 28 03:00:10 c | 03:00:10 03:00:10 c",
			"Oct 28 03:00:05 d | 03:00:10 03:00:05 d",
			"without e         | 03:00:10 03:00:05 e",
			"Oct 28 03:00:20 f | 03:00:20 03:00:20 f",
		}},
		{name: "a leap back is not believed if the next line is nearer to the clock", bad: 1, lines: []string{
			"Oct 28 12:00:00 a | 12:00:00 12:00:00 a",
			"Oct 28 03:00:00 b | 12:00:00 12:00:00 b",
			"without c         | 12:00:00 12:00:00 c",
			"Oct 28 12:00:01 d | 12:00:01 12:00:01 d",
		}},
		{name: "back and forth again", leaps: 2, lines: []string{
			"Oct 28 12:00:00 a | 12:00:00 12:00:00 a",
			"Oct 28 03:00:00 b | 03:00:00 03:00:00 b",
			"Oct 28 03:00:10 c | 03:00:10 03:00:10 c",
			"Oct 28 12:00:20 d | 12:00:20 12:00:20 d",
			"Oct 28 12:00:30 e | 12:00:30 12:00:30 e",
		}},
		{name: "the last stamp is believed", leaps: 1, lines: []string{
			"Oct 28 12:00:00 a | 12:00:00 12:00:00 a",
			"Oct 29 12:00:00 b | 29T12:00:00 29T12:00:00 b",
			"without c         | 29T12:00:00 29T12:00:00 c",
		}},
		{name: "the first stamp is a bad one", leaps: 1, lines: []string{
			"Oct 28 03:00:00 a | 03:00:00 03:00:00 a",
			"Oct 28 12:00:00 b | 12:00:00 12:00:00 b",
			"Oct 28 12:00:01 c | 12:00:01 12:00:01 c",
		}},
		{name: "a day is no jump if one says so", jump: 24 * time.Hour, lines: []string{
			"Oct 28 12:00:00 a | 12:00:00 12:00:00 a",
			"Oct 29 12:00:00 b | 29T12:00:00 29T12:00:00 b",
			"Oct 28 12:00:01 c | 29T12:00:00 12:00:01 c",
		}},
		{name: "29 February of a year without it is a bad stamp", bad: 1, lines: []string{
			"Feb 28 12:00:05 a | 28T12:00:05 28T12:00:05 a",
			"Feb 28 12:00:00 b | 28T12:00:05 28T12:00:00 b",
			"Feb 29 12:00:00 c | 28T12:00:05 28T12:00:05 c",
			"without d         | 28T12:00:05 28T12:00:05 d",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var lines, want []string
			for _, l := range test.lines {
				line, becomes, _ := strings.Cut(l, "|")
				lines = append(lines, strings.TrimSpace(line))
				want = append(want, strings.TrimSpace(becomes))
			}
			o := options()
			o.Jump = test.jump
			got, sum := run(t, o, clocks, log("x", lines...))
			if !slices.Equal(got, want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
			}
			if sum.BadStamps.Count != test.bad || sum.Leaps.Count != test.leaps {
				t.Errorf("%d bad stamps and %d leaps, want %d and %d", sum.BadStamps.Count, sum.Leaps.Count, test.bad, test.leaps)
			}
		})
	}
}

// A summary says where the first bad stamp and the first leap are.
func TestSummarySaysWhere(t *testing.T) {
	_, sum := run(t, options(), clocks, log("auth.log",
		"Oct 28 12:00:00 a", "Oct 28 20:00:00 b", "Oct 28 12:00:01 c", "Oct 28 23:00:01 d", "Oct 28 23:00:02 e"))
	if want := (Noted{1, "auth.log at byte 18"}); sum.BadStamps != want {
		t.Errorf("bad stamps %v, want %v", sum.BadStamps, want)
	}
	if want := (Noted{1, "auth.log at byte 54"}); sum.Leaps != want {
		t.Errorf("leaps %v, want %v", sum.Leaps, want)
	}
}

// Ten lines without a stamp before the first are taken for a log that has
// none; nine are not.
func TestLinesBeforeTheFirstStamp(t *testing.T) {
	for before, want := range map[int]string{9: "12:00:00 12:00:00 last", 10: "24T08:00:00 24T08:00:00 last"} {
		lines := slices.Repeat([]string{"without x"}, before)
		got, _ := run(t, options(), clocks, log("x", append(lines, "Oct 28 12:00:00 last")...))
		if last := got[len(got)-1]; last != want {
			t.Errorf("after %d lines %q, want %q", before, last, want)
		}
	}
}

// By the machine's clock stamps say nothing.
func TestWallClock(t *testing.T) {
	o := options()
	o.WallClock = true
	got, sum := run(t, o, clocks, log("x", "Oct 28 12:00:00 a", "Oct 28 20:00:00 b"))
	want := []string{"24T08:00:00 24T08:00:00 a", "24T08:00:00 24T08:00:00 b"}
	if !slices.Equal(got, want) || sum.Leaps.Count != 0 {
		t.Errorf("got %q with %d leaps, want %q", got, sum.Leaps.Count, want)
	}
}
