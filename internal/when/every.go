package when

import "time"

const fullDay = secondsPerDay * time.Second

// NextEvery returns when something that is done every d is next due, strictly
// after a time and in its zone. Where d divides a day the times are aligned to
// midnight, as clocks show it: every 6h is 00:00, 06:00, 12:00 and 18:00 all the
// year. Up to an hour, d also passes within an hour that is shown twice. Any
// other d counts from the anchor. A d of 0 or less is taken for a nanosecond.
func NextEvery(d time.Duration, anchor, after time.Time) time.Time {
	d = max(d, 1)
	switch {
	case d > fullDay || fullDay%d != 0:
		return nextMultiple(d, anchor, after)
	case d <= time.Hour:
		return nextAligned(d, after)
	}
	step := int64(d / time.Second) // more than an hour, and divides a day: whole seconds
	for shown := floorDiv(civil(after), step) * step; ; shown += step {
		if due := firstShown(shown, after.Location()); due.After(after) {
			return due
		}
	}
}

// nextMultiple counts from the anchor, in either direction.
func nextMultiple(d time.Duration, anchor, after time.Time) time.Time {
	passed := after.Sub(anchor)
	n := passed / d
	if passed < 0 && passed%d != 0 {
		n--
	}
	return anchor.Add((n + 1) * d).In(after.Location())
}

// nextAligned returns the next instant at which clocks show a multiple of d. It
// looks in the zone's period of after and, if that ends before, in the next.
func nextAligned(d time.Duration, after time.Time) time.Time {
	p := periodAt(after.Location(), after.Unix())
	due := nextOffset(after.UnixNano()+1, d, p.offset)
	if floorDiv(due, nanosPerSec) >= p.end {
		due = nextOffset(p.end*nanosPerSec, d, periodAt(after.Location(), p.end).offset)
	}
	return time.Unix(0, due).In(after.Location())
}

// nextOffset returns the first instant, in ns and not before from, that is a
// multiple of d in a zone of constant offset.
func nextOffset(from int64, d time.Duration, offset int64) int64 {
	offset *= nanosPerSec
	return (floorDiv(from+offset-1, int64(d))+1)*int64(d) - offset
}
