package sink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
)

const (
	maxOpenFiles = 64
	fileBuffer   = 64 << 10    // bytes of lines that wait for one file
	maxUnsynced  = 10_000      // names of files that were closed before a Sync
	lookAgain    = time.Second // how long a name is taken to lead to the open file
)

// DefaultMaxBuffer is how many bytes of lines wait for a file that cannot be
// written, if Files.MaxBuffer is 0.
const DefaultMaxBuffer = 8 << 20

// Files performs writes: it appends lines to files, which it makes where they
// are missing, with their folders. The zero Files is ready for use.
//
//	Do ─→ buffer ─→ file        64 KiB at once, or at Flush
//	        └─ the disk is full: kept, up to MaxBuffer, and tried at each Flush
//
// Whole lines are written at once, so that several programs may append to one
// file; where a write ends within a line, the next one goes on with the rest.
// At most 64 files are open: beyond, the one that was used least lately is
// closed. A file that a rotation has renamed or deleted is found within a
// second, and by Reopen at once; what waits for it still goes to it, before the
// name is opened anew.
type Files struct {
	MaxBuffer int // bytes for each file; 0 means DefaultMaxBuffer

	open     map[string]*openFile
	uses     uint64
	unsynced map[string]struct{} // names of files that were closed since Sync
}

type openFile struct {
	*os.File
	is      os.FileInfo // tells which file it is
	lines   []byte      // what is still to be written
	lastUse uint64
	looked  time.Time // when the name was last seen to lead here
	moved   bool      // the name leads elsewhere: to be closed when all is written
	stuck   bool      // the last write failed: the next one is Flush's
	dirty   bool      // written since Sync
}

// Do appends the lines to the file e.Target, each with a newline. A newline
// within a line would make two of it and is written as \n. The lines are in
// the file after Flush, and safe from a power cut after Sync. When Do fails, it
// has taken none of the lines: the same effect may be tried again.
func (f *Files) Do(_ context.Context, e *logs.Effect) error {
	file, err := f.file(e.Target)
	if err == nil {
		err = f.makeRoom(file, e.Lines)
	}
	if err != nil {
		return fmt.Errorf("rule %s cannot write to %q: %w", e.Rule, e.Target, err)
	}
	for _, line := range e.Lines {
		if strings.Contains(line, "\n") {
			line = strings.ReplaceAll(line, "\n", `\n`)
		}
		file.lines = append(append(file.lines, line...), '\n')
	}
	return nil
}

// makeRoom writes out what is buffered if that is much. It fails only if the
// lines would be too many beside what cannot be written.
func (f *Files) makeRoom(file *openFile, lines []string) error {
	more := 0
	for _, line := range lines {
		more += len(line) + 1
	}
	tooMany := len(file.lines)+more > cmp.Or(f.MaxBuffer, DefaultMaxBuffer)
	if len(file.lines) < fileBuffer && !tooMany || file.stuck && !tooMany {
		return nil
	}
	err := file.flush()
	if tooMany && len(file.lines) > 0 {
		return err
	}
	return nil // Flush tells of what it cannot write either
}

// file returns the file of that name, open.
func (f *Files) file(name string) (*openFile, error) {
	if name == "" {
		return nil, errors.New("the name is empty")
	}
	f.uses++
	name = filepath.Clean(name)
	if file := f.open[name]; file != nil {
		file.lastUse = f.uses
		file.look()
		if !file.moved {
			return file, nil
		}
		if err := f.drop(file); f.open[name] != nil {
			return file, nil // what waits for the old file comes first
		} else if err != nil {
			return nil, err
		}
	}
	if len(f.open) >= maxOpenFiles {
		if err := f.closeOldest(); err != nil {
			return nil, fmt.Errorf("another file had to be closed: %w", err)
		}
	}
	file, err := openForAppend(name)
	if err != nil {
		return nil, err
	}
	if f.open == nil {
		f.open = make(map[string]*openFile)
	}
	file.lastUse = f.uses
	f.open[name] = file
	return file, nil
}

func openForAppend(name string) (*openFile, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, err
	}
	is, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &openFile{File: file, is: is, looked: time.Now()}, nil
}

// look looks whether the name still leads to the file, once a second.
func (f *openFile) look() {
	now := time.Now()
	if f.moved || now.Sub(f.looked) < lookAgain {
		return
	}
	f.looked = now
	is, err := os.Stat(f.Name())
	f.moved = errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(is, f.is)
}

// drop writes out and closes a file. One that cannot be written stays open.
func (f *Files) drop(file *openFile) error {
	if err := file.flush(); err != nil {
		return err
	}
	delete(f.open, file.Name())
	return f.closeWritten(file)
}

// closeWritten closes a file. That it is to be synced is remembered by name; a
// file whose name leads elsewhere is synced now.
func (f *Files) closeWritten(file *openFile) error {
	var err error
	if file.dirty && file.moved {
		err = file.Sync()
	} else if file.dirty {
		if f.unsynced == nil {
			f.unsynced = make(map[string]struct{})
		}
		f.unsynced[file.Name()] = struct{}{}
		if len(f.unsynced) >= maxUnsynced {
			err = f.syncClosed()
		}
	}
	return errors.Join(err, file.Close())
}

// closeOldest closes the file that was used least lately, of those that can be
// written.
func (f *Files) closeOldest() error {
	var errs []error
	byUse := func(a, b *openFile) int { return cmp.Compare(a.lastUse, b.lastUse) }
	for _, file := range slices.SortedFunc(slices.Values(f.sorted()), byUse) {
		err := f.drop(file)
		if f.open[file.Name()] == nil {
			return err
		}
		errs = append(errs, err)
	}
	return errs[0]
}

// sorted returns the open files by name.
func (f *Files) sorted() []*openFile {
	files := make([]*openFile, 0, len(f.open))
	for _, file := range f.open {
		files = append(files, file)
	}
	slices.SortFunc(files, func(a, b *openFile) int { return cmp.Compare(a.Name(), b.Name()) })
	return files
}

// Flush writes out what is buffered. What cannot be written, because the disk
// is full for example, is kept for the next time.
func (f *Files) Flush() error {
	var errs []error
	for _, file := range f.sorted() {
		file.look()
		if file.moved {
			errs = append(errs, f.drop(file))
		} else {
			errs = append(errs, file.flush())
		}
	}
	return errors.Join(errs...)
}

// Reopen flushes and closes all files: the next write opens them anew. A
// rotation of the written files asks for it. One that cannot be written is
// closed when it can be.
func (f *Files) Reopen() error {
	var errs []error
	for _, file := range f.sorted() {
		file.moved = true
		errs = append(errs, f.drop(file))
	}
	return errors.Join(errs...)
}

// Sync writes out what is buffered, and returns when all that was written is
// safe from a power cut. A file that had to be closed since the last Sync, as
// one too many, and was then moved away is left to the system.
func (f *Files) Sync() error {
	errs := []error{f.Flush()}
	for _, file := range f.sorted() {
		if !file.dirty {
			continue
		}
		err := errors.Join(file.Sync(), syncFolder(file.Name()))
		file.dirty = err != nil
		errs = append(errs, err)
	}
	return errors.Join(append(errs, f.syncClosed())...)
}

// syncClosed syncs the files that were closed.
func (f *Files) syncClosed() error {
	var errs []error
	for name := range f.unsynced {
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = errors.Join(file.Sync(), syncFolder(name), file.Close())
		}
		errs = append(errs, err)
	}
	f.unsynced = nil
	return errors.Join(errs...)
}

// syncFolder makes the name of a file safe from a power cut.
func syncFolder(name string) error {
	folder, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Buffered is how many bytes of lines wait to be written.
func (f *Files) Buffered() int {
	n := 0
	for _, file := range f.open {
		n += len(file.lines)
	}
	return n
}

// Close flushes and closes all files, though lines that cannot be written are
// lost, which the error tells. The sink may be used again.
func (f *Files) Close() error {
	var errs []error
	for _, file := range f.sorted() {
		err := file.flush()
		if len(file.lines) > 0 {
			err = fmt.Errorf("%d bytes of lines are lost: %w", len(file.lines), err)
		}
		errs = append(errs, err, f.closeWritten(file))
	}
	f.open = nil
	return errors.Join(errs...)
}

// flush writes out what is buffered. What a write leaves over stays.
func (f *openFile) flush() error {
	if len(f.lines) == 0 {
		return nil
	}
	n, err := f.Write(f.lines) // the error names the file
	f.stuck = err != nil
	f.dirty = f.dirty || n > 0 && f.is.Mode().IsRegular()
	switch {
	case err == nil && cap(f.lines) <= 2*fileBuffer:
		f.lines = f.lines[:0]
	case n > 0:
		f.lines = append([]byte(nil), f.lines[n:]...)
	}
	return err
}
