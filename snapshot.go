package logs

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"
)

// A snapshot is all that an engine knows between two messages. It names what
// it belongs to, so that it can be loaded into a changed program:
//
//	magic, version
//	clock, counters, globals, counts of rules
//	rulesets        the members that live, in walk order; those made at run
//	                time with what they captured
//	stores          contexts from the oldest add to the newest, memories of
//	                once, aliases
//	timers          blocks that wait
//	extensions, faults that were told
//	CRC-32C
//
// The heap of timers is not in it: each alarm stands with its owner.

const (
	snapshotMagic   = "LoGS state\n"
	snapshotVersion = 1
)

// Save writes the engine's state. It may be called between two calls of
// Process or Advance.
func (e *Engine) Save(w io.Writer) error {
	c := &encoder{w: w}
	c.buf = append(c.buf, snapshotMagic...)
	c.uint(snapshotVersion)
	c.bool(e.started)
	if e.started {
		e.saveClock(c)
		e.saveRules(c)
		e.saveStores(c)
		e.saveTimers(c)
		if err := e.saveExtensions(c); err != nil {
			return err
		}
		c.texts(slices.Sorted(maps.Keys(e.faults)))
	}
	c.flush()
	c.buf = binary.LittleEndian.AppendUint32(c.buf, c.crc)
	c.flush()
	return c.err
}

func (c *encoder) texts(texts []string) {
	c.uint(uint64(len(texts)))
	for _, s := range texts {
		c.text(s)
	}
}

func (e *Engine) saveClock(c *encoder) {
	c.int(e.now)
	c.int(e.shift)
	c.uint(e.order)
	c.uint(e.timers.order)
	for _, n := range e.stats.counters() {
		c.uint(*n)
	}
	c.vars(e.program.Globals, nil, e.globals)
	c.uint(uint64(len(e.ids)))
	for _, id := range e.ids {
		n := e.counts[id]
		c.text(id)
		c.uint(n.Tries)
		c.uint(n.Matches)
		c.uint(n.GaveUp)
	}
}

// counters lists the counters in the order of the snapshot.
func (s *Stats) counters() []*uint64 {
	return []*uint64{&s.Messages, &s.Alerts, &s.Late, &s.Faults, &s.Evicted, &s.Dropped, &s.GaveUp, &s.Missing}
}

// vars writes variables with their names: with, then captures.
func (c *encoder) vars(with, captures []Var, values []Value) {
	c.uint(uint64(len(values)))
	for i, v := range values {
		captured := i >= len(with)
		c.bool(captured)
		if captured {
			c.text(captures[i-len(with)].Name)
		} else {
			c.text(with[i].Name)
		}
		c.value(v)
	}
}

func (c *encoder) alarms(alarms []alarm) {
	c.uint(uint64(len(alarms)))
	for i := range alarms {
		c.uint(uint64(alarms[i].what))
		c.alarm(&alarms[i])
	}
}

func (c *encoder) alarm(a *alarm) {
	set := a.place != 0
	c.bool(set)
	if set {
		c.int(a.due)
		c.uint(a.order)
	}
}

func (e *Engine) saveRules(c *encoder) {
	e.saveSet(c, e.root)
}

func (e *Engine) saveSet(c *encoder, s *liveSet) {
	n := 0
	for m := s.head; m != nil; m = m.next {
		n++
	}
	c.uint(uint64(n))
	for m := s.head; m != nil; m = m.next {
		switch {
		case m.set != nil:
			c.uint(memberSet)
			c.text(m.set.ruleset.ID)
			c.vars(m.set.ruleset.With, nil, m.vars)
			e.saveSet(c, m.set)
		case m.seq != nil:
			c.uint(memberSequence)
			c.text(m.seq.seq.ID)
			c.sequence(m.seq)
		default:
			kind := uint64(memberMade)
			if m.static {
				kind = memberRule
			}
			c.uint(kind)
			c.text(m.rule.ID)
			c.vars(m.rule.With, m.rule.Captures, m.vars)
			c.alarms(m.alarms)
		}
	}
}

// The kinds of member in a snapshot.
const (
	memberRule = iota
	memberMade
	memberSet
	memberSequence
)

func (e *Engine) saveStores(c *encoder) {
	c.uint(uint64(len(e.stores)))
	for _, s := range e.stores {
		f := e.families[s]
		c.text(s.Name)
		c.uint(uint64(len(s.Keys)))
		c.bool(f.ready)
		c.vars(nil, s.Captures, f.vars)
		c.uint(uint64(len(f.queue)))
		for _, x := range f.queue {
			c.text(x.key)
			c.int(x.at)
		}
		c.uint(uint64(len(f.aliases)))
		for _, name := range slices.Sorted(maps.Keys(f.aliases)) {
			c.text(name)
			c.text(f.aliases[name])
		}
		c.uint(uint64(len(f.byKey)))
		for x := f.contexts.first; x != nil; x = x.links.next {
			c.context(x)
		}
	}
}

func (c *encoder) context(x *Context) {
	c.limits(x.store.limits)
	c.text(x.key)
	c.uint(x.order)
	c.int(x.made)
	c.vars(x.store.With, x.store.Captures, x.vars)
	c.alarms(x.alarms)
	c.bool(x.items.index != nil)
	c.uint(uint64(x.items.len()))
	for i := x.items.head; i < len(x.items.buf); i++ {
		it := x.items.buf[i]
		if it.at == gap {
			continue
		}
		c.int(it.at)
		c.value(it.value)
		if x.items.index != nil {
			c.text(x.items.index.keys[i])
		}
	}
}

// sortedPending returns the blocks that wait in the order in which they were set.
func (e *Engine) sortedPending() []*pending {
	waiting := make([]*pending, 0, e.pending)
	for _, x := range e.timers.heap {
		if p, ok := x.alarm.owner.(*pending); ok {
			waiting = append(waiting, p)
		}
	}
	slices.SortFunc(waiting, func(a, b *pending) int { return cmp.Compare(a.alarm.order, b.alarm.order) })
	return waiting
}

func (e *Engine) saveTimers(c *encoder) {
	c.uint(uint64(len(e.program.Timers)))
	for _, t := range e.program.Timers {
		c.text(t.ID)
	}
	waiting := e.sortedPending()
	c.uint(uint64(len(waiting)))
	for _, p := range waiting {
		c.text(p.timer.ID)
		c.vars(nil, p.timer.Captures, p.vars)
		c.int(int64(p.every))
		c.int(p.alarm.due)
		c.uint(p.alarm.order)
	}
}

func (e *Engine) saveExtensions(c *encoder) error {
	c.uint(uint64(len(e.states)))
	for i, s := range e.states {
		name := e.program.Extensions[i].Name
		data, err := s.Save()
		if err != nil {
			return fmt.Errorf("cannot save what %s keeps: %w", name, err)
		}
		c.text(name)
		c.text(string(data))
	}
	return nil
}
