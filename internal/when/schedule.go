package when

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Repetition says on which days a Schedule is due.
type Repetition uint8

// The repetitions. Never is that of the zero Schedule.
const (
	Never    Repetition = iota
	Daily               // midnight, "12:01 PM"
	Weekly              // monday at "09:00"
	Dated               // "2026-11-24 08:00"
	Tomorrow            // "12:34:56 tomorrow"; From makes it Dated
	Cron                // cron "*/5 * * * *"
)

// A Schedule is a TIME of a rule. It is plain data: it can be compared, saved,
// and written as it would stand in a rule. Its times are those that clocks show
// in the zone of the times it is asked about.
type Schedule struct {
	Repetition Repetition
	Clock      int          // seconds since midnight
	Weekday    time.Weekday // of Weekly
	Day        int64        // of Dated: days since 1970-01-01
	Cron       string       // of Cron: the expression
}

// ParseTime reads a TIME of a rule. The word is midnight, noon, a weekday or
// cron, or empty; text is what stands in quotes, or empty:
//
//	word      text
//	midnight
//	          12:01 PM
//	          12:34:56 tomorrow
//	          2026-11-24 08:00
//	monday    09:00
//	cron      */5 * * * *
//
// A weekday without a text is its midnight. The error says what to write.
func ParseTime(word, text string) (Schedule, error) {
	text = strings.TrimSpace(text)
	switch {
	case word == "midnight" && text == "":
		return Schedule{Repetition: Daily}, nil
	case word == "noon" && text == "":
		return Schedule{Repetition: Daily, Clock: secondsPerDay / 2}, nil
	case word == "midnight" || word == "noon":
		return Schedule{}, fmt.Errorf("%s is a time of day already: drop %q", word, text)
	case word == "cron":
		return parseCron(text)
	case word == "":
		return parseTimeText(text)
	}
	weekday, ok := parseWeekday(word)
	if !ok {
		return Schedule{}, fmt.Errorf("%q is no time: use midnight, noon, a weekday, cron, or a time in quotes", word)
	}
	s := Schedule{Repetition: Weekly, Weekday: weekday}
	if text == "" {
		return s, nil
	}
	var err error
	s.Clock, err = timeOfDay(text)
	return s, err
}

// parseTimeText reads a time of day, with a date before it or tomorrow after.
func parseTimeText(text string) (Schedule, error) {
	s := Schedule{Repetition: Daily}
	clock := text
	if before, ok := strings.CutSuffix(text, " tomorrow"); ok {
		s.Repetition, clock = Tomorrow, strings.TrimSpace(before)
	} else if date, after, ok := cutDate(text); ok {
		day, err := time.Parse(time.DateOnly, date)
		if err != nil || day.Year() < firstYear || day.Year() > lastYear {
			return Schedule{}, fmt.Errorf("bad date %q: there is no such day; write one like \"2026-11-24 08:00\"", date)
		}
		s.Repetition, s.Day, clock = Dated, day.Unix()/secondsPerDay, after
	}
	var err error
	s.Clock, err = timeOfDay(clock)
	return s, err
}

// cutDate cuts a date like 2026-11-24 off the front of text.
func cutDate(text string) (date, rest string, ok bool) {
	const length = len(time.DateOnly)
	if len(text) <= length || text[4] != '-' || text[length] != ' ' && text[length] != 'T' {
		return "", "", false
	}
	return text[:length], strings.TrimSpace(text[length+1:]), true
}

func timeOfDay(text string) (int, error) {
	seconds, err := parseClock(text)
	if err == nil && seconds == secondsPerDay {
		err = fmt.Errorf("bad time of day %q: the day ends before it: write 00:00", text)
	}
	return seconds, err
}

// parseWeekday reads the name of a day, long or of three letters, in any case.
func parseWeekday(name string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(name, d.String()) || strings.EqualFold(name, d.String()[:3]) {
			return d, true
		}
	}
	return 0, false
}

// Recurs tells whether the schedule can be due more than once.
func (s Schedule) Recurs() bool {
	return s.Repetition == Daily || s.Repetition == Weekly || s.Repetition == Cron
}

// From returns the schedule as it is when it is set at a given time: tomorrow is
// then a date. Other schedules do not depend on it.
func (s Schedule) From(set time.Time) Schedule {
	if s.Repetition != Tomorrow {
		return s
	}
	return Schedule{Repetition: Dated, Clock: s.Clock, Day: dayOf(set) + 1}
}

// dayOf returns the days from 1970-01-01 to what the calendar shows at t.
func dayOf(t time.Time) int64 { return floorDiv(civil(t), secondsPerDay) }

// Next returns when the schedule is due next, strictly after a time and in its
// zone; false if never again. Tomorrow, unless From has made it a date, is the
// day after that time.
func (s Schedule) Next(after time.Time) (next time.Time, ok bool) {
	switch s.Repetition {
	case Never:
		return time.Time{}, false
	case Cron:
		return nextCron(s.Cron, after)
	case Tomorrow:
		return s.From(after).Next(after)
	case Dated:
		due := s.on(s.Day, after.Location())
		return due, due.After(after)
	}
	// The eighth day is the same weekday again, and one more may be needed where
	// the calendar has skipped a day.
	today := dayOf(after)
	for day := today; day <= today+15; day++ {
		if s.Repetition == Weekly && weekdayAt(day) != s.Weekday {
			continue
		}
		if due := s.on(day, after.Location()); due.After(after) {
			return due, true
		}
	}
	return time.Time{}, false
}

// weekdayAt returns the weekday of a day since 1970-01-01, a Thursday.
func weekdayAt(day int64) time.Weekday {
	return time.Weekday((day%7 + 7 + int64(time.Thursday)) % 7)
}

// on returns the schedule's instant on a day.
func (s Schedule) on(day int64, loc *time.Location) time.Time {
	return firstShown(day*secondsPerDay+int64(s.Clock), loc)
}

// firstShown returns the first instant at which clocks show a civil time or, if
// they skip it, the end of the gap.
func firstShown(civil int64, loc *time.Location) time.Time {
	return time.Unix(read(loc, civil).first, 0).In(loc)
}

// String returns the TIME as it would stand in a rule.
func (s Schedule) String() string {
	clock := formatClock(s.Clock)
	switch s.Repetition {
	case Daily:
		switch s.Clock {
		case 0:
			return "midnight"
		case secondsPerDay / 2:
			return "noon"
		}
		return strconv.Quote(clock)
	case Weekly:
		return strings.ToLower(s.Weekday.String()) + " at " + strconv.Quote(clock)
	case Dated:
		date := time.Unix(s.Day*secondsPerDay, 0).UTC().Format(time.DateOnly)
		return strconv.Quote(date + " " + clock)
	case Tomorrow:
		return strconv.Quote(clock + " tomorrow")
	case Cron:
		return "cron " + strconv.Quote(s.Cron)
	}
	return "never"
}
