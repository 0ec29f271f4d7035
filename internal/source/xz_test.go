package source

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"testing"

	"github.com/ulikunitz/xz"
)

// sum makes the checksum at the end of b right.
func sum(b []byte) {
	body := b[:len(b)-4]
	binary.LittleEndian.PutUint32(b[len(body):], crc32.ChecksumIEEE(body))
}

// TestXZChecks reads streams with every kind of checksum.
func TestXZChecks(t *testing.T) {
	log := mixedLog(1000)
	for _, check := range []byte{xz.CRC32, xz.CRC64, xz.SHA256} {
		var archive bytes.Buffer
		w, err := xz.WriterConfig{CheckSum: check, BlockSize: 1 << 12}.NewWriter(&archive)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, log)
		w.Close()
		if got, err := readArchive(t, archive.Bytes()); got != log || err != io.EOF {
			t.Errorf("check %d: %d bytes of %d, %v", check, len(got), len(log), err)
		}
	}
}

// TestXZFaults makes each part of a stream wrong that no other check sees.
func TestXZFaults(t *testing.T) {
	good := compress(t, "xz", "text\n")
	for name, at := range map[string]int{
		"the text":         bytes.Index(good, []byte("text")),
		"the block header": 14,
		"the index":        len(good) - 19, // how many blocks
		"the footer":       len(good) - 1,
		"the stream flags": 7,
	} {
		archive := bytes.Clone(good)
		archive[at] ^= 3
		if _, err := readArchive(t, archive); err == nil || err == io.EOF {
			t.Errorf("wrong in %s: %v", name, err)
		}
	}
	if got, err := readArchive(t, good); got != "text\n" || err != io.EOF {
		t.Errorf("the archive itself: %q, %v", got, err)
	}
}
