package when

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	clockLayout = "2006-01-02 15:04:05"
	zonedLayout = "2006-01-02 15:04:05 -0700"
)

// dues returns when a schedule is due after a time, the first n of them.
func dues(s Schedule, after time.Time, n int) (got []string) {
	for range n {
		next, ok := s.Next(after)
		if !ok {
			return append(got, "never")
		}
		got = append(got, next.Format(zonedLayout))
		after = next
	}
	return got
}

func at(t *testing.T, zone, text string) time.Time {
	t.Helper()
	d, err := time.ParseInLocation(clockLayout, text, zoneOf(t, zone))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSchedules(t *testing.T) {
	for _, test := range []struct {
		word, text, zone, after string
		want                    []string
	}{
		{"midnight", "", "UTC", "2024-02-28 12:00:00",
			[]string{"2024-02-29 00:00:00 +0000", "2024-03-01 00:00:00 +0000"}},
		{"midnight", "", "UTC", "2024-12-31 00:00:00",
			[]string{"2025-01-01 00:00:00 +0000"}},
		{"noon", "", "UTC", "2024-06-09 11:59:59",
			[]string{"2024-06-09 12:00:00 +0000", "2024-06-10 12:00:00 +0000"}},
		{"", "12:01 PM", "UTC", "2024-06-09 12:01:00",
			[]string{"2024-06-10 12:01:00 +0000"}},
		{"", "12:34:56 tomorrow", "UTC", "2024-02-28 12:00:00",
			[]string{"2024-02-29 12:34:56 +0000", "2024-03-01 12:34:56 +0000"}}, // not anchored: tomorrow of each
		{"", "2026-11-24 08:00", "America/New_York", "2024-06-09 12:00:00",
			[]string{"2026-11-24 08:00:00 -0500", "never"}},
		{"", "2026-11-24 08:00", "America/New_York", "2026-11-24 08:00:00",
			[]string{"never"}},
		{"monday", "09:00", "UTC", "2024-06-09 12:00:00", // a Sunday
			[]string{"2024-06-10 09:00:00 +0000", "2024-06-17 09:00:00 +0000"}},
		{"Mon", "", "UTC", "2024-06-10 00:00:00",
			[]string{"2024-06-17 00:00:00 +0000"}},

		// Daylight saving: a missing time is the end of the gap, the first of two counts.
		{"", "02:30", "Europe/Berlin", "2024-03-30 12:00:00",
			[]string{"2024-03-31 03:00:00 +0200", "2024-04-01 02:30:00 +0200"}},
		{"", "02:30", "Europe/Berlin", "2024-10-26 12:00:00",
			[]string{"2024-10-27 02:30:00 +0200", "2024-10-28 02:30:00 +0100"}},
		{"sunday", "02:30", "America/New_York", "2024-03-09 12:00:00",
			[]string{"2024-03-10 03:00:00 -0400", "2024-03-17 02:30:00 -0400"}},
		{"midnight", "", "America/Sao_Paulo", "2018-11-03 12:00:00", // midnight is missing
			[]string{"2018-11-04 01:00:00 -0200", "2018-11-05 00:00:00 -0200"}},
		{"midnight", "", "Asia/Beirut", "2023-10-28 12:00:00", // 23:00 comes twice
			[]string{"2023-10-29 00:00:00 +0200", "2023-10-30 00:00:00 +0200"}},
		{"noon", "", "Pacific/Apia", "2011-12-29 10:00:00", // 30 December is missing
			[]string{"2011-12-29 12:00:00 -1000", "2011-12-31 00:00:00 +1400", "2011-12-31 12:00:00 +1400"}},
		{"friday", "12:00", "Pacific/Apia", "2011-12-23 12:00:00",
			[]string{"2011-12-31 00:00:00 +1400", "2012-01-06 12:00:00 +1400"}},

		{"cron", "*/5 * * * *", "UTC", "2024-02-29 23:55:00",
			[]string{"2024-03-01 00:00:00 +0000", "2024-03-01 00:05:00 +0000"}},
		{"cron", "0 8 * * MON-FRI", "UTC", "2024-06-07 12:00:00", // a Friday
			[]string{"2024-06-10 08:00:00 +0000", "2024-06-11 08:00:00 +0000"}},
		{"cron", "0 0 29 2 *", "UTC", "2024-03-01 00:00:00",
			[]string{"2028-02-29 00:00:00 +0000", "2032-02-29 00:00:00 +0000"}},
		{"cron", "0 0 31 * *", "UTC", "2024-03-31 00:00:00",
			[]string{"2024-05-31 00:00:00 +0000", "2024-07-31 00:00:00 +0000"}},
		{"cron", "@daily", "UTC", "2024-03-31 00:00:00",
			[]string{"2024-04-01 00:00:00 +0000"}},
		{"cron", "0 30 2 * * *", "Europe/Berlin", "2024-03-30 12:00:00",
			[]string{"2024-03-31 03:00:00 +0200", "2024-04-01 02:30:00 +0200"}},
		{"cron", "30 2 * * *", "Europe/Berlin", "2024-10-26 12:00:00",
			[]string{"2024-10-27 02:30:00 +0200", "2024-10-28 02:30:00 +0100"}},
		{"cron", "30 * * * *", "Europe/Berlin", "2024-10-27 00:45:00", // every hour that passes
			[]string{"2024-10-27 01:30:00 +0200", "2024-10-27 02:30:00 +0200", "2024-10-27 02:30:00 +0100", "2024-10-27 03:30:00 +0100"}},
		{"cron", "0 * * * *", "Europe/Berlin", "2024-10-27 01:30:00",
			[]string{"2024-10-27 02:00:00 +0200", "2024-10-27 02:00:00 +0100", "2024-10-27 03:00:00 +0100"}},
		{"cron", "30 * * * *", "Europe/Berlin", "2024-03-31 01:00:00",
			[]string{"2024-03-31 01:30:00 +0100", "2024-03-31 03:30:00 +0200"}},
		{"cron", "0 * * * *", "Europe/Berlin", "2024-03-31 01:00:00",
			[]string{"2024-03-31 03:00:00 +0200", "2024-03-31 04:00:00 +0200"}},
		{"cron", "0 * * * *", "Australia/Lord_Howe", "2024-04-07 00:30:00", // from 02:00 back to 01:30
			[]string{"2024-04-07 01:00:00 +1100", "2024-04-07 02:00:00 +1030", "2024-04-07 03:00:00 +1030"}},
		{"cron", "0 0 1 1 * 2020", "UTC", "2024-03-31 01:00:00",
			[]string{"never"}},
	} {
		s, err := ParseTime(test.word, test.text)
		if err != nil {
			t.Errorf("%s %q: %v", test.word, test.text, err)
			continue
		}
		if got := dues(s, at(t, test.zone, test.after), len(test.want)); !slices.Equal(got, test.want) {
			t.Errorf("%s in %s after %s:\n\t%v, want\n\t%v", s, test.zone, test.after, got, test.want)
		}
	}
}

// A schedule is due after the second of the hours that come twice, too.
func TestNextWithinRepeatedHour(t *testing.T) {
	second := time.Date(2024, 10, 27, 1, 10, 0, 0, time.UTC).In(zoneOf(t, "Europe/Berlin")) // 02:10 +0100
	for text, want := range map[string]string{
		"02:30": "2024-10-28 02:30:00 +0100",
		"03:00": "2024-10-27 03:00:00 +0100",
	} {
		s, _ := ParseTime("", text)
		c, _ := ParseTime("cron", text[3:]+" "+text[:2]+" * * *")
		for _, s := range []Schedule{s, c} {
			if got := dues(s, second, 1); got[0] != want {
				t.Errorf("%s is due %s, want %s", s, got[0], want)
			}
		}
	}
}

func TestTomorrow(t *testing.T) {
	s, err := ParseTime("", "08:00 tomorrow")
	if err != nil {
		t.Fatal(err)
	}
	anchored := s.From(at(t, "Europe/Berlin", "2024-02-28 23:59:59"))
	if got := anchored.String(); got != `"2024-02-29 08:00"` || anchored.Recurs() || s.Recurs() {
		t.Errorf("tomorrow is %s", got)
	}
	if again := anchored.From(at(t, "UTC", "2030-01-01 00:00:00")); again != anchored {
		t.Errorf("a date has moved to %s", again)
	}
}

func TestBadTimes(t *testing.T) {
	for _, test := range []struct{ word, text, want string }{
		{"midnight", "09:00", "is a time of day already"},
		{"mday", "09:00", "is no time"},
		{"monday", "9", "bad time of day"},
		{"", "", "bad time of day"},
		{"", "soon", "bad time of day"},
		{"", "24:00", "write 00:00"},
		{"", "tomorrow", "bad time of day"},
		{"", "2023-02-29 08:00", "there is no such day"},
		{"", "1500-01-01 08:00", "there is no such day"},
		{"", "2026-11-24 8", "bad time of day"},
		{"cron", "", "has not 5 fields"},
		{"cron", "* * * *", "has not 5 fields"},
		{"cron", "60 * * * *", `"60" is no minute`},
		{"cron", "1,99 * * * *", `"99" is no minute`},
		{"cron", "0 22-2 * * *", `"22-2" is no hour`},
		{"cron", "*/0 * * * *", `"*/0" is no minute`},
		{"cron", "1-2-3 * * * *", `"1-2-3" is no minute`},
		{"cron", "0 0 30 2 *", "there is no such day"},
		{"cron", "0 0 * FOO *", `"FOO" is no month`},
		{"cron", "0 0 * * 8", `"8" is no weekday`},
		{"cron", "0 0 * L *", `"L" is no month`},
	} {
		if s, err := ParseTime(test.word, test.text); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %q is %s, %v; want an error with %q", test.word, test.text, s, err, test.want)
		}
	}
}

func drawSchedule(t *rapid.T) Schedule {
	s := Schedule{Repetition: rapid.SampledFrom([]Repetition{Daily, Weekly, Dated, Tomorrow}).Draw(t, "repetition")}
	s.Clock = rapid.IntRange(0, secondsPerDay-1).Draw(t, "clock")
	switch s.Repetition {
	case Weekly:
		s.Weekday = time.Weekday(rapid.IntRange(0, 6).Draw(t, "weekday"))
	case Dated:
		s.Day = rapid.Int64Range(-100_000, 100_000).Draw(t, "day")
	}
	return s
}

// What String writes, ParseTime reads.
func TestSchedulesAreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t)
		word, quoted, _ := strings.Cut(s.String(), " at ")
		if strings.HasPrefix(word, `"`) {
			word, quoted = "", word
		}
		if got, err := ParseTime(word, strings.Trim(quoted, `"`)); err != nil || got != s {
			t.Fatalf("%+v is written %s and read %+v, %v", s, s, got, err)
		}
	})
}

// Next is the first second after a time at which clocks show what the schedule
// says, looked for one by one, or the end of a gap in which they would have.
func TestNextIsTheFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		after := drawInstant(t)
		s := Schedule{Repetition: Daily, Clock: int(floorMod(civil(after)+rapid.Int64Range(-7200, 7200).Draw(t, "by"), secondsPerDay))}
		next, ok := s.Next(after)
		if !ok || !next.After(after) {
			t.Fatalf("%s after %s is %s, %v", s, after, next, ok)
		}
		for x := after.Unix() + 1; x < next.Unix() && x < after.Unix()+20_000; x++ {
			shown := civil(time.Unix(x, 0).In(after.Location()))
			if floorMod(shown, secondsPerDay) == int64(s.Clock) && read(after.Location(), shown).first == x {
				t.Fatalf("%s after %s is %s, not %d", s, after, next, x)
			}
		}
		shown := civil(next)
		before := civil(time.Unix(next.Unix()-1, 0).In(next.Location()))
		if floorMod(shown, secondsPerDay) != int64(s.Clock) && shown == before+1 {
			t.Fatalf("%s after %s is %s, where there is no gap", s, after, next)
		}
	})
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

func FuzzParseTime(f *testing.F) {
	f.Add("", "12:34:56 tomorrow")
	f.Add("", "2026-11-24 08:00")
	f.Add("monday", "09:00 PM")
	f.Add("cron", "*/5 1,2 L 1-3 mon#1")
	f.Fuzz(func(t *testing.T, word, text string) {
		s, err := ParseTime(word, text)
		if err != nil {
			return
		}
		after := time.Unix(1_700_000_000, 0).UTC()
		if next, ok := s.Next(after); ok && !next.After(after) {
			t.Errorf("%s is due %s after %s", s, next, after)
		}
	})
}
