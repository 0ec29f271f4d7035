package logs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWhatAWindowHolds(t *testing.T) {
	s10 := 10 * time.Second
	full := func(s Store) Store { s.Length, s.Limited, s.Do = s10, true, holds("full"); return s }
	tests := []struct {
		name  string
		store Store
		lines []string
		want  []string
	}{
		{"an item exactly as old as the length counts", full(Store{MaxLines: 2}), []string{"0 a 1", "5 a 2", "10 a 3"}, []string{"10 full a: 1, 2, 3"}},
		{"an older one does not", full(Store{MaxLines: 2}), []string{"0 a 1", "5 a 2", "10.001 a 3", "11 look a"}, []string{"11 2: 2, 3"}},
		{"it slides", full(Store{MaxLines: 2}), []string{"0 a 1", "9 a 2", "18 a 3", "19 a 4"}, []string{"19 full a: 2, 3, 4"}},
		{"max-lines is strict", full(Store{MaxLines: 2}), []string{"0 a 1", "1 a 2", "2 look a"}, []string{"2 2: 1, 2"}},
		{"distinct: another try of a user keeps it in", full(Store{MaxLines: 2, Distinct: true}), []string{"0 a ann", "1 a bob", "9 a ann", "12 a eve", "13 a dan"}, []string{"13 full a: ann, eve, dan"}},
		{"when all items are too old it does not exist", full(Store{MaxLines: 2}), []string{"0 a 1", "10 look a", "10.5 look a"}, []string{"10 1: 1", "10.5 nothing"}},
		{"a window's doing does not run when its time is up", Store{Length: s10, Lasting: 5 * time.Second, Do: holds("did"), OnTimeout: holds("over")}, []string{"0 a 1", "4 a 2", "9"}, []string{"5 over a: 1, 2"}},
		{"at the end of its time what is too old is gone", Store{Length: s10, Lasting: 15 * time.Second, OnTimeout: holds("over")}, []string{"0 a 1", "8 a 2", "20"}, []string{"15 over a: 2"}},
		{"min-lines counts what is left", Store{Length: s10, Lasting: 15 * time.Second, MinLines: 2, OnTimeout: holds("over")}, []string{"0 a 1", "8 a 2", "20"}, nil},
		{"end fires windows too", full(Store{MaxLines: 9}), []string{"0 a 1", "8 a 2", "11 end a", "12 look a"}, []string{"11 full a: 2", "12 nothing"}},
		{"lives: it is empty and goes on", full(Store{MaxLines: 1, Lives: true}), []string{"0 a 1", "1 a 2", "2 a 3", "3 a 4"}, []string{"1 full a: 1, 2", "3 full a: 3, 4"}},
		{"once: reported addresses stay quiet, however late", full(Store{MaxLines: 1, Once: true}), []string{"0 a 1", "1 a 2", "99 a 1", "100 a 2"}, []string{"1 full a: 1, 2"}},
	}
	for _, test := range tests {
		s := test.store
		checkTold(t, test.name, feed(t, gathering(&s), test.lines...), test.want...)
	}
}

// A window whose items have all expired is none: the next add makes a new one,
// whether or not another key has swept it away in between.
func TestAnExpiredWindowIsMadeAnew(t *testing.T) {
	s := Store{Length: 10 * time.Second, Limited: true, MaxLines: 1, Do: []Action{say("$k since $since")}}
	s.With = []Var{{"since", func(env *Env) Value { return env.MessageValue() }}}
	alone, swept := s, s
	checkTold(t, "alone", feed(t, gathering(&alone), "0 a 1", "20 a 2", "21 a 3"), "21 a since a 2")
	checkTold(t, "swept", feed(t, gathering(&swept), "0 a 1", "19 b 1", "20 a 2", "21 a 3"), "21 a since a 2")
}

// Windows of hosts that never come again must not stay.
func TestExpiredWindowsAreSwept(t *testing.T) {
	e := newEngine(t, gathering(&Store{Length: 10 * time.Second, Keys: []string{"k"}}))
	for i := range 1000 {
		e.Process(&Message{Line: fmt.Sprintf("%c x", rune(0x4e00+i)), Time: second(i)})
	}
	if f := e.families[e.stores[0]]; len(f.byKey) > 12 || e.kept > 12*100 {
		t.Errorf("%d windows stay, %d bytes", len(f.byKey), e.kept)
	}
}

// The memory of a window that is spent is used again, not what it held.
func TestASpentWindowLeavesNothing(t *testing.T) {
	s := Store{Length: 10 * time.Second, Limited: true, MaxLines: 2, Do: holds("full"), With: []Var{{"since", func(env *Env) Value { return env.MessageValue() }}}}
	e := newEngine(t, gathering(&s))
	for i := range 500 {
		line := fmt.Sprintf("%c x", rune(0x4e00+i))
		e.Process(&Message{Line: line, Time: second(11 * i)})
		c := e.families[&s].contexts.first
		if since, _ := c.vars[0].Message(); c != e.families[&s].contexts.last || c.Count() != 1 || since.Line != line {
			t.Fatalf("after %d: %d items, made by %v", i, c.Count(), since)
		}
	}
	if n := len(e.families[&s].spares); n == 0 || n > maxSpares {
		t.Errorf("%d windows wait", n)
	}
}

// A rule may hold on to a window that it found and emptied, while others are made.
func TestAWindowThatWasEmptiedIsNotUsedAgain(t *testing.T) {
	s := &Store{Name: "w", Keys: []string{"k"}, Length: 10 * time.Second}
	empties := &Rule{Match: MustPattern("x"), Do: []Action{func(env *Env) error {
		env.Add(s, Text("old"), Text("a"))
		found := env.Find(s, Text("a"))
		env.Clear(s, Text("a"))
		for i := range 5 {
			env.Add(s, Text("new"), Int(int64(i)))
		}
		env.Print(fmt.Sprint(found.Keys()[0], " ", found.Count()))
		return nil
	}}}
	checkTold(t, "emptied", feed(t, &Program{Root: &Ruleset{Members: []Member{empties}}, Stores: []*Store{s}}, "0 x", "20 x"), "0 a 0", "20 a 0")
}

func TestAWindowHoldsABoundedNumberOfItems(t *testing.T) {
	s := &Store{Name: "c", Length: time.Hour}
	p := program(rule("", do(func(env *Env) { env.Add(s, Int(1)) })))
	p.Stores = []*Store{s}
	e := newEngine(t, p)
	for range MaxItems + 10 {
		e.Process(&Message{Line: "x", Time: start})
	}
	if n := e.families[s].contexts.first.Count(); n != MaxItems || e.Stats().Evicted != 10 {
		t.Errorf("it holds %d, %d were evicted", n, e.Stats().Evicted)
	}
}

func TestAllThatIsHeldIsBounded(t *testing.T) {
	const limit = 10_000
	e, err := New(gathering(&Store{Length: time.Hour}), Options{MaxKept: limit})
	if err != nil {
		t.Fatal(err)
	}
	item := strings.Repeat("x", 1000)
	for i := range 100 {
		e.Process(&Message{Line: string(rune('a'+i%20)) + " " + item, Time: second(i)})
		if e.kept > limit {
			t.Fatalf("%d bytes after %d adds", e.kept, i+1)
		}
	}
	checkTold(t, "the latest is there, the oldest is not", feedTo(e, "100 look j"), "100 nothing")
	checkTold(t, "nor is what a key held before others came", feedTo(e, "101 t x", "102 look t"), "102 2: "+item+", x")
	for range 20 {
		feedTo(e, "103 t "+item)
	}
	if n := e.families[e.stores[0]].contexts.first.Count(); e.kept > limit || n != 9 {
		t.Errorf("one key alone: %d bytes, %d items", e.kept, n)
	}
	if e.Stats().Evicted == 0 {
		t.Error("evictions must be counted")
	}
}

// What a window finds is what one finds who looks at the whole past: the
// different users of the last 10 seconds since the last firing.
func TestAWindowFindsWhatTheWholePastShows(t *testing.T) {
	type try struct {
		at   int64
		user string
	}
	rapid.Check(t, func(t *rapid.T) {
		e, err := New(gathering(&Store{Length: 10 * time.Second, MaxLines: 2, Limited: true, Distinct: true, Do: holds("full")}), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var past []try
		now := int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "lines") {
			now += rapid.Int64Range(0, 6).Draw(t, "later")
			user := rapid.SampledFrom([]string{"ann", "bob", "eve", "dan"}).Draw(t, "user")
			past = append(past, try{now, user})
			last := map[string]int64{}
			for _, x := range past {
				if x.at >= now-10 {
					last[x.user] = x.at
				}
			}
			fires := len(last) > 2
			if got := feedTo(e, fmt.Sprintf("%d a %s", now, user)); (len(got) == 1) != fires {
				t.Fatalf("at %d: %v, but the past shows %v", now, got, last)
			}
			if fires {
				past = nil
			}
		}
	})
}
