package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs"
)

// words shows the last word of a line.
func words(_ time.Time, m *logs.Message) string {
	return m.Line[strings.LastIndexByte(m.Line, ' ')+1:]
}

func TestMerge(t *testing.T) {
	a := func() *text { return log("a", "Oct 28 12:00:00 a1", "Oct 28 12:00:02 a2", "Oct 28 12:00:02 a3") }
	b := func() *text {
		return log("b", "Oct 28 12:00:01 b1", "Oct 28 12:00:02 b2", "without b3", "Oct 28 12:00:03 b4")
	}
	late := func() *text {
		return log("l", "Oct 28 12:00:02 l1", "Oct 28 12:00:00 l2", "Oct 28 12:00:01 l3", "Oct 28 12:00:04 l4")
	}
	empty := func() *text { return &text{name: "empty"} }
	for _, test := range []struct {
		name  string
		given bool
		logs  []*text
		want  string
	}{
		{"of equal stamps the log named first comes first", false, []*text{a(), b()}, "a1 b1 a2 a3 b2 b3 b4"},
		{"the other way round", false, []*text{b(), a()}, "a1 b1 b2 b3 a2 a3 b4"},
		{"one after the other", true, []*text{b(), a()}, "b1 b2 b3 b4 a1 a2 a3"},
		{"a log's own order stays", false, []*text{late(), a()}, "a1 l1 l2 l3 a2 a3 l4"},
		{"an empty log is no harm", false, []*text{empty(), a(), empty()}, "a1 a2 a3"},
		{"no log at all", false, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := options()
			o.Given = test.given
			got, _ := run(t, o, words, test.logs...)
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// However a sorted log is dealt out to several, reading these together gives
// what a stable sort of all lines by time gives, the logs in the order named.
func TestMergeIsAStableSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "logs")
		texts := make([]*text, n)
		for i := range texts {
			texts[i] = &text{name: fmt.Sprint("log", i)}
		}
		type dealt struct {
			second, log int
			line        string
		}
		var all []dealt
		second := 0
		for i := range rapid.IntRange(0, 60).Draw(t, "lines") {
			second += rapid.SampledFrom([]int{0, 0, 0, 1, 1, 60, 3000}).Draw(t, "step")
			to := rapid.IntRange(0, n-1).Draw(t, "to")
			at := noon.Add(time.Duration(second) * time.Second)
			line := fmt.Sprintf("%s line%d", at.Format(time.Stamp), i)
			all = append(all, dealt{second, to, fmt.Sprint("line", i)})
			if x := texts[to]; len(x.blocks) == 0 || rapid.Bool().Draw(t, "new block") {
				x.blocks = append(x.blocks, line+"\n")
			} else {
				x.blocks[len(x.blocks)-1] += line + "\n"
			}
		}
		slices.SortStableFunc(all, func(a, b dealt) int {
			if a.second != b.second {
				return a.second - b.second
			}
			return a.log - b.log
		})
		var want []string
		for _, d := range all {
			want = append(want, d.line)
		}
		o := options()
		o.Jump = 100 * time.Hour // a log may be silent for long
		if got, _ := through(t, o, words, texts); !slices.Equal(got.lines, want) {
			t.Fatalf("got %q, want %q", got.lines, want)
		}
	})
}

var noon = time.Date(2007, 10, 28, 12, 0, 0, 0, time.UTC)

// A log that cannot be opened or read to its end is told and counted; the
// others, and its own lines before the fault, are read.
func TestFailedInputs(t *testing.T) {
	broken := log("broken", "Oct 28 12:00:01 b1", "Oct 28 12:00:05 b2")
	broken.fails = errors.New("broken: disk on fire")
	missing := Input{Name: "missing", Open: func() (Opened, error) { return Opened{}, errors.New("missing: no such file") }}
	for _, given := range []bool{false, true} {
		var told []string
		out := &seen{}
		o := options()
		o.Given = given
		o.Failed = func(err error) { told = append(told, err.Error()) }
		r := Runner{Engine: telling(t, words), Handler: out, Options: o}
		good := log("good", "Oct 28 12:00:00 g1", "Oct 28 12:00:09 g2")
		sum, err := r.Run(context.Background(), []Input{missing, broken.input(), good.input()})
		want := "g1 b1 b2 g2"
		if given {
			want = "b1 b2 g1 g2"
		}
		if got := strings.Join(out.lines, " "); got != want || err != nil {
			t.Errorf("got %s (%v), want %s", got, err, want)
		}
		if want := []string{"missing: no such file", "broken: disk on fire"}; !slices.Equal(told, want) || sum.Failed != 2 {
			t.Errorf("told of %q, counted %d, want %q", told, sum.Failed, want)
		}
	}
}

// When the handler takes no more the run ends, and its error is that of the
// handler.
func TestHandlerEndsTheRun(t *testing.T) {
	out := &seen{full: 2}
	x := log("x", "Oct 28 12:00:00 a", "Oct 28 12:00:01 b", "Oct 28 12:00:02 c", "Oct 28 12:00:03 d")
	r := Runner{Engine: telling(t, words), Handler: out, Options: options()}
	sum, err := r.Run(context.Background(), []Input{x.input()})
	if !errors.Is(err, errFull) || sum.Lines != 3 || !x.closed {
		t.Errorf("ended with %v after %d lines, closed %v", err, sum.Lines, x.closed)
	}
}

// When its context ends a run ends without an error after the line at hand;
// logs that are still to come are not opened.
func TestContextEndsTheRun(t *testing.T) {
	for _, given := range []bool{false, true} {
		ctx, cancel := context.WithCancel(context.Background())
		out := &stopper{cancel: cancel}
		o := options()
		o.Given = given
		a, b := log("a", "Oct 28 12:00:00 a1", "Oct 28 12:00:02 a2"), log("b", "Oct 28 12:00:01 b1")
		r := Runner{Engine: telling(t, words), Handler: out, Options: o}
		sum, err := r.Run(ctx, []Input{a.input(), b.input()})
		if got := strings.Join(out.lines, " "); got != "a1" || err != nil || sum.Lines != 1 {
			t.Errorf("got %s and %v after %d lines", got, err, sum.Lines)
		}
		if !a.closed || b.closed == given {
			t.Errorf("closed: %v, %v", a.closed, b.closed)
		}
	}
}

// A stopper ends the run with the first effect.
type stopper struct {
	seen
	cancel context.CancelFunc
}

func (s *stopper) Do(ctx context.Context, e *logs.Effect) error {
	s.cancel()
	return s.seen.Do(ctx, e)
}

// What is printed goes out whenever no further line is at hand.
func TestFlushWhenNoLineIsAtHand(t *testing.T) {
	x := &text{name: "x", blocks: []string{"Oct 28 12:00:00 a\nOct 28 12:00:01 b\n", "Oct 28 12:00:02 c\n"}}
	out := &seen{}
	var flushed []int
	o := options()
	o.Progress = func(sum Summary) { flushed = append(flushed, int(sum.Lines)) }
	r := Runner{Engine: telling(t, words), Handler: out, Options: o}
	if _, err := r.Run(context.Background(), []Input{x.input()}); err != nil {
		t.Fatal(err)
	}
	if want := []int{2, 3}; !slices.Equal(flushed, want) {
		t.Errorf("idle after %v lines, want %v", flushed, want)
	}
}
