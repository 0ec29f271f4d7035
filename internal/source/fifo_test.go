package source

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// writeTo writes to a pipe as a program does that comes and goes.
func writeTo(t *testing.T, path, text string) {
	t.Helper()
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	w.Close()
}

// TestFifo: writers come and go, and each begins a line of its own.
func TestFifo(t *testing.T) {
	noLeaks(t)
	path := newFifo(t)
	l, err := Fifo{Path: path}.Open("a mark")
	opened(t, l, err)
	if l.Name() != path {
		t.Error(l.Name())
	}
	for _, c := range []struct{ text, want string }{
		{"a\nhalf", "a,half"},
		{"b\n", "b"},
		{"c", "c"},
	} {
		writeTo(t, path, c.text)
		if got := take(t, l, strings.Count(c.want, ",")+1); strings.Join(got, ",") != c.want {
			t.Errorf("%q, want %s", got, c.want)
		}
	}
	for range 100 {
		writeTo(t, path, "d\n")
	}
	if got := take(t, l, 100); len(got) != 100 {
		t.Errorf("%d lines", len(got))
	}
	closes(t, l)
}

func TestFifoTwoWriters(t *testing.T) {
	noLeaks(t)
	path := newFifo(t)
	l, err := Fifo{Path: path}.Open("")
	opened(t, l, err)
	stays, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	writeTo(t, path, "a\n")
	got := take(t, l, 1)
	io.WriteString(stays, "b\n")
	got = append(got, take(t, l, 1)...)
	stays.Close()
	if !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%q", got)
	}
}

// TestFifoClose: also one that nobody has ever written to.
func TestFifoClose(t *testing.T) {
	noLeaks(t)
	path := newFifo(t)
	l, err := Fifo{Path: path}.Open("")
	opened(t, l, err)
	closes(t, l)
	if w, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
		w.Close()
		t.Error("somebody reads what is closed")
	}
}

// TestFifoIdle: one that nobody has written to yet is not opened again and
// again.
func TestFifoIdle(t *testing.T) {
	noLeaks(t)
	path := newFifo(t)
	failed := make(chan error, 1)
	l, err := Fifo{Path: path, Failed: func(err error) { failed <- err }}.Open("")
	opened(t, l, err)
	os.Remove(path)
	select {
	case err := <-failed:
		t.Error(err)
	case <-time.After(20 * time.Millisecond):
	}
	closes(t, l)
}

// TestFifoGone: of one that was replaced, the new one is read.
func TestFifoGone(t *testing.T) {
	noLeaks(t)
	path := newFifo(t)
	failed := make(chan error, 1)
	l, err := Fifo{Path: path, Failed: func(err error) { failed <- err }}.Open("")
	opened(t, l, err)
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(path)
	io.WriteString(w, "a\n")
	w.Close()
	take(t, l, 1)
	if err := <-failed; !strings.Contains(err.Error(), "no such file or directory; make it with mkfifo") {
		t.Error(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	writeTo(t, path, "b\n")
	if got := take(t, l, 1); got[0] != "b" {
		t.Error(got)
	}
}

func TestFifoIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if _, err := (Fifo{Path: path}).Open(""); err == nil || !strings.Contains(err.Error(), "make it with mkfifo") {
		t.Error(err)
	}
	os.WriteFile(path, nil, 0o600)
	if _, err := (Fifo{Path: path}).Open(""); err == nil || !strings.Contains(err.Error(), "is no named pipe") {
		t.Error(err)
	}
}
