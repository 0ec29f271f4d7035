package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// headSize is how many of a file's first bytes tell it from others.
const headSize = 1024

// An origin tells a file from all others, and from itself with other content.
// Inodes are used again and names move on, so that none of the two is enough.
type origin struct {
	path    string // where it was last
	id      fileID
	written int64  // when, as far as known: Unix time in nanoseconds
	head    []byte // its first bytes as decompressed, up to headSize; only ever appended to
	cut     int    // bytes of a line that was delivered before its end came; 0 for none
}

// originOf is the origin of a file of which no byte has been read.
func originOf(path string, info fs.FileInfo) origin {
	return origin{path: path, id: idOf(info), written: info.ModTime().UnixNano()}
}

// grow takes over the part of data, which stands at pos in the file, that
// continues the head.
func (o *origin) grow(pos int64, data []byte) {
	known := int64(len(o.head))
	if known < headSize && pos <= known && known < pos+int64(len(data)) {
		data = data[known-pos:]
		o.head = append(o.head, data[:min(len(data), headSize-int(known))]...)
	}
}

// mark words the origin and an offset in it:
//
//	f1 DEVICE:INODE WRITTEN HEAD:SUM OFFSET:CUT "PATH"
func (o *origin) mark(offset int64) string {
	return fmt.Sprintf("f1 %x:%x %d %d:%s %d:%d %q",
		o.id.dev, o.id.ino, o.written, len(o.head), sumOf(o.head), offset, o.cut, o.path)
}

func sumOf(head []byte) string {
	sum := sha256.Sum256(head)
	return hex.EncodeToString(sum[:8])
}

// A place is what a mark says.
type place struct {
	path    string
	id      fileID
	written int64
	size    int // of the head
	sum     string
	offset  int64
	cut     int

	skipping, early bool // as of the reader that was there; not in a mark
}

// errMark is of a mark that no block of a file has given out.
var errMark = errors.New("not a mark of a file")

func parseMark(mark string) (place, error) {
	var p place
	fields := strings.SplitN(mark, " ", 6)
	if len(fields) != 6 || fields[0] != "f1" {
		return p, fmt.Errorf("%.80q: %w", mark, errMark)
	}
	n, err := fmt.Sscanf(strings.Join(fields[1:5], " "), "%x:%x %d %d:%16s %d:%d",
		&p.id.dev, &p.id.ino, &p.written, &p.size, &p.sum, &p.offset, &p.cut)
	if err == nil {
		p.path, err = strconv.Unquote(fields[5])
	}
	sane := p.size >= 0 && p.size <= headSize && p.offset >= 0 && p.cut >= 0 && p.cut <= MaxLine
	if err != nil || n != 7 || !sane {
		return place{}, fmt.Errorf("%.80q: %w", mark, errMark)
	}
	return p, nil
}

// starts tells whether the bytes start a file that p may be a place in.
func (p place) starts(head []byte) bool {
	return len(head) >= p.size && sumOf(head[:p.size]) == p.sum
}

// sameStart tells whether of two heads, taken at different times, one
// continues the other.
func sameStart(a, b []byte) bool {
	n := min(len(a), len(b))
	return bytes.Equal(a[:n], b[:n])
}
