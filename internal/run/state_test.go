package run

import (
	"context"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/logs-rdl/logs"
)

// saved makes a folder with the state of a run over some lines.
func saved(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "deep", "state")
	k := kept{dir: dir, opts: options(), make: func() *logs.Engine { return timing(t) }}
	in := (&lined{name: "a", lines: []string{"Oct 28 12:00:00 h app: a", "Oct 28 12:00:10 h app: b"}, sizes: rand.New(rand.NewSource(1))}).input()
	if err := k.once(t, newLedger(), []Input{in}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// contents returns the files of a folder and what they hold.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(data)
	}
	return files
}

// A folder that cannot be used is refused with a reason, and stays as it is.
func TestFoldersThatAreRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(snapshot []byte) []byte
		want  string
	}{
		{"a foreign file", func([]byte) []byte { return []byte("precious data of somebody else") }, "is no state of this program"},
		{"an empty file", func([]byte) []byte { return nil }, "is no state of this program"},
		{"a snapshot that is cut short", func(s []byte) []byte { return s[:len(s)-5] }, "is damaged"},
		{"a snapshot with a byte changed", func(s []byte) []byte { s[len(s)/2] ^= 1; return s }, "is damaged"},
		{"a snapshot of which the head alone is left", func(s []byte) []byte { return s[:len(snapshotMagic)] }, "is damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := saved(t)
			path := filepath.Join(dir, "snapshot")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, test.spoil(data), 0o600); err != nil {
				t.Fatal(err)
			}
			before := contents(t, dir)
			_, err = OpenState(dir)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %q with the name of the file", err, test.want)
			}
			after := contents(t, dir)
			for name, data := range before {
				if after[name] != data {
					t.Errorf("%s was changed", name)
				}
			}
			if len(after) != len(before) {
				t.Errorf("there are other files than before")
			}
		})
	}
}

func TestAFutureSnapshotIsRefused(t *testing.T) {
	dir := saved(t)
	file, err := os.Create(filepath.Join(dir, "snapshot"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := writeSnapshot(file, &snapshot{Version: snapshotVersion + 1}, func(w io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenState(dir); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("got %v", err)
	}
}

// Two processes cannot share a folder.
func TestAFolderInUse(t *testing.T) {
	dir := saved(t)
	first, err := OpenState(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenState(dir); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenState(dir)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

// A folder that is a file, or on a disk that takes nothing, is a clear error.
func TestFoldersThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below"), "/proc/self/state"} {
		if _, err := OpenState(dir); err == nil || !strings.Contains(err.Error(), "state") {
			t.Errorf("%s: got %v", dir, err)
		}
	}
}

// A snapshot that cannot be written leaves the one before, and the run goes
// on; what is noted meanwhile is not lost.
func TestASnapshotThatFails(t *testing.T) {
	dir := saved(t)
	before := contents(t, dir)["snapshot"]
	state, err := OpenState(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "snapshot.new"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := state.Note(7); err != nil {
		t.Fatal(err)
	}
	take := func() (*snapshot, error) { return &snapshot{}, state.Note(8) }
	for range 3 {
		if err := state.commit(take, func(io.Writer) error { return nil }); err == nil || !strings.Contains(err.Error(), "the one before stands") {
			t.Fatalf("got %v", err)
		}
	}
	if err := state.Note(9); err != nil {
		t.Fatal(err)
	}
	die(state)
	if after, err := os.ReadFile(filepath.Join(dir, "snapshot")); err != nil || string(after) != before {
		t.Error("the snapshot has changed")
	}
	again, err := OpenState(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if !again.Done(7) || !again.Done(8) || !again.Done(9) || again.Done(10) {
		t.Errorf("what is done is not known: %v", again.done)
	}
}

// Effects are noted by any goroutine, also while a snapshot is taken: every note
// is in the old journal and before the snapshot, or in the new one.
func TestNotesWhileASnapshotIsTaken(t *testing.T) {
	dir := t.TempDir()
	state, err := OpenState(dir)
	if err != nil {
		t.Fatal(err)
	}
	var noting sync.WaitGroup
	var noted atomic.Uint64
	for range 4 {
		noting.Go(func() {
			for range 200 {
				if err := state.Note(noted.Add(1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 20 {
		before := noted.Load()
		take := func() (*snapshot, error) { return &snapshot{Effects: fmt.Append(nil, before)}, nil }
		if err := state.commit(take, func(io.Writer) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	noting.Wait()
	die(state)
	again, err := OpenState(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	before, err := strconv.ParseUint(string(again.Effects()), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	for key := before + 5; key <= 800; key++ { // four may have been under way
		if !again.Done(key) {
			t.Fatalf("the note %d is lost, the last snapshot was taken after %d", key, before)
		}
	}
}

// What was saved by the first version can be loaded. The folder was written by
// this test's saved when that version was made.
func TestAnOldStateIsLoaded(t *testing.T) {
	dir := t.TempDir()
	data, err := os.ReadFile("testdata/snapshot.1")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "snapshot"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	state, err := OpenState(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer state.Close()
	out := newLedger()
	out.state = state
	r := Runner{Engine: timing(t), Handler: out, Options: options(), State: state}
	lines := []string{"Oct 28 12:00:00 h app: a", "Oct 28 12:00:10 h app: b", "Oct 28 12:00:31 h app: c"}
	in := &lined{name: "a", lines: lines, sizes: rand.New(rand.NewSource(1))}
	if _, err := r.Run(context.Background(), []Input{in.input()}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(out.did, ", "); got != "12:00:20.000 idle a, 12:00:30.000 idle b, 12:00:31.000 line c" {
		t.Errorf("got %s", got)
	}
}
