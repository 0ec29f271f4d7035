package logs

import (
	"cmp"
	"slices"
	"time"
)

// Timers are a binary heap ordered by (due, order set). They are data: an
// alarm names its owner, and the owner knows what to do when it rings.
//
//	set(a, due)   O(log n); putting an alarm off is O(1): its entry stays
//	              where it is and is put right when it comes up
//	pop(until)    the earliest alarm that is due, or nil

// An alarm is one deadline of an owner.
type alarm struct {
	due   int64  // ns on the engine's clock
	order uint64 // when it was last set, counted over all alarms
	place int    // index in the heap plus one; 0: not set
	what  deadline
	owner ringer
}

// A ringer is what an alarm belongs to. It is called once the clock stands at
// the alarm's due time and the alarm is no longer set.
type ringer interface {
	ring(e *Engine, a *alarm)
	// dueAgain returns when an alarm that is set is due by the clock on the
	// wall as it is now, or never; false if it does not go by that clock.
	dueAgain(e *Engine, a *alarm) (due int64, ok bool)
}

// A deadline tells the alarms of one owner apart.
type deadline uint8

const (
	lasting deadline = iota // a fixed time after the making
	idle                    // a time after the last match or add
	clock                   // a time of day or date
)

// An entry is the heap's copy of an alarm's due and order. It may lag behind
// the alarm, never run ahead of it.
type entry struct {
	due   int64
	order uint64
	alarm *alarm
}

func (x entry) before(y entry) bool {
	return x.due < y.due || x.due == y.due && x.order < y.order
}

type timers struct {
	heap  []entry
	order uint64
}

// set arms the alarm, or moves it if it is armed.
func (t *timers) set(a *alarm, due int64) {
	t.order++
	later := due >= a.due
	a.due, a.order = due, t.order
	switch {
	case a.place == 0:
		t.push(a)
	case !later:
		t.unset(a)
		t.push(a)
	}
}

// push puts an alarm into the heap.
func (t *timers) push(a *alarm) {
	t.heap = append(t.heap, entry{})
	t.up(len(t.heap)-1, entry{a.due, a.order, a})
}

// unset disarms the alarm if it is armed.
func (t *timers) unset(a *alarm) {
	if a.place == 0 {
		return
	}
	i := a.place - 1
	a.place = 0
	last := t.heap[len(t.heap)-1]
	t.heap[len(t.heap)-1] = entry{}
	t.heap = t.heap[:len(t.heap)-1]
	if i == len(t.heap) {
		return
	}
	if i > 0 && last.before(t.heap[(i-1)/2]) {
		t.up(i, last)
	} else {
		t.down(i, last)
	}
}

// next returns the earliest due time.
func (t *timers) next() (due int64, ok bool) {
	t.settle()
	if len(t.heap) == 0 {
		return 0, false
	}
	return t.heap[0].due, true
}

// sorted returns the alarms that are set, in the order in which they ring.
func (t *timers) sorted() []*alarm {
	alarms := make([]*alarm, len(t.heap))
	for i, x := range t.heap {
		alarms[i] = x.alarm
	}
	slices.SortFunc(alarms, func(a, b *alarm) int {
		return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.order, b.order))
	})
	return alarms
}

// pop takes out and returns the earliest alarm if it is due by until.
func (t *timers) pop(until int64) *alarm {
	t.settle()
	if len(t.heap) == 0 || t.heap[0].due > until {
		return nil
	}
	a := t.heap[0].alarm
	t.unset(a)
	return a
}

// settle puts the first entry right until it agrees with its alarm.
func (t *timers) settle() {
	for len(t.heap) > 0 {
		first := t.heap[0]
		a := first.alarm
		if first.order == a.order {
			return
		}
		t.down(0, entry{a.due, a.order, a})
	}
}

func (t *timers) up(i int, x entry) {
	for i > 0 {
		parent := (i - 1) / 2
		if !x.before(t.heap[parent]) {
			break
		}
		t.put(i, t.heap[parent])
		i = parent
	}
	t.put(i, x)
}

func (t *timers) down(i int, x entry) {
	for {
		child := 2*i + 1
		if child >= len(t.heap) {
			break
		}
		if right := child + 1; right < len(t.heap) && t.heap[right].before(t.heap[child]) {
			child = right
		}
		if !t.heap[child].before(x) {
			break
		}
		t.put(i, t.heap[child])
		i = child
	}
	t.put(i, x)
}

func (t *timers) put(i int, x entry) {
	t.heap[i] = x
	x.alarm.place = i + 1
}

// A Schedule says when something is due by the clock on the wall.
type Schedule interface {
	// Next returns the first instant after the given one, which bears the
	// zone that times of day are in; false if there is none any more.
	Next(after time.Time) (time.Time, bool)
}

// A Timer is a block that runs at a time: at, every or in. Exactly one of At
// and After is set.
type Timer struct {
	Name     string // as effects show it
	ID       string // tells it apart in a snapshot; New fills it in if empty
	Captures []Var  // what it keeps of where it was set
	Locals   int
	At       Schedule
	After    Length
	Recurs   bool // it is set again after it has run
	Aligned  bool // with After: counted from midnight where that divides a day
	Do       []Action
}

// A Length computes a span of time when something is made.
type Length func(env *Env) time.Duration

// For is a Length that is known beforehand.
func For(d time.Duration) Length { return func(*Env) time.Duration { return d } }

// pending is one Timer that is set.
type pending struct {
	timer *Timer
	vars  []Value
	every time.Duration // worked out when it was set
	alarm alarm
}

// MaxTimers is how many blocks may wait at once; further ones are dropped
// and counted.
const MaxTimers = 1_000_000

// SetTimer sets a timer. Its captures are taken from env.
func (env *Env) SetTimer(t *Timer) {
	e := env.engine
	if e.pending >= MaxTimers {
		e.stats.Dropped++
		return
	}
	p := &pending{timer: t, vars: capture(env, t.Captures)}
	p.alarm.owner, p.alarm.what = p, clock
	if t.After != nil {
		p.every = max(t.After(env), time.Millisecond)
	}
	e.pending++
	e.rearm(p)
}

// rearm sets the timer's next time, or drops it when there is none.
func (e *Engine) rearm(p *pending) {
	due, ok := e.now+int64(p.every), true
	switch {
	case p.timer.At != nil:
		due, ok = e.nextAt(p.timer.At)
	case p.timer.Aligned:
		due = e.alignedAfter(p.every)
	}
	if !ok {
		e.pending--
		return
	}
	e.timers.set(&p.alarm, due)
	if e.trace != nil {
		e.traceTimer(p, Waits)
	}
}

// ring runs the block. One that recurs is set again first, so that it stands
// before what its own block sets for the same time.
func (p *pending) ring(e *Engine, _ *alarm) {
	if e.trace != nil {
		e.traceTimer(p, Rang)
	}
	if p.timer.Recurs {
		e.rearm(p)
	} else {
		e.pending--
	}
	env := e.push(nil, p.timer.Name, p.timer.Locals)
	env.vars, env.captures = p.vars, p.timer.Captures
	env.run(p.timer.Do)
	e.pop()
	if e.trace != nil {
		e.traceTimer(p, Done)
	}
}

// dueAgain is when a time of day or an aligned span comes next.
func (p *pending) dueAgain(e *Engine, _ *alarm) (int64, bool) {
	switch {
	case p.timer.At != nil:
		return e.dueAt(p.timer.At), true
	case p.timer.Aligned:
		return e.alignedAfter(p.every), true
	}
	return 0, false
}
