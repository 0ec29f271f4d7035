package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs"
)

// A receiver is a Deliverer that answers as a test says, and notes what it has.
type receiver struct {
	answer func(e *logs.Effect, try int) error // try counts from 1 for each effect

	mu    sync.Mutex
	tries map[logs.ID]int
	got   []string
	at    []time.Time // of all tries
}

func (r *receiver) Deliver(ctx context.Context, e *logs.Effect) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tries == nil {
		r.tries = map[logs.ID]int{}
	}
	r.tries[e.ID]++
	r.at = append(r.at, time.Now())
	if r.answer != nil {
		if err := r.answer(e, r.tries[e.ID]); err != nil {
			return err
		}
	}
	r.got = append(r.got, e.Text)
	return nil
}

func (r *receiver) texts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

var errAway = errors.New("away")

func always(err error) func(*logs.Effect, int) error {
	return func(*logs.Effect, int) error { return err }
}

// failing answers with an error until the try of that number.
func failing(until int) func(*logs.Effect, int) error {
	return func(_ *logs.Effect, try int) error {
		if try < until {
			return errAway
		}
		return nil
	}
}

// numbered makes effects named 1, 2...
func numbered(from, to int) []*logs.Effect {
	var effects []*logs.Effect
	for i := from; i <= to; i++ {
		effects = append(effects, &logs.Effect{Kind: logs.EffectMail, ID: logs.ID(i), Rule: "r", Text: fmt.Sprint(i)})
	}
	return effects
}

// A bureau is a queue that runs, and what its hooks were told.
type bureau struct {
	*Queue
	t    *testing.T
	done []string
	dead []string
}

func newBureau(t *testing.T, to Deliverer, o QueueOptions) *bureau {
	b := &bureau{t: t}
	o.Done = func(e *logs.Effect) { b.done = append(b.done, e.ID.String()) }
	if o.Dead == nil {
		o.Dead = func(e *logs.Effect, err error) error {
			b.dead = append(b.dead, e.Text+": "+err.Error())
			return nil
		}
	}
	b.Queue = NewQueue("q", to, o)
	return b
}

func (b *bureau) run() *bureau {
	go b.Run(context.Background())
	return b
}

func (b *bureau) do(effects ...*logs.Effect) {
	b.t.Helper()
	for _, e := range effects {
		check(b.t, b.Do(context.Background(), e))
	}
}

// told returns the ids that are done.
func (b *bureau) told() []string {
	b.telling.Lock()
	defer b.telling.Unlock()
	return slices.Clone(b.done)
}

// close gives the queue no more time than it needs to deliver at once.
func (b *bureau) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	b.Close(ctx)
}

func (b *bureau) pending() (texts []string) {
	for _, e := range b.Pending() {
		texts = append(texts, e.Text)
	}
	return texts
}

// pass lets time go by, and all come to rest.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestQueueKeepsTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answer: failing(3)}
		b := newBureau(t, r, QueueOptions{}).run()
		b.do(numbered(1, 3)...)
		pass(time.Minute)
		same(t, "got", r.texts(), []string{"1", "2", "3"})
		same(t, "done", b.told(), []string{logs.ID(1).String(), logs.ID(2).String(), logs.ID(3).String()})
		same(t, "stats", b.Stats(), QueueStats{Name: "q", Delivered: 3, Retried: 6})
		b.close()
	})
}

func TestQueueWaitsLongerAndLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answer: always(errAway)}
		b := newBureau(t, r, QueueOptions{}).run()
		b.do(numbered(1, 1)...)
		pass(2 * time.Hour)
		same(t, "dead", b.dead, []string{"1: away"})
		same(t, "done", len(b.told()), 1)
		for i := range len(r.at) - 2 { // the last wait is what is left of the hour
			wait, about := r.at[i+1].Sub(r.at[i]), min(time.Second<<i, 5*time.Minute)
			if wait < about*3/4 || wait > about*5/4 {
				t.Errorf("wait %d is %s, which is not about %s", i, wait, about)
			}
		}
		if last := r.at[len(r.at)-1].Sub(r.at[0]); last != time.Hour {
			t.Errorf("given up after %s", last)
		}
		b.close()
	})
}

func TestQueueHonoursTheReceiversWish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answer: func(_ *logs.Effect, try int) error {
			switch try {
			case 1:
				return RetryAfter(errAway, 7*time.Minute)
			case 2:
				return fmt.Errorf("busy: %w", RetryAfter(errAway, 100*time.Hour))
			}
			return errAway
		}}
		b := newBureau(t, r, QueueOptions{}).run()
		b.do(numbered(1, 1)...)
		pass(2 * time.Hour)
		same(t, "tries", []time.Duration{r.at[1].Sub(r.at[0]), r.at[2].Sub(r.at[0])}, []time.Duration{7 * time.Minute, time.Hour})
		same(t, "dead", b.dead, []string{"1: away"})
		b.close()
	})
}

func TestQueueGivesUpAtOnceWhatCannotGetBetter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answer: func(e *logs.Effect, _ int) error {
			if e.Text == "2" {
				return fmt.Errorf("deliver: %w", Permanent(errAway))
			}
			return nil
		}}
		b := newBureau(t, r, QueueOptions{}).run()
		b.do(numbered(1, 3)...)
		synctest.Wait()
		same(t, "got", r.texts(), []string{"1", "3"})
		same(t, "dead", b.dead, []string{"2: deliver: away"})
		same(t, "stats", b.Stats(), QueueStats{Name: "q", Delivered: 2, Dead: 1})
		b.close()
	})
}

// TestQueueKeepsWhatTheDeadLettersRefuse: with the disk full too, an effect
// stays.
func TestQueueKeepsWhatTheDeadLettersRefuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var room atomic.Bool
		b := newBureau(t, &receiver{answer: always(Permanent(errAway))}, QueueOptions{
			Dead: func(*logs.Effect, error) error {
				if !room.Load() {
					return io.ErrShortWrite
				}
				return nil
			}}).run()
		b.do(numbered(1, 1)...)
		pass(3 * time.Hour)
		same(t, "pending", b.pending(), []string{"1"})
		same(t, "done", len(b.told()), 0)
		room.Store(true)
		pass(10 * time.Minute)
		same(t, "pending", len(b.Pending()), 0)
		same(t, "done", len(b.told()), 1)
		b.close()
	})
}

// TestQueueEndsATryThatHangs: after half a minute, and tries again.
func TestQueueEndsATryThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := deliverer(func(ctx context.Context, _ *logs.Effect) error {
			<-ctx.Done()
			return ctx.Err()
		})
		b := newBureau(t, hangs, QueueOptions{GiveUp: time.Minute}).run()
		began := time.Now()
		b.do(numbered(1, 1)...)
		pass(2 * time.Minute)
		same(t, "dead", b.dead, []string{"1: context deadline exceeded"})
		same(t, "retried", b.Stats().Retried, int64(1))
		b.close()
		if took := time.Since(began); took > 3*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

type deliverer func(context.Context, *logs.Effect) error

func (d deliverer) Deliver(ctx context.Context, e *logs.Effect) error { return d(ctx, e) }

// TestQueueThatIsFull: Do waits, and goes on when there is room; nothing is
// lost.
func TestQueueThatIsFull(t *testing.T) {
	for name, o := range map[string]QueueOptions{"by number": {Size: 3}, "by bytes": {Bytes: 3*weight(numbered(1, 1)[0]) + 1}} {
		synctest.Test(t, func(t *testing.T) {
			var back atomic.Bool
			r := &receiver{answer: func(*logs.Effect, int) error {
				if !back.Load() {
					return errAway
				}
				return nil
			}}
			b := newBureau(t, r, o).run()
			b.do(numbered(1, 3)...)
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if err := b.Do(ctx, numbered(4, 4)[0]); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "rule r: mail was not handed to q") {
				t.Errorf("%s: %v", name, err)
			}
			back.Store(true)
			b.do(numbered(5, 9)...)
			synctest.Wait()
			same(t, name, r.texts(), []string{"1", "2", "3", "5", "6", "7", "8", "9"})
			same(t, "bytes that wait", b.bytes, 0)
			b.close()
		})
	}
}

func TestQueueTakesWhatIsBiggerThanItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBureau(t, &receiver{}, QueueOptions{Bytes: 10}).run()
		b.do(numbered(1, 3)...)
		synctest.Wait()
		same(t, "delivered", b.Stats().Delivered, int64(3))
		b.close()
	})
}

// TestQueueCloses: what can be delivered is, and a wait for the next try is cut
// short; the rest is still pending, and nothing more is taken.
func TestQueueCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answer: func(e *logs.Effect, try int) error {
			if e.Text == "1" && try < 3 || e.Text == "3" {
				return errAway
			}
			return nil
		}}
		b := newBureau(t, r, QueueOptions{FirstRetry: time.Minute}).run()
		b.do(numbered(1, 4)...)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		b.Close(ctx)
		same(t, "got", r.texts(), []string{"1", "2"})
		same(t, "tries", r.at[1].Sub(r.at[0]), time.Duration(0))
		same(t, "pending", b.pending(), []string{"3", "4"})
		same(t, "waiting", b.Stats().Waiting, int64(2))
		same(t, "dead", len(b.dead), 0)
		if err := b.Do(context.Background(), numbered(5, 5)[0]); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		b.Close(ctx) // again, which is harmless
	})
}

// TestQueueThatNeverRan: Close does not wait where there is nothing to wait for.
func TestQueueThatNeverRan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		newBureau(t, &receiver{}, QueueOptions{}).Close(context.Background())
		b := newBureau(t, &receiver{}, QueueOptions{})
		b.do(numbered(1, 2)...)
		b.close()
		same(t, "pending", b.pending(), []string{"1", "2"})
		b.Run(context.Background()) // too late, and harmless
		same(t, "pending", b.pending(), []string{"1", "2"})
	})
}

// TestQueueThatRunsLate: what was taken before Run has begun is delivered, even
// if Close is called before that too.
func TestQueueThatRunsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{}
		b := newBureau(t, r, QueueOptions{})
		b.do(numbered(1, 2)...)
		go func() {
			time.Sleep(time.Second)
			b.Run(context.Background())
		}()
		b.Close(context.Background())
		same(t, "got", r.texts(), []string{"1", "2"})
	})
}

// TestQueueWhoseContextEnds: Run returns, and whoever waits in Do is told.
// Whoever puts in is told before it has to wait, and only then.
func TestQueueTellsThatItIsFull(t *testing.T) {
	full := 0
	q := NewQueue("x", nil, QueueOptions{Size: 2})
	ctx, cancel := context.WithCancel(context.Background())
	q.o.Full = func() { full++; cancel() }
	for _, e := range numbered(1, 3) {
		if err := q.Do(ctx, e); (err != nil) != (full > 0) {
			t.Errorf("%v, told %d times", err, full)
		}
	}
	same(t, "told", full, 1)
	same(t, "waiting", q.Stats().Waiting, int64(2))
}

func TestQueueWhoseContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBureau(t, &receiver{answer: always(errAway)}, QueueOptions{Size: 1})
		ctx, cancel := context.WithCancel(context.Background())
		go b.Run(ctx)
		b.do(numbered(1, 1)...)
		waiting := make(chan error)
		go func() { waiting <- b.Do(context.Background(), numbered(2, 2)[0]) }()
		synctest.Wait()
		cancel()
		if err := <-waiting; !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		b.Close(context.Background())
		same(t, "pending", b.pending(), []string{"1"})
	})
}

// TestQueueKeepsACopy: what the caller does with the effect later is not seen.
func TestQueueKeepsACopy(t *testing.T) {
	block := []byte("text")
	e := &logs.Effect{Kind: logs.EffectSend, Text: "x", Lines: []string{"line"}, Args: []string{"arg"},
		Fields: []logs.Field{field("f", logs.List([]logs.Value{logs.Text("v")}))}}
	kept := keep(e)
	same(t, "copy", *kept, *e)
	e.Lines[0], e.Args[0], e.Fields[0].Name, block[0] = "y", "y", "y", 'y'
	if kept.Lines[0] != "line" || kept.Args[0] != "arg" || kept.Fields[0].Name != "f" {
		t.Errorf("%+v", kept)
	}
}

func TestPermanent(t *testing.T) {
	if Permanent(nil) != nil || !errors.Is(Permanent(errAway), errAway) || !errors.Is(RetryAfter(errAway, 1), errAway) {
		t.Error("a marked error is not the error that it was")
	}
}

// BenchmarkQueue takes effects and delivers them at once.
func BenchmarkQueue(b *testing.B) {
	q := NewQueue("q", deliverer(func(context.Context, *logs.Effect) error { return nil }), QueueOptions{})
	go q.Run(b.Context())
	e := breakIn()
	for b.Loop() {
		q.Do(b.Context(), e)
	}
	q.Close(b.Context())
}

// TestQueueLosesNothing: whatever the receiver answers and whenever the queue
// is closed, each effect is delivered, dead or pending, and only one of these;
// with one worker in order.
func TestQueueLosesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(rt, "effects")
		answers := rapid.SliceOfN(rapid.IntRange(0, 9), n, n).Draw(rt, "answers")
		o := QueueOptions{
			Workers: rapid.IntRange(1, 3).Draw(rt, "workers"), Size: rapid.IntRange(1, 10).Draw(rt, "size"),
			GiveUp: time.Minute,
		}
		if rapid.Bool().Draw(rt, "limited") {
			o.Limit = Limit{Count: rapid.IntRange(0, 3).Draw(rt, "count"), Per: 20 * time.Second}
		}
		grace := time.Duration(rapid.IntRange(0, 200).Draw(rt, "grace")) * time.Second
		synctest.Test(t, func(t *testing.T) {
			r := &receiver{answer: func(e *logs.Effect, try int) error {
				if try > 20 {
					return nil
				}
				switch a := answers[int(e.ID)%n]; a {
				case 0:
					return Permanent(errAway)
				case 1, 2, 3:
					return failing(a*3)(e, try)
				}
				return nil
			}}
			b := newBureau(t, r, o).run()
			for _, e := range numbered(1, n) {
				b.do(e)
				pass(time.Duration(answers[int(e.ID)%n]) * time.Second)
			}
			ctx, cancel := context.WithTimeout(context.Background(), grace)
			defer cancel()
			b.Close(ctx)
			s := b.Stats()
			if total := s.Delivered + s.Dead + s.Waiting + s.Held; total != int64(n) || s.Held != 0 {
				rt.Fatalf("%+v for %d effects", s, n)
			}
			seen := map[string]bool{}
			for _, id := range b.told() {
				if seen[id] {
					rt.Fatalf("%s is done twice", id)
				}
				seen[id] = true
			}
			for _, e := range b.Pending() {
				if seen[e.ID.String()] {
					rt.Fatalf("%s is done and pending", e.ID)
				}
			}
			if o.Limit.Per == 0 && o.Workers == 1 && !slices.IsSortedFunc(r.texts(), byNumber) {
				rt.Fatalf("out of order: %v", r.texts())
			}
		})
	})
}

func byNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
