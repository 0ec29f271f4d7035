package run

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, name, text string, modified time.Time) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(name, modified, modified); err != nil {
		t.Fatal(err)
	}
}

func lookup(t *testing.T, l *Lookups, name string) []string {
	t.Helper()
	v, err := l.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	items, ok := v.List()
	if !ok {
		t.Fatalf("%v is no list", v)
	}
	var lines []string
	for _, item := range items {
		lines = append(lines, item.String())
	}
	return lines
}

func TestLookup(t *testing.T) {
	name := filepath.Join(t.TempDir(), "hosts.txt")
	var l Lookups
	write(t, name, "192.0.2.1\r\n\n  # a comment\n\t192.0.2.2 \nlast", machine)
	if got, want := lookup(t, &l, name), []string{"192.0.2.1", "192.0.2.2", "last"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}

	// It is reread when its time or its size is another, and only then.
	write(t, name, "192.0.2.3\r\n\n  # a comment\n\t192.0.2.2 \nlast", machine)
	if got := lookup(t, &l, name); got[0] != "192.0.2.1" {
		t.Errorf("a file of the same time and size was read again: %q", got)
	}
	write(t, name, "192.0.2.4\r\n\n  # a comment\n\t192.0.2.2 \nlast", machine.Add(1))
	if got := lookup(t, &l, name); got[0] != "192.0.2.4" {
		t.Errorf("after a change of its time it holds %q", got)
	}
	write(t, name, "short", machine.Add(1))
	if got := lookup(t, &l, name); !slices.Equal(got, []string{"short"}) {
		t.Errorf("after a change of its size it holds %q", got)
	}

	// What it held stays while it cannot be read.
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if got := lookup(t, &l, name); !slices.Equal(got, []string{"short"}) {
		t.Errorf("when it is away it holds %q", got)
	}
	write(t, name, "back", machine.Add(2))
	if got := lookup(t, &l, name); !slices.Equal(got, []string{"back"}) {
		t.Errorf("when it is back it holds %q", got)
	}
}

func TestLookupErrors(t *testing.T) {
	folder := t.TempDir()
	huge := filepath.Join(folder, "huge")
	write(t, huge, "", machine)
	if err := os.Truncate(huge, MaxLookup+1); err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(folder, "long")
	write(t, long, strings.Repeat("x", 1<<20), machine)
	for name, want := range map[string]string{
		filepath.Join(folder, "missing"): "no such file",
		huge:                             "more than the 268435456 that are read",
		long:                             "long: bufio.Scanner: token too long",
		folder:                           "is a directory",
	} {
		_, err := (&Lookups{}).Lookup(name)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "lookup: ") {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}
