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
	"slices"
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
// A snapshot is the messages of one subject of another stream; it counts once
// the message stands that names it. Then what is before the generation that it
// begins is removed. The number of the fence is in its name, so nobody writes
// into the snapshot of another, or takes that of a later holder for a leftover.
type Depot struct {
	c         *Cluster
	ctx       context.Context
	partition int
	fence     uint64 // its number in the stream

	mu     sync.Mutex
	last   uint64 // the number of the message that was written last
	begun  uint64 // what was last when the newest generation began
	counts string // the name of the snapshot that counts; "": there is none
	size   int    // of that
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

// How long one try to write a message may take, and how often it is looked for
// where the servers say that it stands or that something else does.
const (
	writeTimeout = 3 * time.Second
	maxLooks     = 50
)

const (
	maxChunk   = 512 << 10 // bytes of a snapshot that one message has
	maxReserve = 1 << 30   // that are believed before they have come
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
			d.unread(err)
			continue
		}
		if err := d.write(kindFence, nil); !errors.Is(err, ErrFenced) {
			d.fence = d.last
			return d, err
		}
		pause(ctx, firstWait) // what was read was old, or somebody else comes first
	}
}

// unread tells that something could not be read, and waits before it is tried
// again.
func (d *Depot) unread(err error) {
	d.c.told.say(d.c.o.Log, slog.LevelWarn, "the state of a partition cannot be read, which is tried again", "partition", d.partition, "error", err)
	pause(d.ctx, firstWait)
}

func (d *Depot) subject() string { return d.c.o.At.subject("journal", d.partition) }

// write writes a message behind the last one. It is called with mu held, or
// before others know of d.
func (d *Depot) write(kind string, data []byte) error { return d.publish(d.message(kind, data)) }

// message makes a message. It has an id by which it is found again when the
// answer to a try is lost.
func (d *Depot) message(kind string, data []byte) *nats.Msg {
	var random [12]byte
	rand.Read(random[:])
	return &nats.Msg{Subject: d.subject(), Data: data, Header: nats.Header{
		headerKind: {kind}, headerGeneration: {strconv.FormatUint(d.gen, 10)}, jetstream.MsgIDHeader: {hex.EncodeToString(random[:])},
	}}
}

// publish tries until the message stands behind the last one. That it was
// there before, as the servers say of a try whose answer was lost, is not
// enough: somebody else may have written since.
func (d *Depot) publish(m *nats.Msg) error {
	for looks := 0; d.ctx.Err() == nil; pause(d.ctx, firstWait) {
		trying, cancel := context.WithTimeout(d.ctx, writeTimeout)
		ack, err := d.c.js.PublishMsg(trying, m, jetstream.WithExpectLastSequencePerSubject(d.last))
		cancel()
		switch {
		case err == nil && !ack.Duplicate:
			d.last = ack.Sequence
			return nil
		case err != nil && !isWrongLast(err):
			d.c.told.say(d.c.o.Log, slog.LevelWarn, "the state of a partition cannot be written, which is tried again", "partition", d.partition, "error", err)
			continue
		}
		if written, err := d.look(m.Header.Get(jetstream.MsgIDHeader)); written || err != nil {
			return err
		}
		if looks++; looks > maxLooks { // the servers have lost what was written before
			return fmt.Errorf("partition %d, whose journal is not as it was left: %w", d.partition, ErrFenced)
		}
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
			d.unread(err)
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
			if _, err := fmt.Sscanf(string(m.Data), "%s %d", &d.counts, &d.size); err != nil {
				return nil, nil, fmt.Errorf("the journal of partition %d is damaged at %d: %w", d.partition, m.Sequence, err)
			}
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
	if d.counts == "" {
		return nil, nil
	}
	data := make([]byte, 0, min(max(d.size, 0), maxReserve))
	for next, looks := uint64(1), 0; len(data) < d.size; {
		m, err := d.c.snapshots.GetMsg(d.ctx, next, jetstream.WithGetMsgSubject(d.at(d.counts)))
		switch {
		case d.ctx.Err() != nil:
			return nil, d.ctx.Err()
		case errors.Is(err, jetstream.ErrMsgNotFound) && looks >= maxLooks:
			return nil, fmt.Errorf("the snapshot of partition %d is gone from the stream %s: %w", d.partition, d.c.o.At.streamOf("snapshots"), err)
		case err != nil:
			looks++
			d.unread(err)
			continue
		}
		next = m.Sequence + 1
		data = append(data, m.Data...)
	}
	d.clean()
	return &Kept{Name: fmt.Sprintf("the snapshot of partition %d", d.partition), Data: data}, nil
}

// nameOf names the snapshot that begins a generation.
func (d *Depot) nameOf(generation uint64) string { return fmt.Sprintf("%d-%d", d.fence, generation) }

// at is the subject of a snapshot.
func (d *Depot) at(name string) string {
	return fmt.Sprintf("%s.%s", d.c.o.At.subject("snapshots", d.partition), name)
}

// clean removes the snapshots that counted before, and those that never came to
// count: of this holder and of earlier ones.
func (d *Depot) clean() {
	cleaning, cancel := context.WithTimeout(d.ctx, writeTimeout)
	defer cancel()
	info, err := d.c.snapshots.Info(cleaning, jetstream.WithSubjectFilter(d.at("*")))
	if err != nil {
		return // it is done with the next snapshot
	}
	for subject := range info.State.Subjects {
		var fence, generation uint64
		name := subject[strings.LastIndex(subject, ".")+1:]
		if _, err := fmt.Sscanf(name, "%d-%d", &fence, &generation); err == nil && fence <= d.fence && name != d.counts {
			d.c.snapshots.Purge(cleaning, jetstream.WithPurgeSubject(subject))
		}
	}
}

// Anew says how a partition begins anew of which nothing can be made any more.
func (d *Depot) Anew() string {
	return fmt.Sprintf("to let it begin anew, purge the subject %s of the stream %s", d.subject(), d.c.o.At.streamOf("journal"))
}

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
	name := d.nameOf(generation)
	if err := d.put(d.ctx, name, b.Bytes()); err != nil {
		return 0, err
	}
	if err := d.count(name, b.Len()); err != nil {
		return 0, err
	}
	d.clean()
	purging, end := context.WithTimeout(d.ctx, writeTimeout)
	defer end()
	err := d.c.journal.Purge(purging, jetstream.WithPurgeSubject(d.subject()), jetstream.WithPurgeSequence(d.begun+1))
	if err != nil { // the next snapshot does it
		d.c.o.Log.Warn("what a snapshot has made needless could not be removed", "partition", d.partition, "error", err)
	}
	return int64(b.Len()), nil
}

// put writes a snapshot, which does not count yet.
func (d *Depot) put(ctx context.Context, name string, data []byte) error {
	for chunk := range slices.Chunk(data, maxChunk) {
		putting, cancel := context.WithTimeout(ctx, askTimeout)
		_, err := d.c.js.Publish(putting, d.at(name), chunk, jetstream.WithExpectStream(d.c.o.At.streamOf("snapshots")))
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}

// count lets a snapshot count.
func (d *Depot) count(name string, size int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.write(kindSnapshot, fmt.Appendf(nil, "%s %d", name, size)); err != nil {
		return err
	}
	d.counts, d.size = name, size
	return nil
}
