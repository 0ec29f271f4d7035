package run

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
)

// Lookups reads the files that the function lookup names, again whenever they
// have changed. The zero value is ready. It belongs to one goroutine.
type Lookups struct {
	files map[string]*table
}

// A table is a file as it was read.
type table struct {
	modified time.Time
	size     int64
	lines    logs.Value
}

// MaxLookup is how many bytes of a file lookup reads; beyond is an error.
const MaxLookup = 256 << 20

// maxLookupLine is the longest line, in bytes; beyond is an error.
const maxLookupLine = 1 << 20

// Lookup returns the lines of a file, without spaces around them, empty lines
// and lines that start with #. When a file that was read once cannot be read
// again, what it held stays.
func (l *Lookups) Lookup(name string) (logs.Value, error) {
	t := l.files[name]
	info, err := os.Stat(name)
	switch {
	case err != nil && t != nil:
		return t.lines, nil
	case err != nil:
		return logs.Nil, fmt.Errorf("lookup: %w", err)
	case t != nil && t.modified.Equal(info.ModTime()) && t.size == info.Size():
		return t.lines, nil
	}
	lines, err := readTable(name, info.Size())
	if err != nil {
		return logs.Nil, err
	}
	if l.files == nil {
		l.files = map[string]*table{}
	}
	l.files[name] = &table{info.ModTime(), info.Size(), logs.Table(lines)}
	return l.files[name].lines, nil
}

func readTable(name string, size int64) ([]string, error) {
	if size > MaxLookup {
		return nil, fmt.Errorf("lookup: %s has %d bytes, more than the %d that are read", name, size, MaxLookup)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("lookup: %w", err)
	}
	defer f.Close()
	var lines []string
	in := bufio.NewScanner(f)
	in.Buffer(nil, maxLookupLine)
	for in.Scan() {
		if line := strings.TrimSpace(in.Text()); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("lookup: %s: %w", name, err)
	}
	return lines, nil
}
