package sink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/logs-rdl/logs"
)

const (
	maxOpenFiles = 64
	fileBuffer   = 64 << 10 // bytes of lines that wait for one file
)

// Files performs writes: it appends lines to files, which it makes where they
// are missing, with their folders. The zero Files is ready for use.
//
// Whole lines are written at once, so that several programs may append to one
// file. At most 64 files are open: beyond, the one that was used least lately
// is closed.
type Files struct {
	open map[string]*openFile
	uses uint64
}

type openFile struct {
	*os.File
	lines   []byte // what is still to be written
	lastUse uint64
}

// Do appends the lines to the file e.Target, each with a newline. A newline
// within a line would make two of it and is written as \n. The lines are on
// the disk after Flush. When Do fails, it has taken none of the lines: the
// same effect may be tried again.
func (f *Files) Do(_ context.Context, e *logs.Effect) error {
	file, err := f.file(e.Target)
	if err != nil {
		return fmt.Errorf("rule %s cannot write to %q: %w", e.Rule, e.Target, err)
	}
	if len(file.lines) >= fileBuffer {
		if err := file.flush(); err != nil {
			return err
		}
	}
	for _, line := range e.Lines {
		if strings.Contains(line, "\n") {
			line = strings.ReplaceAll(line, "\n", `\n`)
		}
		file.lines = append(append(file.lines, line...), '\n')
	}
	return nil
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
		return file, nil
	}
	if len(f.open) >= maxOpenFiles {
		if err := f.closeOldest(); err != nil {
			return nil, fmt.Errorf("another file had to be closed: %w", err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, err
	}
	if f.open == nil {
		f.open = make(map[string]*openFile)
	}
	f.open[name] = &openFile{File: file, lastUse: f.uses}
	return f.open[name], nil
}

func (f *Files) closeOldest() error {
	oldest := slices.MinFunc(f.sorted(), func(a, b *openFile) int {
		return cmp.Compare(a.lastUse, b.lastUse)
	})
	delete(f.open, oldest.Name())
	return oldest.close()
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
		errs = append(errs, file.flush())
	}
	return errors.Join(errs...)
}

// Close flushes and closes all files. The sink may be used again: it opens
// them anew, which a rotation of the written files asks for.
func (f *Files) Close() error {
	var errs []error
	for _, file := range f.sorted() {
		errs = append(errs, file.close())
	}
	f.open = nil
	return errors.Join(errs...)
}

func (f *openFile) flush() error {
	if len(f.lines) == 0 {
		return nil
	}
	n, err := f.Write(f.lines) // the error names the file
	if err == nil && cap(f.lines) <= 2*fileBuffer {
		f.lines = f.lines[:0]
		return nil
	}
	f.lines = append([]byte(nil), f.lines[n:]...)
	return err
}

// close closes the file, though lines that cannot be written are lost.
func (f *openFile) close() error {
	err := f.flush()
	if len(f.lines) > 0 {
		err = fmt.Errorf("%d bytes of lines are lost: %w", len(f.lines), err)
	}
	return errors.Join(err, f.Close())
}
