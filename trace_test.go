package logs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// traced runs a program over lines and words each step, without the plain
// ones of the walk.
func traced(t *testing.T, p *Program, o Options, lines ...string) []string {
	t.Helper()
	var got []string
	o.Trace = func(s Step) { got = append(got, worded(s)) }
	e, err := New(p, o)
	if err != nil {
		t.Fatal(err)
	}
	feedTo(e, lines...)
	return slices.DeleteFunc(got, func(s string) bool { return s == "" })
}

func worded(s Step) string {
	text := strings.TrimSpace(s.Rule + " " + s.Outcome.String())
	switch s.Outcome {
	case NoMatch, Walks, Done:
		return ""
	case Skipped:
		return fmt.Sprintf("%s for lack of %q", text, s.Texts)
	case Unless, Matched:
		return fmt.Sprintf("%s (%v)", text, Map(s.Bindings))
	case Asked, Added, Held, Ended, Fired, Stepped:
		return strings.TrimSpace(fmt.Sprintf("%s %v %d/%d %s", text, List(s.Keys), s.Count, s.Limit, s.Why))
	case Waits:
		return fmt.Sprintf("%s until %s", text, s.Until.Format(time.TimeOnly))
	case Emitted:
		return text + " " + s.Message.Event
	case Asks:
		return text + " for " + s.Effect.Text
	}
	return text
}

func TestTraceTellsWhatEachRuleDid(t *testing.T) {
	held := with(rule("(?<user>ann)"), func(r *Rule) { r.Name, r.Where = "held", func(*Env) bool { return false } })
	lacks := with(rule("bob"), func(r *Rule) { r.Name = "lacks" })
	no := with(rule("^nn"), func(r *Rule) { r.Name = "no" })
	yes := with(rule("(?<user>a)(?<rest>.*)"), func(r *Rule) { r.Name = "yes" })
	p := program(held, lacks, no, yes, rule(""))
	checkTold(t, "in the order of the walk", traced(t, p, Options{}, "0 ann"),
		"held was held back by its condition (user: ann)", `lacks was skipped for lack of ["bob"]`, "yes matched (user: a, rest: nn)")
	checkTold(t, "in brief", traced(t, p, Options{Brief: true}, "0 ann"),
		"held was held back by its condition (user: ann)", "yes matched (user: a, rest: nn)")
}

func TestTraceTellsWhatHappensToContexts(t *testing.T) {
	p := gathering(&Store{Length: time.Minute, Limited: true, MaxLines: 1, Once: true, Do: []Action{say("full $k")}})
	got := traced(t, p, Options{Brief: true}, "0 a x", "1 a y", "2 a x", "3 a y", "4 look a", "5 b x", "6 look b", "7 clear b", "8 delete b")
	got = slices.DeleteFunc(got, func(s string) bool { return strings.Contains(s, " matched ") })
	checkTold(t, "step by step", got,
		"c was added to a 1/1", "c was added to a 2/1", "c fired a 2/1 it is full", "c asks for full a",
		"c was added to a 1/1", "c was added to a 2/1", "c was held back a 2/1 it has fired before", "c ended a 2/1 it is full",
		"c was asked for a 0/0", "/4 asks for nothing",
		"c was added to b 1/1", "c was asked for b 1/1", "/4 asks for 1: x", "c ended b 0/1 it was emptied", "c ended b 0/1 it was deleted")
}

func TestTraceTellsWhatHappensToSequences(t *testing.T) {
	p := steps("one two", func(*Sequence) {})
	p.Root.Members = p.Root.Members[:1]
	checkTold(t, "step by step", traced(t, p, Options{}, "0 one a", "1 two a", "2 one b", "13 three"),
		"q took a step a 1/2 one", "q took a step a 2/2 two", "q fired a 0/0 all steps are done", "q asks for done a",
		"q took a step b 1/2 one", "q fired b 0/0 its time is up", "q asks for missing b two", `q was skipped for lack of ["one " "two "]`)
}

func TestTraceTellsWhatLivesAndDies(t *testing.T) {
	made := with(rule("^two"), func(r *Rule) { r.Name, r.Lasting, r.OnTimeout = "made", For(5*time.Second), []Action{say("late")} })
	wait := &Timer{Name: "wait", After: For(3 * time.Second), Do: []Action{do(func(env *Env) { env.Emit("rung") })}}
	p := program(
		with(rule("^one", do(func(env *Env) { env.Make(made, PlaceAfter); env.SetTimer(wait) })), func(r *Rule) { r.Name = "maker" }),
		with(&Rule{Match: Event("rung", 0)}, func(r *Rule) { r.Name = "hears" }))
	p.Rules, p.Blocks = []*Rule{made}, []*Timer{wait}
	checkTold(t, "step by step", traced(t, p, Options{Brief: true}, "0 one", "9 nothing"),
		"maker matched ()", "made was made", "wait waits until 08:00:03",
		"wait rang", "wait was emitted rung", "hears matched ()", "made rang", "made died", "made asks for late")
}

// What a group matched is told by its place in the line.
func TestGroups(t *testing.T) {
	p := program(with(rule(`user (?<user>\w+)`), func(r *Rule) {
		r.Match = And(r.Match, MustPattern(`from (\S+)( port)?`).Bind([]int{-1, -1}, nil))
	}))
	var got []string
	e, err := New(p, Options{Trace: func(s Step) {
		for _, g := range s.Groups() {
			got = append(got, fmt.Sprintf("%s %d-%d %v", g.Name, g.Start, g.End, g.Whole))
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	e.Process(&Message{Line: "user ann from here"})
	checkTold(t, "the whole match, then its groups", got, " 0-8 true", "user 5-8 false", " 9-18 true", " 14-18 false")
}

// Whoever watches and asks changes nothing.
func TestTraceChangesNothing(t *testing.T) {
	lines := []string{"0 a x", "1 a y", "1 b x", "2 look a", "2 look c", "3 end b", "4 a x", "5 a z", "6 clear a", "7 a x", "70 look a"}
	s := &Store{Length: time.Minute, Limited: true, MaxLines: 2, Distinct: true, Once: true, Do: []Action{say("full $k")}}
	want := feed(t, gathering(s), lines...)
	for _, brief := range []bool{false, true} {
		p := gathering(s)
		evaluating := false
		e, err := New(p, Options{Brief: brief, Trace: func(step Step) {
			if evaluating {
				t.Errorf("%s is told while an expression is worked out", step.Outcome)
			}
			evaluating = true
			defer func() { evaluating = false }()
			step.Groups()
			step.Eval(func(env *Env) Value {
				env.Fault("asked")
				env.Find(s, Text("a"))
				return Nil
			})
		}})
		if err != nil {
			t.Fatal(err)
		}
		checkTold(t, fmt.Sprintf("brief %v", brief), feedTo(e, lines...), want...)
		if n := e.Stats().Faults; n != 0 {
			t.Errorf("%d faults are counted", n)
		}
	}
}
