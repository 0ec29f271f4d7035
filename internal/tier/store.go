package tier

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/logs-rdl/logs"
)

// A store keeps the events of an edge until the hub has them.
//
//	00000000000000000001.events    record record record record
//	00000000000000000417.events    record record rec              cut short by a crash
//	                                      ↑shipped  ↑synced  ↑next
//	epoch      names the store, so that its numbers are not taken for another's
//	shipped    the number of the first event that the hub may not have, and how many before it were dropped
//	dropped    the number behind the last event that was dropped, and how many were
//	lock       held by the one process that uses the folder
//
// A segment is named for the number of its first event. It is removed when the
// hub has all of it and no snapshot of the engine will ask for it: after a
// crash the engine does again what it did since its snapshot, and what is in
// the store already is known by its ID.
type store struct {
	dir     string
	limit   int64 // bytes that may wait
	segment int64 // bytes from which on a segment is full
	keeps   bool  // the engine has a state: keep and kept are called
	log     *slog.Logger

	lock    *os.File
	epoch   string
	mark    *os.File   // the file shipped
	gaps    *os.File   // the file dropped
	syncing sync.Mutex // while the newest segment is synced or changed for another

	mu       sync.Mutex
	segments []segment // the last one is being written
	active   *os.File
	next     uint64 // the number of the next event
	synced   uint64 // those before it are on the disk
	shipped  uint64 // those before it are at the hub
	keeping  uint64 // next, when a snapshot was last begun
	kept     uint64 // those before it are in a snapshot
	waiting  int64  // bytes that are not at the hub
	dropped  uint64 // numbers without an event
	passed   uint64 // those of them before shipped
	again    map[logs.ID]struct{}

	// Where the shipper reads; it alone uses these.
	from   uint64 // the segment, by its first number
	offset int64
}

// A segment is one file of a store.
type segment struct {
	first uint64
	size  int64
}

const (
	segmentBytes  = 8 << 20
	segmentSuffix = ".events"
	numberDigits  = 20
)

var errFull = errors.New("the store of what waits for the tier above is full")

// openStore opens the store in a folder, which is made if it is missing.
func openStore(dir string, limit int64, keeps bool, log *slog.Logger) (*store, error) {
	s := &store{dir: dir, limit: limit, segment: min(segmentBytes, max(limit/8, 4<<10)), keeps: keeps, log: log}
	if err := s.open(); err != nil {
		s.close()
		return nil, fmt.Errorf("the store %s: %w", dir, err)
	}
	return s, nil
}

func (s *store) open() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	var err error
	if s.lock, err = os.OpenFile(s.path("lock"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("it is in use by another program: %w", err)
	}
	if err := s.openEpoch(); err != nil {
		return err
	}
	if err := s.openSegments(); err != nil {
		return err
	}
	if err := s.openShipped(); err != nil {
		return err
	}
	return s.seek()
}

func (s *store) path(name string) string { return filepath.Join(s.dir, name) }

func (s *store) segmentPath(first uint64) string {
	return s.path(fmt.Sprintf("%0*d%s", numberDigits, first, segmentSuffix))
}

// openEpoch reads the name of the store, or gives it one.
func (s *store) openEpoch() error {
	data, err := os.ReadFile(s.path("epoch"))
	if s.epoch = strings.TrimSpace(string(data)); err == nil && epochForm.MatchString(s.epoch) {
		return nil
	}
	var random [8]byte
	rand.Read(random[:])
	s.epoch = hex.EncodeToString(random[:])
	return writeFile(s.path("epoch"), []byte(s.epoch+"\n"))
}

// openSegments finds the segments and where the last one ends.
func (s *store) openSegments() error {
	entries, err := os.ReadDir(s.dir) // sorted by name
	if err != nil {
		return err
	}
	for _, e := range entries {
		digits, ok := strings.CutSuffix(e.Name(), segmentSuffix)
		first, err := strconv.ParseUint(digits, 10, 62)
		if !ok || err != nil || len(digits) != numberDigits {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		s.segments = append(s.segments, segment{first, info.Size()})
	}
	if len(s.segments) == 0 {
		s.next = 1
		return s.addSegment()
	}
	return s.openLast()
}

// openLast opens the segment that was written last, and cuts off what a crash
// has left of a record.
func (s *store) openLast() error {
	last := &s.segments[len(s.segments)-1]
	var err error
	if s.active, err = os.OpenFile(s.segmentPath(last.first), os.O_RDWR, 0o600); err != nil {
		return err
	}
	s.next = last.first
	size := last.size
	last.size = 0
	r := newRecords(s.active, 0, size)
	for r.next() == nil {
		s.next, last.size = r.number+1, r.offset
	}
	if last.size < size {
		if err := s.active.Truncate(last.size); err != nil {
			return err
		}
	}
	return s.active.Sync()
}

// addSegment begins a new segment.
func (s *store) addSegment() error {
	file, err := os.OpenFile(s.segmentPath(s.next), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err == nil {
		err = syncDir(s.dir)
	}
	if err != nil {
		return err
	}
	s.active = file
	s.segments = append(s.segments, segment{first: s.next})
	return nil
}

// openShipped reads how far the hub has the events, and where some are missing.
func (s *store) openShipped() error {
	var err error
	if s.mark, s.shipped, s.passed, err = s.openNumbers("shipped"); err != nil {
		return err
	}
	var behind uint64
	if s.gaps, behind, s.dropped, err = s.openNumbers("dropped"); err != nil {
		return err
	}
	s.shipped = max(s.shipped, s.segments[0].first) // the hub drops what it has
	s.passed = min(s.passed, s.dropped)
	s.next = max(s.next, s.shipped, behind)
	s.synced = s.next
	return nil
}

// openNumbers opens a file of two numbers; they are 0 where it is damaged.
func (s *store) openNumbers(name string) (file *os.File, a, b uint64, err error) {
	if file, err = os.OpenFile(s.path(name), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, 0, 0, err
	}
	data, err := io.ReadAll(io.LimitReader(file, 100))
	first, second, _ := strings.Cut(strings.TrimSpace(string(data)), " ")
	if n, wrong := strconv.ParseUint(first, 10, 62); wrong == nil {
		a = n
	}
	if n, wrong := strconv.ParseUint(second, 10, 62); wrong == nil {
		b = n
	}
	return file, a, b, err
}

// writeNumbers writes in place, which takes no room on a disk that is full.
func writeNumbers(file *os.File, a, b uint64) error {
	_, err := file.WriteAt(fmt.Appendf(nil, "%0*d %0*d\n", numberDigits, a, numberDigits, b), 0)
	return err
}

// seek finds where the shipper reads on, and how much waits.
func (s *store) seek() error {
	at := 0
	for at+1 < len(s.segments) && s.segments[at+1].first <= s.shipped {
		at++
	}
	s.from = s.segments[at].first
	file, err := os.Open(s.segmentPath(s.from))
	if err != nil {
		return err
	}
	defer file.Close()
	r := newRecords(file, 0, s.segments[at].size)
	for s.offset = r.offset; r.next() == nil && r.number < s.shipped; s.offset = r.offset {
	}
	s.waiting = -s.offset
	for _, seg := range s.segments[at:] {
		s.waiting += seg.size
	}
	return nil
}

// resume is told the number that keep returned for the snapshot from which the
// engine goes on: what is in the store from there on will come again.
func (s *store) resume(mark uint64) error {
	s.again = map[logs.ID]struct{}{}
	for i, seg := range s.segments {
		if i+1 < len(s.segments) && s.segments[i+1].first <= mark {
			continue
		}
		file, err := os.Open(s.segmentPath(seg.first))
		if err != nil {
			return err
		}
		for r := newRecords(file, 0, seg.size); r.next() == nil; {
			if r.number >= mark {
				s.again[r.id] = struct{}{}
			}
		}
		file.Close()
	}
	s.kept = mark
	return nil
}

// add puts an event behind the others, unless it is there. What it returns nil
// for survives the process.
func (s *store) add(id logs.ID, line []byte, beyond bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.again[id]; there {
		delete(s.again, id)
		return nil
	}
	record := appendRecord(nil, s.next, id, line)
	if !beyond && s.waiting > 0 && s.waiting+int64(len(record)) > s.limit { // a single event always has room
		return errFull
	}
	last := &s.segments[len(s.segments)-1]
	if last.size >= s.segment {
		if err := s.rotate(); err != nil {
			return err
		}
		last = &s.segments[len(s.segments)-1]
	}
	if _, err := s.active.WriteAt(record, last.size); err != nil {
		return err
	}
	last.size += int64(len(record))
	s.waiting += int64(len(record))
	s.next++
	return nil
}

// skip leaves out the number of an event that is dropped, so that the hub can
// tell, also if the next event comes from another process. Where that cannot be
// noted, for the disk fails, the hub hears less.
func (s *store) skip() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	s.dropped++
	writeNumbers(s.gaps, s.next, s.dropped)
}

// rotate goes on with a new segment. The one before is on the disk then.
func (s *store) rotate() error {
	s.mu.Unlock() // sync takes them the other way round
	s.syncing.Lock()
	s.mu.Lock()
	defer s.syncing.Unlock()
	before := s.active
	if err := before.Sync(); err != nil {
		return err
	}
	if err := s.addSegment(); err != nil {
		return err
	}
	s.synced = s.next
	return before.Close()
}

// sync brings what has been added to the disk.
func (s *store) sync() error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	s.mu.Lock()
	next, synced, file := s.next, s.synced, s.active
	s.mu.Unlock()
	if next == synced {
		return nil
	}
	if err := file.Sync(); err != nil {
		return err
	}
	s.mu.Lock()
	s.synced = next
	s.mu.Unlock()
	return nil
}

// batch returns the next events that are on the disk and were not returned
// before; false if there are none.
func (s *store) batch() (batch, int64, bool, error) {
	b := batch{epoch: s.epoch}
	size := int64(0)
	for {
		end, last := s.readable()
		file, err := os.Open(s.segmentPath(s.from))
		if err != nil {
			return b, 0, false, err
		}
		size += s.fill(&b, file, end)
		file.Close()
		switch {
		case b.count > 0:
			return b, size, true, nil
		case last:
			return b, 0, false, nil
		}
		s.nextSegment(end)
	}
}

// readable returns where the segment ends at which the shipper reads, and
// whether it is the last one.
func (s *store) readable() (end int64, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, seg := range s.segments {
		if seg.first == s.from {
			return seg.size, i == len(s.segments)-1
		}
	}
	return 0, true
}

// fill adds the events of a segment to a batch, as many as it takes and as
// have numbers in a row, and returns their size in the file.
func (s *store) fill(b *batch, file *os.File, end int64) int64 {
	began := s.offset
	s.mu.Lock()
	synced := s.synced
	s.mu.Unlock()
	r := newRecords(file, s.offset, end)
	for b.count < maxBatchEvents && r.next() == nil && r.number < synced {
		if b.count > 0 && (r.number != b.end() || len(b.lines)+len(r.line) >= maxBatchBytes) {
			break
		}
		if b.count == 0 {
			b.first = r.number
		}
		b.lines = append(append(b.lines, r.line...), '\n')
		b.count++
		s.offset = r.offset
	}
	return s.offset - began
}

// nextSegment lets the shipper go on with the next segment. What it could not
// read of the one before is damaged.
func (s *store) nextSegment(end int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.offset < end {
		s.log.Error("events that wait for the tier above are damaged and lost", "file", s.segmentPath(s.from), "bytes", end-s.offset)
		s.waiting -= end - s.offset
	}
	for _, seg := range s.segments {
		if seg.first > s.from {
			s.from, s.offset = seg.first, 0
			return
		}
	}
}

// ship notes that the hub has a batch, which takes so many bytes here, and all
// before it.
func (s *store) ship(b *batch, size int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passed = min(s.dropped, s.passed+b.first-s.shipped)
	s.shipped = b.end()
	s.waiting -= size
	return errors.Join(writeNumbers(s.mark, s.shipped, s.passed), s.prune())
}

// keep is called before a snapshot: what has been added is on the disk then.
func (s *store) keep() (mark uint64, err error) {
	err = s.sync()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keeping = s.next
	return s.keeping, err
}

// markKept is called when the snapshot lasts.
func (s *store) markKept() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept, s.again = s.keeping, nil
	return s.prune()
}

// prune removes the segments that nobody will ask for.
func (s *store) prune() error {
	done := s.shipped
	if s.keeps {
		done = min(done, s.kept)
	}
	for len(s.segments) > 1 && s.segments[1].first <= done && s.segments[0].first < s.from {
		if err := os.Remove(s.segmentPath(s.segments[0].first)); err != nil {
			return err
		}
		s.segments = s.segments[1:]
	}
	return nil
}

// left returns how many events the hub does not have, and their bytes.
func (s *store) left() (events uint64, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == 0 {
		return 0, 0
	}
	numbers := s.next - s.shipped
	return numbers - min(numbers, s.dropped-s.passed), s.waiting
}

func (s *store) close() error {
	var err error
	for _, f := range []*os.File{s.active, s.mark, s.gaps, s.lock} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

// newRecords reads the records of a file from an offset up to an end.
func newRecords(file io.ReaderAt, offset, end int64) *records {
	return &records{in: bufio.NewReaderSize(io.NewSectionReader(file, offset, max(0, end-offset)), 64<<10), offset: offset}
}
