package when

import "testing"

func TestTimesOfDay(t *testing.T) {
	for text, want := range map[string]int{
		"09:00": 9 * 3600, "9:00": 9 * 3600, "00:00": 0, "23:59:59": 86399, "24:00": 86400,
		"12:34:56": 12*3600 + 34*60 + 56, "12:01 PM": 12*3600 + 60, "12:01 AM": 60, "12:00am": 0,
		"1:05 pm": 13*3600 + 300, "11:59:59 PM": 86399, "11:59 AM": 11*3600 + 59*60,
	} {
		if got, err := parseClock(text); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "9", "9:0", "009:00", "24:01", "25:00", "12:60", "12:00:60", "12:00:00:00", "13:00 PM", "0:30 AM", "12:00 XM", "12:00 P", "-1:00", "12::00", ":00", "noon",
	} {
		if got, err := parseClock(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
	for seconds := range secondsPerDay {
		if got, err := parseClock(formatClock(seconds)); err != nil || got != seconds {
			t.Fatalf("%d is written %s and read %d, %v", seconds, formatClock(seconds), got, err)
		}
	}
}
