package logs

import (
	"errors"
	"fmt"
	"testing"
)

// A pattern that is worked out at run time may come from a log: braces in it
// are a fault, never a crash.
func TestAPatternOfRunTimeHasNoHoles(t *testing.T) {
	x := func(*Env) Value { return Text("a{ip}") }
	p := program(&Rule{Match: Regexp(x, 0, 0), Do: []Action{say("never")}},
		rule("a", do(func(env *Env) { env.Print(Bool(env.MatchText("a", "b{ip}")).String()) })))
	e := newEngine(t, p)
	checkTold(t, "both are told",
		feedTo(e, "0 a"),
		`0 fault the pattern has a hole {ip}, which nothing fills: write \{`,
		`0 fault the pattern has a hole {ip}, which nothing fills: write \{`,
		"0 false")
	if e.Stats().Faults != 2 {
		t.Errorf("%d faults were counted", e.Stats().Faults)
	}
}

func TestMatchesAreJoined(t *testing.T) {
	user := MustPattern("user (?<user>\\w+)").Bind([]int{0}, nil)
	from := MustPattern("from (?<ip>\\S+)").Bind([]int{1}, nil)
	host := MustPattern("host (?<ip>\\S+)").Bind([]int{1}, nil)
	dynamic := Regexp(func(*Env) Value { return Text("(a)(b)?(c)") }, 0, 2)
	tests := []struct {
		name  string
		match Match
		line  string
		want  []string
	}{
		{"and", And(user, from), "user ann from b", []string{"0 <ann><b>"}},
		{"and: one is not enough", And(user, from), "user ann", nil},
		{"or: the first that holds", Or(user, host), "host b user ann", []string{"0 <ann><>"}},
		{"or: the second", Or(user, host), "host b", []string{"0 <><b>"}},
		{"or: what failed leaves nothing behind", Or(And(user, from), host), "user ann host b", []string{"0 <><b>"}},
		{"or: deeper", Or(Or(And(user, from), And(user, MustPattern("never"))), host), "user ann host b", []string{"0 <><b>"}},
		{"or: of run time", Or(And(dynamic, MustPattern("never")), host), "abc host b", []string{"0 <><b>"}},
		{"not", And(Not(user), host), "host b", []string{"0 <><b>"}},
		{"not: it holds", And(Not(user), host), "user ann host b", nil},
		{"of run time: as many groups as have a place", dynamic, "ac abc", []string{"0 <a><>"}},
		{"everything", Everything(), "", []string{"0 <><>"}},
	}
	for _, test := range tests {
		r := &Rule{Match: test.match, Bindings: []string{"user", "ip"}, Do: []Action{say("<$user><$ip>")}}
		checkTold(t, test.name, feed(t, program(r), "0 "+test.line), test.want...)
	}
}

func TestPatternsOfRunTimeAreKeptBounded(t *testing.T) {
	x := func(env *Env) Value { return Text("^" + env.Message().Line + "$") }
	e := newEngine(t, program(&Rule{Match: Regexp(x, 0, 0), Do: []Action{say("yes")}}))
	for i := range 2 * maxCompiled {
		if got := feedTo(e, fmt.Sprintf("0 line%d", i)); len(got) != 1 || len(e.regexps) > maxCompiled {
			t.Fatalf("%v, %d are kept", got, len(e.regexps))
		}
	}
}

func TestPatternErrors(t *testing.T) {
	_, err := NewPattern("a(b")
	var bad *PatternError
	if !errors.As(err, &bad) || bad.Offset != 1 || bad.Hint == "" || err.Error() != "at byte 2 of the pattern: "+bad.Msg+": "+bad.Hint {
		t.Errorf("%v: %+v", err, bad)
	}
	defer func() {
		if recover() == nil {
			t.Error("MustPattern takes what is right only")
		}
	}()
	MustPattern("(")
}
