package source

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// A Live is a live source that is open. Its lines are delivered by goroutines
// of its own, which wait for the reader: what is not read slows down whoever
// writes.
//
//	goroutines ─→ deliver ─┤channel├─→ Next
//
// Next belongs to one goroutine; the other methods may be called from any.
type Live struct {
	name   string
	pool   *Pool
	blocks chan *Block
	offset int64 // the position of the next block

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup
	ended  chan struct{} // closed when nothing will be delivered any more,
	err    error         // for this reason

	once   sync.Once
	late   chan struct{} // closed when nobody waits for the reader any more
	closed chan struct{} // closed when Close has left nothing

	cut atomic.Int64
}

func newLive(name string, pool *Pool) *Live {
	if pool == nil {
		pool = new(Pool)
	}
	l := &Live{name: name, pool: pool, blocks: make(chan *Block), ended: make(chan struct{}), late: make(chan struct{}), closed: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// start runs the one goroutine of a source that may end by itself. What it
// returns is what Next returns then.
func (l *Live) start(work func() error) {
	l.work.Go(func() {
		l.err = work()
		close(l.ended)
	})
}

// Name is the name of the source.
func (l *Live) Name() string { return l.name }

// Cut is how many lines were longer than MaxLine and lost what was beyond.
func (l *Live) Cut() int64 { return l.cut.Load() }

// Next waits for the next lines. It returns io.EOF when the source is closed
// and what had been read of it is delivered, or when it has ended and is not
// started again, and an error if that was a failure.
func (l *Live) Next() (*Block, error) {
	select {
	case b := <-l.blocks:
		b.Offset = l.offset
		l.offset += int64(len(b.Data))
		return b, nil
	case <-l.ended:
		if l.ctx.Err() == nil {
			return nil, l.err
		}
	case <-l.closed:
	}
	return nil, io.EOF
}

// Close ends the source. When it returns, nothing of it is left: no goroutine,
// no program, no open file. What has been read can be taken by Next meanwhile,
// for as long as handover. It always returns nil.
func (l *Live) Close() error {
	l.once.Do(func() {
		l.cancel()
		late := time.AfterFunc(handover, func() { close(l.late) })
		l.work.Wait()
		late.Stop()
		close(l.closed)
	})
	return nil
}

// handover is how long what has been read waits for the reader while the
// source is closed.
const handover = 500 * time.Millisecond

// errClosed tells a goroutine of a source to end.
var errClosed = errors.New("the source is closed")

// deliver hands over a block, which is then the reader's.
func (l *Live) deliver(b *Block) error {
	select {
	case l.blocks <- b:
		return nil
	case <-l.ctx.Done():
	}
	select {
	case l.blocks <- b:
		return nil
	case <-l.late:
		return errClosed
	}
}

// lines delivers the lines of in up to its end. The last one need not have a
// newline.
func (l *Live) lines(in io.Reader) error {
	return l.all(&Reader{name: l.name, pool: l.pool, in: in, stream: true})
}

// all delivers what a reader does.
func (l *Live) all(r *Reader) error {
	for cut := int64(0); ; {
		b, err := r.Next()
		l.cut.Add(r.Cut() - cut)
		cut = r.Cut()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if err := l.deliver(b); err != nil {
			return err
		}
		if l.ctx.Err() != nil {
			return errClosed
		}
	}
}
