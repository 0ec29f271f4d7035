package run

import "strings"

// A line that stands for a row of lines has the text of all of them. All have the
// stamp of the first; or, where seconds pass within the row, each has the one that
// its second tells, and none goes back. See ahead.go.

// count is how many lines it stands for.
func (l *line) count() int { return 1 + int(l.more) }

// carry lets so many ns pass: the row begins so much later.
func (l *line) carry(ns int64) {
	l.passed -= ns
	l.stamp += ns
	l.at += ns
}

// toLast leaves the last line of a row.
func (l *line) toLast() {
	l.text, l.offset = l.text[l.last:], l.offset+int64(l.last)
	l.more, l.last = 0, 0
	l.carry(l.passed)
}

// first cuts the first line off a row, and tells how many bytes it takes in the
// log. The row must have more than one.
func (l *line) first() line {
	next := uint32(strings.IndexByte(l.text, '\n') + 1)
	end := lineEnd(l.text, next)
	first, passed := *l, int64(0)
	if l.passed > 0 {
		passed = l.prefix.Passed(l.text, l.text[next:])
	}
	first.text, first.more, first.last, first.passed = l.text[:end], 0, 0, 0
	l.text, l.more = l.text[next:], l.more-1
	l.last -= next
	l.offset += int64(next)
	l.carry(passed)
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

// unrow makes single lines of a row whose stamps are not those of the first after
// all, and yet to be read: another format of stamps has come.
func (s *stream) unrow(i int) {
	rest := append([]line(nil), s.lines[i+1:]...)
	s.lines[i].stamped = false
	s.lines = append(append(s.lines[:i], s.lines[i].split()...), rest...)
}
