package script

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/logs-rdl/logs"
	"go.starlark.net/starlark"
)

// A State is what the functions of a file keep in one engine. It is used by
// one goroutine.
//
//	Call ─→ run ─→ Starlark ─→ add_item ─→ engine: a store fires ─→ Fire ─→ run
//
// so calls nest. All that nest in one share its steps.
type State struct {
	module  *Module
	globals starlark.StringDict
	names   []string // of the globals, sorted
	initial map[string]digest
	call    *call // that runs; nil if none does
	long    int   // bytes of long text handed to functions since the last compact
}

// A call is one run of a function.
type call struct {
	env    *logs.Env // nil at the top level of the file
	thread *starlark.Thread
	outer  *call
	lent   []lent // what must not be used after it
}

// What is lent to a call is taken back at its end.
type lent interface{ takeBack() }

// New runs the top level of the file and returns the state of one engine,
// a *State.
func (m *Module) New() (logs.State, error) {
	s := &State{module: m}
	c := s.begin(nil)
	globals, err := m.program.Init(c.thread, s.predeclared())
	s.end()
	if err != nil {
		return nil, s.located("the top level of "+m.name, c, err)
	}
	s.globals, s.names = globals, slices.Sorted(maps.Keys(globals))
	if s.initial, err = s.digests(); err != nil {
		return nil, err
	}
	return s, nil
}

// Call runs a function of the file for a rule. The error says what went wrong
// in it, with the place in its file, on one line.
func (s *State) Call(env *logs.Env, name string, args []logs.Value) (logs.Value, error) {
	result := logs.Nil
	err := s.run(env, name, func() (starlark.Tuple, error) {
		values := make(starlark.Tuple, len(args))
		for i, arg := range args {
			var err error
			if values[i], err = s.toScript(arg); err != nil {
				return nil, err
			}
		}
		return values, nil
	}, func(v starlark.Value) (err error) {
		result, err = s.fromScript(v)
		return err
	})
	return result, err
}

// Fire runs actions for the store of env that has just fired. What goes wrong
// in one is a fault; the next runs all the same.
func (s *State) Fire(env *logs.Env, actions []string) error {
	for _, name := range actions {
		err := s.run(env, name, func() (starlark.Tuple, error) {
			return starlark.Tuple{s.lendContext(env.Context())}, nil
		}, func(starlark.Value) error { return nil })
		if err != nil {
			env.Fault("%w", err)
		}
	}
	return nil
}

// run runs a function; give makes its arguments, and take uses its result,
// while the call lasts.
func (s *State) run(env *logs.Env, name string, give func() (starlark.Tuple, error), take func(starlark.Value) error) error {
	fn, ok := s.globals[name].(*starlark.Function)
	if !ok {
		return fmt.Errorf("%s has no function %s: is it an old name in a loaded state?", s.module.name, name)
	}
	c := s.begin(env)
	args, err := give()
	var v starlark.Value
	if err == nil {
		v, err = starlark.Call(c.thread, fn, args, nil)
	}
	if err == nil {
		err = take(v)
	}
	if err != nil {
		err = s.located(name, c, err)
	}
	s.end()
	if s.call == nil {
		s.bound(env)
	}
	return err
}

func (s *State) begin(env *logs.Env) *call {
	c := &call{env: env, thread: &starlark.Thread{Name: s.module.name}, outer: s.call}
	c.thread.SetMaxExecutionSteps(s.module.MaxSteps)
	if c.outer != nil {
		c.thread.Steps = c.outer.thread.Steps
	}
	s.call = c
	return c
}

func (s *State) end() {
	c := s.call
	for _, x := range c.lent {
		x.takeBack()
	}
	s.call = c.outer
	if c.outer != nil {
		c.outer.thread.Steps = c.thread.Steps
	}
}

// env returns the scope of the rule that calls.
func (s *State) env() (*logs.Env, error) {
	if s.call == nil || s.call.env == nil {
		return nil, errors.New("only inside a function that a rule calls")
	}
	return s.call.env, nil
}

// located puts the place before an error of a call: that of the innermost
// function of the file.
func (s *State) located(what string, c *call, err error) error {
	place, msg := s.module.name, err.Error()
	var eval *starlark.EvalError
	if errors.As(err, &eval) {
		msg = eval.Msg
		for _, frame := range slices.Backward(eval.CallStack) {
			if frame.Pos.Line > 0 {
				place = frame.Pos.String()
				break
			}
		}
	}
	if c.thread.Steps >= s.module.MaxSteps {
		msg = fmt.Sprintf("it took more than %d steps: go over less of the line, or make less of it", s.module.MaxSteps)
	}
	return fmt.Errorf("%s: in %s: %s", place, what, strings.Join(strings.Fields(msg), " "))
}

// MaxItems is how many items a list, dict or set holds that is a global.
const MaxItems = 1_000_000

// longText is from how many bytes on a text is long. A part of a shorter one
// that is kept keeps all of it in memory, which is allowed.
const longText = 1 << 10

// maxLong is how many bytes of long text are handed out before the globals
// are freed from what they keep of it.
const maxLong = 64 << 20

// bound keeps what the globals hold within its bounds.
func (s *State) bound(env *logs.Env) {
	for _, name := range s.names {
		if n, ok := s.globals[name].(starlark.Sequence); ok && n.Len() > MaxItems && shrink(n) {
			env.Fault("%s: the global %s holds more than %d items: its oldest tenth is dropped", s.module.name, name, MaxItems)
		}
	}
	if s.long > maxLong {
		s.compact()
	}
}

// shrink drops the oldest items of a container that holds too many.
func shrink(x starlark.Sequence) bool {
	const keep = MaxItems - MaxItems/10
	drop := x.Len() - keep
	switch x := x.(type) {
	case *starlark.List:
		items := slices.Collect(x.Elements())[drop:]
		if x.Clear() != nil {
			return false
		}
		for _, item := range items {
			x.Append(item)
		}
	case *starlark.Dict:
		for _, key := range x.Keys()[:drop] {
			x.Delete(key)
		}
	case *starlark.Set:
		for _, item := range slices.Collect(x.Elements())[:drop] {
			x.Delete(item)
		}
	default:
		return false
	}
	return true
}

// compact copies all texts in the globals, so that a short part of a long
// line does not keep the line.
func (s *State) compact() {
	s.long = 0
	if data, err := s.Save(); err == nil {
		s.Load(data)
	}
}
