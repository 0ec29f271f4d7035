package source

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// What a tail returns when it has nothing to give.
var (
	errNotYet    = errors.New("nothing more yet")
	errTruncated = errors.New("the file was overwritten")
)

// goesOn tells whether an error leaves the rest of a reader what it is.
func goesOn(err error) bool { return err == errNotYet || err == errTruncated }

// A tail reads a file that grows. At its end it returns errNotYet, and
// errTruncated once the file has become shorter or has another start: what
// was read is checked before it is given out.
type tail struct {
	file *os.File
	from *origin // of the reader that reads
	pos  int64
	over bool // nothing more will come: the end is io.EOF
}

func (t *tail) Read(p []byte) (int, error) {
	n, err := t.file.ReadAt(p, t.pos)
	if err != nil && err != io.EOF {
		return 0, err
	}
	if err := t.check(t.pos + int64(n)); err != nil {
		return 0, err
	}
	t.pos += int64(n)
	switch {
	case n > 0:
		return n, nil
	case t.over:
		return 0, io.EOF
	}
	return 0, errNotYet
}

// check sees to it that the file is still the one that was read, up to end.
func (t *tail) check(end int64) error {
	info, err := t.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < end {
		return errTruncated
	}
	var head [headSize]byte
	n, err := t.file.ReadAt(head[:len(t.from.head)], 0)
	if err != nil && err != io.EOF {
		return err
	}
	if !bytes.Equal(head[:n], t.from.head) {
		return errTruncated
	}
	t.from.written = info.ModTime().UnixNano()
	return nil
}

// changed tells whether there may be something to read.
func (t *tail) changed() bool {
	info, err := t.file.Stat()
	return err != nil || info.Size() != t.pos || info.ModTime().UnixNano() != t.from.written
}
