package source

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A spool is a folder of segments, each named for the position of its first
// line, which is how many bytes of lines were spooled before it:
//
//	00000000000000000000.spool    magic  record  record  record
//	00000000000016777301.spool    magic  record  rec              torn by a crash
//
// A record is a block:
//
//	size 4 | crc32c of it 4 | crc32c 4 | position 8  skipped  from  mark  data |
//	                                     └────────────── size ─────────────────┘
//
// skipped is a varint; from and mark have their size before them, as one. The
// other numbers stand little end first. That the size has its own sum tells a
// record that a crash cut short from one whose size is wrong.

const (
	spoolMagic   = "logs spool 1\n"
	spoolSuffix  = ".spool"
	recordHead   = 12
	maxRecord    = 4 << 20 // bytes of a record; a block is far smaller
	segmentBytes = 16 << 20
)

// A record is a block in a spool.
type record struct {
	position int64  // of its first line
	skipped  int    // so many lines stand between the mark and the first line
	from     string // whom the lines came from
	mark     string // of the block, in the source that is spooled
	data     []byte
}

func (r *record) end() int64 { return r.position + int64(len(r.data)) }

// lines is how many lines the record holds.
func (r *record) lines() int { return countLines(r.data) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// append appends the record as it stands in a segment.
func (r *record) append(b []byte) []byte {
	start := len(b)
	b = append(b, make([]byte, recordHead)...)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.position))
	b = binary.AppendUvarint(b, uint64(r.skipped))
	for _, text := range [...]string{r.from, r.mark} {
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	b = append(b, r.data...)
	head, body := b[start:start+recordHead], b[start+recordHead:]
	binary.LittleEndian.PutUint32(head, uint32(len(body)))
	binary.LittleEndian.PutUint32(head[4:], crc32.Checksum(head[:4], castagnoli))
	binary.LittleEndian.PutUint32(head[8:], crc32.Checksum(body, castagnoli))
	return b
}

// holds tells whether b begins with the sum of text.
func holds(b, text []byte) bool {
	return binary.LittleEndian.Uint32(b) == crc32.Checksum(text, castagnoli)
}

// parse reads the body of a record. The data is borrowed from it.
func (r *record) parse(body []byte) bool {
	if len(body) < 8 {
		return false
	}
	r.position = int64(binary.LittleEndian.Uint64(body))
	skipped, n := binary.Uvarint(body[8:])
	if n <= 0 || skipped > maxRecord || r.position < 0 {
		return false
	}
	r.skipped = int(skipped)
	rest := body[8+n:]
	for _, text := range [...]*string{&r.from, &r.mark} {
		size, n := binary.Uvarint(rest)
		if n <= 0 || size > uint64(len(rest)-n) {
			return false
		}
		*text = string(rest[n : n+int(size)])
		rest = rest[n+int(size):]
	}
	r.data = rest
	return true
}

// What may be wrong with a record.
var (
	errTorn    = errors.New("cut short")
	errDamaged = errors.New("not a record")
)

// readRecord reads the record at an offset of a segment, whose size is given,
// and returns the offset behind it; io.EOF if there is none. A record that is
// not whole was torn by a crash if nothing, or nothing but zeros, is behind
// it; otherwise it is damaged.
func readRecord(f io.ReaderAt, offset, size int64) (record, int64, error) {
	var r record
	var head [recordHead]byte
	switch left := size - offset; {
	case left == 0:
		return r, offset, io.EOF
	case left < recordHead:
		return r, offset, errTorn
	}
	if _, err := f.ReadAt(head[:], offset); err != nil {
		return r, offset, err
	}
	length := int64(binary.LittleEndian.Uint32(head[:]))
	next := offset + recordHead + length
	switch {
	case !holds(head[4:], head[:4]), length > maxRecord:
		return r, offset, zeros(f, offset+recordHead, size)
	case next > size:
		return r, offset, errTorn
	}
	body := make([]byte, length)
	if _, err := f.ReadAt(body, offset+recordHead); err != nil {
		return r, offset, err
	}
	if !holds(head[8:], body) || !r.parse(body) {
		return r, offset, zeros(f, next, size)
	}
	return r, next, nil
}

// zeros returns errTorn if the rest of a segment is zeros, if anything, and
// errDamaged if not.
func zeros(f io.ReaderAt, offset, size int64) error {
	b := make([]byte, 64<<10)
	for offset < size {
		n, err := f.ReadAt(b[:min(int64(len(b)), size-offset)], offset)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(b[:n], func(c byte) bool { return c != 0 }) {
			return errDamaged
		}
		offset += int64(n)
	}
	return errTorn
}

func countLines(data []byte) int {
	n := 0
	for len(data) > 0 {
		_, size := firstLine(data)
		data = data[size:]
		n++
	}
	return n
}

// skipLines returns data without its first lines, and how many that were.
func skipLines(data []byte, lines int) ([]byte, int) {
	skipped := 0
	for skipped < lines && len(data) > 0 {
		_, size := firstLine(data)
		data = data[size:]
		skipped++
	}
	return data, skipped
}

// segmentName is the file of the segment that begins at a position.
func segmentName(dir string, start int64) string {
	return filepath.Join(dir, fmt.Sprintf("%020d%s", start, spoolSuffix))
}

// findSegments returns where the segments of a folder begin, in order.
func findSegments(dir string) ([]int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var starts []int64
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), spoolSuffix)
		if !ok {
			continue
		}
		start, err := strconv.ParseInt(name, 10, 64)
		if err != nil || start < 0 || segmentName(dir, start) != filepath.Join(dir, e.Name()) {
			return nil, fmt.Errorf("%s is no part of the spool; move it away", filepath.Join(dir, e.Name()))
		}
		starts = append(starts, start)
	}
	slices.Sort(starts)
	return starts, nil
}

// A segment is one that is read.
type segment struct {
	*os.File
	offset   int64 // of the next record
	position int64 // which it must have
}

// openSegment opens the segment that begins at a position. That a crash left
// no whole magic is errTorn.
func openSegment(dir string, start int64) (*segment, error) {
	f, err := os.Open(segmentName(dir, start))
	if err != nil {
		return nil, err
	}
	magic := make([]byte, len(spoolMagic))
	n, err := f.ReadAt(magic, 0)
	if string(magic) == spoolMagic {
		return &segment{f, int64(n), start}, nil
	}
	begun := strings.TrimRight(string(magic[:n]), "\x00")
	if err == nil || err == io.EOF {
		err = fmt.Errorf("%s is no part of the spool; move it away", f.Name())
	}
	if info, failed := f.Stat(); failed == nil && strings.HasPrefix(spoolMagic, begun) && zeros(f, int64(len(begun)), info.Size()) == errTorn {
		err = errTorn
	}
	f.Close()
	return nil, err
}

// next reads the next record, and io.EOF when there is none in the segment.
func (s *segment) next() (record, error) {
	info, err := s.Stat()
	if err != nil {
		return record{}, err
	}
	r, next, err := readRecord(s, s.offset, info.Size())
	switch {
	case err == io.EOF, err == errTorn:
		return r, err
	case err == nil && r.position != s.position:
		err = fmt.Errorf("it holds what comes at %d, not at %d", r.position, s.position)
		fallthrough
	case err != nil:
		return r, s.damage(err)
	}
	s.offset, s.position = next, r.end()
	return r, nil
}

const adviceOnDamage = "to go on without the lines that are left, move the folder away and forget the position"

func (s *segment) damage(err error) error {
	return fmt.Errorf("%s: damaged at byte %d: %w; nothing was changed: %s", s.Name(), s.offset, err, adviceOnDamage)
}
