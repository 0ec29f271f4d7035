package run

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/when"
	"pgregory.net/rapid"
)

// Rows are only a faster way: whatever the lines are, a run that makes them
// does and counts what a run does that takes each line by itself.
func TestRowsAreLines(t *testing.T) {
	stamps := rapid.SampledFrom([]string{
		"Oct 28 17:03:11 ", "Oct 28 17:03:11 ", "Oct 28 17:03:11 ", "Oct 28 17:03:12 ", "Oct 28 17:03:12 UTC ", "Oct 28 17:03:12 +0200 ",
		"Oct 28 17:03:09 ", "Oct 28 17:03:14 ", "Oct 28 17:04:00 ", "Oct 28 21:00:00 ", "Oct 30 17:03:12 ", "Feb 30 17:03:12 ", "2007-10-28T17:03:13Z ", "2007-10-28 17:03:13", "2007-10-28 17:03:13.5 ", "2007-10-28 17:03:13.25 ", "2007-10-28 17:03:13.75 ", "2007-10-28 17:03:14.25 ", "2007-10-28 17:03:14,25 ", "", "Oct 28 17:03:1",
	})
	rests := rapid.SampledFrom([]string{"h app: a", "h app: b", "h other: x", "h other: y", "192.0.2.7 x", "Umlaut: x", "G", "", ".7 x", "7"})
	rapid.Check(t, func(rt *rapid.T) {
		var blocks []string
		for range rapid.IntRange(1, 5).Draw(rt, "blocks") {
			var b strings.Builder
			for range rapid.IntRange(1, 12).Draw(rt, "lines") {
				stamp, rest := stamps.Draw(rt, "stamp"), rests.Draw(rt, "rest")
				b.WriteString(strings.Repeat(stamp+rest+"\n", rapid.SampledFrom([]int{1, 1, 2, 5}).Draw(rt, "times")))
			}
			blocks = append(blocks, b.String())
		}
		o := Options{Stamps: when.Options{Year: 2007}, Now: func() time.Time { return machine }, Jump: time.Hour}
		o.Workers = rapid.IntRange(1, 4).Draw(rt, "workers")
		o.Late = time.Duration(rapid.SampledFrom([]int{0, 0, 3}).Draw(rt, "late")) * time.Second
		engines := map[string]func() *logs.Engine{
			"gated": func() *logs.Engine { return timing(t) },
			"open":  func() *logs.Engine { return telling(t, whole) },
		}
		for name, engine := range engines {
			rows, rowSum, rowStats := feedBlocks(rt, o, engine(), blocks, true)
			lines, lineSum, lineStats := feedBlocks(rt, o, engine(), blocks, false)
			if !reflect.DeepEqual(rows, lines) || rowSum != lineSum || rowStats != lineStats {
				rt.Fatalf("%s rules: with rows\n%s\n%+v %+v\nline by line\n%s\n%+v %+v", name,
					strings.Join(rows, "\n"), rowSum, rowStats, strings.Join(lines, "\n"), lineSum, lineStats)
			}
		}
	})
}

// Where seconds pass within rows, timers ring in their midst.
func TestSecondsPassInRows(t *testing.T) {
	layouts := rapid.SampledFrom([]string{"Jan _2 15:04:05 ", "2006-01-02T15:04:05.000000Z07:00 ", "2006-01-02 15:04:05 "})
	rests := rapid.SampledFrom([]string{"h other: x", "h other: y", "h other: z", "h other: ", "h x", "h y", "h z", "h app: a"})
	passes := rapid.SampledFrom([]time.Duration{
		0, 0, time.Millisecond, time.Second, time.Second, 7 * time.Second, 40 * time.Second,
		-time.Second, -2 * time.Hour, time.Hour + time.Second,
	})
	rapid.Check(t, func(rt *rapid.T) {
		at, layout := time.Date(2007, 10, 28, 23, 59, 0, 0, time.UTC), layouts.Draw(rt, "layout")
		var blocks []string
		for range rapid.IntRange(2, 4).Draw(rt, "blocks") {
			var b strings.Builder
			for range rapid.IntRange(1, 30).Draw(rt, "lines") {
				at = at.Add(passes.Draw(rt, "passes"))
				b.WriteString(at.Format(layout) + rests.Draw(rt, "rest") + "\n")
			}
			blocks = append(blocks, b.String())
		}
		o := Options{Stamps: when.Options{Year: 2007}, Jump: time.Hour, Workers: 1}
		engine := rapid.SampledFrom([]func() *logs.Engine{
			func() *logs.Engine { return timing(t) },
			func() *logs.Engine { return telling(t, whole) },
			func() *logs.Engine { return spotting(t) },
		}).Draw(rt, "engine")
		rows, rowSum, rowStats := feedBlocks(rt, o, engine(), blocks, true)
		lines, lineSum, lineStats := feedBlocks(rt, o, engine(), blocks, false)
		if !reflect.DeepEqual(rows, lines) || rowSum != lineSum || rowStats != lineStats {
			rt.Fatalf("%s: with rows\n%s\n%+v %+v\nline by line\n%s\n%+v %+v", strings.Join(blocks, "--\n"),
				strings.Join(rows, "\n"), rowSum, rowStats, strings.Join(lines, "\n"), lineSum, lineStats)
		}
	})
}

// spotting makes an engine that tells when it comes upon an app: it has no timers.
func spotting(t *testing.T) *logs.Engine {
	spot := &logs.Rule{Match: logs.MustPattern(`app: `), Do: []logs.Action{func(env *logs.Env) error {
		env.Print(env.Now().Format(time.StampNano))
		return nil
	}}}
	e, err := logs.New(&logs.Program{Root: &logs.Ruleset{Members: []logs.Member{spot}}}, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// feedBlocks runs an engine over blocks that are handed over in one piece, or
// are not.
func feedBlocks(t fataler, o Options, e *logs.Engine, blocks []string, textual bool) ([]string, Summary, logs.Stats) {
	i, offset := 0, int64(0)
	next := func() (Block, bool) {
		if i == len(blocks) {
			return nil, false
		}
		b := &block{data: []byte(blocks[i]), offset: offset}
		offset += int64(len(blocks[i]))
		i++
		if textual {
			return b, true
		}
		return struct{ Block }{b}, true
	}
	out := &seen{}
	r := Runner{Engine: e, Handler: out, Options: o}
	sum, err := r.Run(context.Background(), []Input{{Name: "log", Open: func() (Opened, error) { return Opened{Reader: pull(next)}, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	sum.Bytes = 0
	return out.lines, sum, e.Stats()
}

// A row is cut into its lines, without the CRs before their ends.
func TestRowsAreCut(t *testing.T) {
	b := batch{
		filter: &filter{find: func(text string) func(int) int {
			return func(from int) int {
				if at := strings.Index(text[from:], "hit"); at >= 0 {
					return from + at
				}
				return len(text)
			}
		}},
		known: &stamps{prefix: when.Prefix{Size: 3}},
	}
	b.cut("10 a\r\n10 b\n10 hit\n10 c\n10 d\n11 e\n1\n\n11 f", 100)
	var got []string
	for _, l := range b.lines {
		var lines []string
		for _, x := range l.split() {
			lines = append(lines, fmt.Sprintf("%d %s %v", x.offset, x.text, x.passes))
		}
		got = append(got, strings.Join(lines, "+"))
	}
	want := []string{"100 10 a true+106 10 b true", "111 10 hit false", "118 10 c true+123 10 d true", "128 11 e true", "133 1 true", "135  true", "136 11 f true"}
	if !reflect.DeepEqual(got, want) || b.count != 9 {
		t.Errorf("%d lines:\n got %q\nwant %q", b.count, got, want)
	}
}

// A row that waits when a run is left is kept as its lines, each at its time: it may be
// merged with other logs when the run goes on.
func TestARowIsKeptAsLines(t *testing.T) {
	text := "Oct 28 17:03:11 a\nOct 28 17:03:11 b\nOct 28 17:03:13 c"
	row := line{
		text: text, offset: 100, stamp: 11e9, at: 21e9, more: 2, last: 36, passed: 2e9, stamped: true,
		prefix: &when.Prefix{Size: 16, Second: 13, Tail: 15},
	}
	var got []string
	for _, w := range (&stream{}).state(&row).Waiting {
		got = append(got, fmt.Sprintf("%d: %s at %d, %v %v", w.Number, w.Text, w.Offset, time.Duration(w.Stamp), time.Duration(w.At)))
	}
	want := []string{
		"-3: Oct 28 17:03:11 a at 100, 11s 21s", "-2: Oct 28 17:03:11 b at 118, 11s 21s", "-1: Oct 28 17:03:13 c at 136, 13s 23s",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
