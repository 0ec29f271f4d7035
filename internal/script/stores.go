package script

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/when"
	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
)

// The stores that functions make:
//
//	ensure_window(name, length, max_lines, min_lines, actions)
//	ensure_context(name, lasting, timing_out_in, max_lines, min_lines, actions)
//	    the one of that name if it lives, else a new one
//	add_item(store, item)        the add that makes it hold more than max_lines
//	                             ends it and runs its actions with it
//	find_in_store(item, store)   the equal item, or None
//	map_store(f, store)          f of each item, as a list
//	delete_store(store)          ends it silently
//
// They live in the engine. A function holds only the name of one, so a store
// that has ended is empty, and one that is made anew is found again.

// A store is a context of the engine as functions see it.
type store struct {
	s    *State
	name logs.Value    // of one that a function made; nil of any other
	lent *logs.Context // during one call: that of a rule file, or one that fired
}

// lendContext makes a store of a context for the call at hand.
func (s *State) lendContext(c *logs.Context) *store {
	x := &store{s: s, lent: c}
	if keys := c.Keys(); c.In(s.module.store) && len(keys) == 1 {
		x.name = keys[0]
	}
	s.call.lent = append(s.call.lent, x)
	return x
}

func (x *store) takeBack() { x.lent = nil }

// context returns the context that lives under the store's name, or the one
// that is lent; nil if there is none.
func (x *store) context() *logs.Context {
	if x.lent != nil || x.name.IsNil() {
		return x.lent
	}
	env, err := x.s.env()
	if err != nil {
		return nil
	}
	return env.Living(x.s.module.store, x.name)
}

// items returns what the store holds, having paid for it.
func (x *store) items() ([]logs.Value, error) {
	c := x.context()
	if c == nil {
		return nil, nil
	}
	if err := x.s.spend(itemBytes * c.Count()); err != nil {
		return nil, err
	}
	return c.Items(), nil
}

// value returns the context as a value of the engine, nil if it has ended.
func (x *store) value() logs.Value {
	if c := x.context(); c != nil {
		return c.Value()
	}
	return logs.Nil
}

func (x *store) String() string        { return "store(" + x.name.String() + ")" }
func (x *store) Type() string          { return "store" }
func (x *store) Freeze()               {}
func (x *store) Truth() starlark.Bool  { return true }
func (x *store) Hash() (uint32, error) { return 0, errors.New("unhashable type: store") }

// storeFields are the attributes of a store; the context is nil once it has
// ended.
var storeFields = map[string]func(*store, *logs.Context) (starlark.Value, error){
	"name": func(x *store, c *logs.Context) (starlark.Value, error) {
		if x.name.IsNil() && c != nil {
			return x.s.text(c.Name())
		}
		return x.s.nameToScript(x.name)
	},
	"count": func(_ *store, c *logs.Context) (starlark.Value, error) {
		if c == nil {
			return starlark.MakeInt(0), nil
		}
		return starlark.MakeInt(c.Count()), nil
	},
	"items": func(x *store, _ *logs.Context) (starlark.Value, error) {
		items, err := x.items()
		if err != nil {
			return nil, err
		}
		return x.s.listToScript(items)
	},
	"first": func(x *store, c *logs.Context) (starlark.Value, error) {
		if c == nil {
			return starlark.None, nil
		}
		return x.s.toScript(c.First())
	},
	"last": func(x *store, c *logs.Context) (starlark.Value, error) {
		if c == nil {
			return starlark.None, nil
		}
		return x.s.toScript(c.Last())
	},
}

// nameToScript returns the name of a store as ensure took it: what is a list
// in the engine was a tuple.
func (s *State) nameToScript(name logs.Value) (starlark.Value, error) {
	parts, ok := name.List()
	if !ok {
		return s.toScript(name)
	}
	tuple := make(starlark.Tuple, len(parts))
	for i, part := range parts {
		var err error
		if tuple[i], err = s.nameToScript(part); err != nil {
			return nil, err
		}
	}
	return tuple, nil
}

// Attr returns what the store holds now.
func (x *store) Attr(name string) (starlark.Value, error) {
	if read := storeFields[name]; read != nil {
		return read(x, x.context())
	}
	return nil, nil
}

// AttrNames lists the attributes.
func (x *store) AttrNames() []string { return slices.Sorted(maps.Keys(storeFields)) }

// ensured are the arguments of ensure_window and ensure_context that are in
// both.
type ensured struct {
	name               starlark.Value
	maxLines, minLines starlark.Value
	actions            *starlark.List
}

func ensureWindow(s *State, env *logs.Env, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var a ensured
	var length starlark.Value
	if err := starlark.UnpackArgs("ensure_window", args, kwargs, "name", &a.name, "length", &length,
		"max_lines?", &a.maxLines, "min_lines?", &a.minLines, "actions??", &a.actions); err != nil {
		return nil, err
	}
	return s.ensure(env, a, func(l *logs.Limits) (err error) {
		l.Length, err = duration("length", length)
		if err == nil && l.Length == 0 {
			err = errors.New(`a window needs a length, such as "3m"`)
		}
		return err
	})
}

func ensureContext(s *State, env *logs.Env, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var a ensured
	var lasting, idle starlark.Value
	if err := starlark.UnpackArgs("ensure_context", args, kwargs, "name", &a.name, "lasting?", &lasting, "timing_out_in?", &idle,
		"max_lines?", &a.maxLines, "min_lines?", &a.minLines, "actions??", &a.actions); err != nil {
		return nil, err
	}
	return s.ensure(env, a, func(l *logs.Limits) (err error) {
		if l.Lasting, err = duration("lasting", lasting); err == nil {
			l.Idle, err = duration("timing_out_in", idle)
		}
		return err
	})
}

// maxName is how many bytes the name of a store may have.
const maxName = 4 << 10

// ensure makes the store of a name unless it lives; times are its limits of
// time.
func (s *State) ensure(env *logs.Env, a ensured, times func(*logs.Limits) error) (starlark.Value, error) {
	name, err := s.fromScript(a.name)
	if err != nil {
		return nil, err
	}
	if _, err := a.name.Hash(); err != nil || name.IsNil() {
		return nil, fmt.Errorf("a %s cannot be the name of a store: take text, a number or a tuple of them", a.name.Type())
	}
	if n := len(name.Key()); n > maxName {
		return nil, fmt.Errorf("a name of %d bytes is too long, %d are allowed: take a part of it", n, maxName)
	}
	x := &store{s: s, name: name.Keep()}
	if env.Living(s.module.store, name) != nil {
		return x, nil
	}
	var l logs.Limits
	if err := times(&l); err != nil {
		return nil, err
	}
	if l.MaxLines, l.Limited, err = lines("max_lines", a.maxLines); err != nil {
		return nil, err
	}
	if l.MinLines, _, err = lines("min_lines", a.minLines); err != nil {
		return nil, err
	}
	if l.Actions, err = s.actions(a.actions); err != nil {
		return nil, err
	}
	env.Ensure(s.module.store, name, l)
	return x, nil
}

func lines(what string, v starlark.Value) (n int, given bool, err error) {
	if v == nil || v == starlark.None {
		return 0, false, nil
	}
	n, err = starlark.AsInt32(v)
	if err != nil || n < 0 {
		return 0, false, fmt.Errorf("%s must be a whole number from 0 to %d, not %s", what, math.MaxInt32, v)
	}
	return n, true, nil
}

// maxDuration keeps sums of times within 64 bits of nanoseconds.
const maxDuration = 100 * 365 * 24 * time.Hour

// duration reads a span of time: text as rules write it, seconds, or a
// duration. None is none.
func duration(what string, v starlark.Value) (time.Duration, error) {
	var d time.Duration
	switch x := v.(type) {
	case nil, starlark.NoneType:
		return 0, nil
	case starlark.String:
		var err error
		if d, err = when.ParseDuration(string(x)); err != nil {
			return 0, fmt.Errorf("%s: %w", what, err)
		}
	case startime.Duration:
		d = time.Duration(x)
	default:
		seconds, ok := starlark.AsFloat(v)
		if !ok {
			return 0, fmt.Errorf(`%s must be text such as "3m" or a number of seconds, not %s`, what, v.Type())
		}
		if !(math.Abs(seconds) <= maxDuration.Seconds()) {
			seconds = -1
		}
		d = time.Duration(seconds * float64(time.Second))
	}
	if d <= 0 || d > maxDuration {
		return 0, fmt.Errorf("%s must be more than nothing and at most 100 years, not %s", what, v)
	}
	return d, nil
}

// actions returns the names of functions, which must be known by them when a
// saved state is loaded.
func (s *State) actions(list *starlark.List) ([]string, error) {
	if list == nil {
		return nil, nil
	}
	var names []string
	for f := range list.Elements() {
		fn, ok := f.(*starlark.Function)
		if !ok || s.globals[fn.Name()] != f {
			return nil, fmt.Errorf("an action must be a function of the top level of %s, which a saved state can name, not %s", s.module.name, f)
		}
		least, most, _ := s.module.Arity(fn.Name())
		if least > 1 || most == 0 {
			return nil, fmt.Errorf("the action %s must take one argument, the store", fn.Name())
		}
		names = append(names, fn.Name())
	}
	return names, nil
}

// ofStore reads the arguments of a function with a store and something else.
func ofStore(fn string, args starlark.Tuple, kwargs []starlark.Tuple, pairs ...any) (*store, error) {
	var v starlark.Value
	for i, x := range pairs {
		if x == nil {
			pairs[i] = &v
		}
	}
	if err := starlark.UnpackArgs(fn, args, kwargs, pairs...); err != nil {
		return nil, err
	}
	x, ok := v.(*store)
	if !ok {
		return nil, fmt.Errorf("a store is needed, not %s: ensure_window and ensure_context return one", v.Type())
	}
	return x, nil
}

var errOfRule = errors.New("only a store that a function made can be changed: let the rules change theirs")

func addItem(s *State, env *logs.Env, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var item starlark.Value
	x, err := ofStore("add_item", args, kwargs, "store", nil, "item", &item)
	if err != nil {
		return nil, err
	}
	if x.name.IsNil() {
		return nil, errOfRule
	}
	v, err := s.fromScript(item)
	if err != nil {
		return nil, err
	}
	if env.Living(s.module.store, x.name) == nil {
		return nil, fmt.Errorf("the store %s has ended: ensure it again before the add", x.name)
	}
	env.Add(s.module.store, v, x.name)
	return starlark.None, nil
}

func deleteStore(s *State, env *logs.Env, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	x, err := ofStore("delete_store", args, kwargs, "store", nil)
	if err != nil {
		return nil, err
	}
	if x.name.IsNil() {
		return nil, errOfRule
	}
	env.Delete(s.module.store, x.name)
	return starlark.None, nil
}

func findInStore(s *State, env *logs.Env, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var item starlark.Value
	x, err := ofStore("find_in_store", args, kwargs, "item", &item, "store", nil)
	if err != nil {
		return nil, err
	}
	v, err := s.fromScript(item)
	if err != nil {
		return nil, err
	}
	items, err := x.items()
	if err != nil {
		return nil, err
	}
	for _, held := range items {
		if same(held, v) {
			return s.toScript(held)
		}
	}
	return starlark.None, nil
}

// same compares by structure; two messages are the same if their lines are.
func same(a, b logs.Value) bool {
	m, ok1 := a.Message()
	n, ok2 := b.Message()
	if ok1 && ok2 {
		return m.Line == n.Line && m.Source == n.Source && m.Offset == n.Offset
	}
	return a.Equal(b)
}

func mapStore(s *State, _ *logs.Env, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var f starlark.Callable
	x, err := ofStore("map_store", args, kwargs, "f", &f, "store", nil)
	if err != nil {
		return nil, err
	}
	items, err := x.items()
	if err != nil {
		return nil, err
	}
	results := make([]starlark.Value, len(items))
	for i, item := range items {
		v, err := s.toScript(item)
		if err != nil {
			return nil, err
		}
		if results[i], err = starlark.Call(s.call.thread, f, starlark.Tuple{v}, nil); err != nil {
			return nil, err
		}
	}
	return starlark.NewList(results), nil
}
