package when

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/adhocore/gronx"
)

// Cron expressions are worked out on a calendar without daylight saving, as if
// the zone were UTC, and only then turned into instants:
//
//   - A time that names its hours is one of the day, like "02:30": if clocks
//     skip it, it is due at the end of the gap, and if they show it twice, the
//     first time.
//   - One that says * or */n for the hour goes by the time that passes: it is
//     due whenever clocks show it, twice in a repeated hour, not in a gap.

// A part of a field is *, a number or a range, perhaps with a step, or one of
// the forms for days: L, 15W, 5L, 1#2.
var cronPart = regexp.MustCompile(`^(\*|\?|\d{1,4}(-\d{1,4})?)(/\d{1,4})?$|^L$|^\d{1,2}W$|^\dL$|^\d#\d$`)

func parseCron(text string) (Schedule, error) {
	const shape = "write minute, hour, day, month and weekday, such as \"*/5 * * * *\" or \"0 8 * * mon-fri\""
	fields, err := gronx.Segments(text)
	if err != nil {
		return Schedule{}, fmt.Errorf("bad cron expression %q: it has not 5 fields: %s", text, shape)
	}
	for i, field := range fields {
		for part := range strings.SplitSeq(field, ",") {
			if !cronPart.MatchString(part) || !validPart(part, i) {
				return Schedule{}, fmt.Errorf("bad cron expression %q: %q is no %s: %s", text, part, cronFields[i], shape)
			}
		}
	}
	if _, err := gronx.NextTickAfter(text, time.Unix(0, 0).UTC(), true); err != nil {
		return Schedule{}, fmt.Errorf("bad cron expression %q: there is no such day: %s", text, shape)
	}
	return Schedule{Repetition: Cron, Cron: strings.Join(strings.Fields(text), " ")}, nil
}

// cronFields names what gronx.Segments returns.
var cronFields = []string{"second", "minute", "hour", "day of the month", "month", "weekday", "year"}

// validPart tells whether a part is within the bounds of its field. Gronx stops
// at the first part that is due, so each is asked alone.
func validPart(part string, field int) bool {
	var c gronx.SegmentChecker
	c.SetRef(time.Unix(0, 0).UTC())
	_, err := c.CheckDue(part, field)
	return err == nil
}

// nextCron returns the first time after another at which an expression is due.
func nextCron(expr string, after time.Time) (time.Time, bool) {
	fields, err := gronx.Segments(expr)
	if err != nil {
		return time.Time{}, false
	}
	if strings.HasPrefix(fields[2], "*") {
		return nextShown(expr, after)
	}
	for shown := civil(after); ; {
		tick, ok := nextTick(expr, shown)
		if !ok {
			return time.Time{}, false
		}
		if due := firstShown(tick, after.Location()); due.After(after) {
			return due, true
		}
		shown = tick
	}
}

// nextShown returns the first instant after a time at which clocks show one
// that an expression names. It looks through the zone's periods in turn.
func nextShown(expr string, after time.Time) (time.Time, bool) {
	for from := after.Unix(); ; {
		p := periodAt(after.Location(), from)
		tick, ok := nextTick(expr, from+p.offset)
		if !ok {
			return time.Time{}, false
		}
		if due := tick - p.offset; due < p.end {
			return time.Unix(due, 0).In(after.Location()), true
		}
		from = p.end
		if first := periodAt(after.Location(), from).offset + from; isDue(expr, first) {
			return time.Unix(from, 0).In(after.Location()), true
		}
	}
}

// nextTick returns the civil second at which an expression is due next.
func nextTick(expr string, civil int64) (int64, bool) {
	tick, err := gronx.NextTickAfter(expr, time.Unix(civil, 0).UTC(), false)
	return tick.Unix(), err == nil && tick.Unix() > civil
}

func isDue(expr string, civil int64) bool {
	due, err := gronx.New().IsDue(expr, time.Unix(civil, 0).UTC())
	return err == nil && due
}
