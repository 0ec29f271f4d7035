package logs

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// What the property test of snapshots draws: programs of all shapes, and lines.

// shapes draws the parts of a program over lines such as "a 1 go": a key, an
// item, a word.
type shapes struct {
	*rapid.T
	p      *Program
	stores []*Store
}

const lineForm = `^(?<k>.) (?<x>.) (?<word>.*)`

func (s *shapes) on(word string, actions ...Action) *Rule {
	return continuing(rule(strings.Replace(lineForm, ".*", word, 1), actions...))
}

func (s *shapes) seconds(most int) time.Duration {
	return time.Duration(rapid.IntRange(1, most).Draw(s.T, "seconds")) * time.Second
}

func (s *shapes) maybe() bool { return rapid.Bool().Draw(s.T, "maybe") }

// pick draws one of several.
func pick[V any](s *shapes, what string, from ...V) V {
	return rapid.SampledFrom(from).Draw(s.T, what)
}

// tellContext prints all that a block of a context can see.
func tellContext(env *Env) error {
	c := env.Context()
	env.Print(show(c.Name(), List(c.Keys()), Int(int64(c.Count())), List(c.Items()), c.First(), c.Last(), get("since")(env), env.MessageValue()))
	return nil
}

// show shows values one after the other.
func show(name string, values ...Value) string {
	for _, v := range values {
		name += "; " + v.String()
	}
	return name
}

// mixed is a value with values of all kinds in it.
func mixed(env *Env) Value {
	event := &Message{Event: "e", Fields: []Field{{"x", get("x")(env)}}}
	return List([]Value{Map([]Field{{"x", get("x")(env)}, {"at", nowExpr(env)}}), Table([]string{"a", "b"}), Float(0.5), Bool(true), Nil, Duration(5), messageValue(event)})
}

func nowExpr(env *Env) Value { return Time(env.Now()) }

// store draws a context or window with limits of all sorts.
func (s *shapes) store() *Store {
	c := &Store{Name: fmt.Sprintf("store%d", len(s.stores)), Keys: []string{"k"}}
	if s.maybe() {
		c.Length = s.seconds(8)
	}
	if s.maybe() {
		c.MaxLines, c.Limited = rapid.IntRange(0, 3).Draw(s.T, "max-lines"), true
	}
	switch pick(s, "end", "none", "lasting", "idle", "at", "two") {
	case "lasting":
		c.Lasting = s.seconds(10)
	case "idle":
		c.Idle = s.seconds(6)
	case "at":
		c.At = daily(8*3600 + rapid.IntRange(1, 30).Draw(s.T, "at"))
	case "two":
		c.Lasting, c.Idle = s.seconds(10), s.seconds(6)
	}
	c.MinLines = pick(s, "min-lines", 0, 0, 2)
	c.Lives, c.Distinct, c.Once = s.maybe(), s.maybe(), s.maybe()
	if c.Once && s.maybe() {
		c.Per = s.seconds(8)
	}
	if c.Distinct && s.maybe() {
		c.By = func(env *Env) Value { return Text((env.Item().String() + " ")[:1]) }
	}
	c.AtMost = pick(s, "at most", 0, 1, 2)
	if s.maybe() {
		c.With = []Var{{"since", nowExpr}}
	}
	if s.maybe() {
		c.AtRuntime, c.Captures = true, []Var{{"since", get("x")}}
	}
	blocks := []Action{tellContext}
	if len(s.stores) > 0 && s.maybe() {
		next := s.stores[len(s.stores)-1]
		blocks = append(blocks, do(func(env *Env) { env.Add(next, env.Context().Value(), get("k")(env)) }))
	}
	c.Do = blocks
	if s.maybe() {
		c.OnFull = []Action{tellContext}
	}
	if s.maybe() {
		c.OnTimeout = []Action{tellContext}
	}
	s.stores = append(s.stores, c)
	s.p.Stores = append(s.p.Stores, c)
	return c
}

// made draws a rule that is made at run time.
func (s *shapes) made() *Rule {
	r := &Rule{
		Name: pick(s, "name", "", "made"), Captures: []Var{{"key", get("k")}, {"item", get("x")}}, With: []Var{{"since", nowExpr}, {"n", func(*Env) Value { return Int(0) }}},
		Match: MustPattern("^{key}.*(go|stop)").Bind([]int{0}, []Expr{get("key")}), Bindings: []string{"end"},
		Do: []Action{say("made by $key $item at $since, $n: $end"), do(func(env *Env) {
			n, _ := env.Var(1).Int()
			env.SetVar(1, Int(n+1))
		})},
	}
	s.mortal(r)
	s.p.Rules = append(s.p.Rules, r)
	return r
}

// mortal lets a rule die in one of the ways.
func (s *shapes) mortal(r *Rule) {
	r.Continue = s.maybe()
	r.Once = pick(s, "once", false, false, true)
	if s.maybe() {
		r.Until = MustPattern("2 stop")
	}
	if s.maybe() {
		r.Lasting = For(s.seconds(12))
	}
	if s.maybe() {
		r.Idle = For(s.seconds(8))
	}
	if s.maybe() {
		r.At = daily(8*3600 + rapid.IntRange(1, 30).Draw(s.T, "at"))
	}
	r.OnTimeout = []Action{say("over: $key $item $since $n"), do(func(env *Env) { env.Emit("over", Field{"k", get("key")(env)}) })}
}

func (s *shapes) timer() *Timer {
	t := &Timer{Name: "block", Captures: []Var{{"key", get("k")}, {"item", get("x")}}, Recurs: s.maybe(), Do: []Action{
		say("timer of $key $item"), do(func(env *Env) { env.Emit("tick", Field{"k", get("key")(env)}) }),
	}}
	if s.maybe() {
		t.At = daily(8*3600 + rapid.IntRange(1, 30).Draw(s.T, "at"))
	} else {
		t.After, t.Aligned = For(s.seconds(9)), s.maybe()
	}
	return t
}

// member draws one member of a ruleset.
func (s *shapes) member(depth int) Member {
	switch pick(s, "member", "add", "add", "act", "make", "timer", "event", "count", "static", "delete", "fault", "alias", "sequence", "ruleset", "store", "ensure") {
	case "add":
		c, word := s.aStore(), pick(s, "word", "go", "stop", ".*")
		item := pick(s, "item", get("x"), get("x"), (*Env).MessageValue, mixed)
		return s.on(word, do(func(env *Env) { env.Add(c, item(env), get("k")(env)) }))
	case "act":
		c := s.aStore()
		f := pick(s, "op", (*Env).Clear, (*Env).End, (*Env).Delete)
		return s.on("stop", do(func(env *Env) { f(env, c, get("k")(env)) }))
	case "make":
		r, place := s.made(), pick(s, "place", PlaceBefore, PlaceAfter, PlaceFirst, PlaceLast)
		return s.on("go", do(func(env *Env) { env.Make(r, place) }))
	case "timer":
		t := s.timer()
		s.p.Blocks = append(s.p.Blocks, t)
		return s.on("stop", do(func(env *Env) { env.SetTimer(t) }))
	case "event":
		c := s.aStore()
		return &Rule{Match: Event(pick(s, "event", "over", "tick"), 0, "k"), Bindings: []string{"k"}, Continue: s.maybe(), Do: []Action{say("event $k"), add(c, "k", "k")}}
	case "count":
		return with(s.on("go", do(func(env *Env) {
			n, _ := env.Global(0).Int()
			env.SetGlobal(0, Int(n+1))
		}), say("$all so far")), func(r *Rule) { r.Continue = s.maybe() })
	case "static":
		return with(s.on("go", say("static $n")), func(r *Rule) { s.mortal(r); r.With = []Var{{"n", nowExpr}} })
	case "delete":
		return s.on("stop", do(func(env *Env) {
			if env.Text("x") == "3" {
				env.DeleteRule("made")
			}
		}))
	case "fault":
		return s.on("go", do(func(env *Env) { env.Fault("bad %s", env.Text("x")) }))
	case "alias":
		return s.alias()
	case "sequence":
		return s.sequence()
	case "store":
		c := s.aStore()
		return s.on("go", do(func(env *Env) { env.MakeStore(c) }))
	case "ensure":
		return s.ensure()
	}
	set := guarded(lineForm)
	set.With = []Var{{"setvar", nowExpr}}
	set.Do = []Action{say("did $k $setvar")}
	if depth > 0 {
		for range rapid.IntRange(0, 3).Draw(s.T, "members") {
			set.Members = append(set.Members, s.member(depth-1))
		}
	}
	return set
}

func (s *shapes) aStore() *Store { return rapid.SampledFrom(s.stores).Draw(s.T, "store") }

func (s *shapes) alias() Member {
	c := s.aStore()
	alias := &Store{Name: fmt.Sprintf("alias%d", len(s.p.Stores)), Keys: []string{"k"}, AliasOf: c}
	s.p.Stores = append(s.p.Stores, alias)
	return s.on(".*", do(func(env *Env) {
		if env.Text("word") == "go" {
			env.Alias(c, []Value{get("k")(env)}, alias, []Value{get("x")(env)})
		} else if env.Find(alias, get("x")(env)) != nil {
			env.Add(alias, get("k")(env), get("x")(env))
		}
	}))
}

func (s *shapes) sequence() Member {
	step := func(item string, times int) SequenceStep {
		return SequenceStep{Name: item, Match: MustPattern("^(?<k>.) " + item), Times: times}
	}
	q := &Sequence{
		Bindings: []string{"k"}, Keys: 1, AtMost: pick(s, "at most", 0, 1), Within: s.seconds(10), AnyOrder: s.maybe(),
		Steps:   []SequenceStep{step("1", rapid.IntRange(1, 2).Draw(s.T, "times")), step("2", 1)},
		Do:      []Action{do(func(env *Env) { env.Alert(High, "done "+env.Text("k")) })},
		Missing: []Action{do(func(env *Env) { env.Alert(Low, "missing "+env.Text("k")+env.Step().String()) })},
	}
	q.Strict = !q.AnyOrder && s.maybe()
	return q
}

// ensure draws a rule that makes contexts as functions do.
func (s *shapes) ensure() Member {
	if len(s.p.Extensions) == 0 {
		s.p.Extensions = []Extension{{Name: "f.star", New: func() (State, error) { return &counter{}, nil }, Store: &Store{Name: "adhoc", Keys: []string{"name"}}}}
	}
	store := s.p.Extensions[0].Store
	limits := Limits{MaxLines: rapid.IntRange(0, 2).Draw(s.T, "max-lines"), Limited: s.maybe(), Actions: []string{"f", "g"}}
	switch pick(s, "limits", "length", "lasting", "idle") {
	case "length":
		limits.Length = s.seconds(8)
	case "lasting":
		limits.Lasting = s.seconds(8)
	case "idle":
		limits.Idle = s.seconds(8)
	}
	return s.on(".*", do(func(env *Env) {
		env.Ensure(store, get("k")(env), limits)
		env.Add(store, get("x")(env), get("k")(env))
	}))
}

// A counter is the state of an extension: it numbers what it does.
type counter struct{ n byte }

func (c *counter) Save() ([]byte, error) { return []byte{c.n}, nil }

func (c *counter) Load(data []byte) error {
	if len(data) != 1 {
		return errors.New("not one byte")
	}
	c.n = data[0]
	return nil
}

func (c *counter) Fire(env *Env, actions []string) error {
	c.n++
	env.Print(show(fmt.Sprint(c.n, actions), List(env.Context().Items())))
	return nil
}

func drawProgram(t *rapid.T) *Program {
	s := &shapes{T: t, p: program()}
	for range rapid.IntRange(1, 3).Draw(t, "stores") {
		s.store()
	}
	for range rapid.IntRange(1, 8).Draw(t, "members") {
		s.p.Root.Members = append(s.p.Root.Members, s.member(2))
	}
	for range rapid.IntRange(0, 2).Draw(t, "timers") {
		timer := s.timer()
		timer.Captures = nil
		s.p.Timers = append(s.p.Timers, timer)
	}
	s.p.Globals = []Var{{"all", func(*Env) Value { return Int(0) }}, {"began", nowExpr}}
	if len(s.p.Rules) == 0 {
		fix(s.p.Root)
	}
	return s.p
}

// fix tells of a ruleset and those in it that no rule is put among the members.
func fix(r *Ruleset) {
	r.Fixed = true
	for _, m := range r.Members {
		if inner, ok := m.(*Ruleset); ok {
			fix(inner)
		}
	}
}

func drawLines(t *rapid.T) []string {
	var lines []string
	now := 0
	for range rapid.IntRange(1, 14).Draw(t, "lines") {
		now += rapid.IntRange(0, 5).Draw(t, "later")
		pick := func(what string, from ...string) string { return rapid.SampledFrom(from).Draw(t, what) }
		line := fmt.Sprintf("%d %s %s %s", now, pick("key", "a", "b", "c"), pick("item", "1", "2", "3"), pick("word", "go", "stop", "on"))
		switch rapid.IntRange(0, 9).Draw(t, "other") {
		case 0, 1:
			line = fmt.Sprint(now) // only time passes
		case 2:
			if len(lines) > 0 {
				line = leap
			}
		}
		lines = append(lines, line)
	}
	return lines
}
