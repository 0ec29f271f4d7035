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
// the line before. A leap forward is time that passes. After a leap back
// durations go on as if no time had passed: from then on the source is that
// much behind.
//
// Where the machine's clock has a part in it, the line is marked, so that what
// was decided can be noted; when a run is told again it is not decided anew.

// judge goes to the next line and finds when it is to be processed. It is
// silent while a live log has not yet shown what that depends on.
func (s *stream) judge() state {
	l := &s.lines[s.pos]
	switch {
	case s.unstamped:
		s.judgeByWall(l)
		return ready
	case l.bad:
		s.disbelieve(l)
	case !l.stamped:
		l.stamp = s.before
	case !s.input.Mixed && distance(l.stamp, s.clock) > s.opts.jump():
		if st := s.judgeLeap(); st != ready {
			return st
		}
		l = &s.lines[s.pos] // reading ahead may have moved it
	}
	s.step(l)
	s.before = l.stamp + l.passed
	s.clock = max(s.clock, s.before)
	l.at = l.stamp + s.behind
	return ready
}

// judgeByWall gives a line without stamps the time of the wall clock.
func (s *stream) judgeByWall(l *line) {
	l.clocked = true
	if v, ok := s.told.next(); ok {
		l.at = v.wall
	} else {
		l.at = s.opts.now().UnixNano()
	}
	l.stamp, l.passed = l.at, 0
	s.step(l)
}

// judgeLeap decides about a stamp that lies far from the clock.
func (s *stream) judgeLeap() state {
	believed, st := s.believes()
	if st != ready {
		return st
	}
	l := &s.lines[s.pos]
	if l.clocked = s.input.Live; !believed {
		s.disbelieve(l)
		return ready
	}
	l.believed = true
	s.sum.Leaps.note(s, l)
	if l.stamp < s.clock {
		l.leap = s.clock - l.stamp
		s.behind += l.leap
		s.clock = l.stamp
	}
	return ready
}

// believes tells whether a leap is believed. It may read ahead.
func (s *stream) believes() (bool, state) {
	if v, ok := s.told.next(); ok {
		return v.confirmed, ready
	}
	if l := &s.lines[s.pos]; l.more > 0 || s.confirmed(l.stamp) { // of a row the next line confirms it
		return true, ready
	}
	next, st := s.nextStamp(s.pos+1, maxAhead)
	if st == silent && !s.waited() {
		return false, silent
	}
	stamp := s.lines[s.pos].stamp
	return st != ready || distance(next, stamp) < distance(next, s.clock), ready
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
