package script

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
)

// text makes a text of Starlark that nobody will overwrite.
func (s *State) text(t string) (starlark.Value, error) {
	if err := s.produce(len(t)); err != nil {
		return nil, err
	}
	return starlark.String(strings.Clone(t)), nil
}

// toScript makes a value of Starlark for the call at hand.
func (s *State) toScript(v logs.Value) (starlark.Value, error) {
	switch v.Kind() {
	case logs.KindBool:
		return starlark.Bool(v.Truth()), nil
	case logs.KindInt:
		n, _ := v.Int()
		return starlark.MakeInt64(n), nil
	case logs.KindFloat:
		f, _ := v.Float()
		return starlark.Float(f), nil
	case logs.KindText:
		t, _ := v.Str()
		return s.text(t)
	case logs.KindDuration:
		d, _ := v.Duration()
		return startime.Duration(d), nil
	case logs.KindTime:
		t, _ := v.Time()
		return startime.Time(t.In(s.zone())), nil
	case logs.KindList:
		items, _ := v.List()
		return s.listToScript(items)
	case logs.KindMap:
		fields, _ := v.Fields()
		return s.fieldsToScript(fields)
	case logs.KindMessage:
		return s.lendMessage(v), nil
	case logs.KindContext:
		c, _ := v.Context()
		return s.lendContext(c), nil
	}
	return starlark.None, nil
}

// zone returns the engine's zone, which only calls know.
func (s *State) zone() *time.Location {
	env, err := s.env()
	if err != nil {
		return time.UTC
	}
	return env.Zone()
}

func (s *State) listToScript(items []logs.Value) (starlark.Value, error) {
	if err := s.spend(itemBytes * len(items)); err != nil {
		return nil, err
	}
	values := make([]starlark.Value, len(items))
	for i, item := range items {
		var err error
		if values[i], err = s.toScript(item); err != nil {
			return nil, err
		}
	}
	return starlark.NewList(values), nil
}

func (s *State) fieldsToScript(fields []logs.Field) (starlark.Value, error) {
	dict := starlark.NewDict(len(fields))
	for _, f := range fields {
		key, err := s.text(f.Name)
		if err != nil {
			return nil, err
		}
		if _, seen, _ := dict.Get(key); seen {
			continue // of two fields of one name the first counts
		}
		v, err := s.toScript(f.Value)
		if err != nil {
			return nil, err
		}
		if err := dict.SetKey(key, v); err != nil {
			return nil, err
		}
	}
	return dict, nil
}

// maxLeaving is how many bytes of text and, counted apart, how many items a
// value may have that leaves a call.
const maxLeaving = 16 << 20

// maxDepth is how deep lists may nest in a value that leaves a call or is
// saved.
const maxDepth = 100

// A leaving gathers what a value that leaves a call is made of.
type leaving struct {
	s           *State
	room, items int
}

// fromScript makes a value of the engine, in which texts count as borrowed:
// whoever keeps one copies it, and not the line that it may be a part of.
func (s *State) fromScript(v starlark.Value) (logs.Value, error) {
	return (&leaving{s, maxLeaving, maxLeaving}).value(v, 0)
}

func (l *leaving) value(v starlark.Value, depth int) (logs.Value, error) {
	if depth > maxDepth {
		return logs.Nil, fmt.Errorf("lists are nested deeper than %d, or hold themselves", maxDepth)
	}
	l.items--
	switch v := v.(type) {
	case starlark.NoneType:
		return logs.Nil, nil
	case starlark.Bool:
		return logs.Bool(bool(v)), nil
	case starlark.Int:
		n, ok := v.Int64()
		if !ok {
			return logs.Nil, errors.New("a number is too large: rules know whole numbers up to 9223372036854775807")
		}
		return logs.Int(n), nil
	case starlark.Float:
		return logs.Float(float64(v)), nil
	case starlark.String:
		return l.text(string(v))
	case starlark.Bytes:
		return l.text(string(v))
	case startime.Duration:
		return logs.Duration(time.Duration(v)), nil
	case startime.Time:
		return instant(time.Time(v))
	case *message:
		return v.value()
	case *store:
		return v.value(), nil
	case *starlark.Dict:
		return l.dict(v, depth)
	case starlark.Iterable:
		return l.list(v, depth)
	}
	return logs.Nil, fmt.Errorf("a %s cannot be handed to rules", v.Type())
}

func (l *leaving) text(t string) (logs.Value, error) {
	if l.room -= len(t); l.room < 0 {
		return logs.Nil, fmt.Errorf("more than %d bytes of text in one value", maxLeaving)
	}
	return logs.Borrow(t), nil
}

// instant makes a time, which must lie within what 64 bits of nanoseconds hold.
func instant(t time.Time) (logs.Value, error) {
	if y := t.Year(); y < 1679 || y > 2261 {
		return logs.Nil, fmt.Errorf("the year %d is too far away: rules know those from 1679 to 2261", y)
	}
	return logs.Time(t), nil
}

func (l *leaving) list(v starlark.Iterable, depth int) (logs.Value, error) {
	var items []logs.Value
	for x := range starlark.Elements(v) {
		if l.items < 0 {
			return logs.Nil, fmt.Errorf("more than %d items in one value", maxLeaving)
		}
		item, err := l.value(x, depth+1)
		if err != nil {
			return logs.Nil, err
		}
		items = append(items, item)
	}
	return logs.List(items), nil
}

func (l *leaving) dict(v *starlark.Dict, depth int) (logs.Value, error) {
	fields := make([]logs.Field, 0, v.Len())
	for key, x := range v.Entries() {
		name, ok := starlark.AsString(key)
		if !ok {
			return logs.Nil, fmt.Errorf("the keys of a map are text, but %s is %s", key, key.Type())
		}
		if _, err := l.text(name); err != nil {
			return logs.Nil, err
		}
		value, err := l.value(x, depth+1)
		if err != nil {
			return logs.Nil, err
		}
		fields = append(fields, logs.Field{Name: strings.Clone(name), Value: value})
	}
	return logs.Map(fields), nil
}

// A message is the message of the engine, lent to a call.
type message struct {
	s *State
	v logs.Value // nil once the call is over
}

func (s *State) lendMessage(v logs.Value) *message {
	m := &message{s, v}
	s.call.lent = append(s.call.lent, m)
	return m
}

func (m *message) takeBack() { m.v = logs.Nil }

func (m *message) value() (logs.Value, error) {
	if m.v.IsNil() {
		return m.v, errors.New("a message is only there during the call: keep its line instead")
	}
	return m.v, nil
}

// line returns the line, which must not be kept; empty once the call is over.
func (m *message) line() string {
	if got, ok := m.v.Message(); ok {
		return got.Line
	}
	return ""
}

// String returns the line.
func (m *message) String() string { return strings.Clone(m.line()) }

func (m *message) Type() string          { return "message" }
func (m *message) Freeze()               {}
func (m *message) Truth() starlark.Bool  { return true }
func (m *message) Hash() (uint32, error) { return 0, errors.New("unhashable type: message") }

// Attr returns a part of the message.
func (m *message) Attr(name string) (starlark.Value, error) {
	read := logs.MessagePart(name)
	if read == nil {
		return nil, nil
	}
	v, err := m.value()
	if err != nil {
		return nil, err
	}
	got, _ := v.Message()
	return m.s.toScript(read(got))
}

// AttrNames lists the attributes.
func (m *message) AttrNames() []string { return logs.MessageParts() }
