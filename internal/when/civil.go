package when

import "time"

const (
	secondsPerDay = 24 * 60 * 60
	nanosPerSec   = int64(time.Second)

	// The years whose instants all fit in int64 nanoseconds, whatever the zone.
	firstYear, lastYear  = 1678, 2261
	minSecond, maxSecond = -9214560000, 9214646399
)

// daysBefore[m-1] is the number of days before month m in a leap year.
var daysBefore = [12]int16{0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335}

// daysOf[m-1] is the number of days of month m in a leap year.
var daysOf = [12]int8{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// A leap day's place in its year, counted from 0.
const leapDay = 59

func leap(year int) bool {
	return year%4 == 0 && (year%100 != 0 || year%400 == 0)
}

// newYear returns the days from the epoch to 1 January of year, which must be
// positive.
func newYear(year int) int64 {
	y := year - 1
	return int64(y*365+y/4-y/100+y/400) - 719162
}

// leapYearDay returns the place of a day in a leap year, counted from 0, and
// whether there is such a day.
func leapYearDay(month, day int) (int, bool) {
	if month < 1 || month > 12 || day < 1 || day > int(daysOf[month-1]) {
		return 0, false
	}
	return int(daysBefore[month-1]) + day - 1, true
}

// inYear returns the days from the epoch to a day of year that is counted as in
// a leap year. In other years the leap day is taken for 1 March, with false.
func inYear(year, leapYearDay int) (days int64, exists bool) {
	days = newYear(year) + int64(leapYearDay)
	switch {
	case leapYearDay < leapDay || leap(year):
		return days, true
	case leapYearDay == leapDay:
		return days, false
	default:
		return days - 1, true
	}
}

// civil returns what clocks show at t, as seconds since the epoch counted as if
// the zone were UTC.
func civil(t time.Time) int64 {
	_, offset := t.Zone()
	return t.Unix() + int64(offset)
}

// floorDiv divides rounding down, for instants before the epoch.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
