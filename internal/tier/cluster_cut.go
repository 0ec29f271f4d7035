package tier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// What is known of a key lies with its partition and cannot be split. So a
// cluster with another number of partitions is one with another name, which
// learns what the old one knew from its events:
//
//	old  events ─────────────────┤ sealed
//	     engines  effects ───────┼──→ over: all was read, and the clock is at the cut
//	new  engines  (no effects) ──┴──→ events of the new stream, effects
//
// An event is in the old stream or, as its edge keeps it until that has taken
// it, in the new one; or in both, when an edge was told nothing of a batch of which
// some parts were taken. So who is over says how far it has read each store, and
// the new readers drop what is before. Effects up to the cut are those of the old
// engines, all later ones those of the new.

// The state of a cluster that is being split anew.
const (
	overKey = "over." // and the partition: how far its events were read
	settled = 2 * time.Second
)

// Cut ends the cluster: its events are sealed, and its members are told. It may
// be called again.
func (c *Cluster) Cut(ctx context.Context, name string) error {
	return c.retried(ctx, func(ctx context.Context) error {
		info, err := c.events.Info(ctx)
		if err != nil {
			return err
		}
		if o := info.Config; !o.Sealed {
			o.Sealed, o.AllowDirect = true, false // the leader alone knows where the end is
			if _, err := c.js.UpdateStream(ctx, o); err != nil {
				return err
			}
			pause(ctx, settled) // what is under way is refused, or there
		}
		return c.Join(name).change(ctx, func(t *table) {
			if t.Cut == 0 {
				t.Cut = time.Now().UnixNano()
			}
		})
	})
}

// OpenRest is OpenEvents of a cluster that has been cut: there is an end.
func (c *Cluster) OpenRest(ctx context.Context, partition int, mark string) (*EventReader, error) {
	if _, err := c.events.Info(ctx); err != nil { // that the leader is to be asked is known then
		return nil, fmt.Errorf("the events of partition %d: %w", partition, err)
	}
	r, err := c.OpenEvents(partition, mark)
	if err == nil {
		r.ends = true
	}
	return r, err
}

// SetOver tells that all events of a partition have been read, by a reader that
// has come to its end.
func (c *Cluster) SetOver(ctx context.Context, partition int, r *EventReader) error {
	_, err := c.table.Put(ctx, overKey+strconv.Itoa(partition), []byte(r.at.String()))
	return err
}

// IsOver tells whether a partition is over.
func (c *Cluster) IsOver(ctx context.Context, partition int) (bool, error) {
	_, err := c.table.Get(ctx, overKey+strconv.Itoa(partition))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

// AllOver tells whether all partitions are.
func (c *Cluster) AllOver(ctx context.Context) (bool, error) {
	bucket, err := c.js.Stream(ctx, "KV_"+c.table.Bucket())
	if err != nil {
		return false, err
	}
	info, err := bucket.Info(ctx, jetstream.WithSubjectFilter("$KV."+c.table.Bucket()+"."+overKey+"*"))
	return err == nil && len(info.State.Subjects) == c.count, err
}

// A Past is a cluster that is over, and goes on in another.
type Past struct {
	c    *Cluster
	ends []place // of its partitions
}

// Follow lets the cluster go on where another is over: the readers that it opens
// then drop what that one has read.
func (c *Cluster) Follow(ctx context.Context, old *Cluster) (*Past, error) {
	p := &Past{c: old, ends: make([]place, old.count)}
	for i := range p.ends {
		err := c.retried(ctx, func(ctx context.Context) error {
			entry, err := old.table.Get(ctx, overKey+strconv.Itoa(i))
			if err != nil {
				return err
			}
			p.ends[i], err = parsePlace(string(entry.Value()))
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("how far %s was read: %w", old.o.At.Name, err)
		}
	}
	if _, err := old.events.Info(ctx); err != nil {
		return nil, err
	}
	c.past = p
	return p, nil
}

// has tells whether an event was read in the past.
func (p *Past) has(epoch string, number uint64, event []byte) bool {
	known := slices.ContainsFunc(p.ends, func(at place) bool { return number < at.nextOf(epoch) })
	return known && number < p.ends[partitionOf(keyOf(event), len(p.ends))].nextOf(epoch)
}

// A PastReader delivers what is left of the events of a partition of the past, as
// far as they belong to one of the present, in the order in which they came.
type PastReader struct {
	past   *Past
	ctx    context.Context
	events *EventReader // of the old partition; what Next of it does is not used
}

// Partitions returns the old partitions that may have events of one of n: a single
// one where n is a multiple of the old number.
func (p *Past) Partitions(partition, n int) (old []int) {
	common := gcd(n, p.c.count)
	for i := partition % common; i < p.c.count; i += common {
		old = append(old, i)
	}
	return old
}

// Open opens the events that an old partition has for one of n.
func (p *Past) Open(ctx context.Context, old, partition, n int) *PastReader {
	return &PastReader{past: p, ctx: ctx, events: &EventReader{
		c: p.c, partition: old, at: place{next: 1}, only: func(event []byte) bool { return partitionOf(keyOf(event), n) == partition },
	}}
}

func gcd(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

// Next returns the next part that holds an event.
func (r *PastReader) Next() (*Part, error) {
	for {
		m, err := r.past.c.events.GetMsg(r.ctx, r.events.at.next, jetstream.WithGetMsgSubject(r.events.subject()))
		switch {
		case r.ctx.Err() != nil:
			return nil, r.ctx.Err()
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return nil, io.EOF
		case err != nil:
			r.past.c.told.say(r.past.c.o.Log, slog.LevelWarn, "events of the past cannot be read, which is tried again", "partition", r.events.partition, "error", err)
			pause(r.ctx, firstWait)
			continue
		}
		if part := r.events.part(m); part != nil {
			return part, nil
		}
	}
}

// Close does nothing.
func (r *PastReader) Close() error { return nil }
