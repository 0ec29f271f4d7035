package run

import (
	"context"
	"fmt"
	"time"
)

// After a crash the lines since the snapshot are processed again. Where logs
// are live, the order in which their lines came and what the machine's clock
// decided is told by the journal; so all happens as it did, every effect has
// the ID that it had, and those that were done are not done twice.

// A tale is what a journal tells, entry by entry.
type tale struct {
	entries []entry
	keys    map[int]string // of the logs by their numbers then
	judged  map[string][]verdict
}

// newTale makes a tale of the logs that a snapshot names, and the entries
// behind it.
func newTale(streams []streamState, entries []entry) *tale {
	t := &tale{entries: entries, keys: map[int]string{}, judged: map[string][]verdict{}}
	for _, s := range streams {
		if s.ID >= 0 {
			t.keys[s.ID] = s.Key
		}
	}
	for _, e := range entries {
		switch e.kind {
		case entryName:
			t.keys[e.stream] = e.name
		case entryJudged:
			key := t.keys[e.stream]
			t.judged[key] = append(t.judged[key], e.verdict)
		}
	}
	return t
}

// active tells whether there is more to tell.
func (t *tale) active() bool { return t != nil && len(t.entries) > 0 }

// verdicts returns what was decided about the lines of a log, in order.
func (t *tale) verdicts(key string) []verdict {
	if t == nil {
		return nil
	}
	return t.judged[key]
}

// Rulings are what was decided about the lines of one log.
type rulings struct {
	verdicts []verdict
	at       int // of the next line that the machine's clock decided about
}

func (t *rulings) peek() (verdict, bool) {
	if t.at >= len(t.verdicts) {
		return verdict{}, false
	}
	return t.verdicts[t.at], true
}

func (t *rulings) next() (verdict, bool) {
	v, ok := t.peek()
	if ok {
		t.at++
	}
	return v, ok
}

// retell lets one entry of the journal happen again.
func (r *Runner) retell(ctx context.Context, g *group) error {
	e := &r.tale.entries[0]
	switch e.kind {
	case entryName:
	case entryTime:
		if err := r.perform(ctx, r.Engine.Advance(time.Unix(0, e.at))); err != nil {
			return err
		}
	default:
		return r.retellLines(ctx, g, e)
	}
	r.tale.entries = r.tale.entries[1:]
	return nil
}

// retellLines processes the next line of the log that an entry names.
func (r *Runner) retellLines(ctx context.Context, g *group, e *entry) error {
	h := r.headOf(g, r.tale.keys[e.stream])
	switch {
	case h == nil || h.lost:
		r.warn(fmt.Errorf("what was read since the last snapshot cannot be repeated as it was: the log %s has ended or is gone", r.tale.keys[e.stream]))
		r.tale.entries = nil
		return nil
	case h.line == nil: // it has not come yet
		g.wait(ctx, nil, nil)
		r.wake(g)
		return nil
	case h.dormant:
		r.over(g.rouse(h))
		return nil
	}
	if h.line.more > 0 { // how lines were rows then is not known
		first := h.line.first()
		r.told(e)
		return r.processLine(ctx, h, &first)
	}
	r.told(e)
	if err := r.process(ctx, h); err != nil {
		return err
	}
	r.over(g.step(h))
	return nil
}

// told goes on after a line of an entry.
func (r *Runner) told(e *entry) {
	if e.n--; e.kind == entryJudged || e.n <= 0 {
		r.tale.entries = r.tale.entries[1:]
	}
}

// headOf returns the log of that key, nil if it has ended.
func (r *Runner) headOf(g *group, key string) *head {
	for _, s := range g.streams {
		if s.key == key && s.head != nil && !s.head.over {
			return s.head
		}
	}
	return nil
}

// retold ends the rulings: from here on the clock counts, and what happens is
// noted.
func (r *Runner) retold() error {
	r.tale = nil
	for _, s := range r.streams {
		s.told, s.retells = rulings{}, false
	}
	return r.beginNoting()
}

// beginNoting takes the first snapshot of a run, from which its journal tells
// on.
func (r *Runner) beginNoting() error {
	if r.State == nil || r.noting {
		return nil
	}
	if err := r.Keep(); err != nil {
		return err
	}
	clear(r.State.done)
	r.noting = true
	return nil
}
