package logs

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/logs-rdl/logs/internal/match"
	"github.com/logs-rdl/logs/internal/when"
)

// A Program is what an engine runs. It never changes, and several engines
// may run the same one.
type Program struct {
	Root    *Ruleset
	Stores  []*Store
	Timers  []*Timer // set at the first message
	Globals []Var

	// What actions may make at run time; Load finds them here.
	Rules  []*Rule
	Blocks []*Timer

	Extensions []Extension
}

// An Extension is state that functions keep outside of contexts and
// variables, such as the globals of a script. Each engine has its own.
type Extension struct {
	Name  string
	New   func() (State, error)
	Store *Store // holds what Env.Ensure makes; the State must be a Firer then; nil: none
}

// A State is the state of an Extension.
type State interface {
	// Save returns all that Load needs to make it again.
	Save() ([]byte, error)
	// Load replaces the state by what Save returned, perhaps by an older
	// version of the same extension.
	Load(data []byte) error
}

// Options change how an engine runs. The zero value is right for most.
type Options struct {
	Zone      *time.Location // of times of day and of what is printed; nil: UTC
	Trace     func(Step)     // told what happens, step by step; nil: nobody
	Brief     bool           // Trace is not told of rules that a line cannot concern, which is faster
	Plain     bool           // try every rule on every line, as the rules say: slow, to compare with
	Stopwatch func() int64   // a clock in ns that times each rule, ruleset and sequence; nil: none is timed
	Skew      time.Duration  // how far the clocks of two hosts may differ; see Sequence
	MaxKept   int            // bytes that contexts and windows may hold; 0: DefaultMaxKept
}

// DefaultMaxKept is how many bytes of items all contexts and windows hold at
// the most unless Options say otherwise: 1 GiB.
const DefaultMaxKept = 1 << 30

// Stats count what happened since the engine was made.
type Stats struct {
	Messages uint64 // processed
	Alerts   uint64
	Late     uint64 // messages with a stamp before the clock
	Faults   uint64 // what rules could not do
	Evicted  uint64 // contexts, items and memories of once dropped to keep a bound
	Dropped  uint64 // events, rules, timers and firings not made, to keep a bound
	GaveUp   uint64 // messages on which a pattern ran out of its time
	Missing  uint64 // values that a match by function or event should have bound
}

// A Count is how often a rule was tried and matched, all rules made of one
// description together. A line that lacks the literals which every match of
// the rule has is no try.
type Count struct {
	Name    string // the rule's name, or its ID if it has none
	Tries   uint64
	Matches uint64
	GaveUp  uint64        // lines on which its pattern ran out of its time
	Time    time.Duration // spent in it and what is in it, if there is a Stopwatch
}

// An Engine runs a program over messages. It is a plain value: no clock, no
// goroutine, no I/O; one goroutine owns it.
//
//	Process(message) ─→ timers due ─→ walk of the rules ─→ events emitted ─→ effects
//	Advance(time)    ─→ timers due ──────────────────────────────────────→ effects
//	Next()           ─→ when the next timer is due
//
// The clock is the greatest stamp so far. A message before it is processed at
// the clock's time.
type Engine struct {
	program   *Program
	zone      *time.Location
	trace     func(Step)
	stopwatch func() int64
	maxKept   int
	skew      int64

	started bool
	now     int64 // ns since the Unix epoch, never going back
	shift   int64 // what to add for the time on the wall, after leaps back
	order   uint64
	stats   Stats

	globals  []Value
	root     *liveSet
	named    map[string]map[*live]struct{}
	made     int      // rules made at run time that live
	stores   []*Store // of the program and its extensions
	families map[*Store]*family
	timers   timers
	pending  int // blocks that wait; their alarms are all set
	kept     int // bytes in contexts
	counts   map[string]*Count
	ids      []string // of counts, in the order of the program
	states   []State

	// Of the call at hand.
	effects []Effect
	events  []*Message
	emitted int
	firings int
	stopped bool
	cause   effectCause

	dispatch dispatch
	envs     []*Env // a stack
	depth    int
	loc      []int // scratch
	fill     []string
	keyBuf   []byte
	regexps  map[string]*Pattern
	faults   map[string]bool
}

// New makes an engine for a program. The error says which part of the
// program cannot be run.
func New(p *Program, o Options) (*Engine, error) {
	if p.Root == nil {
		return nil, fmt.Errorf("the program has no root ruleset")
	}
	e := &Engine{
		program: p, zone: o.Zone, trace: o.Trace, stopwatch: o.Stopwatch, maxKept: o.MaxKept, skew: int64(o.Skew),
		named: map[string]map[*live]struct{}{}, families: map[*Store]*family{},
		counts:  make(map[string]*Count, len(p.Root.Members)+len(p.Rules)),
		regexps: map[string]*Pattern{}, faults: map[string]bool{},
	}
	if e.zone == nil {
		e.zone = time.UTC
	}
	if e.maxKept == 0 {
		e.maxKept = DefaultMaxKept
	}
	for _, s := range p.Stores {
		e.addStore(s)
	}
	for _, x := range p.Extensions {
		if err := e.extend(x); err != nil {
			return nil, fmt.Errorf("%s: %w", x.Name, err)
		}
	}
	e.ids = make([]string, 0, len(p.Root.Members)+len(p.Rules))
	e.name(p)
	e.dispatch = newDispatch(p)
	e.dispatch.plain = o.Plain || o.Trace != nil && !o.Brief
	return e, nil
}

func (e *Engine) addStore(s *Store) *family {
	f := newFamily(s)
	e.stores, e.families[s] = append(e.stores, s), f
	return f
}

// extend makes the state of an extension.
func (e *Engine) extend(x Extension) error {
	state, err := x.New()
	if err != nil {
		return err
	}
	e.states = append(e.states, state)
	if x.Store == nil {
		return nil
	}
	firer, ok := state.(Firer)
	if !ok {
		return fmt.Errorf("its state %T has a store but no method Fire", state)
	}
	e.addStore(x.Store).firer = firer
	return nil
}

// Extension returns the engine's state of the i-th extension of its program.
func (env *Env) Extension(i int) State { return env.engine.states[i] }

// Process runs the timers due by the message's time and then the rules over
// the message. The effects are valid until the next call.
func (e *Engine) Process(m *Message) []Effect {
	t := e.now
	if !m.At.IsZero() {
		t = m.At.UnixNano()
	} else if !m.Time.IsZero() {
		t = m.Time.UnixNano() - e.shift
	}
	e.arrive(t)
	if m.Event == "" && !e.dispatch.plain {
		e.dispatch.cands = e.dispatch.filter.Candidates(e.dispatch.cands, m.Line)
	}
	return e.walkMessage(m)
}

// A Filter tells which lines may concern a rule that has a gate. It may be used
// by several goroutines.
type Filter struct{ set *match.Set }

// Filter returns the filter of the engine's program.
func (e *Engine) Filter() Filter { return Filter{e.dispatch.filter} }

// Any tells whether a line may concern a rule that has a gate.
func (f Filter) Any(line string) bool { return f.set.Any(line) }

// Find is Any for a text of many lines, in less time: the function that it
// returns tells where, from the start of a line on, the next line stands that
// may concern such a rule. It returns a place in that line, or the end of the
// text; it is to be asked with growing places, and belongs to one goroutine.
func (f Filter) Find(text string) func(from int) int { return f.set.Find(text) }

// Pass is Process, in less time, for a line of which the Filter said no and which
// is processed at the given time, as Message.At has it. The message is asked
// for only if there are rules that must see every line.
func (e *Engine) Pass(at time.Time, message func() *Message) []Effect {
	e.arrive(at.UnixNano())
	if e.gatedOnly() {
		return e.effects
	}
	e.dispatch.cands = e.dispatch.cands[:0]
	return e.walkMessage(message())
}

// Coast says whether lines that pass may be counted by Coasted instead of
// being handed to Pass: those at or behind the clock, now, and before the next
// timer, until. It returns false if there are rules that must see every line.
func (e *Engine) Coast() (now, until time.Time, ok bool) {
	if !e.started || !e.gatedOnly() {
		return now, until, false
	}
	due, ok := e.timers.next()
	if !ok {
		due = math.MaxInt64
	}
	return time.Unix(0, e.now), time.Unix(0, due), true
}

// Coasted is n times Pass, the last one at the given time.
func (e *Engine) Coasted(n int, at time.Time) {
	e.stats.Messages += uint64(n)
	e.now = at.UnixNano()
}

// gatedOnly tells whether there are no rules that must see every line.
func (e *Engine) gatedOnly() bool { return !e.dispatch.plain && e.root.open.first == nil }

// arrive lets the clock go on to a message.
func (e *Engine) arrive(t int64) {
	e.effects = e.effects[:0]
	e.advance(t)
	if t < e.now {
		e.stats.Late++
	}
	e.stats.Messages++
}

// walkMessage walks the rules over a message, and over the events that come
// of it.
func (e *Engine) walkMessage(m *Message) []Effect {
	e.cause = effectCause{text: m.Line, time: e.now, number: e.stats.Messages}
	e.emitted = 0
	e.walkRoot(m)
	e.drain()
	return e.effects
}

// Advance runs the timers due by t. The effects are valid until the next call.
func (e *Engine) Advance(t time.Time) []Effect {
	e.effects = e.effects[:0]
	e.advance(t.UnixNano() - e.shift)
	return e.effects
}

// Leap tells the engine that the stamps have leapt back: those that come are
// behind by so much, against those before. Durations go on as if no time had
// passed, and times of day follow the new stamps.
func (e *Engine) Leap(back time.Duration) {
	e.shift -= int64(back)
	for _, a := range e.timers.sorted() {
		if due, ok := a.owner.dueAgain(e, a); !ok {
			continue
		} else if due == never {
			e.timers.unset(a)
		} else {
			e.timers.set(a, due)
		}
	}
}

// Next returns when the next timer is due; false if none is set.
func (e *Engine) Next() (time.Time, bool) {
	due, ok := e.timers.next()
	return e.wall(due), ok
}

// Now returns the engine's clock.
func (e *Engine) Now() time.Time { return e.wall(e.now) }

// Stats returns the counters.
func (e *Engine) Stats() Stats { return e.stats }

// Counts returns the counts of all rules, in the order of the program.
func (e *Engine) Counts() []Count {
	counts := make([]Count, len(e.ids))
	for i, id := range e.ids {
		counts[i] = *e.counts[id]
	}
	return counts
}

// ExpireContexts lets the time of all contexts that live be up, in the order
// in which they were made; windows are left alone.
func (e *Engine) ExpireContexts() []Effect {
	e.effects = e.effects[:0]
	var all []*Context
	for _, f := range e.families {
		for _, c := range f.byKey {
			if c.store.Length == 0 {
				all = append(all, c)
			}
		}
	}
	slices.SortFunc(all, func(a, b *Context) int { return compare(int64(a.order), int64(b.order)) })
	for _, c := range all {
		if c.family.byKey[c.key] == c {
			e.cause = effectCause{text: c.store.Name, time: e.now, number: c.order}
			e.emitted = 0
			c.ring(e, nil)
			e.drain()
		}
	}
	return e.effects
}

// wall returns a time of the engine's clock as the clock on the wall shows it.
func (e *Engine) wall(ns int64) time.Time { return time.Unix(0, ns+e.shift).In(e.zone) }

func (e *Engine) nextOrder() uint64 {
	e.order++
	return e.order
}

// advance runs the timers due by t, each at its own time, then moves the
// clock to t. The first call starts the program: what was due before it
// never runs.
func (e *Engine) advance(t int64) {
	if !e.started {
		e.start(t)
	}
	for a := e.timers.pop(t); a != nil; a = e.timers.pop(t) {
		e.now = max(e.now, a.due)
		e.cause = effectCause{time: a.due, number: a.order}
		e.emitted = 0
		a.owner.ring(e, a)
		e.drain()
	}
	e.now = max(e.now, t)
}

// drain walks the rules over the events that were emitted, and over those
// that this emits.
func (e *Engine) drain() {
	for i := 0; i < len(e.events); i++ {
		e.walkRoot(e.events[i])
	}
	clear(e.events)
	e.events = e.events[:0]
}

// newAlarms makes the alarms that an owner needs, not yet set.
func (e *Engine) newAlarms(owner ringer, hasLasting, hasIdle, hasClock bool) []alarm {
	var alarms []alarm
	for what, has := range [...]bool{hasLasting, hasIdle, hasClock} {
		if has {
			alarms = append(alarms, alarm{what: deadline(what), owner: owner})
		}
	}
	return alarms
}

// arm sets alarms for something that is made now. Without an idle length the
// idle one is left unset.
func (e *Engine) arm(alarms []alarm, fixed, idleFor Length, at Schedule, env *Env) {
	for i := range alarms {
		a := &alarms[i]
		switch {
		case a.what == lasting:
			e.timers.set(a, e.now+int64(fixed(env)))
		case a.what == idle && idleFor != nil:
			e.timers.set(a, e.now+int64(idleFor(env)))
		case a.what == clock:
			if due, ok := e.nextAt(at); ok {
				e.timers.set(a, due)
			}
		}
	}
}

// never is the due time of a schedule that has no next time.
const never = math.MaxInt64

// dueAt is nextAt for Leap.
func (e *Engine) dueAt(s Schedule) int64 {
	if due, ok := e.nextAt(s); ok {
		return due
	}
	return never
}

// nextAt returns the schedule's next time on the engine's clock.
func (e *Engine) nextAt(s Schedule) (int64, bool) {
	next, ok := s.Next(e.wall(e.now))
	if !ok {
		return 0, false
	}
	return next.UnixNano() - e.shift, true
}

// alignedAfter returns the next multiple of d, counted from midnight where d
// divides a day, else from now.
func (e *Engine) alignedAfter(d time.Duration) int64 {
	now := e.wall(e.now)
	return when.NextEvery(d, now, now).UnixNano() - e.shift
}
