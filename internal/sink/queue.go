package sink

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/logs-rdl/logs"
)

// A Deliverer hands effects to a receiver. Deliver must return nil only when
// the receiver has the effect, an error of Permanent when no other try can be
// better, and else an error that is worth another try. It must end soon after
// ctx has ended, and may be called from several goroutines.
type Deliverer interface {
	Deliver(ctx context.Context, e *logs.Effect) error
}

// Permanent marks an error that will not get better. Of nil it makes nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// RetryAfter marks an error with the time that the receiver has asked for
// before the next try.
func RetryAfter(err error, wait time.Duration) error { return postponed{err, wait} }

type postponed struct {
	error
	wait time.Duration
}

func (p postponed) Unwrap() error { return p.error }

// QueueOptions say how a Queue works. The zero QueueOptions works.
type QueueOptions struct {
	Size    int // how many effects may wait; 0 means 1,000
	Bytes   int // how many bytes of text these may have; 0 means 64 MiB
	Workers int // how many are delivered at once; 0 means 1, which keeps their order

	FirstRetry time.Duration // how long after a try that failed the next one comes, doubled with each; 0 means 1s
	MaxRetry   time.Duration // the longest wait between two tries; 0 means 5m
	GiveUp     time.Duration // how long after it was taken an effect is tried; 0 means 1h
	Timeout    time.Duration // how long one try may last; 0 means 30s
	Limit      Limit         // how many effects may go out in a period; the zero Limit is none

	// Full is called by Do before it waits because the queue is full. It may be
	// nil.
	Full func()

	// Dead is given what could not be delivered, with the reason. While it
	// returns an error the effect stays, and both are tried again. Nil drops
	// the effect, which Stats counts.
	Dead func(e *logs.Effect, err error) error
	// Done is told of every effect that the receiver has, or Dead. Of those
	// that went out in a digest it is given the Kind and the ID only, and after
	// them the digest. It may be nil. One call of Dead or Done comes at a time.
	Done func(e *logs.Effect)
}

// withDefaults returns the options with all that is zero filled in.
func (o QueueOptions) withDefaults() QueueOptions {
	orDefault(&o.Size, 1000)
	orDefault(&o.Bytes, 64<<20)
	orDefault(&o.Workers, 1)
	orDefault(&o.FirstRetry, time.Second)
	orDefault(&o.MaxRetry, 5*time.Minute)
	orDefault(&o.GiveUp, time.Hour)
	orDefault(&o.Timeout, 30*time.Second)
	if o.Dead == nil {
		o.Dead = func(*logs.Effect, error) error { return nil }
	}
	if o.Done == nil {
		o.Done = func(*logs.Effect) {}
	}
	return o
}

func orDefault[T int | time.Duration](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}

// A Queue stands in front of a receiver that may be slow, or away for a while:
//
//	Do ─→ limit ─→ waiting ─→ worker: try, wait, try... ─→ Done
//	        │         ↑          └─→ given up: Dead ─→ Done
//	        └─ held ──┘ as one digest, at the end of the period
//
// What it has taken it delivers, or hands to Dead, or still has: Pending tells.
// A queue that is full makes Do wait, so a slow receiver slows the reading of
// logs and loses nothing. An effect that is being tried again holds up those
// behind it, unless there are several Workers.
type Queue struct {
	name string
	to   Deliverer
	o    QueueOptions

	alive context.Context // ends when no try may be made any more
	kill  context.CancelFunc
	over  chan struct{} // closed when Run has returned

	mu      sync.Mutex
	changed chan struct{} // closed, and made anew, whenever something below changes
	closing chan struct{} // closed by Close
	started bool
	items   []*item // those that wait or are being tried, in the order taken
	bytes   int     // of the texts of items
	limit   limiter
	stats   QueueStats

	telling sync.Mutex // held while Dead or Done is called
}

// An item is an effect in a queue.
type item struct {
	effect  *logs.Effect
	ids     []logs.ID // of a digest: what it stands for
	bytes   int
	taken   time.Time
	running bool
}

// count is how many effects an item stands for.
func (it *item) count() int64 { return int64(max(len(it.ids), 1)) }

// QueueStats count effects. One in a digest counts as any other.
type QueueStats struct {
	Name      string
	Delivered int64
	Retried   int64 // tries that failed and were not the last
	Dead      int64 // given up
	Waiting   int64 // for their first try or another
	Held      int64 // for the end of the period
}

// NewQueue returns a queue of that name, which messages use, in front of a
// receiver. Nothing is delivered before Run.
func NewQueue(name string, to Deliverer, o QueueOptions) *Queue {
	q := &Queue{
		name: name, to: to, o: o.withDefaults(), limit: limiter{Limit: o.Limit},
		over: make(chan struct{}), changed: make(chan struct{}), closing: make(chan struct{}),
	}
	q.alive, q.kill = context.WithCancel(context.Background())
	return q
}

// Do takes a copy of the effect. It waits while the queue is full, and fails
// only if the effect was not taken: because ctx ended, or the queue is closed.
func (q *Queue) Do(ctx context.Context, e *logs.Effect) error {
	it, full := &item{effect: keep(e), bytes: weight(e)}, q.o.Full
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		err := ctx.Err()
		if q.isClosing() || q.alive.Err() != nil {
			err = ErrClosed
		}
		if err != nil {
			return fmt.Errorf("rule %s: %s was not handed to %s: %w", e.Rule, e.Kind, q.name, err)
		}
		if q.enter(it, time.Now()) {
			q.broadcast()
			return nil
		}
		if full != nil {
			q.mu.Unlock()
			full()
			q.mu.Lock()
			full = nil // there may be room by now
			continue
		}
		q.wait(ctx, nil)
	}
}

// enter puts an item among those that wait, or holds it, and tells whether
// there was room.
func (q *Queue) enter(it *item, now time.Time) bool {
	q.turn(now)
	if q.limit.admits(now) {
		if !q.room(it.bytes) {
			return false
		}
		q.limit.pass(now)
		q.push(it, now)
		return true
	}
	if q.limit.full(it.effect) {
		if !q.room(0) {
			return false
		}
		q.release(now)
	}
	q.limit.hold(it.effect, now)
	return true
}

func (q *Queue) room(bytes int) bool {
	return len(q.items) == 0 || len(q.items) < q.o.Size && q.bytes+bytes <= q.o.Bytes
}

func (q *Queue) push(it *item, now time.Time) {
	it.taken = now
	q.items = append(q.items, it)
	q.bytes += it.bytes
}

// turn ends the period of the limit when it is over. It returns how long it
// lasts yet if anything is held, else 0. Where there is no room for a digest,
// what is held waits for it.
func (q *Queue) turn(now time.Time) time.Duration {
	if q.limit.held == 0 || !q.room(0) {
		return 0
	}
	if left := q.limit.left(now); left > 0 {
		return left
	}
	q.release(now)
	return 0
}

// release lets out what is held.
func (q *Queue) release(now time.Time) {
	for _, d := range q.limit.release() {
		e := d.effect()
		q.push(&item{effect: e, ids: d.ids, bytes: weight(e)}, now)
	}
}

// Run delivers until Close has ended it, or ctx ends. A queue runs once.
func (q *Queue) Run(ctx context.Context) {
	defer close(q.over)
	q.mu.Lock()
	q.started = true
	q.mu.Unlock()
	defer context.AfterFunc(ctx, q.kill)()
	var workers sync.WaitGroup
	for range q.o.Workers {
		workers.Go(func() {
			for it := q.take(); it != nil; it = q.take() {
				q.serve(it)
			}
		})
	}
	workers.Wait()
	q.kill()
}

// take returns the next item to be delivered, and nil when none will come.
func (q *Queue) take() *item {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.alive.Err() == nil {
		left := q.turn(time.Now())
		for _, it := range q.items {
			if !it.running {
				it.running = true
				return it
			}
		}
		if q.isClosing() && len(q.items) == 0 {
			return nil
		}
		var turning <-chan time.Time
		if left > 0 {
			turning = time.After(left)
		}
		q.wait(q.alive, turning)
	}
	return nil
}

// wait gives up the lock until something has changed.
func (q *Queue) wait(ctx context.Context, turning <-chan time.Time) {
	changed := q.changed
	q.mu.Unlock()
	defer q.mu.Lock()
	select {
	case <-changed:
	case <-turning:
	case <-ctx.Done():
	case <-q.alive.Done():
	}
}

func (q *Queue) broadcast() {
	close(q.changed)
	q.changed = make(chan struct{})
}

func (q *Queue) isClosing() bool {
	select {
	case <-q.closing:
		return true
	default:
		return false
	}
}

// serve tries an item until it is delivered or given up. When the queue is
// killed, the item stays.
func (q *Queue) serve(it *item) {
	for wait := q.o.FirstRetry; ; wait = min(2*wait, q.o.MaxRetry) {
		err := q.try(it)
		if err == nil {
			q.finish(it, &q.stats.Delivered)
			return
		}
		if q.alive.Err() != nil {
			return
		}
		left := q.o.GiveUp - time.Since(it.taken)
		if errors.As(err, &permanent{}) || left <= 0 {
			if q.bury(it, err) == nil {
				q.finish(it, &q.stats.Dead)
				return
			}
			left = q.o.MaxRetry
		}
		q.mu.Lock()
		q.stats.Retried++
		q.mu.Unlock()
		q.pause(min(delay(wait, err), left))
	}
}

// try makes one try.
func (q *Queue) try(it *item) error {
	ctx, cancel := context.WithTimeout(q.alive, q.o.Timeout)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return err
	}
	return q.to.Deliver(ctx, it.effect)
}

// bury hands an item to Dead.
func (q *Queue) bury(it *item, err error) error {
	q.telling.Lock()
	defer q.telling.Unlock()
	return q.o.Dead(it.effect, err)
}

// delay is how long the next try is waited for: as long as the receiver asks,
// else about as long as said, so that many senders do not come back at once.
func delay(wait time.Duration, err error) time.Duration {
	if p := (postponed{}); errors.As(err, &p) && p.wait > 0 {
		return p.wait
	}
	return wait*3/4 + rand.N(wait/2+1)
}

// pause waits between two tries. Close cuts it short, once.
func (q *Queue) pause(d time.Duration) {
	closing := q.closing
	if q.isClosing() {
		closing = nil
	}
	select {
	case <-time.After(d):
	case <-closing:
	case <-q.alive.Done():
	}
}

// finish takes an item out. It is out before Done is told, so that whoever
// notes what is done has never an effect both in Pending and noted before.
func (q *Queue) finish(it *item, counter *int64) {
	q.mu.Lock()
	q.items = slices.DeleteFunc(q.items, func(other *item) bool { return other == it })
	q.bytes -= it.bytes
	*counter += it.count()
	q.broadcast()
	q.mu.Unlock()

	q.telling.Lock()
	defer q.telling.Unlock()
	for _, id := range it.ids {
		q.o.Done(&logs.Effect{Kind: it.effect.Kind, ID: id})
	}
	q.o.Done(it.effect)
}

// Pending returns what was taken and is not done, in the order taken; what is
// held, as the digests that would go out now.
func (q *Queue) Pending() []logs.Effect {
	q.mu.Lock()
	defer q.mu.Unlock()
	pending := make([]logs.Effect, 0, len(q.items)+len(q.limit.digests))
	for _, it := range q.items {
		pending = append(pending, *it.effect)
	}
	for _, d := range q.limit.digests {
		pending = append(pending, *d.effect())
	}
	return pending
}

// Stats tells how far the queue is.
func (q *Queue) Stats() QueueStats {
	q.mu.Lock()
	defer q.mu.Unlock()
	stats := q.stats
	stats.Name, stats.Held = q.name, int64(q.limit.held)
	for _, it := range q.items {
		stats.Waiting += it.count()
	}
	return stats
}

// Close takes no more effects, lets out what is held, and delivers what it can
// until ctx ends. What is left then is still in Pending. It waits for a Run that
// has begun, or, where there is something to deliver, is about to. Close may be
// called again.
func (q *Queue) Close(ctx context.Context) {
	q.mu.Lock()
	if !q.isClosing() {
		close(q.closing)
		q.release(time.Now())
		q.broadcast()
	}
	if !q.started && len(q.items) == 0 {
		q.kill()
	}
	q.mu.Unlock()
	defer context.AfterFunc(ctx, q.kill)()
	<-q.alive.Done() // by ctx, or by Run at its end
	q.mu.Lock()
	started := q.started
	q.mu.Unlock()
	if started {
		<-q.over
	}
}

// keep returns a copy of an effect that shares nothing with it.
func keep(e *logs.Effect) *logs.Effect {
	kept := *e
	kept.Rule, kept.Text = strings.Clone(e.Rule), strings.Clone(e.Text)
	kept.Target, kept.Sink = strings.Clone(e.Target), strings.Clone(e.Sink)
	kept.Lines, kept.Args = cloneAll(e.Lines), cloneAll(e.Args)
	kept.Fields = slices.Clone(e.Fields)
	for i, f := range kept.Fields {
		kept.Fields[i] = logs.Field{Name: strings.Clone(f.Name), Value: f.Value.Keep()}
	}
	return &kept
}

func cloneAll(texts []string) []string {
	cloned := slices.Clone(texts)
	for i, s := range cloned {
		cloned[i] = strings.Clone(s)
	}
	return cloned
}

// weight is about how many bytes an effect takes.
func weight(e *logs.Effect) int {
	n := 256 + len(e.Rule) + len(e.Text) + len(e.Target)
	for _, s := range e.Lines {
		n += 16 + len(s)
	}
	for _, s := range e.Args {
		n += 16 + len(s)
	}
	for _, f := range e.Fields {
		n += 64 + len(f.Name) + len(f.Value.Append(nil, time.UTC))
	}
	return n
}
