package when

import (
	"slices"
	"testing"
	"time"
)

// readAll returns what a reader makes of lines, as RFC 3339 in its zone; "-" for
// a line without a stamp.
func readAll(t *testing.T, r *Reader, lines ...string) []string {
	t.Helper()
	var got []string
	for _, line := range lines {
		text := "-"
		if ns, ok := r.Read(line); ok {
			text = time.Unix(0, ns).In(r.clock.zone.loc).Format(time.RFC3339)
		}
		got = append(got, text)
	}
	return got
}

func newReader(t *testing.T, o Options) *Reader {
	t.Helper()
	r, err := NewReader(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func date(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestYears(t *testing.T) {
	for _, test := range []struct {
		name    string
		year    int
		modTime string
		lines   []string
		want    []string
	}{
		{"over New Year, written in January", 0, "2024-01-01T00:00:10Z",
			[]string{"Dec 31 23:59:59 h", "Jan  1 00:00:00 h", "Dec 31 23:59:58 late"},
			[]string{"2023-12-31T23:59:59Z", "2024-01-01T00:00:00Z", "2023-12-31T23:59:58Z"}},
		{"the file's own second", 0, "2024-06-09T12:00:00Z",
			[]string{"Jun  9 12:00:00 h"}, []string{"2024-06-09T12:00:00Z"}},
		{"a second after the file's", 0, "2024-06-09T12:00:00Z",
			[]string{"Jun  9 12:00:01 h"}, []string{"2023-06-09T12:00:01Z"}},
		{"several years", 0, "2022-01-01T00:00:00Z",
			[]string{"Sep  1 00:00:00 h", "Jan  1 00:00:00 h", "May  1 00:00:00 h", "Sep  1 00:00:00 h", "Jan  1 00:00:00 h"},
			[]string{"2021-09-01T00:00:00Z", "2022-01-01T00:00:00Z", "2022-05-01T00:00:00Z", "2022-09-01T00:00:00Z", "2023-01-01T00:00:00Z"}},
		{"the first line is a leap day", 0, "2023-06-01T00:00:00Z",
			[]string{"Feb 29 12:00:00 h", "Mar  1 00:00:00 h"}, []string{"2020-02-29T12:00:00Z", "2020-03-01T00:00:00Z"}},
		{"leap days are rare about 1900", 0, "1904-02-01T00:00:00Z",
			[]string{"Feb 29 12:00:00 h"}, []string{"1896-02-29T12:00:00Z"}},
		{"a leap day in another year", 2023, "",
			[]string{"Feb 29 12:00:00 h", "Feb 28 12:00:00 h", "Feb 29 12:00:01 h", "Mar  1 12:00:00 h"},
			[]string{"-", "2023-02-28T12:00:00Z", "-", "2023-03-01T12:00:00Z"}},
		{"a leap day", 2024, "",
			[]string{"Feb 28 23:59:59 h", "Feb 29 00:00:00 h", "Mar  1 00:00:00 h"},
			[]string{"2024-02-28T23:59:59Z", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"}},
		{"the year given", 1999, "2024-06-09T12:00:00Z",
			[]string{"Dec 31 23:59:59 h", "Jan  1 00:00:00 h"}, []string{"1999-12-31T23:59:59Z", "2000-01-01T00:00:00Z"}},
		{"nothing given", 0, "", []string{"Jan  1 00:00:00 h"}, []string{"2000-01-01T00:00:00Z"}},
		{"after a line with a year", 1999, "",
			[]string{"2021-12-31T23:59:59Z h", "Jan  1 00:00:00 h"}, []string{"2021-12-31T23:59:59Z", "2022-01-01T00:00:00Z"}},
		{"the last year of all", 2261, "",
			[]string{"Dec 31 23:59:59 h", "Jan  1 00:00:00 h"}, []string{"2261-12-31T23:59:59Z", "2261-01-01T00:00:00Z"}},
	} {
		o := Options{Year: test.year}
		if test.modTime != "" {
			o.ModTime = date(t, test.modTime)
		}
		if got := readAll(t, newReader(t, o), test.lines...); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n\t%v, want\n\t%v", test.name, got, test.want)
		}
	}
}

// The bound of the file's time is one of instants, not of what clocks show.
func TestYearAndZone(t *testing.T) {
	r := newReader(t, Options{Zone: zoneOf(t, "Asia/Kathmandu"), ModTime: date(t, "2023-12-31T20:00:00Z")})
	got := readAll(t, r, "Jan  1 01:00:00 h")
	if want := []string{"2024-01-01T01:00:00+05:45"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestRepeatedHourKeepsItsOrder(t *testing.T) {
	for _, test := range []struct {
		zone        string
		lines, want []string
	}{
		{"Europe/Berlin",
			[]string{"2024-10-27 01:59:59 a", "2024-10-27 02:00:00 a", "2024-10-27 02:59:59 a", "2024-10-27 02:59:58 late",
				"2024-10-27 02:00:00 b", "2024-10-27 02:50:00 b", "2024-10-27 02:49:58 late", "2024-10-27 03:00:00 b"},
			[]string{"2024-10-27T01:59:59+02:00", "2024-10-27T02:00:00+02:00", "2024-10-27T02:59:59+02:00", "2024-10-27T02:59:58+02:00",
				"2024-10-27T02:00:00+01:00", "2024-10-27T02:50:00+01:00", "2024-10-27T02:49:58+01:00", "2024-10-27T03:00:00+01:00"}},
		{"America/New_York",
			[]string{"Nov  3 01:00:00 a", "Nov  3 01:30:00 a", "Nov  3 01:20:00 b", "Nov  3 01:30:00 b", "Nov  3 02:00:00 b"},
			[]string{"2024-11-03T01:00:00-04:00", "2024-11-03T01:30:00-04:00", "2024-11-03T01:20:00-05:00", "2024-11-03T01:30:00-05:00", "2024-11-03T02:00:00-05:00"}},
		{"Australia/Lord_Howe", // goes back by half an hour
			[]string{"2024-04-07 01:31:00 a", "2024-04-07 01:59:00 a", "2024-04-07 01:31:00 b", "2024-04-07 02:00:00 b"},
			[]string{"2024-04-07T01:31:00+11:00", "2024-04-07T01:59:00+11:00", "2024-04-07T01:31:00+10:30", "2024-04-07T02:00:00+10:30"}},
		{"Europe/Berlin", // the missing hour, as time.Date reads it
			[]string{"2024-03-31 01:59:59 a", "2024-03-31 02:30:00 a", "2024-03-31 03:00:00 a"},
			[]string{"2024-03-31T01:59:59+01:00", "2024-03-31T03:30:00+02:00", "2024-03-31T03:00:00+02:00"}},
	} {
		r := newReader(t, Options{Zone: zoneOf(t, test.zone), Year: 2024})
		if got := readAll(t, r, test.lines...); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n\t%v, want\n\t%v", test.zone, got, test.want)
		}
	}
}
