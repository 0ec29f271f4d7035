package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"time"
)

// Inner is a live source that is open, to be spooled.
type Inner interface {
	// Next waits for the next lines.
	Next() (*Block, error)
	// Close makes it return io.EOF.
	Close() error
}

// Spool keeps on the disk what came from a source that cannot be asked twice,
// such as syslog, until it is told that it is not needed any more:
//
//	s := source.Spool{Dir: "state/syslog", Of: "syslog", Source: func(mark string) (source.Inner, error) {
//		return syslog.Open(mark)
//	}}
//
// The source is read by a goroutine of its own. A block is written before Next
// returns it, and its mark is its position in the spool, from which it can be
// read again.
//
//	Source ─→ segments on the disk ─→ Next
//	               └── Forget deletes
//
// When this program is killed, nothing is lost that the source had handed
// over. When the machine loses its power, what was written in the last Sync
// may be lost. A source that can go back is opened at the last mark that was
// written, and what it repeats of the lines behind it is left out.
type Spool struct {
	Dir    string // of its own; made if it is missing
	Of     string // the name of the source
	Source func(mark string) (Inner, error)

	Limit  int64           // bytes that wait to be read; beyond, the source is not read on. 0 means 1 GiB
	Sync   time.Duration   // how often what was written is made to last; 0 means a second
	Failed func(err error) // is told, once, of a disk that cannot be written, and with nil when it can be again; may be nil

	segment int64 // bytes of a segment; 0 means 16 MiB
	retry   time.Duration
	create  func(path string) (spoolFile, error)
}

// A spoolFile is the segment that is written.
type spoolFile interface {
	io.WriterAt
	Sync() error
	Close() error
}

// Name is the name of the source.
func (s Spool) Name() string { return s.Of }

// Open opens the spool at a mark, or at its oldest line, and then the source.
// It fails if the spool is in use, or damaged, or does not hold the mark.
func (s Spool) Open(mark string) (*SpoolReader, error) {
	r := &SpoolReader{s: s.withDefaults(), closed: make(chan struct{})}
	r.changed.L = &r.mu
	err := r.open(mark)
	if err == nil {
		r.inner, err = s.Source(r.last.mark)
	}
	if err != nil {
		r.closeFiles()
		return nil, fmt.Errorf("%s: %w", s.Of, err)
	}
	r.work.Go(r.fill)
	r.work.Go(r.syncOften)
	return r, nil
}

func (s Spool) withDefaults() Spool {
	if s.Limit <= 0 {
		s.Limit = 1 << 30
	}
	if s.Sync <= 0 {
		s.Sync = time.Second
	}
	if s.segment <= 0 {
		s.segment = segmentBytes
	}
	if s.retry <= 0 {
		s.retry = time.Second
	}
	if s.create == nil {
		s.create = func(path string) (spoolFile, error) { return os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600) }
	}
	return s
}

// A SpoolReader is an open Spool. Next belongs to one goroutine; the other
// methods may be called from any.
type SpoolReader struct {
	s      Spool
	lock   *os.File
	inner  Inner
	work   sync.WaitGroup
	once   sync.Once
	closed chan struct{}

	reads   sync.Mutex // held while the disk is read
	reading *segment

	last    record // the last that was written by an earlier run
	skip    int    // so many lines the source repeats
	size    int64  // bytes in the segment that is written
	scratch []byte

	mu       sync.Mutex
	changed  sync.Cond // any of:
	segments []int64   // where they begin
	writing  spoolFile // the last of them; nil before the first record of this run
	dirty    bool      // it was written to since it was synced
	read     int64     // the position of the next record to be read
	end      int64     // the position behind the last
	err      error     // why the source has ended

	telling       sync.Mutex
	writes, syncs bool // are failing
}

// Name is the name of the source.
func (r *SpoolReader) Name() string { return r.s.Of }

// Next waits for the next block. When the source has ended, what is left is
// delivered, and then its error, or io.EOF.
func (r *SpoolReader) Next() (*Block, error) {
	if err := r.await(func() bool { return r.read < r.end || r.err != nil }); err != nil {
		return nil, err
	}
	r.mu.Lock()
	at, left, ended := r.read, r.end-r.read, r.err
	r.mu.Unlock()
	if left == 0 {
		return nil, ended
	}
	record, err := r.readNext(at)
	switch {
	case r.isClosed():
		return nil, io.EOF
	case err != nil:
		return nil, fmt.Errorf("%s: %w", r.s.Of, r.missing(at, err))
	}
	r.mu.Lock()
	r.read = record.end()
	r.changed.Broadcast()
	r.mu.Unlock()
	return &Block{Data: record.data, Offset: at, From: record.from, mark: strconv.FormatInt(at, 10)}, nil
}

// readNext reads the record at a position, which is there: in the segment at
// hand, or at the start of the next one.
func (r *SpoolReader) readNext(at int64) (record, error) {
	r.reads.Lock()
	defer r.reads.Unlock()
	if r.isClosed() {
		return record{}, io.EOF
	}
	if r.reading != nil {
		found, err := r.reading.next()
		if err != io.EOF {
			return found, err
		}
	}
	s, err := openSegment(r.s.Dir, at)
	if err != nil {
		return record{}, err
	}
	if r.reading != nil {
		r.reading.Close()
	}
	r.reading = s
	return s.next()
}

// await waits until something is so; io.EOF if the spool is closed before.
func (r *SpoolReader) await(so func() bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.isClosed() && !so() {
		r.changed.Wait()
	}
	if r.isClosed() {
		return io.EOF
	}
	return nil
}

func (r *SpoolReader) isClosed() bool {
	select {
	case <-r.closed:
		return true
	default:
		return false
	}
}

// Forget deletes what is not needed any more: the segments that lie wholly
// before a mark. It never deletes what was not read.
func (r *SpoolReader) Forget(mark string) error {
	at, err := spoolPosition(mark)
	if err != nil {
		return fmt.Errorf("%s: %w", r.s.Of, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at = min(at, r.read)
	for len(r.segments) > 1 && r.segments[1] <= at && r.segments[1] < r.end { // the next has a record
		if err := os.Remove(segmentName(r.s.Dir, r.segments[0])); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", r.s.Of, err)
		}
		r.segments = r.segments[1:]
	}
	return nil
}

// Close closes the source, and the spool when all that it handed over is
// written. It always returns nil.
func (r *SpoolReader) Close() error {
	r.once.Do(func() {
		r.inner.Close() // what it has read is still stored
		r.mu.Lock()
		close(r.closed)
		r.changed.Broadcast()
		r.mu.Unlock()
		r.work.Wait()
		r.sync()
		r.closeFiles()
	})
	return nil
}

func (r *SpoolReader) closeFiles() {
	r.reads.Lock()
	defer r.reads.Unlock()
	if r.reading != nil {
		r.reading.Close()
	}
	if r.writing != nil {
		r.writing.Close()
	}
	if r.lock != nil {
		r.lock.Close() // which unlocks
	}
}
