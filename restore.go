package logs

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"time"
)

// Load gives the engine the state of a snapshot. The program may have changed
// since: rules, stores, variables and timers are found again by name; what no
// longer has a place is dropped and counted in Stats.Dropped, and what is new
// starts now. The engine must be a new one; after an error it must not be used.
func (e *Engine) Load(r io.Reader) error {
	if e.started {
		return fmt.Errorf("the engine is running already: load into a new one")
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("cannot read the snapshot: %w", err)
	}
	d, err := openSnapshot(string(data))
	if err != nil {
		return err
	}
	if !d.bool() {
		return d.err
	}
	l := &loader{decoder: d, e: e, known: map[string]bool{}}
	l.loadClock()
	l.loadRules()
	l.loadStores()
	l.loadTimers()
	if err := l.loadExtensions(); err != nil {
		return err
	}
	l.finish()
	return l.err
}

// openSnapshot checks what stands around a snapshot.
func openSnapshot(data string) (*decoder, error) {
	rest, ok := strings.CutPrefix(data, snapshotMagic)
	if !ok {
		return nil, fmt.Errorf("this is no snapshot of LoGS")
	}
	if len(rest) < 4 {
		return nil, errTorn
	}
	body, sum := data[:len(data)-4], data[len(data)-4:]
	if crc32.Checksum([]byte(body), castagnoli) != binary.LittleEndian.Uint32([]byte(sum)) {
		return nil, errTorn
	}
	d := &decoder{data: body[len(snapshotMagic):]}
	if version := d.uint(); version != snapshotVersion {
		return nil, fmt.Errorf("the snapshot has version %d, this program reads %d: use the program that wrote it", version, snapshotVersion)
	}
	return d, nil
}

// A loader loads a snapshot into an engine that has just been started.
type loader struct {
	*decoder
	e     *Engine
	known map[string]bool // the IDs of the rules of the program that saved

	order, timerOrder uint64 // set in the end,
	stats             Stats  // since making things again moves the engine's own
}

func (l *loader) loadClock() {
	e := l.e
	now := l.int()
	e.shift = l.int()
	e.start(now)
	l.order, l.timerOrder = l.uint(), l.uint()
	for _, n := range l.stats.counters() {
		*n = l.uint()
	}
	l.vars(e.program.Globals, nil, e.globals)
	for range l.count() {
		id := l.text()
		l.known[id] = true
		n := e.counts[id]
		if n == nil {
			n = &Count{}
		}
		n.Tries, n.Matches, n.GaveUp = l.uint(), l.uint(), l.uint()
	}
}

// finish reads the faults that were told, and undoes what only came of making
// things again.
func (l *loader) finish() {
	e := l.e
	clear(e.faults)
	for range l.count() {
		e.faults[l.text()] = true
	}
	e.order, e.timers.order, e.stats = l.order, l.timerOrder, l.stats
}

// vars reads variables and sets those that there still are, by name.
func (l *loader) vars(with, captures []Var, values []Value) {
	for range l.count() {
		captured, name, v := l.bool(), l.text(), l.value()
		vars, first := with, 0
		if captured {
			vars, first = captures, len(with)
		}
		if i := indexVar(vars, name); i >= 0 && first+i < len(values) {
			values[first+i] = v
		}
	}
}

// alarms reads the alarms of an owner that has just been made, and sets those
// that it still has as they were.
func (l *loader) alarms(alarms []alarm) {
	for range l.count() {
		what, saved := deadline(l.uint()), alarm{}
		into := &saved
		for i := range alarms {
			if alarms[i].what == what {
				into = &alarms[i]
			}
		}
		l.alarm(into)
		if into == &saved {
			l.e.timers.unset(into)
		}
	}
}

// alarm reads one alarm and sets it as it was.
func (l *loader) alarm(a *alarm) {
	l.e.timers.unset(a)
	if l.bool() {
		l.e.timers.restore(a, l.int(), l.uint())
	}
}

// restore arms an alarm as it was in a snapshot.
func (t *timers) restore(a *alarm, due int64, order uint64) {
	a.due, a.order = due, order
	t.push(a)
}

func (l *loader) loadRules() {
	static := map[string]*live{}
	collect(l.e.root, static)
	alive := map[string]bool{}
	l.loadSet(l.e.root, static, alive)
	for id, n := range static {
		if n.rule != nil && l.known[id] && !alive[id] {
			l.e.kill(n)
		}
	}
}

// collect finds the members that the program starts with, by ID.
func collect(s *liveSet, static map[string]*live) {
	for n := s.head; n != nil; n = n.next {
		switch {
		case n.set != nil:
			static[n.set.ruleset.ID] = n
			collect(n.set, static)
		case n.seq != nil:
			static[n.seq.seq.ID] = n
		default:
			static[n.rule.ID] = n
		}
	}
}

// loadSet reads the members of a ruleset. Rules made at run time are put
// before the next member that the program still has; s is nil if the ruleset
// itself is gone.
func (l *loader) loadSet(s *liveSet, static map[string]*live, alive map[string]bool) {
	var waiting []*live
	for range l.count() {
		kind, id := l.uint(), l.text()
		n := static[id]
		switch kind {
		case memberSet:
			inner := l.staticVars(n, func(n *live) []Var { return n.set.ruleset.With })
			l.loadSet(inner, static, alive)
		case memberSequence:
			l.loadSequence(n)
		case memberRule:
			alive[id] = true
			l.loadStatic(n)
		default:
			n = l.loadMade(id)
			if n != nil && s != nil {
				waiting = append(waiting, n)
			}
			continue
		}
		if n == nil || n.in != s {
			continue
		}
		for _, w := range waiting {
			s.insert(w, n, true)
			l.e.openMade(w)
		}
		waiting = waiting[:0]
	}
	for _, w := range waiting {
		s.insert(w, nil, false)
		l.e.openMade(w)
	}
}

// staticVars reads the variables of a ruleset and returns its live set.
func (l *loader) staticVars(n *live, with func(*live) []Var) *liveSet {
	if n == nil || n.set == nil {
		l.vars(nil, nil, nil)
		return nil
	}
	l.vars(with(n), nil, n.vars)
	return n.set
}

func (l *loader) loadStatic(n *live) {
	if n == nil || n.rule == nil {
		l.vars(nil, nil, nil)
		l.alarms(nil)
		l.stats.Dropped++
		return
	}
	l.vars(n.rule.With, nil, n.vars)
	l.alarms(n.alarms)
}

// loadMade reads a rule that was made at run time; nil if its description is
// gone.
func (l *loader) loadMade(id string) *live {
	for _, r := range l.e.program.Rules {
		if r.ID != id {
			continue
		}
		n := l.e.newLive(r, make([]Value, len(r.Captures)), nil, nil)
		l.vars(r.With, r.Captures, n.vars)
		l.alarms(n.alarms)
		l.e.made++
		return n
	}
	l.vars(nil, nil, nil)
	l.alarms(nil)
	l.stats.Dropped++
	return nil
}

func (l *loader) loadStores() {
	for range l.count() {
		name, keys := l.text(), int(l.uint())
		f := &family{store: &Store{}} // takes what has no place any more
		for _, s := range l.e.stores {
			if s.Name == name && len(s.Keys) == keys {
				f = l.e.families[s]
			}
		}
		l.loadFamily(f)
	}
	for _, s := range l.e.stores {
		if s.AliasOf != nil {
			l.e.families[s].joinAliases(l.e.families[s.AliasOf])
		}
	}
}

func (l *loader) loadFamily(f *family) {
	kept := f.byKey != nil
	if f.ready = l.bool(); f.ready {
		f.vars = make([]Value, len(f.store.Captures))
	}
	l.vars(nil, f.store.Captures, f.vars)
	for range l.count() {
		key, at := l.text(), l.int()
		if kept && f.store.Once {
			f.note(key, at)
		}
	}
	for range l.count() {
		name, key := l.text(), l.text()
		if f.aliases == nil {
			f.aliases = map[string]string{}
		}
		f.aliases[name] = key
	}
	for range l.count() {
		l.loadContext(f, kept)
	}
}

// joinAliases makes the way back from the contexts to their second names.
func (f *family) joinAliases(of *family) {
	for name, key := range f.aliases {
		if of.names == nil {
			of.names = map[string][]string{}
		}
		of.names[key] = append(of.names[key], name)
	}
}

func (l *loader) loadContext(f *family, kept bool) {
	s := f.store
	if limits := l.limits(); limits != nil && kept {
		s = f.limited(*limits)
	}
	c := &Context{store: s, family: f, key: l.text(), order: l.uint(), made: l.int()}
	c.vars = make([]Value, len(s.With)+len(s.Captures))
	l.vars(s.With, s.Captures, c.vars)
	c.alarms = l.e.newAlarms(c, s.Lasting > 0, s.Idle > 0, s.At != nil)
	l.e.arm(c.alarms, lengthOf(s.Lasting), lengthOf(s.Idle), s.At, nil)
	l.alarms(c.alarms)
	indexed := l.bool()
	n := l.count()
	c.items.buf = make([]item, 0, n)
	var index *itemIndex
	if indexed {
		index = &itemIndex{place: make(map[string]int, n)}
	}
	for i := range n {
		c.items.buf = append(c.items.buf, item{l.int(), l.value()})
		if indexed {
			key := l.text()
			index.keys = append(index.keys, key)
			index.place[key] = i
		}
	}
	if !kept {
		l.stats.Dropped++
		return
	}
	c.items.index = index
	l.e.kept += c.items.weight()
	f.byKey[c.key] = c
	f.contexts.add(c)
}

func (l *loader) loadTimers() {
	e := l.e
	known := map[string]bool{}
	for range l.count() {
		known[l.text()] = true
	}
	timers := map[string]*Timer{}
	for _, t := range e.program.Blocks {
		timers[t.ID] = t
	}
	for _, t := range e.program.Timers {
		timers[t.ID] = t
	}
	for _, p := range e.sortedPending() {
		if known[p.timer.ID] {
			e.timers.unset(&p.alarm)
			e.pending--
		}
	}
	for range l.count() {
		l.loadTimer(timers[l.text()])
	}
}

// loadTimer reads one block that waits; t is nil if it is gone.
func (l *loader) loadTimer(t *Timer) {
	if t == nil {
		l.vars(nil, nil, nil)
		l.int()
		l.int()
		l.uint()
		l.stats.Dropped++
		return
	}
	p := &pending{timer: t, vars: make([]Value, len(t.Captures))}
	l.vars(nil, t.Captures, p.vars)
	p.every = time.Duration(l.int())
	p.alarm = alarm{what: clock, owner: p}
	due, order := l.int(), l.uint()
	l.e.pending++
	l.e.timers.restore(&p.alarm, due, order)
}

func (l *loader) loadExtensions() error {
	e := l.e
	for range l.count() {
		name, data := l.text(), l.text()
		for i, x := range e.program.Extensions {
			if x.Name != name {
				continue
			}
			if err := e.states[i].Load([]byte(data)); err != nil {
				return fmt.Errorf("cannot load what %s keeps: %w", name, err)
			}
		}
	}
	return nil
}
