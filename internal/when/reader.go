package when

import (
	"fmt"
	"slices"
	"time"
)

// Options say what is known about a source before its first line. The zero
// value reads stamps in UTC, wherever and however they are written.
type Options struct {
	// Zone is that of stamps without one; nil means UTC.
	Zone *time.Location
	// Year is that of the first line, if its stamp has none; 0 means that
	// ModTime tells it.
	Year int
	// ModTime is when the source was last written to, or now if it still is. A
	// first stamp without a year is not later. If it is zero too, the year is 2000.
	ModTime time.Time
	// Start and End are the columns that hold the stamp, in bytes from 0, End
	// excluded. An End of 0 means that the stamp is to be found.
	Start, End int
	// Layout says how stamps are written: a layout of Go ("Jan 2 15:04:05"), or
	// of strptime ("%b %d %H:%M:%S"), or one of FormatNames. A fraction after
	// the seconds is read in any case. If it is empty, the format is found.
	Layout string
}

// A Parser reads what a line says by itself; false if it bears no stamp. It is
// a pure function and may be called from several goroutines.
type Parser func(line string) (Stamp, bool)

// A Reader reads the stamps of one source, line by line. It must be made by
// NewReader, and belongs to one goroutine.
type Reader struct {
	again      repeat
	bad        bool    // see Bad
	start, end int     // columns
	format     *format // nil until one is learnt
	fixed      bool    // by Options.Layout
	clock      clock
	learner    learner
}

// NewReader returns a reader for a source. The error says why Options.Layout
// cannot be used, and what to try.
func NewReader(o Options) (*Reader, error) {
	r := &Reader{start: o.Start, end: o.End, clock: clock{zone: newZone(o.Zone), year: o.Year}}
	if o.Start < 0 || o.End < 0 || o.End > 0 && o.End <= o.Start {
		return nil, fmt.Errorf("stamp columns %d to %d hold nothing: the end is excluded and must lie behind the start", o.Start, o.End)
	}
	if o.Year != 0 && (o.Year < firstYear || o.Year > lastYear) {
		return nil, fmt.Errorf("year %d is out of range: try %d to %d", o.Year, firstYear, lastYear)
	}
	if !o.ModTime.IsZero() {
		r.clock.modTime = o.ModTime.UnixNano()
	}
	if o.Layout == "" {
		return r, nil
	}
	r.fixed = true
	if r.format = formatNamed(o.Layout); r.format == nil {
		steps, err := parseLayout(o.Layout)
		if err != nil {
			return nil, err
		}
		r.format = &format{o.Layout, atLineStart, sure, steps}
	}
	return r, nil
}

// Read returns the instant that a line bears, in nanoseconds since the Unix
// epoch; false if it bears none or one that never was.
func (r *Reader) Read(line string) (ns int64, ok bool) {
	if r.end > 0 {
		line = cut(line, r.start, r.end)
	}
	if r.again.same(line) && !r.again.continues(line, r.again.size) {
		return r.again.ns, true
	}
	if second, ok := r.again.near(line, r.format); ok {
		r.clock.advance(second)
		return r.again.ns, true
	}
	return r.readAnew(line)
}

// readAnew reads a line of which nothing is known.
func (r *Reader) readAnew(line string) (ns int64, ok bool) {
	var s Stamp
	if r.bad = false; !r.parse(line, &s) {
		return 0, false
	}
	second, ok := r.resolve(&s)
	if r.bad = !ok; r.bad {
		return 0, false
	}
	r.again.remember(line, r.format, &s, second, &r.clock.zone)
	return second*nanosPerSec + int64(s.Nanos), true
}

// Bad tells, after a Read that returned false, whether the line bears a stamp
// all the same: one that never was, such as 29 February of a year without it.
func (r *Reader) Bad() bool { return r.bad }

// parse reads a line in the current format or, failing that, in another that
// can be believed, which is then the current one.
func (r *Reader) parse(line string, s *Stamp) bool {
	if r.format != nil && r.format.parse(line, s) {
		return true
	}
	if r.fixed {
		return false
	}
	f := find(line, s)
	if f == nil {
		return false
	}
	if !r.learner.believe(f, r.format, s, &r.clock) {
		r.again.forget() // so that the next line of the format is seen to be one
		return false
	}
	r.learner.learn(f)
	r.format = f
	return true
}

func (r *Reader) resolve(s *Stamp) (second int64, ok bool) {
	if second, ok = r.clock.resolve(s); ok {
		r.learner.votes = 0
		r.clock.advance(second)
	}
	return second, ok
}

// cut returns the columns of a line, as far as it has them.
func cut(line string, start, end int) string {
	return line[min(start, len(line)):min(end, len(line))]
}

// Learn finds the format by which most of a source's first lines can be read,
// and tells how many those are. It may be called before the first Read, which
// is then spared mistaking the first lines; it reads no stamps itself. A format
// that Options.Layout fixed stays.
func (r *Reader) Learn(lines []string) (stamped int) {
	if r.fixed {
		return r.count(r.format, lines)
	}
	for i := range formats {
		if n := r.count(&formats[i], lines); n > stamped {
			r.format, stamped = &formats[i], n
		}
	}
	if stamped > 0 {
		r.learner.learn(r.format)
	}
	return stamped
}

func (r *Reader) count(f *format, lines []string) (n int) {
	parse := r.parser(f)
	for _, line := range lines {
		if _, ok := parse(line); ok {
			n++
		}
	}
	return n
}

// Parser returns the first half of Read, for the format as it is now, or nil
// before one is learnt. It differs from Read in that where it finds no stamp,
// Read may still find one in another format.
func (r *Reader) Parser() Parser {
	if r.format == nil {
		return nil
	}
	return r.parser(r.format)
}

func (r *Reader) parser(f *format) Parser {
	start, end := r.start, r.end
	return func(line string) (s Stamp, ok bool) {
		if end > 0 {
			line = cut(line, start, end)
		}
		ok = f.parse(line, &s)
		return s, ok
	}
}

// Resolve is the second half of Read, to be given the stamps of the source's
// lines in order. It returns nanoseconds since the Unix epoch; false if the
// stamp has no instant: it is 29 February of another year, or out of range.
func (r *Reader) Resolve(s Stamp) (ns int64, ok bool) {
	r.again.forget()
	second, ok := r.resolve(&s)
	if !ok {
		return 0, false
	}
	return second*nanosPerSec + int64(s.Nanos), true
}

// Format returns the name of the current format, or "" before one is learnt.
func (r *Reader) Format() string {
	if r.format == nil {
		return ""
	}
	return r.format.name
}

// Changes returns how many further formats were learnt after the first.
func (r *Reader) Changes() int { return max(0, len(r.learner.known)-1) }

// A State is all that a Reader has learnt, to be saved and restored.
type State struct {
	Format  string   // the current one
	Known   []string // all that were learnt, in that order
	Rival   string   // the format that the last lines were of, not yet believed
	Votes   int      // of the rival
	Second  int64    // the last one read, since the Unix epoch
	Started bool     // whether Second was read
}

// State returns what the reader has learnt so far.
func (r *Reader) State() State {
	return State{
		Format: r.Format(), Known: slices.Clone(r.learner.known),
		Rival: r.learner.rival, Votes: r.learner.votes,
		Second: r.clock.prev, Started: r.clock.known,
	}
}

// Restore lets a reader that was made with the same options go on where another
// stood. A format that this version does not know is learnt anew.
func (r *Reader) Restore(s State) {
	if !r.fixed {
		r.format = formatNamed(s.Format)
	}
	r.learner = learner{known: slices.Clone(s.Known), rival: s.Rival, votes: s.Votes}
	r.clock.prev, r.clock.known = s.Second, s.Started
	r.again.forget()
}
