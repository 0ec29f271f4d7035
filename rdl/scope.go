package rdl

import (
	"maps"
	"slices"

	"github.com/logs-rdl/logs"
)

// Names are resolved when rules are loaded. At run time each rule, ruleset,
// context or timer that runs has one logs.Env; here that is a frame. Within a
// frame, scopes nest as blocks do.
//
//	frame (Env)      scope            holds
//	globals          ─                let                       Global(i)
//	ruleset          with, guard      its variables, bindings   Outer().Var(i), Outer().Local(i)
//	rule             with, match,     its variables, bindings,  Var(i), Local(i)
//	                 for ...          loop variables
//
// A frame that is made at run time has no Outer: what its code uses from
// around it is captured when it is made, as further variables of its own.

// A frame is the code that shares one Env.
type frame struct {
	parent   *frame
	locals   int // slots taken so far
	vars     int // variables of its own; captures come behind them
	captures []logs.Var
	captured map[*variable]*variable
	made     bool // at run time: it captures
	making   bool // what is compiled runs when no match around it has bound anything
}

// A variable is a name that an expression can use.
type variable struct {
	name  string
	typ   Type
	frame *frame // nil for a global
	in    storage
	index int
	eval  logs.Expr // if in is special
	value *typed    // of a global that nothing sets
	where string    // of a global: file and line
	used  bool
}

// storage says where a variable lives in its Env.
type storage uint8

const (
	inLocal storage = iota
	inVar
	inGlobal
	special
)

// A scope maps names to variables; a name hides the same one further out.
type scope struct {
	parent *scope
	frame  *frame
	few    []*variable          // in the order in which they were declared
	many   map[string]*variable // instead of few, if there are more than fit there

	matched bool // behind a match: the name groups lists
	groups  int  // so many locals

	rooms *rooms
}

// rooms are where scopes and what is in them are made. All are made again of
// the same when a declaration of the top level has been compiled, which keeps
// none: what was compiled knows places, and no names.
type rooms struct {
	frames    room[frame]
	scopes    room[scope]
	variables room[variable]
}

// clear takes all back.
func (r *rooms) clear() { r.frames.used, r.scopes.used, r.variables.used = 0, 0, 0 }

// A room is values of a type, of which some are in use.
type room[T any] struct {
	all  []*T
	used int
}

// next returns a value that is not in use, as it was left.
func (r *room[T]) next() *T {
	if r.used == len(r.all) {
		r.all = append(r.all, new(T))
	}
	r.used++
	return r.all[r.used-1]
}

// maxFew is how many names a scope may have to be searched one by one. Most
// have one or none.
const maxFew = 8

// inner opens a scope in the same frame.
func (s *scope) inner() *scope { return s.open(s.frame) }

func (s *scope) open(f *frame) *scope {
	inner := s.rooms.scopes.next()
	*inner = scope{parent: s, frame: f, few: inner.few[:0], rooms: s.rooms}
	return inner
}

// framed opens a scope in a new frame.
func (s *scope) framed(made bool) *scope {
	f := s.rooms.frames.next()
	*f = frame{parent: s.frame, made: made}
	return s.open(f)
}

// declare puts a variable into the scope. It hides one of that name that is
// there.
func (s *scope) declare(of variable) *variable {
	v := s.rooms.variables.next()
	*v = of
	v.frame = s.frame
	s.add(v)
	return v
}

func (s *scope) add(v *variable) {
	switch {
	case s.many != nil:
		s.many[v.name] = v
	case len(s.few) < maxFew:
		s.few = append(s.few, v)
	default:
		s.many = map[string]*variable{}
		for _, v := range append(s.few, v) {
			s.many[v.name] = v
		}
	}
}

// own returns the variable of a name that was declared in this very scope.
func (s *scope) own(name string) *variable {
	if s.matched && name == "groups" {
		s.special(name, TypeList, groupsOf(s.groups))
		s.matched = false
	}
	if s.many != nil {
		return s.many[name]
	}
	for _, v := range slices.Backward(s.few) {
		if v.name == name {
			return v
		}
	}
	return nil
}

// local declares a name in the next free local.
func (s *scope) local(name string, typ Type) *variable {
	v := s.declare(variable{name: name, typ: typ, in: inLocal, index: s.frame.locals})
	s.frame.locals++
	return v
}

// special declares a name that is worked out from the Env.
func (s *scope) special(name string, typ Type, eval logs.Expr) {
	s.declare(variable{name: name, typ: typ, in: special, eval: eval, used: true})
}

// find looks a name up, innermost first.
func (s *scope) find(name string) *variable {
	for ; s != nil; s = s.parent {
		if v := s.own(name); v != nil {
			return v
		}
	}
	return nil
}

// visible lists all names that can be used in the scope, sorted.
func (s *scope) visible() []string {
	all := map[string]bool{}
	for ; s != nil; s = s.parent {
		if s.matched {
			all["groups"] = true
		}
		for _, v := range s.few {
			all[v.name] = true
		}
		for name := range s.many {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// reach says how code in frame f gets at v: how many Envs outward, and the
// variable there. It captures v on the way where it must. A false result
// means that v is not known when the code runs.
func (f *frame) reach(v *variable) (hops int, at *variable, ok bool) {
	if v.in == inGlobal || v.frame == f {
		return 0, v, true
	}
	if f.made {
		at := f.captured[v]
		if at == nil {
			get, ok := f.parent.getter(v)
			if !ok {
				return 0, nil, false
			}
			at = &variable{name: v.name, typ: v.typ, frame: f, in: inVar, index: f.vars + len(f.captures)}
			if f.captured == nil {
				f.captured = map[*variable]*variable{}
			}
			f.captured[v] = at
			f.captures = append(f.captures, logs.Var{Name: v.name, Init: get})
		}
		return 0, at, true
	}
	if f.making && v.in != inVar {
		return 0, nil, false
	}
	hops, at, ok = f.parent.reach(v)
	return hops + 1, at, ok
}

// getter compiles the reading of v in frame f.
func (f *frame) getter(v *variable) (logs.Expr, bool) {
	hops, at, ok := f.reach(v)
	if !ok {
		return nil, false
	}
	i := at.index
	read := at.eval
	switch at.in {
	case inLocal:
		read = func(env *logs.Env) logs.Value { return env.Local(i) }
	case inVar:
		read = func(env *logs.Env) logs.Value { return env.Var(i) }
	case inGlobal:
		read = func(env *logs.Env) logs.Value { return env.Global(i) }
	}
	return outward(hops, read), true
}

// outward runs read in the Env that lies so many hops out.
func outward(hops int, read logs.Expr) logs.Expr {
	switch hops {
	case 0:
		return read
	case 1:
		return func(env *logs.Env) logs.Value { return read(env.Outer()) }
	}
	return func(env *logs.Env) logs.Value {
		for range hops {
			env = env.Outer()
		}
		return read(env)
	}
}

// setter compiles the writing of v in frame f.
func (f *frame) setter(v *variable) (func(*logs.Env, logs.Value), bool) {
	hops, at, ok := f.reach(v)
	if !ok || at.in == special {
		return nil, false
	}
	i := at.index
	write := func(env *logs.Env, x logs.Value) { env.SetLocal(i, x) }
	switch at.in {
	case inVar:
		write = func(env *logs.Env, x logs.Value) { env.SetVar(i, x) }
	case inGlobal:
		write = func(env *logs.Env, x logs.Value) { env.SetGlobal(i, x) }
	}
	return func(env *logs.Env, x logs.Value) {
		for range hops {
			env = env.Outer()
		}
		write(env, x)
	}, true
}
