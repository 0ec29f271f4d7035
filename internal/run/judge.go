package run

// Which stamps are believed. A source's clock is the greatest stamp believed
// so far. A stamp that lies further from it than Jump, either way, is a leap:
//
//	... 10:00:01  10:00:02  03:00:00  10:00:03    a bad stamp: the next one is
//	                        ^                     nearer to the clock
//	... 10:00:01  10:00:02  03:00:00  03:00:01    a leap: the next one is
//	                        ^                     nearer to it; so is the last
//
// A line with a bad stamp takes the clock's time, one without a stamp that of
// the line before. A leap forward is time that passes. After a leap back durations go on as if
// no time had passed: from then on the source is that much behind.

// judge finds when the line at hand is to be processed.
func (s *stream) judge() {
	l := s.line()
	if s.unstamped {
		l.at = s.opts.now().UnixNano()
		l.stamp = l.at
		return
	}
	switch {
	case l.bad:
		s.disbelieve(l)
	case !l.stamped:
		l.stamp = s.before
	case distance(l.stamp, s.clock) > s.opts.jump():
		s.judgeLeap()
		l = s.line()
	}
	s.before = l.stamp
	s.clock = max(s.clock, l.stamp)
	l.at = l.stamp + s.behind
}

// judgeLeap decides about a stamp that lies far from the clock.
func (s *stream) judgeLeap() {
	next, ok := s.nextStamp()
	l := s.line()
	if ok && distance(next, l.stamp) >= distance(next, s.clock) {
		s.disbelieve(l)
		return
	}
	s.sum.Leaps.note(s, l)
	if l.stamp < s.clock {
		l.leap = s.clock - l.stamp
		s.behind += l.leap
		s.clock = l.stamp
	}
}

// disbelieve gives a line with a bad stamp the clock's time.
func (s *stream) disbelieve(l *line) {
	l.stamp = s.clock
	s.sum.BadStamps.note(s, l)
}

// distance returns how far two instants lie apart, in ns.
func distance(a, b int64) uint64 {
	return uint64(max(a, b)) - uint64(min(a, b))
}
