package run

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
	"sync/atomic"
)

// A journal tells what has happened since a snapshot, so that it can happen
// again in just that way: in which order the lines of the logs were processed,
// what the machine's clock had a part in, and which effects are done.
//
//	frame    length 4, CRC-32C 4, then entries:
//	name     a log, and the number that it has in what follows
//	lines    so many lines of a log, in a row
//	judged   a line whose time the machine's clock decided
//	time     the clock was carried on to
//	done     an effect, by its key
//
// What leads to an effect is written before it is done, and that it is done
// right after. A frame that a crash has cut short is left out.

type entryKind byte

const (
	entryName   entryKind = 'N'
	entryLines  entryKind = 'L'
	entryJudged entryKind = 'J'
	entryTime   entryKind = 'T'
	entryDone   entryKind = 'D'
)

// An entry is one entry of a journal; its kind says which fields are used.
type entry struct {
	kind    entryKind
	stream  int    // the number of the log, but for time and done
	name    string // of name
	n       int64  // of lines
	verdict        // of judged
	at      int64  // of time
	key     uint64 // of done
}

// A verdict is what the machine's clock decided about a line.
type verdict struct {
	wall      int64 // ns: the line bears no stamp, and has this time; 0 for others
	confirmed bool  // the stamp is believed
}

// journal is one that is being written. Effects may be noted by any goroutine;
// all else belongs to the loop.
type journal struct {
	mu      sync.Mutex
	out     Journal
	taken   error  // another process has the State
	size    int64  // of the whole frames that are in it
	unsaved []byte // frames that could not be written yet
	dirty   bool   // it is not known to be on the disk

	syncing sync.WaitGroup // of syncAside
	busy    atomic.Bool
	failed  atomic.Pointer[error]

	last    entry  // may yet grow
	entries []byte // not yet in a frame
}

// maxUnsaved bounds what waits for a disk that takes nothing.
const maxUnsaved = 16 << 20

// settleAt is how many bytes of entries make a frame without an effect.
const settleAt = 32 << 10

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// add puts an entry behind the others. Lines of one log and the clock that is
// carried on make one entry as long as nothing else comes.
func (j *journal) add(e entry) error {
	switch {
	case e.kind == entryLines && j.last.kind == entryLines && j.last.stream == e.stream:
		j.last.n += e.n
		return nil
	case e.kind == entryTime && j.last.kind == entryTime:
		j.last.at = e.at
		return nil
	}
	j.entries = appendEntry(j.entries, j.last)
	j.last = e
	if len(j.entries) < settleAt {
		return nil
	}
	return j.settle()
}

// settle writes what has been added.
func (j *journal) settle() error {
	j.entries = appendEntry(j.entries, j.last)
	j.last = entry{}
	if len(j.entries) == 0 {
		return nil
	}
	err := j.write(j.entries)
	j.entries = j.entries[:0]
	return err
}

// done notes that an effect is done.
func (j *journal) done(key uint64) error {
	return j.write(appendEntry(nil, entry{kind: entryDone, key: key}))
}

// write writes a frame. What cannot be written waits for the next time.
func (j *journal) write(entries []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.taken != nil {
		return j.taken
	}
	if len(j.unsaved) > maxUnsaved {
		return errors.New("what is done can no more be noted; after a crash it would be done again")
	}
	j.unsaved = binary.LittleEndian.AppendUint32(j.unsaved, uint32(len(entries)))
	j.unsaved = binary.LittleEndian.AppendUint32(j.unsaved, crc32.Checksum(entries, castagnoli))
	j.unsaved = append(j.unsaved, entries...)
	if _, err := j.out.WriteAt(j.unsaved, j.size); errors.Is(err, ErrTaken) {
		j.taken = err
		return err
	} else if err != nil {
		return fmt.Errorf("the journal cannot be written, which is tried again: %w", err)
	}
	j.size += int64(len(j.unsaved))
	j.unsaved, j.dirty = j.unsaved[:0], true
	return nil
}

// sync brings what was written to the disk.
func (j *journal) sync() error {
	j.mu.Lock()
	dirty := j.dirty
	j.dirty = false
	j.mu.Unlock()
	if !dirty {
		return nil
	}
	err := j.out.Sync()
	if err != nil {
		j.mu.Lock()
		j.dirty = true
		j.mu.Unlock()
	}
	return err
}

// syncAside is sync in a goroutine of its own, for a disk may take long. It
// returns why an earlier one failed.
func (j *journal) syncAside() error {
	if !j.busy.Swap(true) {
		j.syncing.Go(func() {
			if err := j.sync(); err != nil {
				j.failed.Store(&err)
			}
			j.busy.Store(false)
		})
	}
	if err := j.failed.Swap(nil); err != nil {
		return fmt.Errorf("the journal cannot be brought to the disk: %w", *err)
	}
	return nil
}

// close brings what was written to the disk, and closes the journal.
func (j *journal) close() error {
	j.syncing.Wait()
	err := j.sync()
	if closed := j.out.Close(); err == nil {
		err = closed
	}
	return err
}

// lost returns why what is done counts no more; nil while it does.
func (j *journal) lost() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.taken
}

// bytes is how long the journal is.
func (j *journal) bytes() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size
}

func appendEntry(b []byte, e entry) []byte {
	if e.kind == 0 {
		return b
	}
	b = append(b, byte(e.kind))
	switch e.kind {
	case entryName:
		b = binary.AppendUvarint(b, uint64(e.stream))
		b = binary.AppendUvarint(b, uint64(len(e.name)))
		b = append(b, e.name...)
	case entryLines:
		b = binary.AppendUvarint(b, uint64(e.stream))
		b = binary.AppendUvarint(b, uint64(e.n))
	case entryJudged:
		b = binary.AppendUvarint(b, uint64(e.stream))
		b = binary.AppendVarint(b, e.wall)
		b = append(b, map[bool]byte{true: 1}[e.confirmed])
	case entryTime:
		b = binary.AppendVarint(b, e.at)
	case entryDone:
		b = binary.AppendUvarint(b, e.key)
	}
	return b
}

// readJournal returns the entries of a journal, as far as its frames are
// whole, and whether there is more behind them.
func readJournal(kept Kept) (entries []entry, torn bool, err error) {
	data := kept.Data
	for len(data) > 0 {
		if len(data) < 8 {
			return entries, true, nil
		}
		n, crc := binary.LittleEndian.Uint32(data), binary.LittleEndian.Uint32(data[4:])
		if uint64(len(data)) < 8+uint64(n) || crc32.Checksum(data[8:8+n], castagnoli) != crc {
			return entries, true, nil
		}
		if entries, err = readEntries(entries, data[8:8+n]); err != nil {
			return nil, false, fmt.Errorf("%s is no journal of this program: %w", kept.Name, err)
		}
		data = data[8+n:]
	}
	return entries, false, nil
}

// readEntries reads the entries of a frame that is whole.
func readEntries(entries []entry, frame []byte) ([]entry, error) {
	r := &entryReader{Reader: bytes.NewReader(frame)}
	for r.Len() > 0 && r.err == nil {
		kind, _ := r.ReadByte()
		e := entry{kind: entryKind(kind)}
		switch e.kind {
		case entryName:
			e.stream, e.name = int(r.uint()), r.text()
		case entryLines:
			e.stream, e.n = int(r.uint()), int64(r.uint())
		case entryJudged:
			e.stream, e.wall, e.confirmed = int(r.uint()), r.int(), r.byte() == 1
		case entryTime:
			e.at = r.int()
		case entryDone:
			e.key = r.uint()
		default:
			return nil, fmt.Errorf("unknown entry %q", kind)
		}
		entries = append(entries, e)
	}
	return entries, r.err
}

// An entryReader reads the parts of entries, and keeps the first error.
type entryReader struct {
	*bytes.Reader
	err error
}

func (r *entryReader) uint() uint64 {
	n, err := binary.ReadUvarint(r.Reader)
	r.note(err)
	return n
}

func (r *entryReader) int() int64 {
	n, err := binary.ReadVarint(r.Reader)
	r.note(err)
	return n
}

func (r *entryReader) byte() byte {
	b, err := r.ReadByte()
	r.note(err)
	return b
}

func (r *entryReader) text() string {
	n := r.uint()
	if n > uint64(r.Len()) {
		r.note(io.ErrUnexpectedEOF)
		return ""
	}
	b := make([]byte, n)
	_, err := io.ReadFull(r.Reader, b)
	r.note(err)
	return string(b)
}

func (r *entryReader) note(err error) {
	if r.err == nil {
		r.err = err
	}
}
