package run

import (
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/when"
)

// A stream is an input as its lines come out of it: each with the time at
// which it is to be processed. See judge.go for how that is found.
type stream struct {
	input  Input
	place  int  // among those that it is merged with
	alone  bool // it is the only one
	opts   *Options
	sum    *Summary
	reader Reader
	ahead  *ahead         // reads the log, if it is neither live nor only looked at
	filter func() *filter // that is asked now; see ahead.go
	stamps *when.Reader
	known  atomic.Pointer[stamps] // of the stamps at the moment; see ahead.go
	head   *head                  // in its group

	// Where the log stands; see keep.go.
	id      int
	key     string
	base    base
	skip    int          // lines behind the base that are done, and not yet passed over
	used    int          // lines behind the base that were judged or passed over
	resumed *streamState // where it is to go on
	told    rulings      // what was decided about its lines before a crash
	lost    bool         // what it was to go on with is gone
	retells bool         // lines are being told again: nothing is decided by waiting

	blocks  []Block // that lines stand in
	space           // with the lines at hand
	pos     int     // of the next line in lines
	drained bool    // there are no blocks left
	err     error

	// Of a live one; see live.go.
	arrived []batch
	room    chan struct{} // holds a token for each batch that has not been taken
	seen    int64         // when the last block came, by the machine's clock
	woken   bool          // it is among those that have something new

	froms map[string]uint16 // who sent lines, as line.from counts them from 1
	peers []string

	bytesRead, linesRead int64

	changes   int   // of the stamps' format so far
	unstamped bool  // the lines bear no stamps: the wall clock counts
	started   bool  // clock is known
	clock     int64 // the greatest stamp believed since the last leap back
	before    int64 // the time of the line before
	behind    int64 // how far leaps back have put the stamps behind the engine's time

	// Lines that wait for earlier ones; see late.go.
	held   heap[*held]
	number int64 // of the next line to be held
	newest int64 // the greatest time read
}

// A line of a stream. Its text is valid until the next line is asked for.
type line struct {
	text     string
	offset   int64
	stamp    int64        // ns: what it bears, if stamped; once judged, its own time
	at       int64        // ns: when it is processed, on the engine's clock
	leap     int64        // ns: how far the stamps have leapt back with this line
	passed   int64        // ns: of a row, how far the stamp of the last line lies behind that of the first
	prefix   *when.Prefix // by which a row was made
	more     uint32       // how many lines it stands for beside the first; see row.go
	last     uint32       // where in the text the last of them begins
	from     uint16       // who sent it; 0 is the log itself
	stamped  bool
	bad      bool // it bears a stamp that never was
	passes   bool // it can concern no rule that has a gate
	clocked  bool // the machine's clock decided about it
	believed bool // what it decided, of a leap
	kept     bool // its text borrows nothing
}

// maxUnstamped is how many lines may come before the first stamp of an input
// until it is taken to have none.
const maxUnstamped = 10

// maxAhead bounds the lines that are read ahead to judge a stamp.
const maxAhead = 100_000

// open opens the input and, unless it is live or nobody is there to do it,
// begins to read it ahead.
func (s *stream) open() error {
	err := s.openHere()
	if n := s.opts.workers(); err == nil && !s.input.Live && n > 1 {
		s.ahead = newAhead(s, s.reader, n-1)
	}
	return err
}

// openHere is open without reading ahead.
func (s *stream) openHere() error {
	opened, err := s.openWhere()
	if err != nil {
		return err
	}
	s.reader = opened.Reader
	o := s.opts.Stamps
	if o.ModTime = opened.ModTime; o.ModTime.IsZero() {
		o.ModTime = s.opts.now()
	}
	if s.input.Zone != nil {
		o.Zone = s.input.Zone
	}
	s.unstamped = s.opts.WallClock
	if s.stamps, err = when.NewReader(o); err == nil && s.resumed != nil {
		s.resume(s.resumed)
	}
	return err
}

// A state says whether a stream has a next line.
type state uint8

const (
	ready  state = iota
	silent       // none for the moment: it is live, and may yet have one
	ended        // none any more; after an error, which is then in err
)

// next goes to the next line, which is then at hand, if there is one.
func (s *stream) next() state {
	for s.pos == len(s.lines) {
		s.release()
		if st := s.fill(); st != ready {
			return st
		}
		s.passOver()
	}
	if !s.started && !s.unstamped {
		if st := s.begin(); st != ready {
			return st
		}
	}
	return s.judge()
}

// coast goes on while the next line passes and its stamp needs no judging, and
// returns how many lines are done with that: all but the one at hand then. It
// stops before the last line at hand, and before the time until.
func (s *stream) coast(until int64) (n int) {
	for !s.unstamped && s.pos < len(s.lines)-1 {
		was, l := s.line(), &s.lines[s.pos]
		at := l.stamp + s.behind
		if !l.passes || !l.stamped || l.stamp < s.clock || at >= until || distance(l.stamp, s.clock) > s.opts.jump() {
			break
		}
		s.clock, s.before, l.at = l.stamp+l.passed, l.stamp+l.passed, at
		s.step(l)
		n += was.count()
	}
	return n
}

// step goes to a line, which is the next.
func (s *stream) step(l *line) {
	s.pos++
	s.used += l.count()
}

// line returns the line at hand. Reading ahead may move it.
func (s *stream) line() *line { return &s.lines[s.pos-1] }

// release gives back the blocks whose lines have all been used.
func (s *stream) release() {
	for _, b := range s.blocks {
		b.Release()
	}
	clear(s.blocks)
	s.blocks, s.pos = s.blocks[:0], 0
	if s.ahead != nil && cap(s.lines) > 0 {
		s.ahead.use(s.space)
		s.space = space{}
	}
	s.lines = s.lines[:0]
}

// fill reads one more block behind the lines at hand.
func (s *stream) fill() state {
	for had := len(s.lines); len(s.lines) == had; {
		if s.drained {
			return ended
		}
		b, come := s.read()
		switch {
		case !come:
			return silent
		case b.err != nil:
			s.drained = true
			if !errors.Is(b.err, io.EOF) {
				s.err = b.err
			}
		default:
			s.take(b)
			s.checkResumed()
		}
	}
	return ready
}

// read returns the next batch; of a live stream, false if none has come yet.
func (s *stream) read() (batch, bool) {
	switch {
	case s.ahead != nil:
		return s.ahead.next(), true
	case !s.input.Live:
		return s.nextBatch(s.reader, s.spare), true
	case len(s.arrived) == 0:
		return batch{}, false
	}
	b := s.arrived[0]
	s.arrived = s.arrived[1:]
	<-s.room
	return b, true
}

// spare hands out the space of the lines at hand, if there are none.
func (s *stream) spare() (sp space) {
	if len(s.lines) == 0 {
		sp, s.space = s.space, space{}
	}
	return sp
}

// take puts the lines of a batch behind those at hand, with the stamps they
// bear.
func (s *stream) take(b batch) {
	from := len(s.lines)
	if from == 0 {
		s.setBase(b.block)
	}
	s.blocks = append(s.blocks, b.block)
	s.sum.Bytes += b.bytes
	s.bytesRead += b.bytes
	s.linesRead += b.count
	s.complete(&b)
	if from == 0 {
		s.space = b.space
	} else {
		s.lines = append(s.lines, b.lines...)
	}
	if s.unstamped {
		return
	}
	s.readStamps(from, b.known)
}

// readStamps reads the stamps of the lines from one on, or takes those over that
// were read when the lines were cut. Rows were made of lines that share a prefix.
func (s *stream) readStamps(from int, known *stamps) {
	for i := from; i < len(s.lines); i++ {
		l := &s.lines[i]
		if !l.stamped || !s.stamps.Take(known.day, l.stamp) {
			l = s.readStamp(i, known.prefix)
		} else if l.passed > 0 {
			s.stamps.Take(known.day, l.stamp+l.passed)
		}
		if l.stamped && s.input.Offsets != nil {
			l.stamp += s.offset(l.text)
		}
	}
	if s.skip == 0 && s.input.Offsets == nil {
		if p := s.stamps.Prefix(); p != known.prefix || !s.stamps.IsToday(known.day) {
			s.known.Store(&stamps{p, p.Second > 0 && s.mayPass(), s.stamps.Day()})
		}
	}
}

// mayPass tells whether seconds may pass within a row: nothing may have to go
// between its lines, and a minute may be no leap.
func (s *stream) mayPass() bool {
	return s.alone && !s.input.Live && !s.input.Mixed && s.opts.Late <= 0 && s.opts.jump() >= uint64(2*time.Minute)
}

// readStamp reads the stamp of a line, or of a row, which may then be single
// lines.
func (s *stream) readStamp(i int, prefix when.Prefix) *line {
	l := &s.lines[i]
	stamp, stamped := s.stamps.Read(l.text)
	if l.more > 0 && (!stamped || s.stamps.Prefix() != prefix) {
		s.unrow(i)
		l = &s.lines[i]
	}
	if l.passed > 0 {
		s.stamps.Read(l.text[l.last:])
	}
	l.stamp, l.stamped = stamp, stamped
	l.bad = !stamped && s.stamps.Bad()
	if n := s.stamps.Changes(); n != s.changes {
		s.changes = n
		s.sum.Formats.note(s, l)
	}
	return l
}

// complete notes who sent the lines of a batch, and sees to it that they were
// asked of the rules as they are now.
func (s *stream) complete(b *batch) {
	if m, ok := b.block.(Marked); ok && m.From() != "" {
		from := s.fromNumber(m.From())
		for i := range b.lines {
			b.lines[i].from = from
		}
	}
	if b.filter != s.filter() {
		suspect(b.lines)
	}
}

// refilter takes back that lines at hand can concern no rule: the rules have
// changed.
func (s *stream) refilter() {
	suspect(s.lines[s.pos:])
	for _, h := range s.held {
		h.passes = false
	}
	if s.head != nil && s.head.line != nil {
		s.head.line.passes = false
	}
}

func suspect(lines []line) {
	for i := range lines {
		lines[i].passes = false
	}
}

// maxPeers bounds the senders that are told apart.
const maxPeers = 1<<16 - 1

// fromNumber returns the number of a sender. One that is beyond the bound
// counts as the log itself.
func (s *stream) fromNumber(peer string) uint16 {
	n, known := s.froms[peer]
	switch {
	case known:
		return n
	case len(s.peers) >= maxPeers:
		return 0
	case s.froms == nil:
		s.froms = map[string]uint16{}
	}
	s.peers = append(s.peers, peer)
	s.froms[peer] = uint16(len(s.peers))
	return uint16(len(s.peers))
}

// source names where a line came from.
func (s *stream) source(l *line) string {
	if l.from == 0 {
		return s.input.Name
	}
	return s.peers[l.from-1]
}

// offset returns what is to be added to the stamp of a line, by its host.
func (s *stream) offset(text string) int64 {
	m := logs.Message{Line: text, Format: s.input.Format}
	return int64(s.input.Offsets[m.Header().Host])
}

// begin finds the first stamp: lines before it take its time.
func (s *stream) begin() state {
	if v, ok := s.told.peek(); ok && v.wall != 0 {
		s.unstamped = true
		return ready
	}
	stamp, st := s.nextStamp(s.pos, maxUnstamped)
	switch {
	case st == silent && !s.waited():
		return silent
	case st == ready:
		s.started, s.clock, s.before = true, stamp, stamp
	default:
		s.unstamped = true
	}
	return ready
}

// nextStamp returns the first stamp of the lines from one on: ready if there
// is one, ended if there is none in so many lines, or silent.
func (s *stream) nextStamp(from, within int) (int64, state) {
	for i := from; i-from < within; i++ {
		if i == len(s.lines) {
			if st := s.fill(); st != ready {
				return 0, st
			}
		}
		if s.lines[i].stamped {
			return s.lines[i].stamp, ready
		}
	}
	return 0, ended
}

// close closes the input and gives back what it holds.
func (s *stream) close() {
	s.release()
	if s.ahead != nil {
		s.ahead.stop()
		s.ahead = nil
	}
	if s.reader != nil {
		s.reader.Close()
		s.reader = nil
	}
}
