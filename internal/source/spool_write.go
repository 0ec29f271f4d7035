package source

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// fill writes what comes from the source, and waits while too much of it is
// not read.
func (r *SpoolReader) fill() {
	for {
		b, err := r.inner.Next()
		if err == nil {
			err = r.store(b)
			b.Release()
		}
		if err == nil {
			err = r.await(func() bool { return r.end-r.read <= r.s.Limit })
		}
		if err != nil {
			r.mu.Lock()
			r.err = err
			r.changed.Broadcast()
			r.mu.Unlock()
			return
		}
	}
}

// store writes a block. While the disk is full it tries again and again.
func (r *SpoolReader) store(b *Block) error {
	record := record{position: r.end, from: b.From, mark: b.Mark()}
	record.data, record.skipped = r.unknown(b.Data, record.mark)
	if len(record.data) == 0 {
		return nil
	}
	r.scratch = record.append(r.scratch[:0])
	if len(r.scratch) > maxRecord {
		return fmt.Errorf("%s: a block of %d bytes is too large for a spool", r.s.Of, len(r.scratch))
	}
	for {
		err := r.write(record.position, r.scratch)
		r.tell(&r.writes, err)
		if err == nil {
			break
		}
		select {
		case <-time.After(r.s.retry):
		case <-r.closed:
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end, r.dirty = record.end(), true
	r.changed.Broadcast()
	return nil
}

// unknown returns what of a block was not written by an earlier run. A source
// that was opened at the mark of the last record repeats that; one that could
// not find it does not.
func (r *SpoolReader) unknown(data []byte, mark string) (_ []byte, skipped int) {
	if r.last.mark != "" && r.last.mark == mark {
		r.skip = r.last.skipped + r.last.lines()
	}
	r.last = record{}
	data, skipped = skipLines(data, r.skip)
	r.skip -= skipped
	return data, skipped
}

// write writes a record behind the last. If it fails, it can be called again.
func (r *SpoolReader) write(position int64, record []byte) error {
	if r.writing == nil || r.size >= r.s.segment {
		if err := r.rotate(position); err != nil {
			return err
		}
	}
	if _, err := r.writing.WriteAt(record, r.size); err != nil {
		return err
	}
	r.size += int64(len(record))
	return nil
}

// rotate begins a segment.
func (r *SpoolReader) rotate(position int64) error {
	f, err := r.s.create(segmentName(r.s.Dir, position))
	if err != nil {
		return err
	}
	if _, err := f.WriteAt([]byte(spoolMagic), 0); err != nil {
		f.Close()
		return err
	}
	r.sync()
	if r.writing != nil {
		r.writing.Close()
	}
	if dir, err := os.Open(r.s.Dir); err == nil {
		dir.Sync() // of the name; some file systems cannot
		dir.Close()
	}
	r.size = int64(len(spoolMagic))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writing = f
	r.segments = append(r.segments, position)
	return nil
}

func (r *SpoolReader) syncOften() {
	ticker := time.NewTicker(r.s.Sync)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.sync()
		case <-r.closed:
			return
		}
	}
}

// sync makes what was written last.
func (r *SpoolReader) sync() {
	r.mu.Lock()
	f, dirty := r.writing, r.dirty
	r.dirty = false
	r.mu.Unlock()
	if !dirty {
		return
	}
	err := f.Sync()
	if errors.Is(err, os.ErrClosed) {
		return // it was synced when the next one was begun
	}
	r.tell(&r.syncs, err)
}

// tell tells when writing begins to fail, and when it does no more.
func (r *SpoolReader) tell(failing *bool, err error) {
	r.telling.Lock()
	defer r.telling.Unlock()
	if *failing == (err != nil) {
		return
	}
	*failing = err != nil
	if r.s.Failed == nil {
		return
	}
	if err != nil {
		err = fmt.Errorf("%s: the spool cannot be written: %w", r.s.Of, err)
	}
	r.s.Failed(err)
}
