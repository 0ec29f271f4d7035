package logs

import (
	"fmt"
	"testing"
	"time"
)

func TestEventsAreWalkedAfterTheMessage(t *testing.T) {
	emit := func(name string) Action {
		return do(func(env *Env) { env.Emit(name, Field{"user", get("user")(env)}) })
	}
	p := program(
		continuing(rule("^(?<user>\\w+) in", emit("login"), emit("seen"), say("first"))),
		&Rule{Match: Event("login", 0, "user"), Bindings: []string{"user"}, Do: []Action{say("login of $user"), emit("counted")}},
		&Rule{Match: Event("seen", 0), Continue: true, Do: []Action{say("seen")}},
		&Rule{Match: Event("counted", 0, "user"), Bindings: []string{"user"}, Do: []Action{say("counted $user")}},
		rule("", say("line")), // a pattern never holds for an event
	)
	checkTold(t, "in the order emitted", feed(t, p, "0 ann in", "1 bob out"),
		"0 first", "0 line", "0 login of ann", "0 seen", "0 counted ann", "1 line")
}

func TestATimersEventsAreWalkedAtItsTime(t *testing.T) {
	p := program(&Rule{Match: Event("tick", 0), Do: []Action{say("tick")}})
	p.Timers = []*Timer{{After: For(5 * time.Second), Recurs: true, Do: []Action{do(func(env *Env) { env.Emit("tick") }), say("emitted")}}}
	checkTold(t, "one after the other", feed(t, p, "0 a", "11"), "5 emitted", "5 tick", "10 emitted", "10 tick")
}

func TestAnEventWithoutTheFieldDoesNotMatch(t *testing.T) {
	p := program(
		rule("^(?<n>.)", do(func(env *Env) {
			if env.Text("n") == "1" {
				env.Emit("e", Field{"user", Nil})
			} else {
				env.Emit("e", Field{"host", Text("h")})
			}
		})),
		&Rule{Match: Event("e", 0, "user"), Bindings: []string{"user"}, Do: []Action{say("<$user>")}})
	e := newEngine(t, p)
	checkTold(t, "but with nil it does", feedTo(e, "0 1", "1 2"), "0 <>")
	if e.Stats().Missing != 1 {
		t.Errorf("%d missing", e.Stats().Missing)
	}
}

func TestEventStormsAreBounded(t *testing.T) {
	seen := 0
	storm := &Rule{Match: Event("e", 0), Do: []Action{do(func(env *Env) {
		seen++
		env.Emit("e")
		env.Emit("e")
	})}}
	p := program(storm, rule("", do(func(env *Env) { env.Emit("e") })))
	e := newEngine(t, p)
	feedTo(e, "0 a")
	if seen != MaxEvents || e.Stats().Dropped != MaxEvents+1 {
		t.Errorf("%d events were walked, %d dropped", seen, e.Stats().Dropped)
	}
	feedTo(e, "1 b")
	if seen != 2*MaxEvents {
		t.Errorf("each message has its own %d, but %d were walked", MaxEvents, seen)
	}
}

func TestTimersAreBounded(t *testing.T) {
	in := &Timer{After: For(time.Second), Do: []Action{say("in")}}
	p := program(rule("", do(func(env *Env) {
		for env.engine.pending < MaxTimers {
			env.SetTimer(in)
		}
		env.SetTimer(in)
	})))
	p.Blocks = []*Timer{in}
	e := newEngine(t, p)
	feedTo(e, "0 a")
	if got := len(feedTo(e, "1")); got != MaxTimers || e.Stats().Dropped != 1 {
		t.Errorf("%d ran, %d were dropped", got, e.Stats().Dropped)
	}
}

func TestEachFaultIsToldOncePerRule(t *testing.T) {
	fault := do(func(env *Env) { env.Fault("%q is no number", env.Message().Line) })
	named := func(name string) *Rule {
		return with(continuing(rule("", fault)), func(r *Rule) { r.Name = name })
	}
	e := newEngine(t, program(named("a"), named("b")))
	checkTold(t, "the first of each", feedTo(e, "0 x\x1b", "1 y"), `0 fault "x\x1b" is no number`, `0 fault "x\x1b" is no number`)
	if e.Stats().Faults != 4 {
		t.Errorf("%d were counted", e.Stats().Faults)
	}
}

func TestAFaultIsShort(t *testing.T) {
	p := program(rule("", do(func(env *Env) { env.Fault("%s", env.Message().Line) })))
	x := step(newEngine(t, p), fmt.Sprintf("0 %01000d", 0))
	if len(x) != 1 || len(x[0].Text) > 310 {
		t.Errorf("%v", x)
	}
}

func TestAnAlertBearsTheLinesBehindIt(t *testing.T) {
	s := &Store{Name: "c", Limited: true, MaxLines: 1, Do: []Action{do(func(env *Env) { env.Alert(High, "full") })}}
	p := program(rule("^keep", do(func(env *Env) { env.Add(s, env.MessageValue()) })),
		rule("^item", do(func(env *Env) { env.Add(s, Text("an item")) })),
		rule("^event", do(func(env *Env) { env.Emit("e") })),
		&Rule{Match: Event("e", 0), Do: []Action{do(func(env *Env) { env.Alert(Low, "event") })}},
		rule("", do(func(env *Env) { env.Alert(Medium, "plain") })))
	p.Stores = []*Store{s}
	tests := []struct {
		name  string
		lines []string
		want  string
	}{
		{"the message at hand", []string{"0 a"}, "medium plain [a]"},
		{"an event is no line", []string{"0 event"}, "low event []"},
		{"the messages that the context holds", []string{"0 keep 1", "1 keep 2"}, "high full [keep 1 keep 2]"},
		{"and the one that filled it", []string{"0 keep 1", "1 item"}, "high full [keep 1 item]"},
	}
	for _, test := range tests {
		e := newEngine(t, p)
		var got string
		for _, line := range test.lines {
			for _, x := range step(e, line) {
				got += fmt.Sprintf("%s %s %v", x.Severity, x.Text, x.Lines)
			}
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestAnAlertBearsTheLastLinesOfMany(t *testing.T) {
	s := &Store{Name: "c", Limited: true, MaxLines: 2 * MaxEffectLines, Do: []Action{do(func(env *Env) { env.Alert(High, "full") })}}
	p := program(rule("", do(func(env *Env) { env.Add(s, env.MessageValue()) })))
	p.Stores = []*Store{s}
	e := newEngine(t, p)
	var last []Effect
	for i := range 2*MaxEffectLines + 1 {
		last = step(e, fmt.Sprintf("%d line %d", i, i))
	}
	if lines := last[0].Lines; len(lines) != MaxEffectLines || lines[len(lines)-1] != fmt.Sprintf("line %d", 2*MaxEffectLines) {
		t.Errorf("%d lines: %v", len(lines), lines)
	}
}

// What an effect holds must survive the line.
func TestEffectsBorrowNothing(t *testing.T) {
	p := program(rule(`(?<user>\w+)`, do(func(env *Env) {
		env.Print(env.Text("user"))
		env.Alert(Low, env.Text("user"), Field{"user", get("user")(env)})
		env.Fault("%w", fmt.Errorf("%s", env.Text("user")))
	})))
	buf := []byte("ann")
	effects := newEngine(t, p).Process(&Message{Line: borrowedString(buf), Time: start})
	copy(buf, "###")
	for _, x := range effects {
		if got := x.Text + fmt.Sprint(x.Lines) + Map(x.Fields).String(); x.Text != "ann" || len(x.Lines) > 0 && got != "ann[ann]user: ann" {
			t.Errorf("%s: %q", x.Kind, got)
		}
	}
}

func TestAPatternThatRunsOutOfTimeIsPutIntoQuarantine(t *testing.T) {
	p := program(with(rule("x", say("x")), func(r *Rule) { r.Name = "slow" }))
	e := newEngine(t, p)
	feedTo(e, "0 a")
	for n := 1; n <= gaveUpLimit+1; n++ {
		env := e.push(&Message{Line: "a line"}, "slow", 0)
		env.at = e.root.head
		e.effects = e.effects[:0]
		env.gaveUp()
		if e.pop(); (len(e.effects) == 1) != (n == gaveUpLimit) {
			t.Errorf("time %d: %v", n, e.effects)
		}
	}
	checkTold(t, "it matches no more", feedTo(e, "1 x"))
	if c := e.Counts()[0]; c.GaveUp != gaveUpLimit+1 || c.Name != "slow" {
		t.Errorf("%+v", c)
	}
}
