package logs

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// steps is a program of one sequence: "one k", "two k" and "three k" are its
// steps for the key k.
func steps(names string, change func(*Sequence)) *Program {
	q := &Sequence{
		Name: "q", Bindings: []string{"k", "x"}, Keys: 1, Within: 10 * time.Second,
		Do:      []Action{say("done $k$x")},
		Missing: []Action{do(func(env *Env) { env.Print("missing " + env.Text("k") + " " + env.Step().String()) })},
	}
	for _, name := range strings.Fields(names) {
		q.Steps = append(q.Steps, SequenceStep{Name: name, Match: MustPattern(name + ` (?<k>\w)(?<x>\d)?`)})
	}
	change(q)
	return program(q, rule("(?<all>.*)", say("seen")))
}

func TestSequences(t *testing.T) {
	none := func(*Sequence) {}
	tests := []struct {
		name   string
		steps  string
		change func(*Sequence)
		lines  []string
		want   []string // without what the rule behind it sees
	}{
		{"one after the other", "one two", none, []string{"0 one a", "1 two a"}, []string{"1 done a"}},
		{"it begins anew", "one two", none, []string{"0 one a", "1 two a", "2 two a", "3 one a", "4 two a"}, []string{"1 done a", "4 done a"}},
		{"each key by itself", "one two", none, []string{"0 one a", "1 one b", "2 two b", "3 two a"}, []string{"2 done b", "3 done a"}},
		{"a later step without the first is nothing", "one two", none, []string{"0 two a", "1 one a", "99"}, []string{"11 missing a two"}},
		{"a step already done is absorbed", "one two three", none, []string{"0 one a", "1 one a", "2 two a", "3 one a", "4 three a"}, []string{"4 done a"}},
		{"within counts from the first match, the end included", "one two", none, []string{"0 one a", "9 one a", "9.9 two a"}, []string{"9.9 done a"}},
		{"the time is up before the line of that time", "one two", none, []string{"0 one a", "10 two a"}, []string{"10 missing a two"}},
		{"without a time it waits", "one two", func(q *Sequence) { q.Within = 0 }, []string{"0 one a", "99999 two a"}, []string{"99999 done a"}},
		{"so many times", "one two", func(q *Sequence) { q.Steps[0].Times = 3 }, []string{"0 one a", "1 one a", "2 two a", "3 one a", "4 two a"}, []string{"4 done a"}},
		{"in any order", "one two three", func(q *Sequence) { q.AnyOrder = true }, []string{"0 three a", "1 one a", "2 three a", "3 two a"}, []string{"3 done a"}},
		{"in any order, what is missing", "one two three", func(q *Sequence) { q.AnyOrder = true }, []string{"0 three a", "1 one a", "11"}, []string{"10 missing a two"}},
		{"strict: another step in between breaks it", "one two three", func(q *Sequence) { q.Strict = true }, []string{"0 one a", "1 three a", "2 two a", "3 three a", "99"}, nil},
		{"strict: the first step again begins anew", "one two", func(q *Sequence) { q.Steps = append(q.Steps, q.Steps[0]); q.Steps[2].Name = "again"; q.Strict = true },
			[]string{"0 one a", "1 one a", "2 two a", "3 one a"}, []string{"3 done a"}},
		{"strict: other lines do not matter", "one two", func(q *Sequence) { q.Strict = true }, []string{"0 one a", "1 x", "2 one b", "3 two a"}, []string{"3 done a", "12 missing b two"}},
		{"one line that is all steps does one", "one two", none, []string{"0 one a two a", "1 one a two a"}, []string{"1 done a"}},
		{"a binding is that of the last step that has it", "one two", none, []string{"0 one a1", "1 two a"}, []string{"1 done a1"}},
		{"at most so many at once: the oldest is dropped", "one two", func(q *Sequence) { q.AtMost = 1 }, []string{"0 one a", "1 one b", "2 two a", "3 two b"}, []string{"3 done b"}},
	}
	for _, test := range tests {
		var got []string
		for _, x := range feed(t, steps(test.steps, test.change), append(test.lines, "20 ")...) {
			if !strings.HasSuffix(x, " seen") {
				got = append(got, x)
			}
		}
		checkTold(t, test.name, got, test.want...)
	}
}

func TestASequenceContinuesAndSeesWhatIsNotFiltered(t *testing.T) {
	p := steps("one two", func(*Sequence) {})
	p.Root.Members = append([]Member{&Rule{Match: MustPattern("hidden"), Filter: true}}, p.Root.Members...)
	checkTold(t, "at its place", feed(t, p, "0 one a", "1 two a hidden", "2 two a"), "0 seen", "2 done a", "2 seen")
}

func TestEventsOfTwoHostsWithinTheSkewAreInEitherOrder(t *testing.T) {
	line := func(second int, host, text string) *Message {
		at := start.Add(time.Duration(second) * time.Second)
		return &Message{Line: at.Format(time.Stamp) + " " + host + " prog: " + text, Time: at, Format: FormatSyslog}
	}
	tests := []struct {
		name  string
		lines []*Message
		done  bool
	}{
		{"just within", []*Message{line(0, "h1", "two a"), line(2, "h2", "one a")}, true},
		{"beyond", []*Message{line(0, "h1", "two a"), line(3, "h2", "one a")}, false},
		{"one host has one clock", []*Message{line(0, "h1", "two a"), line(1, "h1", "one a")}, false},
		{"another key", []*Message{line(0, "h1", "two b"), line(1, "h2", "one a")}, false},
		{"an early match counts once", []*Message{line(0, "h1", "two a"), line(1, "h2", "one a"), line(2, "h2", "one a")}, true},
	}
	for _, test := range tests {
		e, err := New(steps("one two", func(*Sequence) {}), Options{Skew: 2 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		done := 0
		for _, m := range test.lines {
			for _, x := range e.Process(m) {
				if strings.HasPrefix(x.Text, "done") {
					done++
				}
			}
		}
		if (done == 1) != test.done || done > 1 {
			t.Errorf("%s: done %d times", test.name, done)
		}
		e.Advance(second(99))
		if q := e.root.head.seq; len(q.byKey) != 0 || q.begun.first != nil || q.begun.last != nil {
			t.Errorf("%s: %d are still under way", test.name, len(q.byKey))
		}
	}
}

func TestASequenceIsBounded(t *testing.T) {
	p := steps("one two", func(q *Sequence) {
		q.Steps[0].Times = 1000
		q.Do = []Action{do(func(env *Env) { env.Alert(High, "done") })}
	})
	e := newEngine(t, p)
	for i := range 1000 {
		feedTo(e, fmt.Sprintf("%v one a%d", float64(i)/1000, i%10))
	}
	x := step(e, "2 two a5")
	if x[0].Text != "done" || len(x[0].Lines) != maxStepLines || x[0].Lines[maxStepLines-1] != "two a5" {
		t.Errorf("%v bears %d lines", x[0].Text, len(x[0].Lines))
	}

	e, err := New(steps("one two", func(*Sequence) {}), Options{Skew: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 * maxEarly {
		feedTo(e, fmt.Sprintf("%d two a", i))
	}
	if n := len(e.root.head.seq.begun.first.early); n > maxEarly {
		t.Errorf("%d early matches are kept", n)
	}
}
