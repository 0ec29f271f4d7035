package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/tier"
	"github.com/logs-rdl/logs/internal/when"
	"github.com/logs-rdl/logs/rdl"
)

// clusterFlags are the flags of logs run that make it a worker of a cluster.
type clusterFlags struct {
	Cluster       string        `name:"cluster" placeholder:"URL" help:"Be one of the workers of a NATS cluster that take the events of engines below: nats://HOST:PORT,HOST:PORT/NAME."`
	Partitions    int           `placeholder:"N" help:"Into how many partitions the first worker splits the events; 64 if it does not say."`
	Replicas      int           `default:"3" placeholder:"N" help:"On how many of its servers a cluster keeps what the first worker makes."`
	ClusterMax    byteSize      `placeholder:"SIZE" help:"How much may wait in a cluster, if this is the first worker; 8GiB if none is given."`
	ClusterExpiry time.Duration `default:"10s" placeholder:"D" help:"After how long a worker that is not heard of is taken to be gone; the same for all."`
}

// A worker runs an engine for each partition that it holds:
//
//	beat ─→ held, surplus ─┬─→ start those that are new
//	                       ├─→ end the surplus: saved, and given back with the next beat
//	                       └─→ drop at once those that another worker holds
type worker struct {
	c       runCmd
	w       *world
	stamps  when.Options
	cluster *tier.Cluster
	member  *tier.Member
	running map[int]*partition
	printed sync.Mutex   // whole lines of one partition after those of another
	givenUp atomic.Int64 // actions that could not be done
}

// A partition is one that is held, and its engine.
type partition struct {
	end  context.CancelFunc // saves and ends
	drop context.CancelFunc // ends without saving
	done chan struct{}
}

// runWorker runs until ctx ends.
func (c runCmd) runWorker(ctx context.Context, w *world, p *rdl.Program, stamps when.Options) error {
	if err := c.checkWorker(p); err != nil {
		return err
	}
	at, err := tier.ParseCluster(c.Cluster)
	if err != nil {
		return fmt.Errorf("--cluster: %w", err)
	}
	cluster, err := tier.OpenCluster(ctx, tier.ClusterOptions{
		At: at, Partitions: c.Partitions, Replicas: c.Replicas, MaxBytes: int64(c.ClusterMax), Expiry: c.ClusterExpiry, Log: w.log,
	})
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	}
	defer cluster.Close()
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	k := &worker{c: c, w: w, stamps: stamps, cluster: cluster, member: cluster.Join(host), running: map[int]*partition{}}
	w.log.Info("a worker of the cluster", "name", at.Name, "worker", k.member.ID(), "partitions", cluster.Partitions())
	k.run(ctx)
	if k.givenUp.Load() > 0 {
		return &failure{code: exitAction}
	}
	return nil
}

// checkWorker refuses what a worker has no use for.
func (c runCmd) checkWorker(p *rdl.Program) error {
	for _, x := range []struct {
		given bool
		what  string
	}{
		{len(c.Logs)+len(c.Spawn) > 0 || c.Follow || c.Hub != "", "reads the events of the cluster and no log or hub: forward them with --upstream cluster+nats://..."},
		{c.State != "", "keeps its state in the cluster: leave out --state"},
		{c.Upstream != "", "has no --upstream"},
		{c.HTTP != "", "has no --http"},
		{c.DryRun, "cannot run dry, for what it would have done would be noted as done"},
		{c.Clock == "wall", "goes by the time of the events: leave out --clock wall"},
	} {
		if x.given {
			return fmt.Errorf("--cluster: a worker %s", x.what)
		}
	}
	if len(p.Inputs) > 0 {
		return from(p.Inputs[0], errors.New("a worker of a cluster reads its events alone: rules for it have no source"))
	}
	return nil
}

// run beats until ctx ends, and leaves.
func (k *worker) run(ctx context.Context) {
	beat := time.NewTicker(k.member.Every())
	defer beat.Stop()
	trouble := newWarner(k.w.log)
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for ctx.Err() == nil {
		if err := k.beat(ctx); err != nil && ctx.Err() == nil {
			trouble.warn(fmt.Errorf("the cluster does not hear this worker: %w", err))
		}
		select {
		case <-beat.C:
		case <-hangup:
			k.reload()
		case <-ctx.Done():
		}
	}
	k.leave()
}

// reload loads the rules anew. Partitions end and go on with them.
func (k *worker) reload() {
	p, err := k.c.load()
	if err == nil {
		err = k.c.checkWorker(p)
	}
	if err != nil {
		k.w.log.Error("the rules were not loaded anew, the old go on", "error", err)
		return
	}
	k.endAll()
	clear(k.running) // they are still held: the next beat starts them
	k.w.log.Info("the rules were loaded anew")
}

// beat tells that the worker lives, and starts and ends partitions as the table
// says.
func (k *worker) beat(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, k.member.Every()*2)
	defer cancel()
	held, surplus, err := k.member.Beat(asking, time.Now(), k.ended())
	if err != nil {
		return err
	}
	holds := map[int]bool{}
	for _, p := range held {
		holds[p] = true
		if k.running[p] == nil {
			k.running[p] = k.start(p)
		}
	}
	for _, p := range surplus {
		k.running[p].end()
	}
	for p, running := range k.running {
		if !holds[p] {
			running.drop()
		}
	}
	return nil
}

// ended takes out the partitions that have ended.
func (k *worker) ended() (ended []int) {
	for p, running := range k.running {
		select {
		case <-running.done:
			delete(k.running, p)
			ended = append(ended, p)
		default:
		}
	}
	return ended
}

// endAll ends all partitions and waits for it.
func (k *worker) endAll() {
	for _, running := range k.running {
		running.end()
	}
	for _, running := range k.running {
		<-running.done
	}
}

// leave ends all partitions and gives them back.
func (k *worker) leave() {
	k.endAll()
	ctx, cancel := context.WithTimeout(context.Background(), k.c.Grace)
	defer cancel()
	if err := k.member.Leave(ctx); err != nil {
		k.w.log.Warn("the partitions could not be given back, and are free when this worker has not been heard of for a while", "error", err)
	}
}

// start runs a partition until it is ended. One that fails is tried again after
// a while, here or elsewhere.
func (k *worker) start(number int) *partition {
	ending, end := context.WithCancel(context.Background())
	dropping, drop := context.WithCancel(context.Background())
	p := &partition{end: end, drop: func() { drop(); end() }, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		defer drop()
		defer end()
		err := k.analyse(ending, dropping, number)
		switch {
		case errors.Is(err, run.ErrTaken):
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
func (k *worker) analyse(ending, dropping context.Context, number int) error {
	program, err := k.c.load()
	if err != nil {
		return err
	}
	saving, cancel := lingering(ending, k.c.Grace)
	defer cancel()
	stop := context.AfterFunc(dropping, cancel)
	defer stop()
	d, err := k.cluster.OpenDepot(saving, number)
	if err != nil {
		return asTaken(err)
	}
	state, err := run.OpenStateIn(depot{d})
	if err != nil {
		return err
	}
	defer state.Close()
	engine, err := logs.New(program.Program, k.c.engineOptions(k.stamps.Zone))
	if err != nil {
		return err
	}
	out, err := k.sinks(number, program, state)
	if err != nil {
		return err
	}
	err = out.resume(ending, state.Effects(), k.stamps.Zone)
	if err == nil {
		err = k.read(ending, saving, number, engine, out, state)
	}
	if errors.Is(err, run.ErrTaken) {
		cancel() // what is under way is the other one's
	}
	if closed := out.close(saving); err == nil {
		err = closed
	}
	k.givenUp.Add(out.givenUp.Load())
	return err
}

// read feeds the events of a partition to its engine.
func (k *worker) read(ending, saving context.Context, number int, engine *logs.Engine, out *sinks, state *run.State) error {
	r := &run.Runner{Engine: engine, Handler: salted{out, saltOf(number)}, State: state, Keeper: out, Options: run.Options{
		Stamps: k.stamps, Late: k.c.Late, Grace: k.c.Grace / 2,
		Failed: func(err error) {
			k.w.log.Error("the events of a partition cannot be read", "partition", number, "error", err)
		},
		Warn: newWarner(k.w.log).warn,
	}}
	began := time.Now()
	k.w.log.Info("a partition begins", "partition", number)
	sum, err := r.Run(ending, []run.Input{k.input(saving, number)})
	k.w.log.Info("a partition ends", "partition", number, "events", sum.Lines, "late", sum.Late.Count, "seconds", fmt.Sprintf("%.1f", time.Since(began).Seconds()))
	return err
}

// input makes an input of the events of a partition.
func (k *worker) input(ctx context.Context, number int) run.Input {
	in := run.Input{
		Name: "cluster", Format: logs.FormatEvent, Mixed: true,
		Forget: func(mark string) { k.cluster.Forget(ctx, number, mark) },
	}
	return liveInput(in, func(mark string) (run.Reader, error) {
		r, err := k.cluster.OpenEvents(number, mark)
		return eventReader{r}, err
	})
}

// sinks makes the sinks of a partition.
func (k *worker) sinks(number int, program *rdl.Program, state *run.State) (*sinks, error) {
	w := *k.w
	w.out = &wholeLines{to: k.w.out, mu: &k.printed}
	w.log = k.w.log.With(slog.Int("partition", number))
	return newSinks(&w, sinkOptions{json: k.c.Alerts == "json", outputs: program.Outputs, state: state})
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
