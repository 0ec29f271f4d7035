package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/when"
	"github.com/logs-rdl/logs/rdl"
)

// runCmd is logs run.
type runCmd struct {
	Rules []string `short:"r" required:"" name:"rules" aliases:"ruleset" sep:"none" placeholder:"FILE|DIR" help:"Rules, in the order given; repeatable."`
	Logs  []string `arg:"" optional:"" name:"log" help:"Logs to read; - is standard input; LOG:OFFSET starts at a byte."`
	File  []string `name:"file" sep:"none" placeholder:"LOG" help:"A further log."` // put among Logs by spelled
	Spawn []string `name:"spawn" sep:"none" placeholder:"COMMAND" help:"A program whose output is a log; words are split as a shell does, but no shell runs."`

	Follow       bool   `short:"f" aliases:"tail,run-forever" help:"Keep reading the logs, through rotation, truncation and absence."`
	From         string `enum:"start,end" default:"start" help:"Where a followed log begins: start or end."`
	StartFromEnd bool   `help:"The same as --from end."`

	Clock           string        `enum:"log,wall" default:"log" help:"Whose time counts: the lines' (log) or the machine's (wall)."`
	ParseTimestamp  bool          `help:"The same as --clock log."`
	TimestampStart  int           `placeholder:"N" help:"The first column of the stamp, in bytes from 0."`
	TimestampEnd    int           `placeholder:"N" help:"The column behind the stamp."`
	TimestampFormat string        `placeholder:"F" help:"A strptime or Go layout, or the name of a format."`
	Year            int           `placeholder:"Y" help:"The first line's year, for stamps without."`
	Timezone        string        `placeholder:"TZ" help:"The zone of stamps without one, and of times of day."`
	Jump            time.Duration `default:"1h" help:"What counts as a leap of a clock."`
	Skew            time.Duration `default:"0s" help:"How far the clocks of two hosts may differ."`
	Late            time.Duration `default:"0s" help:"How long to wait for lines that are out of order."`
	Order           string        `enum:"merge,given" default:"merge" help:"Several logs: by time (merge), or one after another (given)."`

	Alerts               string        `enum:"text,json" default:"text" help:"How alerts print."`
	CountRules           bool          `help:"At the end, tell how often each rule was tried, matched, and its time; a line that lacks its literals is no try."`
	ExpireContextsOnExit bool          `help:"At the end, contexts that still live time out."`
	DryRun               bool          `help:"Tell what exec, pipe and write would do, and do nothing."`
	State                string        `placeholder:"DIR" help:"Keep in a folder what the rules know and where the logs are read, across a stop, a crash or an upgrade."`
	HTTP                 string        `name:"http" placeholder:"ADDR" help:"Serve a page, /metrics, /healthz and /readyz; without a host, on this machine alone."`
	Grace                time.Duration `default:"3s" help:"How long what is under way may take when the run is ended."`
	Workers              int           `placeholder:"N" default:"0" help:"How many processors one log may keep busy; 0: all there are, and 2 at least."`
	Pid                  string        `placeholder:"FILE" help:"Write the number of the process to a file."`

	tierFlags    `embed:""`
	clusterFlags `embed:""`

	bundle *bundle // that the rules are in; nil: they are files
}

// Run reads the logs and performs what the rules ask for.
func (c runCmd) Run(w *world) error {
	if c.StartFromEnd {
		c.From = "end"
	}
	if c.DryRun && c.State+c.Hub != "" {
		return errors.New("--dry-run with --state or --hub would take as done what it only tells: leave these out")
	}
	stamps, err := c.stamps()
	if err != nil {
		return err
	}
	p, err := c.load()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		stop() // a second signal ends at once
	}()
	if c.Cluster != "" {
		return c.runWorker(ctx, w, p, stamps)
	}
	state, err := c.openState(w)
	if err != nil {
		return err
	}
	if state != nil {
		defer state.Close()
	}
	inputs, err := c.inputs(w, p, state)
	if err != nil {
		return err
	}
	if err := writePid(c.Pid); err != nil {
		return err
	}
	if err := inputs.openHub(); err != nil {
		return err
	}
	defer inputs.closeHub()
	return c.analyse(ctx, w, p, stamps, inputs)
}

// openState opens the folder of --state; nil if there is none.
func (c runCmd) openState(w *world) (*run.State, error) {
	if c.State == "" {
		return nil, nil
	}
	state, err := run.OpenState(c.State)
	if err != nil {
		return nil, err
	}
	if state.Torn {
		w.log.Warn("the end of the journal was lost in a crash; the actions noted there may be done again", "state", c.State)
	}
	return state, nil
}

// analyse runs the rules over the inputs.
func (c runCmd) analyse(ctx context.Context, w *world, p *rdl.Program, stamps when.Options, in *inputs) error {
	engine, err := logs.New(p.Program, c.engineOptions(stamps.Zone))
	if err != nil {
		return &failure{exitRules, err}
	}
	out, err := newSinks(w, sinkOptions{json: c.Alerts == "json", dry: c.DryRun, outputs: p.Outputs, state: in.state})
	if err != nil {
		return err
	}
	if err := out.openUpstream(c); err != nil {
		return err
	}
	ending, stop := lingering(ctx, c.Grace*3/4) // the rest is for programs that must be asked to end
	defer stop()
	began := time.Now()
	progress := newProgress(w.err, in, engine)
	r := &run.Runner{Engine: engine, Handler: out, State: in.state, Keeper: out, Options: run.Options{
		Stamps:    stamps,
		WallClock: c.Clock == "wall" && !c.ParseTimestamp,
		Given:     c.Order == "given",
		Late:      c.Late,
		Jump:      c.Jump,
		Expire:    c.ExpireContextsOnExit,
		Workers:   c.workers(),
		Grace:     c.Grace / 2,
		Failed:    func(err error) { w.log.Error("a log could not be read to its end", "error", err) },
		Warn:      newWarner(w.log).warn,
		Progress:  progress.show,
	}}
	s := &service{c: c, w: w, runner: r, in: in, out: out, program: p, zone: stamps.Zone, began: began, version: version()}
	sum, err := s.run(ctx)
	if closed := out.close(ending); err == nil {
		err = closed
	}
	progress.clear()
	engine = r.Engine
	summarize(w.log, sum, engine.Stats(), in.cut(), time.Since(began))
	if c.CountRules {
		printCounts(w.err, engine.Counts())
	}
	var known *failure
	switch {
	case errors.As(err, &known):
		return known
	case err != nil:
		return &failure{exitAction, err}
	case ctx.Err() != nil:
		return nil
	case sum.Failed > 0:
		return &failure{code: exitSource}
	case out.givenUp.Load() > 0:
		return &failure{code: exitAction}
	}
	return nil
}

// lingering returns a context that ends so long after another one.
func lingering(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d, cancel) })
	return longer, func() { stop(); cancel() }
}

// stamps says how stamps are read. The error is a flag that cannot be.
// workers is how many goroutines may work on a log.
func (c runCmd) workers() int {
	if c.Workers > 0 {
		return c.Workers
	}
	return max(2, runtime.GOMAXPROCS(0))
}

func (c runCmd) stamps() (when.Options, error) {
	zone, err := c.zone()
	if err != nil {
		return when.Options{}, err
	}
	o := when.Options{Zone: zone, Year: c.Year, Start: c.TimestampStart, End: c.TimestampEnd, Layout: c.TimestampFormat}
	_, err = when.NewReader(o)
	return o, err
}

func (c runCmd) zone() (*time.Location, error) {
	if c.Timezone == "" {
		return time.Local, nil
	}
	zone, err := time.LoadLocation(c.Timezone)
	if err != nil {
		return nil, fmt.Errorf("--timezone: %w; try one such as Europe/Rome", err)
	}
	return zone, nil
}

func (c runCmd) engineOptions(zone *time.Location) logs.Options {
	o := logs.Options{Zone: zone, Skew: c.Skew}
	if c.CountRules {
		start := time.Now()
		o.Stopwatch = func() int64 { return int64(time.Since(start)) }
	}
	return o
}

// writePid writes the number of the process to a file, if one is named.
func writePid(name string) error {
	if name == "" {
		return nil
	}
	if err := os.WriteFile(name, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o644); err != nil {
		return fmt.Errorf("--pid: %w", err)
	}
	return nil
}

// summarize tells what a run did; what is out of the ordinary only if it
// happened, and where it happened first.
func summarize(log *slog.Logger, sum run.Summary, s logs.Stats, cut int64, took time.Duration) {
	args := []any{"lines", sum.Lines, "bytes", sum.Bytes, "seconds", fmt.Sprintf("%.2f", took.Seconds()), "alerts", s.Alerts}
	for _, x := range []struct {
		name string
		run.Noted
	}{
		{"late-line", sum.Late}, {"clock-jump", sum.Leaps}, {"bad-stamp", sum.BadStamps}, {"format-change", sum.Formats},
	} {
		if x.Count > 0 {
			args = append(args, x.name+"s", x.Count, "first-"+x.name, x.First)
		}
	}
	for _, x := range []struct {
		name  string
		count uint64
	}{
		{"not-held-back", uint64(sum.Unheld)}, {"cut-lines", uint64(cut)}, {"evictions", s.Evicted}, {"dropped", s.Dropped},
		{"faults", s.Faults}, {"patterns-out-of-time", s.GaveUp}, {"missing-bindings", s.Missing},
	} {
		if x.count > 0 {
			args = append(args, x.name, x.count)
		}
	}
	log.Info("done", args...)
}
