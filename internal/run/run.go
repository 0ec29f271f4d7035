package run

import (
	"context"
	"fmt"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/when"
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

// Options say how lines are read and put in order. The zero value merges the
// logs by their own stamps.
type Options struct {
	Stamps    when.Options  // how stamps are read; ModTime is filled in
	WallClock bool          // the machine's clock counts, not the stamps
	Given     bool          // logs are read one after another, not merged
	Late      time.Duration // how long a line is waited for that belongs before others
	Jump      time.Duration // what counts as a leap of a source's clock; 0: an hour
	Expire    bool          // at the end the contexts that live time out

	Now      func() time.Time // the wall clock; nil: time.Now
	Failed   func(error)      // told of an input that could not be read to its end
	Progress func(Summary)    // told how far the run is, about once for each block
}

// DefaultJump is the Jump of the zero Options.
const DefaultJump = time.Hour

func (o *Options) jump() uint64 {
	if o.Jump <= 0 {
		return uint64(DefaultJump)
	}
	return uint64(o.Jump)
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

	sum  Summary
	msg  logs.Message // reused
	late uint64       // the engine's count of late lines so far
}

// Run reads the inputs to their end, or until ctx ends, which is no error. An
// input that cannot be read is reported to Options.Failed and counted; the
// others are read. The error is that of the Handler.
func (r *Runner) Run(ctx context.Context, inputs []Input) (Summary, error) {
	err := r.read(ctx, inputs)
	if err == nil && r.Options.Expire {
		err = r.perform(ctx, r.Engine.ExpireContexts())
	}
	if flushed := r.Handler.Flush(); err == nil {
		err = flushed
	}
	return r.sum, err
}

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
			return nil
		}
		if err := r.readGroup(ctx, group); err != nil {
			return err
		}
	}
	return nil
}

// readGroup merges some inputs.
func (r *Runner) readGroup(ctx context.Context, inputs []Input) error {
	g := &group{alone: len(inputs) == 1, arrivals: make(chan arrival), done: make(chan struct{})}
	defer g.close()
	r.open(g, inputs)
	for len(g.heap)+len(g.silent) > 0 && ctx.Err() == nil {
		h := g.first()
		if h != nil && len(g.silent) > 0 {
			g.drain()
		}
		if h == nil || g.holds(h.line.at) {
			if err := r.pause(ctx, g); err != nil {
				return err
			}
			continue
		}
		if h.dormant {
			r.over(g.rouse())
			continue
		}
		if len(g.heap) == 1 && len(g.silent) == 0 {
			r.coast(h)
		}
		if err := r.process(ctx, g, h); err != nil {
			return err
		}
		r.over(g.step())
	}
	return nil
}

// open opens the inputs of a group.
func (r *Runner) open(g *group, inputs []Input) {
	filter := r.Engine.Filter()
	for i, in := range inputs {
		s := &stream{input: in, place: i, opts: &r.Options, sum: &r.sum, filter: filter}
		g.streams = append(g.streams, s)
		if len(inputs) > maxOpen && g.addDormant(s) {
			continue
		}
		if err := s.open(); err != nil {
			r.failed(err)
			continue
		}
		if in.Live {
			s.seen = r.Options.now().UnixNano()
			reader := s.reader
			g.readers.Go(func() { s.readLive(reader, g.arrivals, g.done) })
		}
		r.over(g.add(s))
	}
}

// pause waits for live logs, and lets the time pass for the engine.
func (r *Runner) pause(ctx context.Context, g *group) error {
	if t, ok := g.carried(); ok && t.After(r.Engine.Now()) {
		if err := r.perform(ctx, r.Engine.Advance(t)); err != nil {
			return err
		}
	}
	if err := r.idle(); err != nil {
		return err
	}
	g.wait(ctx)
	for _, s := range g.wake() {
		r.over(s)
	}
	return nil
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

// process runs the engine over the next line of a log.
func (r *Runner) process(ctx context.Context, g *group, h *head) error {
	l := h.line
	r.sum.Lines++
	if l.leap > 0 && g.alone {
		r.Engine.Leap(time.Duration(l.leap))
	}
	var effects []logs.Effect
	if l.passes {
		effects = r.Engine.Pass(time.Unix(0, l.at), func() *logs.Message { return r.message(h) })
	} else {
		effects = r.Engine.Process(r.message(h))
	}
	err := r.perform(ctx, effects)
	if late := r.Engine.Stats().Late; late != r.late {
		r.late = late
		r.sum.Late.note(h.stream, l)
	}
	if err == nil && h.pos == len(h.lines) {
		err = r.idle()
	}
	return err
}

// coast goes over the lines of the only log that can do nothing but move the
// clock: in the end the line at hand is one that must be processed.
func (r *Runner) coast(h *head) {
	if h.opts.Late > 0 || !h.line.passes || h.line.leap > 0 {
		return
	}
	now, until, ok := r.Engine.Coast()
	if !ok || h.line.at < now.UnixNano() || h.line.at >= until.UnixNano() {
		return
	}
	n := h.stream.coast(until.UnixNano())
	if n == 0 {
		return
	}
	// The line at hand and all but the last of those behind it are done.
	h.line = h.stream.line()
	r.sum.Lines += int64(n)
	r.Engine.Coasted(n, time.Unix(0, h.line.at))
}

// message makes a message of the next line of a log, valid until the next
// call.
func (r *Runner) message(h *head) *logs.Message {
	l := h.line
	r.msg = logs.Message{
		Line: l.text, Source: h.input.Name, Offset: l.offset, Format: h.input.Format,
		Time: time.Unix(0, l.stamp), At: time.Unix(0, l.at),
	}
	return &r.msg
}

// idle is called when the lines at hand have been used.
func (r *Runner) idle() error {
	if r.Options.Progress != nil {
		r.Options.Progress(r.sum)
	}
	return r.Handler.Flush()
}

func (r *Runner) perform(ctx context.Context, effects []logs.Effect) error {
	for i := range effects {
		if err := r.Handler.Do(ctx, &effects[i]); err != nil {
			return err
		}
	}
	return nil
}
