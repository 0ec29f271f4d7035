package when

import (
	"testing"
	"time"
)

func TestEveryDay(t *testing.T) {
	for d := time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() <= lastYear; d = d.AddDate(0, 0, 1) {
		place, ok := leapYearDay(int(d.Month()), d.Day())
		days, exists := inYear(d.Year(), place)
		if !ok || !exists || days*secondsPerDay != d.Unix() {
			t.Fatalf("%s is day %d, want %d", d.Format(time.DateOnly), days, d.Unix()/secondsPerDay)
		}
	}
}

func TestNoSuchDay(t *testing.T) {
	for _, d := range [][2]int{{0, 1}, {13, 1}, {1, 0}, {1, 32}, {2, 30}, {4, 31}, {-1, 1}, {1, -1}} {
		if _, ok := leapYearDay(d[0], d[1]); ok {
			t.Errorf("month %d has day %d", d[0], d[1])
		}
	}
	if days, exists := inYear(2023, leapDay); exists || days*secondsPerDay != time.Date(2023, 3, 1, 0, 0, 0, 0, time.UTC).Unix() {
		t.Errorf("29 February 2023 is day %d, %v", days, exists)
	}
}

func TestBounds(t *testing.T) {
	if got := time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix(); got != minSecond {
		t.Errorf("the first second is %d", got)
	}
	if got := time.Date(lastYear+1, 1, 1, 0, 0, 0, 0, time.UTC).Unix() - 1; got != maxSecond {
		t.Errorf("the last second is %d", got)
	}
}
