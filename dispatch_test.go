package logs

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The gates may say only "no" or "maybe": what they leave out could not have
// matched.

// Any program does the same with gates and without.
func TestGatesChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, lines := drawProgram(t), drawLines(t)
		gated, plain := pair(t, p)
		for _, line := range lines {
			if got, want := stepOrLeap(gated, line), stepOrLeap(plain, line); got != want {
				t.Fatalf("%q, at %q:\n%s\nwant\n%s", lines, line, got, want)
			}
		}
	})
}

func pair(t rapid.TB, p *Program) (gated, plain *Engine) {
	gated, err := New(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if plain, err = New(p, Options{Plain: true}); err != nil {
		t.Fatal(err)
	}
	return gated, plain
}

// A ruleset concerns the lines that its guard and one of its members let
// through; one among which rules may be put, all that its guard does.
func TestGatesOfRulesets(t *testing.T) {
	guard, rare := MustPattern("guard"), rule("a rare text")
	open, event := with(rule(""), func(r *Rule) { r.Match = Not(guard) }), with(rule(""), func(r *Rule) { r.Match = Event("e", 0) })
	for _, test := range []struct {
		of   *Ruleset
		want gate
	}{
		{&Ruleset{Match: guard, Members: []Member{rare}}, gate{literals: []string{"guard"}}},
		{&Ruleset{Match: guard, Members: []Member{rare}, Fixed: true}, gate{literals: []string{"a rare text"}}},
		{&Ruleset{Members: []Member{rare, rule("another")}, Fixed: true}, gate{literals: []string{"a rare text", "another"}}},
		{&Ruleset{Match: guard, Members: []Member{rare, open}, Fixed: true}, gate{literals: []string{"guard"}}},
		{&Ruleset{Members: []Member{open}, Fixed: true}, gate{events: true}},
		{&Ruleset{Members: []Member{event}, Fixed: true}, gate{shut: true, events: true}},
		{&Ruleset{Members: []Member{rare, event}, Fixed: true}, gate{literals: []string{"a rare text"}, events: true}},
		{&Ruleset{Match: guard, Fixed: true}, gate{shut: true}},
	} {
		if got := gateOfMember(test.of); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%+v: got %+v, want %+v", test.of, got, test.want)
		}
	}
}

// Rules that are made for values of all sorts, everywhere in their ruleset,
// are found in the order of the walk, those made by the same line too.
func TestIndexedRulesAreFoundInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gated, plain := pair(t, drawIndexed(t))
		words := rapid.SampledFrom([]string{"", "a", "b", "ab", "a b", "a OK", "\xff", "for", "x for y"})
		for i := range rapid.IntRange(1, 40).Draw(t, "lines") {
			v := words.Draw(t, "value")
			line := rapid.SampledFrom([]string{
				"make " + v, "make " + v, "for " + v + " OK", "it is for " + v + " OK for ever", "end " + v, "for " + v, "kill",
			}).Draw(t, "line")
			line = fmt.Sprintf("%d %s", i, line)
			if got, want := stepOrLeap(gated, line), stepOrLeap(plain, line); got != want {
				t.Fatalf("at %q:\n%s\nwant\n%s", line, got, want)
			}
		}
	})
}

// drawIndexed draws rules that make rules, some with an index by a value,
// between others that stand from the start.
func drawIndexed(t *rapid.T) *Program {
	p := &Program{Root: &Ruleset{}}
	places := []Place{PlaceBefore, PlaceAfter, PlaceFirst, PlaceLast}
	made := func(name string) *Rule {
		pattern := rapid.SampledFrom([]string{"for {v} OK", "for {v}", `end {v}(\s.*)?$`, "(.*) for {v} OK"}).Draw(t, "pattern")
		m := MustPattern(pattern)
		r := &Rule{
			Name: name, Captures: []Var{{"v", get("v")}}, Bindings: m.Groups(),
			Match: m.Bind(make([]int, len(m.Groups())), []Expr{get("v")}),
			Do:    []Action{say(name + " of $v")}, Continue: rapid.Bool().Draw(t, "continue"), Once: rapid.Bool().Draw(t, "once"),
		}
		if rapid.Bool().Draw(t, "lasting") {
			r.Lasting, r.OnTimeout = For(5*time.Second), []Action{say(name + " is over")}
		}
		if before, _, after, ok := m.Anchor(); ok && rapid.IntRange(0, 3).Draw(t, "indexed") > 0 {
			r.Index = &Index{Before: before, After: after, Var: 0}
		}
		p.Rules = append(p.Rules, r)
		return r
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "rules") {
		r := made(fmt.Sprint("made", i))
		place := rapid.SampledFrom(places).Draw(t, "place")
		maker := rule("make (?<v>.*)", do(func(env *Env) { env.Make(r, place) }), say(fmt.Sprint("maker", i)))
		maker.Continue = rapid.IntRange(0, 3).Draw(t, "continue") > 0
		p.Root.Members = append(p.Root.Members, maker, with(rule("OK", say(fmt.Sprint("static", i))), func(r *Rule) { r.Continue = true }))
	}
	p.Root.Members = append(p.Root.Members, with(rule("kill", do(func(env *Env) { env.DeleteRule("made0") })), func(r *Rule) { r.Continue = true }))
	return p
}

// A hundred thousand rules made before their maker, and then after it, stand
// in the order made; their ranks run out of room on the way.
func TestRanksMakeRoom(t *testing.T) {
	for _, place := range []Place{PlaceBefore, PlaceAfter, PlaceFirst, PlaceLast} {
		made := &Rule{Captures: []Var{{"v", get("v")}}, Match: MustPattern("x"), Do: []Action{say("$v")}, Continue: true, Once: true}
		p := program(rule("make (?<v>.*)", do(func(env *Env) { env.Make(made, place) })), rule("never", say("never")))
		p.Rules = []*Rule{made}
		gated, plain := pair(t, p)
		const n = 3000
		for i := range n {
			line := fmt.Sprintf("0 make %d", i)
			step(gated, line)
			step(plain, line)
			if i == n/2 { // leave no room, so that all are ranked anew
				rank := uint64(1)
				for m := gated.root.head; m != nil; m = m.next {
					m.rank = rank
					rank++
				}
			}
		}
		got, want := wholly(step(gated, "1 x")), wholly(step(plain, "1 x"))
		if got != want || strings.Count(got, "\n") < n-2 {
			t.Errorf("place %d: the order differs", place)
		}
	}
}

// A line that costs too much to look up is tried with all rules.
func TestALineFullOfLiterals(t *testing.T) {
	made := &Rule{Captures: []Var{{"v", get("v")}}, Do: []Action{say("found $v")}, Index: &Index{Before: "a", After: "a", Var: 0}}
	made.Match = MustPattern("a{v}a").Bind(nil, []Expr{get("v")})
	p := program(rule("make (?<v>.*)", do(func(env *Env) { env.Make(made, PlaceBefore) })))
	p.Rules = []*Rule{made}
	gated, plain := pair(t, p)
	for i := range 20 {
		line := "0 make " + strings.Repeat("x", 3000+i)
		step(gated, line)
		step(plain, line)
	}
	line := "1 " + strings.Repeat("a", 20_000) + strings.Repeat("x", 3007) + "a"
	if got, want := wholly(step(gated, line)), wholly(step(plain, line)); got != want || got == "" {
		t.Errorf("got %.80s, want %.80s", got, want)
	}
}

// An event is not asked of rules that can match lines alone: a thousand of them
// cost it little.
func TestEventsPassByRulesOfLines(t *testing.T) {
	did := ""
	rules := []Member{&Rule{Name: "event", Match: Event("seen", 0), Continue: true, Do: []Action{func(*Env) error { did += "e"; return nil }}}}
	for _, m := range []Match{
		MustPattern("line"), And(MustPattern("line"), Event("seen", 0)), Or(MustPattern("line"), Event("seen", 0)),
		MustPattern(".*"), Not(MustPattern("line")),
	} {
		rules = append(rules, &Rule{Match: m, Continue: true, Do: []Action{func(env *Env) error { did += "x"; return nil }}})
	}
	emit := &Rule{Match: MustPattern("go"), Do: []Action{func(env *Env) error { env.Emit("seen"); return nil }}}
	e, err := New(&Program{Root: &Ruleset{Members: append([]Member{emit}, rules...)}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.Process(&Message{Line: "go"})
	if did != "exx" { // the event; line or event; not line
		t.Errorf("did %q", did)
	}
	for i, c := range e.Counts() {
		if tried := c.Tries > 0; tried == (i == 2 || i == 3 || i == 5) {
			t.Errorf("rule %d was tried %d times", i, c.Tries)
		}
	}
}
