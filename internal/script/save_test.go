package script

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
	"go.starlark.net/starlark"
	"pgregory.net/rapid"
)

// keeper makes an engine where a line is the name of a function to call; told
// gets what each returned.
func keeper(t testing.TB, src string, told *[]string) *logs.Engine {
	return engine(t, mustLoad(t, src), each(func(env *logs.Env) error {
		v, err := invoke(env, env.Message().Line)
		*told = append(*told, env.TextOf(v))
		return err
	}))
}

// reload saves an engine and loads what it saved into one of another source.
func reload(t testing.TB, e *logs.Engine, src string, told *[]string) *logs.Engine {
	t.Helper()
	var state bytes.Buffer
	if err := e.Save(&state); err != nil {
		t.Fatal(err)
	}
	n := keeper(t, src, told)
	if err := n.Load(&state); err != nil {
		t.Fatal(err)
	}
	return n
}

const kinds = `
l, d, s = [], {"f": len}, set()
shared = []
both = {"a": shared, "b": shared}
pair = ([], {}, "constant")
handlers = {"go": lambda x: x + 1}
def fill():
    l.extend([None, True, False, 0, -5, 1 << 100, -(1 << 100), 1.5, float("nan"), "a\x00", b"\xff\x00", (1, ("x",)), [2, [3]]])
    d.update([(1, "int"), ((1, 2), "tuple"), ("k", {"deep": [1]})])
    s.add("x"); s.add(3); s.add((1, "y"))
    shared.append("s"); both["c"] = shared; both["new"] = [1]
    pair[0].append(1); pair[1]["x"] = pair
    l.append(l)
    handlers["n"] = 1
def show():
    return str([l, d, s, pair[0]]) + str([len(pair[1]["x"][0]), pair[1]["x"][2], l[-1][-1][0], handlers["go"](1), d["f"]("abc")])
def share():
    shared.append("t")
    return str([both, shared])
`

func TestAllKindsSurvive(t *testing.T) {
	var told []string
	e := keeper(t, kinds, &told)
	for _, f := range []string{"fill", "show"} {
		e.Process(&logs.Message{Line: f, Time: start})
	}
	n := reload(t, e, kinds, &told)
	for _, f := range []string{"show", "share"} {
		n.Process(&logs.Message{Line: f, Time: start})
	}
	if faults := e.Stats().Faults + n.Stats().Faults; faults > 0 {
		t.Fatalf("%d faults: %q", faults, told)
	}
	if told[1] != told[2] || !strings.Contains(told[1], "1267650600228229401496703205376") {
		t.Errorf("shown %s\nloaded %s", told[1], told[2])
	}
	if want := `[{"a": ["s", "t"], "b": ["s", "t"], "c": ["s", "t"], "new": [1]}, ["s", "t"]]`; told[3] != want {
		t.Errorf("shared %s, want %s", told[3], want)
	}
}

func TestTimesAndStoresSurvive(t *testing.T) {
	src := `
seen = {}
def note():
    w = ensure_window(("w", 1), "1h")
    add_item(w, "x")
    seen["at"], seen["long"], seen["w"] = w.last, w.last - w.first, w
def show(): return [seen["at"], seen["at"].hour, seen["long"], seen["w"].count, seen["w"].name, seen["w"].items]
`
	var told []string
	e := keeper(t, src, &told)
	e.Process(&logs.Message{Line: "note", Time: start})
	e.Process(&logs.Message{Line: "show", Time: start})
	n := reload(t, e, src, &told)
	n.Process(&logs.Message{Line: "show", Time: start})
	n.Process(&logs.Message{Line: "show", Time: start.Add(2 * time.Hour)})
	want := []string{
		"", "2026-11-24T08:00:00Z, 8, 0s, 1, w, 1, x", "2026-11-24T08:00:00Z, 8, 0s, 1, w, 1, x",
		"2026-11-24T08:00:00Z, 8, 0s, 0, w, 1, ",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// TestChangedFile loads a state into a newer file: what functions changed is
// loaded, what only the file said is as the newer file says.
func TestChangedFile(t *testing.T) {
	before := `
hosts = ["a"]
limit = 3
count = {}
gone = []
other = []
def f():
    count["x"] = count.get("x", 0) + 1
    gone.append(1)
    other.append(1)
`
	after := `
hosts = ["a", "b"]
limit = 5
count = {}
other = {}
def show(): return str([hosts, limit, count, other])
`
	var told []string
	e := keeper(t, before, &told)
	e.Process(&logs.Message{Line: "f", Time: start})
	n := reload(t, e, after, &told)
	n.Process(&logs.Message{Line: "show", Time: start})
	if got, want := told[1], `[["a", "b"], 5, {"x": 1}, {}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestSharedWithUnchanged: a list that has not changed itself, but stands in
// a dict that has, is still one list after the load.
func TestSharedWithUnchanged(t *testing.T) {
	src := `
l, far, d = [1], [], {}
far.append(l)
def f(): d["l"] = l
def g():
    l.append(2)
    return str([d, far])
`
	var told []string
	e := keeper(t, src, &told)
	e.Process(&logs.Message{Line: "f", Time: start})
	reload(t, e, src, &told).Process(&logs.Message{Line: "g", Time: start})
	if got, want := told[1], `[{"l": [1, 2]}, [[1, 2]]]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestLostAction: the function that a store names may be gone.
func TestLostAction(t *testing.T) {
	src := "def f(): add_item(ensure_context('c', lasting = 60, actions = [g]), 1)\ndef g(c): print('over')"
	var told []string
	e := keeper(t, src, &told)
	e.Process(&logs.Message{Line: "f", Time: start})
	n := reload(t, e, "def other(): pass", &told)
	got := texts(n.Advance(start.Add(time.Hour)))
	if len(got) != 1 || !strings.Contains(got[0], "f.star has no function g") {
		t.Errorf("got %q", got)
	}
	if got := texts(reload(t, e, src, &told).Advance(start.Add(time.Hour))); !slices.Equal(got, []string{"print over"}) {
		t.Errorf("got %q", got)
	}
}

func TestDamagedState(t *testing.T) {
	s := &State{module: mustLoad(t, kinds)}
	state, err := s.module.New()
	if err != nil {
		t.Fatal(err)
	}
	s = state.(*State)
	c := s.begin(nil)
	if _, err := starlark.Call(c.thread, s.globals["fill"], nil, nil); err != nil {
		t.Fatal(err)
	}
	s.end()
	data, err := s.Save()
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := s.Save(); !bytes.Equal(again, data) {
		t.Error("two saves differ")
	}
	for cut := range data {
		fresh, _ := s.module.New()
		if fresh.Load(data[:cut]) == nil {
			t.Errorf("a state cut to %d of %d bytes loads", cut, len(data))
		}
	}
	fresh, _ := s.module.New()
	if err := fresh.Load(append(slices.Clone(data), 0)); err == nil {
		t.Error("a state with something behind it loads")
	}
	if err := fresh.Load([]byte{99}); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("error %v", err)
	}
}

func FuzzRestore(f *testing.F) {
	state, err := mustLoad(f, kinds).New()
	if err != nil {
		f.Fatal(err)
	}
	s := state.(*State)
	c := s.begin(nil)
	if _, err := starlark.Call(c.thread, s.globals["fill"], nil, nil); err != nil {
		f.Fatal(err)
	}
	s.end()
	data, _ := s.Save()
	f.Add(data)
	f.Add([]byte("\x01\x01\x01lT\x00\x00\x03UTC\x03UTC\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fresh, err := s.module.New()
		if err != nil {
			t.Fatal(err)
		}
		if fresh.Load(data) == nil {
			if _, err := fresh.Save(); err != nil {
				t.Errorf("what was loaded cannot be saved: %v", err)
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add("def f(m, env):\n    x = m.line * 3\n    x += 'a'\n    return x.join([1 in [2]])\n")
	f.Add("a = {}\nb = [i for i in range(3)]\n")
	f.Fuzz(func(t *testing.T, src string) {
		m, err := Load("f.star", []byte(src))
		if err != nil {
			return
		}
		m.MaxSteps = 1000
		m.New()
	})
}

// drawValue draws a value of Starlark that is data; hashable asks for one
// that can be a key.
func drawValue(t *rapid.T, depth int, hashable bool) starlark.Value {
	kinds := 6
	if depth > 0 {
		kinds = 7
		if !hashable {
			kinds = 10
		}
	}
	items := func(hashable bool) []starlark.Value {
		var all []starlark.Value
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			all = append(all, drawValue(t, depth-1, hashable))
		}
		return all
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return starlark.None
	case 1:
		return starlark.Bool(rapid.Bool().Draw(t, "bool"))
	case 2:
		return starlark.MakeInt64(rapid.Int64().Draw(t, "int")).Lsh(uint(rapid.IntRange(0, 70).Draw(t, "shift")))
	case 3:
		return starlark.Float(rapid.Float64().Draw(t, "float"))
	case 4:
		return starlark.String(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
	case 5:
		return starlark.Bytes(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
	case 6:
		return starlark.Tuple(items(hashable))
	case 7:
		return starlark.NewList(items(false))
	case 8:
		set := new(starlark.Set)
		for _, x := range items(true) {
			set.Insert(x)
		}
		return set
	default:
		dict := new(starlark.Dict)
		for _, x := range items(true) {
			dict.SetKey(x, drawValue(t, depth-1, false))
		}
		return dict
	}
}

// TestAnyDataSurvives loads drawn data over other drawn data.
func TestAnyDataSurvives(t *testing.T) {
	m := mustLoad(t, "all = []")
	rapid.Check(t, func(rt *rapid.T) {
		made := func() *State {
			state, err := m.New()
			if err != nil {
				rt.Fatal(err)
			}
			s := state.(*State)
			list := s.globals["all"].(*starlark.List)
			list.Append(starlark.None)
			for range rapid.IntRange(0, 3).Draw(rt, "items") {
				list.Append(drawValue(rt, 3, false))
			}
			return s
		}
		from, to := made(), made()
		data, err := from.Save()
		if err != nil {
			rt.Fatal(err)
		}
		container := to.globals["all"]
		if err := to.Load(data); err != nil {
			rt.Fatal(err)
		}
		again, err := to.Save()
		if err != nil || !bytes.Equal(again, data) {
			rt.Fatalf("loaded %v, want %v (%v)", to.globals["all"], from.globals["all"], err)
		}
		if to.globals["all"] != container || fmt.Sprint(container) != fmt.Sprint(from.globals["all"]) {
			rt.Fatalf("loaded %v, want %v", container, from.globals["all"])
		}
	})
}

// TestStoreOfRules: a context of the rules is lent to a call.
func TestStoreOfRules(t *testing.T) {
	down := &logs.Store{Name: "down", Keys: []string{"host"}}
	m := mustLoad(t, `
kept = []
def read(c):
    kept.append(c)
    return [c.name, c.count, c.items, find_in_store("b", c), map_store(lambda x: x * 2, c), c.first == c.last]
def change(c): add_item(c, "x")
def later(): return [kept[0].count, kept[0].items]
`)
	var told []string
	e, err := logs.New(&logs.Program{
		Root: &logs.Ruleset{Members: []logs.Member{each(func(env *logs.Env) error {
			env.Add(down, logs.Text("a"), logs.Text("h"))
			env.Add(down, logs.Text("b"), logs.Text("h"))
			c := env.Find(down, logs.Text("h")).Value()
			for _, f := range []string{"read", "change", "later"} {
				args := []logs.Value{c}
				if f == "later" {
					args = nil
				}
				v, err := invoke(env, f, args...)
				if err != nil {
					v = logs.Text(err.Error())
				}
				told = append(told, env.TextOf(v))
			}
			return nil
		})}},
		Stores:     []*logs.Store{down},
		Extensions: []logs.Extension{{Name: "f.star", New: m.New, Store: m.Store()}},
	}, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.Process(&logs.Message{Line: "x", Time: start})
	want := []string{"down, 2, a, b, b, aa, bb, true", "f.star:6:24: in change: " + errOfRule.Error(), "0, "}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}
