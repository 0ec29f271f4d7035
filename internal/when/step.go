package when

// A layout is a list of steps. Each step reads one thing off the line and says
// where the next begins:
//
//	[Sun Dec 04 04:47:44 2005] [notice]
//	 └┬┘ └┬┘ └┤ └──┬───┘ └─┬┘
//	weekday month day clock year
//
// Steps never allocate and never look beyond the stamp.

// An action is what a step does.
type action uint8

const (
	literal   action = iota // the byte given
	spaces                  // one or more spaces or tabs
	separator               // what ISO 8601 puts before the clock: T, space, _
	isoDate                 // 2006-01-02, or with another byte between
	wallClock               // 15:04:05 and the fraction, if there is one
	year4                   // 2006
	year2                   // 06: 1969 to 2068
	month                   // 01 or 1
	monthName               // Jan or January
	weekday                 // Mon or Monday; not checked against the date
	day                     // 02 or 2
	yearDay                 // 001 to 366
	padding                 // the space that stands for a digit, if it is there
	hour                    // 15 or 5
	hour12                  // 03 or 3
	halfDay                 // AM or PM
	minute                  // 04 or 4
	second                  // 05 or 5, and the fraction, if there is one
	fraction                // digits of a second
	offset                  // Z, UTC, GMT, +01:00, +0100, +01
	mayOffset               // the same if it is there, after a space or not
	zoneName                // letters; only Z, UTC and GMT tell something
	epoch                   // seconds, ms, us or ns since 1970, by their length
	severity                // the letter that glog begins a line with
)

type step struct {
	do  action
	arg byte // what literal and isoDate expect
}

// fields is what the steps of a layout have found so far.
type fields struct {
	year, month, day, yearDay int
	seconds                   int // of the day
	nanos                     int
	offset                    int // seconds east of UTC
	epoch                     int64
	clock                     int // where it begins, if it is written hh:mm:ss
	fraction, fractionEnd     int // where it stands
	has                       uint8
}

// What fields.has tells.
const (
	hasYear uint8 = 1 << iota
	hasZone
	hasEpoch
	hasNoonHour // the hour was 12, of which AM makes 0
)

// A layout reads stamps that are written in one way.
type layout []step

// read reads the stamp that stands at line[at:] into s. What follows it must not
// be a letter or a digit. If it returns false, s says nothing.
func (l layout) read(line string, at int, s *Stamp) bool {
	var f fields
	for _, step := range l {
		if at = f.take(step, line, at); at < 0 {
			return false
		}
	}
	if at < len(line) && isAlphanumeric(line[at]) {
		return false
	}
	return f.stamp(at, s)
}

// take does one step. It returns where the next begins, or -1 if the line does
// not have what the step wants.
func (f *fields) take(s step, line string, at int) int {
	switch s.do {
	case literal:
		if at < len(line) && line[at] == s.arg {
			return at + 1
		}
		return -1
	case spaces:
		return takeSpaces(line, at)
	case separator:
		return takeSeparator(line, at)
	case isoDate:
		return f.takeDate(line, at, s.arg)
	case wallClock:
		return f.takeClock(line, at)
	case year4:
		f.year = digits4(line, at)
		f.has |= hasYear
		return after(f.year, at+4)
	case year2:
		f.year = pivot(digits2(line, at))
		f.has |= hasYear
		return after(f.year, at+2)
	case month:
		f.month, at = number(line, at, 2)
		return at
	case monthName:
		return f.takeMonth(line, at)
	case weekday:
		return takeWeekday(line, at)
	case day:
		f.day, at = number(line, at, 2)
		return at
	case yearDay:
		f.yearDay, at = number(line, at, 3)
		return at
	case padding:
		if at < len(line) && line[at] == ' ' {
			at++
		}
		return at
	case hour:
		h, next := number(line, at, 2)
		f.seconds += h * 3600
		return below(h, 24, next)
	case hour12:
		return f.takeHour12(line, at)
	case halfDay:
		return f.takeHalfDay(line, at)
	case minute:
		m, next := number(line, at, 2)
		f.seconds += m * 60
		return below(m, 60, next)
	case second:
		n, next := number(line, at, 2)
		f.seconds += n
		return f.takeFraction(line, below(n, 61, next))
	case fraction:
		return f.takeDigits(line, at)
	case offset:
		return f.takeOffset(line, at)
	case mayOffset:
		return f.takeOptionalOffset(line, at)
	case zoneName:
		return f.takeZoneName(line, at)
	case epoch:
		return f.takeEpoch(line, at)
	default: // severity
		return takeSeverity(line, at)
	}
}

// stamp makes a stamp of what was found, if there is such a day.
func (f *fields) stamp(end int, s *Stamp) bool {
	s.Nanos, s.Lacks = int32(f.nanos), 0
	s.clock, s.fraction, s.fractionEnd, s.end = int32(f.clock), int32(f.fraction), int32(f.fractionEnd), int32(end)
	if f.has&hasEpoch != 0 {
		s.Seconds = f.epoch
		return true
	}
	days, ok := f.days()
	s.Seconds = days*secondsPerDay + int64(f.seconds-f.offset)
	if f.has&hasYear == 0 {
		s.Lacks |= LacksYear
	}
	if f.has&hasZone == 0 {
		s.Lacks |= LacksZone
	}
	return ok
}

// days returns the days since the epoch, or since the start of a leap year if
// the year is lacking.
func (f *fields) days() (int64, bool) {
	if f.has&hasYear == 0 {
		day, ok := leapYearDay(f.month, f.day)
		return int64(day), ok
	}
	if f.year < firstYear || f.year > lastYear {
		return 0, false
	}
	if f.yearDay > 0 {
		return newYear(f.year) + int64(f.yearDay) - 1, f.yearDay <= 365 || f.yearDay == 366 && leap(f.year)
	}
	day, ok := leapYearDay(f.month, f.day)
	days, exists := inYear(f.year, day)
	return days, ok && exists
}
