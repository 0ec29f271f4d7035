package run

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// someEntries draws what a journal may be given.
func someEntries(t *rapid.T) []entry {
	kinds := rapid.SampledFrom([]entryKind{entryName, entryLines, entryJudged, entryTime, entryDone})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) entry {
		e := entry{kind: kinds.Draw(t, "kind")}
		switch e.kind {
		case entryName:
			e.stream, e.name = rapid.IntRange(0, 300).Draw(t, "stream"), rapid.String().Draw(t, "name")
		case entryLines:
			e.stream, e.n = rapid.IntRange(0, 3).Draw(t, "stream"), rapid.Int64Range(1, 1<<40).Draw(t, "n")
		case entryJudged:
			e.stream = rapid.IntRange(0, 3).Draw(t, "stream")
			e.wall, e.confirmed = rapid.Int64().Draw(t, "wall"), rapid.Bool().Draw(t, "confirmed")
		case entryTime:
			e.at = rapid.Int64Range(math.MinInt64, math.MaxInt64).Draw(t, "at")
		case entryDone:
			e.key = rapid.Uint64().Draw(t, "key")
		}
		return e
	}), 0, 30).Draw(t, "entries")
}

// merged is what a journal makes of entries: lines of one log in a row and
// the clock make one, and what is done stands before what is not settled.
func merged(entries []entry) (out []entry) {
	var open []entry
	for _, e := range entries {
		last := len(open) - 1
		switch {
		case e.kind == entryDone:
			out = append(out, e)
		case last >= 0 && e.kind == entryLines && open[last].kind == entryLines && open[last].stream == e.stream:
			open[last].n += e.n
		case last >= 0 && e.kind == entryTime && open[last].kind == entryTime:
			open[last].at = e.at
		default:
			open = append(open, e)
		}
	}
	return append(out, open...)
}

func writeJournal(t fataler, path string, entries []entry) {
	f := &folder{dir: filepath.Dir(path)}
	out, err := f.Begin(1)
	j := &journal{out: out}
	for _, e := range entries {
		if e.kind == entryDone && err == nil {
			err = j.done(e.key)
		} else if err == nil {
			err = j.add(e)
		}
	}
	if err == nil {
		err = j.settle()
	}
	if err != nil {
		t.Fatal(err)
	}
	j.out.Close()
}

// What is read of a journal is what was written; of one that is cut short
// anywhere, what stands before the cut.
func TestJournal(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, "journal.1")
		defer os.Remove(path)
		entries := someEntries(t)
		writeJournal(t, path, entries)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, torn, err := readJournal(Kept{Data: data})
		if want := merged(entries); err != nil || torn || len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, %v and %v, want %+v", got, torn, err, want)
		}
		cut := rapid.IntRange(0, len(data)).Draw(t, "cut")
		part, _, err := readJournal(Kept{Data: data[:cut]})
		if err != nil || len(part) > len(got) || len(part) > 0 && !reflect.DeepEqual(part, got[:len(part)]) {
			t.Fatalf("cut at %d of %d: got %+v and %v of %+v", cut, len(data), part, err, got)
		}
	})
}

// A byte that has changed on the disk is found out: what is read is a part of
// what was written.
func TestDamagedJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.1")
	var entries []entry
	for i := range 20 {
		entries = append(entries, entry{kind: entryDone, key: uint64(i)})
	}
	writeJournal(t, path, entries)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		damaged := append([]byte(nil), whole...)
		damaged[i] ^= 0x10
		got, torn, err := readJournal(Kept{Data: damaged})
		if err != nil || !torn || len(got) >= len(entries) {
			t.Fatalf("byte %d: got %d entries, %v and %v", i, len(got), torn, err)
		}
	}
}

func FuzzReadEntries(f *testing.F) {
	f.Add([]byte("L\x01\x02T\x05D\x07"))
	f.Add([]byte("N\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, frame []byte) {
		entries, err := readEntries(nil, frame)
		if err != nil {
			return
		}
		var again []byte
		for _, e := range entries {
			again = appendEntry(again, e)
		}
		if back, err := readEntries(nil, again); err != nil || !reflect.DeepEqual(back, entries) {
			t.Fatalf("got %+v and %v, want %+v", back, err, entries)
		}
	})
}

// A journal is brought to the disk aside; that it could not be is told with the
// next time, and tried again.
func TestJournalIsSynced(t *testing.T) {
	out := &syncs{fails: 1}
	j := &journal{out: out}
	if err := j.done(1); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		told  bool
		count int
	}{{false, 1}, {true, 2}, {false, 2}} { // the last finds nothing new
		if err := j.syncAside(); (err != nil) != want.told {
			t.Errorf("time %d: %v", i, err)
		}
		j.syncing.Wait()
		if out.count != want.count {
			t.Errorf("time %d: synced %d times", i, out.count)
		}
	}
}

// syncs is a Journal that counts.
type syncs struct {
	Journal
	fails, count int
}

func (s *syncs) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

func (s *syncs) Sync() error {
	if s.count++; s.count <= s.fails {
		return os.ErrInvalid
	}
	return nil
}
