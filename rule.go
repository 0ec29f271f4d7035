package logs

import "errors"

// A Rule says what to do with a message that it matches. Its zero value
// never matches.
//
// A Rule is a description and never changes; the engine makes live rules of
// it: one at the start if it is a member of a ruleset, or one each time that
// an action makes it (Env.Make).
type Rule struct {
	Name string // as effects show it and DeleteRule finds it; may be empty
	ID   string // tells it apart in a snapshot; New fills it in if empty
	Pos  string // where it was written; shown when it has no name

	Match    Match           // nil never matches
	Bindings []string        // the names of the locals that Match binds
	Locals   int             // how many further locals Where and Do use
	Where    func(*Env) bool // a further condition; nil: none
	Captures []Var           // what it keeps of where it was made
	With     []Var           // its variables, worked out when it is made
	Do       []Action        // run in order on a match
	Continue bool            // a match does not end the walk
	Filter   bool            // a match ends the walk of all rulesets
	Once     bool            // it dies after its first match
	Until    Match           // asked after the actions of a match: if it holds, the rule dies

	Index *Index // how it is found among many made of it; nil: by trying each

	Lasting   Length   // it dies so long after it was made
	Idle      Length   // it dies so long after its last match
	At        Schedule // it dies at that time
	OnTimeout []Action // run when one of the last three ends it, and only then
}

// A Var is a variable and its first value. Captures are worked out in the
// scope of the maker, other variables in their own, captures included.
type Var struct {
	Name string
	Init Expr
}

// An Action does something about a message: it changes contexts, makes
// rules, asks for effects. Returning Stop ends the walk for this message; any
// other error is reported as a fault of the rule, and the next action runs.
type Action func(env *Env) error

// Stop is returned by an action to end its block and the walk.
var Stop = errors.New("stop")

// A Member is what a ruleset holds: a *Rule, a *Ruleset or a *Sequence.
type Member interface{ member() }

func (*Rule) member()    {}
func (*Ruleset) member() {}

// A Ruleset is an ordered list of members behind a guard. The first member
// that matches and is not continuing ends the walk; if the guard does not
// hold or no member matches, the outer walk goes on.
type Ruleset struct {
	Name string
	ID   string // tells it apart in a snapshot; New fills it in if empty
	Pos  string // where it was written; shown when it has no name

	Match    Match           // the guard; nil always holds
	Bindings []string        // the names of the locals that Match binds; members see them as Outer
	Locals   int             // how many further locals Where and Do use
	Where    func(*Env) bool // a further condition; nil: none
	With     []Var           // its variables
	Do       []Action        // run once when the guard and a member matched
	Members  []Member
	Fixed    bool // no action puts further rules among the members, or those of rulesets in it
}

// A live is a member of a ruleset as it lives in an engine: a node in the
// ruleset's list.
//
//	live ⇄ live ⇄ live        in walk order, linked so that rules can be
//	  └ set: its own members   made and die while the walk goes on
type live struct {
	// What it is: one of these.
	rule *Rule
	set  *liveSet
	seq  *liveSequence

	in         *liveSet // the list it stands in; nil once it is unlinked
	prev, next *live
	after      *live  // the last rule placed after it by the message at hand
	rank       uint64 // grows along the list

	// How the walk of a line comes to it; see dispatch.go.
	passage
	open link[*live] // among the open ones
	key  string      // in the index
	same *live       // the one of the key's hash that came before it

	vars    []Value // With, then Captures
	alarms  []alarm
	count   *Count
	static  bool // made at the start, not by an action
	dead    bool
	running bool // its actions run: it is unlinked when they are done
}

func (n *live) link() *link[*live] { return &n.open }

// A liveSet is a ruleset's list of live members.
type liveSet struct {
	ruleset    *Ruleset
	self       *live // its node in the outer list; nil for the root
	head, tail *live

	// The ways to the members; see dispatch.go.
	gated     []*live // those from the start with a gate, in order
	firstGate int     // the number of the first one's gate
	open      chain[*live]
	indexes   []*index
}

// insert puts n before the member at, or last if at is nil. forward says that
// more may be put there, behind n.
func (s *liveSet) insert(n, at *live, forward bool) {
	n.in, n.next = s, at
	if at == nil {
		n.prev, s.tail = s.tail, n
	} else {
		n.prev, at.prev = at.prev, n
	}
	if n.prev == nil {
		s.head = n
	} else {
		n.prev.next = n
	}
	s.rankBetween(n, forward)
}

// unlink takes n out of its list. n keeps its own links, so that a walk that
// stands on it can go on.
func (n *live) unlink() {
	s := n.in
	if s == nil {
		return
	}
	if n.prev == nil {
		s.head = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		s.tail = n.prev
	} else {
		n.next.prev = n.prev
	}
	n.closeWay()
	n.in = nil
}

// A Place says where in the current ruleset a rule that is made goes.
// PlaceAfter and PlaceLast see the message that made them.
type Place uint8

// The places: before and after the rule that makes it, first and last in the
// ruleset.
const (
	PlaceBefore Place = iota
	PlaceAfter
	PlaceFirst
	PlaceLast
)

// MaxLiveRules is how many rules made at run time may live at once; beyond,
// no more are made, which is counted.
const MaxLiveRules = 1_000_000

// Make makes a rule in the current ruleset: that of the rule whose actions
// run, else the root.
func (env *Env) Make(r *Rule, place Place) {
	e := env.engine
	if e.made >= MaxLiveRules {
		e.stats.Dropped++
		return
	}
	e.made++
	n := e.newLive(r, capture(env, r.Captures), nil, env.msg)
	e.place(n, env.at, place)
	if e.trace != nil {
		e.traceLive(n, Made)
	}
}

// place links n into the list relative to the rule at.
func (e *Engine) place(n, at *live, place Place) {
	set := e.root
	if at != nil && at.in != nil {
		set = at.in
	} else {
		at = nil
	}
	switch {
	case place == PlaceLast, place == PlaceAfter && at == nil:
		set.insert(n, nil, false)
	case place == PlaceFirst, at == nil:
		set.insert(n, set.head, false)
	case place == PlaceBefore:
		set.insert(n, at, true)
	default:
		// Several placed after one rule by one message stand in the order made.
		last := at
		if at.after != nil && at.after.in == set {
			last = at.after
		}
		set.insert(n, last.next, false)
		at.after = n
	}
	e.openMade(n)
}

// newLive makes a live rule; what it captured and the message that made it
// are given, or the scope around it if it is a member of a ruleset from the
// start.
func (e *Engine) newLive(r *Rule, captured []Value, outer *Env, m *Message) *live {
	n := &live{rule: r, count: e.counts[r.ID]}
	n.vars = e.newVars(n, n.count.Name, r.With, captured, outer, m)
	n.alarms = e.newAlarms(n, r.Lasting != nil, r.Idle != nil, r.At != nil)
	if len(n.alarms) > 0 {
		env := e.push(m, n.count.Name, 0)
		env.vars, env.outer = n.vars, outer
		e.arm(n.alarms, r.Lasting, r.Idle, r.At, env)
		e.pop()
	}
	if r.Name != "" {
		if e.named[r.Name] == nil {
			e.named[r.Name] = map[*live]struct{}{}
		}
		e.named[r.Name][n] = struct{}{}
	}
	return n
}

// newVars works out the variables of a rule or ruleset, which owns what it has
// captured.
func (e *Engine) newVars(at *live, name string, with []Var, captured []Value, outer *Env, m *Message) []Value {
	if len(with) == 0 {
		return captured
	}
	env := e.push(m, name, 0)
	env.at, env.outer = at, outer
	vars := env.work(with, captured)
	e.pop()
	return vars
}

// work works out variables in their own scope, in which those before them and
// the captures are known.
func (env *Env) work(with []Var, captured []Value) []Value {
	if len(with)+len(captured) == 0 {
		return nil
	}
	env.vars = append(make([]Value, len(with), len(with)+len(captured)), captured...)
	for i, v := range with {
		env.vars[i] = v.Init(env).Keep()
	}
	return env.vars
}

// capture works out captures in the scope of the maker.
func capture(env *Env, captures []Var) []Value {
	if len(captures) == 0 {
		return nil
	}
	vars := make([]Value, len(captures))
	for i, c := range captures {
		vars[i] = c.Init(env).Keep()
	}
	return vars
}

// DeleteRule kills all live rules of the name.
func (env *Env) DeleteRule(name string) {
	for n := range env.engine.named[name] {
		env.engine.kill(n)
	}
}

// kill ends a live rule silently.
func (e *Engine) kill(n *live) {
	if n.dead {
		return
	}
	n.dead = true
	e.dispatch.change++
	if e.trace != nil {
		e.traceLive(n, Died)
	}
	for i := range n.alarms {
		e.timers.unset(&n.alarms[i])
	}
	if !n.running {
		n.unlink()
	}
	if !n.static {
		e.made--
	}
	if same := e.named[n.rule.Name]; same != nil {
		delete(same, n)
		if len(same) == 0 {
			delete(e.named, n.rule.Name)
		}
	}
}

// ring ends a live rule whose time is up.
func (n *live) ring(e *Engine, _ *alarm) {
	r := n.rule
	n.running, n.after = true, nil // stay linked, so that what the block makes has its place
	if e.trace != nil {
		e.traceLive(n, Rang)
	}
	e.kill(n)
	depth := e.depth
	outer := e.around(n.in)
	env := e.push(nil, n.count.Name, len(r.Bindings)+r.Locals)
	env.at, env.vars, env.with, env.captures, env.outer = n, n.vars, r.With, r.Captures, outer
	env.run(r.OnTimeout)
	if e.trace != nil {
		e.traceLive(n, Done)
	}
	e.depth = depth
	n.running = false
	n.unlink()
}

// around pushes the scopes of the rulesets around a member that runs without
// a message: their variables are there, their guards have bound nothing.
func (e *Engine) around(s *liveSet) *Env {
	if s.self == nil {
		return nil
	}
	r := s.ruleset
	outer := e.around(s.self.in)
	env := e.push(nil, s.self.count.Name, len(r.Bindings)+r.Locals)
	env.vars, env.names, env.with, env.outer = s.self.vars, r.Bindings, r.With, outer
	return env
}

// dueAgain is when the time of timing out at comes.
func (n *live) dueAgain(e *Engine, a *alarm) (int64, bool) {
	if a.what != clock {
		return 0, false
	}
	return e.dueAt(n.rule.At), true
}
