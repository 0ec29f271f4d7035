package source

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestSpoolCrash: wherever a crash has cut the last segment, whole records are
// left, and what comes next is behind them.
func TestSpoolCrash(t *testing.T) {
	noLeaks(t)
	dir := t.TempDir()
	r, f := spooled(t, dir, "", func(s *Spool) { s.segment = 150 })
	for i := range 6 {
		f.put(fmt.Sprintf("line %d of what comes\n", i))
	}
	take(t, r, 6)
	closes(t, r)
	starts, _ := findSegments(dir)
	if len(starts) != 2 {
		t.Fatal(starts)
	}
	name := segmentName(dir, starts[1])
	whole, _ := os.ReadFile(name)
	for size := range len(whole) + 1 {
		for _, tail := range []string{"", strings.Repeat("\x00", 40)} {
			crashed := t.TempDir()
			os.CopyFS(crashed, os.DirFS(dir))
			name := filepath.Join(crashed, filepath.Base(name))
			if err := os.WriteFile(name, append(bytes.Clone(whole[:size]), tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			if size == len(whole) && tail == "" {
				size++ // nothing is torn
			}
			r, f := spooled(t, crashed, "")
			f.put("new\n")
			got := take(t, r, 4)
			for got[len(got)-1] != "new" {
				got = append(got, take(t, r, 1)...)
			}
			for i, line := range got[:len(got)-1] {
				if line != fmt.Sprintf("line %d of what comes", i) {
					t.Fatalf("cut at %d: %q", size, got)
				}
			}
			if kept := len(got) - 1; kept < 3 || kept < 6 && size >= len(whole) {
				t.Fatalf("cut at %d of %d: %q", size, len(whole), got)
			}
			r.Close()
		}
	}
}

// contents are the files of a folder.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	names, _ := filepath.Glob(filepath.Join(dir, "*"+spoolSuffix))
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s %q\n", filepath.Base(name), text)
	}
	return all.String()
}

// TestSpoolDamage: a wrong byte anywhere is noticed, unless it is in the last
// record, which may be torn, and nothing is changed; no line is wrong.
func TestSpoolDamage(t *testing.T) {
	noLeaks(t)
	dir := t.TempDir()
	r, f := spooled(t, dir, "", func(s *Spool) { s.segment = 150 })
	for i := range 6 {
		f.put(fmt.Sprintf("line %d of what comes\n", i))
	}
	take(t, r, 6)
	closes(t, r)
	starts, _ := findSegments(dir)
	for n, start := range starts {
		whole, _ := os.ReadFile(segmentName(dir, start))
		last := n == len(starts)-1
		size := len(whole) - len((&record{position: 100, from: "10.0.0.1", data: []byte("line 5 of what comes\n")}).append(nil))
		for at := range whole {
			damaged := t.TempDir()
			os.CopyFS(damaged, os.DirFS(dir))
			wrong := bytes.Clone(whole)
			wrong[at] ^= 0x81
			os.WriteFile(segmentName(damaged, start), wrong, 0o600)
			before := contents(t, damaged)
			f := newFeed()
			close(f.blocks)
			r, err := Spool{Dir: damaged, Of: "syslog", Source: func(string) (Inner, error) { return f, nil }}.Open("")
			var lines []string
			if err == nil {
				lines, err = takeUntil(r, 7)
				r.Close()
			}
			for i, line := range lines {
				if line != fmt.Sprintf("line %d of what comes", i) {
					t.Fatalf("byte %d of %d: %q", at, start, lines)
				}
			}
			if err == io.EOF && (!last || at < size) || err != io.EOF && contents(t, damaged) != before {
				t.Fatalf("byte %d of segment %d: %q, %v", at, start, lines, err)
			}
		}
	}
}

func TestSpoolForeignFiles(t *testing.T) {
	noLeaks(t)
	foreign := func(name, text, want string) {
		t.Helper()
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		os.WriteFile(path, []byte(text), 0o600)
		_, err := Spool{Dir: dir, Of: "syslog"}.Open("")
		if err == nil || !strings.HasPrefix(err.Error(), "syslog: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := os.ReadFile(path); string(left) != text {
			t.Errorf("%s now holds %q", name, left)
		}
	}
	foreign("photos.spool", "x", "photos.spool is no part of the spool; move it away")
	foreign("7.spool", "x", "7.spool is no part")
	foreign("00000000000000000000.spool", "a log of my own\n", "is no part")
	foreign("00000000000000000000.spool", spoolMagic+"my own words behind it", "damaged at byte 13: not a record; nothing was changed")
}

// TestSpoolMissingSegment: a hole is an error, not silence.
func TestSpoolMissingSegment(t *testing.T) {
	noLeaks(t)
	dir := t.TempDir()
	r, f := spooled(t, dir, "")
	for range 12 {
		f.put("0123456789\n")
	}
	take(t, r, 12)
	closes(t, r)
	starts, _ := findSegments(dir)
	os.Remove(segmentName(dir, starts[1]))
	r, _ = spooled(t, dir, "")
	lines, err := takeUntil(r, 12)
	if len(lines) < 2 || err == nil || !strings.Contains(err.Error(), fmt.Sprintf("lacks what comes at %d; to go on without", starts[1])) {
		t.Errorf("%q, %v", lines, err)
	}
}

// TestSpoolSwappedSegment: a segment under the name of another is damage.
func TestSpoolSwappedSegment(t *testing.T) {
	noLeaks(t)
	dir := t.TempDir()
	r, f := spooled(t, dir, "")
	for range 12 {
		f.put("0123456789\n")
	}
	take(t, r, 12)
	closes(t, r)
	starts, _ := findSegments(dir)
	os.Rename(segmentName(dir, starts[0]), segmentName(dir, starts[1]))
	r, _ = spooled(t, dir, "")
	_, err := takeUntil(r, 12)
	if want := fmt.Sprintf("damaged at byte 13: it holds what comes at 0, not at %d", starts[1]); err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
}

func TestRecords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := record{
			position: rapid.Int64Min(0).Draw(t, "position"), skipped: rapid.IntRange(0, maxRecord).Draw(t, "skipped"),
			from: rapid.String().Draw(t, "from"), mark: rapid.String().Draw(t, "mark"),
			data: rapid.SliceOf(rapid.Byte()).Draw(t, "data"),
		}
		b := want.append([]byte("before"))
		got, next, err := readRecord(bytes.NewReader(b), 6, int64(len(b)))
		if err != nil || next != int64(len(b)) || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%v, %d, %v", got, next, err)
		}
	})
}

// FuzzRecord: whatever a file holds, no panic; and only what was written is a
// record.
func FuzzRecord(f *testing.F) {
	f.Add((&record{position: 7, from: "10.0.0.1", mark: "c1", data: []byte("a\nb\n")}).append(nil))
	f.Add(make([]byte, 30))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, next, err := readRecord(bytes.NewReader(file), 0, int64(len(file)))
		if err == nil && !bytes.Equal(r.append(nil), file[:next]) && int64(len(r.append(nil))) == next {
			t.Errorf("%q is read as %v", file, r)
		}
		var body record
		if body.parse(file) && len(body.from)+len(body.mark)+len(body.data) > len(file) {
			t.Errorf("%q is read as %v", file, body)
		}
	})
}
