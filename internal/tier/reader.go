package tier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/nats-io/nats.go/jetstream"
)

// An EdgeReader delivers the events of one edge, batch by batch, as a live log
// delivers its lines.
type EdgeReader struct {
	hub    *Hub
	edge   *edge
	stream jetstream.Stream // nil until it was found
	ctx    context.Context
	close  context.CancelFunc
	at     place
	resume uint64 // the batch that is to come first; 0: any
	gone   bool   // it is not there
}

// A place is where a reader stands: the next batch of a stream, and which
// events have been seen. A mark is one as text:
//
//	1764000000000000000 17 3f6b0c2e9d1a4857:1203 ...
//	the stream's birth  │  a store: the number that comes next
//	                    the batch's number in it
type place struct {
	born int64
	next uint64
	seen []seen
}

// A seen is how far a store has been read.
type seen struct {
	epoch string
	next  uint64
}

// maxStores is how many stores of one edge are told apart: it has one, and a
// new one when that is lost.
const maxStores = 8

// OpenEdge reads the events of an edge from a mark on; "" is the first that
// lies there.
func (h *Hub) OpenEdge(who Edge, mark string) (*EdgeReader, error) {
	r := &EdgeReader{hub: h, edge: h.edge(who)}
	var err error
	if r.at, err = parsePlace(mark); err != nil {
		return nil, err
	}
	r.ctx, r.close = context.WithCancel(h.ctx)
	return r, nil
}

// find finds the stream, and whether it is the one that the mark is of.
func (r *EdgeReader) find() error {
	stream, err := r.hub.js.Stream(r.ctx, streamName(r.edge.Department))
	if err != nil {
		return err
	}
	r.stream = stream
	if born := stream.CachedInfo().Created.UnixNano(); born != r.at.born {
		r.gone = r.at.born != 0
		r.at.born, r.at.next = born, 1
	} else {
		r.resume = r.at.next
	}
	return nil
}

// fetch returns the next batch of the edge that lies at the hub.
func (r *EdgeReader) fetch() (*jetstream.RawStreamMsg, error) {
	if r.stream == nil {
		if err := r.find(); err != nil {
			return nil, err
		}
	}
	return r.stream.GetMsg(r.ctx, r.at.next, jetstream.WithGetMsgSubject(tierSubject(r.edge.Department, r.edge.Host)))
}

// Next returns the next batch that holds an event that was not seen. It waits
// for it, and returns io.EOF after Close.
func (r *EdgeReader) Next() (*Block, error) {
	for {
		m, err := r.fetch()
		switch {
		case r.ctx.Err() != nil:
			return nil, io.EOF
		case err != nil:
			r.wait(err)
			continue
		}
		if r.resume != 0 && m.Sequence != r.resume {
			r.gone = true
		}
		r.resume = 0
		r.edge.batch.Store(m.Time.UnixNano())
		if block := r.block(m); block != nil {
			return block, nil
		}
	}
}

// wait waits until a batch has come. The hub is told of trouble; what cannot
// be read now is asked for again.
func (r *EdgeReader) wait(err error) {
	if !errors.Is(err, jetstream.ErrMsgNotFound) {
		r.hub.o.Log.Warn("the events of an edge cannot be read, which is tried again", "edge", r.edge, "error", err)
	}
	r.edge.batch.Store(0)
	again := time.NewTimer(time.Second)
	defer again.Stop()
	select {
	case <-r.edge.wake:
	case <-again.C:
	case <-r.ctx.Done():
	}
}

// block makes a block of what is new in a batch; nil if there is nothing.
func (r *EdgeReader) block(m *jetstream.RawStreamMsg) *Block {
	mark := r.at
	mark.next = m.Sequence
	text := mark.String()
	r.at.next = m.Sequence + 1
	b, err := parseBatch(m.Data)
	if err != nil {
		r.hub.o.Log.Error("a batch is damaged", "edge", r.edge, "number", m.Sequence, "error", err)
		return nil
	}
	skip, lost := r.at.see(&b)
	r.edge.doubles.Add(int64(skip))
	if lost > 0 {
		r.edge.lost.Add(int64(lost))
		r.hub.o.Log.Warn("an edge has lost events: its store was full", "edge", r.edge, "count", lost)
	}
	if skip == b.count {
		return nil
	}
	return &Block{reader: r, mark: text, sequence: m.Sequence, first: b.first + uint64(skip), lines: cutLines(b.lines, skip)}
}

// cutLines leaves out the first n lines.
func cutLines(lines []byte, n int) []byte {
	for range n {
		lines = lines[bytes.IndexByte(lines, '\n')+1:]
	}
	return lines
}

// Resumed is false once it has turned out that what was read before the mark
// is gone.
func (r *EdgeReader) Resumed() bool { return !r.gone }

// Close ends Next. It may be called while that runs, and again.
func (r *EdgeReader) Close() error {
	r.close()
	r.edge.batch.Store(0)
	return nil
}

// Forget is told that an edge will not be read from before a mark any more.
func (h *Hub) Forget(who Edge, mark string) {
	at, err := parsePlace(mark)
	if err == nil {
		h.edge(who).done.Store(at.next)
	}
}

// A Block is the new events of a batch.
type Block struct {
	reader   *EdgeReader
	mark     string
	sequence uint64
	first    uint64
	lines    []byte
}

// Lines returns the events, each with its number.
func (b *Block) Lines() iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		number := int64(b.first)
		for line := range bytes.Lines(b.lines) {
			line = line[:len(line)-1]
			if !yield(unsafe.String(unsafe.SliceData(line), len(line)), number) {
				return
			}
			number++
		}
	}
}

// Release tells that the events have been used.
func (b *Block) Release() {
	if !b.reader.hub.o.Keeps {
		b.reader.edge.done.Store(b.sequence + 1)
	}
}

// Mark is where the block begins, for OpenEdge.
func (b *Block) Mark() string { return b.mark }

// From is empty: who sent the events is the log itself.
func (b *Block) From() string { return "" }

// see notes the events of a batch. It returns how many of them, at the start,
// were seen before, and how many are missing before them.
func (p *place) see(b *batch) (skip int, lost uint64) {
	i := slices.IndexFunc(p.seen, func(s seen) bool { return s.epoch == b.epoch })
	if i < 0 {
		p.seen = append(slices.Clone(p.seen), seen{b.epoch, b.end()})
		if len(p.seen) > maxStores {
			p.seen = p.seen[1:]
		}
		return 0, 0
	}
	next := p.seen[i].next
	switch {
	case b.end() <= next:
		return b.count, 0
	case b.first < next:
		skip = int(next - b.first)
	default:
		lost = b.first - next
	}
	p.seen = append(slices.Delete(slices.Clone(p.seen), i, i+1), seen{b.epoch, b.end()})
	return skip, lost
}

func (p place) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d", p.born, p.next)
	for _, s := range p.seen {
		fmt.Fprintf(&b, " %s:%d", s.epoch, s.next)
	}
	return b.String()
}

// parsePlace reads a mark; "" is the beginning.
func parsePlace(mark string) (place, error) {
	p := place{next: 1}
	if mark == "" {
		return p, nil
	}
	bad := fmt.Errorf("%q is no place among the events of an edge", mark)
	words := strings.Split(mark, " ")
	if len(words) < 2 {
		return p, bad
	}
	var err, err2 error
	p.born, err = strconv.ParseInt(words[0], 10, 64)
	p.next, err2 = strconv.ParseUint(words[1], 10, 64)
	if err != nil || err2 != nil {
		return p, bad
	}
	for _, word := range words[2:] {
		epoch, digits, _ := strings.Cut(word, ":")
		next, err := strconv.ParseUint(digits, 10, 62)
		if err != nil || !epochForm.MatchString(epoch) {
			return p, bad
		}
		p.seen = append(p.seen, seen{epoch, next})
	}
	return p, nil
}
