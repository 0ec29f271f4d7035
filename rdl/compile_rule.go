package rdl

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/logs-rdl/logs"
)

// seen remembers a binding, to find out in the end whether it is used.
type seen struct {
	v  *variable
	at Node
}

// checkBindings reports the bindings of a declaration that nothing in it uses.
func (c *compiler) checkBindings() {
	for _, s := range c.bindingsSeen {
		if !s.v.used {
			c.errorf(s.at, "use it, or make the group (?:...)", "nothing uses the binding %s", s.v.name)
		}
	}
	c.bindingsSeen = c.bindingsSeen[:0]
}

// clauses sorts the clauses of a declaration and reports those that are given
// twice; doing and the short statements may be.
type clauses struct {
	matching  *Matching
	binding   *Binding
	where     *Where
	with      []Assign
	acts      bool // there are some of doing
	ons       []*On
	flags     []*Flag
	once      *Once
	distinct  *Distinct
	until     *Until
	limits    []*Limit
	timingOut *TimingOutAt
	steps     []*Step
}

// on, flag and limit find a clause of which a declaration has a few at most.
func (s *clauses) on(event string) *On {
	return find(s.ons, func(x *On) bool { return x.Event == event })
}

func (s *clauses) flag(word string) bool {
	return find(s.flags, func(x *Flag) bool { return x.Word == word }) != nil
}

func (s *clauses) limit(word string) *Limit {
	return find(s.limits, func(x *Limit) bool { return x.Word == word })
}

// find returns the last of a list for which f holds, nil if there is none.
func find[T any](list []*T, f func(*T) bool) *T {
	for _, x := range slices.Backward(list) {
		if f(x) {
			return x
		}
	}
	return nil
}

func (c *compiler) sortClauses(list []Clause) (s clauses) {
	seen := make([]string, 0, 8)
	for _, clause := range list {
		switch word := s.take(clause); {
		case word == "":
		case slices.Contains(seen, word):
			c.errorf(clause, "", "%s is given twice", word)
		default:
			seen = append(seen, word)
		}
	}
	return s
}

// take puts a clause in its place and returns the word under which it may be
// given only once; "" if it may be given again.
func (s *clauses) take(clause Clause) string {
	switch x := clause.(type) {
	case *Matching:
		s.matching = x
		return "matching"
	case *Binding:
		s.binding = x
		return "binding"
	case *Where:
		s.where = x
		return "where"
	case *With:
		s.with = append(s.with, x.Vars...)
	case *Doing, *Short:
		s.acts = true
	case *On:
		s.ons = append(s.ons, x)
		return "on " + x.Event
	case *Flag:
		s.flags = append(s.flags, x)
		return x.Word
	case *Once:
		s.once = x
		return "once"
	case *Distinct:
		s.distinct = x
		return "distinct"
	case *Until:
		s.until = x
		return "until"
	case *Limit:
		s.limits = append(s.limits, x)
		return x.Word
	case *TimingOutAt:
		s.timingOut = x
		return "timing out at"
	case *Step:
		s.steps = append(s.steps, x)
	}
	return ""
}

// rule compiles a rule; made says that a statement makes it at run time.
func (c *compiler) rule(d *Rule, outer *scope, made bool) *logs.Rule {
	s := c.sortClauses(d.Clauses)
	r := c.made.put(logs.Rule{Name: named(d.Name), ID: c.id(d.Name, d), Pos: c.pos(d)})
	c.nameOnce(d.Name)
	if d.Name != nil {
		c.deletable[r.Name] = true
	}
	vars := outer.framed(made)
	r.With = c.with(s.with, vars)
	body := vars.inner()
	if s.matching != nil {
		r.Filter = s.matching.Filtering
	}
	r.Match, r.Bindings = c.matching(&s, vars, body)
	if r.Filter && (s.acts || s.on("timeout") != nil) {
		c.errorf(s.matching, "a filtering rule only swallows messages: use matching", "a filtering rule can have no actions")
	}
	r.Where = c.where(r, s.where, body)
	r.Do = c.coverMatch(d, "rule", d.Name, c.doing(d.Clauses, body))
	r.Continue = s.flag("continuing")
	r.Once = s.once != nil
	if s.until != nil {
		b := &binder{c: c, outer: body, inner: body, free: true}
		r.Until = b.match(s.until.Match)
	}
	r.Lasting = c.length(s.limit("lasting"), vars)
	r.Idle = c.length(s.limit("timing out in"), vars)
	if s.timingOut != nil {
		r.At, _ = c.schedule(&s.timingOut.Time)
	}
	c.onTimeout(r, &s, vars)
	r.Locals = vars.frame.locals - len(r.Bindings)
	r.Captures = vars.frame.captures
	if made && s.matching != nil {
		r.Index = c.indexFor(r.Match, vars)
	}
	return r
}

// matching compiles the match of a rule or ruleset, if it has one, and the
// names that it binds.
func (c *compiler) matching(s *clauses, vars, body *scope) (logs.Match, []string) {
	if s.matching != nil {
		return c.bindings(s.matching.Match, s.binding, vars, body)
	}
	if s.binding != nil {
		c.errorf(s.binding, "", "binding has no groups to name: there is no matching")
	}
	return nil, nil
}

// indexFor finds how a rule that is made at run time is found among many of its
// kind: by a hole of a pattern that every match needs, filled from a variable
// that nothing sets.
func (c *compiler) indexFor(m logs.Match, vars *scope) *logs.Index {
	for _, p := range logs.Required(m) {
		before, hole, after, ok := p.Anchor()
		if !ok {
			continue
		}
		name := p.Holes()[hole]
		v := vars.find(name)
		if v == nil || c.set[name] {
			continue
		}
		hops, at, ok := vars.frame.reach(v)
		if ok && hops == 0 && at.in == inVar && at.frame == vars.frame {
			return &logs.Index{Before: before, After: after, Var: at.index}
		}
	}
	return nil
}

func (c *compiler) onTimeout(r *logs.Rule, s *clauses, vars *scope) {
	on := s.on("timeout")
	if on == nil {
		return
	}
	if r.Lasting == nil && r.Idle == nil && s.timingOut == nil {
		c.errorf(on, "add lasting, timing out in or timing out at", "nothing ever times this rule out")
	}
	vars.frame.making = true // no guard around has bound anything by then
	r.OnTimeout = c.block(on.Body, vars)
	vars.frame.making = false
}

// nameOnce reports two rules of one name that are written down; a rule that
// is made several times is written once.
func (c *compiler) nameOnce(id *Ident) {
	if id == nil {
		return
	}
	if where, ok := c.rules[id.Name]; ok {
		c.errorf(id, "", "a rule or ruleset %s is already declared in %s", id.Name, where)
		return
	}
	c.rules[id.Name] = c.pos(id)
}

// with compiles variables, which may use those before them.
func (c *compiler) with(vars []Assign, sc *scope) []logs.Var {
	f := sc.frame
	f.vars = len(vars)
	f.making = true
	var out []logs.Var
	for i, a := range vars {
		if sc.own(a.Name.Name) != nil {
			c.errorf(a.Name, "", "with gives %s twice", a.Name.Name)
		}
		value := c.expr(a.Value, sc)
		if value.typ == TypeNil || value.typ == TypeStore {
			value.typ = map[Type]Type{TypeNil: TypeAny, TypeStore: TypeList}[value.typ]
		}
		sc.declare(variable{name: a.Name.Name, typ: value.typ, in: inVar, index: i})
		out = append(out, logs.Var{Name: a.Name.Name, Init: value.eval})
	}
	f.making = false
	return out
}

// where compiles the further condition of a rule or ruleset.
func (c *compiler) where(of logs.Member, w *Where, sc *scope) func(*logs.Env) bool {
	if w == nil {
		return nil
	}
	cond := c.exprOf(w.Cond, sc, TypeBool, "a condition")
	c.explain(of, w, w.Cond, sc)
	return c.coverWhere(w, func(env *logs.Env) bool { return cond.eval(env).Truth() })
}

// length compiles the time of lasting or timing out in, which is worked out
// when the rule is made.
func (c *compiler) length(l *Limit, sc *scope) logs.Length {
	if l == nil {
		return nil
	}
	sc.frame.making = true
	d := c.exprOf(l.N, sc, TypeDuration, l.Word)
	sc.frame.making = false
	if n, ok := d.value.Duration(); d.constant && ok && n <= 0 {
		c.errorf(l.N, "", "%s must be more than nothing", l.Word)
	}
	return lengthOf(d.eval)
}

// id makes the name under which a rule, ruleset or timer is found again in a
// saved state: its own, or a hash of its text, so that moving it or writing
// another one above it changes nothing.
func (c *compiler) id(name *Ident, n Node) string {
	if name != nil {
		return name.Name
	}
	return hashed(c.source(n))
}

// hashed returns the FNV-1a hash of the words of a text.
func hashed(text string) string {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for at := skipBlanks(text, 0); at < len(text); at = skipBlanks(text, at) {
		for at < len(text) && (solid[text[at]] || blankAt(text, at) == 0) {
			h = (h ^ uint64(text[at])) * prime
			at++
		}
		h = (h ^ ' ') * prime
	}
	id := []byte("#0000000000000000")
	for i := range 16 {
		id[16-i] = "0123456789abcdef"[h>>(4*i)&15]
	}
	return string(id)
}

// fix notes, when what it returns is called, whether a ruleset stays as it was
// compiled meanwhile.
func (c *compiler) fix(r *logs.Ruleset) func() {
	before := len(c.out.Rules)
	return func() {
		r.Fixed = len(c.out.Rules) == before
		c.sets = append(c.sets, r)
	}
}

// loosen takes back what was noted if a block of a context makes rules: it puts
// them where the context is filled.
func (c *compiler) loosen() {
	for _, r := range c.sets {
		r.Fixed = r.Fixed && !c.storesMake
	}
}

// solid are the bytes of which no blank is made.
var solid = func() (solid [256]bool) {
	for c := range utf8.RuneSelf {
		solid[c] = c != ' ' && c != ';' && (c < '\t' || '\r' < c)
	}
	return solid
}()

// blankAt returns the length of the white space or semicolon at a byte of a
// text; 0 if there is none.
func blankAt(text string, at int) int {
	switch c := text[at]; {
	case solid[c]:
		return 0
	case c < utf8.RuneSelf:
		return 1
	}
	if r, size := utf8.DecodeRuneInString(text[at:]); unicode.IsSpace(r) {
		return size
	}
	return 0
}

func skipBlanks(text string, at int) int {
	for at < len(text) {
		n := blankAt(text, at)
		if n == 0 {
			break
		}
		at += n
	}
	return at
}

// ruleset compiles a ruleset with its members.
func (c *compiler) ruleset(d *Ruleset, outer *scope) *logs.Ruleset {
	var list []Clause
	var members []Decl
	for _, n := range d.Body {
		if clause, ok := n.(Clause); ok {
			list = append(list, clause)
		} else {
			members = append(members, n.(Decl))
		}
	}
	s := c.sortClauses(list)
	r := &logs.Ruleset{Name: named(d.Name), ID: c.id(d.Name, d), Pos: c.pos(d)}
	defer c.fix(r)()
	c.nameOnce(d.Name)
	vars := outer.framed(false)
	r.With = c.with(s.with, vars)
	body := vars.inner()
	r.Match, r.Bindings = c.matching(&s, vars, body)
	r.Where = c.where(r, s.where, body)
	for _, m := range members {
		if compiled := c.member(m, body); compiled != nil {
			r.Members = append(r.Members, compiled)
		}
	}
	r.Do = c.coverMatch(d, "ruleset", d.Name, c.doing(list, body))
	r.Locals = vars.frame.locals - len(r.Bindings)
	return r
}
