package run

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// A State keeps what a run knows, across a stop, a crash or an upgrade, in a
// folder or another Depot:
//
//	snapshot       the engine, where the logs are read, effects that are under
//	               way
//	journal        what has happened since; see journal.go
//
// A new snapshot begins a new journal. Notes go to it from before the snapshot
// is taken, so that none is lost in between; until the snapshot stands, the
// older one with both journals tells the same.
type State struct {
	depot      Depot
	dir        string // of a depot that is a folder
	generation uint64
	swap       sync.RWMutex // held to read journal by Note, to change it by begin
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
	f, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	s, err := OpenStateIn(f)
	if err == nil {
		s.dir = dir
	}
	return s, err
}

// OpenStateIn opens a State in a Depot, which it closes at the end, and if it
// returns an error.
func OpenStateIn(d Depot) (*State, error) {
	s := &State{depot: d, done: map[uint64]bool{}}
	err := s.load()
	if err == nil {
		err = s.begin()
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return s, nil
}

// load reads the snapshot and the journals that belong to it.
func (s *State) load() error {
	kept, journals, err := s.depot.Load()
	if err != nil {
		return err
	}
	if kept != nil {
		if s.past, err = readSnapshot(kept); err != nil {
			return err
		}
		s.generation, s.Bytes = s.past.Generation, int64(len(kept.Data))
	}
	from := s.generation
	for _, j := range journals {
		if j.Generation < from {
			continue
		}
		if err := s.loadJournal(j); err != nil {
			return err
		}
		s.generation = j.Generation
	}
	return nil
}

func (s *State) loadJournal(kept Kept) error {
	entries, torn, err := readJournal(kept)
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

// begin begins a new journal.
func (s *State) begin() error {
	out, err := s.depot.Begin(s.generation + 1)
	if err != nil {
		return err
	}
	s.swap.Lock()
	defer s.swap.Unlock()
	s.generation++
	s.journal = &journal{out: out}
	return nil
}

// Dir is the folder; "" if the State lies elsewhere.
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
func (s *State) Note(key uint64) error {
	s.swap.RLock()
	defer s.swap.RUnlock()
	return s.journal.done(key)
}

// Close gives the folder back.
func (s *State) Close() error {
	err := s.journal.settle()
	if closed := s.journal.close(); err == nil {
		err = closed
	}
	s.depot.Close()
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
	old.close() // what is in it counts until the snapshot stands, and that is synced
	snap, err := take()
	if err != nil {
		return err
	}
	snap.Version, snap.Generation = snapshotVersion, s.generation
	size, err := s.depot.Replace(s.generation, func(w io.Writer) error { return writeSnapshot(w, snap, save) })
	if size > 0 {
		s.Bytes = size
	}
	if err != nil {
		return fmt.Errorf("the state could not be saved, the one before stands: %w", err)
	}
	return nil
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

// readSnapshot reads a snapshot.
func readSnapshot(kept *Kept) (*snapshot, error) {
	packed, ok := bytes.CutPrefix(kept.Data, []byte(snapshotMagic))
	if !ok {
		return nil, fmt.Errorf("%s is no state of this program; name another folder, or move the file away", kept.Name)
	}
	snap, err := unpackSnapshot(packed)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged; move the folder away to begin anew, or bring it back from a backup: %w", kept.Name, err)
	}
	if snap.Version > snapshotVersion {
		return nil, fmt.Errorf("%s was written by a newer version of this program: use that, or move the folder away", kept.Name)
	}
	return snap, nil
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
