package run

import "github.com/logs-rdl/logs/internal/when"

// A row is being made of lines that begin with the same stamp.
type row struct {
	prefix when.Prefix // what a stamp is
	stamp  string      // what the lines begin with; "" if the row takes none
	at     int         // where it begins
}

// begin begins a row with a line.
func (r *row) begin(line string, at int) {
	r.stamp = ""
	if n := r.prefix.Size; n > 0 && len(line) >= n && r.prefix.Ends(line) {
		r.stamp, r.at = line[:n], at
	}
}

// takes tells whether a line may join the row.
func (r *row) takes(line string) bool {
	n := len(r.stamp)
	return n > 0 && len(line) >= n && same(line[:n], r.stamp) && r.prefix.Ends(line)
}

// same is a == b, for stamps, of which most have 8 to 16 bytes.
func same(a, b string) bool {
	n := len(a)
	if n < 8 || n > 16 || len(b) != n {
		return a == b
	}
	return word(a) == word(b) && word(a[n-8:]) == word(b[n-8:])
}

// word reads the first 8 bytes at once.
func word(s string) uint64 {
	s = s[:8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// A line that stands for a row of lines has the text of all of them; all have
// the stamp of the first. See ahead.go.

// count is how many lines it stands for.
func (l *line) count() int { return 1 + int(l.more) }

// first cuts the first line off a row, and tells how many bytes it takes in the
// log. The row must have more than one.
func (l *line) first() line {
	end, next := lineEnd(l.text, 0)
	first := *l
	first.text, first.more, first.last = l.text[:end], 0, 0
	l.text, l.more = l.text[next:], l.more-1
	l.last -= uint32(next)
	l.offset += int64(next)
	l.leap, l.clocked, l.believed = 0, false, false // which was the first line's
	return first
}

// split makes single lines of a row, whose stamps are yet to be read.
func (l line) split() []line {
	l.stamped = false
	lines := make([]line, 0, l.count())
	for l.more > 0 {
		lines = append(lines, l.first())
	}
	return append(lines, l)
}

// unrow makes single lines of a row whose lines do not share a stamp after
// all: another format of stamps has come.
func (s *stream) unrow(i int) {
	rest := append([]line(nil), s.lines[i+1:]...)
	s.lines = append(append(s.lines[:i], s.lines[i].split()...), rest...)
}
