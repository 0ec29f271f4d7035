package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// archived is the log in the testdata archives, which were made with the
// usual programs as two members, the first of 3000 bytes.
func archived() []string {
	var lines []string
	for i := range 400 {
		lines = append(lines, fmt.Sprintf("line %d of the log", i+1))
	}
	return lines
}

func TestArchives(t *testing.T) {
	for _, name := range []string{"two-members.gz", "two-members.zst", "two-members.bz2", "two-members.xz", "no-checksum.xz"} {
		r, err := File{Path: "testdata/" + name}.Open()
		if err != nil {
			t.Fatal(err)
		}
		lines, _, err := read(t, r)
		if err != io.EOF || strings.Join(lines, "\n") != strings.Join(archived(), "\n") {
			t.Errorf("%s: %d lines, %v", name, len(lines), err)
		}
		if r.Done() != r.Size() || r.Size() == 0 {
			t.Errorf("%s: read %d of %d bytes", name, r.Done(), r.Size())
		}
		r.Close()
	}
}

func TestEmptyArchives(t *testing.T) {
	for _, name := range []string{"empty.bz2", "empty.xz"} {
		archive, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if lines, _, _ := readAll(t, bytes.NewReader(archive), 0); len(lines) != 0 {
			t.Errorf("%s: %q", name, lines)
		}
	}
}

func TestOffsetInArchive(t *testing.T) {
	all := strings.Join(archived(), "\n") + "\n"
	offset := int64(strings.Index(all, "line 300 "))
	for _, name := range []string{"two-members.gz", "two-members.zst", "two-members.bz2", "two-members.xz"} {
		r, err := File{Path: "testdata/" + name, Offset: offset}.Open()
		if err != nil {
			t.Fatal(err)
		}
		lines, offsets, _ := read(t, r)
		if len(lines) != 101 || lines[0] != "line 300 of the log" || offsets[0] != offset {
			t.Errorf("%s: %d lines, the first %q", name, len(lines), lines[0])
		}
		r.Close()
		if _, err := (File{Path: "testdata/" + name, Offset: 1e6}).Open(); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("only %d bytes", len(all))) {
			t.Errorf("%s: offset beyond the end: %v", name, err)
		}
	}
}

// compressors make an archive of a log that does not shrink to nothing.
var compressors = map[string]func(io.Writer) (io.WriteCloser, error){
	"gzip": func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
	"zstd": func(w io.Writer) (io.WriteCloser, error) {
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<16))
	},
	"xz": func(w io.Writer) (io.WriteCloser, error) {
		return xz.WriterConfig{DictCap: 1 << 16, BlockSize: 1 << 17}.NewWriter(w)
	},
}

func compress(t testing.TB, name, log string) []byte {
	var archive bytes.Buffer
	w, err := compressors[name](&archive)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, log); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

// mixedLog is a log of n lines that do not compress well.
func mixedLog(n int) string {
	var log strings.Builder
	for i := range uint64(n) {
		fmt.Fprintf(&log, "%d %x\n", i, (i+1)*0x9e3779b97f4a7c15)
	}
	return log.String()
}

// TestDamagedArchives: of an archive that is cut short or has a wrong byte,
// the lines before the fault come, none that is wrong, and then an error.
func TestDamagedArchives(t *testing.T) {
	log := mixedLog(20_000)
	for name := range compressors {
		archive := compress(t, name, log)
		for part := 1; part < 20; part++ {
			at := len(archive) * part / 20
			short := archive[:at]
			flipped := bytes.Clone(archive)
			flipped[at] ^= 0x40
			for how, damaged := range map[string][]byte{"cut short": short, "damaged": flipped} {
				got, err := readArchive(t, damaged)
				if err == io.EOF || !strings.Contains(err.Error(), "-: "+name+" data damaged or cut short, only its first ") {
					t.Fatalf("%s %s at %d of %d: %v", name, how, at, len(archive), err)
				}
				if how == "cut short" && !strings.HasPrefix(log, got) {
					t.Fatalf("%s %s at %d of %d: wrong lines", name, how, at, len(archive))
				}
				if part > 15 && len(got) < len(log)/4 {
					t.Errorf("%s %s at %d of %d: only %d bytes of lines", name, how, at, len(archive), len(got))
				}
			}
		}
	}
}

func readArchive(t testing.TB, archive []byte) (string, error) {
	r, err := Stdin{In: bytes.NewReader(archive)}.Open()
	if err != nil {
		return "", err
	}
	var lines strings.Builder
	for {
		b, err := r.Next()
		if err != nil {
			return lines.String(), err
		}
		lines.Write(b.Data)
		b.Release()
	}
}

// TestHungryArchives: an archive cannot ask for any amount of memory.
func TestHungryArchives(t *testing.T) {
	window := []byte("\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00") // the sixth byte: of 128 MiB
	if _, err := readArchive(t, window); err != io.EOF {
		t.Errorf("zstd with the largest window: %v", err)
	}
	window[5] += 8 // of twice as much
	if _, err := readArchive(t, window); !errors.Is(err, zstd.ErrWindowSizeExceeded) {
		t.Errorf("zstd: %v", err)
	}
	archive := compress(t, "xz", "a\n")
	header := archive[12:] // behind the stream's header: flags, then the filter
	header[bytes.IndexByte(header[:12], xzLZMA2)+2] = 40
	size := (int(header[0]) + 1) * 4
	sum(header[:size])
	if _, err := readArchive(t, archive); err == nil || !strings.Contains(err.Error(), "at most 128 are allowed") {
		t.Errorf("xz: %v", err)
	}
}

func TestFilteredXZ(t *testing.T) {
	r, err := File{Path: "testdata/filtered.xz"}.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Next(); err == nil || !strings.Contains(err.Error(), "unpack the file with xz first") {
		t.Error(err)
	}
}

// FuzzArchive: whatever the bytes, no panic, and reading ends.
func FuzzArchive(f *testing.F) {
	for name := range compressors {
		f.Add(compress(f, name, "a\nb\nc\n"))
	}
	for _, name := range []string{"two-members.bz2", "two-members.xz", "two-members.zst", "empty.xz"} {
		archive, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive)
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		if lines, err := readArchive(t, archive); err == nil {
			t.Errorf("no end after %q", lines)
		}
	})
}
