package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/logs-rdl/logs/internal/tier"
	"github.com/logs-rdl/logs/internal/web"
	"github.com/logs-rdl/logs/internal/when"
	"github.com/logs-rdl/logs/rdl"
)

// clusterFlags are the flags of logs run that make it a worker of a cluster.
type clusterFlags struct {
	Cluster       string        `name:"cluster" placeholder:"URL" help:"Be one of the workers of a NATS cluster that take the events of engines below: nats://HOST:PORT,HOST:PORT/NAME."`
	Partitions    int           `placeholder:"N" help:"Into how many partitions the first worker splits the events; 64 if it does not say."`
	Replicas      int           `default:"3" placeholder:"N" help:"On how many of its servers a cluster keeps what the first worker makes."`
	ClusterMax    byteSize      `placeholder:"SIZE" help:"How much may wait in a cluster, if this is the first worker; 8GiB if none is given."`
	ClusterKeep   time.Duration `placeholder:"D" help:"How long events that have been used stay in the cluster: what --cluster-after can learn from."`
	ClusterAfter  string        `placeholder:"NAME" help:"Go on where the workers of another name end, with another number of partitions."`
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
	cut     time.Time     // up to when the engines go, if the cluster is split anew
	over    bool          // all partitions have gone that far
	old     *tier.Cluster // that was cut before this one; nil: none
	past    *tier.Past    // of that
	pastCut time.Time
	printed sync.Mutex   // whole lines of one partition after those of another
	givenUp atomic.Int64 // actions that could not be done

	signals  chan os.Signal
	notifier notifier
	watch    watch
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
	k := &worker{c: c, w: w, stamps: stamps, running: map[int]*partition{}, signals: make(chan os.Signal, 1), notifier: newNotifier()}
	signal.Notify(k.signals, syscall.SIGHUP, syscall.SIGUSR1)
	defer signal.Stop(k.signals)
	if err := writePid(c.Pid); err != nil {
		return err
	}
	aside, stop := context.WithCancel(context.Background())
	var others sync.WaitGroup
	defer others.Wait()
	defer stop()
	k.watch.began = time.Now()
	k.watch.stats.Store(&web.Stats{Version: version(), Started: k.watch.began})
	if err := w.serve(aside, &others, c.HTTP, func() web.Stats { return *k.watch.stats.Load() }); err != nil {
		return err
	}
	switch err := k.work(ctx, at); {
	case err != nil && ctx.Err() == nil:
		return err
	case k.givenUp.Load() > 0:
		return &failure{code: exitAction}
	}
	return nil
}

// work is a worker of the cluster that this one follows, if there is one, and
// then of this one.
func (k *worker) work(ctx context.Context, at tier.ClusterAt) error {
	if k.c.ClusterAfter != "" {
		if err := k.finish(ctx, at); err != nil || k.old == nil {
			return err
		}
		defer k.old.Close()
	}
	err := k.open(ctx, k.options(at))
	if err != nil || k.cluster == nil {
		return err
	}
	defer k.cluster.Close()
	if k.old != nil {
		if k.past, err = k.cluster.Follow(ctx, k.old); err != nil {
			return err
		}
	}
	k.run(ctx)
	if k.over {
		k.w.log.Info("the cluster is over, and goes on under another name", "name", at.Name)
	}
	k.notifier.stopping()
	k.leave()
	return nil
}

// options are those of a cluster.
func (k *worker) options(at tier.ClusterAt) tier.ClusterOptions {
	return tier.ClusterOptions{
		At: at, Partitions: k.c.Partitions, Replicas: k.c.Replicas, MaxBytes: int64(k.c.ClusterMax), Expiry: k.c.ClusterExpiry,
		Keep: k.c.ClusterKeep, Log: k.w.log,
	}
}

// open connects to a cluster, of which the worker is then a member. If it was
// told to end meanwhile there is none.
func (k *worker) open(ctx context.Context, o tier.ClusterOptions) error {
	k.cluster = nil
	cluster, err := tier.OpenCluster(ctx, o)
	switch {
	case ctx.Err() != nil:
		if err == nil {
			cluster.Close()
		}
		return nil
	case err != nil:
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		cluster.Close()
		return err
	}
	k.cluster, k.member, k.cut, k.over = cluster, cluster.Join(host), time.Time{}, false
	k.w.log.Info("a worker of the cluster", "name", o.At.Name, "worker", k.member.ID(), "partitions", cluster.Partitions())
	k.notifier.ready()
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
		{c.CountRules, "counts its rules for --http: leave out --count-rules"},
		{c.ExpireContextsOnExit, "goes on where it stood, or another does: leave out --expire-contexts-on-exit"},
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

// run beats until ctx ends, or the cluster does.
func (k *worker) run(ctx context.Context) {
	beat, look := time.NewTicker(k.member.Every()), time.NewTicker(statsEvery)
	defer beat.Stop()
	defer look.Stop()
	trouble := newWarner(k.w.log)
	due := true
	for ctx.Err() == nil && !k.over {
		if due {
			if err := k.beat(ctx); err != nil && ctx.Err() == nil {
				trouble.warn(fmt.Errorf("the cluster does not hear this worker: %w", err))
			}
		}
		k.turned()
		due = false
		select {
		case <-beat.C:
			due = true
		case <-look.C:
		case s := <-k.signals:
			if s == syscall.SIGHUP {
				k.reload()
				due = true
			} else {
				k.dump()
			}
		case <-ctx.Done():
		}
	}
}

// reload loads the rules anew. Partitions end and go on with them.
func (k *worker) reload() {
	k.notifier.reloading()
	defer k.notifier.ready()
	p, err := k.c.load()
	if err == nil {
		err = k.c.checkWorker(p)
	}
	if err != nil {
		k.watch.reloads.Failed = time.Now()
		k.w.log.Error("the rules were not loaded anew, the old go on", "error", err)
		return
	}
	k.restart()
	k.watch.past.Rules, k.watch.reloads.OK = nil, time.Now()
	k.w.log.Info("the rules were loaded anew")
}

// longestBeat is how long a beat may take: while it does nothing else is looked
// after.
const longestBeat = 5 * time.Second

// beat tells that the worker lives, and starts and ends partitions as the table
// says.
func (k *worker) beat(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, min(k.member.Every()*2, longestBeat))
	defer cancel()
	held, surplus, err := k.member.Beat(asking, time.Now(), k.ended())
	if err != nil {
		return err
	}
	if cut, ok := k.member.Cut(); ok {
		if k.over, err = k.cluster.AllOver(asking); err != nil || k.over {
			return err
		}
		if k.cut.IsZero() {
			k.w.log.Info("the cluster is split anew: its engines go to their end", "cut", cut)
			k.cut = cut
			k.restart()
		}
	}
	holds := map[int]bool{}
	for _, p := range held {
		holds[p] = true
		if k.running[p] == nil {
			k.watch.taken++
			k.running[p] = k.start(p)
		}
	}
	for _, p := range surplus {
		k.running[p].end()
	}
	for p, running := range k.running {
		if !holds[p] {
			running.fenced.Store(true)
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
			k.takeOut(p)
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

// restart ends all partitions. They are still held: the next beat starts them.
func (k *worker) restart() {
	k.endAll()
	for p := range k.running {
		k.takeOut(p)
	}
}

// takeOut takes a partition out that has ended.
func (k *worker) takeOut(p int) {
	k.watch.keep(k.running[p])
	delete(k.running, p)
}

// leave ends all partitions and gives them back. Three quarters of the grace
// are for the first.
func (k *worker) leave() {
	k.endAll()
	ctx, cancel := context.WithTimeout(context.Background(), k.c.Grace/4)
	defer cancel()
	if err := k.member.Leave(ctx); err != nil {
		k.w.log.Warn("the partitions could not be given back, and are free when this worker has not been heard of for a while", "error", err)
	}
}
