package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/sink"
	"github.com/logs-rdl/logs/internal/tier"
	"github.com/logs-rdl/logs/internal/web"
	"github.com/logs-rdl/logs/rdl"
)

// A partition is one that is held, and its engine.
type partition struct {
	end  context.CancelFunc // saves and ends
	drop context.CancelFunc // ends without saving
	done chan struct{}

	number int
	cut    time.Time                        // up to when the engine goes; zero: on and on
	asked  chan func(*run.Runner)           // between two lines
	events atomic.Pointer[tier.EventReader] // nil before it is open
	stats  atomic.Pointer[web.Stats]        // nil before the first look
	begun  *web.Stats                       // what its engine had counted before
	looked time.Time                        // when stats were gathered
	fenced atomic.Bool                      // it was taken over by another worker
}

// start runs a partition until it is ended. One that fails is tried again after
// a while, here or elsewhere.
func (k *worker) start(number int) *partition {
	ending, end := context.WithCancel(context.Background())
	dropping, drop := context.WithCancel(context.Background())
	p := &partition{
		end: end, drop: func() { drop(); end() }, done: make(chan struct{}), number: number, cut: k.cut, asked: make(chan func(*run.Runner), 1),
	}
	go func() {
		defer close(p.done)
		defer drop()
		defer end()
		err := k.analyse(ending, dropping, p)
		switch {
		case errors.Is(err, run.ErrTaken):
			if errors.Is(err, tier.ErrFenced) {
				p.fenced.Store(true)
			}
			k.w.log.Warn("a partition ends without being saved: its next holder goes on from what is", "partition", number, "why", err)
		case err != nil:
			k.w.log.Error("a partition has failed, and is tried again", "partition", number, "error", err)
			pauseFor(ending, k.c.ClusterExpiry/2)
		}
	}()
	return p
}

// pauseFor waits for a while, or until ctx ends.
func pauseFor(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// analyse runs the rules over the events of a partition, until ending ends. All
// stops when dropping ends. The rules are its own: tables that they look up
// belong to one goroutine.
func (k *worker) analyse(ending, dropping context.Context, p *partition) error {
	program, err := k.c.load()
	if err != nil {
		return err
	}
	saving, cancel := lingering(ending, k.c.Grace*3/4)
	defer cancel()
	stop := context.AfterFunc(dropping, cancel)
	defer stop()
	if over, err := k.isOver(saving, p); err != nil || over {
		if over {
			<-ending.Done()
		}
		return err
	}
	d, err := k.cluster.OpenDepot(saving, p.number)
	if err != nil {
		return asTaken(err)
	}
	state, err := run.OpenStateIn(depot{d})
	if err != nil && !errors.Is(err, run.ErrTaken) {
		return fmt.Errorf("%w (%s)", err, d.Anew())
	} else if err != nil {
		return err
	}
	defer state.Close()
	engine, err := logs.New(program.Program, k.c.engineOptions(k.stamps.Zone))
	if err != nil {
		return err
	}
	if err := k.warm(ending, p, engine, state); err != nil {
		return err
	}
	out, err := k.sinks(p.number, program, state)
	if err != nil {
		return err
	}
	err = out.resume(ending, state.Effects(), k.stamps.Zone)
	if err == nil {
		err = k.read(ending, saving, p, engine, out, state)
	}
	if errors.Is(err, run.ErrTaken) {
		cancel() // what is under way is the other one's
	}
	if closed := out.close(saving); err == nil {
		err = closed
	}
	k.givenUp.Add(out.givenUp.Load())
	if err == nil && !p.cut.IsZero() && ending.Err() == nil {
		err = k.setOver(ending, p)
	}
	return err
}

// read feeds the events of a partition to its engine.
func (k *worker) read(ending, saving context.Context, p *partition, engine *logs.Engine, out *sinks, state *run.State) error {
	number := p.number
	r := &run.Runner{Engine: engine, Handler: salted{out, saltOf(number)}, State: state, Keeper: out, Options: run.Options{
		Stamps: k.stamps, Late: k.c.Late, Grace: k.c.Grace / 2, Asked: p.asked,
		Failed: func(err error) {
			k.w.log.Error("the events of a partition cannot be read", "partition", number, "error", err)
		},
		Warn: newWarner(k.w.log).warn,
	}}
	r.Options.Progress = func(sum run.Summary) { k.look(p, r, out, sum, false) }
	began := time.Now()
	k.w.log.Info("a partition begins", "partition", number)
	sum, err := r.Run(ending, []run.Input{k.input(saving, p)})
	if err == nil && !p.cut.IsZero() && ending.Err() == nil {
		err = k.toCut(ending, p, r, sum)
	}
	k.look(p, r, out, sum, true)
	k.w.log.Info("a partition ends", "partition", number, "events", sum.Lines, "late", sum.Late.Count, "seconds", fmt.Sprintf("%.1f", time.Since(began).Seconds()))
	return err
}

// clusterInput is what the events of a partition are called.
const clusterInput = "cluster"

// input makes an input of the events of a partition.
func (k *worker) input(ctx context.Context, p *partition) run.Input {
	in := run.Input{
		Name: clusterInput, Format: logs.FormatEvent, Mixed: true,
		Forget: func(mark string) { k.cluster.Forget(ctx, p.number, mark) },
	}
	open := k.cluster.OpenEvents
	if !p.cut.IsZero() {
		in.Forget = nil // all is kept for those who come after
		open = func(number int, mark string) (*tier.EventReader, error) { return k.cluster.OpenRest(ctx, number, mark) }
	}
	return liveInput(in, func(mark string) (run.Reader, error) {
		r, err := open(p.number, mark)
		p.events.Store(r)
		return eventReader{r}, err
	})
}

// sinks makes the sinks of a partition.
func (k *worker) sinks(number int, program *rdl.Program, state *run.State) (*sinks, error) {
	w := *k.w
	w.out = &wholeLines{to: k.w.out, mu: &k.printed}
	w.log = k.w.log.With(slog.Int("partition", number))
	dead := &sink.Dead{To: func(letter []byte) error { return k.cluster.Bury(number, letter) }}
	return newSinks(&w, sinkOptions{json: k.c.Alerts == "json", outputs: program.Outputs, state: state, dead: dead})
}

// eventReader is a reader of package tier, as run asks for it.
type eventReader struct{ *tier.EventReader }

func (r eventReader) Next() (run.Block, error) { return nextBlock(r.EventReader.Next) }

// A depot is one of package tier, as run asks for it. It is its own journal:
// that of the newest generation.
type depot struct{ *tier.Depot }

func (d depot) Load() (*run.Kept, []run.Kept, error) {
	snapshot, journals, err := d.Depot.Load()
	if err != nil {
		return nil, nil, err
	}
	var kept []run.Kept
	for _, j := range journals {
		kept = append(kept, run.Kept(j))
	}
	return (*run.Kept)(snapshot), kept, nil
}

func (d depot) Begin(generation uint64) (run.Journal, error) {
	d.Depot.Begin(generation)
	return d, nil
}

func (d depot) WriteAt(frames []byte, _ int64) (int, error) {
	if err := d.Append(frames); err != nil {
		return 0, asTaken(err)
	}
	return len(frames), nil
}

func (d depot) Replace(generation uint64, write func(io.Writer) error) (int64, error) {
	n, err := d.Depot.Replace(generation, write)
	return n, asTaken(err)
}

func (d depot) Sync() error  { return nil }
func (d depot) Close() error { return nil }

// asTaken says in the words of run that a partition is another worker's, or that
// this one was told to drop it.
func asTaken(err error) error {
	if errors.Is(err, tier.ErrFenced) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: %w", run.ErrTaken, err)
	}
	return err
}

// A salted is a handler that makes the IDs of effects those of a partition: two
// engines that see as many messages at the same time give the same ones.
type salted struct {
	run.Handler
	salt logs.ID
}

func (s salted) Do(ctx context.Context, e *logs.Effect) error {
	e.ID ^= s.salt
	return s.Handler.Do(ctx, e)
}

func saltOf(partition int) logs.ID {
	h := fnv.New64a()
	fmt.Fprintf(h, "partition %d", partition)
	return logs.ID(h.Sum64())
}

// wholeLines writes whole lines to where others write theirs.
type wholeLines struct {
	to   io.Writer
	mu   *sync.Mutex
	rest []byte // of a line
}

func (l *wholeLines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	end := bytes.LastIndexByte(l.rest, '\n') + 1
	if end == 0 {
		return len(p), nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.to.Write(l.rest[:end]); err != nil {
		return 0, err
	}
	l.rest = append(l.rest[:0], l.rest[end:]...)
	return len(p), nil
}
