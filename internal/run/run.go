package run

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/logs-rdl/logs"
)

// A Handler performs effects.
type Handler interface {
	// Do performs an effect, or takes it over to perform it later. The effect
	// must not be kept beyond the call unless it is copied. The error ends
	// the run.
	Do(ctx context.Context, e *logs.Effect) error
	// Flush is called when no line is at hand for the moment, and at the end:
	// what is buffered must go out.
	Flush() error
}

// A Summary tells what a run did.
type Summary struct {
	Lines     int64
	Bytes     int64
	Failed    int   // inputs that could not be read to their end
	Unheld    int   // lines that could not be held back for so long as Options.Late says
	Late      Noted // lines behind the engine's clock
	BadStamps Noted
	Leaps     Noted
	Formats   Noted // changes of the way in which a log writes its stamps
}

// A Noted is a count of events and the place of the first.
type Noted struct {
	Count int
	First string
}

func (n *Noted) note(s *stream, l *line) {
	if n.Count == 0 {
		n.First = fmt.Sprintf("%s at byte %d", s.input.Name, l.offset)
	}
	n.Count++
}

// A Runner feeds logs to an engine.
type Runner struct {
	Engine  *logs.Engine
	Handler Handler
	Options Options
	State   *State // keeps the run across a stop or a crash; nil: it is not kept
	Keeper  Keeper // keeps the effects that are under way with it; may be nil

	sum    Summary
	msg    logs.Message // reused
	late   uint64       // the engine's count of late lines so far
	filter atomic.Pointer[filter]

	// What happens while logs are live; see live.go.
	stopping   bool
	carried    time.Time // when the clock was carried on last
	discovered time.Time // when further inputs were looked for

	// How the run is kept; see keep.go.
	streams []*stream
	keys    map[string]bool
	absent  map[string]streamState // logs that are not read this time
	tale    *tale                  // what happens again
	noting  bool                   // what happens is noted
	looked  bool                   // the lines at hand have been used since the last look at the clock
	saved   time.Time
	every   time.Duration
	synced  time.Time // when the journal was brought to the disk
	keptAt  stage
	unsaved int   // snapshots that could not be taken
	effects int64 // so far
}

// Run reads the inputs to their end, or until ctx ends, which is no error: of
// live inputs what has come is used then. An input that cannot be read is
// reported to Options.Failed and counted; the others are read. The error is
// that of the Handler, or tells why the State cannot be kept.
func (r *Runner) Run(ctx context.Context, inputs []Input) (Summary, error) {
	r.SetEngine(r.Engine)
	err := r.recall()
	if err == nil {
		err = r.read(ctx, inputs)
	}
	if err == nil && r.Options.Expire && ctx.Err() == nil {
		err = r.perform(ctx, r.Engine.ExpireContexts())
	}
	if flushed := r.Handler.Flush(); err == nil {
		err = flushed
	}
	if err == nil && r.noting {
		err = r.Keep()
	}
	return r.sum, err
}

// SetEngine goes on with another engine, that has the state of the one before.
// It may be called between two lines.
func (r *Runner) SetEngine(e *logs.Engine) {
	r.Engine = e
	r.filter.Store(newFilter(e))
	for _, s := range r.streams {
		s.refilter()
	}
}

// Saved tells when the last snapshot was taken, how long its file is, and how
// many could not be taken since the run began.
func (r *Runner) Saved() (at time.Time, size int64, failed int) {
	if r.State == nil {
		return time.Time{}, 0, 0
	}
	return r.saved, r.State.Bytes, r.unsaved
}

// Summary tells what the run has done so far. It may be called between two
// lines.
func (r *Runner) Summary() Summary { return r.sum }

func (r *Runner) read(ctx context.Context, inputs []Input) error {
	groups := [][]Input{inputs}
	if r.Options.Given {
		groups = groups[:0]
		for _, in := range inputs {
			groups = append(groups, []Input{in})
		}
	}
	for _, group := range groups {
		if ctx.Err() != nil {
			break
		}
		if err := r.readGroup(ctx, group); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return r.beginNoting() // if there was nothing to read
}

// readGroup merges some inputs.
func (r *Runner) readGroup(ctx context.Context, inputs []Input) error {
	g := newGroup(len(inputs) == 1 && r.Options.Discover == nil)
	defer g.close()
	r.open(g, inputs)
	for g.more() || r.Options.Discover != nil && !r.stopping {
		if ctx.Err() != nil {
			if r.State != nil {
				return r.leave()
			}
			if r.stopping || !g.live() {
				return nil // it has taken too long, or can be read again
			}
			r.stopping = true
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), r.Options.grace())
			defer cancel()
			g.stop()
		}
		if err := r.turn(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

// leave takes the last snapshot of a run that was interrupted, while the lines
// at hand are there. If what a crash has left has not all happened again, the
// older snapshot stands, and it will the next time.
func (r *Runner) leave() error {
	r.noting = false
	if r.tale.active() {
		return nil
	}
	return r.Keep()
}

// turn does the next thing that there is to do.
func (r *Runner) turn(ctx context.Context, g *group) error {
	if r.tale.active() {
		return r.retell(ctx, g)
	}
	if r.tale != nil {
		if err := r.retold(); err != nil {
			return err
		}
	}
	if r.looked {
		if err := r.look(g); err != nil {
			return err
		}
	}
	h := g.first()
	switch {
	case h == nil || g.quiet.holds(h.line.at):
		return r.pause(ctx, g)
	case h.dormant:
		r.over(g.rouse(h))
		return nil
	case len(g.heap) == 1 && len(g.quiet.heads) == 0:
		r.coast(h)
	}
	if err := r.process(ctx, h); err != nil {
		return err
	}
	r.over(g.step(h))
	return nil
}

// look is called when the lines at hand have been used, between two lines: it
// sees whether there is anything else to do.
func (r *Runner) look(g *group) error {
	r.looked = false
	g.drain()
	r.wake(g)
	select {
	case f := <-r.Options.Asked:
		f(r)
	default:
	}
	r.discover(g)
	r.syncIfDue()
	return r.keepIfDue()
}

// open opens the inputs of a group.
func (r *Runner) open(g *group, inputs []Input) {
	for _, in := range inputs {
		s := r.newStream(g, in)
		if len(inputs) > maxOpen && g.addDormant(s) {
			continue
		}
		r.join(g, s)
	}
}

func (r *Runner) newStream(g *group, in Input) *stream {
	s := &stream{input: in, place: len(g.streams), alone: g.alone, opts: &r.Options, sum: &r.sum, filter: r.filterOf(in)}
	g.streams = append(g.streams, s)
	r.enrol(s)
	return s
}

// filterOf returns what returns the filter that the lines of an input are asked
// of now.
func (r *Runner) filterOf(in Input) func() *filter {
	if in.Format != logs.FormatEvent {
		return r.filter.Load
	}
	all := everyLine()
	return func() *filter { return all }
}

// join opens a stream and puts it into its group.
func (r *Runner) join(g *group, s *stream) {
	if err := s.open(); err != nil {
		r.failed(err)
		return
	}
	if s.input.Live {
		g.start(s)
	}
	r.over(g.add(s))
}

// discover looks for further inputs when it is time to.
func (r *Runner) discover(g *group) {
	if r.Options.Discover == nil || r.stopping {
		return
	}
	now := r.Options.now()
	if now.Sub(r.discovered) < time.Second {
		return
	}
	r.discovered = now
	for _, in := range r.Options.Discover() {
		r.join(g, r.newStream(g, in))
	}
}

// pause waits for live logs, and lets the time pass for the engine.
func (r *Runner) pause(ctx context.Context, g *group) error {
	now := r.Options.now()
	if t, ok := g.carried(); ok && now.Sub(r.carried) >= tick && t.After(r.Engine.Now()) {
		r.carried = now
		if r.noting {
			r.note(entry{kind: entryTime, at: t.UnixNano()})
		}
		if err := r.perform(ctx, r.Engine.Advance(t)); err != nil {
			return err
		}
	}
	if err := r.idle(); err != nil {
		return err
	}
	if err := r.look(g); err != nil {
		return err
	}
	g.wait(ctx, r.Options.Asked, func(f func(*Runner)) { f(r) })
	r.wake(g)
	return nil
}

// wake looks again at the logs for which something has come.
func (r *Runner) wake(g *group) {
	for _, s := range g.wake() {
		r.over(s)
	}
}

// over looks whether an input ended because it could not be read; nil is an
// input that has not ended.
func (r *Runner) over(s *stream) {
	if s != nil && s.err != nil {
		r.failed(s.err)
		s.err = nil
	}
}

func (r *Runner) failed(err error) {
	r.sum.Failed++
	if r.Options.Failed != nil {
		r.Options.Failed(err)
	}
}

// process runs the engine over the next line of a log, or over the row of
// lines that it stands for.
func (r *Runner) process(ctx context.Context, h *head) error {
	l := h.line
	r.noteLine(h.stream, l)
	for l.more > 0 {
		if r.pass(l) {
			break
		}
		first := l.first()
		if err := r.processLine(ctx, h, &first); err != nil {
			return err
		}
	}
	err := r.processLine(ctx, h, l)
	if err == nil && h.pos == len(h.lines) {
		err = r.idle()
	}
	return err
}

// pass goes over the lines of a row but the last, if they can do nothing but
// move the clock.
func (r *Runner) pass(l *line) bool {
	if _, ok := r.coasts(l); !ok {
		return false
	}
	n := int(l.more)
	l.toLast()
	r.sum.Lines += int64(n)
	r.Engine.Coasted(n, time.Unix(0, l.at))
	return true
}

// coasts tells whether a line can do nothing but move the clock, and before what
// time those behind it can do no more.
func (r *Runner) coasts(l *line) (before int64, ok bool) {
	if !l.passes || l.leap > 0 {
		return 0, false
	}
	now, until, ok := r.Engine.Coast()
	return until.UnixNano(), ok && l.at >= now.UnixNano() && l.at+l.passed < until.UnixNano()
}

// processLine runs the engine over one line.
func (r *Runner) processLine(ctx context.Context, h *head, l *line) error {
	r.sum.Lines++
	if l.leap > 0 && h.alone {
		r.Engine.Leap(time.Duration(l.leap))
	}
	var effects []logs.Effect
	if l.passes {
		effects = r.Engine.Pass(time.Unix(0, l.at), func() *logs.Message { return r.message(h, l) })
	} else {
		effects = r.Engine.Process(r.message(h, l))
	}
	err := r.perform(ctx, effects)
	if late := r.Engine.Stats().Late; late != r.late {
		r.late = late
		r.sum.Late.note(h.stream, l)
	}
	return err
}

// coast goes over the lines of the only log that can do nothing but move the
// clock: in the end the line at hand is one that must be processed.
func (r *Runner) coast(h *head) {
	until, ok := r.coasts(h.line)
	if !ok || h.line.kept {
		return
	}
	n := h.stream.coast(until)
	if n == 0 {
		return
	}
	h.line = h.stream.line()
	r.sum.Lines += int64(n)
	if r.noting {
		r.note(entry{kind: entryLines, stream: h.id, n: int64(n)})
	}
	r.Engine.Coasted(n, time.Unix(0, h.line.at))
}

// message makes a message of a line, valid until the next call.
func (r *Runner) message(h *head, l *line) *logs.Message {
	r.msg = logs.Message{
		Line: l.text, Source: h.source(l), Offset: l.offset, Format: h.input.Format,
		Time: time.Unix(0, l.stamp), At: time.Unix(0, l.at),
	}
	if h.input.Format == logs.FormatEvent {
		r.msg.ReadEvent()
	}
	return &r.msg
}

// idle is called when the lines at hand have been used.
func (r *Runner) idle() error {
	r.looked = true
	if r.Options.Progress != nil {
		r.Options.Progress(r.sum)
	}
	return r.Handler.Flush()
}

func (r *Runner) perform(ctx context.Context, effects []logs.Effect) error {
	r.effects += int64(len(effects))
	if len(effects) > 0 && r.State != nil {
		if err := r.settle(); err != nil {
			return err
		}
	}
	for i := range effects {
		if err := r.Handler.Do(ctx, &effects[i]); err != nil {
			return err
		}
	}
	return nil
}
