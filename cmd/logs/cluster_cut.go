package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/tier"
)

// A cluster that is split anew is two, one after the other. Each worker of the
// next is one of the old until that is over:
//
//	finish   cut the old; its partitions read the rest, go on to the cut, are over
//	warm     before a partition begins: what is left of the old events, silently
//	run      the events of the next

// finish is a worker of the cluster that this one follows, until that is over.
func (k *worker) finish(ctx context.Context, at tier.ClusterAt) error {
	if at.Name == k.c.ClusterAfter {
		return errors.New("--cluster-after: a cluster follows one of another name")
	}
	at.Name = k.c.ClusterAfter
	o := k.options(at)
	o.Partitions, o.Old = 0, true
	if err := k.open(ctx, o); err != nil || k.cluster == nil {
		return err
	}
	err := k.cluster.Cut(ctx, k.member.ID())
	if err == nil {
		k.run(ctx)
		k.leave()
	}
	if err != nil || ctx.Err() != nil {
		k.cluster.Close()
		return err
	}
	k.old = k.cluster
	k.pastCut, _ = k.member.Cut()
	return nil
}

// toCut lets the engine of a partition, of which all events have been read, go
// on to the cut.
func (k *worker) toCut(ctx context.Context, p *partition, r *run.Runner, sum run.Summary) error {
	if sum.Failed > 0 {
		return errors.New("its last events could not be read")
	}
	effects := r.Engine.Advance(p.cut)
	for i := range effects {
		if err := r.Handler.Do(ctx, &effects[i]); err != nil {
			return err
		}
	}
	if err := r.Handler.Flush(); err != nil {
		return err
	}
	return r.Keep()
}

// setOver tells that a partition is over, when all that it had to do is done, and
// holds it until ctx ends.
func (k *worker) setOver(ctx context.Context, p *partition) error {
	if err := k.cluster.SetOver(ctx, p.number, p.events.Load()); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// isOver tells whether nothing of a partition is to be done any more.
func (k *worker) isOver(ctx context.Context, p *partition) (bool, error) {
	if p.cut.IsZero() {
		return false, nil
	}
	return k.cluster.IsOver(ctx, p.number)
}

// warm lets an engine learn what those knew that it follows, if its partition has
// not begun yet. What they did is not done again.
func (k *worker) warm(ctx context.Context, p *partition, engine *logs.Engine, state *run.State) error {
	if k.past == nil || state.Read(clusterInput) {
		return nil
	}
	r := &run.Runner{Engine: engine, Handler: discarded{}, Options: run.Options{Stamps: k.stamps, Late: k.c.Late}}
	var inputs []run.Input
	n := k.cluster.Partitions()
	for _, old := range k.past.Partitions(p.number, n) {
		inputs = append(inputs, run.Input{
			Name: fmt.Sprintf("past %d", old), Format: logs.FormatEvent, Mixed: true,
			Open: func() (run.Opened, error) {
				return run.Opened{Reader: pastReader{k.past.Open(ctx, old, p.number, n)}}, nil
			},
		})
	}
	sum, err := r.Run(ctx, inputs)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: it was given back", run.ErrTaken)
	case err != nil:
		return err
	case sum.Failed > 0:
		return errors.New("the events of the past could not be read")
	}
	engine.Advance(k.pastCut)
	k.w.log.Info("a partition knows what was before", "partition", p.number, "events", sum.Lines)
	return nil
}

// pastReader is a reader of package tier, as run asks for it.
type pastReader struct{ *tier.PastReader }

func (r pastReader) Next() (run.Block, error) { return nextBlock(r.PastReader.Next) }
