package logs

import (
	"slices"
	"strings"
	"time"
)

// A Sequence waits, for each key, for steps that follow each other:
//
//	step 1 ──→ step 2 ──→ ... ──→ all done: Do
//	  └─ Within ──────────────────→ not all done: Missing
//
// It stands in the walk at its place and is continuing. Matches of a step
// that is done are absorbed; those of a later step, without the ones before
// it, are nothing, unless they lie within the clock skew of it.
type Sequence struct {
	Name string
	ID   string // tells it apart in a snapshot; New fills it in if empty
	Pos  string // where it was written; shown when it has no name

	Bindings []string // the names of the locals that steps bind: the keys first
	Keys     int      // how many of them are keys; every step must bind these
	Locals   int      // how many further locals Do and Missing use
	Steps    []SequenceStep
	Within   time.Duration // from the first match to the last; 0: any time
	AnyOrder bool          // the steps may come in any order
	Strict   bool          // a match of another step in between breaks it
	AtMost   int           // how many may be under way at once; 0: MaxContexts
	Do       []Action      // run when all steps are done
	Missing  []Action      // run when the time is up before; Env.Step is the one awaited
}

// A SequenceStep is one step: it is done when its match has held so often.
type SequenceStep struct {
	Name  string
	Match Match
	Times int // 0: once
}

func (*Sequence) member() {}

// times returns how often the step must match.
func (s *SequenceStep) times() int { return max(s.Times, 1) }

// A liveSequence is a Sequence in an engine, with all that is under way, in
// the order in which it began.
type liveSequence struct {
	seq   *Sequence
	node  *live
	byKey map[string]*progress
	begun chain[*progress]
}

// A progress is how far one key has come.
type progress struct {
	of     *liveSequence
	key    string
	counts []int // of each step, how often it has matched
	begun  bool  // a step has matched, not only early
	values []Value
	lines  []string // the last lines that matched
	host   string   // of the last match that counted, and when that was
	at     int64
	early  []earlyMatch
	alarm  alarm
	links  link[*progress]
}

func (p *progress) link() *link[*progress] { return &p.links }

// An earlyMatch is a match of a step before its turn. While it lies within
// the skew of the step before it, on another host, it counts all the same.
type earlyMatch struct {
	step   int
	at     int64
	host   string
	values []Value
	line   string
}

// maxEarly bounds the early matches of one key; maxStepLines the lines kept.
const (
	maxEarly     = 100
	maxStepLines = 20
)

// A hit is a step that matched the message at hand, under a key.
type hit struct {
	step   int
	key    string
	values []Value
}

// trySequence asks the steps of a sequence.
func (e *Engine) trySequence(n *live, m *Message) {
	n.count.Tries++
	q := n.seq
	hits := e.hits(n, m)
	if len(hits) == 0 && e.trace != nil {
		e.traceSequence(n, m)
	}
	for len(hits) > 0 {
		key := hits[0].key
		same, others := hits[:0:0], hits[:0:0]
		for _, h := range hits {
			if h.key == key {
				same = append(same, h)
			} else {
				others = append(others, h)
			}
		}
		e.advanceSequence(q, key, same, m)
		hits = others
	}
}

// hits finds the steps that match a message. Most often there are none.
func (e *Engine) hits(n *live, m *Message) []hit {
	seq := n.seq.seq
	var hits []hit
	for i := range seq.Steps {
		env := e.push(m, n.count.Name, len(seq.Bindings)+seq.Locals)
		env.at, env.names = n, seq.Bindings
		if seq.Steps[i].Match.Holds(env) {
			hits = append(hits, hit{i, string(e.key(env.vals[:seq.Keys])), keepAll(env.vals[:len(seq.Bindings)])})
		}
		e.pop()
	}
	return hits
}

// advanceSequence takes what matched under one key. The step that is awaited
// counts before others.
func (e *Engine) advanceSequence(q *liveSequence, key string, hits []hit, m *Message) {
	p := q.byKey[key]
	for _, h := range hits {
		if q.awaits(p, h.step) {
			if p == nil {
				p = e.newProgress(q, key)
			}
			e.countStep(p, h.step, h.values, hostOf(m), e.now, m.Line)
			if e.trace != nil {
				e.traceStep(p, h.step, m)
			}
			e.takeEarly(p)
			e.finish(p, m)
			return
		}
	}
	if p != nil && p.begun && q.seq.Strict {
		e.dropProgress(p)
		if i := slices.IndexFunc(hits, func(h hit) bool { return h.step == 0 }); i >= 0 {
			e.advanceSequence(q, key, hits[i:i+1], m)
		}
		return
	}
	if e.skew > 0 && m.Event == "" {
		e.noteEarly(q, p, key, hits, m)
	}
}

// awaits tells whether a match of a step counts now; p is nil before the
// first.
func (q *liveSequence) awaits(p *progress, step int) bool {
	if q.seq.AnyOrder {
		return p == nil || p.counts[step] < q.seq.Steps[step].times()
	}
	if p == nil {
		return step == 0
	}
	return step == p.awaited()
}

// awaited returns the first step that is not done; their number if all are.
func (p *progress) awaited() int {
	for i := range p.counts {
		if p.counts[i] < p.of.seq.Steps[i].times() {
			return i
		}
	}
	return len(p.counts)
}

func hostOf(m *Message) string { return m.Header().Host }

// countStep counts a match of a step.
func (e *Engine) countStep(p *progress, step int, values []Value, host string, at int64, line string) {
	seq := p.of.seq
	if !p.begun {
		p.begun = true
		e.timers.unset(&p.alarm)
		if seq.Within > 0 {
			e.timers.set(&p.alarm, at+int64(seq.Within))
		}
	}
	p.counts[step]++
	p.host, p.at = strings.Clone(host), at
	for i, v := range values {
		if !v.IsNil() {
			p.values[i] = v
		}
	}
	if line != "" {
		if len(p.lines) == maxStepLines {
			p.lines = slices.Delete(p.lines, 0, 1)
		}
		p.lines = append(p.lines, strings.Clone(line))
	}
}

// takeEarly counts the early matches of the steps whose turn has now come.
func (e *Engine) takeEarly(p *progress) {
	for i := 0; i < len(p.early); i++ {
		m := p.early[i]
		near := p.at-m.at <= e.skew && m.host != p.host
		if near && p.of.awaits(p, m.step) {
			p.early = slices.Delete(p.early, i, i+1)
			e.countStep(p, m.step, m.values, m.host, max(m.at, p.at), m.line)
			i = -1
		}
	}
}

// noteEarly remembers matches of steps whose turn has not come.
func (e *Engine) noteEarly(q *liveSequence, p *progress, key string, hits []hit, m *Message) {
	if p == nil {
		p = e.newProgress(q, key)
	}
	p.early = slices.DeleteFunc(p.early, func(x earlyMatch) bool { return e.now-x.at > e.skew })
	for _, h := range hits {
		if p.counts[h.step] == 0 && len(p.early) < maxEarly {
			p.early = append(p.early, earlyMatch{h.step, e.now, strings.Clone(hostOf(m)), h.values, strings.Clone(m.Line)})
		}
	}
	if !p.begun {
		e.timers.set(&p.alarm, e.now+e.skew+1)
	}
}

// newProgress begins a key, dropping the oldest if too many are under way.
func (e *Engine) newProgress(q *liveSequence, key string) *progress {
	most := q.seq.AtMost
	if most <= 0 {
		most = MaxContexts
	}
	for len(q.byKey) >= most {
		e.dropProgress(q.begun.first)
		e.stats.Evicted++
	}
	p := &progress{of: q, key: key, counts: make([]int, len(q.seq.Steps)), values: make([]Value, len(q.seq.Bindings))}
	p.alarm.owner = p
	q.add(p)
	return p
}

// add puts a key under way.
func (q *liveSequence) add(p *progress) {
	q.byKey[p.key] = p
	q.begun.add(p)
}

func (e *Engine) dropProgress(p *progress) {
	delete(p.of.byKey, p.key)
	p.of.begun.remove(p)
	e.timers.unset(&p.alarm)
}

// finish ends a key whose steps are all done.
func (e *Engine) finish(p *progress, m *Message) {
	if p.awaited() < len(p.counts) {
		return
	}
	p.of.node.count.Matches++
	e.dropProgress(p)
	e.runSequence(p, m, p.of.seq.Do, "all steps are done")
}

// ring ends a key whose time is up. One that was only early ends silently.
func (p *progress) ring(e *Engine, _ *alarm) {
	e.dropProgress(p)
	if p.begun {
		e.runSequence(p, nil, p.of.seq.Missing, causeNames[causeTime])
	}
}

// runSequence runs a block of a sequence with what its steps bound.
func (e *Engine) runSequence(p *progress, m *Message, block []Action, why string) {
	q := p.of
	if e.trace != nil {
		e.traceProgress(p, m, why)
	}
	env := e.push(m, q.node.count.Name, len(q.seq.Bindings)+q.seq.Locals)
	env.at, env.names, env.progress = q.node, q.seq.Bindings, p
	copy(env.vals, p.values)
	env.run(block)
	if e.trace != nil {
		e.traceLive(q.node, Done)
	}
	e.pop()
}

// Step returns, in Missing, the name of the step that is awaited; else nil.
func (env *Env) Step() Value {
	if env.progress == nil {
		return Nil
	}
	if i := env.progress.awaited(); i < len(env.progress.counts) {
		return Text(env.progress.of.seq.Steps[i].Name)
	}
	return Nil
}

// dueAgain tells that within goes by durations alone.
func (p *progress) dueAgain(*Engine, *alarm) (int64, bool) { return 0, false }
