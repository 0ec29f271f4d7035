package sink

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logs-rdl/logs"
)

func write(f *Files, target string, lines ...string) error {
	return f.Do(context.Background(), &logs.Effect{Kind: logs.EffectWrite, Rule: "r", Target: target, Lines: lines})
}

func onDisk(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFiles(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	var f Files
	path := filepath.Join(t.TempDir(), "new", "folder", "out.log")
	check(t, write(&f, path, "one", "", "with \x1b and \xff"))
	check(t, write(&f, filepath.Dir(path)+"//./out.log", "forged\nline"))
	check(t, f.Flush())
	if got, want := onDisk(t, path), "one\n\nwith \x1b and \xff\nforged\\nline\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	file, _ := os.Stat(path)
	folder, _ := os.Stat(filepath.Dir(path))
	if file.Mode().Perm() != 0o640 || folder.Mode().Perm() != 0o750 {
		t.Errorf("the file has %v, the folder %v", file.Mode(), folder.Mode())
	}

	check(t, os.Rename(path, path+".1")) // as a rotation does
	check(t, f.Close())
	check(t, write(&f, path, "after"))
	check(t, f.Close())
	if got := onDisk(t, path); got != "after\n" {
		t.Errorf("after the rotation: %q", got)
	}
	check(t, write(&f, path, "more"))
	check(t, f.Close())
	if got := onDisk(t, path); got != "after\nmore\n" {
		t.Errorf("a file that existed: %q", got)
	}
}

func TestManyFiles(t *testing.T) {
	var f Files
	dir := t.TempDir()
	check(t, write(&f, dir+"/busy", "x"))
	busy := f.open[dir+"/busy"]
	for round := range 3 {
		for i := range 100 {
			check(t, write(&f, fmt.Sprintf("%s/%d", dir, i), fmt.Sprint(round)))
			check(t, write(&f, dir+"/busy", "x"))
			if len(f.open) > maxOpenFiles {
				t.Fatalf("%d files are open", len(f.open))
			}
			if f.open[dir+"/busy"] != busy {
				t.Fatal("the busiest file was closed")
			}
		}
	}
	check(t, f.Close())
	for i := range 100 {
		if got := onDisk(t, fmt.Sprintf("%s/%d", dir, i)); got != "0\n1\n2\n" {
			t.Errorf("file %d: %q", i, got)
		}
	}
}

// TestBigWrites: lines reach the disk before Flush when there are many, and
// only whole ones.
func TestBigWrites(t *testing.T) {
	var f Files
	path := filepath.Join(t.TempDir(), "out")
	line := strings.Repeat("x", 999)
	for range 1000 {
		check(t, write(&f, path, line))
		if n := len(onDisk(t, path)); n%1000 != 0 {
			t.Fatalf("%d bytes are on the disk", n)
		}
	}
	if buffered := len(f.open[path].lines); buffered > fileBuffer+1000 {
		t.Errorf("%d bytes are buffered", buffered)
	}
	check(t, f.Close())
	if n := len(onDisk(t, path)); n != 1_000_000 {
		t.Errorf("%d bytes", n)
	}
}

func TestFilesThatCannotBeWritten(t *testing.T) {
	var f Files
	dir := t.TempDir()
	check(t, os.WriteFile(dir+"/file", nil, 0o600))
	for target, want := range map[string]string{
		"":              "the name is empty",
		dir:             "is a directory",
		dir + "/file/x": "not a directory",
	} {
		err := write(&f, target, "x")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprintf("rule r cannot write to %q", target)) {
			t.Errorf("%q: %v", target, err)
		}
	}
	check(t, f.Close())
}

// TestFullDisk: what cannot be written is kept and tried again, more is taken
// up to a bound, an effect that Do refuses is not half taken, and Close tells
// what is lost.
func TestFullDisk(t *testing.T) {
	f := Files{MaxBuffer: 3 * fileBuffer}
	line := strings.Repeat("x", fileBuffer-1)
	for range 3 {
		check(t, write(&f, "/dev/full", line))
		if err := f.Flush(); err == nil || !strings.Contains(err.Error(), "/dev/full") {
			t.Error(err)
		}
	}
	for range 2 {
		if err := write(&f, "/dev/full", "more"); err == nil || !strings.Contains(err.Error(), `rule r cannot write to "/dev/full": write /dev/full: no space left`) {
			t.Error(err)
		}
	}
	same(t, "kept", f.Buffered(), 3*fileBuffer)
	err := f.Close()
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d bytes of lines are lost: write /dev/full", 3*fileBuffer)) {
		t.Error(err)
	}
}

// alone runs a test in a process of its own, which it may bound as it likes. It
// tells whether this is that process.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv("SINK_TEST_ALONE") != "" {
		return true
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), "SINK_TEST_ALONE=yes")
	if out, err := child.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// limitFileSize lets this process write no file beyond a size, as a full disk
// does: the write that reaches it is short.
func limitFileSize(t *testing.T, size uint64) (lift func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	check(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
	check(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: before.Max}))
	return func() { check(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before)) }
}

// TestShortWrite: what a short write left over goes on where it ended, even
// when the file was rotated away or is one too many in between.
func TestShortWrite(t *testing.T) {
	if !alone(t) {
		return
	}
	var f Files
	dir := t.TempDir()
	path := dir + "/out"
	lift := limitFileSize(t, 25)
	check(t, write(&f, path, "0123456789", "0123456789", "0123456789"))
	if err := f.Flush(); err == nil {
		t.Error("a file grew beyond the limit")
	}
	same(t, "on the disk", onDisk(t, path), "0123456789\n0123456789\n012")
	for i := range maxOpenFiles + 1 {
		check(t, write(&f, fmt.Sprint(dir, "/", i), "x"))
	}
	check(t, os.Rename(path, path+".1"))
	if err := f.Reopen(); err == nil {
		t.Error("Reopen did not tell of what waits")
	}
	check(t, write(&f, path, "more"))
	lift()
	check(t, f.Flush())
	check(t, write(&f, path, "new"))
	check(t, f.Close())
	same(t, "the old file", onDisk(t, path+".1"), "0123456789\n0123456789\n0123456789\nmore\n")
	same(t, "the new file", onDisk(t, path), "new\n")
}

// TestTooManyStuckFiles: a new file is refused when none of the open ones can
// be closed without loss.
func TestTooManyStuckFiles(t *testing.T) {
	if !alone(t) {
		return
	}
	var f Files
	dir := t.TempDir()
	lift := limitFileSize(t, 5)
	for i := range maxOpenFiles {
		check(t, write(&f, fmt.Sprint(dir, "/", i), "0123456789"))
	}
	if err := write(&f, dir+"/more", "x"); err == nil || !strings.Contains(err.Error(), "another file had to be closed") {
		t.Error(err)
	}
	lift()
	check(t, write(&f, dir+"/more", "x"))
	check(t, f.Close())
	for i := range maxOpenFiles {
		same(t, "file", onDisk(t, fmt.Sprint(dir, "/", i)), "0123456789\n")
	}
}

// TestRotationIsSeen: without being told, within a second; a deleted file too.
func TestRotationIsSeen(t *testing.T) {
	for name, away := range map[string]func(path string) error{
		"renamed": func(path string) error { return os.Rename(path, path+".1") },
		"replaced": func(path string) error {
			return errors.Join(os.Rename(path, path+".1"), os.WriteFile(path, nil, 0o600))
		},
		"deleted": os.Remove,
	} {
		synctest.Test(t, func(t *testing.T) {
			var f Files
			path := t.TempDir() + "/out"
			check(t, write(&f, path, "before"))
			check(t, f.Flush())
			check(t, away(path))
			time.Sleep(time.Second / 2)
			check(t, write(&f, path, "still"))
			time.Sleep(time.Second / 2)
			check(t, write(&f, path, "after"))
			check(t, f.Flush())
			same(t, name, onDisk(t, path), "after\n")
			if name != "deleted" {
				same(t, name, onDisk(t, path+".1"), "before\nstill\n")
			}
			check(t, f.Close())
		})
	}
}

// TestRotationIsSeenByFlush: a file that is no longer written to does not keep
// a deleted one on the disk.
func TestRotationIsSeenByFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Files
		path := t.TempDir() + "/out"
		check(t, write(&f, path, "x"))
		check(t, f.Flush())
		check(t, os.Remove(path))
		time.Sleep(time.Second)
		check(t, f.Flush())
		same(t, "open", len(f.open), 0)
	})
}

func TestReopen(t *testing.T) {
	var f Files
	path := t.TempDir() + "/out"
	check(t, write(&f, path, "before"))
	check(t, os.Rename(path, path+".1"))
	check(t, f.Reopen())
	check(t, write(&f, path, "after"))
	check(t, f.Close())
	same(t, "the old file", onDisk(t, path+".1"), "before\n")
	same(t, "the new file", onDisk(t, path), "after\n")
}

// TestSync: all files are synced that were written since the last Sync, the
// open and the closed; what cannot be synced is no harm.
func TestSync(t *testing.T) {
	var f Files
	dir := t.TempDir()
	for i := range maxOpenFiles + 10 {
		check(t, write(&f, fmt.Sprint(dir, "/", i), "x"))
	}
	check(t, write(&f, "/dev/null", "x"))
	same(t, "closed", len(f.unsynced), 11)
	check(t, os.Remove(dir+"/0"))
	check(t, f.Sync())
	same(t, "closed", len(f.unsynced), 0)
	for _, file := range f.open {
		if file.dirty || len(file.lines) > 0 {
			t.Errorf("%s is not synced", file.Name())
		}
	}
	same(t, "on the disk", onDisk(t, dir+"/5"), "x\n")
	check(t, write(&f, dir+"/5", "x"))
	check(t, f.Reopen())
	same(t, "closed when moved, which are synced at once", len(f.unsynced), 0)
	check(t, f.Close())
}

// BenchmarkFiles writes lines to a thousand files in turn, as a rule does that
// sorts by host.
func BenchmarkFiles(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var f Files
			dir := b.TempDir()
			e := &logs.Effect{Lines: []string{strings.Repeat("x", 90)}}
			for i := 0; b.Loop(); i++ {
				e.Target = fmt.Sprint(dir, "/", i%n)
				if err := f.Do(b.Context(), e); err != nil {
					b.Fatal(err)
				}
			}
			if err := errors.Join(f.Sync(), f.Close()); err != nil {
				b.Fatal(err)
			}
		})
	}
}
