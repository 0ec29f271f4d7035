package logs

import (
	"errors"
	"fmt"
	"slices"

	"github.com/logs-rdl/logs/internal/match"
)

// A Match tells when a rule applies. Holds is asked at most once for a
// message and a rule; it must write the values of its groups to the locals
// of env, and may do so even if it then returns false. It must not act.
type Match interface{ Holds(env *Env) bool }

// A MatchFunc is a Go function as a match. It binds values with
// env.SetLocal, in the order of the rule's Bindings.
type MatchFunc func(env *Env) bool

// Holds calls the function.
func (f MatchFunc) Holds(env *Env) bool { return f(env) }

// Everything holds for every message, events included.
func Everything() Match { return MatchFunc(func(*Env) bool { return true }) }

// Not holds when x does not. What x binds is not to be used.
func Not(x Match) Match { return MatchFunc(func(env *Env) bool { return !x.Holds(env) }) }

// And holds when both do. The second is not asked when the first does not.
func And(x, y Match) Match { return conjunction{x, y} }

type conjunction struct{ x, y Match }

func (m conjunction) Holds(env *Env) bool { return m.x.Holds(env) && m.y.Holds(env) }

// Or holds when one of the two does; the second is not asked when the first
// does, and then its groups are nil.
func Or(x, y Match) Match { return &disjunction{x, y, slotsOf(x)} }

type disjunction struct {
	x, y Match
	// What x bound before it failed must not be seen.
	forget []int
}

func (m *disjunction) Holds(env *Env) bool {
	if m.x.Holds(env) {
		return true
	}
	for _, slot := range m.forget {
		env.SetLocal(slot, Nil)
	}
	return m.y.Holds(env)
}

// Event holds for an event of that name. It binds the event's fields of the
// given names to the locals from first on; where one is missing there is no
// match.
func Event(name string, first int, fields ...string) Match {
	return &eventMatch{name, first, fields}
}

type eventMatch struct {
	name   string
	first  int
	fields []string
}

func (m *eventMatch) Holds(env *Env) bool {
	if env.msg == nil || env.msg.Event != m.name {
		return false
	}
	for i, field := range m.fields {
		v, ok := env.Bound(env.msg.Fields, field)
		if !ok {
			return false
		}
		env.SetLocal(m.first+i, v)
	}
	return true
}

// A Pattern searches the line for a regular expression, leftmost-first. It
// never holds for an event.
type Pattern struct {
	re    *match.Pattern
	slots []int // of each group: the local it is bound to, or -1
	holes []Expr
}

// An Expr computes a value. It must not act or fail: what has no value is nil.
type Expr func(env *Env) Value

// NewPattern compiles an expression: RE2 syntax with (?<name>...) groups,
// look-around and back-references, as the language reference says. Its groups
// bind the locals 0, 1, ... unless Bind says otherwise. The error is a
// *PatternError.
func NewPattern(expr string) (*Pattern, error) {
	re, err := match.Compile(expr)
	if err != nil {
		var bad *match.Error
		if errors.As(err, &bad) {
			err = &PatternError{bad.Offset, bad.Msg, bad.Hint}
		}
		return nil, err
	}
	p := &Pattern{re: re, slots: make([]int, len(re.Groups()))}
	for i := range p.slots {
		p.slots[i] = i
	}
	return p, nil
}

// Required returns the patterns that all match when m does.
func Required(m Match) []*Pattern {
	switch m := m.(type) {
	case *Pattern:
		return []*Pattern{m}
	case conjunction:
		return append(Required(m.x), Required(m.y)...)
	}
	return nil
}

// MustPattern is NewPattern for expressions that are known to be right; it
// panics if one is not.
func MustPattern(expr string) *Pattern {
	p, err := NewPattern(expr)
	if err != nil {
		panic(err)
	}
	return p
}

// Groups returns the names of the pattern's groups, "" for those without.
func (p *Pattern) Groups() []string { return p.re.Groups() }

// Holes returns the names in {name}, in order.
func (p *Pattern) Holes() []string { return p.re.Holes() }

// Bind returns the pattern with its groups bound to the given locals, -1 for
// none, and its holes filled with the text of the given expressions.
func (p *Pattern) Bind(slots []int, holes []Expr) *Pattern {
	return &Pattern{re: p.re, slots: slots, holes: holes}
}

// Anchor returns a hole, by its number, that stands right behind some literal
// text, and that text and what follows: see Index. It returns false if there
// is none.
func (p *Pattern) Anchor() (before string, hole int, after string, ok bool) { return p.re.Anchor() }

// String returns the expression.
func (p *Pattern) String() string { return p.re.String() }

// Holds searches the line of the message.
func (p *Pattern) Holds(env *Env) bool {
	m := env.msg
	if m == nil || m.Event != "" || !p.In(env, m.Line) {
		return false
	}
	for i, slot := range p.slots {
		if slot >= 0 {
			env.vals[slot] = group(m.Line, env.engine.loc, i+1)
		}
	}
	return true
}

// In tells whether the pattern matches somewhere in a text.
func (p *Pattern) In(env *Env, text string) bool {
	e := env.engine
	e.fill = e.fill[:0]
	for _, hole := range p.holes {
		e.fill = append(e.fill, env.TextOf(hole(env)))
	}
	var outcome match.Outcome
	e.loc, outcome = p.re.Find(e.loc[:0], text, e.fill)
	if outcome == match.GaveUp {
		env.gaveUp()
	}
	return outcome == match.Yes
}

func group(line string, loc []int, i int) Value {
	if loc[2*i] < 0 {
		return Nil
	}
	return Borrow(line[loc[2*i]:loc[2*i+1]])
}

// MatchString tells whether the pattern, which must have no holes, matches
// somewhere in a text.
func (p *Pattern) MatchString(text string) bool {
	_, outcome := p.re.Find(nil, text, nil)
	return outcome == match.Yes
}

// MatchText tells whether a text matches an expression that is worked out at
// run time. One that is no regular expression does not match, and is a fault.
func (env *Env) MatchText(text, expr string) bool {
	p, err := env.engine.compiled(expr)
	if err != nil {
		env.Fault("%w", err)
		return false
	}
	return p.In(env, text)
}

// Regexp searches the line for the regular expression that x gives at that
// moment. One that is no regular expression does not hold, and is a fault.
// The groups bind to the locals from first on, count of them.
func Regexp(x Expr, first, count int) Match {
	return &dynamicRegexp{x: x, first: first, count: count}
}

type dynamicRegexp struct {
	x            Expr
	first, count int
}

func (m *dynamicRegexp) Holds(env *Env) bool {
	p, err := env.engine.compiled(env.TextOf(m.x(env)))
	if err != nil {
		env.Fault("%w", err)
		return false
	}
	slots := make([]int, len(p.slots))
	for i := range slots {
		slots[i] = -1
		if i < m.count {
			slots[i] = m.first + i
		}
	}
	return p.Bind(slots, nil).Holds(env)
}

// maxCompiled bounds the patterns of Regexp that are kept compiled.
const maxCompiled = 1000

// compiled returns the pattern of an expression that was worked out at run
// time. The cache is emptied when it is full: such expressions are few.
func (e *Engine) compiled(expr string) (*Pattern, error) {
	if p, ok := e.regexps[expr]; ok {
		return p, nil
	}
	p, err := NewPattern(expr)
	if err != nil {
		return nil, err
	}
	if holes := p.Holes(); len(holes) > 0 {
		return nil, fmt.Errorf("the pattern has a hole {%s}, which nothing fills: write \\{", holes[0])
	}
	if len(e.regexps) >= maxCompiled {
		clear(e.regexps)
	}
	e.regexps[expr] = p
	return p, nil
}

// slotsOf lists the locals that a match may bind.
func slotsOf(m Match) []int {
	switch m := m.(type) {
	case conjunction:
		return append(slotsOf(m.x), slotsOf(m.y)...)
	case *disjunction:
		return append(slotsOf(m.x), slotsOf(m.y)...)
	case *dynamicRegexp:
		var slots []int
		for i := range m.count {
			slots = append(slots, m.first+i)
		}
		return slots
	case *Pattern:
		var slots []int
		for _, slot := range m.slots {
			if slot >= 0 {
				slots = append(slots, slot)
			}
		}
		return slots
	}
	return nil
}

// Rebind returns the pattern with its groups bound to the given locals, -1
// for none.
func (p *Pattern) Rebind(slots []int) *Pattern {
	if slices.Equal(slots, p.slots) {
		return p
	}
	return p.Bind(slices.Clone(slots), p.holes)
}

// A PatternError says what is wrong with a pattern, and at which byte of it.
type PatternError struct {
	Offset int
	Msg    string
	Hint   string // what to try; may be empty
}

// Error returns the message with the place and the hint.
func (e *PatternError) Error() string {
	text := fmt.Sprintf("at byte %d of the pattern: %s", e.Offset+1, e.Msg)
	if e.Hint != "" {
		text += ": " + e.Hint
	}
	return text
}
