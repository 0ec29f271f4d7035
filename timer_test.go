package logs

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTimersDoWhatASortedListDoes sets, moves, unsets and pops alarms, and
// does the same to a list that is sorted by (due, when last set).
func TestTimersDoWhatASortedListDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type set struct {
			a     *alarm
			due   int64
			order int
		}
		var timers timers
		var model []set
		alarms := make([]alarm, 40)
		order := 0
		drop := func(a *alarm) { model = slices.DeleteFunc(model, func(s set) bool { return s.a == a }) }
		draw := func(t *rapid.T) *alarm { return &alarms[rapid.IntRange(0, len(alarms)-1).Draw(t, "alarm")] }
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				slices.SortFunc(model, func(x, y set) int {
					if x.due != y.due {
						return compare(x.due, y.due)
					}
					return x.order - y.order
				})
				due, ok := timers.next()
				if ok != (len(model) > 0) || ok && due != model[0].due {
					t.Fatalf("the next is due at %d (%v), want %v", due, ok, model)
				}
				if len(timers.heap) != len(model) {
					t.Fatalf("%d are set, want %d", len(timers.heap), len(model))
				}
			},
			"set some": func(t *rapid.T) {
				for range rapid.IntRange(1, 20).Draw(t, "n") {
					a, due := draw(t), rapid.Int64Range(0, 20).Draw(t, "due")
					drop(a)
					order++
					model = append(model, set{a, due, order})
					timers.set(a, due)
				}
			},
			"unset": func(t *rapid.T) {
				a := draw(t)
				drop(a)
				timers.unset(a)
			},
			"pop": func(t *rapid.T) {
				until := rapid.Int64Range(0, 20).Draw(t, "until")
				got := timers.pop(until)
				if len(model) == 0 || model[0].due > until {
					if got != nil {
						t.Fatalf("until %d nothing is due, got one for %d", until, got.due)
					}
					return
				}
				if want := model[0]; got != want.a || got.due != want.due || got.place != 0 {
					t.Fatalf("until %d: got %+v, want %+v", until, got, want)
				}
				model = model[1:]
			},
		})
	})
}

// Putting an alarm off is what happens for each message of a busy context.
func TestPuttingOffIsLazy(t *testing.T) {
	var timers timers
	alarms := make([]alarm, 100)
	for i := range alarms {
		timers.set(&alarms[i], int64(i))
	}
	before := slices.Clone(timers.heap)
	for i := range alarms {
		timers.set(&alarms[i], int64(1000-i))
	}
	if !slices.Equal(timers.heap, before) {
		t.Error("putting off must not move an entry")
	}
	for want := len(alarms) - 1; want >= 0; want-- {
		if a := timers.pop(2000); a != &alarms[want] {
			t.Fatalf("due at %d came before that of %d", a.due, alarms[want].due)
		}
	}
}

// daily is a Schedule: the same second of every day.
type daily int

func (d daily) Next(after time.Time) (time.Time, bool) {
	next := after.Truncate(24 * time.Hour).Add(time.Duration(d) * time.Second)
	if !next.After(after) {
		next = next.Add(24 * time.Hour)
	}
	return next, true
}

// only is a Schedule of one instant.
type only int

func (o only) Next(after time.Time) (time.Time, bool) {
	return second(int(o)), second(int(o)).After(after)
}

func TestBlocksThatRunLater(t *testing.T) {
	every := func(n time.Duration, text string) *Timer {
		return &Timer{Name: "every", After: For(n * time.Second), Recurs: true, Do: []Action{say(text)}}
	}
	tests := []struct {
		name   string
		timers []*Timer
		lines  []string
		want   []string
	}{
		{"every, from the first line", []*Timer{every(10, "tick")}, []string{"3 a", "13", "30 b"}, []string{"13 tick", "23 tick"}},
		{"every, aligned", []*Timer{{After: For(10 * time.Second), Recurs: true, Aligned: true, Do: []Action{say("tick")}}},
			[]string{"3 a", "9", "10", "25 b"}, []string{"10 tick", "20 tick"}},
		{"every, aligned, but no part of a day", []*Timer{{After: For(7 * time.Second), Recurs: true, Aligned: true, Do: []Action{say("tick")}}},
			[]string{"3 a", "17"}, []string{"10 tick", "17 tick"}},
		{"at a time of day", []*Timer{{At: daily(8*3600 + 5), Recurs: true, Do: []Action{say("five past")}}},
			[]string{"0 a", "5", "86500 b"}, []string{"5 five past", "86405 five past"}},
		{"at the time of the first line, which is past", []*Timer{{At: only(3), Do: []Action{say("never")}}}, []string{"3 a", "9"}, nil},
		{"at an instant, once", []*Timer{{At: only(5), Recurs: true, Do: []Action{say("now")}}}, []string{"0 a", "5", "99999"}, []string{"5 now"}},
		{"of two that are due together the one set first", []*Timer{every(10, "a"), every(5, "b")}, []string{"0 x", "10"}, []string{"5 b", "10 a", "10 b"}},
	}
	for _, test := range tests {
		p := program()
		p.Timers = test.timers
		checkTold(t, test.name, feed(t, p, test.lines...), test.want...)
	}
}

// A recurring block that sets another for its own next time is set before it.
func TestARecurringTimerStandsBeforeWhatItSets(t *testing.T) {
	in := &Timer{After: For(10 * time.Second), Do: []Action{say("in")}}
	p := program()
	p.Timers = []*Timer{{After: For(10 * time.Second), Recurs: true, Do: []Action{say("every"), do(func(env *Env) { env.SetTimer(in) })}}}
	p.Blocks = []*Timer{in}
	checkTold(t, "both at 20", feed(t, p, "0 a", "20"), "10 every", "20 every", "20 in")
}

func TestATimerKeepsTheBindingsItWasSetIn(t *testing.T) {
	in := &Timer{After: For(5 * time.Second), Captures: []Var{{"user", get("user")}}, Do: []Action{say("$user was here")}}
	p := program(rule("user (?<user>\\w+)", do(func(env *Env) { env.SetTimer(in) })))
	p.Blocks = []*Timer{in}
	checkTold(t, "two of them", feed(t, p, "0 user ann", "1 user bob", "9"), "5 ann was here", "6 bob was here")
}
