package when

import (
	"math"
	"time"
)

// The time that clocks show ("civil", in seconds as if the zone were UTC) maps
// to instants through the zone's periods of constant offset. Near a change it
// has no reading (clocks went forward) or two (clocks went back):
//
//	instants  ───── period, offset +2h ─────┼───── period, offset +1h ─────
//	civil     ──────────────────────────────┤ 03:00
//	                              02:00 ├────────────────────────────────
//	                                    twice

// No zone was ever further from UTC than this.
const maxOffset = 16 * 60 * 60

// A reading tells which instants show a civil time.
type reading struct {
	first, last int64 // seconds; equal when there is but one
	missing     bool  // clocks never showed it: first and last are the end of the gap
}

// read finds the instants at which clocks in loc show a civil time.
func read(loc *time.Location, civil int64) reading {
	r, found := reading{}, false
	for at := civil - maxOffset; at <= civil+maxOffset; {
		p := periodAt(loc, at)
		instant := civil - p.offset
		switch {
		case instant >= p.end:
		case instant >= p.start && !found:
			r, found = reading{first: instant, last: instant}, true
		case instant >= p.start:
			r.last = instant
		case !found:
			r, found = reading{first: p.start, last: p.start, missing: true}, true
		}
		at = p.end
	}
	return r
}

// A period is a stretch of instants in which the offset of a zone is constant;
// the next one may have the same.
type period struct{ start, end, offset int64 }

func periodAt(loc *time.Location, second int64) period {
	t := time.Unix(second, 0).In(loc)
	_, offset := t.Zone()
	p := period{math.MinInt64, math.MaxInt64, int64(offset)}
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		p.start = start.Unix()
	}
	if !end.IsZero() {
		p.end = end.Unix()
	}
	if p.end <= second {
		// For the last day of a leap year beyond the zone's table, the bounds that
		// package time returns end a day early.
		p.end = (floorDiv(second, secondsPerDay) + 1) * secondsPerDay
	}
	return p
}

// A zone turns civil times into instants. It remembers the last stretch of
// civil time that has exactly one reading, which mostly lasts for months. It
// must be made by newZone.
type zone struct {
	loc    *time.Location
	lo, hi int64 // civil seconds, hi excluded
	offset int64
}

func newZone(loc *time.Location) zone {
	if loc == nil {
		loc = time.UTC
	}
	return zone{loc: loc}
}

// Lines that are this much out of order, in seconds, do not yet mean that the
// clock has been put back.
const putBack = 5 * 60

// instant returns the second at which clocks showed a civil time. The source's
// previous line, at second prev if known, decides between two readings.
func (z *zone) instant(civil, prev int64, known bool) int64 {
	if civil >= z.lo && civil < z.hi {
		return civil - z.offset
	}
	r := read(z.loc, civil)
	if r.missing {
		return time.Date(1970, 1, 1, 0, 0, int(civil), 0, z.loc).Unix()
	}
	z.learn(r.first)
	behind := prev - r.first
	if known && behind > putBack && behind < 2*(r.last-r.first) {
		return r.last
	}
	return r.first
}

// steady tells whether the day that begins at a second has no part in a change
// of the offset.
func (z *zone) steady(midnight int64) bool {
	return midnight+z.offset >= z.lo && midnight+z.offset+secondsPerDay < z.hi
}

// learn remembers the civil times that only the period around second shows.
func (z *zone) learn(second int64) {
	p := periodAt(z.loc, second)
	z.offset = p.offset
	z.lo, z.hi = math.MinInt64, math.MaxInt64
	if p.start != math.MinInt64 {
		z.lo = p.start + max(p.offset, periodAt(z.loc, p.start-1).offset)
	}
	if p.end != math.MaxInt64 {
		z.hi = p.end + min(p.offset, periodAt(z.loc, p.end).offset)
	}
}
