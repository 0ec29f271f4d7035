package logs

import (
	"fmt"
	"testing"
	"time"
)

// gathering is a program that adds the second word of a line to the context
// of the first: "0 a 1" adds 1 to c(a). Further rules act on it by a word.
func gathering(s *Store) *Program {
	if s.Keys == nil {
		s.Keys = []string{"k"}
	}
	s.Name = "c"
	on := func(pattern string, f func(env *Env, key Value)) *Rule {
		return rule(pattern, do(func(env *Env) { f(env, get("k")(env)) }))
	}
	p := program(
		on("^clear (?<k>.)", func(env *Env, k Value) { env.Clear(s, k) }),
		on("^end (?<k>.)", func(env *Env, k Value) { env.End(s, k) }),
		on("^delete (?<k>.)", func(env *Env, k Value) { env.Delete(s, k) }),
		on("^look (?<k>.)", func(env *Env, k Value) {
			c := env.Find(s, k)
			if c == nil {
				env.Print("nothing")
				return
			}
			env.Print(fmt.Sprintf("%d: %v", c.Count(), List(c.Items())))
		}),
		rule("^(?<k>.) (?<x>.*)", add(s, "x", "k")),
	)
	p.Stores = []*Store{s}
	return p
}

// holds prints what a context held when it fired.
func holds(word string) []Action {
	return []Action{func(env *Env) error {
		env.Print(fmt.Sprintf("%s %s: %v", word, env.Text("k"), List(env.Context().Items())))
		return nil
	}}
}

func TestWhenAContextFires(t *testing.T) {
	full := func(s Store) Store { s.Limited, s.OnFull = true, holds("full"); return s }
	s5 := 5 * time.Second
	tests := []struct {
		name  string
		store Store
		lines []string
		want  []string
	}{
		{"holding just max-lines does nothing", full(Store{MaxLines: 2}), []string{"0 a 1", "1 a 2", "2 look a"}, []string{"2 2: 1, 2"}},
		{"holding more than max-lines fires it, and it ends", full(Store{MaxLines: 2}),
			[]string{"0 a 1", "1 a 2", "2 a 3", "3 look a", "4 a 4", "5 look a"}, []string{"2 full a: 1, 2, 3", "3 nothing", "5 1: 4"}},
		{"max-lines 0 fires at every add", full(Store{}), []string{"0 a 1", "1 a 2"}, []string{"0 full a: 1", "1 full a: 2"}},
		{"each key by itself", full(Store{MaxLines: 1}), []string{"0 a 1", "1 b 2", "2 b 3", "3 a 4"}, []string{"2 full b: 2, 3", "3 full a: 1, 4"}},
		{"lasting counts from the making", Store{Lasting: s5, OnTimeout: holds("over")}, []string{"0 a 1", "4 a 2", "5 b 3", "6 look a"}, []string{"5 over a: 1, 2", "6 nothing"}},
		{"timing out counts from the last add", Store{Idle: s5, OnTimeout: holds("over")}, []string{"0 a 1", "4 a 2", "8 look a", "10"}, []string{"8 2: 1, 2", "9 over a: 1, 2"}},
		{"at a time", Store{At: only(3), OnTimeout: holds("over")}, []string{"0 a 1", "4 a 2", "99999"}, []string{"3 over a: 1"}},
		{"full leaves no timeout", full(Store{MaxLines: 1, Lasting: s5, OnTimeout: holds("over")}), []string{"0 a 1", "1 a 2", "9"}, []string{"1 full a: 1, 2"}},
		{"doing runs when full and when its time is up", Store{MaxLines: 1, Limited: true, Lasting: s5, Do: holds("did")}, []string{"0 a 1", "1 a 2", "2 a 3", "9"}, []string{"1 did a: 1, 2", "7 did a: 3"}},
		{"on full comes before doing, on timeout behind it", full(Store{MaxLines: 1, Lasting: s5, Do: holds("did"), OnTimeout: holds("over")}),
			[]string{"0 a 1", "1 a 2", "2 b 3", "9"}, []string{"1 full a: 1, 2", "1 did a: 1, 2", "7 did b: 3", "7 over b: 3"}},
		{"min-lines guards the timeout, but it ends all the same", Store{MinLines: 2, Lasting: s5, OnTimeout: holds("over")}, []string{"0 a 1", "1 b 1", "2 b 2", "7 look a"}, []string{"6 over b: 1, 2", "7 nothing"}},
		{"min-lines guards end", Store{MinLines: 2, Do: holds("did")}, []string{"0 a 1", "1 end a", "2 look a", "3 a 1", "4 a 2", "5 end a"}, []string{"2 nothing", "5 did a: 1, 2"}},
		{"min-lines guards being full", full(Store{MaxLines: 1, MinLines: 3}), []string{"0 a 1", "1 a 2", "2 look a"}, []string{"2 nothing"}},
		{"end fires it now", Store{Lasting: s5, Do: holds("did")}, []string{"0 a 1", "1 end a", "1 end a", "9 look a"}, []string{"1 did a: 1", "9 nothing"}},
		{"delete is silent", Store{Lasting: s5, Do: holds("did")}, []string{"0 a 1", "1 delete a", "2 look a", "9"}, []string{"2 nothing"}},
		{"clear empties it; it lives on and its time runs", Store{Lasting: s5, Do: holds("did")}, []string{"0 a 1", "1 clear a", "2 look a", "3 a 2", "9"}, []string{"2 0: ", "5 did a: 2"}},
		{"what is not there is left alone", Store{Do: holds("did")}, []string{"0 end a", "1 clear a", "2 delete a", "3 look a"}, []string{"3 nothing"}},
		{"lives after full, its time counts anew", full(Store{MaxLines: 1, Lives: true, Lasting: s5, OnTimeout: holds("over")}),
			[]string{"0 a 1", "3 a 2", "4 look a", "6 a 3", "9"}, []string{"3 full a: 1, 2", "4 0: ", "8 over a: 3"}},
		{"lives after its time, again and again", Store{Lives: true, Lasting: s5, Do: holds("did")}, []string{"0 a 1", "11"}, []string{"5 did a: 1", "10 did a: "}},
		{"lives, but an idle one that is empty rests", Store{Lives: true, Idle: s5, Do: holds("did")}, []string{"0 a 1", "20 a 2", "30"}, []string{"5 did a: 1", "25 did a: 2"}},
		{"once: never again for the key", full(Store{MaxLines: 1, Once: true}), []string{"0 a 1", "1 a 2", "2 a 3", "3 a 4", "4 look a", "5 b 1", "6 b 2"}, []string{"1 full a: 1, 2", "4 nothing", "6 full b: 1, 2"}},
		{"once per: not for so long", full(Store{Once: true, Per: s5}), []string{"0 a 1", "4.9 a 2", "5 a 3", "6 a 4"}, []string{"0 full a: 1", "5 full a: 3"}},
		{"once: min-lines not reached is no firing", full(Store{MaxLines: 1, MinLines: 2, Once: true, Do: holds("did")}),
			[]string{"0 a 1", "1 end a", "2 a 1", "3 a 2"}, []string{"3 full a: 1, 2", "3 did a: 1, 2"}},
		{"distinct: a value counts once and moves", full(Store{MaxLines: 2, Distinct: true}), []string{"0 a 1", "1 a 2", "2 a 1", "3 look a", "4 a 3"}, []string{"3 2: 2, 1", "4 full a: 2, 1, 3"}},
		{"distinct by something of the item", full(Store{MaxLines: 1, Distinct: true, By: func(env *Env) Value { s, _ := env.Item().Str(); return Text(s[:1]) }}),
			[]string{"0 a x1", "1 a x2", "2 a y1"}, []string{"2 full a: x1, y1"}},
		{"a touch again puts the timeout off", Store{Idle: s5, Distinct: true, OnTimeout: holds("over")}, []string{"0 a 1", "4 a 1", "9"}, []string{"9 over a: 1"}},
		{"at most: the one longest without an add is dropped", Store{AtMost: 2}, []string{"0 a 1", "1 b 1", "2 a 2", "3 c 1", "4 look a", "4 look b", "4 look c"}, []string{"4 2: 1, 2", "4 nothing", "4 1: 1"}},
		{"at most drops silently, and its timer with it", Store{AtMost: 1, Lasting: s5, Do: holds("did")}, []string{"0 a 1", "1 b 1", "9"}, []string{"6 did b: 1"}},
		{"at most bounds what once remembers, the oldest goes", full(Store{AtMost: 2, Once: true}), []string{"0 a 1", "1 b 1", "2 c 1", "3 b 2", "4 c 2", "5 a 2"},
			[]string{"0 full a: 1", "1 full b: 1", "2 full c: 1", "5 full a: 2"}},
		{"stop ends its blocks", full(Store{OnFull: nil, Do: holds("did")}), []string{"0 a 1"}, []string{"0 full a: 1", "0 did a: 1"}},
	}
	for _, test := range tests {
		s := test.store
		checkTold(t, test.name, feed(t, gathering(&s), test.lines...), test.want...)
	}
}

func TestStopInABlockEndsTheWalk(t *testing.T) {
	s := &Store{Name: "c", Limited: true, OnFull: []Action{say("full"), stop, say("never")}, Do: []Action{say("nor this")}}
	p := program(continuing(rule("(?<x>a)", add(s, "x", "x"), say("added"))), rule("", say("behind")))
	p.Stores = []*Store{s}
	s.Keys = []string{"k"}
	checkTold(t, "the block and the walk", feed(t, p, "0 a", "1 b"), "0 full", "0 added", "1 behind")
}

func TestEvictionsAreCounted(t *testing.T) {
	e := newEngine(t, gathering(&Store{AtMost: 1, Once: true, Limited: true, MaxLines: 1, Do: holds("did")}))
	feedTo(e, "0 a 1", "1 b 1", "2 b 2", "3 c 1", "4 c 2")
	if got := e.Stats().Evicted; got != 2 { // a by b, and the memory of b by c
		t.Errorf("%d evictions", got)
	}
}

// A block adds to the context that has just fired: a new one.
func TestABlockAddsToANewContext(t *testing.T) {
	s := &Store{Limited: true, MaxLines: 1}
	s.OnFull = []Action{say("full"), do(func(env *Env) { env.Add(s, Text("seed"), get("k")(env)) })}
	checkTold(t, "it holds the seed", feed(t, gathering(s), "0 a 1", "1 a 2", "2 look a", "3 a 3", "4 look a"), "1 full", "2 1: seed", "3 full", "4 1: seed")
}

// To its own block a context is still there, with what it held, whether it
// ends or lives on, until the block adds to it.
func TestABlockFindsItsOwnContext(t *testing.T) {
	for _, lives := range []bool{false, true} {
		s := &Store{Limited: true, MaxLines: 1, Lives: lives}
		count := do(func(env *Env) {
			n := -1
			if c := env.Find(s, get("k")(env)); c != nil {
				n = c.Count()
			}
			env.Print(Int(int64(n)).String())
		})
		seed := do(func(env *Env) { env.Add(s, Text("seed"), get("k")(env)) })
		s.OnFull = []Action{count, seed, count}
		checkTold(t, "lives "+Bool(lives).String(), feed(t, gathering(s), "0 a 1", "1 a 2"), "1 2", "1 1")
	}
}

func TestFiringsThatFillEachOtherAreBounded(t *testing.T) {
	s := &Store{Limited: true}
	n := 0
	s.OnFull = []Action{do(func(env *Env) {
		n++
		env.Add(s, Text("again"), get("k")(env))
	})}
	e := newEngine(t, gathering(s))
	feedTo(e, "0 a 1", "1 a 2")
	if n != 2*maxFirings || e.Stats().Dropped != 2 {
		t.Errorf("%d firings of two adds, %d dropped", n, e.Stats().Dropped)
	}
}

func TestABlockSeesTheAddThatFiredIt(t *testing.T) {
	show := func(env *Env) error {
		env.Print(env.TextOf(env.MessageValue()) + "|" + env.Text("k") + "|" + env.Text("x"))
		return nil
	}
	s := &Store{Limited: true, MaxLines: 1, Lasting: 5 * time.Second, OnFull: []Action{show}, OnTimeout: []Action{show}}
	checkTold(t, "a timer has none", feed(t, gathering(s), "0 a 1", "1 a 2", "2 b 1", "9"), "1 a 2|a|", "7 |b|")
}

func TestVariablesOfAContext(t *testing.T) {
	s := &Store{Limited: true, MaxLines: 1, Lives: true, OnFull: []Action{say("$k since $since")}}
	s.With = []Var{{"since", func(env *Env) Value { return Text(env.Text("k") + " at " + env.MessageValue().String()) }}}
	checkTold(t, "worked out when it is made", feed(t, gathering(s), "0 a 1", "1 b 1", "2 a 2", "3 b 2"), "2 a since a at a 1", "3 b since b at b 1")
}

func TestFirstAndLast(t *testing.T) {
	s := &Store{Distinct: true, Limited: true, MaxLines: 2, OnFull: []Action{func(env *Env) error {
		env.Print(env.Context().First().String() + " " + env.Context().Last().String() + " " + env.Context().Name())
		return nil
	}}}
	checkTold(t, "the times of adds", feed(t, gathering(s), "0 a 1", "1 a 2", "2 a 1", "3 a 3"), "3 2026-11-24T08:00:01Z 2026-11-24T08:00:03Z c")
}

// What a context holds must survive the line it came from.
func TestAContextCopiesWhatItHolds(t *testing.T) {
	p := gathering(&Store{})
	buf := []byte("a root")
	e := newEngine(t, p)
	e.Process(&Message{Line: borrowedString(buf), Time: start})
	copy(buf, "######")
	checkTold(t, "item and key", feedTo(e, "1 look a"), "1 1: root")
}

func TestDistinctMessagesAreTheLinesThatDiffer(t *testing.T) {
	for _, n := range []int{2, 2 * indexFrom} {
		s := &Store{Name: "c", Distinct: true}
		p := program(rule("^look", do(func(env *Env) { env.Print(fmt.Sprint(env.Find(s).Count())) })),
			rule("", do(func(env *Env) { env.Add(s, env.MessageValue()) })))
		p.Stores = []*Store{s}
		e := newEngine(t, p)
		for i := range 3 * n {
			feedTo(e, fmt.Sprintf("%d line %d", i, i%n))
		}
		checkTold(t, "each counts once", feedTo(e, "999 look"), fmt.Sprintf("999 %d", n))
	}
}

func TestAddingAContextAddsWhatItHolds(t *testing.T) {
	from, to := &Store{Name: "from"}, &Store{Name: "to", Limited: true, MaxLines: 2, OnFull: []Action{func(env *Env) error {
		env.Print(env.Context().Value().String())
		return nil
	}}}
	p := program(
		rule("^move", do(func(env *Env) { env.Add(to, env.Find(from).Value()) })),
		rule("^turn", do(func(env *Env) { env.Add(from, env.Find(from).Value()) })),
		rule("^look", do(func(env *Env) { env.Print(env.Find(from).Value().String()) })),
		rule("(?<x>.)", do(func(env *Env) { env.Add(from, env.Local(0)) })))
	p.Stores = []*Store{from, to}
	checkTold(t, "one by one", feed(t, p, "0 1", "1 2", "2 move", "3 move", "4 turn", "5 look"), "3 1, 2, 1", "5 1, 2, 1, 2")
}

func TestASecondName(t *testing.T) {
	s := &Store{Keys: []string{"k"}, Limited: true, MaxLines: 2, OnFull: holds("full")}
	alias := &Store{Name: "alias", Keys: []string{"host"}, AliasOf: s}
	p := gathering(s)
	p.Stores = append(p.Stores, alias)
	p.Root.Members = append([]Member{
		rule("^alias (?<k>.) (?<a>.)", do(func(env *Env) { env.Alias(s, []Value{get("k")(env)}, alias, []Value{get("a")(env)}) })),
		rule("^by (?<a>.) (?<x>.)", add(alias, "x", "a")),
	}, p.Root.Members...)
	e := newEngine(t, p)
	checkTold(t, "an add by it", feedTo(e, "0 a 1", "1 alias a z", "2 by z 2", "3 look a"), "3 2: 1, 2")
	checkTold(t, "it goes with the context", feedTo(e, "4 by z 3", "5 by z 4"), "4 full a: 1, 2, 3", "5 fault no context is known as alias(z)")
	checkTold(t, "it may change hands", feedTo(e, "6 a 1", "6 b 1", "7 alias a z", "8 alias b z", "9 by z 2", "10 delete a", "11 by z 3"), "11 full b: 1, 2, 3")
	for range 1000 {
		feedTo(e, "12 b 1", "12 alias b z", "12 alias a z")
	}
	if names := e.families[s].names; len(names) > 1 || len(names[string(e.key([]Value{Text("a")}))]) != 1 {
		t.Errorf("naming it again and again takes room: %d %d", len(names), len(names[string(e.key([]Value{Text("a")}))]))
	}
}

func TestAStoreMadeAtRunTimeTakesNothingBefore(t *testing.T) {
	s := &Store{AtRuntime: true, Limited: true, Captures: []Var{{"who", get("who")}}, OnFull: []Action{say("$k of $who")}}
	p := gathering(s)
	p.Root.Members = append([]Member{rule("^make (?<who>.*)", do(func(env *Env) { env.MakeStore(s) }))}, p.Root.Members...)
	checkTold(t, "it keeps the bindings it was made in", feed(t, p, "0 a 1", "1 make ann", "2 a 1", "3 make bob", "4 a 1"),
		"0 fault context c has not been made yet", "2 a of ann", "4 a of bob")
}

func TestExpireContexts(t *testing.T) {
	a := &Store{Name: "a", Keys: []string{"k"}, Do: holds("a"), Lasting: time.Hour}
	b := &Store{Name: "b", Keys: []string{"k"}, Do: holds("b"), MinLines: 2}
	w := &Store{Name: "w", Keys: []string{"k"}, Length: time.Hour, Do: holds("w"), OnTimeout: holds("w")}
	emits := &Store{Name: "emits", Keys: []string{"k"}, Do: []Action{do(func(env *Env) { env.Emit("over") })}}
	p := program(rule("(?<s>.) (?<k>.) (?<x>.)", do(func(env *Env) {
		s := map[string]*Store{"a": a, "b": b, "w": w, "e": emits}[env.Text("s")]
		env.Add(s, env.Local(2), env.Local(1))
	})), &Rule{Match: Event("over", 0), Do: []Action{say("over"), do(func(env *Env) { env.Add(a, Text("late"), Text("9")) })}})
	p.Stores = []*Store{a, b, w, emits}
	e := newEngine(t, p)
	if got := e.ExpireContexts(); len(got) != 0 {
		t.Errorf("before the first line: %v", got)
	}
	feedTo(e, "0 a 2 x", "1 b 1 x", "2 a 1 x", "3 b 1 y", "4 w 1 x", "5 e 1 x", "6 a 2 y", "7 b 3 x")
	e.emitted = MaxEvents // by the last line
	var got []string
	for _, x := range e.ExpireContexts() {
		got = append(got, told(x))
	}
	checkTold(t, "in the order made", got, "7 a 2: x, y", "7 b 1: x, y", "7 a 1: x", "7 over")
	checkTold(t, "they have ended", feedTo(e, "8 a 1 z", "4000"), "3607 a 9: late", "3608 a 1: z")
}
