package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
)

// A progress shows on a terminal how far a long run is.
type progress struct {
	out    io.Writer // nil: not a terminal
	in     *inputs
	engine *logs.Engine
	began  time.Time
	shown  time.Time
}

// progressEvery is how often the line is renewed, and how long a run must
// last to show it at all.
const progressEvery = time.Second

func newProgress(out io.Writer, in *inputs, engine *logs.Engine) *progress {
	p := &progress{in: in, engine: engine, began: time.Now(), shown: time.Now()}
	if f, ok := out.(*os.File); ok && isTerminal(f) {
		p.out = out
	}
	return p
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// show renews the line if it is time to.
func (p *progress) show(sum run.Summary) {
	now := time.Now()
	if p.out == nil || now.Sub(p.shown) < progressEvery {
		return
	}
	p.shown = now
	share := ""
	if p.in.size > 0 {
		share = fmt.Sprintf("%3d%%  ", min(100, 100*p.in.done()/p.in.size))
	}
	rate := float64(sum.Lines) / now.Sub(p.began).Seconds()
	fmt.Fprintf(p.out, "\r\x1b[K%s%d lines  %.0f lines/s  %d alerts", share, sum.Lines, rate, p.engine.Stats().Alerts)
}

// clear takes the line away.
func (p *progress) clear() {
	if p.out != nil && p.shown != p.began {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// printCounts tells how often each rule was tried and matched, and how long it
// took.
func printCounts(out io.Writer, counts []logs.Count) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "tries\tmatches\ttime\t  rule")
	for _, c := range counts {
		fmt.Fprintf(t, "%d\t%d\t%s\t  %s\n", c.Tries, c.Matches, c.Time.Round(time.Microsecond), c.Name)
	}
	t.Flush()
}
