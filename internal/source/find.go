package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"syscall"
)

// ErrGone is the error of opening at a mark whose file is not to be found.
var ErrGone = errors.New("the file that was read is gone: removed, or overwritten")

// A found is a file that a mark is of.
type found struct {
	file   *os.File
	info   fs.FileInfo
	packed bool
	head   []byte // as decompressed
}

// find looks for the file that p is a place in: by its identity under the
// names that it had or may have, then in their folders under any name, then by
// its first bytes alone, for it may have been packed or copied. The caller
// closes it.
func (p place) find(path string) (f found, err error) {
	for range 5 { // names may go on while they are looked through
		f, err = p.search(path)
		if !errors.Is(err, errMoved) && !errors.Is(err, ErrGone) {
			break
		}
	}
	return f, err
}

func (p place) search(path string) (found, error) {
	names := []string{p.path, path}
	if p.path == path {
		names = names[:1]
	}
	sameID := func(id fileID) bool { return id == p.id }
	for _, name := range names {
		if f, ok := p.try(name, sameID); ok {
			return f, nil
		}
	}
	for _, name := range names {
		if f, err := p.findIn(filepath.Dir(name), sameID); f.file != nil || err != nil {
			return f, err
		}
	}
	for _, name := range names {
		if f, err := p.findContent(name); f.file != nil || err != nil {
			return f, err
		}
	}
	return found{}, fmt.Errorf("%s: %w; what it held beyond byte %d was not read", path, ErrGone, p.offset)
}

// findIn looks through a folder.
func (p place) findIn(dir string, is func(fileID) bool) (found, error) {
	names, err := namesIn(dir)
	if err != nil && !unlisted(err) {
		return found{}, err
	}
	for _, name := range names {
		if f, ok := p.try(filepath.Join(dir, name), is); ok {
			return f, nil
		}
	}
	return found{}, nil
}

// findContent looks at a file and its generations for the content alone.
func (p place) findContent(path string) (found, error) {
	anyID := func(fileID) bool { return true }
	if f, ok := p.try(path, anyID); ok {
		return f, nil
	}
	dir, name := filepath.Split(path)
	logs := []string{path}
	for _, log := range logsOf(name) {
		logs = append(logs, dir+log)
	}
	all, err := allSiblings(logs)
	if err != nil && !unlisted(err) {
		return found{}, err
	}
	for _, s := range all {
		if s.written < p.written {
			continue
		}
		if f, ok := p.try(s.path, anyID); ok {
			return f, nil
		}
	}
	return found{}, nil
}

// try opens a file if its identity is one that is looked for, its start that
// of p's file, and p's offset in it.
func (p place) try(path string, is func(fileID) bool) (found, bool) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || !is(idOf(info)) {
		return found{}, false
	}
	file, info, err := openRegular(path)
	if err != nil {
		return found{}, false
	}
	if f, ok := p.in(file, info); ok && is(idOf(info)) {
		return f, true
	}
	file.Close()
	return found{}, false
}

// in tells whether p is a place in a file, and whether that is packed.
func (p place) in(file *os.File, info fs.FileInfo) (found, bool) {
	raw, unpacked := heads(file)
	switch {
	case p.starts(raw) && p.offset+int64(p.cut) <= info.Size():
		return found{file, info, false, raw}, true
	case unpacked != nil && p.starts(unpacked):
		return found{file, info, true, unpacked}, true
	}
	return found{}, false
}

// heads returns the first bytes of a file, up to headSize, as they are and
// unpacked; nil for the latter if it is not packed.
func heads(file *os.File) (raw, unpacked []byte) {
	raw = rawHead(file)
	format, _ := detect(raw)
	if format == nil {
		return raw, nil
	}
	in, err := format.open(io.NewSectionReader(file, 0, math.MaxInt64))
	if err != nil {
		return raw, nil
	}
	unpacked = make([]byte, headSize)
	n, _ := io.ReadFull(in, unpacked)
	return raw, unpacked[:n]
}

// unpack has f read as what it is packed with, if with anything.
func (f *found) unpack() {
	if raw, unpacked := heads(f.file); unpacked != nil {
		f.head, f.packed = unpacked, true
	} else {
		f.head = raw
	}
}

// rawHead returns the first bytes of a file as they are.
func rawHead(file *os.File) []byte {
	var head [headSize]byte
	n, _ := file.ReadAt(head[:], 0)
	return bytes.Clone(head[:n])
}

// openRegular opens a file, but waits for nobody, as at a named pipe, and
// takes nothing that is no file.
func openRegular(path string) (*os.File, fs.FileInfo, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file that can be followed, but %s", path, info.Mode())
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

// open opens the file at the place. Closing the reader closes the file, and so
// does an error.
func (f found) open(name string, p place, pool *Pool) (*Reader, error) {
	r, err := f.reader(name, p.offset, pool)
	if err == nil {
		r.closer, r.origin = f.file, f.origin(p)
		err = r.repeat(p.cut)
	}
	if err != nil {
		f.file.Close()
		return nil, err
	}
	return r, nil
}

// origin is what tells the file from others. An archive may bear the time of
// its packing, but what is in it was written when p says, or later.
func (f found) origin(p place) origin {
	o := originOf(p.path, f.info)
	o.head = f.head
	if f.packed {
		o.written = p.written
	}
	return o
}

// reader makes a reader that stands at exactly that offset, within a line or
// not.
func (f found) reader(name string, offset int64, pool *Pool) (*Reader, error) {
	if f.packed {
		r, err := open(name, f.file, offset, pool)
		if err == nil {
			r.skipping = false
		}
		return r, err
	}
	if pool == nil {
		pool = new(Pool)
	}
	if _, err := f.file.Seek(offset, io.SeekStart); err != nil {
		return nil, err
	}
	r := &Reader{name: name, pool: pool, pos: offset, modTime: f.info.ModTime(), size: f.info.Size()}
	r.in = &counter{f.file, &r.done}
	r.done.Store(offset)
	return r, nil
}
