package when

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestEvery(t *testing.T) {
	for _, test := range []struct {
		d           time.Duration
		zone, after string
		want        []string
	}{
		{5 * time.Minute, "UTC", "2024-02-29 23:52:10",
			[]string{"2024-02-29 23:55:00 +0000", "2024-03-01 00:00:00 +0000", "2024-03-01 00:05:00 +0000"}},
		{time.Hour, "Asia/Kathmandu", "2024-06-09 12:00:00",
			[]string{"2024-06-09 13:00:00 +0545", "2024-06-09 14:00:00 +0545"}},
		{24 * time.Hour, "Europe/Berlin", "2024-03-30 12:00:00",
			[]string{"2024-03-31 00:00:00 +0100", "2024-04-01 00:00:00 +0200"}},
		{6 * time.Hour, "Europe/Berlin", "2024-03-30 23:00:00",
			[]string{"2024-03-31 00:00:00 +0100", "2024-03-31 06:00:00 +0200", "2024-03-31 12:00:00 +0200"}},
		{2 * time.Hour, "Europe/Berlin", "2024-03-31 00:00:00",
			[]string{"2024-03-31 03:00:00 +0200", "2024-03-31 04:00:00 +0200"}},
		{2 * time.Hour, "Europe/Berlin", "2024-10-27 00:00:00",
			[]string{"2024-10-27 02:00:00 +0200", "2024-10-27 04:00:00 +0100"}},
		{time.Hour, "Europe/Berlin", "2024-10-27 01:00:00",
			[]string{"2024-10-27 02:00:00 +0200", "2024-10-27 02:00:00 +0100", "2024-10-27 03:00:00 +0100"}},
		{30 * time.Minute, "Europe/Berlin", "2024-03-31 01:30:00",
			[]string{"2024-03-31 03:00:00 +0200", "2024-03-31 03:30:00 +0200"}},
		{7 * time.Hour, "UTC", "2024-06-09 12:00:00", // from the anchor, 2024-01-01 00:00:10
			[]string{"2024-06-09 17:00:10 +0000", "2024-06-10 00:00:10 +0000"}},
		{48 * time.Hour, "UTC", "2024-01-01 00:00:10",
			[]string{"2024-01-03 00:00:10 +0000", "2024-01-05 00:00:10 +0000"}},
		{48 * time.Hour, "UTC", "2023-12-30 00:00:09",
			[]string{"2023-12-30 00:00:10 +0000", "2024-01-01 00:00:10 +0000"}},
	} {
		anchor, after := at(t, "UTC", "2024-01-01 00:00:10"), at(t, test.zone, test.after)
		var got []string
		for range test.want {
			after = NextEvery(test.d, anchor, after)
			got = append(got, after.Format(zonedLayout))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("every %s in %s after %s:\n\t%v, want\n\t%v", FormatDuration(test.d), test.zone, test.after, got, test.want)
		}
	}
}

func TestEveryGoesOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		after := drawInstant(t).Add(time.Duration(rapid.Int64Range(0, 1e9-1).Draw(t, "ns")))
		d := rapid.SampledFrom([]time.Duration{-1, 0, 1, time.Millisecond, 7 * time.Millisecond, time.Second, time.Minute, 20 * time.Minute,
			time.Hour, 3 * time.Hour, 12 * time.Hour, fullDay, 36 * time.Hour}).Draw(t, "d")
		next := NextEvery(d, after.Add(-time.Hour), after)
		if wait := next.Sub(after); wait <= 0 || wait > max(d, 1)+25*time.Hour {
			t.Fatalf("every %s is due %s after %s", d, wait, after)
		}
	})
}
