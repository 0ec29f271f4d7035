package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestJournalLinesBearTheirPriority(t *testing.T) {
	var out bytes.Buffer
	log := newLog(&out, true)
	log.Debug("nobody asked")
	log.Info("done", "lines", 3)
	log.With("source", "a b").Warn("has trouble")
	log.WithGroup("g").Error("failed", "error", errors.New("why\nnot"))
	want := "<6>msg=done lines=3\n<4>msg=\"has trouble\" source=\"a b\"\n<3>msg=failed g.error=\"why\\nnot\"\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
	out.Reset()
	newLog(&out, false).Warn("has trouble")
	if want := "level=WARN msg=\"has trouble\"\n"; out.String() != want {
		t.Errorf("got %q, want %q", &out, want)
	}
}

// A file is the journal if the environment names just that file: a pipe to
// another program is not, although the variable is inherited.
func TestIsJournal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	stat := info.Sys().(*syscall.Stat_t)
	for stream, want := range map[string]bool{
		fmt.Sprintf("%d:%d", stat.Dev, stat.Ino):   true,
		fmt.Sprintf("%d:%d", stat.Dev, stat.Ino+1): false,
		"": false,
	} {
		if isJournal(f, stream) != want {
			t.Errorf("%q: got %v", stream, !want)
		}
	}
}
