package script

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/logs-rdl/logs"
)

// start is the time of the first message.
var start = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

func mustLoad(t testing.TB, src string) *Module {
	t.Helper()
	m, err := Load("f.star", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustRead(t testing.TB, name string) *Module {
	t.Helper()
	src, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load(name, src)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// engine makes an engine whose rules call the functions of one module.
func engine(t testing.TB, m *Module, rules ...*logs.Rule) *logs.Engine {
	t.Helper()
	root := &logs.Ruleset{}
	for _, r := range rules {
		root.Members = append(root.Members, r)
	}
	e, err := logs.New(&logs.Program{
		Root:       root,
		Extensions: []logs.Extension{{Name: m.name, New: m.New, Store: m.Store()}},
	}, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func invoke(env *logs.Env, name string, args ...logs.Value) (logs.Value, error) {
	return env.Extension(0).(*State).Call(env, name, args)
}

// each is a rule whose action sees every message.
func each(act logs.Action) *logs.Rule {
	return &logs.Rule{Name: "each", Match: logs.Everything(), Do: []logs.Action{act}}
}

// run calls f of a file once, for a line, and returns its value as text and
// the effects.
func run(t testing.TB, src, line string, args ...logs.Value) (string, []logs.Effect, error) {
	t.Helper()
	text := ""
	var failed error
	e := engine(t, mustLoad(t, src), each(func(env *logs.Env) error {
		if env.Message().Event != "" {
			return nil
		}
		v, err := invoke(env, "f", append([]logs.Value{env.MessageValue()}, args...)...)
		text, failed = v.Kind().String()+" "+env.TextOf(v), err
		return nil
	}))
	effects := e.Process(&logs.Message{Line: line, Time: start, Source: "x.log", Offset: 7})
	return text, slices.Clone(effects), failed
}

func texts(effects []logs.Effect) []string {
	var all []string
	for _, x := range effects {
		all = append(all, x.Kind.String()+" "+x.Text)
	}
	return all
}

func TestNamesAndArity(t *testing.T) {
	m := mustLoad(t, `
def none(): pass
def two(a, b): pass
def some(a, b = 1, c = 2): pass
def any(a, *rest): pass
def extra(a, *, flag = True, **more): pass
def named(a, *, must): pass
def _helper(a): pass
value = 3
`)
	if got, want := m.Names(), []string{"none", "two", "some", "any", "extra"}; !slices.Equal(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
	for name, want := range map[string][2]int{"none": {0, 0}, "two": {2, 2}, "some": {1, 3}, "any": {1, -1}, "extra": {1, 1}} {
		least, most, ok := m.Arity(name)
		if !ok || least != want[0] || most != want[1] {
			t.Errorf("%s takes %d to %d (%v), want %v", name, least, most, ok, want)
		}
	}
	for _, name := range []string{"named", "value", "missing"} {
		if _, _, ok := m.Arity(name); ok {
			t.Errorf("%s can be called", name)
		}
	}
}

func TestWrongFiles(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"def f(:\n  pass", "f.star:1:8: got ':', want ')'"},
		{"def f(x):\n  return y", "f.star:2:10: undefined: y"},
		{"value = 1\ndef f(x):\n  return vlaue", "did you mean value?"},
		{"def f(x):\n  while True: pass", "f.star:2:3: this Starlark dialect does not support while loops: use for with a range"},
		{"x = 1\nx = 2", "cannot reassign global x"},
		{"for i in [1]: pass", "put it into a def"},
		{`load("a.star", "b")`, "f.star:1:1: load is not available"},
		{"def f(): return a\ndef g(): return b", "f.star:2:17: undefined: b"},
		{"def f(): return time.now()", "undefined: time"},
		{"def f(): return open('x')", "undefined: open"},
	} {
		_, err := Load("f.star", []byte(c.src))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.src, err, c.want)
		}
	}
}

func TestWrongTopLevel(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`print("x")`, "f.star:1:6: in the top level of f.star: print: only inside a function that a rule calls"},
		{`w = ensure_window("x", "3m")`, "only inside a function that a rule calls"},
		{`x = 1 // 0`, "f.star:1:7: in the top level of f.star: floored division by zero"},
		{`x = [n for n in range(10000000)]`, "more than 1000000 steps"},
	} {
		_, err := mustLoad(t, c.src).New()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.src, err, c.want)
		}
	}
}

func TestValues(t *testing.T) {
	day := logs.Duration(26 * time.Hour)
	fields := logs.Map([]logs.Field{{Name: "a", Value: logs.Int(1)}, {Name: "b", Value: logs.Nil}})
	for _, c := range []struct {
		body string
		arg  logs.Value
		want string
	}{
		{"x", logs.Nil, "nil "},
		{"x == None", logs.Nil, "bool true"},
		{"not x", logs.Bool(true), "bool false"},
		{"x + 1", logs.Int(41), "int 42"},
		{"x / 2", logs.Float(5), "float 2.5"},
		{"x.upper()", logs.Borrow("abc"), "text ABC"},
		{"x", logs.Text("a\xff\x00b"), "text a\xff\x00b"},
		{"len(x)", logs.Text("\xff\xfe"), "int 2"},
		{"x", day, "duration 1d2h"},
		{"x * 2", day, "duration 2d4h"},
		{"x.hours", day, "float 26"},
		{"x", logs.Time(start), "time 2026-11-24T08:00:00Z"},
		{"x.hour", logs.Time(start), "int 8"},
		{"x - x", logs.Time(start), "duration 0s"},
		{"[x, (1, None), set([2])]", logs.Int(3), "list 3, 1, , 2"},
		{"x[1]", logs.List([]logs.Value{logs.Int(1), logs.Text("two")}), "text two"},
		{"x.get('a')", fields, "int 1"},
		{"'b' in x", fields, "bool true"},
		{"x", fields, "map a: 1, b: "},
		{"{'user': x, 'n': 1}", logs.Text("eve"), "map user: eve, n: 1"},
		{"m", logs.Nil, "message line one"},
		{"[m.line, m.source, m.offset, m.event, m.text, m.host]", logs.Nil, "list line one, x.log, 7, , line one, "},
		{"m.time.unix", logs.Nil, fmt.Sprintf("int %d", start.Unix())},
		{"m.fields", logs.Nil, "map "},
		{"range(3)", logs.Nil, "list 0, 1, 2"},
	} {
		got, _, err := run(t, "def f(m, x): return "+c.body, "line one", c.arg)
		if err != nil || got != c.want {
			t.Errorf("%s of %s: got %q (%v), want %q", c.body, c.arg, got, err, c.want)
		}
	}
}

func TestWrongCalls(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"return m.nothing", "f.star:2:13: in f: message has no .nothing field or method"},
		{"fail('no', m.line)", `f.star:2:9: in f: fail: no line one`},
		{"return 1 << 70", "a number is too large"},
		{"return f", "a function cannot be handed to rules"},
		{"return {1: 2}", "the keys of a map are text"},
		{"l = []; l.append(l); return l", "hold themselves"},
		{"return [i for i in range(1000000000)]", "f.star:2:15: in f: it took more than 1000000 steps"},
		{"return f(m)", "function f called recursively"},
		{"search('(', m.line)", "f.star:2:11: in f: at byte 1 of the pattern"},
		{"search('a{ip}', m.line)", "hole {ip}"},
		{"alert('x', severity = 'awful')", "low, medium, high or critical"},
		{"alert()", "missing argument for text"},
		{"emit('')", "an event needs a name"},
		{"emit('x', bad = f)", "the field bad: a function cannot"},
		{"ensure_window('x', '3 parsecs')", "length: "},
		{"ensure_window('x', None)", "a window needs a length"},
		{"ensure_window('x', -1)", "more than nothing"},
		{"ensure_window('x', 1e300)", "at most 100 years"},
		{"ensure_window('x', float('nan'))", "at most 100 years"},
		{"ensure_window('x', [])", `text such as "3m" or a number of seconds`},
		{"ensure_window(None, '3m')", "cannot be the name of a store"},
		{"ensure_window(m, '3m')", "cannot be the name of a store"},
		{"ensure_window('x' * 5000, '3m')", "a name of 5003 bytes is too long"},
		{"ensure_window('x', '3m', max_lines = -1)", "max_lines must be a whole number"},
		{"ensure_window('x', '3m', actions = [lambda s: 1])", "must be a function of the top level"},
		{"ensure_window('x', '3m', actions = [g])", "the action g must take one argument"},
		{"add_item('x', 1)", "a store is needed, not string"},
		{"s = ensure_window('x', '3m'); delete_store(s); add_item(s, 1)", "the store x has ended"},
	} {
		_, effects, err := run(t, "def f(m):\n    "+c.body+"\ndef g(a, b): pass", "line one")
		switch {
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: error %v, want %q", c.body, err, c.want)
		case strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: the error takes several lines: %q", c.body, err)
		case len(effects) > 0:
			t.Errorf("%s: effects %v", c.body, effects)
		}
	}
}

func TestMessageIsLent(t *testing.T) {
	m := mustLoad(t, "kept = []\ndef f(m):\n    if kept: return kept[0].line\n    kept.append(m)\n")
	var failed error
	e := engine(t, m, each(func(env *logs.Env) error {
		_, failed = invoke(env, "f", env.MessageValue())
		return nil
	}))
	e.Process(&logs.Message{Line: "a", Time: start})
	if failed != nil {
		t.Fatal(failed)
	}
	e.Process(&logs.Message{Line: "b", Time: start})
	if failed == nil || !strings.Contains(failed.Error(), "only there during the call") {
		t.Errorf("error %v", failed)
	}
}

func TestNothingIsBorrowed(t *testing.T) {
	m := mustLoad(t, `
kept = []
def f(m, user):
    kept.append(user)
    kept.append(m.line)
    add_item(ensure_window("w", "1h"), m.line[:4])
    alert(user, line = m.line)
def g(): return kept + ensure_window("w", "1h").items
`)
	var got string
	e := engine(t, m, each(func(env *logs.Env) error {
		if env.Message().Source == "ask" {
			v, err := invoke(env, "g")
			got = env.TextOf(v)
			return err
		}
		_, err := invoke(env, "f", env.MessageValue(), logs.Borrow(env.Message().Line[:3]))
		return err
	}))
	buf := []byte("eve was here")
	line := borrowed(buf)
	effects := slices.Clone(e.Process(&logs.Message{Line: line, Time: start}))
	copy(buf, "XXXXXXXXXXXX")
	e.Process(&logs.Message{Source: "ask", Time: start})
	if want := "eve, eve was here, eve "; got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
	if x := effects[0]; x.Text != "eve" || x.Fields[0].Value.String() != "eve was here" || x.Lines[0] != "eve was here" {
		t.Errorf("the alert changed: %v", x)
	}
}

func TestEffects(t *testing.T) {
	_, effects, err := run(t, `
def f(m, d):
    print("a", 1, [None, "x"], d)
    print("two\nlines", sep = "")
    print("esc \x1b[0m")
    alert("found " + m.line, "high", user = "eve", n = 3)
    emit("seen", ip = "10.0.0.1")
`, "line one", logs.Duration(3*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`print a 1 [None, "x"] 3m`, "print two", "print lines", `print esc \x1b[0m`, "alert found line one"}
	if got := texts(effects); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	alert := effects[4]
	if alert.Severity != logs.High || len(alert.Fields) != 2 || alert.Fields[1].Name != "n" || alert.Rule != "each" {
		t.Errorf("alert %+v", alert)
	}
}

func TestEmit(t *testing.T) {
	m := mustLoad(t, "def f(): emit('seen', ip = '10.0.0.1')")
	heard := ""
	e := engine(t, m,
		&logs.Rule{Match: logs.Event("seen", 0, "ip"), Bindings: []string{"ip"}, Do: []logs.Action{func(env *logs.Env) error {
			heard = env.Text("ip")
			return nil
		}}},
		each(func(env *logs.Env) error { _, err := invoke(env, "f"); return err }))
	e.Process(&logs.Message{Line: "x", Time: start})
	if heard != "10.0.0.1" {
		t.Errorf("heard %q", heard)
	}
}

func TestSearch(t *testing.T) {
	for _, c := range []struct{ expr, line, want string }{
		{`user (\w+)( or \w+)?`, "a user eve", "list user eve, eve, "},
		{`nobody`, "a user eve", "nil "},
		{`(?<a>\d+)`, "n 17", "list 17, 17"},
		{`(?<=x)y`, "xy", "list y"},
	} {
		got, _, err := run(t, "def f(m, x): return search(x, m.line)", c.line, logs.Text(c.expr))
		if err != nil || got != c.want {
			t.Errorf("%s in %s: %q (%v), want %q", c.expr, c.line, got, err, c.want)
		}
	}
}

// borrowed returns a text that changes with the bytes, as that of a line does
// once the block that it was read into is read into again.
func borrowed(buf []byte) string { return unsafe.String(&buf[0], len(buf)) }
