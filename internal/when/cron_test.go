package when

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A plain model of cron: minutes are asked one by one whether clocks show what
// the expression says.
type cronModel struct{ minute, step, hour, day, weekday int } // -1: any

func (m cronModel) String() string {
	field := func(n int) string {
		if n < 0 {
			return "*"
		}
		return fmt.Sprint(n)
	}
	minute := field(m.minute)
	if m.step > 0 {
		minute = fmt.Sprintf("*/%d", m.step)
	}
	return fmt.Sprintf("%s %s %s * %s", minute, field(m.hour), field(m.day), field(m.weekday))
}

func (m cronModel) shows(t time.Time) bool {
	minute := m.step > 0 && t.Minute()%m.step == 0 || m.step == 0 && (m.minute < 0 || t.Minute() == m.minute)
	day := m.day < 0 || t.Day() == m.day
	weekday := m.weekday < 0 || int(t.Weekday()) == m.weekday
	either := day && weekday
	if m.day >= 0 && m.weekday >= 0 {
		either = day || weekday // as cron has it when both are given
	}
	return minute && (m.hour < 0 || t.Hour() == m.hour) && either
}

// due tells whether the model is due at a minute: what clocks show counts, and
// if the hour is given the first time only, and in a gap at its end.
func (m cronModel) due(at time.Time) bool {
	if m.hour < 0 {
		return m.shows(at)
	}
	shown := civil(at)
	if read(at.Location(), shown).first != at.Unix() {
		return false
	}
	for skipped := civil(at.Add(-time.Minute)) + 60; skipped <= shown; skipped += 60 {
		if m.shows(time.Unix(skipped, 0).UTC()) {
			return true
		}
	}
	return false
}

func TestCronAsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		after := drawInstant(t).Truncate(time.Minute)
		m := cronModel{
			minute:  rapid.IntRange(-1, 59).Draw(t, "minute"),
			step:    rapid.SampledFrom([]int{0, 0, 5, 7, 20}).Draw(t, "step"),
			hour:    rapid.SampledFrom([]int{-1, -1, 0, 1, 2, 3, 23}).Draw(t, "hour"),
			day:     rapid.SampledFrom([]int{-1, -1, -1, 1, 29, 31}).Draw(t, "day"),
			weekday: rapid.SampledFrom([]int{-1, -1, -1, 0, 1}).Draw(t, "weekday"),
		}
		s, err := ParseTime("cron", m.String())
		if err != nil {
			t.Fatal(err)
		}
		next, ok := s.Next(after)
		if !ok || !next.After(after) {
			t.Fatalf("%s after %s is %s, %v", s, after, next, ok)
		}
		for x := after.Add(time.Minute); x.Before(next) && x.Before(after.Add(48*time.Hour)); x = x.Add(time.Minute) {
			if m.due(x) {
				t.Fatalf("%s after %s is %s, not %s", s, after, next, x)
			}
		}
		if !m.due(next) {
			t.Fatalf("%s after %s is not due at %s", s, after, next)
		}
	})
}

func BenchmarkNextCron(b *testing.B) {
	s, err := ParseTime("cron", "*/5 * * * *")
	if err != nil {
		b.Fatal(err)
	}
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, zoneOf(b, "Europe/Berlin"))
	for b.Loop() {
		at, _ = s.Next(at)
	}
}
