package source

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// A liveSource is what all live sources are when they are open.
type liveSource interface {
	Name() string
	Next() (*Block, error)
	Close() error
}

// noLeaks sees to it that a test leaves no goroutine.
func noLeaks(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

// opened closes a source at the end of a test.
func opened[S liveSource](t *testing.T, s S, err error) S {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// take returns the next n lines of a source, or fewer if it ends.
func take(t testing.TB, s liveSource, n int) []string {
	t.Helper()
	lines, err := takeUntil(s, n)
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	return lines
}

func takeUntil(s liveSource, n int) ([]string, error) {
	var lines []string
	for len(lines) < n {
		b, err := s.Next()
		if err != nil {
			return lines, err
		}
		for line := range b.Lines() {
			lines = append(lines, string([]byte(line)))
		}
		b.Release()
	}
	return lines, nil
}

// closes closes a source from two goroutines while Next may wait.
func closes(t *testing.T, s liveSource) {
	t.Helper()
	var all sync.WaitGroup
	waits := make(chan struct{})
	all.Go(func() {
		close(waits)
		for {
			if b, err := s.Next(); err == io.EOF {
				return
			} else if err != nil {
				t.Errorf("Next of what is closed: %v, %v", b, err)
				return
			}
		}
	})
	<-waits
	for range 2 {
		all.Go(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, err := s.Next(); err != io.EOF {
		t.Errorf("after Close: %v", err)
	}
}

func newFifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// script writes a program for a test.
func script(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// endless never ends, until it has failed.
type endless struct{ err error }

func (e endless) Read(p []byte) (int, error) { return copy(p, "line\n"), e.err }

func TestLiveEndsWithItsError(t *testing.T) {
	noLeaks(t)
	l := newLive("x", nil)
	defer l.Close()
	broken := errors.New("broken")
	l.start(func() error { return l.lines(endless{broken}) })
	if lines, err := takeUntil(l, 2); len(lines) != 1 || !errors.Is(err, broken) || l.Name() != "x" {
		t.Errorf("%q, %v", lines, err)
	}
}

// TestLivePositions: blocks follow each other, and what is too long is cut.
func TestLivePositions(t *testing.T) {
	noLeaks(t)
	l := newLive("x", &Pool{Size: 8})
	l.start(func() error { return l.lines(endless{}) })
	for want := int64(0); want < 1000; {
		b, err := l.Next()
		if err != nil || b.Offset != want {
			t.Fatalf("%v, %v; want it at %d", b, err, want)
		}
		want = b.End()
		b.Release()
	}
	closes(t, l)
}
