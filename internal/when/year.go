package when

import "time"

// A clock knows what a source's stamps leave open: the zone, the year, and the
// second that the line before bore.
type clock struct {
	zone    zone
	year    int   // of the first line; 0: from modTime
	modTime int64 // nanoseconds; no first stamp without a year is later

	prev  int64 // second of the last good stamp
	known bool  // whether there was one
	last  int   // the year in which the last stamp without one was put
}

// In the zero state of Options, nothing tells the year.
const unknownYear = 2000

// Two readings of a stamp in neighbouring years are at least 365 days apart, so
// one that is this near to the line before is the nearest, whatever the zone.
const surelyNearest = 181 * secondsPerDay

// resolve returns the instant of a stamp, and false when there is none: a leap
// day in another year, or a year out of range. It does not move the clock on.
func (c *clock) resolve(s *Stamp) (second int64, ok bool) {
	switch {
	case s.Lacks&LacksYear != 0:
		second, ok = c.withYear(s)
	case s.Lacks&LacksZone != 0:
		second, ok = c.zone.instant(s.Seconds, c.prev, c.known), true
	default:
		second, ok = s.Seconds, true
	}
	return second, ok && second >= minSecond && second <= maxSecond
}

// advance takes note of the second that a line bore.
func (c *clock) advance(second int64) {
	c.prev, c.known = second, true
}

func (c *clock) withYear(s *Stamp) (int64, bool) {
	switch {
	case c.known:
		return c.nearest(s)
	case c.year != 0:
		return c.place(s, c.year)
	case c.modTime == 0:
		return c.place(s, unknownYear)
	}
	// Nine years always hold a leap year.
	newest := time.Unix(0, c.modTime).In(c.zone.loc).Year()
	for year := newest; year >= newest-9; year-- {
		second, ok := c.place(s, year)
		if ok && second*nanosPerSec+int64(s.Nanos) <= c.modTime {
			return second, true
		}
	}
	return 0, false
}

// nearest puts a stamp in the year that brings it nearest to the line before;
// of two as near, in the later.
func (c *clock) nearest(s *Stamp) (int64, bool) {
	if c.last != 0 {
		second, ok := c.place(s, c.last)
		if d := second - c.prev; d > -surelyNearest && d < surelyNearest {
			return second, ok
		}
	}
	year := time.Unix(c.prev, 0).In(c.zone.loc).Year()
	best, exists := c.place(s, year-1)
	c.last = year - 1
	for y := year; y <= year+1; y++ {
		second, ok := c.place(s, y)
		if distance(second, c.prev) <= distance(best, c.prev) {
			best, exists, c.last = second, ok, y
		}
	}
	return best, exists
}

// place reads a stamp in a given year. For a leap day that the year does not
// have it returns 1 March, with false.
func (c *clock) place(s *Stamp, year int) (second int64, ok bool) {
	if year < firstYear || year > lastYear {
		return 0, false
	}
	days, ok := inYear(year, int(s.Seconds/secondsPerDay))
	civil := days*secondsPerDay + s.Seconds%secondsPerDay
	if s.Lacks&LacksZone == 0 {
		return civil, ok
	}
	return c.zone.instant(civil, c.prev, c.known), ok
}

func distance(a, b int64) int64 {
	if a < b {
		return b - a
	}
	return a - b
}
