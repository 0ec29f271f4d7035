package logs

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// What sequences do is told in rdl/testdata/run/sequence.txt; here is what
// only the options of an engine bring about.

// Two events of different hosts within the skew count as in either order.
func TestSkew(t *testing.T) {
	q := &Sequence{Name: "q", Bindings: []string{"k"}, Keys: 1, Within: 100 * time.Second, Do: []Action{say("done $k")}}
	for _, step := range []string{"one", "two", "three"} {
		q.Steps = append(q.Steps, SequenceStep{Name: step, Match: MustPattern(step + " (?<k>.)")})
	}
	tests := []struct {
		name  string
		lines []string
		want  []string
	}{
		{"the second step first", []string{"0 h2 two a", "2 h1 one a", "3 h1 three a"}, []string{"3 done a"}},
		{"just within", []string{"0 h2 two a", "5 h1 one a", "6 h1 three a"}, []string{"6 done a"}},
		{"just without", []string{"0 h2 two a", "5.001 h1 one a", "6 h1 three a"}, nil},
		{"one host is never at odds with itself", []string{"0 h1 two a", "2 h1 one a", "3 h1 three a"}, nil},
		{"another key", []string{"0 h2 two b", "2 h1 one a", "3 h1 three a"}, nil},
		{"all the wrong way round", []string{"0 h3 three a", "1 h2 two a", "2 h1 one a"}, []string{"2 done a"}},
		{"an early match counts once", []string{"0 h2 two a", "1 h1 one a", "2 h1 three a", "3 h1 one a", "4 h1 three a"}, []string{"2 done a"}},
	}
	for _, test := range tests {
		e, err := New(program(q), Options{Skew: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, line := range test.lines {
			for _, x := range syslogStep(e, line) {
				got = append(got, told(x))
			}
		}
		checkTold(t, test.name, got, test.want...)
	}
}

// syslogStep processes a line that begins with its second and its host.
func syslogStep(e *Engine, line string) []Effect {
	at, text, _ := strings.Cut(line, " ")
	host, text, _ := strings.Cut(text, " ")
	n, err := strconv.ParseFloat(at, 64)
	if err != nil {
		panic(err)
	}
	now := start.Add(time.Duration(n * float64(time.Second)))
	return e.Process(&Message{Line: now.Format(time.Stamp) + " " + host + " app: " + text, Time: now})
}

// Early matches that nothing comes of are let go.
func TestEarlyMatchesAreLetGo(t *testing.T) {
	q := &Sequence{Name: "q", Bindings: []string{"k"}, Keys: 1, Steps: []SequenceStep{
		{Name: "one", Match: MustPattern("one (?<k>.)")}, {Name: "two", Match: MustPattern("two (?<k>.)")},
	}}
	e, err := New(program(q), Options{Skew: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	syslogStep(e, "0 h2 two a")
	if _, ok := e.Next(); !ok {
		t.Error("nothing lets the early match go")
	}
	e.Advance(second(6))
	if n := len(e.root.head.seq.byKey); n != 0 {
		t.Errorf("%d keys are still kept", n)
	}
}

// Beyond so many keys the one that began first is dropped, and counted.
func TestSequencesAtMost(t *testing.T) {
	q := &Sequence{Name: "q", Bindings: []string{"k"}, Keys: 1, AtMost: 2, Do: []Action{say("done $k")}, Steps: []SequenceStep{
		{Name: "one", Match: MustPattern("one (?<k>.)")}, {Name: "two", Match: MustPattern("two (?<k>.)")},
	}}
	e := newEngine(t, program(q))
	checkTold(t, "a is gone", feedTo(e, "0 one a", "1 one b", "2 one c", "3 two a", "4 two b", "5 two c"), "4 done b", "5 done c")
	if e.Stats().Evicted != 1 {
		t.Errorf("%d evictions", e.Stats().Evicted)
	}
}
