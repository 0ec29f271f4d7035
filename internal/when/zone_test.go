package when

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func drawInstant(t *rapid.T) time.Time {
	loc, err := time.LoadLocation(rapid.SampledFrom(zoneNames).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "instant"), 0).In(loc)
	// Half of the time, go near a change of the offset.
	if _, end := at.ZoneBounds(); !end.IsZero() && rapid.Bool().Draw(t, "near a change") {
		at = end.Add(time.Duration(rapid.Int64Range(-100_000, 100_000).Draw(t, "by")) * time.Second)
	}
	return at
}

// What clocks show at an instant can be read as that instant; it is the first or
// the last reading.
func TestReadWhatClocksShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := drawInstant(t)
		r := read(at.Location(), civil(at))
		if r.missing || at.Unix() != r.first && at.Unix() != r.last {
			t.Fatalf("%s is read as %+v, not %d", at, r, at.Unix())
		}
		for _, second := range []int64{r.first, r.last} {
			if civil(time.Unix(second, 0).In(at.Location())) != civil(at) {
				t.Fatalf("%s: clocks show something else at %d", at, second)
			}
		}
	})
}

// A missing time is between what clocks show just before and just after.
func TestReadMissing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := drawInstant(t)
		shown := civil(at) + rapid.Int64Range(-7200, 7200).Draw(t, "shift")
		if r := read(at.Location(), shown); r.missing {
			before := civil(time.Unix(r.first-1, 0).In(at.Location()))
			after := civil(time.Unix(r.first, 0).In(at.Location()))
			if !(before < shown && shown < after) {
				t.Fatalf("%d is missing, but clocks went from %d to %d", shown, before, after)
			}
		}
	})
}

// What is remembered of a zone does not change what is read.
func TestZoneRemembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := drawInstant(t)
		z := newZone(at.Location())
		for range 20 {
			shown := civil(at) + rapid.Int64Range(-200_000, 200_000).Draw(t, "shift")
			fresh := newZone(at.Location())
			if got, want := z.instant(shown, 0, false), fresh.instant(shown, 0, false); got != want {
				t.Fatalf("%d is %d, afresh %d", shown, got, want)
			}
		}
	})
}

func TestMissingHourAsDate(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York"} {
		z := newZone(zoneOf(t, name))
		for day := 1; day <= 31; day++ {
			want := time.Date(2024, 3, day, 2, 30, 0, 0, z.loc).Unix()
			shown := time.Date(2024, 3, day, 2, 30, 0, 0, time.UTC).Unix()
			if got := z.instant(shown, 0, false); got != want {
				t.Errorf("%s, 2024-03-%02d 02:30 is %d, want %d", name, day, got, want)
			}
		}
	}
}

// Periods follow one another without end: a zone's rules go on beyond its table.
func TestPeriodsGoOn(t *testing.T) {
	for _, name := range zoneNames {
		loc := zoneOf(t, name)
		for at := date(t, "2030-01-01T00:00:00Z"); at.Year() < 2120; at = at.Add(7 * time.Hour) {
			p := periodAt(loc, at.Unix())
			_, offset := time.Unix(p.end-1, 0).In(loc).Zone()
			if p.start > at.Unix() || p.end <= at.Unix() || int64(offset) != p.offset {
				t.Fatalf("%s: the period at %s is %+v", name, at, p)
			}
		}
	}
}

func TestLastDayOfALeapYear(t *testing.T) {
	z := newZone(zoneOf(t, "Europe/Berlin"))
	shown := time.Date(2040, 12, 31, 12, 0, 0, 0, time.UTC).Unix()
	if got := z.instant(shown, 0, false); got != shown-3600 {
		t.Errorf("2040-12-31 12:00 is %d, want %d", got, shown-3600)
	}
}
