package when

import (
	"fmt"
	"strings"
	"time"
)

// A Span is a part of the week, as during and outside take it: "Tue
// 09:00-13:00", "Mon-Fri 08:00-18:00", "Sat,Sun" or "22:00-06:00". The end is
// excluded. It is plain data.
type Span struct {
	Days       [7]bool // by time.Weekday; the days on which it begins
	Start, End int     // seconds since midnight; End <= Start lies on the next day
}

// ParseSpan reads a span: days, a time from and to, or both. Days are names,
// ranges and lists of them, and mean the day on which the span begins: "Fri
// 22:00-06:00" ends on Saturday. Without days it is every day, without times the
// whole of them. A span that ends where it begins lasts a day.
func ParseSpan(text string) (Span, error) {
	s := Span{Days: [7]bool{true, true, true, true, true, true, true}, End: secondsPerDay}
	words := strings.Fields(text)
	if len(words) == 0 || len(words) > 2 {
		return Span{}, badSpan(text, "it is not days and a time from and to")
	}
	if isLetter(words[0][0]) {
		days, err := parseDays(words[0])
		if err != nil {
			return Span{}, badSpan(text, err.Error())
		}
		s.Days, words = days, words[1:]
	}
	if len(words) == 0 {
		return s, nil
	}
	from, to, ok := strings.Cut(words[0], "-")
	if !ok || len(words) > 1 {
		return Span{}, badSpan(text, "a time from and to has one dash between")
	}
	var err error
	if s.Start, err = timeOfDay(from); err != nil {
		return Span{}, badSpan(text, err.Error())
	}
	if s.End, err = parseClock(to); err != nil {
		return Span{}, badSpan(text, err.Error())
	}
	return s, nil
}

func badSpan(text, why string) error {
	return fmt.Errorf("bad time span %q: %s; write one like \"Mon-Fri 08:00-18:00\", \"Sat,Sun\" or \"22:00-06:00\"", text, why)
}

// parseDays reads a list of days and ranges of days, which may go over Sunday.
func parseDays(text string) (days [7]bool, err error) {
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, ok1 := parseWeekday(from)
		last, ok2 := parseWeekday(to)
		if !ok1 || !ok2 {
			return days, fmt.Errorf("%q is no day of the week", part)
		}
		for d := first; ; d = (d + 1) % 7 {
			days[d] = true
			if d == last {
				break
			}
		}
	}
	return days, nil
}

// Contains tells whether clocks show a time within the span at t, in its zone.
func (s Span) Contains(t time.Time) bool {
	shown := civil(t)
	today := floorDiv(shown, secondsPerDay)
	second := int(shown - today*secondsPerDay)
	begins, began := s.Days[weekdayAt(today)], s.Days[weekdayAt(today-1)]
	if s.Start < s.End {
		return begins && second >= s.Start && second < s.End
	}
	return begins && second >= s.Start || began && second < s.End
}
