package run

import "strings"

// Lines of one log that come out of order are held back until the log's
// newest stamp lies Late beyond them, so that each has had the time to be
// overtaken by those that belong before it:
//
//	read      12:00:04  12:00:02  12:00:09 ...
//	held      02 04          Late 5s: 02 and 04 go out when 09 has come
//
// A line that comes later than that is processed when it comes. While a live
// log is silent the time that passes counts instead, and what it holds back
// goes before what others have of later times.

// MaxHeld is how many lines of one log are held back at the most; beyond, the
// first goes out before its time, which is counted.
const MaxHeld = 1_000_000

// A held is a line that waits, with its place among the lines of its log.
type held struct {
	line
	number int64
}

// inOrder returns the next line of the log in the order of time, if it is
// ready.
func (s *stream) inOrder() (*line, state) {
	late := int64(s.opts.Late)
	if late <= 0 && len(s.held) == 0 {
		st := s.next()
		if st != ready {
			return nil, st
		}
		return s.line(), ready
	}
	st := ready
	for late > 0 && st == ready && (len(s.held) == 0 || s.held[0].at > s.newest-late) {
		if len(s.held) >= MaxHeld {
			s.sum.Unheld++
			break
		}
		if st = s.next(); st == ready {
			s.newest = max(s.newest, s.line().at)
			s.hold(s.line())
		}
	}
	if len(s.held) == 0 || st == silent && s.held[0].at > s.waitedFor(s.opts.now().UnixNano())-late {
		return nil, st
	}
	return &s.held.pop().line, ready
}

func (h *held) before(o *held) bool {
	return h.at < o.at || h.at == o.at && h.number < o.number
}

// hold puts a copy of a line into the heap of those that wait.
func (s *stream) hold(l *line) {
	h := &held{*l, s.number}
	h.text, h.kept = strings.Clone(l.text), true
	s.number++
	s.held.push(h)
}
