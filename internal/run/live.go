package run

import (
	"context"
	"time"
)

// Live logs are read by a goroutine each, which hands over block by block:
//
//	Next ─→ arrival ─┐
//	Next ─→ arrival ─┼─→ stream.arrived ─→ the loop, as with any other log
//	Next ─→ arrival ─┘
//
// While nothing comes, the machine's clock carries the log's clock on: where
// a log's last line was some seconds old when it came, the log's clock stays
// that much behind. So timers run in time, and a log that is silent does not
// hold back the others. It is not carried on for a log whose lines are old
// when they come: it is being read again, and its own time counts.

// An arrival is a batch of a live stream.
type arrival struct {
	stream *stream
	batch
}

const (
	// tick is how often the loop looks at the clock while nothing comes.
	tick = 100 * time.Millisecond
	// silence is how long the others wait for the next line of a log, and it
	// itself for what its lines at hand depend on.
	silence = 500 * time.Millisecond
	// slack is how far the clock that is carried on stays behind: stamps are
	// cut to the second, and some lines take longer to come than others.
	slack = 1200 * time.Millisecond
)

// readLive hands over the blocks of a live stream until done is closed.
func (s *stream) readLive(reader Reader, arrivals chan<- arrival, done <-chan struct{}) {
	for {
		b := nextBatch(reader, s.filter, nil)
		select {
		case arrivals <- arrival{s, b}:
		case <-done:
			return
		}
		if b.err != nil {
			return
		}
	}
}

// waited tells whether a live log has been silent for so long that what is
// at hand must be judged as if it were all.
func (s *stream) waited() bool { return s.opts.now().UnixNano()-s.seen >= int64(silence) }

// confirmed tells whether the machine's clock confirms a stamp of a live log.
func (s *stream) confirmed(stamp int64) bool {
	return s.input.Live && distance(stamp, s.opts.now().UnixNano()) <= s.opts.jump()
}

// shown returns what the clock of a silent log shows: the time of its last
// line, carried on by the machine's clock if its lines are not old when they
// come.
func (s *stream) shown() int64 {
	now := s.opts.now().UnixNano()
	if s.unstamped {
		return now
	}
	clock := s.clock + s.behind
	if quiet := now - s.seen; quiet > int64(slack) && distance(s.clock, s.seen) <= s.opts.jump() {
		clock += quiet - int64(slack)
	}
	return clock
}

// take notes an arrival.
func (a arrival) take() {
	s := a.stream
	s.arrived = append(s.arrived, a.batch)
	s.seen = s.opts.now().UnixNano()
}

// wait blocks until something has come from a live log, or it is time to look
// at the clock.
func (g *group) wait(ctx context.Context) {
	timer := time.NewTimer(tick)
	defer timer.Stop()
	select {
	case a := <-g.arrivals:
		a.take()
	case <-timer.C:
	case <-ctx.Done():
	}
	g.drain()
}

// drain takes what has come meanwhile.
func (g *group) drain() {
	for {
		select {
		case a := <-g.arrivals:
			a.take()
		default:
			return
		}
	}
}

// holds tells whether a silent log may yet have a line before the given time.
func (g *group) holds(at int64) bool {
	for _, h := range g.silent {
		quiet := h.opts.now().UnixNano() - h.seen
		if h.shown()-int64(h.opts.Late) < at && quiet < int64(silence) {
			return true
		}
	}
	return false
}

// carried returns how far the clock may be carried on while all logs are
// silent; false if there is one that is not carried on.
func (g *group) carried() (time.Time, bool) {
	if len(g.heap) > 0 || len(g.silent) == 0 {
		return time.Time{}, false
	}
	least := int64(0)
	for i, h := range g.silent {
		if !h.started && !h.unstamped {
			return time.Time{}, false
		}
		at := h.shown() - int64(h.opts.Late)
		if g.alone {
			at -= h.behind // the engine's clock on the wall has leapt back, too
		}
		if i == 0 || at < least {
			least = at
		}
	}
	return time.Unix(0, least), true
}
