package rdl

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"

	"github.com/logs-rdl/logs"
)

// seen remembers a binding, to find out in the end whether it is used.
type seen struct {
	v    *variable
	at   Node
	file *File
}

// checkBindings reports the bindings that nothing uses.
func (c *compiler) checkBindings() {
	for _, s := range c.bindingsSeen {
		if !s.v.used {
			c.errs = append(c.errs, s.file.Errorf(s.at.Extent(), "use it, or make the group (?:...)", "nothing uses the binding %s", s.v.name))
		}
	}
}

// clauses sorts the clauses of a declaration and reports those that are given
// twice; doing and the short statements may be.
type clauses struct {
	matching  *Matching
	binding   *Binding
	where     *Where
	with      []Assign
	doing     []Node // *Doing or *Short, in order
	on        map[string]*On
	flags     map[string]bool
	once      *Once
	distinct  *Distinct
	until     *Until
	limits    map[string]*Limit
	timingOut *TimingOutAt
	steps     []*Step
}

func (c *compiler) sortClauses(list []Clause) *clauses {
	s := &clauses{on: map[string]*On{}, flags: map[string]bool{}, limits: map[string]*Limit{}}
	seen := map[string]bool{}
	for _, clause := range list {
		if word := s.take(clause); word != "" && seen[word] {
			c.errorf(clause, "", "%s is given twice", word)
		} else {
			seen[word] = true
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
		s.doing = append(s.doing, x)
	case *On:
		s.on[x.Event] = x
		return "on " + x.Event
	case *Flag:
		s.flags[x.Word] = true
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
		s.limits[x.Word] = x
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
	r := &logs.Rule{Name: named(d.Name), ID: c.id(d.Name, d), Pos: c.pos(d)}
	c.nameOnce(d.Name)
	c.deletable[r.Name] = true
	vars := outer.framed(made)
	r.With = c.with(s.with, vars)
	body := vars.inner()
	if s.matching != nil {
		r.Filter = s.matching.Filtering
	}
	r.Match, r.Bindings = c.matching(s, vars, body)
	if r.Filter && (len(s.doing) > 0 || s.on["timeout"] != nil) {
		c.errorf(s.matching, "a filtering rule only swallows messages: use matching", "a filtering rule can have no actions")
	}
	r.Where = c.where(r, s.where, body)
	r.Do = c.coverMatch(d, "rule", d.Name, c.doing(s.doing, body))
	r.Continue = s.flags["continuing"]
	r.Once = s.once != nil
	if s.until != nil {
		b := &binder{c: c, outer: body, inner: body, free: true}
		r.Until = b.match(s.until.Match)
	}
	r.Lasting = c.length(s.limits["lasting"], vars)
	r.Idle = c.length(s.limits["timing out in"], vars)
	if s.timingOut != nil {
		r.At, _ = c.schedule(&s.timingOut.Time)
	}
	c.onTimeout(r, s, vars)
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
	on := s.on["timeout"]
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
		if sc.names[a.Name.Name] != nil {
			c.errorf(a.Name, "", "with gives %s twice", a.Name.Name)
		}
		value := c.expr(a.Value, sc)
		if value.typ == TypeNil || value.typ == TypeStore {
			value.typ = map[Type]Type{TypeNil: TypeAny, TypeStore: TypeList}[value.typ]
		}
		sc.declare(&variable{name: a.Name.Name, typ: value.typ, in: inVar, index: i})
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
	span := n.Extent()
	h := fnv.New64a()
	blank := func(r rune) bool { return r == ';' || unicode.IsSpace(r) }
	for word := range strings.FieldsFuncSeq(c.file.Src[span.Start:span.End], blank) {
		h.Write([]byte(word))
		h.Write([]byte{' '})
	}
	return fmt.Sprintf("#%016x", h.Sum64())
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
	r.Match, r.Bindings = c.matching(s, vars, body)
	r.Where = c.where(r, s.where, body)
	for _, m := range members {
		if compiled := c.member(m, body); compiled != nil {
			r.Members = append(r.Members, compiled)
		}
	}
	r.Do = c.coverMatch(d, "ruleset", d.Name, c.doing(s.doing, body))
	r.Locals = vars.frame.locals - len(r.Bindings)
	return r
}
