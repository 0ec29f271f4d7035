package logs

import (
	"bytes"
	"testing"
	"time"
)

// reload runs a program over lines, loads its state into a changed one and
// goes on there.
func reload(t *testing.T, old, changed *Program, before []string, after ...string) (told []string, dropped uint64) {
	t.Helper()
	e := newEngine(t, old)
	feedTo(e, before...)
	e = load(t, changed, Options{}, save(t, e))
	return feedTo(e, after...), e.Stats().Dropped
}

func TestLoadingIntoAChangedProgram(t *testing.T) {
	named := func(name, pattern string, actions ...Action) *Rule {
		return with(continuing(rule(pattern, actions...)), func(r *Rule) { r.Name = name })
	}
	once := func(r *Rule) *Rule { return with(r, func(r *Rule) { r.Once = true }) }
	lasting := func(r *Rule) *Rule {
		return with(r, func(r *Rule) { r.Lasting, r.OnTimeout = For(10*time.Second), []Action{say(r.Name + " over")} })
	}
	gather := func(change func(*Store)) *Program {
		s := &Store{Lasting: 10 * time.Second, Do: holds("did")}
		change(s)
		return gathering(s)
	}
	timers := func(names ...string) *Program {
		p := program()
		for _, name := range names {
			p.Timers = append(p.Timers, &Timer{Name: name, ID: name, After: For(10 * time.Second), Recurs: true, Do: []Action{say(name)}})
		}
		return p
	}
	makes := func(rules ...*Rule) *Program {
		p := program(named("maker", "make", do(func(env *Env) { env.Make(rules[0], PlaceBefore) })))
		p.Rules = rules
		return p
	}
	sets := func(seconds ...time.Duration) *Program {
		p := program()
		for _, n := range seconds {
			p.Blocks = append(p.Blocks, &Timer{Name: "x", ID: n.String(), After: For(n), Do: []Action{say("in " + n.String())}})
		}
		p.Root.Members = []Member{named("maker", "make", do(func(env *Env) { env.SetTimer(p.Blocks[0]) }))}
		return p
	}
	sequence := func(steps ...string) *Program {
		q := &Sequence{Name: "q", Bindings: []string{"k"}, Keys: 1, Within: 10 * time.Second, Do: []Action{say("done $k")}, Missing: []Action{say("missing $k")}}
		for _, s := range steps {
			q.Steps = append(q.Steps, SequenceStep{Name: s, Match: MustPattern(s + " (?<k>.)")})
		}
		return program(q)
	}
	inSet := func(members ...Member) *Ruleset {
		return &Ruleset{Name: "set", With: []Var{{"since", nowExpr}}, Members: members}
	}
	global := func(name string) *Program {
		p := program(rule("", do(func(env *Env) {
			n, _ := env.Global(0).Int()
			env.SetGlobal(0, Int(n+1))
			env.Print(env.TextOf(env.Global(0)))
		})))
		p.Globals = []Var{{name, func(*Env) Value { return Int(0) }}}
		return p
	}
	tests := []struct {
		name    string
		old     *Program
		changed *Program
		before  []string
		after   []string
		dropped uint64
		want    []string
	}{
		{"nothing changed", program(once(named("a", "x", say("a")))), program(once(named("a", "x", say("a")))), []string{"0 x"}, []string{"1 x"}, 0, nil},
		{"a new rule is alive", program(once(named("a", "x", say("a")))), program(named("new", "x", say("new")), once(named("a", "x", say("a")))),
			[]string{"0 x"}, []string{"1 x"}, 0, []string{"1 new"}},
		{"a rule is gone", program(lasting(named("a", "x")), lasting(named("b", "x"))), program(lasting(named("b", "x"))), []string{"0 x"}, []string{"20"}, 1, []string{"10 b over"}},
		{"a renamed rule is a new one", program(lasting(named("a", "x"))), program(lasting(named("b", "x"))), []string{"0 x", "5"}, []string{"20"}, 1, []string{"15 b over"}},
		{"rules changed places", program(once(named("a", "x", say("a"))), named("b", "x", say("b"))), program(named("b", "x", say("b")), once(named("a", "x", say("a")))),
			[]string{"0 x"}, []string{"1 x"}, 0, []string{"1 b"}},
		{"a rule moved into a ruleset", program(lasting(named("a", "x"))), program(inSet(lasting(named("a", "x")))), []string{"0 x"}, []string{"20"}, 0, []string{"10 a over"}},
		{"a ruleset is gone, its member is not", program(inSet(lasting(named("a", "x")))), program(lasting(named("a", "x"))), []string{"0 x"}, []string{"20"}, 0, []string{"10 a over"}},
		{"a rule that is made is gone", makes(named("m", "x", say("m"))), makes(named("other", "x", say("other"))), []string{"0 make", "1 make"}, []string{"2 x"}, 2, nil},
		{"a rule that is made does something else now", makes(named("m", "x", say("m"))), makes(named("m", "x", say("changed"))), []string{"0 make"}, []string{"2 x"}, 0, []string{"2 changed"}},
		{"a made rule keeps its place between others",
			func() *Program {
				p := makes(named("m", "x", say("m")))
				p.Root.Members = append([]Member{named("a", "x", say("a"))}, p.Root.Members...)
				return p
			}(),
			func() *Program {
				p := makes(named("m", "x", say("m")))
				p.Root.Members = append([]Member{named("a", "x", say("a"))}, append(p.Root.Members, named("z", "x", say("z")))...)
				return p
			}(), []string{"0 make"}, []string{"1 x"}, 0, []string{"1 a", "1 m", "1 z"}},
		{"a store is gone, with its five rules", gather(func(*Store) {}), program(), []string{"0 a 1", "0 b 2"}, []string{"20"}, 2 + 5, nil},
		{"a store with another number of keys is another", gather(func(*Store) {}), gather(func(s *Store) { s.Keys = []string{"k", "j"} }), []string{"0 a 1"}, []string{"20"}, 1, nil},
		{"a store with another length of life keeps the time that was set", gather(func(*Store) {}), gather(func(s *Store) { s.Lasting = time.Hour }), []string{"0 a 1"}, []string{"5 b 1", "20"}, 0, []string{"10 did a: 1"}},
		{"a store that now ends at all", gather(func(s *Store) { s.Lasting = 0 }), gather(func(*Store) {}), []string{"0 a 1", "5"}, []string{"20"}, 0, []string{"15 did a: 1"}},
		{"a store that ends no more", gather(func(*Store) {}), gather(func(s *Store) { s.Lasting = 0 }), []string{"0 a 1"}, []string{"20 look a"}, 0, []string{"20 1: 1"}},
		{"a store with other variables", gather(func(s *Store) { s.With = []Var{{"a", nowExpr}, {"b", text("old b")}} }),
			gather(func(s *Store) { s.With = []Var{{"b", text("new b")}}; s.Do = []Action{say("$b")} }), []string{"0 a 1"}, []string{"20"}, 0, []string{"10 old b"}},
		{"a timer is gone", timers("a", "b"), timers("b"), []string{"0 x"}, []string{"10"}, 1, []string{"10 b"}},
		{"a timer is new", timers("a"), timers("b", "a"), []string{"0 x", "5"}, []string{"15"}, 0, []string{"10 a", "15 b"}},
		{"a block that waits is gone", sets(time.Second), sets(2 * time.Second), []string{"0 make"}, []string{"5"}, 1, nil},
		{"a sequence has other steps", sequence("one", "two"), sequence("one", "two", "three"), []string{"0 one a"}, []string{"1 two a", "20"}, 1, nil},
		{"a sequence is gone", sequence("one", "two"), program(), []string{"0 one a"}, []string{"20"}, 1, nil},
		{"a global is kept by name", global("n"), global("n"), []string{"0 x"}, []string{"1 x"}, 0, []string{"1 2"}},
		{"a renamed one starts anew", global("n"), global("m"), []string{"0 x"}, []string{"1 x"}, 0, []string{"1 1"}},
	}
	for _, test := range tests {
		told, dropped := reload(t, test.old, test.changed, test.before, test.after...)
		checkTold(t, test.name, told, test.want...)
		if dropped != test.dropped {
			t.Errorf("%s: %d dropped, want %d", test.name, dropped, test.dropped)
		}
	}
}

// Two blocks of the same text stay two, with what each one kept.
func TestBlocksOfTheSameTextAreToldApart(t *testing.T) {
	twins := func() *Program {
		block := func(item string) *Timer {
			return &Timer{Name: "x", ID: "same text", After: For(5 * time.Second), Captures: []Var{{item, get("k")}}, Do: []Action{say("$" + item)}}
		}
		a, b := block("a"), block("b")
		p := program(rule("^a(?<k>.)", do(func(env *Env) { env.SetTimer(a) })), rule("^b(?<k>.)", do(func(env *Env) { env.SetTimer(b) })))
		p.Blocks = []*Timer{a, b}
		return p
	}
	told, _ := reload(t, twins(), twins(), []string{"0 a1", "1 b2"}, "9")
	checkTold(t, "both", told, "5 1", "6 2")
}

// A variable of a rule may have the name of one that it captured.
func TestAVariableNamedAsACapture(t *testing.T) {
	p := func() *Program {
		made := with(rule("x", say("$ip")), func(r *Rule) {
			r.Captures = []Var{{"ip", get("ip")}}
			r.With = []Var{{"ip", func(env *Env) Value { return Text("<" + env.Var(1).String() + ">") }}}
		})
		p := program(rule("make (?<ip>.*)", do(func(env *Env) { env.Make(made, PlaceBefore) })))
		p.Rules = []*Rule{made}
		return p
	}
	told, _ := reload(t, p(), p(), []string{"0 make 10.0.0.7"}, "1 x")
	checkTold(t, "with", told, "1 <10.0.0.7>")
}

// Functions that are gone take their contexts along, timers included.
func TestAnExtensionThatIsGone(t *testing.T) {
	store := &Store{Name: "adhoc", Keys: []string{"name"}}
	old := program(rule("(?<k>.)", do(func(env *Env) {
		env.Ensure(store, env.Local(0), Limits{Lasting: 5 * time.Second, Actions: []string{"f"}})
		env.Add(store, Text("x"), env.Local(0))
	})))
	old.Extensions = []Extension{{Name: "f.star", New: func() (State, error) { return &counter{}, nil }, Store: store}}
	told, dropped := reload(t, old, program(), []string{"0 a", "1 b"}, "20 x")
	checkTold(t, "silence", told)
	if dropped != 2+1 { // and the rule
		t.Errorf("%d dropped", dropped)
	}
}

// Making rules again must not leave traces of its own.
func TestLoadingTellsNothing(t *testing.T) {
	p := func() *Program {
		made := with(rule("x", say("made")), func(r *Rule) {
			r.Captures = []Var{{"k", get("k")}}
			r.Lasting = For(time.Hour)
			r.With = []Var{{"n", func(env *Env) Value {
				if env.Var(1).IsNil() {
					env.Fault("k is nil")
				}
				return Nil
			}}}
		})
		p := program(rule("make (?<k>.)", do(func(env *Env) { env.Make(made, PlaceBefore) })))
		p.Rules = []*Rule{made}
		return p
	}
	e := newEngine(t, p())
	feedTo(e, "0 make 1", "1 make 2")
	e2 := load(t, p(), Options{}, save(t, e))
	if e2.Stats() != e.Stats() || len(e2.faults) != 0 {
		t.Errorf("%+v became %+v, told %v", e.Stats(), e2.Stats(), e2.faults)
	}
}

func TestASnapshotBeforeTheFirstLine(t *testing.T) {
	p := program()
	p.Timers = []*Timer{{After: For(10 * time.Second), Recurs: true, Do: []Action{say("tick")}}}
	e := newEngine(t, p)
	if err := e.Load(bytes.NewReader(save(t, newEngine(t, p)))); err != nil {
		t.Fatal(err)
	}
	checkTold(t, "the engine has not begun", feedTo(e, "100 x", "110"), "110 tick")
}
