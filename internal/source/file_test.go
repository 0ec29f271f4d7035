package source

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFile(t *testing.T) {
	path := write(t, "auth.log", "one\ntwo\nthree\n")
	written := time.Date(2007, 10, 28, 12, 0, 0, 0, time.UTC)
	if err := os.Chtimes(path, written, written); err != nil {
		t.Fatal(err)
	}
	f := File{Path: path}
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Name() != path || f.Name() != path || r.Size() != 14 || f.Size() != 14 || !r.ModTime().Equal(written) {
		t.Errorf("%s, %d bytes, written %v", r.Name(), r.Size(), r.ModTime())
	}
	lines, _, err := read(t, r)
	if err != io.EOF || strings.Join(lines, " ") != "one two three" || r.Done() != 14 {
		t.Errorf("%q, %d bytes, %v", lines, r.Done(), err)
	}
}

func TestFileFromOffset(t *testing.T) {
	path := write(t, "auth.log", strings.Repeat("a line of nineteen\n", 1000))
	for offset, want := range map[int64]int{0: 1000, 1: 999, 18: 999, 19: 999, 20: 998, 18_981: 1, 18_999: 0, 19_000: 0} {
		r, err := File{Path: path, Offset: offset}.Open()
		if err != nil {
			t.Fatal(err)
		}
		lines, offsets, _ := read(t, r)
		if len(lines) != want {
			t.Errorf("from %d: %d lines, want %d", offset, len(lines), want)
		}
		if want > 0 && offsets[0] != int64(1000-want)*19 {
			t.Errorf("from %d: the first line is at %d", offset, offsets[0])
		}
		if r.Done() != r.Size() {
			t.Errorf("from %d: read %d of %d bytes", offset, r.Done(), r.Size())
		}
		r.Close()
	}
	_, err := File{Path: path, Offset: 19_001}.Open()
	if err == nil || !strings.Contains(err.Error(), "auth.log:19001: the log has only 19000 bytes") {
		t.Error(err)
	}
}

func TestFilesThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	_, err := File{Path: filepath.Join(dir, "missing.log")}.Open()
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "missing.log") || !strings.Contains(err.Error(), "check the name") {
		t.Error(err)
	}
	_, err = File{Path: dir}.Open()
	if err == nil || !strings.Contains(err.Error(), "is a directory; name the logs in it, as in "+dir) {
		t.Error(err)
	}
	err = advise(&fs.PathError{Op: "open", Path: "secure", Err: fs.ErrPermission})
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "secure") || !strings.Contains(err.Error(), "run as a user who may read it") {
		t.Error(err)
	}
}
