package tier

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/logs-rdl/logs"
)

// A record is an event in a segment, its numbers little end first:
//
//	length 4 | crc32c of the rest 4 | number 8, id 8, line |
//	                                └────── length ────────┘

const (
	recordHead = 8
	recordMin  = 16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendRecord(b []byte, number uint64, id logs.ID, line []byte) []byte {
	start := len(b)
	b = append(b, make([]byte, recordHead)...)
	b = binary.LittleEndian.AppendUint64(b, number)
	b = binary.LittleEndian.AppendUint64(b, uint64(id))
	b = append(b, line...)
	body := b[start+recordHead:]
	binary.LittleEndian.PutUint32(b[start:], uint32(len(body)))
	binary.LittleEndian.PutUint32(b[start+4:], crc32.Checksum(body, castagnoli))
	return b
}

// records reads records one after the other.
type records struct {
	in     *bufio.Reader
	offset int64 // behind the record at hand
	number uint64
	id     logs.ID
	line   []byte // valid until next
	buf    []byte
}

var errNoRecord = errors.New("no record")

// next goes to the next record. The error says that there is none, or that
// what stands there is not whole.
func (r *records) next() error {
	var head [recordHead]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n < recordMin || n > recordMin+maxEvent {
		return errNoRecord
	}
	if uint32(cap(r.buf)) < n {
		r.buf = make([]byte, n)
	}
	body := r.buf[:n]
	if _, err := io.ReadFull(r.in, body); err != nil {
		return err
	}
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
		return errNoRecord
	}
	r.number = binary.LittleEndian.Uint64(body)
	r.id = logs.ID(binary.LittleEndian.Uint64(body[8:]))
	r.line = body[recordMin:]
	r.offset += recordHead + int64(n)
	return nil
}

// writeFile writes a file to the side, brings it to the disk, and puts it into
// its place. It can be read by its owner alone, to whom the folder belongs.
func writeFile(path string, data []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = giveAway(file)
	}
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
		return err
	}
	return syncDir(filepath.Dir(path))
}

// giveAway gives what root has made to whom the folder belongs: a hub must be
// able to read what root has changed.
func giveAway(file *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(filepath.Dir(file.Name()))
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return file.Chown(int(owner.Uid), int(owner.Gid))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
