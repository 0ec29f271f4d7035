package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// A Depot is where a State lies. One State at a time uses it.
type Depot interface {
	// Load returns the newest snapshot, nil if there is none, and all journals
	// in the order of their generations.
	Load() (snapshot *Kept, journals []Kept, err error)
	// Begin begins the journal of a generation.
	Begin(generation uint64) (Journal, error)
	// Replace puts what write writes in the place of the snapshot, once all of
	// it lasts, and forgets the journals before a generation. It returns how
	// long the snapshot is.
	Replace(generation uint64, write func(io.Writer) error) (int64, error)
	// Close gives the depot back.
	Close() error
}

// A Kept is what lies in a Depot.
type Kept struct {
	Name       string // for messages
	Generation uint64 // of a journal
	Data       []byte
}

// A Journal takes frames. What WriteAt could not write comes again, at the same
// offset and perhaps with more behind it. An error that is ErrTaken ends the
// run.
type Journal interface {
	io.WriterAt
	Sync() error
	Close() error
}

// ErrTaken says that another process uses the Depot now: what this one does
// counts no more.
var ErrTaken = errors.New("another process has taken the state over")

// A folder is the Depot on a disk:
//
//	lock           held by the one process that uses the folder
//	snapshot       written to the side, synced and renamed
//	journal.7      what has happened since snapshot 7
type folder struct {
	dir  string
	lock *os.File
}

// openFolder makes the folder if it is missing, and takes its lock.
func openFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of the state cannot be made: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the state cannot be kept in %s: %w", dir, err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("the state in %s is in use by another process: %w", dir, err)
	}
	return &folder{dir, lock}, nil
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f *folder) journalPath(generation uint64) string {
	return f.path("journal." + strconv.FormatUint(generation, 10))
}

// Load reads all files.
func (f *folder) Load() (snapshot *Kept, journals []Kept, err error) {
	data, err := os.ReadFile(f.path("snapshot"))
	switch {
	case err == nil:
		snapshot = &Kept{Name: f.path("snapshot"), Data: data}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, nil, err
	}
	generations, err := f.journals()
	if err != nil {
		return nil, nil, err
	}
	for _, g := range generations {
		data, err := os.ReadFile(f.journalPath(g))
		if err != nil {
			return nil, nil, fmt.Errorf("the journal cannot be read: %w", err)
		}
		journals = append(journals, Kept{f.journalPath(g), g, data})
	}
	return snapshot, journals, nil
}

// journals lists the generations of the journals in the folder.
func (f *folder) journals() ([]uint64, error) {
	names, err := filepath.Glob(f.path("journal.*"))
	if err != nil {
		return nil, err
	}
	var generations []uint64
	for _, name := range names {
		g, err := strconv.ParseUint(strings.TrimPrefix(filepath.Base(name), "journal."), 10, 64)
		if err == nil {
			generations = append(generations, g)
		}
	}
	slices.Sort(generations)
	return generations, nil
}

// Begin makes the file of a journal.
func (f *folder) Begin(generation uint64) (Journal, error) {
	file, err := os.OpenFile(f.journalPath(generation), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the state cannot be kept in %s: %w", f.dir, err)
	}
	return file, nil
}

// Replace writes a snapshot to the side and renames it.
func (f *folder) Replace(generation uint64, write func(io.Writer) error) (int64, error) {
	side := f.path("snapshot.new")
	size, err := writeSynced(side, write)
	if err != nil {
		return 0, err
	}
	if err := os.Rename(side, f.path("snapshot")); err != nil {
		return 0, err
	}
	if err := syncDir(f.dir); err != nil {
		return size, err
	}
	return size, f.forget(generation)
}

// writeSynced writes a file and brings it to the disk. One that is not whole is
// removed.
func writeSynced(path string, write func(io.Writer) error) (size int64, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() {
		file.Close()
		if err != nil {
			os.Remove(path)
		}
	}()
	if err := write(file); err != nil {
		return 0, err
	}
	if err := file.Sync(); err != nil {
		return 0, err
	}
	return file.Seek(0, io.SeekCurrent)
}

// forget removes the journals that a snapshot has made needless.
func (f *folder) forget(before uint64) error {
	generations, err := f.journals()
	for _, g := range generations {
		if g < before {
			err = errors.Join(err, os.Remove(f.journalPath(g)))
		}
	}
	return err
}

// Close gives the lock back.
func (f *folder) Close() error { return f.lock.Close() }

func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
