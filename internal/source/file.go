package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
)

// A File is a log on the disk that can be opened. What it is compressed with
// is told by its first bytes, not by its name.
type File struct {
	Path   string
	Offset int64 // where to start, in decompressed bytes
	Pool   *Pool // whose blocks to use; nil for its own
}

// Name is the path.
func (f File) Name() string { return f.Path }

// Size is the size of the file in bytes as it lies on the disk; 0 if unknown.
func (f File) Size() int64 {
	info, err := os.Stat(f.Path)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}

// Open opens the file. It fails if the offset lies beyond the file's end.
func (f File) Open() (*Reader, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, advise(err)
	}
	r, err := open(f.Path, file, f.Offset, f.Pool)
	if err != nil {
		file.Close()
		return nil, err
	}
	r.closer = file
	r.origin = f.origin(file, r)
	return r, nil
}

// origin is what tells the file from others; none if it is no regular file,
// to which nobody can go back. What is read from the start is told as it is
// read.
func (f File) origin(file *os.File, r *Reader) origin {
	info, err := file.Stat()
	if err != nil || r.stream {
		return origin{}
	}
	o := originOf(f.Path, info)
	if f.Offset > 0 {
		raw, unpacked := heads(file)
		o.head = raw
		if r.format != "" {
			o.head = unpacked
		}
	}
	return o
}

// OpenAt opens the file at a mark of one of its blocks; at the file's start if
// the mark is empty. It looks for the file that was read: under its name, and
// if that has gone on to another, in the same folder under any other, packed
// perhaps. The error is ErrGone if it is nowhere.
func (f File) OpenAt(mark string) (*Reader, error) {
	if mark == "" {
		return f.Open()
	}
	p, err := parseMark(mark)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	found, err := p.find(f.Path)
	if err != nil {
		return nil, err
	}
	return found.open(f.Path, p, f.Pool)
}

// advise adds to an error of opening a file what might help.
func advise(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w; check the name", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w; run as a user who may read it, such as a member of its group", err)
	}
	return err
}

// open makes a reader of what in holds and looks through its compression.
func open(name string, in io.Reader, offset int64, pool *Pool) (*Reader, error) {
	if pool == nil {
		pool = new(Pool)
	}
	r := &Reader{name: name, pool: pool, stream: true}
	if err := r.stat(in); err != nil {
		return nil, err
	}
	counted := &counter{in, &r.done}
	head, format, err := sniff(counted)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read: %w", name, err)
	}
	r.in = io.MultiReader(bytes.NewReader(head), counted)
	if format == nil {
		if err := r.seek(in, counted, offset-1); err != nil {
			return nil, err
		}
		return r, r.start(offset)
	}
	r.format = format.name
	if r.in, err = format.open(r.in); err != nil {
		return nil, r.fault(noEOF(err))
	}
	return r, r.start(offset)
}

// stat notes what is known of a file.
func (r *Reader) stat(in io.Reader) error {
	file, ok := in.(*os.File)
	if !ok {
		return nil
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory; name the logs in it, as in %[1]s/*.log", r.name)
	case info.Mode().IsRegular():
		r.modTime, r.size, r.stream = info.ModTime(), info.Size(), false
	}
	return nil
}

// seek goes near to a position of a file, where that is possible, so that
// what is before need not be read.
func (r *Reader) seek(in io.Reader, counted *counter, pos int64) error {
	file, ok := in.(io.Seeker)
	if !ok || pos <= 0 || pos >= r.size {
		return nil
	}
	if _, err := file.Seek(pos, io.SeekStart); err != nil {
		return err
	}
	r.in, r.pos = counted, pos
	r.done.Store(pos)
	return nil
}

// A counter counts the bytes that are read through it.
type counter struct {
	in io.Reader
	n  *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// noEOF makes an error of an end that comes too early.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
