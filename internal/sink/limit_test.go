package sink

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logs-rdl/logs"
)

var fivePer10m = QueueOptions{Limit: Limit{Count: 5, Per: 10 * time.Minute}}

// TestLimit: the first five go out, and at the end of the period one digest.
func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{}
		b := newBureau(t, r, fivePer10m).run()
		at := time.Date(2007, 10, 28, 17, 0, 0, 0, time.UTC)
		for i, e := range numbered(1, 22) {
			e.Time, e.Rule, e.Severity = at.Add(time.Duration(i)*time.Second), []string{"scan", "probe"}[i%2], logs.Severity(1+i%3)
			b.do(e)
			pass(time.Second)
		}
		same(t, "at once", r.texts(), []string{"1", "2", "3", "4", "5"})
		same(t, "stats", b.Stats(), QueueStats{Name: "q", Delivered: 5, Held: 17})
		digest := "17 more from rule probe, scan: first 2007-10-28T17:00:05Z, last 2007-10-28T17:00:21Z"
		same(t, "pending", b.pending(), []string{digest})
		saved := b.Pending()[0]

		pass(10*time.Minute - 23*time.Second)
		same(t, "before the end", len(r.texts()), 5)
		pass(time.Second)
		same(t, "at the end", r.texts()[5:], []string{digest})
		same(t, "stats", b.Stats(), QueueStats{Name: "q", Delivered: 22})
		same(t, "done", len(b.told()), 5+17+1)
		same(t, "the last one done", b.told()[22], saved.ID.String())
		if len(saved.Lines) != 17 || saved.Lines[0] != "6" || saved.Lines[16] != "22" || saved.Severity != logs.High || saved.Kind != logs.EffectMail {
			t.Errorf("%+v", saved)
		}

		b.do(numbered(31, 36)...)
		synctest.Wait()
		same(t, "a new period", r.texts()[6:], []string{"31", "32", "33", "34", "35"})
		b.close()
		same(t, "at Close", strings.Fields(r.texts()[11])[0:2], []string{"1", "more"})
		same(t, "stats", b.Stats(), QueueStats{Name: "q", Delivered: 28})
	})
}

// TestLimitInQuietTimes: effects that come seldom are never held, and a period
// starts with an effect.
func TestLimitInQuietTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{}
		b := newBureau(t, r, QueueOptions{Limit: Limit{Count: 1, Per: time.Minute}}).run()
		for _, e := range numbered(1, 5) {
			pass(time.Minute)
			b.do(e)
		}
		synctest.Wait()
		same(t, "got", r.texts(), []string{"1", "2", "3", "4", "5"})
		b.close()
	})
}

func TestLimitOfNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{}
		b := newBureau(t, r, QueueOptions{Limit: Limit{Per: time.Minute}}).run()
		for range 2 {
			b.do(numbered(1, 3)...)
			pass(59 * time.Second)
			same(t, "held", b.Stats().Held, int64(3))
			pass(time.Second)
			synctest.Wait()
			same(t, "held", b.Stats().Held, int64(0))
		}
		same(t, "digests", len(r.texts()), 2)
		b.close()
	})
}

// TestDigestsByTarget: what goes to several people is not mixed, and too many
// of these, or too much for one, end the wait.
func TestDigestsByTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{}
		b := newBureau(t, r, QueueOptions{Limit: Limit{Per: time.Minute}}).run()
		for i, e := range numbered(1, 3*maxDigests) {
			e.Target = fmt.Sprint(i % maxDigests)
			b.do(e)
		}
		synctest.Wait()
		same(t, "held", b.Stats().Held, int64(3*maxDigests))
		same(t, "digests", len(b.Pending()), maxDigests)
		b.do(&logs.Effect{Kind: logs.EffectMail, Target: "one more"})
		synctest.Wait()
		same(t, "held", b.Stats().Held, int64(1))
		same(t, "sent", len(r.texts()), maxDigests)
		for i, e := range numbered(1, maxHeld) {
			e.ID, e.Target = logs.ID(1000+i), "one more"
			b.do(e)
		}
		synctest.Wait()
		same(t, "held", b.Stats().Held, int64(1))
		b.close()
		same(t, "delivered", b.Stats().Delivered, int64(3*maxDigests+1+maxHeld))
	})
}

// TestDigestIsBounded: many texts are counted, long ones cut, and of many
// rules some are named.
func TestDigestIsBounded(t *testing.T) {
	d := &digest{}
	for i := range 1000 {
		d.add(&logs.Effect{Rule: fmt.Sprintf("r%d", i%20), Text: strings.Repeat("ü", 1000)})
	}
	e := d.effect()
	if len(e.Lines) != 101 || e.Lines[100] != "and 900 more, which are not shown" || e.Lines[0] != strings.Repeat("ü", 512) {
		t.Errorf("%d lines, the last %q", len(e.Lines), e.Lines[len(e.Lines)-1])
	}
	if !strings.HasPrefix(e.Text, "1000 more from rule r0, r1, r2, r3, r4 and others: first") {
		t.Error(e.Text)
	}
	if !strings.HasPrefix((&digest{ids: make([]logs.ID, 2)}).effect().Text, "2 more: first") {
		t.Error("without rules")
	}
}

// TestDigestWaitsForRoom: with the receiver away the queue is bounded though
// periods end, and nothing is lost.
func TestDigestWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBureau(t, &receiver{answer: always(errAway)}, QueueOptions{Size: 3, GiveUp: 100 * time.Hour, Limit: Limit{Count: 1, Per: time.Second}}).run()
		for _, e := range numbered(1, 100) {
			b.do(e)
			pass(time.Second / 2)
		}
		s := b.Stats()
		if s.Waiting+s.Held != 100 || len(b.items) != 3 {
			t.Errorf("%+v, %d items", s, len(b.items))
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		b.Close(ctx)
		same(t, "pending", len(b.Pending()), 4)
	})
}
