package run

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/logs-rdl/logs/internal/when"
)

// What is kept of a log, so that it can be read on where the engine stood. The
// engine is always behind the reading: lines are at hand that wait for their
// turn. So a log is read again from the base, where the first block at hand
// began, with the stamps as they were known there; the lines that are done are
// passed over.
//
//	block  block  block                 lines of the blocks at hand
//	       ^base                        [done done done waiting | read later]
//	                                    └─── skip ────┘
//
// Lines that were judged and wait are kept as they are.

// A base is where the blocks at hand begin.
type base struct {
	mark    string
	stamps  when.State
	changes int
}

// A streamState is where a log stands.
type streamState struct {
	ID        int // by which the journal knows it; -1 if it was not there
	Key       string
	Mark      string
	Skip      int
	Stamps    when.State
	Changes   int
	Unstamped bool
	Started   bool
	Clock     int64
	Before    int64
	Behind    int64
	Newest    int64
	Number    int64
	Waiting   []waitingLine `json:",omitempty"`
}

// A waitingLine was judged and is not done.
type waitingLine struct {
	Text     []byte
	Offset   int64
	Stamp    int64
	At       int64
	Leap     int64  `json:",omitempty"`
	More     uint32 `json:",omitempty"`
	From     string `json:",omitempty"`
	Clocked  bool   `json:",omitempty"`
	Believed bool   `json:",omitempty"`
	Number   int64
}

// A Keeper keeps what is under way when a snapshot is taken.
type Keeper interface {
	// Keep brings what has been done to where it lasts, and returns what has
	// been taken over and is not done. What becomes done while it runs may be
	// in it; then it is noted in the State as well.
	Keep() ([]byte, error)
	// Kept is called when a snapshot lasts that holds what Keep returned last.
	Kept()
}

// setBase notes where the blocks at hand begin.
func (s *stream) setBase(b Block) {
	s.used = 0
	if !s.opts.kept {
		return
	}
	s.base = base{stamps: s.stamps.State(), changes: s.changes}
	if m, ok := b.(Marked); ok {
		s.base.mark = m.Mark()
	}
}

// openWhere opens the log where it is to go on.
func (s *stream) openWhere() (Opened, error) {
	if s.resumed != nil && s.resumed.Mark != "" && s.input.OpenAt != nil {
		return s.input.OpenAt(s.resumed.Mark)
	}
	return s.input.Open()
}

// resume gives the stream the state that it had.
func (s *stream) resume(r *streamState) {
	s.stamps.Restore(r.Stamps)
	s.base = base{r.Mark, r.Stamps, r.Changes}
	s.changes, s.unstamped, s.started = r.Changes, r.Unstamped || s.unstamped, r.Started
	s.clock, s.before, s.behind, s.newest, s.number = r.Clock, r.Before, r.Behind, r.Newest, r.Number
	if r.Mark != "" {
		s.skip = r.Skip
	}
	for _, w := range r.Waiting {
		l := line{
			text: string(w.Text), offset: w.Offset, stamp: w.Stamp, at: w.At, leap: w.Leap, more: w.More,
			clocked: w.Clocked, believed: w.Believed, kept: true,
		}
		if l.more > 0 {
			l.last = uint32(strings.LastIndexByte(l.text, '\n') + 1)
		}
		if w.From != "" {
			l.from = s.fromNumber(w.From)
		}
		s.held.push(&held{l, w.Number})
		if w.Clocked {
			s.told.at++ // it was decided before the snapshot
		}
	}
}

// checkResumed looks whether the log is another one than that of which lines
// are to be passed over.
func (s *stream) checkResumed() {
	if s.resumed == nil || s.lost {
		return
	}
	if r, ok := s.reader.(Resumer); ok && !r.Resumed() {
		s.lost, s.skip = true, 0
	}
}

// passOver passes over the lines at hand that are done.
func (s *stream) passOver() {
	n := min(s.skip, len(s.lines)-s.pos)
	for range n {
		l := &s.lines[s.pos] // never a row: these are not made before all is passed over
		s.uncount(int64(len(l.text)) + 1)
		s.step(l)
	}
	s.skip -= n
}

// uncount takes back that a line was read, which was counted in an earlier run.
func (s *stream) uncount(bytes int64) {
	s.sum.Bytes -= bytes
	s.bytesRead -= bytes
	s.linesRead--
}

// state returns where the log stands. atHand is its line whose turn is next,
// nil if there is none.
func (s *stream) state(atHand *line) streamState {
	r := streamState{
		ID: s.id, Key: s.key, Mark: s.base.mark, Skip: s.used + s.skip,
		Stamps: s.base.stamps, Changes: s.base.changes, Unstamped: s.unstamped, Started: s.started,
		Clock: s.clock, Before: s.before, Behind: s.behind, Newest: s.newest, Number: s.number,
	}
	if m, ok := s.reader.(interface{ Mark() string }); ok && r.Mark == "" {
		r.Mark = m.Mark() // no block has come yet
	}
	switch {
	case atHand == nil:
	case atHand.passed == 0:
		r.Waiting = append(r.Waiting, s.waiting(atHand, -1))
	default: // it will perhaps be merged with others
		lines := atHand.split()
		for i := range lines {
			r.Waiting = append(r.Waiting, s.waiting(&lines[i], int64(i-len(lines))))
		}
	}
	for _, h := range s.held {
		r.Waiting = append(r.Waiting, s.waiting(&h.line, h.number))
	}
	return r
}

func (s *stream) waiting(l *line, number int64) waitingLine {
	w := waitingLine{
		Text: []byte(l.text), Offset: l.offset, Stamp: l.stamp, At: l.at, Leap: l.leap, More: l.more,
		Clocked: l.clocked, Believed: l.believed, Number: number,
	}
	if l.from > 0 {
		w.From = s.source(l)
	}
	return w
}

// DefaultEvery is how often a snapshot is taken.
const DefaultEvery = 10 * time.Second

// maxEvery is how long it takes until a snapshot that failed again and again is
// tried once more.
const maxEvery = 10 * time.Minute

// maxJournal is how long a journal may become before the next snapshot.
const maxJournal = 64 << 20

// enrol gives a stream its key and number, and the state that it had.
func (r *Runner) enrol(s *stream) {
	s.key = s.input.Name
	for n := 2; r.keys[s.key]; n++ {
		s.key = s.input.Name + "#" + strconv.Itoa(n)
	}
	if r.keys == nil {
		r.keys = map[string]bool{}
	}
	r.keys[s.key] = true
	s.id = len(r.streams)
	r.streams = append(r.streams, s)
	if r.State == nil {
		return
	}
	if was, ok := r.absent[s.key]; ok {
		s.resumed = &was
		delete(r.absent, s.key)
	}
	s.told.verdicts = r.tale.verdicts(s.key)
	s.retells = r.tale.active()
	if r.noting {
		r.note(entry{kind: entryName, stream: s.id, name: s.key})
	}
}

// recall gives the run what its State holds.
func (r *Runner) recall() error {
	if r.State == nil {
		return nil
	}
	r.Options.kept = true
	r.saved = r.Options.now()
	r.absent = map[string]streamState{}
	past := r.State.past
	if past == nil {
		r.tale = newTale(nil, r.State.tale)
		return nil
	}
	for _, st := range past.Streams {
		r.absent[st.Key] = st
	}
	r.tale = newTale(past.Streams, r.State.tale)
	return r.Engine.Load(bytes.NewReader(past.engine))
}

// syncEvery is how much of what is noted a power cut may take.
const syncEvery = time.Second

// syncIfDue brings the journal to the disk when it is time to.
func (r *Runner) syncIfDue() {
	now := r.Options.now()
	if !r.noting || now.Sub(r.synced) < syncEvery {
		return
	}
	r.synced = now
	if err := r.State.journal.syncAside(); err != nil {
		r.warn(err)
	}
}

// keepIfDue takes a snapshot when it is time to.
func (r *Runner) keepIfDue() error {
	if !r.noting || r.keptAt == r.stage() {
		return nil
	}
	if r.Options.now().Sub(r.saved) < r.every && r.State.journal.bytes() < maxJournal {
		return nil
	}
	err := r.Keep()
	if err == nil || errors.Is(err, ErrTaken) {
		return err
	}
	r.warn(err)
	return nil
}

// A stage is how far a run is: while it stays the same there is nothing new to
// be kept.
type stage struct {
	lines   int64
	effects int64
	streams int
}

func (r *Runner) stage() stage { return stage{r.sum.Lines, r.effects, len(r.streams)} }

// Keep takes a snapshot. It may be called between two lines.
func (r *Runner) Keep() error {
	began := r.Options.now()
	err := r.State.commit(r.snapshot, r.Engine.Save)
	r.saved = r.Options.now()
	if err != nil {
		r.unsaved++
		r.every = min(2*max(r.every, r.Options.every()), maxEvery)
		return err
	}
	// A large state must not take more than a twentieth of the time.
	r.every = max(r.Options.every(), 20*r.saved.Sub(began))
	r.keptAt = r.stage()
	if r.Keeper != nil {
		r.Keeper.Kept()
	}
	for _, s := range r.streams {
		if s.input.Forget != nil && s.base.mark != "" {
			s.input.Forget(s.base.mark)
		}
	}
	return nil
}

// snapshot returns where all logs stand, and what is under way.
func (r *Runner) snapshot() (*snapshot, error) {
	snap := &snapshot{}
	for _, s := range r.streams {
		var atHand *line
		if h := s.head; h != nil && !h.dormant {
			atHand = h.line
		}
		switch {
		case s.resumed != nil && s.stamps == nil: // not open yet, or it could not be opened
			snap.Streams = append(snap.Streams, *s.resumed)
		default:
			snap.Streams = append(snap.Streams, s.state(atHand))
		}
	}
	for _, st := range r.absent {
		st.ID = -1
		snap.Streams = append(snap.Streams, st)
	}
	if r.Keeper == nil {
		return snap, nil
	}
	effects, err := r.Keeper.Keep()
	snap.Effects = effects
	return snap, err
}

// note notes what happens, so that it can happen again. The error is told
// when the next effect is to be done.
func (r *Runner) note(e entry) {
	if err := r.State.journal.add(e); err != nil {
		r.warn(err)
	}
}

// noteLine notes that a line or row is processed.
func (r *Runner) noteLine(s *stream, l *line) {
	if !r.noting {
		return
	}
	n := int64(l.count())
	if l.clocked {
		v := verdict{confirmed: l.believed}
		if s.unstamped {
			v.wall = l.at
		}
		r.note(entry{kind: entryJudged, stream: s.id, verdict: v})
		if l.more == 0 {
			return
		}
		n--
	}
	r.note(entry{kind: entryLines, stream: s.id, n: n})
}

// settle brings to the journal what leads to the effects at hand. Nothing more
// is done once another process has the State.
func (r *Runner) settle() error {
	if r.noting {
		if err := r.State.journal.settle(); err != nil && !errors.Is(err, ErrTaken) {
			r.warn(err)
		}
	}
	return r.State.journal.lost()
}

func (r *Runner) warn(err error) {
	if r.Options.Warn != nil {
		r.Options.Warn(err)
	}
}

func (o *Options) every() time.Duration {
	if o.Every > 0 {
		return o.Every
	}
	return DefaultEvery
}
