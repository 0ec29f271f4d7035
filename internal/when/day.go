package when

// A Day is what a Reader knows of the stamps of one day: of those that are
// written like the last one it read and differ in the time of day only. It does
// not change, and whoever has it can read such stamps, in any order; the Reader
// it is of then takes them over in the order of the lines:
//
//	ns, ok := day.Read(line)            many at once, ahead of the reader
//	...
//	if !ok || !r.Take(day, ns) {
//		ns, ok = r.Read(line)
//	}
type Day struct {
	known  repeat
	format *format
}

// Day returns the day at hand, nil if there is none of which that much is known.
func (r *Reader) Day() *Day {
	if r.end > 0 || r.again.size == 0 || r.again.clock == 0 {
		return nil
	}
	return &Day{r.again, r.format}
}

// Read returns the instant that a line bears, in nanoseconds since the Unix
// epoch; false if it is not known to be one of the day.
func (d *Day) Read(line string) (ns int64, ok bool) {
	ns, _, ok = d.known.sameDay(line, d.format)
	return ns, ok
}

// IsToday tells whether d, nil or one of the reader's own, is the day at hand.
func (r *Reader) IsToday(d *Day) bool { return d != nil && d.known.days == r.again.days }

// Take is Read for a line that d, one of the reader's own, has read: false if it
// is not the day at hand, and the line must be read.
func (r *Reader) Take(d *Day, ns int64) bool {
	if !r.IsToday(d) {
		return false
	}
	r.clock.advance(floorDiv(ns, nanosPerSec))
	return true
}
