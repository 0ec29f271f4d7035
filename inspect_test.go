package logs

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestDump(t *testing.T) {
	seen := &Store{Name: "seen", Keys: []string{"ip"}, Length: time.Minute, Idle: 5 * time.Minute}
	rule := &Rule{Name: "saw", Match: MustPattern(`saw (\S+)`), Bindings: []string{"ip"}, Do: []Action{func(env *Env) error {
		env.Add(seen, env.MessageValue(), env.Local(0))
		return nil
	}}}
	e, err := New(&Program{
		Root: &Ruleset{Members: []Member{rule}}, Stores: []*Store{seen},
		Timers: []*Timer{{Name: "hourly", After: For(time.Hour), Recurs: true}},
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2007, 10, 28, 12, 0, 0, 0, time.UTC)
	for i, line := range []string{"saw 10.0.0.1", "saw 10.0.0.2\x1b[2J", "nothing", "saw 10.0.0.1"} {
		e.Process(&Message{Line: line, Time: begin.Add(time.Duration(i) * time.Second)})
	}
	var out strings.Builder
	if err := e.Dump(&out); err != nil {
		t.Fatal(err)
	}
	want := `clock     2007-10-28T12:00:03Z
counters  4 messages, 0 alerts, 0 late, 0 evicted, 0 dropped, 0 faults
live      0 rules made at run time, 3 timers, %d bytes in contexts

rules: matches of tries
  3 of 3  saw

window seen: 2 live
  seen(10.0.0.1): 2 items, made 2007-10-28T12:00:00Z, until 2007-10-28T12:05:03Z
    saw 10.0.0.1
    saw 10.0.0.1
  seen(10.0.0.2\x1b[2J): 1 items, made 2007-10-28T12:00:01Z, until 2007-10-28T12:05:01Z
    saw 10.0.0.2\x1b[2J

timers
  2007-10-28T13:00:00Z  hourly
`
	if want = fmt.Sprintf(want, e.kept); out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
	if got := e.Stores(); len(got) != 1 || got[0] != (StoreState{"seen", 2, 3}) {
		t.Errorf("got %+v", got)
	}
	if rules, timers, kept := e.Live(); rules != 0 || timers != 3 || kept == 0 {
		t.Errorf("got %d, %d and %d", rules, timers, kept)
	}
}
