package tier

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A Depot keeps the state of one partition. All that is done with it is one
// line of messages, of which each is written only if nobody has written since
// the one before:
//
//	fence  frames frames frames snapshot frames frames │ fence frames ...
//	└ of one holder ───────────────────────────────────┘ └ of the next
//
// The next holder begins with a fence. From then on the one before cannot write
// any more, whatever it and its clock believe: it learns so before the next
// effect that it would do, and has to stop. So it does not matter for what is
// done, but only for when, whether members judge rightly who is gone.
//
// A snapshot is an object in a bucket; it counts once the message stands that
// names it. Then what is before the generation that it begins is removed.
type Depot struct {
	c         *Cluster
	ctx       context.Context
	partition int
	fence     uint64 // its number in the stream

	mu     sync.Mutex
	last   uint64 // the number of the message that was written last
	begun  uint64 // what was last when the newest generation began
	object string // the snapshot that counts; "": there is none
	gen    uint64 // of the journal
}

// A Kept is a snapshot or journal in a Depot.
type Kept struct {
	Name       string
	Generation uint64
	Data       []byte
}

// ErrFenced says that another worker holds the partition now.
var ErrFenced = errors.New("another worker has taken the partition over")

// The kinds of messages, and their headers.
const (
	kindFence    = "fence"
	kindFrames   = "frames"
	kindSnapshot = "snapshot"

	headerKind       = "Logs-Kind"
	headerGeneration = "Logs-Generation"
)

// How long one try to write a message, and to write a snapshot, may take.
const (
	writeTimeout    = 3 * time.Second
	snapshotTimeout = 5 * time.Minute
)

// OpenDepot takes the state of a partition over. While the cluster cannot be
// reached all methods wait, until ctx ends.
func (c *Cluster) OpenDepot(ctx context.Context, partition int) (*Depot, error) {
	d := &Depot{c: c, ctx: ctx, partition: partition}
	for {
		m, err := c.journal.GetLastMsgForSubject(ctx, d.subject())
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err == nil:
			d.last = m.Sequence
		case errors.Is(err, jetstream.ErrMsgNotFound):
			d.last = 0
		default:
			pause(ctx, firstWait)
			continue
		}
		if err := d.write(kindFence, nil); !errors.Is(err, ErrFenced) {
			d.fence = d.last
			return d, err
		}
		pause(ctx, firstWait) // what was read was old, or somebody else comes first
	}
}

func (d *Depot) subject() string { return d.c.o.At.subject("journal", d.partition) }

// write writes a message behind the last one. It is called with mu held, or
// before others know of d. A try whose answer is lost is found again by its id.
func (d *Depot) write(kind string, data []byte) error {
	var random [12]byte
	rand.Read(random[:])
	id := hex.EncodeToString(random[:])
	m := &nats.Msg{Subject: d.subject(), Data: data, Header: nats.Header{
		headerKind: {kind}, headerGeneration: {strconv.FormatUint(d.gen, 10)},
	}}
	for d.ctx.Err() == nil {
		trying, cancel := context.WithTimeout(d.ctx, writeTimeout)
		ack, err := d.c.js.PublishMsg(trying, m, jetstream.WithMsgID(id), jetstream.WithExpectLastSequencePerSubject(d.last))
		cancel()
		if err == nil {
			d.last = ack.Sequence
			return nil
		}
		if !isWrongLast(err) {
			d.c.told.say(d.c.o.Log, slog.LevelWarn, "the state of a partition cannot be written, which is tried again", "partition", d.partition, "error", err)
		} else if written, err := d.look(id); written || err != nil {
			return err
		}
		pause(d.ctx, firstWait)
	}
	return d.ctx.Err()
}

// look tells whether the last message is that with an id. The error is that it
// is another's.
func (d *Depot) look(id string) (written bool, err error) {
	looking, cancel := context.WithTimeout(d.ctx, writeTimeout)
	defer cancel()
	m, err := d.c.journal.GetLastMsgForSubject(looking, d.subject())
	switch {
	case err != nil || m.Sequence <= d.last:
		return false, nil // not yet to be seen
	case m.Header.Get(jetstream.MsgIDHeader) != id:
		return false, fmt.Errorf("partition %d: %w", d.partition, ErrFenced)
	}
	d.last = m.Sequence
	return true, nil
}

// Load returns the newest snapshot, nil if there is none, and the journals that
// there are, in the order of their generations.
func (d *Depot) Load() (snapshot *Kept, journals []Kept, err error) {
	for next := uint64(1); ; {
		m, err := d.c.journal.GetMsg(d.ctx, next, jetstream.WithGetMsgSubject(d.subject()))
		switch {
		case d.ctx.Err() != nil:
			return nil, nil, d.ctx.Err()
		case err != nil: // up to the fence there is one
			pause(d.ctx, firstWait)
			continue
		case m.Sequence > d.fence: // which a later holder has removed
			return nil, nil, fmt.Errorf("partition %d: %w", d.partition, ErrFenced)
		case m.Sequence == d.fence:
			snapshot, err = d.loadSnapshot()
			return snapshot, journals, err
		}
		next = m.Sequence + 1
		generation, err := strconv.ParseUint(m.Header.Get(headerGeneration), 10, 64)
		if err != nil {
			return nil, nil, fmt.Errorf("the journal of partition %d is damaged at %d: %w", d.partition, m.Sequence, err)
		}
		switch m.Header.Get(headerKind) {
		case kindSnapshot:
			d.object = string(m.Data)
		case kindFrames:
			journals = d.addFrames(journals, generation, m.Data)
		}
	}
}

// addFrames puts frames behind those of their generation, which is the last.
func (d *Depot) addFrames(journals []Kept, generation uint64, frames []byte) []Kept {
	if n := len(journals); n == 0 || journals[n-1].Generation != generation {
		journals = append(journals, Kept{fmt.Sprintf("the journal of partition %d", d.partition), generation, nil})
	}
	last := &journals[len(journals)-1]
	last.Data = append(last.Data, frames...)
	return journals
}

// loadSnapshot gets the snapshot that counts. A server that does not have it yet
// is asked again.
func (d *Depot) loadSnapshot() (*Kept, error) {
	if d.object == "" {
		return nil, nil
	}
	for tries := 0; ; tries++ {
		data, err := d.c.snapshots.GetBytes(d.ctx, d.object)
		if err == nil {
			d.clean()
			return &Kept{Name: fmt.Sprintf("the snapshot of partition %d", d.partition), Data: data}, nil
		}
		if errors.Is(err, jetstream.ErrObjectNotFound) && tries > 50 || errors.Is(err, jetstream.ErrDigestMismatch) || d.ctx.Err() != nil {
			return nil, fmt.Errorf("the snapshot of partition %d: %w", d.partition, err)
		}
		pause(d.ctx, firstWait)
	}
}

// clean removes snapshots of the partition that never came to count.
func (d *Depot) clean() {
	all, err := d.c.snapshots.List(d.ctx)
	if err != nil {
		return // the next holder does it
	}
	for _, o := range all {
		if strings.HasPrefix(o.Name, d.objectName("")) && o.Name != d.object {
			d.c.snapshots.Delete(d.ctx, o.Name)
		}
	}
}

// objectName names a snapshot. Two holders never use the same one.
func (d *Depot) objectName(which string) string { return fmt.Sprintf("%d/%s", d.partition, which) }

// Begin begins the journal of a generation.
func (d *Depot) Begin(generation uint64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gen, d.begun = generation, d.last
	return nil
}

// Append writes frames into the newest journal. They last when it returns.
func (d *Depot) Append(frames []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.write(kindFrames, frames)
}

// Replace puts a snapshot in the place of the one before, and returns how long
// it is.
func (d *Depot) Replace(generation uint64, write func(io.Writer) error) (int64, error) {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return 0, err
	}
	name := d.objectName(fmt.Sprintf("%d-%d", d.fence, generation))
	putting, cancel := context.WithTimeout(d.ctx, snapshotTimeout)
	defer cancel()
	if _, err := d.c.snapshots.PutBytes(putting, name, b.Bytes()); err != nil {
		return 0, err
	}
	if err := d.count(name); err != nil {
		return 0, err
	}
	purging, end := context.WithTimeout(d.ctx, writeTimeout)
	defer end()
	err := d.c.journal.Purge(purging, jetstream.WithPurgeSubject(d.subject()), jetstream.WithPurgeSequence(d.begun+1))
	if err != nil { // the next snapshot does it
		d.c.o.Log.Warn("what a snapshot has made needless could not be removed", "partition", d.partition, "error", err)
	}
	return int64(b.Len()), nil
}

// count lets a snapshot count, and removes the one before.
func (d *Depot) count(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.write(kindSnapshot, []byte(name)); err != nil {
		return err
	}
	if d.object != "" {
		d.c.snapshots.Delete(d.ctx, d.object) // what is left over, clean finds
	}
	d.object = name
	return nil
}
