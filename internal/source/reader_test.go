package source

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// read returns the lines of a source and where they start.
func read(t testing.TB, r *Reader) (lines []string, offsets []int64, err error) {
	t.Helper()
	end := int64(-1)
	for {
		b, err := r.Next()
		if err != nil {
			return lines, offsets, err
		}
		if b.Offset < end {
			t.Errorf("the block at %d overlaps the one that ended at %d", b.Offset, end)
		}
		end = b.End()
		for line, offset := range b.Lines() {
			lines = append(lines, strings.Clone(line))
			offsets = append(offsets, offset)
		}
		b.Release()
	}
}

func readAll(t testing.TB, in io.Reader, size int) (lines []string, offsets []int64, cut int64) {
	t.Helper()
	r, err := Stdin{In: in, Pool: &Pool{Size: size}}.Open()
	if err != nil {
		t.Fatal(err)
	}
	lines, offsets, err = read(t, r)
	if err != io.EOF {
		t.Fatal(err)
	}
	return lines, offsets, r.Cut()
}

// plainLines is what reading a log means, put plainly.
func plainLines(log string) (lines []string, offsets []int64, cut int64) {
	for at := int64(0); log != ""; {
		line, rest, found := strings.Cut(log, "\n")
		size := len(line)
		switch {
		case size > MaxLine:
			line = line[:MaxLine]
			cut++
		case found:
			line = strings.TrimSuffix(line, "\r")
		}
		lines, offsets = append(lines, line), append(offsets, at)
		at += int64(size) + 1
		log = rest
	}
	return lines, offsets, cut
}

func same(t testing.TB, log string, in io.Reader, size int) {
	t.Helper()
	lines, offsets, cut := readAll(t, in, size)
	wantLines, wantOffsets, wantCut := plainLines(log)
	if len(lines) != len(wantLines) || cut != wantCut {
		t.Fatalf("%d lines, %d of them cut; want %d, %d", len(lines), cut, len(wantLines), wantCut)
	}
	for i := range lines {
		if lines[i] != wantLines[i] || offsets[i] != wantOffsets[i] {
			t.Fatalf("line %d is %.80q at %d, want %.80q at %d", i, lines[i], offsets[i], wantLines[i], wantOffsets[i])
		}
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", MaxLine)
	for name, log := range map[string]string{
		"nothing":                     "",
		"one empty line":              "\n",
		"empty lines are lines":       "a\n\n\nb\n",
		"no newline at the end":       "a\nb",
		"CR before LF goes":           "a\r\nb\r\n\r\n",
		"other CRs stay":              "a\rb\n\r\r\nc\r",
		"NUL and bad UTF-8 stay":      "a\x00b\n\xff\xfe\n",
		"the longest line":            long + "\nb\n",
		"the longest line, no end":    long,
		"one byte too long":           long + "y\nb\n",
		"one byte too long, no end":   long + "y",
		"its CR is beyond":            long + "\r\nb\n",
		"several too long":            "a\n" + long + "y\n" + long + long + long + "z\nb\n" + long + "\n",
		"the rest of one is all":      long + "yyy",
		"looks like bzip2 at first":   "BZh is not an archive\n",
		"looks like zstd at first":    "(a)\n",
		"looks like a skipped frame":  "P*M is not\n",
		"shorter than a magic number": "(\n",
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 2, 3, 7, 4096, 0} {
				same(t, log, strings.NewReader(log), size)
			}
			same(t, log, iotest.HalfReader(strings.NewReader(log)), 0)
			same(t, log, iotest.DataErrReader(strings.NewReader(log)), 64)
			if len(log) < 1000 {
				same(t, log, iotest.OneByteReader(strings.NewReader(log)), 5)
			}
		})
	}
}

// TestOffsets: whatever offset a log is read from, the lines are those of a
// whole reading that start there or later.
func TestOffsets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := rapid.StringMatching(`([ab\r]{0,4}\n){0,6}[ab]{0,3}`).Draw(t, "log")
		lines, offsets, _ := plainLines(log)
		for from := range len(log) + 1 {
			r, err := Stdin{In: strings.NewReader(log), Offset: int64(from)}.Open()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for {
				b, err := r.Next()
				if err != nil {
					break
				}
				for line := range b.Lines() {
					got = append(got, line)
				}
			}
			skip := 0
			for skip < len(offsets) && offsets[skip] < int64(from) {
				skip++
			}
			if strings.Join(got, "\n") != strings.Join(lines[skip:], "\n") || len(got) != len(lines)-skip {
				t.Fatalf("from %d: %q, want %q", from, got, lines[skip:])
			}
		}
	})
}

func TestOffsetBeyondTheEnd(t *testing.T) {
	for _, offset := range []int64{5, 6, 1 << 40} {
		_, err := Stdin{In: strings.NewReader("abc\n"), Offset: offset}.Open()
		if err == nil || !strings.Contains(err.Error(), "the log has only 4 bytes") {
			t.Errorf("offset %d: %v", offset, err)
		}
	}
}

func TestFaultWhileReading(t *testing.T) {
	broken := errors.New("the disk is on fire")
	r, err := Stdin{In: io.MultiReader(strings.NewReader("a\nb\nhalf"), iotest.ErrReader(broken))}.Open()
	if err != nil {
		t.Fatal(err)
	}
	lines, _, err := read(t, r)
	if got := strings.Join(lines, " "); got != "a b" {
		t.Errorf("before the fault: %q", got)
	}
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "-: cannot be read beyond byte 8") {
		t.Errorf("the error: %v", err)
	}
	if _, again := r.Next(); again != err {
		t.Errorf("the fault does not last: %v", again)
	}
}

// TestBlocksAreReused also sees to it that one grown for a long line is not.
func TestBlocksAreReused(t *testing.T) {
	pool := &Pool{Size: 16}
	b := pool.lend()
	b.buf = make([]byte, 0, 1<<10)
	b.Release()
	if again := pool.lend(); cap(again.buf) != 16 {
		t.Errorf("a block of %d bytes was kept", cap(again.buf))
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("a\r\n\nb"), uint16(2))
	f.Add([]byte("a\x00\r\r\n\n\n"), uint16(1))
	f.Fuzz(func(t *testing.T, log []byte, size uint16) {
		if _, format, _ := sniff(bytes.NewReader(log)); format != nil {
			return
		}
		same(t, string(log), bytes.NewReader(log), int(size))
		same(t, string(log), iotest.OneByteReader(bytes.NewReader(log)), int(size))
	})
}

func BenchmarkLines(b *testing.B) {
	log := strings.Repeat("Oct 28 17:03:11 l096 sshd[16651]: Invalid user a from 62.123.192.212 port 22 ssh2 and more to be longer\n", 100_000)
	b.SetBytes(int64(len(log)))
	pool := new(Pool)
	n := 0
	for b.Loop() {
		r, _ := Stdin{In: strings.NewReader(log), Pool: pool}.Open()
		for {
			block, err := r.Next()
			if err != nil {
				break
			}
			for range block.Lines() {
				n++
			}
			block.Release()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/line")
}
