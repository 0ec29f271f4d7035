package logs

import (
	"testing"
	"time"
)

// making is a program of one rule that makes another when it sees "make".
func making(place Place, made *Rule, around ...Member) *Program {
	maker := with(rule("make", do(func(env *Env) { env.Make(made, place) }), say("made")), func(r *Rule) { r.Name = "maker" })
	p := program(append([]Member{maker}, around...)...)
	p.Rules = []*Rule{made}
	return p
}

func TestWhereAMadeRuleStands(t *testing.T) {
	last := rule(".*", say("last"))
	first := with(rule("^x", say("first")), func(r *Rule) { r.Continue = true })
	tests := []struct {
		name  string
		place Place
		want  []string // of "make" and then "x make"
	}{
		{"before: it is asked first from the next message on", PlaceBefore, []string{"0 made", "0 last", "1 first", "1 new"}},
		{"after: it sees the same message", PlaceAfter, []string{"0 made", "0 new", "1 first", "1 made", "1 new"}},
		{"first of all", PlaceFirst, []string{"0 made", "0 last", "1 new"}},
		{"last of all, it sees what nothing takes", PlaceLast, []string{"0 made", "0 last", "1 first", "1 made", "1 last"}},
	}
	for _, test := range tests {
		made := rule("make", say("new"))
		maker := with(rule("make", do(func(env *Env) { env.Make(made, test.place) }), say("made")), func(r *Rule) { r.Continue = true })
		p := program(first, maker, last)
		p.Rules = []*Rule{made}
		checkTold(t, test.name, feed(t, p, "0 make", "1 x make"), test.want...)
	}
}

func TestARulePlacedLastSeesTheSameMessage(t *testing.T) {
	p := making(PlaceLast, rule("make", say("new")))
	p.Root.Members[0].(*Rule).Continue = true
	checkTold(t, "at once", feed(t, p, "0 make"), "0 made", "0 new")
}

func TestRulesPlacedAfterByOneMessageStandInTheOrderMade(t *testing.T) {
	next := func(text string) *Rule {
		return with(rule(".", say(text)), func(r *Rule) { r.Continue, r.Once = true, true })
	}
	a, b, c := next("a"), next("b"), next("c")
	make3 := []Action{
		do(func(env *Env) { env.Make(a, PlaceAfter) }), do(func(env *Env) { env.Make(b, PlaceAfter) }), do(func(env *Env) { env.Make(c, PlaceAfter) }),
	}
	maker := with(rule("make", make3...), func(r *Rule) { r.Continue = true })
	p := program(maker)
	p.Rules = []*Rule{a, b, c}
	checkTold(t, "by a rule", feed(t, p, "0 make", "1 make"), "0 a", "0 b", "0 c", "1 a", "1 b", "1 c")

	keep := func(text string) *Rule {
		return with(rule("x", say(text)), func(r *Rule) {
			r.Continue = true
			r.With = []Var{{"why", func(env *Env) Value { return env.MessageValue() }}}
		})
	}
	d, e := keep("d of $why"), keep("e of $why")
	set := &Ruleset{Members: []Member{with(rule("make"), func(r *Rule) { r.Continue = true })}, Do: []Action{
		do(func(env *Env) { env.Make(d, PlaceAfter) }), do(func(env *Env) { env.Make(e, PlaceAfter) }),
	}}
	p = program(set)
	p.Rules = []*Rule{d, e}
	checkTold(t, "by a ruleset, which stands before what it made by an earlier message",
		feed(t, p, "0 make 1", "1 make 2", "2 x"), "2 d of make 2", "2 e of make 2", "2 d of make 1", "2 e of make 1")
}

func TestAMadeRuleKeepsTheBindingsItWasMadeIn(t *testing.T) {
	made := &Rule{
		Match:    MustPattern("nfs server {server} OK").Bind(nil, []Expr{get("server")}),
		Captures: []Var{{"server", get("server")}},
		With:     []Var{{"since", func(env *Env) Value { return Time(env.Now()) }}},
		Once:     true,
		Do:       []Action{say("$server came back, down since $since")},
	}
	p := program(rule(`nfs server (?<server>\S+) not responding`, do(func(env *Env) { env.Make(made, PlaceBefore) })))
	p.Rules = []*Rule{made}
	checkTold(t, "two servers", feed(t, p,
		"0 nfs server a not responding", "1 nfs server b not responding", "2 nfs server b OK", "3 nfs server c OK", "4 nfs server a OK", "5 nfs server a OK"),
		"2 b came back, down since 2026-11-24T08:00:01Z", "4 a came back, down since 2026-11-24T08:00:00Z")
}

// What with works out sees the message that makes the rule.
func TestVariablesOfAMadeRuleSeeTheMessage(t *testing.T) {
	made := with(rule("x", say("$why")), func(r *Rule) {
		r.With = []Var{{"why", func(env *Env) Value { return env.MessageValue() }}}
	})
	checkTold(t, "with", feed(t, making(PlaceBefore, made), "0 make it", "1 x"), "0 made", "1 make it")
}

func TestHowARuleDies(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Rule)
		lines  []string
		want   []string
	}{
		{"never by itself", func(r *Rule) {}, []string{"0 a", "99999 a"}, []string{"0 a", "99999 a"}},
		{"once", func(r *Rule) { r.Once = true }, []string{"0 b", "1 a", "2 a"}, []string{"1 a"}},
		{"a match that its condition holds back is none", func(r *Rule) {
			r.Once, r.Where = true, func(env *Env) bool { return env.Now() != second(1) }
		}, []string{"1 a", "2 a", "3 a"}, []string{"2 a"}},
		{"until, asked after the actions", func(r *Rule) { r.Until = MustPattern("end") }, []string{"0 end", "1 a", "2 a end", "3 a"}, []string{"1 a", "2 a"}},
		{"lasting", func(r *Rule) { r.Lasting = For(5 * time.Second) }, []string{"0 a", "4 a", "5 a"}, []string{"0 a", "4 a", "5 gone"}},
		{"timing out, put off by matches alone", func(r *Rule) { r.Idle = For(5 * time.Second) },
			[]string{"0 a", "4 a", "6 b", "8 a", "10 b", "12.9 a", "17 b", "18 a"}, []string{"0 a", "4 a", "8 a", "12.9 a", "17.9 gone"}},
		{"timing out in counts from the making", func(r *Rule) { r.Idle = For(5 * time.Second) }, []string{"0 b", "9 a"}, []string{"5 gone"}},
		{"at a time", func(r *Rule) { r.At = only(7) }, []string{"0 a", "6 a", "8 a"}, []string{"0 a", "6 a", "7 gone"}},
		{"of two times the first, and once only", func(r *Rule) { r.At, r.Lasting = only(7), For(3*time.Second) }, []string{"0 a", "9"}, []string{"0 a", "3 gone"}},
		{"once leaves no timeout", func(r *Rule) { r.Once, r.Lasting = true, For(5*time.Second) }, []string{"0 a", "9 a"}, []string{"0 a"}},
		{"until leaves no timeout", func(r *Rule) { r.Until, r.Idle = MustPattern("a"), For(5*time.Second) }, []string{"0 a", "9 a"}, []string{"0 a"}},
		{"delete rule from within itself: the actions run to their end", func(r *Rule) {
			r.Name, r.Lasting = "self", For(5*time.Second)
			r.Do = []Action{do(func(env *Env) { env.DeleteRule("self") }), say("end")}
		}, []string{"0 a", "1 a", "9"}, []string{"0 end"}},
	}
	for _, test := range tests {
		r := with(rule("a", say("a")), func(r *Rule) { r.OnTimeout = []Action{say("gone")} })
		checkTold(t, test.name, feed(t, program(with(r, test.change)), test.lines...), test.want...)
	}
}

func TestDeleteRule(t *testing.T) {
	kill := with(rule("kill", do(func(env *Env) { env.DeleteRule("victim") }), say("killed")), func(r *Rule) { r.Continue = true })
	victim := with(rule("", say("victim")), func(r *Rule) { r.Name, r.Continue, r.Lasting = "victim", true, For(time.Hour) })
	end := rule("", say("end"))
	checkTold(t, "one behind does not see the message any more", feed(t, program(kill, victim, end), "0 a", "1 kill", "2 a"), "0 victim", "0 end", "1 killed", "1 end", "2 end")
	checkTold(t, "one before has seen it", feed(t, program(victim, kill, end), "0 kill", "1 a"), "0 victim", "0 killed", "0 end", "1 end")
	checkTold(t, "its timer is gone", feed(t, program(kill, victim), "0 kill", "9999"), "0 killed")

	made := with(rule("a", say("made")), func(r *Rule) { r.Name, r.Continue = "victim", true })
	maker := rule("make", do(func(env *Env) { env.Make(made, PlaceLast) }))
	p := program(kill, maker)
	p.Rules = []*Rule{made}
	checkTold(t, "all of the name", feed(t, p, "0 make", "1 make", "2 a", "3 kill", "4 a"), "2 made", "2 made", "3 killed")
}

func TestDeletingTheNextRuleAndOneself(t *testing.T) {
	names := func(name, delete1, delete2 string) *Rule {
		return with(rule("x", do(func(env *Env) { env.DeleteRule(delete1); env.DeleteRule(delete2) }), say(name)), func(r *Rule) { r.Name, r.Continue = name, true })
	}
	p := program(names("a", "a", "b"), names("b", "", ""), names("c", "d", "c"), names("d", "", ""), names("e", "", ""))
	checkTold(t, "the walk goes on behind them", feed(t, p, "0 x", "1 x"), "0 a", "0 c", "0 e", "1 e")
}

// On timeout sees the rule's variables, and what it makes has the rule's
// place.
func TestOnTimeoutRunsInTheRulesPlace(t *testing.T) {
	heir := rule("x", say("heir"))
	dying := with(rule("y"), func(r *Rule) {
		r.Lasting = For(5 * time.Second)
		r.With = []Var{{"name", func(*Env) Value { return Text("dying") }}}
		r.OnTimeout = []Action{say("$name"), do(func(env *Env) { env.Make(heir, PlaceBefore) })}
	})
	set := &Ruleset{Name: "set", Members: []Member{dying}}
	p := program(set, rule("x", say("end")))
	p.Rules = []*Rule{heir}
	checkTold(t, "the heir stands in the ruleset", feed(t, p, "0 x", "6 x"), "0 end", "5 dying", "6 heir")
}

// The ruleset's variables are there when a member's time is up.
func TestOnTimeoutSeesTheRulesetsVariables(t *testing.T) {
	member := with(rule("y"), func(r *Rule) {
		r.Lasting = For(5 * time.Second)
		r.OnTimeout = []Action{say("$inner of $outer"), func(env *Env) error {
			env.Print(env.Outer().Outer().Var(0).String())
			return nil
		}}
	})
	inner := &Ruleset{With: []Var{{"inner", func(*Env) Value { return Text("in") }}}, Members: []Member{member}}
	outer := &Ruleset{With: []Var{{"outer", func(*Env) Value { return Text("out") }}}, Members: []Member{inner}}
	checkTold(t, "both", feed(t, program(outer), "0 x", "6"), "5 in of out", "5 out")
}

func TestActionsRunInOrderAndFaultsEndNothing(t *testing.T) {
	p := program(rule("a", say("one"), func(env *Env) error { return errTorn }, say("two"), stop, say("never")), rule("a", say("not reached")))
	e := newEngine(t, p)
	checkTold(t, "the fault is told once", feedTo(e, "0 a", "1 a"), "0 one", "0 fault "+errTorn.Error(), "0 two", "1 one", "1 two")
	if e.Stats().Faults != 2 {
		t.Errorf("%d faults were counted", e.Stats().Faults)
	}
}

func TestMadeRulesAreBounded(t *testing.T) {
	e := newEngine(t, making(PlaceBefore, with(rule("x"), func(r *Rule) { r.Once = true })))
	e.made = 0
	feedTo(e, "0 make", "1 x")
	if e.made != 0 {
		t.Errorf("%d live after the last one died", e.made)
	}
	e.made = MaxLiveRules
	feedTo(e, "2 make")
	if e.Stats().Dropped != 1 || e.made != MaxLiveRules {
		t.Errorf("%d dropped, %d live", e.Stats().Dropped, e.made)
	}
}
