package when

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// remembering checks that a reader reads a line as one that remembers no stamp,
// and one that is told what a day knows.
type remembering struct {
	quick, plain *Reader
	ahead        *Reader
	day, before  *Day // of ahead; before is of the past
}

func (r *remembering) read(t interface {
	Helper()
	Fatalf(string, ...any)
}, line string) {
	t.Helper()
	r.plain.again.forget()
	got, ok := r.quick.Read(line)
	want, wantOK := r.plain.Read(line)
	if got != want || ok != wantOK {
		t.Fatalf("%q is %d, %v; afresh %d, %v", line, got, ok, want, wantOK)
	}
	if got, ok := r.readAhead(line); got != want || ok != wantOK {
		t.Fatalf("%q by its day is %d, %v; afresh %d, %v", line, got, ok, want, wantOK)
	}
	if a, p := r.ahead.State(), r.plain.State(); a.Format != p.Format || a.Second != p.Second || a.Votes != p.Votes {
		t.Fatalf("after %q the state by its day is %+v; afresh %+v", line, a, p)
	}
	if q, p := r.quick.State(), r.plain.State(); q.Format != p.Format || q.Second != p.Second || q.Votes != p.Votes {
		t.Fatalf("after %q the state is %+v; afresh %+v", line, q, p)
	}
}

func (r *remembering) readAhead(line string) (int64, bool) {
	for _, d := range []*Day{r.before, r.day} {
		if d == nil {
			continue
		}
		if ns, ok := d.Read(line); ok && r.ahead.Take(d, ns) {
			return ns, true
		}
	}
	ns, ok := r.ahead.Read(line)
	if !r.ahead.IsToday(r.day) {
		r.before, r.day = r.day, r.ahead.Day()
	}
	return ns, ok
}

// A log of one format, its lines a little or much apart, with tails that could
// be taken for a part of the stamp.
func TestRemembersRightly(t *testing.T) {
	layouts := []string{
		"Jan _2 15:04:05", "Jan _2 15:04:05.000", "<34>Jan _2 15:04:05", "2006-01-02 15:04:05,000", "2006-01-02T15:04:05Z07:00",
		"2006-01-02T15:04:05.999999Z07:00", "10.0.0.1 - - [02/Jan/2006:15:04:05 -0700]", "[Mon Jan 02 15:04:05 2006]",
		"01-02 15:04:05.000", "I0102 15:04:05.000000", "060102 150405", `{"ts":"2006-01-02T15:04:05Z07:00"}`, "01/02/2006 15:04:05",
	}
	tails := []string{"", " x", " UTC", " +0100", ",5", ".25", ", x", " - x", " 17", "Z", " UTCx", ":1"}
	rapid.Check(t, func(t *rapid.T) {
		at := drawInstant(t)
		o := Options{Zone: at.Location(), ModTime: at}
		quick, _ := NewReader(o)
		plain, _ := NewReader(o)
		ahead, _ := NewReader(o)
		both := &remembering{quick: quick, plain: plain, ahead: ahead}
		layout := rapid.SampledFrom(layouts).Draw(t, "layout")
		for range 30 {
			line := at.Format(layout) + rapid.SampledFrom(tails).Draw(t, "tail")
			line = strings.Replace(line, "10.0.0.1", rapid.SampledFrom([]string{"10.0.0.1", "10.0.0.22", "::1"}).Draw(t, "host"), 1)
			both.read(t, line)
			most := rapid.SampledFrom([]int64{0, 1e9, 1e11, 1e13, 1e16}).Draw(t, "most")
			at = at.Add(time.Duration(rapid.Int64Range(-most/8, most).Draw(t, "step")))
		}
	})
}

// Any two lines, of which the second may be read by what is known of the first.
func FuzzRemembersRightly(f *testing.F) {
	for i, test := range stamped {
		f.Add(test.line, stamped[(i+1)%len(stamped)].line)
		f.Add(test.line, test.line)
	}
	f.Add("Jun  9 12:34:56 h", "Jun  9 12:34:56 UTC: h")
	f.Add("2016-09-28 04:30:30, Info", "2016-09-28 04:30:30,5")
	f.Add("2024-01-02T15:04:05-00:44Z", "2024-01-02T15:04:05-00:44")
	f.Add("- 1117838570 2005.06.03 R02-M1", "- 1117838570 ")
	f.Fuzz(func(t *testing.T, a, b string) {
		berlin := zoneOf(t, "Europe/Berlin")
		quick := newReader(t, Options{Zone: berlin, Year: 2024})
		plain := newReader(t, Options{Zone: berlin, Year: 2024})
		ahead := newReader(t, Options{Zone: berlin, Year: 2024})
		both := &remembering{quick: quick, plain: plain, ahead: ahead}
		for _, line := range []string{a, b, a, b, b} {
			both.read(t, line)
		}
	})
}
