package logs

import "testing"

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
