package run

import (
	"bufio"
	"bytes"
	"encoding/json"
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

	"github.com/klauspost/compress/zstd"
)

// A State keeps in a folder what a run knows, across a stop, a crash or an
// upgrade:
//
//	lock           held by the one process that uses the folder
//	snapshot       the engine, where the logs are read, effects that are under
//	               way; written to the side, synced and renamed
//	journal.7      what has happened since snapshot 7; see journal.go
//
// A new snapshot begins a new journal. Notes go to it from before the snapshot
// is taken, so that none is lost in between; until the snapshot stands, the
// older one with both journals tells the same.
type State struct {
	dir        string
	lock       *os.File
	generation uint64
	journal    *journal

	past  *snapshot // what was there; nil for a new folder
	tale  []entry   // what happened since, without what is done
	done  map[uint64]bool
	Torn  bool // the end of the journal was lost in a crash
	Bytes int64
}

const (
	snapshotMagic   = "LoGS run\n"
	snapshotVersion = 1
)

// A snapshot is what is saved beside the engine.
type snapshot struct {
	Version    int
	Generation uint64
	Streams    []streamState
	Effects    []byte // of the Keeper

	engine []byte
}

// OpenState opens a folder, which is made if it is missing. The error says
// what is wrong with it; nothing in it has been changed then.
func OpenState(dir string) (*State, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of the state cannot be made: %w", err)
	}
	s := &State{dir: dir, done: map[uint64]bool{}}
	if err := s.takeLock(); err != nil {
		return nil, err
	}
	err := s.load()
	if err == nil {
		err = s.begin()
	}
	if err != nil {
		s.lock.Close()
		return nil, err
	}
	return s, nil
}

// takeLock makes sure that no other process uses the folder.
func (s *State) takeLock() error {
	lock, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("the state cannot be kept in %s: %w", s.dir, err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return fmt.Errorf("the state in %s is in use by another process: %w", s.dir, err)
	}
	s.lock = lock
	return nil
}

// load reads the snapshot and the journals that belong to it.
func (s *State) load() error {
	past, size, err := readSnapshot(s.path("snapshot"))
	if errors.Is(err, fs.ErrNotExist) {
		past, err = nil, nil
	}
	if err != nil {
		return err
	}
	s.past, s.Bytes = past, size
	if past != nil {
		s.generation = past.Generation
	}
	generations, err := s.journals()
	if err != nil {
		return err
	}
	for _, g := range generations {
		if g < s.generation {
			continue
		}
		if err := s.loadJournal(g); err != nil {
			return err
		}
	}
	if len(generations) > 0 {
		s.generation = max(s.generation, generations[len(generations)-1])
	}
	return nil
}

func (s *State) loadJournal(generation uint64) error {
	entries, torn, err := readJournal(s.journalPath(generation))
	if err != nil {
		return fmt.Errorf("the journal cannot be read: %w", err)
	}
	s.Torn = s.Torn || torn
	for _, e := range entries {
		if e.kind == entryDone {
			s.done[e.key] = true
		} else {
			s.tale = append(s.tale, e)
		}
	}
	return nil
}

// journals lists the generations of the journals in the folder.
func (s *State) journals() ([]uint64, error) {
	names, err := filepath.Glob(s.path("journal.*"))
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

// begin begins a new journal.
func (s *State) begin() error {
	j, err := createJournal(s.journalPath(s.generation + 1))
	if err != nil {
		return fmt.Errorf("the state cannot be kept in %s: %w", s.dir, err)
	}
	s.generation++
	s.journal = j
	return nil
}

func (s *State) path(name string) string { return filepath.Join(s.dir, name) }

func (s *State) journalPath(generation uint64) string {
	return s.path("journal." + strconv.FormatUint(generation, 10))
}

// Dir is the folder.
func (s *State) Dir() string { return s.dir }

// Read tells whether a log of that name was read before.
func (s *State) Read(name string) bool {
	return s.past != nil && slices.ContainsFunc(s.past.Streams, func(st streamState) bool { return st.Key == name })
}

// Effects returns what the Keeper had under way.
func (s *State) Effects() []byte {
	if s.past == nil {
		return nil
	}
	return s.past.Effects
}

// Done tells whether an effect was done before a crash, by the key under which
// it was noted.
func (s *State) Done(key uint64) bool { return s.done[key] }

// Note notes that an effect is done. It may be called by any goroutine.
func (s *State) Note(key uint64) error { return s.journal.done(key) }

// Close gives the folder back.
func (s *State) Close() error {
	err := s.journal.settle()
	if synced := s.journal.sync(); err == nil {
		err = synced
	}
	s.journal.file.Close()
	s.lock.Close()
	return err
}

// commit makes a snapshot of what take returns, with what save writes of the
// engine.
func (s *State) commit(take func() (*snapshot, error), save func(io.Writer) error) error {
	old := s.journal
	if err := old.settle(); err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return err
	}
	old.sync()
	old.file.Close()
	snap, err := take()
	if err != nil {
		return err
	}
	snap.Version, snap.Generation = snapshotVersion, s.generation
	if err := s.replace(snap, save); err != nil {
		return fmt.Errorf("the state could not be saved, the one before stands: %w", err)
	}
	return s.forget()
}

// replace puts a snapshot in the place of the one before.
func (s *State) replace(snap *snapshot, save func(io.Writer) error) error {
	side := s.path("snapshot.new")
	file, err := os.OpenFile(side, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if err = writeSnapshot(file, snap, save); err == nil {
		err = file.Sync()
	}
	if err != nil {
		os.Remove(side)
		return err
	}
	if info, err := file.Stat(); err == nil {
		s.Bytes = info.Size()
	}
	if err := os.Rename(side, s.path("snapshot")); err != nil {
		return err
	}
	return syncDir(s.dir)
}

// forget removes the journals that the snapshot has made needless.
func (s *State) forget() error {
	generations, err := s.journals()
	for _, g := range generations {
		if g < s.generation {
			err = errors.Join(err, os.Remove(s.journalPath(g)))
		}
	}
	return err
}

func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// writeSnapshot writes a magic line, and compressed, with a checksum, a line
// of JSON and the engine.
func writeSnapshot(w io.Writer, snap *snapshot, save func(io.Writer) error) error {
	if _, err := io.WriteString(w, snapshotMagic); err != nil {
		return err
	}
	packed, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(packed, 1<<20)
	if err := json.NewEncoder(out).Encode(snap); err != nil {
		return err
	}
	if err := save(out); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return packed.Close()
}

// MaxState is how many bytes a snapshot may unpack to.
const MaxState = 16 << 30

// readSnapshot reads a snapshot, and how long its file is.
func readSnapshot(path string) (*snapshot, int64, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, err
	}
	packed, ok := bytes.CutPrefix(data, []byte(snapshotMagic))
	if !ok {
		return nil, 0, fmt.Errorf("%s is no state of this program; name another folder, or move the file away", path)
	}
	snap, err := unpackSnapshot(packed)
	if err != nil {
		return nil, 0, fmt.Errorf("%s is damaged; move the folder away to begin anew, or bring it back from a backup: %w", path, err)
	}
	if snap.Version > snapshotVersion {
		return nil, 0, fmt.Errorf("%s was written by a newer version of this program: use that, or move the folder away", path)
	}
	return snap, int64(len(data)), nil
}

func unpackSnapshot(packed []byte) (*snapshot, error) {
	in, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxState))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	all, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	head, engine, ok := bytes.Cut(all, []byte("\n"))
	if !ok {
		return nil, io.ErrUnexpectedEOF
	}
	snap := &snapshot{engine: engine}
	return snap, json.Unmarshal(head, snap)
}
