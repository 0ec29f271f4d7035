package when

import (
	"strings"
	"testing"
	"time"
)

func TestSpans(t *testing.T) {
	for _, test := range []struct {
		span    string
		in, out []string
	}{
		{"Tue 09:00-13:00",
			[]string{"2024-06-11 09:00:00", "2024-06-11 12:59:59"},
			[]string{"2024-06-11 08:59:59", "2024-06-11 13:00:00", "2024-06-12 10:00:00"}},
		{"Mon-Fri 08:00-18:00",
			[]string{"2024-06-10 08:00:00", "2024-06-14 17:59:59"},
			[]string{"2024-06-09 10:00:00", "2024-06-15 10:00:00", "2024-06-10 18:00:00"}},
		{"09:00-13:00", []string{"2024-06-09 09:00:00"}, []string{"2024-06-09 13:00:00"}},
		{"Sat,Sun",
			[]string{"2024-06-08 00:00:00", "2024-06-09 23:59:59"},
			[]string{"2024-06-07 23:59:59", "2024-06-10 00:00:00"}},
		{"sat-mon,wednesday", []string{"2024-06-09 12:00:00", "2024-06-12 12:00:00"}, []string{"2024-06-11 12:00:00"}},
		{"22:00-06:00",
			[]string{"2024-06-09 22:00:00", "2024-06-10 05:59:59"},
			[]string{"2024-06-09 21:59:59", "2024-06-10 06:00:00"}},
		{"Fri 22:00-06:00",
			[]string{"2024-06-07 22:00:00", "2024-06-08 05:59:59"},
			[]string{"2024-06-07 05:00:00", "2024-06-08 22:00:00", "2024-06-08 06:00:00"}},
		{"Mon 20:00-24:00", []string{"2024-06-10 23:59:59"}, []string{"2024-06-11 00:00:00"}},
		{"Mon 12:00-12:00", []string{"2024-06-10 12:00:00", "2024-06-11 11:59:59"}, []string{"2024-06-10 11:59:59", "2024-06-11 12:00:00"}},
		{"  Mon   09:00:30-9:01 ", []string{"2024-06-10 09:00:30"}, []string{"2024-06-10 09:00:29", "2024-06-10 09:01:00"}},
	} {
		s, err := ParseSpan(test.span)
		if err != nil {
			t.Errorf("%q: %v", test.span, err)
			continue
		}
		for _, text := range test.in {
			if !s.Contains(at(t, "Europe/Berlin", text)) {
				t.Errorf("%s is not within %q", text, test.span)
			}
		}
		for _, text := range test.out {
			if s.Contains(at(t, "Europe/Berlin", text)) {
				t.Errorf("%s is within %q", text, test.span)
			}
		}
	}
}

func TestBadSpans(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "not days and a time",
		"Mon 09:00-10:00 11:00":  "not days and a time",
		"Foo":                    `"Foo" is no day`,
		"Mon,":                   `"" is no day`,
		"Mon-":                   `"Mon-" is no day`,
		"09:00":                  "one dash",
		"Mon Tue":                "one dash",
		"09:00-25:00":            "bad time of day",
		"24:00-01:00":            "write 00:00",
		"09:00-10:00 Mon":        "one dash",
		"09:00-10:00-11:00":      "bad time of day",
		"Mon-Fri-Sun 9:00-10:00": "is no day",
	} {
		if _, err := ParseSpan(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", text, err, want)
		}
	}
}

func FuzzParseSpan(f *testing.F) {
	f.Add("Mon-Fri 08:00-18:00")
	f.Add("Sat,Sun")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseSpan(text); err == nil {
			s.Contains(time.Unix(0, 0))
		}
	})
}
