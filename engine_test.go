package logs

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestATimerDueRunsBeforeTheMessageAtItsOwnTime(t *testing.T) {
	s := &Store{Name: "c", Keys: []string{"k"}, Lasting: 5 * time.Second, OnTimeout: []Action{say("over")}}
	p := program(rule("(?<k>.)", add(s, "k", "k"), say("line $k")))
	p.Stores = []*Store{s}
	tests := []struct {
		name  string
		lines []string
		want  []string
	}{
		{"at the message's own time", []string{"0 a", "5 b"}, []string{"0 line a", "5 over", "5 line b"}},
		{"before it", []string{"0 a", "7 b"}, []string{"0 line a", "5 over", "7 line b"}},
		{"not yet", []string{"0 a", "4.999 b"}, []string{"0 line a", "4.999 line b"}},
		{"time that passes without a message", []string{"0 a", "4", "5", "6"}, []string{"0 line a", "5 over"}},
		{"in the order in which they were last set", []string{"0 b", "0 a", "0 c", "9"}, []string{"0 line b", "0 line a", "0 line c", "5 over", "5 over", "5 over"}},
	}
	for _, test := range tests {
		checkTold(t, test.name, feed(t, p, test.lines...), test.want...)
	}
}

func TestEqualTimersRunInTheOrderLastSet(t *testing.T) {
	s := &Store{Name: "c", Keys: []string{"k"}, Idle: 5 * time.Second, OnTimeout: []Action{say("$k")}}
	p := program(rule("(?<k>.)", add(s, "k", "k")))
	p.Stores = []*Store{s}
	checkTold(t, "a was put off last", feed(t, p, "0 a", "0 b", "0 c", "0 a", "9"), "5 b", "5 c", "5 a")
}

func TestALateMessageIsProcessedAtTheClocksTime(t *testing.T) {
	p := program(rule("", func(env *Env) error {
		env.Print(env.Now().Sub(start).String() + " " + env.Message().Time.Sub(start).String())
		return nil
	}))
	e := newEngine(t, p)
	checkTold(t, "the clock never goes back", feedTo(e, "10 a", "3 b", "12 c"), "10 10s 10s", "10 10s 3s", "12 12s 12s")
	if s := e.Stats(); s.Late != 1 || s.Messages != 3 {
		t.Errorf("%+v", s)
	}
}

func TestAMessageWithoutAStampComesNow(t *testing.T) {
	e := newEngine(t, program(rule("", say("line"))))
	feedTo(e, "5 a")
	x := e.Process(&Message{Line: "b"})
	if !x[0].Time.Equal(second(5)) || e.Stats().Late != 0 {
		t.Errorf("at %s, %d late", x[0].Time, e.Stats().Late)
	}
	x = e.Process(&Message{Line: "c", Time: second(99), At: second(7)})
	if !x[0].Time.Equal(second(7)) {
		t.Errorf("At rules over Time, but it came at %s", x[0].Time)
	}
}

func TestNextTellsWhenToWakeUp(t *testing.T) {
	p := program()
	p.Timers = []*Timer{{After: For(10 * time.Second), Recurs: true}}
	e := newEngine(t, p)
	if _, ok := e.Next(); ok {
		t.Error("nothing is set before the first line")
	}
	feedTo(e, "0 a")
	for _, want := range []int{10, 20} {
		next, ok := e.Next()
		if !ok || !next.Equal(second(want)) {
			t.Fatalf("next is %s (%v), want second %d", next, ok, want)
		}
		e.Advance(next)
		if !e.Now().Equal(second(want)) {
			t.Errorf("the clock stands at %s", e.Now())
		}
	}
}

func TestTimesAreInTheEnginesZone(t *testing.T) {
	zone := time.FixedZone("X", 2*3600)
	p := program(rule("", func(env *Env) error {
		env.Print(env.TextOf(Time(env.Now())))
		return nil
	}))
	p.Timers = []*Timer{{After: For(6 * time.Hour), Recurs: true, Aligned: true, Do: []Action{say("six hours")}}}
	e, err := New(p, Options{Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	x := e.Process(&Message{Line: "a", Time: start})
	if x[0].Text != "2026-11-24T10:00:00+02:00" || x[0].Time.Location() != zone {
		t.Errorf("%q at %s", x[0].Text, x[0].Time)
	}
	checkTold(t, "aligned to midnight there", feedTo(e, "7200"), "7200 six hours")
}

func TestCounts(t *testing.T) {
	named := with(rule("a"), func(r *Rule) { r.Name = "named" })
	placed := with(rule("b"), func(r *Rule) { r.Pos = "x.rdl:5" })
	p := program(named, &Ruleset{Members: []Member{placed, with(rule("c"), func(r *Rule) { r.Name = "named" })}})
	p.Rules = []*Rule{with(rule("d"), func(r *Rule) { r.Name = "made" })}
	e := newEngine(t, p)
	feedTo(e, "0 a", "1 b", "2 b", "3 c")
	var got []string
	for _, c := range e.Counts() {
		got = append(got, fmt.Sprintf("%s %d/%d", c.Name, c.Matches, c.Tries))
	}
	if want := "named 1/1, /2 3/3, x.rdl:5 2/2, named 1/1, made 0/0"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", strings.Join(got, ", "), want)
	}
}

func TestTheStopwatchTimesEachRule(t *testing.T) {
	clock := int64(0)
	slow := rule("", do(func(*Env) { clock += 100 }))
	group := &Ruleset{Name: "group", ID: "group", Members: []Member{continuing(rule("", do(func(*Env) { clock += 10 })))}}
	e, err := New(program(continuing(slow), group, rule("")), Options{Stopwatch: func() int64 { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	feedTo(e, "0 a", "1 b")
	var got []time.Duration
	for _, c := range e.Counts() {
		got = append(got, c.Time)
	}
	if want := []time.Duration{200, 20, 20, 0}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestEnginesOfOneProgramShareNothing(t *testing.T) {
	s := &Store{}
	p := gathering(s)
	a, b := newEngine(t, p), newEngine(t, p)
	feedTo(a, "0 x 1")
	checkTold(t, "the other is empty", feedTo(b, "0 look x"), "0 nothing")
	checkTold(t, "this one is not", feedTo(a, "1 look x"), "1 1: 1")
}

func TestAProgramThatCannotBeRun(t *testing.T) {
	tests := []struct {
		name string
		p    *Program
		want string
	}{
		{"no rules", &Program{}, "no root ruleset"},
		{"an extension that fails", &Program{Root: &Ruleset{}, Extensions: []Extension{{Name: "f.star", New: func() (State, error) { return nil, errTorn }}}}, "f.star: " + errTorn.Error()},
		{"a store, but nothing to fire", &Program{Root: &Ruleset{}, Extensions: []Extension{{Name: "f.star", New: func() (State, error) { return noState{}, nil }, Store: &Store{}}}}, "no method Fire"},
	}
	for _, test := range tests {
		if _, err := New(test.p, Options{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

type noState struct{}

func (noState) Save() ([]byte, error) { return nil, nil }
func (noState) Load([]byte) error     { return nil }

func TestAMessageThatMatchesNothingAllocatesNothing(t *testing.T) {
	p := program(rule("Invalid user (?<user>.*) from (?<ip>.*)", say("$user")), guarded("sshd", rule("(?<a>x)(?<b>y)")), rule("^(?<n>\\d+)$"))
	e := newEngine(t, p)
	m := &Message{Line: "Oct 28 17:03:11 l096 sshd[16651]: Accepted password for root", Time: start}
	if n := testing.AllocsPerRun(1000, func() { e.Process(m) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// scanner is the window of the first program of the language reference.
func scanner(maxLines int) *Program {
	s := &Store{Name: "scanner", Keys: []string{"ip"}, Length: time.Hour, Distinct: true, Limited: true, MaxLines: maxLines}
	p := program(rule("Invalid user (?<user>.*) from (?<ip>.*)", do(func(env *Env) { env.Add(s, env.Local(0), env.Local(1)) })))
	p.Stores = []*Store{s}
	return p
}

func TestAValueThatAWindowHoldsIsAddedAgainWithoutAllocation(t *testing.T) {
	for _, held := range []int{1, indexFrom - 1, 2 * indexFrom} {
		e := newEngine(t, scanner(1000))
		for i := range held {
			feedTo(e, fmt.Sprintf("0 Invalid user u%d from 10.0.0.7", i))
		}
		m := &Message{Line: "Invalid user u0 from 10.0.0.7", Time: second(1)}
		if n := testing.AllocsPerRun(1000, func() { e.Process(m) }); n != 0 {
			t.Errorf("of %d: %v allocations", held, n)
		}
	}
}

func BenchmarkNothingMatches(b *testing.B) {
	e := newEngine(b, program(rule("Invalid user (?<user>.*) from (?<ip>.*)"), rule("^nfs server (?<s>\\S+) not responding")))
	m := &Message{Line: "Oct 28 17:03:11 l096 sshd[16651]: Accepted password for root from 10.0.0.7", Time: start}
	b.SetBytes(int64(len(m.Line)))
	for b.Loop() {
		e.Process(m)
	}
}

func BenchmarkAddToADistinctWindow(b *testing.B) {
	e := newEngine(b, scanner(2))
	m := &Message{Line: "Invalid user root from 10.0.0.7", Time: start}
	for b.Loop() {
		e.Process(m)
	}
}

func BenchmarkSaveManyWindows(b *testing.B) {
	e := newEngine(b, gathering(&Store{Length: time.Hour}))
	for i := range 10_000 {
		e.Process(&Message{Line: fmt.Sprintf("%c root", rune(0x4e00+i)), Time: start})
	}
	var buf bytes.Buffer
	for b.Loop() {
		buf.Reset()
		if err := e.Save(&buf); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(buf.Len()))
}

// A rule that stands there many times has an ID each, and finding these takes no longer than
// their number.
func TestManyRulesOfOneID(t *testing.T) {
	const many = 20_000
	root := &Ruleset{}
	for range many {
		root.Members = append(root.Members, &Rule{ID: "#1", Match: Everything(), Continue: true})
	}
	root.Members = append(root.Members, &Rule{ID: "#1~3"})
	e, err := New(&Program{Root: root}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range e.Counts() {
		seen[c.Name] = true
	}
	if len(seen) != many+1 || !seen["#1"] || !seen["#1~2"] || !seen["#1~3~2"] {
		t.Errorf("%d names of %d rules", len(seen), many+1)
	}
}
