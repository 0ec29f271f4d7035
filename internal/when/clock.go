package when

import (
	"fmt"
	"strings"
)

// parseClock reads a time of day as people write it, "12:01 PM", "9:00" or
// "12:34:56", and returns seconds since midnight. The end of a span may also be
// 24:00.
func parseClock(text string) (seconds int, err error) {
	bad := fmt.Errorf("bad time of day %q: write one like \"09:00\", \"12:34:56\" or \"12:01 PM\"", text)
	digits, half := text, ""
	if i := strings.LastIndexAny(text, "0123456789"); i >= 0 {
		digits, half = text[:i+1], strings.ToUpper(strings.TrimSpace(text[i+1:]))
	}
	parts := strings.Split(digits, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, bad
	}
	for i, part := range parts {
		n, end := number(part, 0, 2)
		if end != len(part) || i > 0 && (n > 59 || len(part) != 2) {
			return 0, bad
		}
		seconds = seconds*60 + n
	}
	if len(parts) == 2 {
		seconds *= 60
	}
	seconds, ok := inHalf(seconds, half)
	if !ok {
		return 0, bad
	}
	return seconds, nil
}

// inHalf moves a time of day into the half of the day that AM or PM asks for.
func inHalf(seconds int, half string) (int, bool) {
	const halfDay = secondsPerDay / 2
	switch half {
	case "":
		return seconds, seconds <= secondsPerDay
	case "AM", "PM":
		if seconds < 3600 || seconds >= halfDay+3600 {
			return 0, false
		}
		seconds %= halfDay
		if half == "PM" {
			seconds += halfDay
		}
		return seconds, true
	}
	return 0, false
}

// formatClock writes a time of day as parseClock reads it.
func formatClock(seconds int) string {
	text := fmt.Sprintf("%02d:%02d", seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		text += fmt.Sprintf(":%02d", seconds%60)
	}
	return text
}
