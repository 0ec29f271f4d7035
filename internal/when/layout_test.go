package when

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Each layout, in the words of Go and of strptime, and what it reads.
func TestLayouts(t *testing.T) {
	for _, test := range []struct{ golang, strptime, line, want string }{
		{"Jan _2 15:04:05", "%b %e %H:%M:%S", "Jun  9 12:34:56", "2024-06-09T12:34:56Z"},
		{"Jan 2 15:04:05", "%b %d %T", "Jun 19 12:34:56.5", "2024-06-19T12:34:56.5Z"},
		{"January 2, 2006 3:04 PM", "%B %d, %Y %I:%M %p", "December 9, 2021 12:34 am", "2021-12-09T00:34:00Z"},
		{"Monday, 02-Jan-06 15:04:05 MST", "%A, %d-%b-%y %H:%M:%S %Z", "Wednesday, 09-Jun-21 12:34:56 UTC", "2021-06-09T12:34:56Z"},
		{"2006-01-02T15:04:05.000Z07:00", "%Y-%m-%dT%H:%M:%S.%f%z", "2021-06-09T12:34:56.789+02:00", "2021-06-09T10:34:56.789Z"},
		{"2006-01-02 15:04:05,999 -0700", "%F %T,%L %z", "2021-06-09 12:34:56,789 -0200", "2021-06-09T14:34:56.789Z"},
		{"02.01.2006 15:04", "%d.%m.%Y %R", "09.06.2021 12:34", "2021-06-09T12:34:00Z"},
		{"01/02/06 15:04:05", "%D %T", "06/09/99 12:34:56", "1999-06-09T12:34:56Z"},
		{"2006 002 15:04:05", "%Y %j %T", "2021 160 12:34:56", "2021-06-09T12:34:56Z"},
		{"20060102150405", "%Y%m%d%H%M%S", "20210609123456", "2021-06-09T12:34:56Z"},
		{"", "%s", "1623242096.25", "2021-06-09T12:34:56.25Z"},
		{"", "%%%Y-%m-%d%n%H:%M", "%2021-06-09 \t12:34", "2021-06-09T12:34:00Z"},
		{"[2006/01/02 15:04:05]", "[%Y/%m/%d %T]", "app: [2021/06/09 12:34:56] hello", "-"},
		{"2006/01/02 15:04:05", "%Y/%m/%d %T", "app: [2021/06/09 12:34:56] hello", "2021-06-09T12:34:56Z"},
		{"Jan 2 15:04:05", "%b %d %T", "June 9 12:34:56", "2024-06-09T12:34:56Z"},
		{"Jan 2 15:04:05", "%b %d %T", "Juno 9 12:34:56", "-"},
		{"3:04 PM 2 Jan", "%I:%M %p %d %b", "13:00 PM 2 Jan", "-"},
		{"3:04 PM 2 Jan", "%I:%M %p %d %b", "12:00 PM 2 Jan", "2024-01-02T12:00:00Z"},
		{"3:04 PM 2 Jan", "%I:%M %p %d %b", "11:00 xm 2 Jan", "-"},
		{"2006 002 15:04", "%Y %j %R", "2021 366 12:34", "-"},
	} {
		for _, layout := range []string{test.golang, test.strptime} {
			if layout == "" {
				continue
			}
			r, err := NewReader(Options{Layout: layout, Year: 2024})
			if err != nil {
				t.Errorf("%q: %v", layout, err)
				continue
			}
			got := "-"
			if ns, ok := r.Read(test.line); ok {
				got = time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
			}
			if got != test.want {
				t.Errorf("%q reads %q as %s, want %s", layout, test.line, got, test.want)
			}
		}
	}
}

// What package time writes in a layout is read in that layout.
func TestLayoutsOfGo(t *testing.T) {
	layouts := []string{
		time.ANSIC, time.UnixDate, time.RFC822Z, time.RFC850, time.RFC1123, time.RFC1123Z, time.RFC3339, time.RFC3339Nano,
		time.StampMilli + " 2006", time.DateTime, "02/Jan/2006:15:04:05 -0700", "3:04:05.000000 PM 1/2/2006", "2006-002T15:04:05",
	}
	rapid.Check(t, func(t *rapid.T) {
		layout := rapid.SampledFrom(layouts).Draw(t, "layout")
		at := time.Unix(rapid.Int64Range(0, 3e9).Draw(t, "second"), rapid.Int64Range(0, 1e9-1).Draw(t, "ns")).UTC()
		want, err := time.Parse(layout, at.Format(layout))
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewReader(Options{Layout: layout})
		if err != nil {
			t.Fatal(err)
		}
		if ns, ok := r.Read(at.Format(layout)); !ok || ns != want.UnixNano() {
			t.Fatalf("%q reads %q as %d, %v; want %d", layout, at.Format(layout), ns, ok, want.UnixNano())
		}
	})
}

func FuzzLayout(f *testing.F) {
	for _, format := range []string{"%b %d %T", "Jan _2 15:04:05", "%Y%m%d%H%M%S%f%z", "%s", "%I%p%j%y%Z", "%!%?%@%k%l%n%%"} {
		f.Add(format, "Jun  9 12:34:56")
	}
	f.Fuzz(func(t *testing.T, layout, line string) {
		if r, err := NewReader(Options{Layout: layout}); err == nil {
			r.Read(line)
			r.Read(line)
		}
	})
}
