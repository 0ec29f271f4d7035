package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// open finds where the spool ends, and opens it for reading at a mark.
func (r *SpoolReader) open(mark string) error {
	if err := os.MkdirAll(r.s.Dir, 0o700); err != nil {
		return err
	}
	var err error
	if r.lock, err = os.OpenFile(filepath.Join(r.s.Dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	if err := syscall.Flock(int(r.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("the spool %s is in use by another program: %w", r.s.Dir, err)
	}
	if r.segments, err = findSegments(r.s.Dir); err != nil {
		return err
	}
	if err := r.findEnd(); err != nil {
		return err
	}
	return r.seek(mark)
}

// findEnd goes over the last segment, cuts off what a crash left torn, and
// notes the last record. A segment without one is removed: the crash came
// when it had just been made.
func (r *SpoolReader) findEnd() error {
	for len(r.segments) > 0 {
		start := r.segments[len(r.segments)-1]
		found, err := r.scan(start)
		if err != nil && err != errTorn {
			return err
		}
		if found {
			return nil
		}
		if err := os.Remove(segmentName(r.s.Dir, start)); err != nil {
			return err
		}
		r.segments, r.end = r.segments[:len(r.segments)-1], start
	}
	return nil
}

// scan reads a segment to its end. It tells whether it holds a record.
func (r *SpoolReader) scan(start int64) (found bool, err error) {
	s, err := openSegment(r.s.Dir, start)
	if err != nil {
		return false, err
	}
	defer s.Close()
	for {
		record, err := s.next()
		if err == errTorn {
			err = os.Truncate(s.Name(), s.offset)
			if err == nil {
				err = io.EOF
			}
		}
		if err == io.EOF {
			return found, nil
		}
		if err != nil {
			return false, err
		}
		r.last, found = record, true
		r.end = record.end()
	}
}

// seek opens the spool at a mark. One that lies beyond the end was lost with
// the machine's power: positions then go on from there, so that none comes
// twice.
func (r *SpoolReader) seek(mark string) error {
	r.read = r.end
	if len(r.segments) > 0 {
		r.read = r.segments[0]
	}
	if mark != "" {
		at, err := spoolPosition(mark)
		switch {
		case err != nil:
			return err
		case at < r.read && len(r.segments) > 0:
			return fmt.Errorf("the spool %s has forgotten what is before %d, and is asked for %d", r.s.Dir, r.read, at)
		}
		r.read, r.end = at, max(at, r.end)
	}
	if r.read == r.end {
		return nil
	}
	i, exact := slices.BinarySearch(r.segments, r.read)
	if !exact {
		i--
	}
	s, err := openSegment(r.s.Dir, r.segments[i])
	if err != nil {
		return r.missing(r.segments[i], err)
	}
	r.reading = s
	for s.position < r.read && err == nil {
		_, err = s.next()
	}
	if err == nil && s.position != r.read {
		err = fmt.Errorf("no block of the spool %s begins at %d, as the saved position says", r.s.Dir, r.read)
	}
	return r.missing(s.position, err)
}

// missing explains why what comes at a position cannot be read.
func (r *SpoolReader) missing(at int64, err error) error {
	if err == io.EOF || err == errTorn || errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the spool %s lacks what comes at %d; %s", r.s.Dir, at, adviceOnDamage)
	}
	return err
}

func spoolPosition(mark string) (int64, error) {
	at, err := strconv.ParseInt(mark, 10, 64)
	if err != nil || at < 0 {
		return 0, fmt.Errorf("%q is no position in a spool", mark)
	}
	return at, nil
}
