package logs

import (
	"slices"
	"time"
)

// A Store declares a keyed collection: a context or, if it has a Length, a
// window. Each key has its own Context, made on first use. See Context.
type Store struct {
	Name string
	Keys []string // the names of the keys; empty: a single context

	Length    time.Duration // a window: how long an item stays; 0: for good
	MaxLines  int           // the add that makes it hold more fires it; see Limited
	Limited   bool          // MaxLines counts
	MinLines  int           // it fires only if it holds at least so many
	Lasting   time.Duration // it ends so long after it was made; 0: never
	Idle      time.Duration // it ends so long after the last add; 0: never
	At        Schedule      // it ends at that time
	Lives     bool          // instead of ending it is emptied and lives on
	Distinct  bool          // a value counts once
	By        Expr          // what makes two items the same, of Env.Item; nil: the item
	Once      bool          // having fired for a key it does not fire again for it...
	Per       time.Duration // ...for so long; 0: for good
	AtMost    int           // how many keys may live at once; 0: MaxContexts
	Captures  []Var         // of a store made at run time: what it keeps
	With      []Var         // variables of each context, worked out in its scope
	Locals    int           // how many locals blocks use beyond the keys
	AtRuntime bool          // it takes nothing until Env.MakeStore has run
	AliasOf   *Store        // it holds nothing itself: its keys are names for contexts of that one
	Do        []Action      // a window: when it is full; a context: that, or when its time is up
	OnFull    []Action      // when it is full
	OnTimeout []Action      // when its time is up

	limits *Limits // of one that Ensure made
}

// MaxContexts is how many keys of one Store live at once unless AtMost says
// otherwise. Beyond, the context longest without an add is dropped, which is
// counted.
const MaxContexts = 1_000_000

// MaxItems is how many items one context holds; beyond, the oldest is
// dropped, which is counted.
const MaxItems = 1_000_000

// A family is all that an engine knows of one Store.
//
//	byKey ─→ Context ⇄ Context ⇄ Context
//	         first                 last     in the order of their last add
type family struct {
	store    *Store
	byKey    map[string]*Context
	contexts chain[*Context]
	spares   []*Context // see window.go

	// fired holds the keys that must stay quiet, and queue the same in the
	// order in which they fired, so that old ones can be let go.
	fired map[string]int64
	queue []firing

	aliases map[string]string   // of an alias: its key to the other's
	names   map[string][]string // of its target: the other way round
	vars    []Value             // captured by MakeStore
	ready   bool                // of an AtRuntime store: MakeStore has run

	// Of the store of an Extension.
	firer  Firer
	shared []*Store // made by limited, the latest last
}

type firing struct {
	key string
	at  int64
}

func newFamily(s *Store) *family {
	return &family{store: s, byKey: map[string]*Context{}, fired: map[string]int64{}}
}

func (f *family) atMost() int {
	if f.store.AtMost > 0 {
		return f.store.AtMost
	}
	return MaxContexts
}

// quiet tells whether once forbids the key to fire now.
func (f *family) quiet(key string, now int64) bool {
	for f.store.Per > 0 && len(f.queue) > 0 && f.queue[0].at <= now-int64(f.store.Per) {
		f.forgetFirst()
	}
	_, ok := f.fired[key]
	return ok
}

// note remembers that the key fired, and reports whether the oldest such
// memory had to be given up for it.
func (f *family) note(key string, now int64) (evicted bool) {
	if len(f.fired) >= f.atMost() {
		f.forgetFirst()
		evicted = true
	}
	f.fired[key] = now
	f.queue = append(f.queue, firing{key, now})
	return evicted
}

func (f *family) forgetFirst() {
	delete(f.fired, f.queue[0].key)
	f.queue[0] = firing{}
	f.queue = f.queue[1:]
}

// MakeStore makes a store whose declaration is a statement: from now on it
// takes items, and its new contexts keep the bindings it was made in.
func (env *Env) MakeStore(s *Store) {
	f := env.engine.families[s]
	f.vars, f.ready = capture(env, s.Captures), true
}

// Alias gives the context of a store a second name, under the key of an
// alias. It goes with the context.
func (env *Env) Alias(s *Store, keys []Value, alias *Store, names []Value) {
	e := env.engine
	key, name := string(e.key(keys)), string(appendKeys(nil, names))
	of, as := e.families[s], e.families[alias]
	old, known := as.aliases[name]
	switch {
	case known && old == key:
		return
	case known:
		of.forgetName(old, name)
	case len(as.aliases) >= as.atMost():
		e.stats.Dropped++
		return
	}
	if as.aliases == nil {
		as.aliases = map[string]string{}
	}
	if of.names == nil {
		of.names = map[string][]string{}
	}
	as.aliases[name] = key
	of.names[key] = append(of.names[key], name)
}

// forgetName takes one of the second names from a key.
func (f *family) forgetName(key, name string) {
	if i := slices.Index(f.names[key], name); i >= 0 {
		f.names[key] = slices.Delete(f.names[key], i, i+1)
	}
	if len(f.names[key]) == 0 {
		delete(f.names, key)
	}
}

func appendKeys(dst []byte, keys []Value) []byte {
	for _, k := range keys {
		dst = appendKey(dst, k)
	}
	return dst
}

// key returns the key of some values, in a buffer that the next call reuses.
func (e *Engine) key(keys []Value) []byte {
	e.keyBuf = appendKeys(e.keyBuf[:0], keys)
	return e.keyBuf
}

// resolve returns the family and the key that keys of a store stand for,
// following an alias; false if it stands for none.
func (e *Engine) resolve(s *Store, keys []Value) (*family, []byte, bool) {
	f, key := e.families[s], e.key(keys)
	if s.AliasOf == nil {
		return f, key, true
	}
	target, ok := f.aliases[string(key)]
	if !ok {
		return nil, nil, false
	}
	return e.families[s.AliasOf], append(e.keyBuf[:0], target...), true
}
