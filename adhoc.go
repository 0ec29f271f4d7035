package logs

import (
	"slices"
	"time"
)

// Functions make contexts whose limits are known only at run time, each its
// own. They live together in the Store of their Extension, under a name as
// their key, and are data like the others: a snapshot holds their limits and
// the names of the functions that run when they fire.
//
//	Ensure(store, "10.0.0.7", limits)
//	       └─ family ── byKey "10.0.0.7" ─→ Context ─→ its own Store, which
//	                                                   contexts of equal
//	                                                   limits share
//
// In all else they are contexts: add, expire, fire and sweep know no
// difference.

// Limits say when a context that a function makes fires and ends. The zero
// value never does either.
type Limits struct {
	Length   time.Duration // a window: how long an item stays; 0: for good
	MaxLines int           // the add that makes it hold more fires it; see Limited
	Limited  bool          // MaxLines counts
	MinLines int           // it fires only if it holds at least so many
	Lasting  time.Duration // it ends so long after it was made; 0: never
	Idle     time.Duration // it ends so long after the last add; 0: never
	Actions  []string      // what Firer.Fire is told
}

func (l *Limits) equal(m *Limits) bool {
	return l.Length == m.Length && l.MaxLines == m.MaxLines && l.Limited == m.Limited &&
		l.MinLines == m.MinLines && l.Lasting == m.Lasting && l.Idle == m.Idle &&
		slices.Equal(l.Actions, m.Actions)
}

// A Firer is the State of an Extension that has a Store. Fire must run the
// named actions for env.Context, which has just fired.
type Firer interface {
	Fire(env *Env, actions []string) error
}

// Ensure returns the context of a name, making it with the given limits if
// none lives. The store must be that of an Extension.
func (env *Env) Ensure(s *Store, name Value, limits Limits) *Context {
	if c := env.Living(s, name); c != nil {
		return c
	}
	e := env.engine
	f, key, _ := e.resolve(s, []Value{name})
	return e.newContext(env, f, f.limited(limits), string(key))
}

// Living returns the context of a name, empty windows included; nil if none
// lives.
func (env *Env) Living(s *Store, name Value) *Context {
	c := env.lives(s, []Value{name})
	if c != nil {
		env.engine.expire(c)
	}
	return c
}

// In tells whether the context is one of the store.
func (c *Context) In(s *Store) bool { return c.family.store == s }

// maxShared is how many different limits a family remembers to share. Rule
// files use a few; one that takes them from a log gets a Store for each.
const maxShared = 16

// limited returns the store of contexts with the given limits.
func (f *family) limited(l Limits) *Store {
	for _, s := range f.shared {
		if s.limits.equal(&l) {
			return s
		}
	}
	l.Actions = slices.Clone(l.Actions)
	s := &Store{
		Name: f.store.Name, Keys: f.store.Keys, AtMost: f.store.AtMost, limits: &l,
		Length: l.Length, MaxLines: l.MaxLines, Limited: l.Limited, MinLines: l.MinLines, Lasting: l.Lasting, Idle: l.Idle,
	}
	if l.Length > 0 {
		// All its items have expired a moment after the last of them is as old
		// as it may be: then it goes, whatever stands before it in the family.
		s.Idle = l.Length + 1
	}
	if len(l.Actions) > 0 {
		s.Do = []Action{func(env *Env) error { return f.firer.Fire(env, l.Actions) }}
	}
	if len(f.shared) == maxShared {
		f.shared = f.shared[1:]
	}
	f.shared = append(f.shared, s)
	return s
}

// limits writes what makes a context differ from its family.
func (c *encoder) limits(l *Limits) {
	c.bool(l != nil)
	if l == nil {
		return
	}
	c.int(int64(l.Length))
	c.uint(uint64(l.MaxLines))
	c.bool(l.Limited)
	c.uint(uint64(l.MinLines))
	c.int(int64(l.Lasting))
	c.int(int64(l.Idle))
	c.texts(l.Actions)
}

// limits reads what the encoder's limits wrote.
func (d *decoder) limits() *Limits {
	if !d.bool() {
		return nil
	}
	l := &Limits{
		Length: time.Duration(d.int()), MaxLines: int(d.uint()), Limited: d.bool(), MinLines: int(d.uint()),
		Lasting: time.Duration(d.int()), Idle: time.Duration(d.int()),
	}
	for range d.count() {
		l.Actions = append(l.Actions, d.text())
	}
	return l
}
