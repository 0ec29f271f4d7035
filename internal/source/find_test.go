package source

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// folder is a folder of logs that are rotated in it.
type folder struct {
	t   testing.TB
	dir string
}

func newFolder(t testing.TB) folder { return folder{t, t.TempDir()} }

func (f folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f folder) ok(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// write appends to a file, and makes it if there is none.
func (f folder) write(name, text string) {
	f.t.Helper()
	file, err := os.OpenFile(f.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	f.ok(err)
	_, err = io.WriteString(file, text)
	f.ok(err)
	f.ok(file.Close())
}

func (f folder) rename(old, name string) {
	f.t.Helper()
	f.ok(os.Rename(f.path(old), f.path(name)))
}

func (f folder) remove(name string) {
	f.t.Helper()
	f.ok(os.Remove(f.path(name)))
}

// copyTruncate copies a file, and empties it.
func (f folder) copyTruncate(name, to string) {
	f.t.Helper()
	text, err := os.ReadFile(f.path(name))
	f.ok(err)
	f.ok(os.WriteFile(f.path(to), text, 0o600))
	f.ok(os.Truncate(f.path(name), 0))
}

// pack replaces a file by an archive of the same time.
func (f folder) pack(with, name, to string) {
	f.t.Helper()
	text, err := os.ReadFile(f.path(name))
	f.ok(err)
	info, err := os.Stat(f.path(name))
	f.ok(err)
	f.ok(os.WriteFile(f.path(to), compress(f.t, with, string(text)), 0o600))
	f.ok(os.Chtimes(f.path(to), info.ModTime(), info.ModTime()))
	f.remove(name)
}

// number returns the lines from one number to another.
func number(from, to int) string {
	var lines strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&lines, "line %d\n", i)
	}
	return lines.String()
}

// TestOpenAt: a file is found again at a mark, whatever has become of it.
func TestOpenAt(t *testing.T) {
	long := number(1, 500) // more than a head
	for name, meanwhile := range map[string]func(folder){
		"nothing":                       func(folder) {},
		"it grew":                       func(f folder) { f.write("app.log", "new\n") },
		"renamed":                       func(f folder) { f.rename("app.log", "app.log.1"); f.write("app.log", number(1, 700)) },
		"renamed to any name":           func(f folder) { f.rename("app.log", "kept for the police"); f.write("app.log", long[:500]) },
		"packed":                        func(f folder) { f.pack("gzip", "app.log", "app.log.gz") },
		"renamed, packed":               func(f folder) { f.pack("zstd", "app.log", "app.log.2.zst"); f.write("app.log", "new\n") },
		"renamed by date, packed":       func(f folder) { f.pack("xz", "app.log", "app-20261124.log.xz"); f.write("app.log", "new\n") },
		"copied and truncated":          func(f folder) { f.copyTruncate("app.log", "app.log.1"); f.write("app.log", "new\n") },
		"truncated, grown beyond":       func(f folder) { f.copyTruncate("app.log", "app.log.1"); f.write("app.log", number(9, 900)) },
		"moved to a disk with its time": func(f folder) { f.pack("gzip", "app.log", "x"); f.rename("x", "app.log.3.gz") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			f.write("app.log.1", "older\n")
			f.write("app.log", long)
			mark := markAt(t, File{Path: f.path("app.log"), Pool: &Pool{Size: 64}}, "line 300")
			meanwhile(f)
			r, err := File{Path: f.path("app.log")}.OpenAt(mark)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			lines, offsets, err := read(t, r)
			if err != io.EOF || lines[0] != "line 300" || lines[200] != "line 500" || int(offsets[0]) != strings.Index(long, "line 300\n") {
				t.Errorf("%q at %d, %d lines, %v", lines[0], offsets[0], len(lines), err)
			}
		})
	}
}

// markAt returns the mark of the block that starts with a line. With a block
// for each line that is any line.
func markAt(t *testing.T, f File, line string) string {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		b, err := r.Next()
		if err != nil {
			t.Fatalf("no block starts with %s: %v", line, err)
		}
		if at := strings.Index(string(b.Data), line+"\n"); at >= 0 {
			b.Offset += int64(at)
			return b.Mark()
		}
		b.Release()
	}
}

// TestOpenAtInArchive: an archive has marks as any file has, and they hold
// when it is renamed, and when it is unpacked.
func TestOpenAtInArchive(t *testing.T) {
	f := newFolder(t)
	f.write("app.log", number(1, 500))
	f.pack("gzip", "app.log", "app.log.1.gz")
	mark := markAt(t, File{Path: f.path("app.log.1.gz"), Pool: &Pool{Size: 64}}, "line 300")
	f.rename("app.log.1.gz", "app.log.2.gz")
	for _, packed := range []bool{true, false} {
		if !packed {
			info, _ := os.Stat(f.path("app.log.2.gz"))
			f.remove("app.log.2.gz")
			f.write("app.log.2", number(1, 500))
			f.ok(os.Chtimes(f.path("app.log.2"), info.ModTime(), info.ModTime()))
		}
		r, err := File{Path: f.path("app.log.1.gz")}.OpenAt(mark)
		if err != nil {
			t.Fatal(err)
		}
		if lines, _, _ := read(t, r); len(lines) != 201 || lines[0] != "line 300" {
			t.Errorf("%d lines", len(lines))
		}
		r.Close()
	}
}

// TestGone: what is not the file that was read is not taken for it.
func TestGone(t *testing.T) {
	for name, meanwhile := range map[string]func(folder){
		"removed":         func(f folder) { f.remove("app.log") },
		"with its folder": func(f folder) { f.ok(os.RemoveAll(f.dir)) },
		"replaced":        func(f folder) { f.remove("app.log"); f.write("app.log", number(2, 500)) },
		"overwritten":     func(f folder) { f.ok(os.WriteFile(f.path("app.log"), []byte(number(2, 500)), 0o600)) },
		"cut short":       func(f folder) { f.ok(os.Truncate(f.path("app.log"), 50)) },
		"a damaged archive": func(f folder) {
			f.pack("gzip", "app.log", "app.log.1.gz")
			f.ok(os.Truncate(f.path("app.log.1.gz"), 5))
		},
		"an archive of another":          func(f folder) { f.remove("app.log"); f.write("x", "other\n"); f.pack("gzip", "x", "app.log.1.gz") },
		"an old copy with the same head": func(f folder) { f.write("app.log.1", number(1, 500)); f.remove("app.log"); f.age("app.log.1") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			f.write("app.log", number(1, 500))
			mark := markAt(t, File{Path: f.path("app.log"), Pool: &Pool{Size: 64}}, "line 300")
			meanwhile(f)
			if r, err := (File{Path: f.path("app.log")}).OpenAt(mark); !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), "app.log: ") {
				t.Errorf("%v, %v", r, err)
			}
		})
	}
}

// age makes a file older than all others.
func (f folder) age(name string) {
	f.t.Helper()
	old := time.Unix(1_000_000_000, 5)
	f.ok(os.Chtimes(f.path(name), old, old))
}

func TestOpenAtNoMark(t *testing.T) {
	f := newFolder(t)
	f.write("app.log", "a\nb\n")
	r, err := File{Path: f.path("app.log")}.OpenAt("")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := r.Next()
	if err != nil || string(b.Data) != "a\nb\n" || b.From != "" {
		t.Errorf("%v, %v", b, err)
	}
}

// TestNoMarkOfWhatCannotGoBack: standard input has no marks.
func TestNoMarkOfWhatCannotGoBack(t *testing.T) {
	r, err := Stdin{In: strings.NewReader("a\n")}.Open()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := r.Next(); err != nil || b.Mark() != "" {
		t.Errorf("%q, %v", b.Mark(), err)
	}
}
