package script

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
)

// What functions have at hand:
//
//	print(*texts, sep = " ")                       a line on standard output
//	alert(text, severity = "medium", **fields)     a finding
//	emit(name, **fields)                           an event for the rules
//	search(pattern, text)                          None, or the whole match and its groups
//
// and the stores of stores.go. All ask something of the engine, so they work
// only inside a function that a rule calls.

// A helper is a function at hand.
type helper func(s *State, env *logs.Env, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)

var helpers = map[string]helper{
	"print":          printLine,
	"alert":          alert,
	"emit":           emit,
	"search":         search,
	"ensure_window":  ensureWindow,
	"ensure_context": ensureContext,
	"add_item":       addItem,
	"find_in_store":  findInStore,
	"map_store":      mapStore,
	"delete_store":   deleteStore,
}

// predeclared returns the names that a file finds beside those of Starlark.
func (s *State) predeclared() starlark.StringDict {
	names := s.costs()
	for name, f := range helpers {
		names[name] = starlark.NewBuiltin(name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			env, err := s.env()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return f(s, env, args, kwargs)
		})
	}
	return names
}

// shown returns the text of a value as rules show it; of a list and the like,
// as Starlark writes it.
func (s *State) shown(env *logs.Env, v starlark.Value) (string, error) {
	text := ""
	switch v := v.(type) {
	case starlark.String:
		text = string(v)
	case startime.Duration:
		text = env.TextOf(logs.Duration(time.Duration(v)))
	case startime.Time:
		at, err := instant(time.Time(v))
		if err != nil {
			return "", err
		}
		text = env.TextOf(at)
	default:
		text = v.String()
	}
	return text, s.produce(len(text))
}

func printLine(s *State, env *logs.Env, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	sep := " "
	if err := starlark.UnpackArgs("print", nil, kwargs, "sep?", &sep); err != nil {
		return nil, err
	}
	texts := make([]string, len(args))
	for i, arg := range args {
		var err error
		if texts[i], err = s.shown(env, arg); err != nil {
			return nil, err
		}
	}
	for line := range strings.SplitSeq(strings.Join(texts, sep), "\n") {
		env.Print(line)
	}
	return starlark.None, nil
}

// fields takes named arguments out of kwargs that are not of the given names.
func (s *State) fields(kwargs []starlark.Tuple, except ...string) (fields []logs.Field, rest []starlark.Tuple, err error) {
	for _, kw := range kwargs {
		name, _ := starlark.AsString(kw[0])
		if slices.Contains(except, name) {
			rest = append(rest, kw)
			continue
		}
		v, err := s.fromScript(kw[1])
		if err != nil {
			return nil, nil, fmt.Errorf("the field %s: %w", name, err)
		}
		fields = append(fields, logs.Field{Name: name, Value: v})
	}
	return fields, rest, nil
}

func alert(s *State, env *logs.Env, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	fields, kwargs, err := s.fields(kwargs, "text", "severity")
	if err != nil {
		return nil, err
	}
	var text starlark.Value
	word := "medium"
	if err := starlark.UnpackArgs("alert", args, kwargs, "text", &text, "severity?", &word); err != nil {
		return nil, err
	}
	severity, ok := logs.ParseSeverity(word)
	if !ok {
		return nil, fmt.Errorf("there is no severity %q: it is low, medium, high or critical", word)
	}
	shown, err := s.shown(env, text)
	if err != nil {
		return nil, err
	}
	env.Alert(severity, shown, fields...)
	return starlark.None, nil
}

func emit(s *State, env *logs.Env, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	if err := starlark.UnpackPositionalArgs("emit", args, nil, 1, &name); err != nil {
		return nil, err
	}
	if name == "" {
		return nil, fmt.Errorf("an event needs a name")
	}
	fields, _, err := s.fields(kwargs)
	if err != nil {
		return nil, err
	}
	env.Emit(strings.Clone(name), fields...)
	return starlark.None, nil
}

// searchCost is how many bytes that are gone over a byte that is searched
// for a pattern counts for.
const searchCost = 8

func search(s *State, env *logs.Env, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var pattern, text string
	if err := starlark.UnpackArgs("search", args, kwargs, "pattern", &pattern, "text", &text); err != nil {
		return nil, err
	}
	if err := s.spend(searchCost * len(text)); err != nil {
		return nil, err
	}
	groups, err := env.Search(strings.Clone(pattern), text)
	if err != nil || groups == nil {
		return starlark.None, err
	}
	found := make(starlark.Tuple, len(groups))
	for i, group := range groups {
		if found[i], err = s.toScript(group); err != nil {
			return nil, err
		}
	}
	return found, nil
}
