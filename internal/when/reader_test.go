package when

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestColumns(t *testing.T) {
	r := newReader(t, Options{Start: 4, End: 19, Year: 2024})
	got := readAll(t, r, "abc Jun  9 12:34:56rest", "abc Jun  9 12:34:57", "abc Jun  9 12:34:5", "abc", "", "2024-06-09 12:34:56")
	want := []string{"2024-06-09T12:34:56Z", "2024-06-09T12:34:57Z", "-", "-", "-", "-"}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestUnusableOptions(t *testing.T) {
	for _, test := range []struct {
		o    Options
		want string
	}{
		{Options{Layout: "syslogg"}, "has no day and month"},
		{Options{Layout: "%d %b"}, "has no hour"},
		{Options{Layout: "%H:%M"}, "has no day and month"},
		{Options{Layout: "%I:%M %d.%m."}, "has no hour"},
		{Options{Layout: "%j %T"}, "has no year beside"},
		{Options{Layout: "%b %Q"}, "there is no %Q"},
		{Options{Layout: "%b %d %"}, "ends in a per cent sign"},
		{Options{Start: 5, End: 5}, "hold nothing"},
		{Options{Start: -1, End: 5}, "hold nothing"},
		{Options{Year: 1500}, "out of range"},
	} {
		if _, err := NewReader(test.o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %q", test.o, err, test.want)
		}
	}
}

// A program was upgraded and writes another format: that is said once, however
// often lines of the old one come.
func TestChangeOfFormat(t *testing.T) {
	r := newReader(t, Options{Year: 2024})
	if r.Format() != "" || r.Changes() != 0 || r.Parser() != nil {
		t.Errorf("before the first line the format is %q", r.Format())
	}
	got := readAll(t, r,
		"Jun  9 12:34:56 old", "  no stamp", "2024-06-09T12:34:57Z new", "2024-06-09T12:34:58Z new", "Jun  9 12:34:59 old", "2024-06-09T12:35:00Z new")
	want := []string{"2024-06-09T12:34:56Z", "-", "2024-06-09T12:34:57Z", "2024-06-09T12:34:58Z", "2024-06-09T12:34:59Z", "2024-06-09T12:35:00Z"}
	if !slices.Equal(got, want) || r.Format() != "rfc3339" || r.Changes() != 1 {
		t.Errorf("%v, want %v; %q after %d changes", got, want, r.Format(), r.Changes())
	}
}

// What may be a chance of the text is believed near the last line's time, or
// when three lines agree.
func TestUnlikelyFormats(t *testing.T) {
	r := newReader(t, Options{Year: 2024})
	got := readAll(t, r,
		"Jun  9 12:34:56 h", "1117838570 rows", "1717936500 ms", "Jun  9 12:34:57 h",
		"it began at 2001-01-01 00:00:00", "it began at 2001-01-01 00:00:00", "Jun  9 12:34:58 h", "it began at 2001-01-01 00:00:00",
		"INFO 2024-06-09 13:00:00 x", "INFO 2024-06-09 13:00:01 x")
	want := []string{
		"2024-06-09T12:34:56Z", "-", "2024-06-09T12:35:00Z", "2024-06-09T12:34:57Z",
		"-", "-", "2024-06-09T12:34:58Z", "-", "-", "2024-06-09T13:00:01Z"}
	if !slices.Equal(got, want) {
		t.Errorf("\n\t%v, want\n\t%v", got, want)
	}
}

// In a layout of Go a point and zeros are a fraction only where no other digit
// follows.
func TestGoLayout(t *testing.T) {
	r := newReader(t, Options{Layout: "02.01.06 15:04:05.000"})
	got := readAll(t, r, "09.06.24 12:34:56.789 x")
	if want := []string{"2024-06-09T12:34:56Z"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// A fixed layout is never given up for another.
func TestFixedLayout(t *testing.T) {
	r := newReader(t, Options{Layout: "%d.%m.%Y %H:%M:%S"})
	got := readAll(t, r, "01.02.2024 03:04:05 x", "2024-06-09T12:34:57Z x", "host: 01.02.2024 03:04:06.5 x", "1.2.2024 3:4:7 x")
	want := []string{"2024-02-01T03:04:05Z", "-", "2024-02-01T03:04:06Z", "2024-02-01T03:04:07Z"}
	if !slices.Equal(got, want) || r.Changes() != 0 {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestLearn(t *testing.T) {
	lines := []string{"Server 7 was started 2024-06-09 12:00:00", "Jun  9 12:34:56 h", " more", "Jun  9 12:34:57 h"}
	r := newReader(t, Options{Year: 2024})
	if n := r.Learn(lines); n != 2 || r.Format() != "rfc3164" {
		t.Errorf("%d lines are %q", n, r.Format())
	}
	if got := readAll(t, r, lines...); got[0] != "-" || got[1] != "2024-06-09T12:34:56Z" || r.Changes() != 0 {
		t.Errorf("read as %v", got)
	}
	if n := newReader(t, Options{}).Learn([]string{"no", "stamps"}); n != 0 {
		t.Errorf("%d lines without a stamp have one", n)
	}
	if n := newReader(t, Options{Layout: "rfc3339"}).Learn(lines); n != 0 {
		t.Errorf("%d lines are of the fixed layout", n)
	}
}

// drawLog returns the lines of a log that changes its mind about its format.
func drawLog(t *rapid.T) []string {
	layouts := []string{"Jan _2 15:04:05 h", "2006-01-02 15:04:05.000 h", "INFO 2006-01-02T15:04:05Z h", "01-02 15:04:05 h", "Feb 29 15:04:05 h", "no stamp"}
	at := time.Date(2023, 12, 30, 0, 0, 0, 0, time.UTC)
	var lines []string
	for range 40 {
		at = at.Add(time.Duration(rapid.Int64Range(-1e10, 4e13).Draw(t, "step")))
		lines = append(lines, at.Format(rapid.SampledFrom(layouts).Draw(t, "layout")))
	}
	return lines
}

// Stopping anywhere and going on with the saved state reads as going on does.
func TestStateResumes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{ModTime: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)}
		whole, _ := NewReader(o)
		for i, line := range drawLog(t) {
			resumed, _ := NewReader(o)
			resumed.Restore(whole.State())
			ns, ok := whole.Read(line)
			if again, okAgain := resumed.Read(line); ns != again || ok != okAgain || !reflect.DeepEqual(whole.State(), resumed.State()) || whole.Changes() != resumed.Changes() {
				t.Fatalf("line %d, %q, is %d, %v; resumed %d, %v", i, line, ns, ok, again, okAgain)
			}
		}
	})
}

// Parsing ahead and resolving in order is reading.
func TestHalvesMakeAWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{Zone: time.FixedZone("", 3600), ModTime: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)}
		whole, _ := NewReader(o)
		halves, _ := NewReader(o)
		for _, line := range drawLog(t) {
			var ns int64
			var ok bool
			if parse := halves.Parser(); parse == nil {
				ns, ok = halves.Read(line)
			} else if s, found := parse(line); found {
				ns, ok = halves.Resolve(s)
			} else {
				ns, ok = halves.Read(line)
			}
			if want, wantOK := whole.Read(line); ok != wantOK || ok && ns != want {
				t.Fatalf("%q is %d, %v in halves; %d, %v in whole", line, ns, ok, want, wantOK)
			}
		}
	})
}

func TestReadDoesNotAllocate(t *testing.T) {
	r := newReader(t, Options{Zone: zoneOf(t, "Europe/Berlin"), Year: 2024})
	for _, test := range stamped {
		r.Read(test.line)
		if n := testing.AllocsPerRun(10, func() { r.again.forget(); r.Read(test.line); r.Read(test.line) }); n > 0 {
			t.Errorf("%.60s: %v allocations", test.line, n)
		}
	}
	for _, line := range []string{"", "no stamp", strings.Repeat("x 12 ", 100), strings.Repeat(`{"`, 100)} {
		if n := testing.AllocsPerRun(10, func() { r.Read(line) }); n > 0 {
			t.Errorf("%.60s: %v allocations", line, n)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	layouts := []string{
		"Jan _2 15:04:05 host hello", "2006-01-02 15:04:05,000 - INFO hello", "2006-01-02T15:04:05.000000Z07:00 host hello",
		"10.0.0.1 - - [02/Jan/2006:15:04:05 -0700] hello", "[Mon Jan 02 15:04:05 2006] [notice] hello", "060102 150405 hello",
		`{"level":"info","ts":"2006-01-02T15:04:05Z07:00","msg":"hello"}`, "no stamp in this line, and some of the usual words",
	}
	for _, step := range []time.Duration{0, time.Second, 25 * time.Hour} {
		for _, layout := range layouts {
			b.Run(fmt.Sprintf("%s/%.20s", step, layout), func(b *testing.B) {
				r, _ := NewReader(Options{Zone: zoneOf(b, "Europe/Berlin"), Year: 2024})
				var lines [256]string
				for i := range lines {
					lines[i] = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(i) * step).Format(layout)
				}
				i := 0
				for b.Loop() {
					r.Read(lines[i%len(lines)])
					i++
				}
			})
		}
	}
}

// A line's length does not matter.
func BenchmarkReadLong(b *testing.B) {
	for name, start := range map[string]string{
		"stamped": "2024-01-02 15:04:05 ", "not": "x ", "json": `{"a":"`, "open": strings.Repeat("{", 100), "logfmt": "a=",
	} {
		for _, size := range []int{4 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				r, _ := NewReader(Options{})
				line := start + strings.Repeat("x ", size/2)
				for b.Loop() {
					r.Read(line)
				}
			})
		}
	}
}
