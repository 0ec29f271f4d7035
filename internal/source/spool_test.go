package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A feed is a source that delivers what it is fed.
type feed struct {
	blocks chan *Block
	closed chan struct{}
	once   sync.Once
	end    error // what Next returns when blocks is closed
}

func newFeed() *feed {
	return &feed{blocks: make(chan *Block), closed: make(chan struct{}), end: io.EOF}
}

func (f *feed) Next() (*Block, error) {
	select {
	case b, ok := <-f.blocks:
		if !ok {
			return nil, f.end
		}
		return b, nil
	case <-f.closed:
		return nil, io.EOF
	}
}

func (f *feed) Close() error {
	f.once.Do(func() { close(f.closed) })
	return nil
}

func (f *feed) put(lines string) { f.blocks <- &Block{Data: []byte(lines), From: "10.0.0.1"} }

// spooled opens a spool in a folder, with small segments and a feed.
func spooled(t *testing.T, dir, mark string, change ...func(*Spool)) (*SpoolReader, *feed) {
	t.Helper()
	f := newFeed()
	s := Spool{Dir: dir, Of: "syslog", Source: func(string) (Inner, error) { return f, nil }, segment: 100, retry: time.Millisecond}
	for _, c := range change {
		c(&s)
	}
	r, err := s.Open(mark)
	return opened(t, r, err), f
}

// TestSpool: what comes is read in order; what is opened at the mark of a
// block begins with it, and then goes on.
func TestSpool(t *testing.T) {
	noLeaks(t)
	dir := filepath.Join(t.TempDir(), "new", "folder")
	r, f := spooled(t, dir, "")
	var marks []string
	for i := range 20 {
		f.put(fmt.Sprintf("line %d\nof %[1]d", i))
		b, err := r.Next()
		if err != nil || string(b.Data) != fmt.Sprintf("line %d\nof %[1]d", i) || b.From != "10.0.0.1" {
			t.Fatal(b, err)
		}
		if marks = append(marks, b.Mark()); b.Mark() != strconv.FormatInt(b.Offset, 10) {
			t.Errorf("%s at %d", b.Mark(), b.Offset)
		}
		b.Release()
	}
	closes(t, r)
	for i, mark := range append(marks, "") {
		r, f := spooled(t, dir, mark)
		f.put("new\n")
		first := i % 20
		got := take(t, r, 2*(20-first)+1)
		if got[0] != fmt.Sprintf("line %d", first) || len(got) <= 2*(20-first) {
			t.Errorf("at %q: %q", mark, got)
		}
		closes(t, r)
	}
	// Each run has added a line, which the later ones must read, too.
	r, _ = spooled(t, dir, "")
	if got := take(t, r, 40+21); len(got) != 61 || got[60] != "new" {
		t.Errorf("in the end %q", got)
	}
}

func TestSpoolForgets(t *testing.T) {
	noLeaks(t)
	dir := t.TempDir()
	r, f := spooled(t, dir, "")
	var marks []string
	for range 50 {
		f.put("0123456789\n")
		b, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		marks = append(marks, b.Mark())
	}
	for range 10 { // which are not read
		f.put("0123456789\n")
	}
	before, _ := findSegments(dir)
	if err := r.Forget(marks[25]); err != nil {
		t.Fatal(err)
	}
	after, _ := findSegments(dir)
	if at, _ := strconv.ParseInt(marks[25], 10, 64); len(after) >= len(before) || after[0] > at || after[1] <= at {
		t.Errorf("%d, before %d", after, before)
	}
	if err := r.Forget("999999999"); err != nil {
		t.Fatal(err)
	}
	if got := take(t, r, 10); len(got) != 10 {
		t.Errorf("what was not read is forgotten: %q", got)
	}
	if err := r.Forget("x"); err == nil || !strings.Contains(err.Error(), `syslog: "x" is no position in a spool`) {
		t.Error(err)
	}
	closes(t, r)
	_, err := Spool{Dir: dir, Of: "syslog"}.Open(marks[0])
	if err == nil || !strings.Contains(err.Error(), "has forgotten what is before") {
		t.Error(err)
	}
}

func TestSpoolInUse(t *testing.T) {
	noLeaks(t)
	dir := t.TempDir()
	spooled(t, dir, "")
	if _, err := (Spool{Dir: dir, Of: "syslog"}).Open(""); err == nil || !strings.Contains(err.Error(), "is in use by another program") {
		t.Error(err)
	}
}

func TestSpoolWrongMarks(t *testing.T) {
	noLeaks(t)
	dir := t.TempDir()
	r, f := spooled(t, dir, "")
	f.put("a\nb\n")
	take(t, r, 2)
	closes(t, r)
	for mark, want := range map[string]string{"c7": "no position in a spool", "-1": "no position", "2": "no block of the spool "} {
		if _, err := (Spool{Dir: dir, Of: "syslog"}).Open(mark); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", mark, err)
		}
	}
}

// TestSpoolLostItsEnd: where the power went before the end was on the disk,
// or the folder was removed, no position comes twice.
func TestSpoolLostItsEnd(t *testing.T) {
	noLeaks(t)
	dir := t.TempDir()
	r, f := spooled(t, dir, "")
	f.put("a\n")
	take(t, r, 1)
	closes(t, r)
	r, f = spooled(t, dir, "500")
	f.put("b\n")
	if b, err := r.Next(); err != nil || string(b.Data) != "b\n" || b.Offset != 500 {
		t.Error(b, err)
	}
	closes(t, r)
	r, _ = spooled(t, dir, "500")
	if got := take(t, r, 1); got[0] != "b" {
		t.Error(got)
	}
}

// TestSpoolEnds: what the source has left is read before its end.
func TestSpoolEnds(t *testing.T) {
	noLeaks(t)
	for _, want := range []error{io.EOF, errors.New("broken")} {
		r, f := spooled(t, t.TempDir(), "")
		f.put("a\n")
		f.put("b\n")
		f.end = want
		close(f.blocks)
		if got, err := takeUntil(r, 3); !slices.Equal(got, []string{"a", "b"}) || err != want {
			t.Errorf("%q, %v", got, err)
		}
	}
	broken := errors.New("cannot listen")
	_, err := Spool{Dir: t.TempDir(), Of: "syslog", Source: func(string) (Inner, error) { return nil, broken }}.Open("")
	if !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestSpoolLimit: the source is not read on while too much waits.
func TestSpoolLimit(t *testing.T) {
	noLeaks(t)
	r, f := spooled(t, t.TempDir(), "", func(s *Spool) { s.Limit = 25 })
	for range 3 {
		f.put("0123456789\n")
	}
	r.mu.Lock()
	for r.end < 33 {
		r.changed.Wait()
	}
	r.mu.Unlock()
	select {
	case f.blocks <- &Block{}:
		t.Fatal("read on")
	case <-time.After(20 * time.Millisecond):
	}
	take(t, r, 1)
	f.put("now\n")
	take(t, r, 3)
	closes(t, r)
}

// A badDisk writes files that fail, in part written, until it is repaired.
type badDisk struct {
	mu    sync.Mutex
	full  bool
	syncs chan struct{}
}

type badFile struct {
	*os.File
	disk *badDisk
}

func (d *badDisk) create(path string) (spoolFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	return badFile{f, d}, err
}

func (d *badDisk) setFull(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = full
}

func (f badFile) WriteAt(b []byte, at int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.full {
		n, _ := f.File.WriteAt(b[:len(b)/2], at)
		return n, syscall.ENOSPC
	}
	return f.File.WriteAt(b, at)
}

func (f badFile) Sync() error {
	select {
	case f.disk.syncs <- struct{}{}:
	default:
	}
	return f.File.Sync()
}

// TestSpoolDiskFull: nothing is lost that was read; that is told once, and
// when it is over.
func TestSpoolDiskFull(t *testing.T) {
	noLeaks(t)
	for _, segment := range []int64{1, 1000} { // at the start of a segment, and within one
		disk := &badDisk{}
		told := make(chan error)
		dir := t.TempDir()
		change := func(s *Spool) {
			s.create, s.segment = disk.create, segment
			s.Failed = func(err error) { told <- err }
		}
		r, f := spooled(t, dir, "", change)
		f.put("a\n")
		take(t, r, 1)
		disk.setFull(true)
		f.put("b\n")
		if err := <-told; !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "syslog: the spool cannot be written") {
			t.Error(err)
		}
		disk.setFull(false)
		if err := <-told; err != nil {
			t.Error(err)
		}
		f.put("c\n")
		if got := take(t, r, 2); !slices.Equal(got, []string{"b", "c"}) {
			t.Errorf("%q", got)
		}
		disk.setFull(true)
		f.put("d\n")
		<-told
		closes(t, r) // while it is full
		r, f = spooled(t, dir, "")
		f.put("e\n")
		if got := take(t, r, 4); !slices.Equal(got, []string{"a", "b", "c", "e"}) {
			t.Errorf("%q", got)
		}
	}
}

func TestSpoolSyncs(t *testing.T) {
	noLeaks(t)
	disk := &badDisk{syncs: make(chan struct{})}
	r, f := spooled(t, t.TempDir(), "", func(s *Spool) { s.create, s.Sync = disk.create, time.Millisecond })
	f.put("a\n")
	<-disk.syncs
	closes(t, r)
}

// numbers is a source of numbered lines, so many, which can be opened again
// at a mark: then the lines come in blocks of other sizes.
func numbers(mark string, n, perBlock int) Inner {
	f := newFeed()
	at, _ := strconv.Atoi(mark)
	go func() {
		defer close(f.blocks)
		for at < n {
			b := &Block{mark: strconv.Itoa(at)}
			for range min(perBlock, n-at) {
				b.Data = fmt.Appendf(b.Data, "%d\n", at)
				at++
			}
			select {
			case f.blocks <- b:
			case <-f.closed:
				return
			}
		}
	}()
	return f
}

// TestSpoolSourceGoesBack: what a source repeats is left out, and what it
// cannot repeat is not waited for.
func TestSpoolSourceGoesBack(t *testing.T) {
	noLeaks(t)
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		const n = 60
		for range rapid.IntRange(0, 5).Draw(rt, "runs") {
			size := rapid.IntRange(1, 9).Draw(rt, "block")
			r, err := Spool{Dir: dir, Source: func(mark string) (Inner, error) { return numbers(mark, n, size), nil }, segment: 100}.Open("")
			if err != nil {
				rt.Fatal(err)
			}
			takeUntil(r, rapid.IntRange(0, n).Draw(rt, "lines"))
			r.Close()
		}
		r, err := Spool{Dir: dir, Source: func(mark string) (Inner, error) { return numbers(mark, n, 4), nil }}.Open("")
		if err != nil {
			rt.Fatal(err)
		}
		defer r.Close()
		lines, _ := takeUntil(r, 2*n)
		for i, line := range lines {
			if line != strconv.Itoa(i) || len(lines) != n {
				rt.Fatalf("%q", lines)
			}
		}
	})
	// A journal that has dropped its oldest entries begins with a later one.
	dir := t.TempDir()
	for _, lines := range []string{"a\nb\n", "c\nd\n"} {
		f := newFeed()
		r, err := Spool{Dir: dir, Source: func(string) (Inner, error) { return f, nil }}.Open("")
		opened(t, r, err)
		f.blocks <- &Block{Data: []byte(lines), mark: lines}
		close(f.blocks)
		if got, _ := takeUntil(r, 9); !strings.HasSuffix(strings.Join(got, "\n")+"\n", lines) {
			t.Errorf("%q", got)
		}
		r.Close()
	}
}

// TestSpoolKilled kills a program that spools again and again, at any moment.
// Each line that it was given comes once; it is its own victim.
func TestSpoolKilled(t *testing.T) {
	const lines = 200_000
	s := Spool{Dir: os.Getenv("SOURCE_TEST_SPOOL"), Of: "numbers", segment: 20_000}
	s.Source = func(mark string) (Inner, error) { return numbers(mark, lines, 7), nil }
	if s.Dir != "" {
		r, err := s.Open("")
		if err != nil {
			t.Fatal(err)
		}
		for {
			b, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			fmt.Println(b.End())
		}
	}
	s.Dir = t.TempDir()
	var seen int64 // the end of what the victims are known to have read
	for i := range 15 {
		victim := exec.Command(os.Args[0], "-test.run=^TestSpoolKilled$")
		victim.Env = append(os.Environ(), "SOURCE_TEST_SPOOL="+s.Dir)
		out, err := victim.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := victim.Start(); err != nil {
			t.Fatal(err)
		}
		for range i*i*5 + 1 {
			var end int64
			if _, err := fmt.Fscan(out, &end); err != nil {
				break
			}
			seen = max(seen, end)
		}
		victim.Process.Kill()
		victim.Wait()
	}
	r, err := s.Open("")
	opened(t, r, err)
	got, err := takeUntil(r, lines+1)
	if err != io.EOF || len(got) != lines {
		t.Fatalf("%d lines, %v", len(got), err)
	}
	for i, line := range got {
		if line != strconv.Itoa(i) {
			t.Fatalf("line %d is %s", i, line)
		}
	}
	if seen == 0 || r.end < seen {
		t.Errorf("%d bytes, %d were read", r.end, seen)
	}
}

func BenchmarkSpool(b *testing.B) {
	data := bytes.Repeat([]byte("<38>Oct 28 17:03:11 l096 sshd[16651]: Invalid user a from 62.123.192.212 port 22 ssh2\n"), 700)
	f := newFeed()
	r, err := Spool{Dir: b.TempDir(), Source: func(string) (Inner, error) { return f, nil }}.Open("")
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		f.blocks <- &Block{Data: data}
		block, err := r.Next()
		if err != nil {
			b.Fatal(err)
		}
		r.Forget(block.Mark())
	}
}
