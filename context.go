package logs

import (
	"slices"
	"time"
)

// A Context gathers items under one key of a Store and acts when it ends.
//
//	add ──→ expire ──→ append ──→ more than MaxLines? ──→ fire ─┐
//	timer: Lasting, Idle, At ──→ fire ─────────────────────────┤
//	end ──→ fire ──────────────────────────────────────────────┤
//	                                                            ▼
//	     at least MinLines, and not quieted by Once: the blocks run;
//	     in any case it ends, or is emptied if it Lives
//
// A context that fires is taken out of the store before its blocks run. They
// still find it, with what it held, until what they add makes a new one.
type Context struct {
	store  *Store
	family *family
	key    string
	order  uint64 // when it was made, counted over all that is made
	made   int64
	items  items
	vars   []Value // With, then the captures of the store
	alarms []alarm

	links link[*Context] // in the order of the last add
}

func (c *Context) link() *link[*Context] { return &c.links }

// Name returns the store's name.
func (c *Context) Name() string { return c.store.Name }

// Value returns the context as a value. It is valid during the call at hand;
// Keep makes a list of its items.
func (c *Context) Value() Value { return contextValue(c) }

// Count returns how many items it holds.
func (c *Context) Count() int { return c.items.len() }

// Items returns what it holds, in the order of the last add.
func (c *Context) Items() []Value { return c.items.values() }

// Keys returns the values of its keys.
func (c *Context) Keys() []Value {
	keys := make([]Value, 0, len(c.store.Keys))
	for key := c.key; key != ""; {
		var v Value
		v, key = readKey(key)
		keys = append(keys, v)
	}
	return keys
}

// First returns when the oldest item was added, nil if there is none.
func (c *Context) First() Value { return c.items.time(c.items.first()) }

// Last returns when the newest item was added, nil if there is none.
func (c *Context) Last() Value { return c.items.time(c.items.last()) }

// Find returns the context of the keys, or nil if none lives. A window whose
// items have all expired does not.
func (env *Env) Find(s *Store, keys ...Value) *Context {
	c := env.find(s, keys)
	if env.engine.trace != nil {
		env.engine.traceAsked(s, c, keys)
	}
	return c
}

func (env *Env) find(s *Store, keys []Value) *Context {
	f, key, ok := env.engine.resolve(s, keys)
	if !ok {
		return nil
	}
	c := f.byKey[string(key)]
	if c != nil {
		env.engine.expire(c)
	}
	if c == nil || c.items.len() == 0 {
		if firing := env.engine.firing(f, key); firing != nil {
			return firing
		}
	}
	if c == nil || c.store.Length > 0 && c.items.len() == 0 {
		return nil
	}
	return c
}

// firing returns the context of the key whose block is running: it has been
// taken out of its store, but to its block it is still there.
func (e *Engine) firing(f *family, key []byte) *Context {
	for i := e.depth - 1; i >= 0; i-- {
		if c := e.envs[i].ctx; c != nil && c.family == f && c.key == string(key) {
			return c
		}
	}
	return nil
}

// Add adds an item to the context of the keys, making it if there is none. A
// context as the item adds all that it holds.
func (env *Env) Add(s *Store, item Value, keys ...Value) {
	e := env.engine
	f, key, ok := e.resolve(s, keys)
	switch {
	case !ok:
		env.Fault("no context is known as %s(%s)", s.Name, keyText(string(e.key(keys))))
		return
	case f.store.AtRuntime && !f.ready:
		env.Fault("%s %s has not been made yet", kindOf(f.store), s.Name)
		return
	}
	if from, ok := item.Context(); ok {
		name := string(key)
		for _, v := range from.Items() {
			e.add(env, f, []byte(name), v)
		}
		return
	}
	e.add(env, f, key, item)
}

func kindOf(s *Store) string {
	if s.Length > 0 {
		return "window"
	}
	return "context"
}

// add is Add for one item and a key already worked out.
func (e *Engine) add(env *Env, f *family, key []byte, item Value) {
	c := f.byKey[string(key)]
	if c != nil && e.spent(c) {
		e.drop(c)
		e.spare(c)
		c = nil
	}
	if c == nil {
		c = e.newContext(env, f, f.store, string(key))
	}
	e.expire(c)
	s := c.store
	if s.Distinct {
		e.addDistinct(env, c, item)
	} else {
		e.kept += c.items.add(e.now, item.Keep())
	}
	if e.trace != nil {
		e.traceContext(c, Added, "", item)
	}
	e.touch(c)
	if c.items.len() > MaxItems {
		e.kept -= c.items.dropFirst()
		e.stats.Evicted++
	}
	if s.Limited && c.items.len() > s.MaxLines {
		e.fire(c, causeFull, env)
		return
	}
	e.bound(f, c)
}

// addDistinct adds an item that counts once: one that is held already moves
// to now.
func (e *Engine) addDistinct(env *Env, c *Context, item Value) {
	id := item
	if c.store.By != nil {
		was := env.item
		env.item = item
		id = c.store.By(env)
		env.item = was
	}
	e.kept += c.items.addDistinct(e.now, item, id, c.store.By != nil)
}

// touch notes that an item was added now.
func (e *Engine) touch(c *Context) {
	f := c.family
	if f.contexts.last != c {
		f.contexts.remove(c)
		f.contexts.add(c)
	}
	for i := range c.alarms {
		if a := &c.alarms[i]; a.what == idle {
			e.timers.set(a, e.now+int64(c.store.Idle))
		}
	}
	e.sweep(f)
}

// newContext makes the context of a key with the limits of s, dropping the
// oldest if there are too many.
func (e *Engine) newContext(env *Env, f *family, s *Store, key string) *Context {
	for len(f.byKey) >= f.atMost() {
		e.drop(f.contexts.first)
		e.stats.Evicted++
	}
	c := f.context()
	c.store, c.family, c.key, c.order, c.made = s, f, key, e.nextOrder(), e.now
	if s.Limited && s.MaxLines < fewItems && c.items.buf == nil {
		c.items.buf = make([]item, 0, s.MaxLines+1)
	}
	if len(s.With)+len(f.vars) > 0 {
		c.vars = e.contextEnv(env, c).work(s.With, f.vars)
		e.pop()
	}
	c.alarms = e.newAlarms(c, s.Lasting > 0, s.Idle > 0, s.At != nil)
	e.arm(c.alarms, lengthOf(s.Lasting), lengthOf(s.Idle), s.At, env)
	f.byKey[key] = c
	f.contexts.add(c)
	return c
}

// fewItems is for how many items there may be room from the start.
const fewItems = 4

func lengthOf(d time.Duration) Length {
	if d <= 0 {
		return nil
	}
	return For(d)
}

// contextEnv makes the scope of a context's blocks: its keys, then locals.
// outer is the scope of the add, nil for a timer.
func (e *Engine) contextEnv(outer *Env, c *Context) *Env {
	env := e.push(nil, c.store.Name, len(c.store.Keys)+c.store.Locals)
	env.ctx, env.vars, env.names = c, c.vars, c.store.Keys
	env.with, env.captures = c.store.With, c.store.Captures
	copy(env.vals, c.Keys())
	if outer != nil {
		env.msg, env.at = outer.msg, outer.at
	}
	return env
}

// drop takes a context out of its store and stops its alarms.
func (e *Engine) drop(c *Context) {
	f := c.family
	delete(f.byKey, c.key)
	f.contexts.remove(c)
	for i := range c.alarms {
		e.timers.unset(&c.alarms[i])
	}
	e.kept -= c.items.weight()
	if names := f.names[c.key]; names != nil {
		for _, alias := range e.stores {
			if alias.AliasOf != f.store {
				continue
			}
			for _, name := range names {
				if e.families[alias].aliases[name] == c.key {
					delete(e.families[alias].aliases, name)
				}
			}
		}
		delete(f.names, c.key)
	}
}

// A cause is why a context fires.
type cause uint8

const (
	causeFull cause = iota // an add made it too full
	causeTime              // its time is up
	causeEnd               // an action ended it
)

// maxFirings bounds how deep firings may nest: a block that fills the context
// that fills the first again.
const maxFirings = 50

// fire ends a context, or empties one that lives, and runs its blocks. outer
// is the scope of the add or of the action, nil for a timer.
func (e *Engine) fire(c *Context, why cause, outer *Env) {
	s, f := c.store, c.family
	blocks := c.blocks(why)
	if len(blocks) > 0 && (c.items.len() < s.MinLines || s.Once && f.quiet(c.key, e.now)) {
		blocks = nil
		if e.trace != nil {
			e.traceHeld(c)
		}
	}
	if len(blocks) > 0 && s.Once && f.note(c.key, e.now) {
		e.stats.Evicted++
	}
	e.drop(c)
	if s.Lives {
		e.revive(c)
	}
	if len(blocks) == 0 {
		if e.trace != nil {
			e.traceContext(c, Ended, causeNames[why], Nil)
		}
		return
	}
	if e.firings >= maxFirings {
		e.stats.Dropped++
		return
	}
	e.firings++
	if e.trace != nil {
		e.traceContext(c, Fired, causeNames[why], Nil)
	}
	env := e.contextEnv(outer, c)
	for _, block := range blocks {
		if env.run(block) {
			e.stopped = true
			break
		}
	}
	if e.trace != nil {
		e.traceContext(c, Done, "", Nil)
	}
	e.pop()
	e.firings--
}

// blocks returns what runs for a cause, in order.
func (c *Context) blocks(why cause) [][]Action {
	s := c.store
	var blocks [][]Action
	window := s.Length > 0
	if why == causeFull {
		blocks = append(blocks, s.OnFull)
	}
	if why == causeFull || !window || why == causeEnd {
		blocks = append(blocks, s.Do)
	}
	if why != causeFull {
		blocks = append(blocks, s.OnTimeout)
	}
	return slices.DeleteFunc(blocks, func(b []Action) bool { return len(b) == 0 })
}

// revive puts an empty context in the place of one that fired and lives on:
// its variables stay, and its time begins anew. An idle one rests until the
// next add.
func (e *Engine) revive(c *Context) {
	s, f := c.store, c.family
	n := &Context{store: s, family: f, key: c.key, order: c.order, made: e.now, vars: c.vars}
	n.alarms = e.newAlarms(n, s.Lasting > 0, s.Idle > 0, s.At != nil)
	e.arm(n.alarms, lengthOf(s.Lasting), nil, s.At, nil)
	f.byKey[c.key] = n
	f.contexts.add(n)
}

// ring ends a context whose time is up.
func (c *Context) ring(e *Engine, _ *alarm) {
	e.expire(c)
	e.fire(c, causeTime, nil)
}

// dueAgain is when the time of timing out at comes.
func (c *Context) dueAgain(e *Engine, a *alarm) (int64, bool) {
	if a.what != clock {
		return 0, false
	}
	return e.dueAt(c.store.At), true
}

// Clear empties the context of the keys.
func (env *Env) Clear(s *Store, keys ...Value) {
	if c := env.lives(s, keys); c != nil {
		env.engine.kept -= c.items.weight()
		c.items = items{}
		if e := env.engine; e.trace != nil {
			e.traceContext(c, Ended, "it was emptied", Nil)
		}
	}
}

// End fires the context of the keys now and ends it.
func (env *Env) End(s *Store, keys ...Value) {
	if c := env.lives(s, keys); c != nil {
		env.engine.expire(c)
		env.engine.fire(c, causeEnd, env)
	}
}

// Delete ends the context of the keys silently.
func (env *Env) Delete(s *Store, keys ...Value) {
	if c := env.lives(s, keys); c != nil {
		env.engine.drop(c)
		if e := env.engine; e.trace != nil {
			e.traceContext(c, Ended, "it was deleted", Nil)
		}
	}
}

// lives returns the context of the keys, empty windows included.
func (env *Env) lives(s *Store, keys []Value) *Context {
	f, key, ok := env.engine.resolve(s, keys)
	if !ok {
		return nil
	}
	return f.byKey[string(key)]
}
