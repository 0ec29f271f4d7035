package logs

import (
	"testing"
	"time"

	"github.com/logs-rdl/logs/internal/when"
)

// After a leap back durations go on as if no time had passed, and times of
// day follow the new stamps.
func TestLeap(t *testing.T) {
	midnight, err := when.ParseTime("midnight", "")
	if err != nil {
		t.Fatal(err)
	}
	idler := &Store{Name: "idler", Idle: 10 * time.Second, Do: []Action{say("idle")}}
	p := program(with(rule("dies at midnight"), func(r *Rule) {
		r.At, r.OnTimeout = midnight, []Action{say("the rule dies")}
	}), rule("a", do(func(env *Env) { env.Add(idler, Int(1)) })))
	p.Stores = []*Store{idler}
	p.Timers = []*Timer{
		{Name: "midnight", At: midnight, Recurs: true, Do: []Action{say("midnight")}},
		{Name: "every", After: For(6 * time.Hour), Recurs: true, Aligned: true, Do: []Action{say("six hours")}},
	}
	e := newEngine(t, p)
	checkTold(t, "before", feedTo(e, "0 a")) // 08:00
	// The stamps leap back five hours, to 03:00.
	e.Leap(5 * time.Hour)
	if now := e.Now(); now != start.Add(-5*time.Hour) {
		t.Errorf("the clock shows %s", now)
	}
	checkTold(t, "the idle time goes on", feedTo(e, "-17989 b"), "-17990 idle")
	checkTold(t, "six o'clock comes again", feedTo(e, "-7200 b"), "-7200 six hours") // 06:00
	checkTold(t, "midnight", feedTo(e, "57600 b"),                                   // 24:00
		"14400 six hours", "36000 six hours", "57600 the rule dies", "57600 midnight", "57600 six hours")
}
