package run

// A line that stands for a row of lines has the text of all of them; all have
// the stamp of the first. See ahead.go.

// count is how many lines it stands for.
func (l *line) count() int { return 1 + int(l.more) }

// first cuts the first line off a row, and tells how many bytes it takes in the
// log. The row must have more than one.
func (l *line) first() line {
	end, next := lineEnd(l.text, 0)
	first := *l
	first.text, first.more = l.text[:end], 0
	l.text, l.more = l.text[next:], l.more-1
	l.offset += int64(next)
	l.leap, l.clocked, l.believed = 0, false, false // which was the first line's
	return first
}

// split makes single lines of a row.
func (l line) split() []line {
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
