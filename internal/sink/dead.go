package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/logs-rdl/logs"
)

// Dead is the file of dead letters: the effects that were given up, each as a
// JSON object on one line, with when, which sink and why.
//
//	{"time":"2026-11-24T09:00:00Z","sink":"oncall","error":"...","effect":{"kind":"post",...}}
//
// The file is appended to, and readable for its owner only. One that has grown
// beyond Max is moved to its name with .1 behind it, where it takes the place
// of an older one. Several goroutines may use a Dead.
type Dead struct {
	Path string
	To   func(line []byte) error // takes the lines in the place of a file; nil: there is one
	Max  int64                   // bytes; 0 means 64 MiB
	Now  func() time.Time        // the machine's clock; nil means time.Now

	mu sync.Mutex
}

// Add appends an effect that the sink of that name could not deliver. When Add
// returns nil it is on the disk, or where To brings it; when it fails, nothing of it is in the file.
func (d *Dead) Add(sink string, e *logs.Effect, why error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	add := d.add
	if d.To != nil {
		add = d.To
	}
	if err := add(d.line(sink, e, why)); err != nil {
		return fmt.Errorf("the dead letters cannot be written: %w", err)
	}
	return nil
}

func (d *Dead) line(sink string, e *logs.Effect, why error) []byte {
	now := time.Now
	if d.Now != nil {
		now = d.Now
	}
	line := appendTime([]byte(`{"time":`), now())
	line = appendString(append(line, `,"sink":`...), sink)
	line = appendString(append(line, `,"error":`...), why.Error())
	line = appendEffectJSON(append(line, `,"effect":`...), e)
	return append(line, "}\n"...)
}

func (d *Dead) add(line []byte) error {
	if err := os.MkdirAll(filepath.Dir(d.Path), 0o700); err != nil {
		return err
	}
	if err := d.makeRoom(int64(len(line))); err != nil {
		return err
	}
	file, err := os.OpenFile(d.Path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(appendWhole(file, line), file.Close())
}

// makeRoom moves the file away if so many bytes more would be too many.
func (d *Dead) makeRoom(more int64) error {
	limit := d.Max
	if limit <= 0 {
		limit = 64 << 20
	}
	info, err := os.Stat(d.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Size() == 0 || info.Size()+more <= limit:
		return nil
	}
	return os.Rename(d.Path, d.Path+".1")
}

// appendWhole writes a line to the disk, or nothing. A line that was torn when
// the machine stopped is ended first.
func appendWhole(file *os.File, line []byte) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	var last [1]byte
	if _, err := file.ReadAt(last[:], info.Size()-1); err == nil && last[0] != '\n' {
		line = append([]byte{'\n'}, line...)
	}
	if _, err = file.Write(line); err == nil {
		err = file.Sync()
	}
	if err != nil && info.Mode().IsRegular() {
		err = errors.Join(err, file.Truncate(info.Size()))
	}
	return err
}
