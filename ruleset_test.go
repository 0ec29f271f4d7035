package logs

import "testing"

// guarded is a ruleset behind a pattern.
func guarded(pattern string, members ...Member) *Ruleset {
	p := MustPattern(pattern)
	return &Ruleset{Match: p, Bindings: p.Groups(), Members: members}
}

func continuing(r *Rule) *Rule { return with(r, func(r *Rule) { r.Continue = true }) }

func TestTheWalk(t *testing.T) {
	outside := rule("", say("outside"))
	did := func(s *Ruleset) *Ruleset { s.Do = []Action{say("did")}; return s }
	a, b := rule("a", say("a")), rule("b", say("b"))
	tests := []struct {
		name    string
		members []Member
		lines   []string
		want    []string
	}{
		{"the first match ends it", []Member{a, rule("a", say("second"))}, []string{"0 a"}, []string{"0 a"}},
		{"a continuing match does not", []Member{continuing(rule("a", say("first"))), a}, []string{"0 a"}, []string{"0 first", "0 a"}},
		{"a rule without a match never applies", []Member{&Rule{Do: []Action{say("never")}}, outside}, []string{"0 a"}, []string{"0 outside"}},
		{"a member's match ends the outer walk", []Member{guarded("x", a, b), outside}, []string{"0 x a"}, []string{"0 a"}},
		{"no member matches: the outer walk goes on", []Member{guarded("x", a, b), outside}, []string{"0 x"}, []string{"0 outside"}},
		{"the guard does not hold: no member is asked", []Member{guarded("x", a), outside}, []string{"0 a"}, []string{"0 outside"}},
		{"without a guard members are always asked", []Member{&Ruleset{Members: []Member{a}}, outside}, []string{"0 a", "1 b"}, []string{"0 a", "1 outside"}},
		{"the guard's condition holds it back", []Member{&Ruleset{Where: func(env *Env) bool { return env.Now() == second(1) }, Members: []Member{a}}, outside},
			[]string{"0 a", "1 a"}, []string{"0 outside", "1 a"}},
		{"doing runs after the member's, once", []Member{did(guarded("x", continuing(rule("a", say("1"))), continuing(rule("a", say("2"))), a)), outside},
			[]string{"0 x a"}, []string{"0 1", "0 2", "0 a", "0 did"}},
		{"doing after continuing members; then the outer walk goes on", []Member{did(guarded("x", continuing(a))), outside}, []string{"0 x a"}, []string{"0 a", "0 did", "0 outside"}},
		{"doing does not run without a match", []Member{did(guarded("x", a)), outside}, []string{"0 x"}, []string{"0 outside"}},
		{"nested doing, inner first", []Member{did(guarded("x", guarded("y", a))), outside}, []string{"0 x y a", "1 x a"}, []string{"0 a", "0 did", "1 outside"}},
		{"a filter hides the message from all that follows", []Member{guarded("x", &Rule{Match: MustPattern("a"), Filter: true}), outside}, []string{"0 x a", "1 a"}, []string{"1 outside"}},
		{"a filter that continues filters", []Member{&Rule{Match: MustPattern("a"), Filter: true, Continue: true}, outside}, []string{"0 a", "1 b"}, []string{"1 outside"}},
		{"stop ends the block and the walk, ruleset's doing included",
			[]Member{did(guarded("x", continuing(rule("a", say("1"), stop, say("2"))), a)), outside}, []string{"0 x a", "1 b"}, []string{"0 1", "1 outside"}},
		{"stop in the ruleset's doing", []Member{&Ruleset{Members: []Member{continuing(a)}, Do: []Action{stop}}, outside}, []string{"0 a", "1 b"}, []string{"0 a", "1 outside"}},
	}
	for _, test := range tests {
		checkTold(t, test.name, feed(t, program(test.members...), test.lines...), test.want...)
	}
}

func text(s string) Expr { return func(*Env) Value { return Text(s) } }

func TestBindingsAreLookedUpInwardOut(t *testing.T) {
	show := say("$a $b $c $d $none|")
	p := program(&Ruleset{
		Match: MustPattern("^(?<a>.)(?<b>.)"), Bindings: []string{"a", "b"},
		With: []Var{{"b", text("outer with")}, {"c", text("outer with")}, {"d", text("outer with")}},
		Members: []Member{
			continuing(with(rule("(?<a>.)$", show), func(r *Rule) { r.With = []Var{{"a", text("with")}, {"c", text("with")}} })),
			continuing(rule("", show)),
		},
		Do: []Action{show},
	})
	p.Globals = []Var{{"a", text("global")}, {"d", text("global")}}
	p.Root.Members = append(p.Root.Members, rule("", show))
	checkTold(t, "match, with, outward, global", feed(t, p, "0 1234"),
		"0 4 2 with outer with |", // the match, the guard's match, the rule's with, the ruleset's with
		"0 1 2 outer with outer with |",
		"0 1 2 outer with outer with |",
		"0 global   global |")
}

func TestTheBindingsOfAContinuingRuleAreGone(t *testing.T) {
	r := rule("(?<user>x.)", say("<$user>"))
	p := program(continuing(r), continuing(rule("(?<user>y)?", say("<$user>"))), rule("", say("<$user>")))
	checkTold(t, "for the next rule", feed(t, p, "0 x1"), "0 <x1>", "0 <>", "0 <>")
}

func TestVariablesStayWithTheirRule(t *testing.T) {
	count := with(rule("a", do(func(env *Env) {
		n, _ := env.Var(0).Int()
		env.SetVar(0, Int(n+1))
		g, _ := env.Global(0).Int()
		env.SetGlobal(0, Int(g+10))
	}), say("$n $all")), func(r *Rule) { r.With = []Var{{"n", func(*Env) Value { return Int(0) }}} })
	p := program(count, with(rule("b", say("$n|$all")), func(r *Rule) {}))
	p.Globals = []Var{{"all", func(*Env) Value { return Int(100) }}}
	checkTold(t, "and globals with all", feed(t, p, "0 a", "1 a", "2 b"), "0 1 110", "1 2 120", "2 |120")
	checkTold(t, "another engine has its own", feed(t, p, "0 a"), "0 1 110")
}
