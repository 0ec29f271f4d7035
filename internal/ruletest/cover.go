package ruletest

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/logs-rdl/logs/rdl"
)

// Cover gathers which points of rules tests reach. A file that several
// programs include counts once. The zero value is ready, and may be used from
// several goroutines.
type Cover struct {
	mu     sync.Mutex
	points map[pointKey]*atomic.Int64
	files  map[string]string // the source of each
}

// A pointKey is a point of the rules by its place.
type pointKey struct {
	file        string
	start, line int
	what        string
}

// Note takes a point of a program; it is a Loader's Cover.
func (c *Cover) Note(p rdl.Point) (hit func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.points == nil {
		c.points, c.files = map[pointKey]*atomic.Int64{}, map[string]string{}
	}
	key := pointKey{p.File.Name, p.Start, p.Line(), p.What}
	n := c.points[key]
	if n == nil {
		n = &atomic.Int64{}
		c.points[key], c.files[p.File.Name] = n, p.File.Src
	}
	return func() { n.Add(1) }
}

// A reached is a point and how often it was reached.
type reached struct {
	pointKey
	times int64
}

// of returns the points of a file, in its order.
func (c *Cover) of(file string) []reached {
	var points []reached
	for key, n := range c.points {
		if key.file == file {
			points = append(points, reached{key, n.Load()})
		}
	}
	slices.SortFunc(points, func(a, b reached) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.what, b.what))
	})
	return points
}

// names lists the files.
func (c *Cover) names() []string { return slices.Sorted(maps.Keys(c.files)) }

// share returns how many of some points were reached, in words.
func share(points []reached) string {
	n := 0
	for _, p := range points {
		if p.times > 0 {
			n++
		}
	}
	return fmt.Sprintf("%d of %d reached (%d%%)", n, len(points), 100*n/max(1, len(points)))
}

// WriteText tells of each file how much of it was reached, and what was not.
func (c *Cover) WriteText(w io.Writer) {
	for _, file := range c.names() {
		points := c.of(file)
		fmt.Fprintf(w, "%s: %s\n", file, share(points))
		for _, p := range points {
			if p.times == 0 {
				fmt.Fprintf(w, "  %s:%d: no test reaches: %s\n", file, p.line, p.what)
			}
		}
	}
}
