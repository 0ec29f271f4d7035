package rdl

import (
	"slices"

	"github.com/logs-rdl/logs"
)

// sequence compiles a sequence. Its blocks run in an Env of their own: the
// keys and the names that steps bind are its locals.
func (c *compiler) sequence(d *Sequence) *logs.Sequence {
	s := c.sortClauses(d.Clauses)
	q := &logs.Sequence{
		Name: d.Name.Name, ID: d.Name.Name, Pos: c.pos(d), Keys: len(d.Keys),
		AnyOrder: s.flag("any order"), Strict: s.flag("strict"),
	}
	c.nameOnce(&d.Name)
	if d.Within != nil {
		q.Within = c.durationOf(d.Within, "within")
	}
	sc := c.globals.framed(false)
	body := sc.inner()
	b := &binder{c: c, outer: sc, inner: body, loose: true}
	for _, k := range d.Keys {
		if slices.Contains(b.names, k.Name) {
			c.errorf(k, "", "%s has the key %s twice", d.Name.Name, k.Name)
		}
		b.slot(k.Name, k)
		body.own(k.Name).used = true
		b.byName = append(b.byName, k)
	}
	for _, step := range s.steps {
		q.Steps = append(q.Steps, c.step(step, b, d))
	}
	q.Bindings = b.names
	sc.frame.locals = len(b.names)
	q.Do = c.doing(d.Clauses, body)
	c.missing(q, &s, body)
	q.Locals = sc.frame.locals - len(b.names)
	c.checkSequence(d, q, &s)
	return q
}

func (c *compiler) missing(q *logs.Sequence, s *clauses, body *scope) {
	on := s.on("missing")
	if on == nil {
		return
	}
	if q.Within == 0 {
		c.errorf(on, "sequence NAME within 10m", "the time never runs out: the sequence has no within")
	}
	inner := body.inner()
	inner.special("step", TypeText, (*logs.Env).Step)
	q.Missing = c.block(on.Body, inner)
}

// step compiles one step. All keys must be bound by it.
func (c *compiler) step(d *Step, b *binder, of *Sequence) logs.SequenceStep {
	b.bound = map[string]bool{}
	m := b.match(d.Match)
	for _, k := range of.Keys {
		if !b.bound[k.Name] {
			c.errorf(d, "(?<"+k.Name+">...)", "the step %s does not bind the key %s", d.Name.Name, k.Name)
		}
	}
	step := logs.SequenceStep{Name: d.Name.Name, Match: c.coverStep(d, m)}
	if d.Times != nil {
		step.Times = c.countOf(d.Times, 1, "times")
	}
	return step
}

// checkSequence reports what makes no sense in a sequence.
func (c *compiler) checkSequence(d *Sequence, q *logs.Sequence, s *clauses) {
	if len(q.Steps) == 0 {
		c.errorf(d.Name, `step NAME "pattern"`, "the sequence %s has no steps", d.Name.Name)
	}
	seen := map[string]bool{}
	for _, step := range s.steps {
		if seen[step.Name.Name] {
			c.errorf(step.Name, "", "the step %s is given twice", step.Name.Name)
		}
		seen[step.Name.Name] = true
	}
	if q.AnyOrder && q.Strict {
		c.errorf(d.Name, "", "a sequence cannot be strict and in any order")
	}
}
