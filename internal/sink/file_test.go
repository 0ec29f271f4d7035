package sink

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

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

// TestFullDisk: what cannot be written is kept and tried again, an effect that
// Do refuses is not half taken, and Close tells what is lost.
func TestFullDisk(t *testing.T) {
	var f Files
	check(t, write(&f, "/dev/full", strings.Repeat("x", fileBuffer)))
	for range 2 {
		if err := f.Flush(); err == nil || !strings.Contains(err.Error(), "/dev/full") {
			t.Error(err)
		}
		if err := write(&f, "/dev/full", "more"); err == nil {
			t.Error("a full buffer took more")
		}
	}
	if n := len(f.open["/dev/full"].lines); n != fileBuffer+1 {
		t.Errorf("%d bytes are kept", n)
	}
	err := f.Close()
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d bytes of lines are lost: write /dev/full", fileBuffer+1)) {
		t.Error(err)
	}
}
