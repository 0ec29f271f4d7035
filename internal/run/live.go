package run

import (
	"context"
	"math"
	"slices"
	"time"
)

// Live logs are read by a goroutine each, which hands over block by block, as
// many as there is room for:
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
	// maxArrived is how many blocks of one log wait for the loop.
	maxArrived = 4
)

// A quiet is the live logs without a line at hand.
type quiet struct {
	heads   []*head
	woken   []*head // something has come for them
	barrier int64   // until when none of them holds back the others, unless stale
	stale   bool
}

// add puts a head among the silent ones.
func (q *quiet) add(h *head) {
	h.line = nil
	q.heads = append(q.heads, h)
	h.silent = len(q.heads)
	q.stale = true
}

// remove takes a head out.
func (q *quiet) remove(h *head) {
	last := q.heads[len(q.heads)-1]
	q.heads[h.silent-1], last.silent = last, h.silent
	q.heads = q.heads[:len(q.heads)-1]
	h.silent = 0
	q.stale = true
}

// wake notes that a head has something new.
func (q *quiet) wake(h *head) {
	if h != nil && !h.woken {
		h.woken = true
		q.woken = append(q.woken, h)
	}
}

// waiting tells whether a head has lines that wait for time to pass.
func (h *head) waiting() bool { return h.pos < len(h.lines) || len(h.held) > 0 }

// holds tells whether one of them may yet have a line before the given time.
func (q *quiet) holds(at int64) bool {
	if q.stale || at >= q.barrier {
		q.barrier, q.stale = q.free(), false
	}
	return at >= q.barrier
}

// free returns until when none of them holds back the others.
func (q *quiet) free() int64 {
	least := int64(math.MaxInt64)
	if len(q.heads) == 0 {
		return least
	}
	now := q.heads[0].opts.now().UnixNano()
	for _, h := range q.heads {
		if now-h.seen < int64(silence) {
			least = min(least, h.shown(now)-int64(h.opts.Late)+1)
		}
		if len(h.held) > 0 {
			least = min(least, h.held[0].at)
		}
	}
	return least
}

// start reads a live stream in a goroutine of its own.
func (g *group) start(s *stream) {
	s.seen = s.opts.now().UnixNano()
	s.room = make(chan struct{}, maxArrived)
	reader := s.reader
	g.readers.Go(func() { s.readLive(reader, g.arrivals, g.done) })
}

// readLive hands over the blocks of a live stream until done is closed.
func (s *stream) readLive(reader Reader, arrivals chan<- arrival, done <-chan struct{}) {
	for {
		select {
		case s.room <- struct{}{}:
		case <-done:
			return
		}
		b := s.nextBatch(reader, nil)
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
func (s *stream) waited() bool {
	return !s.retells && s.opts.now().UnixNano()-s.seen >= int64(silence)
}

// confirmed tells whether the machine's clock confirms a stamp of a live log.
func (s *stream) confirmed(stamp int64) bool {
	return s.input.Live && distance(stamp, s.opts.now().UnixNano()) <= s.opts.jump()
}

// shown returns what the clock of a silent log shows now: the time of its last
// line, carried on by the machine's clock if its lines are not old when they
// come.
func (s *stream) shown(now int64) int64 {
	if distance(s.clock, s.seen) > s.opts.jump() && !s.unstamped {
		return s.clock + s.behind
	}
	return s.waitedFor(now)
}

// waitedFor returns the time up to which a silent log's own lines have been
// waited for, be they old or not: that of its last line, and as much as it has
// been silent.
func (s *stream) waitedFor(now int64) int64 {
	if s.unstamped {
		return now
	}
	return s.clock + s.behind + max(0, now-s.seen-int64(slack))
}

// take notes an arrival.
func (g *group) take(a arrival) {
	s := a.stream
	s.arrived = append(s.arrived, a.batch)
	s.seen = s.opts.now().UnixNano()
	g.quiet.wake(s.head)
	g.quiet.stale = true
}

// wait blocks until something has come from a live log, or somebody asks, or
// it is time to look at the clock.
func (g *group) wait(ctx context.Context, asked <-chan func(*Runner), answer func(func(*Runner))) {
	timer := time.NewTimer(tick)
	defer timer.Stop()
	select {
	case a := <-g.arrivals:
		g.take(a)
	case f := <-asked:
		answer(f)
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
			g.take(a)
		default:
			return
		}
	}
}

// wake looks again at the silent logs for which something has come or that
// wait for time to pass, and returns those that have ended.
func (g *group) wake() (over []*stream) {
	for _, h := range g.quiet.heads {
		if h.waiting() {
			g.quiet.wake(h)
		}
	}
	woken := g.quiet.woken
	g.quiet.woken = g.quiet.woken[:0]
	for _, h := range woken {
		h.woken = false
		if h.silent == 0 {
			continue
		}
		g.quiet.remove(h)
		if s := g.put(h, h.advance()); s != nil {
			over = append(over, s)
		}
	}
	return over
}

// carried returns how far the clock may be carried on while all logs are
// silent; false if there is one that is not carried on.
func (g *group) carried() (time.Time, bool) {
	if len(g.heap) > 0 || len(g.quiet.heads) == 0 {
		return time.Time{}, false
	}
	now, least := g.quiet.heads[0].opts.now().UnixNano(), int64(math.MaxInt64)
	for _, h := range g.quiet.heads {
		if !h.started && !h.unstamped {
			return time.Time{}, false
		}
		at := h.shown(now) - int64(h.opts.Late)
		if g.alone {
			at -= h.behind // the engine's clock on the wall has leapt back, too
		}
		least = min(least, at)
	}
	return time.Unix(0, least), true
}

// live tells whether one of the logs is.
func (g *group) live() bool {
	return slices.ContainsFunc(g.streams, func(s *stream) bool { return s.input.Live })
}

// stop lets a group end: live logs end when what has been read of them is
// used, the others at once.
func (g *group) stop() {
	for _, s := range g.streams {
		switch {
		case s.reader == nil:
		case s.input.Live:
			reader := s.reader // closing it may wait until what it has read is taken
			g.readers.Go(func() { reader.Close() })
		default:
			s.lines, s.blocks = s.lines[:s.pos], nil
			s.drained = true
		}
	}
}
