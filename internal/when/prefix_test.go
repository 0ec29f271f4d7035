package when

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPrefixLines(t *testing.T) {
	syslog := Prefix{Size: 16, Stops: "+-UG", Second: 13, Tail: 15}
	iso := Prefix{Size: 15, Second: 6, Tail: 12} // hh:mm:ss.fffZ
	for _, c := range []struct {
		prefix Prefix
		pass   bool
		lines  string // with | for their ends
		want   int
		passed time.Duration
	}{
		{syslog, false, "Oct 28 17:03:11 a|Oct 28 17:03:11 b|Oct 28 17:03:12 c", 2, 0},
		{syslog, true, "Oct 28 17:03:11 a|Oct 28 17:03:11 b|Oct 28 17:03:12 c|Oct 28 17:03:59 d", 4, 48 * time.Second},
		{syslog, true, "Oct 28 17:03:11 a|Oct 28 17:03:12 b|Oct 28 17:03:11 c", 2, time.Second},
		{syslog, true, "Oct 28 17:03:59 a|Oct 28 17:04:00 b", 1, 0},
		{syslog, true, "Oct 28 17:03:11 a|Oct 28 17:03:60 b", 1, 0},
		{syslog, true, "Oct 28 17:03:11 a|Oct 28 17:03:1x b", 1, 0},
		{syslog, true, "Oct 28 17:03:11 a|Oct 29 17:03:12 b", 1, 0},
		{syslog, true, "Oct 28 17:03:11 a|Oct 28 17:03:11 UTC", 1, 0},
		{syslog, true, "Oct 28 17:03:11 a|Oct 28 17:03:12 +02", 1, 0},
		{syslog, true, "Oct 28 17:03:11 UTC|Oct 28 17:03:11 a", 0, 0},
		{syslog, true, "Oct 28 17:03:11 a|Oct 28 17:|03:11 b", 1, 0},
		{syslog, true, "Oct 28 17:|:11 a||", 0, 0},
		{syslog, true, "Oct 28 17:03:11 a|Oct 28 17:03:11 ", 1, 0}, // may be a stamp that goes on in no line
		{syslog, true, "", 0, 0},
		{iso, true, "|01:02:03.004Z a", 0, 0},
		{iso, true, "T1:02:03.004Z  a|T1:02:03.004Z  a", 2, 0},
		{iso, true, "T1:02:03.999Z  a|T1:02:03.999Z  b|T1:02:04.001Z  c|T1:02:59.000Z  d|T1:03:00.000Z  e", 4, 55001 * time.Millisecond},
		{iso, true, "T1:02:03.999Z  a|T1:02:03.998Z  b", 1, 0},
		{iso, true, "T1:02:03.999Z  a|T1:02:04.9x8Z  b", 1, 0},
		{iso, true, "T1:02:03.999Z  a|T1:02:04,998Z  b", 1, 0},
		{Prefix{Size: 3}, false, "10 a|10 b|11 c", 2, 0},
		{Prefix{}, true, "10 a|10 b", 0, 0},
	} {
		text := strings.ReplaceAll(c.lines, "|", "\n")
		starts := startsOf(text)
		n := c.prefix.Lines(text, starts, c.pass)
		if n != c.want {
			t.Errorf("%s: %d lines, want %d", c.lines, n, c.want)
		} else if n > 0 && c.prefix.Second > 0 {
			if passed := c.prefix.Passed(text, text[starts[n-1]:]); passed != int64(c.passed) {
				t.Errorf("%s: %v, want %v", c.lines, time.Duration(passed), c.passed)
			}
		}
	}
}

func startsOf(text string) (starts []uint32) {
	for i := range len(text) {
		if i == 0 || text[i-1] == '\n' {
			starts = append(starts, uint32(i))
		}
	}
	return append(starts, uint32(len(text)))
}

// What the prefix says of lines is what reading each of them says.
func TestPrefixIsRight(t *testing.T) {
	layouts := []string{
		"2006-01-02T15:04:05.000000Z07:00", "2006-01-02 15:04:05,000", "Jan _2 15:04:05.000", "Jan _2 15:04:05", "<34>Jan _2 15:04:05", "2006-01-02 15:04:05,000", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05",
		"10.0.0.1 - - [02/Jan/2006:15:04:05 -0700]", "[Mon Jan 02 15:04:05 2006]", "01/02/2006 15:04:05",
	}
	tails := []string{" x", " x", " x", " UTC", " +0100", ",5", " ", "Z", ":1", ""}
	rapid.Check(t, func(t *rapid.T) {
		at, layout := drawInstant(t), rapid.SampledFrom(layouts).Draw(t, "layout")
		r, err := NewReader(Options{Year: at.Year()})
		if err != nil {
			t.Fatal(err)
		}
		read := at.Format(layout) + " x"
		r.Read(read)
		p := r.Prefix()
		var lines []string
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			at = at.Add(rapid.SampledFrom([]time.Duration{0, 0, 0, 1e6, 1e9, 1e9, 7e9, 60e9, 3600e9, -1e9, -1e6, 1234567}).Draw(t, "passes"))
			lines = append(lines, at.Format(layout)+rapid.SampledFrom(tails).Draw(t, "tail"))
		}
		text := strings.Join(lines, "\n") + "\n"
		pass := p.Second > 0 && rapid.Bool().Draw(t, "pass")
		checkLines(t, r, &p, lines[:p.Lines(text, startsOf(text), pass)])
	})
}

// checkLines checks that the lines of a prefix are read as it says.
func checkLines(t *rapid.T, r *Reader, p *Prefix, lines []string) {
	if len(lines) == 0 {
		return
	}
	first, ok := r.Read(lines[0])
	if !ok || r.Prefix() != *p {
		return // it is not a line that the prefix speaks of
	}
	before := first
	for _, line := range lines {
		got, ok := r.Read(line)
		want := first
		if p.Second > 0 {
			want += p.Passed(lines[0], line)
		}
		if !ok || got != want || got < before {
			t.Fatal(fmt.Sprintf("%q is %d, %v, want %d, not before %d", line, got, ok, want, before))
		}
		before = got
	}
}
