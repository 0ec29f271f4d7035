package tier

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/logs-rdl/logs"
)

// A Full says what happens to an event for which the store has no room.
type Full string

// What happens when the store is full, or cannot be written.
const (
	FullBlock Full = "block" // the engine waits, and so does the reading of logs
	FullDrop  Full = "drop"  // the event is dropped, and counted
)

// UpstreamOptions say where the events of an engine go.
type UpstreamOptions struct {
	URL        string // of the hub; "" takes that of the credential
	Credential string // the file that the hub's administrator has made; "" for a hub on this machine
	Dir        string // of the store; made if it is missing
	Name       string // of this edge, usually the host's; CheckName tells what it may be
	MaxBytes   int64  // that may wait for the hub; 0: DefaultMaxBytes
	Full       Full   // "": FullBlock
	Keeps      bool   // the engine has a state: Keep, Kept and Resume are called
	Waits      func() // called every second while Do waits; nil: nobody asks
	Log        *slog.Logger
}

// DefaultMaxBytes is how much waits for a hub at the most: some millions of
// events.
const DefaultMaxBytes = 1 << 30

// quietFor is how long a store must have had room before it is told anew that it
// is full.
const quietFor = time.Minute

// An Upstream is the way to the tier above.
type Upstream struct {
	o       UpstreamOptions
	store   *store
	wake    chan struct{} // holds a token when there is something to ship
	room    chan struct{} // holds a token when something has been shipped
	line    []byte        // reused
	dropped atomic.Int64
	stored  atomic.Int64
	shipped atomic.Int64
	trouble error     // that was told last
	full    time.Time // when the store was found full last
}

// UpstreamStats tell what became of the events since the process began.
type UpstreamStats struct {
	Stored  int64 // taken over
	Shipped int64 // that the hub has
	Dropped int64 // for which there was no room
	Waiting int64 // events that the hub does not have, of earlier runs too
	Bytes   int64 // of these, on the disk
}

// OpenUpstream opens the store. It must be closed, and Run ships what is in
// it. The error tells which option is of no use.
func OpenUpstream(o UpstreamOptions) (*Upstream, error) {
	u, err := newUpstream(o)
	if err != nil {
		return nil, err
	}
	if _, err := u.target(); err != nil {
		return nil, err
	}
	return u, u.open()
}

// newUpstream returns an Upstream whose store is not open.
func newUpstream(o UpstreamOptions) (*Upstream, error) {
	if err := CheckName(o.Name); err != nil {
		return nil, err
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Upstream{o: o, wake: make(chan struct{}, 1), room: make(chan struct{}, 1)}, nil
}

// open opens the store.
func (u *Upstream) open() (err error) {
	u.store, err = openStore(u.o.Dir, u.o.MaxBytes, u.o.Keeps, u.o.Log)
	return err
}

// Do takes over an event that is forwarded. When it returns nil the event
// survives the process, or was counted as dropped. It waits while the store is
// full, unless the options say otherwise; when ctx ends meanwhile, the event is
// stored beyond the bound.
func (u *Upstream) Do(ctx context.Context, e *logs.Effect) error {
	u.line = logs.AppendEvent(u.line[:0], e, u.o.Name)
	if len(u.line) > maxEvent {
		return fmt.Errorf("the event %s has %d bytes; %d is the most that can be forwarded", e.Text, len(u.line), maxEvent)
	}
	for {
		err := u.store.add(e.ID, u.line, ctx.Err() != nil)
		switch {
		case err == nil:
			u.stored.Add(1)
			signal(u.wake)
			return nil
		case u.o.Full == FullDrop:
			if u.dropped.Add(1) == 1 {
				u.o.Log.Error("an event for the tier above was dropped; further ones are counted", "event", e.Text, "error", err)
			}
			u.store.skip()
			return nil
		case ctx.Err() != nil:
			return err
		}
		u.tellFull(err, time.Now())
		u.waitForRoom(ctx)
	}
}

// tellFull tells that the engine waits: a store that is being shipped is full
// and not full by turns, so only if it has not been full for a while.
func (u *Upstream) tellFull(err error, now time.Time) {
	if now.Sub(u.full) > quietFor {
		u.o.Log.Warn("the engine waits until an event for the tier above can be stored", "error", err)
	}
	u.full = now
}

// waitForRoom waits until something has been shipped, or a disk that takes
// nothing may take something again.
func (u *Upstream) waitForRoom(ctx context.Context) {
	again := time.NewTimer(time.Second)
	defer again.Stop()
	select {
	case <-u.room:
	case <-again.C:
		if u.o.Waits != nil {
			u.o.Waits()
		}
	case <-ctx.Done():
	}
}

// signal leaves a token in a channel of one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Keep brings what Do has taken to the disk, and returns how far that is, for
// Resume. It is called before a snapshot of the engine.
func (u *Upstream) Keep() (mark uint64, err error) { return u.store.keep() }

// Kept is called when the snapshot lasts.
func (u *Upstream) Kept() {
	if err := u.store.markKept(); err != nil {
		u.o.Log.Warn("what the tier above has could not be removed", "error", err)
	}
}

// Resume is told what Keep returned for the snapshot from which the engine
// goes on: what comes again is known then. It is called before Do.
func (u *Upstream) Resume(mark uint64) error { return u.store.resume(mark) }

// Drain waits until the hub has all events, or ctx ends. It returns how many
// the hub does not have.
func (u *Upstream) Drain(ctx context.Context) (left uint64) {
	for {
		left, _ = u.store.left()
		if left == 0 || ctx.Err() != nil {
			return left
		}
		select {
		case <-u.room:
		case <-ctx.Done():
		}
	}
}

// Stats may be called from any goroutine.
func (u *Upstream) Stats() UpstreamStats {
	events, bytes := u.store.left()
	return UpstreamStats{
		Stored: u.stored.Load(), Shipped: u.shipped.Load(), Dropped: u.dropped.Load(), Waiting: int64(events), Bytes: bytes,
	}
}

// Close closes the store, when Run has returned.
func (u *Upstream) Close() error { return u.store.close() }
