package run

import (
	"context"
	"fmt"
	"io"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/when"
)

// written is a line of a log and when it is written.
type written struct {
	at   time.Time
	text string
}

// liveLog is a log whose lines come while they are written.
type liveLog struct {
	lines  []written
	closed chan struct{}
	once   sync.Once
}

func (l *liveLog) Next() (Block, error) {
	if len(l.lines) == 0 {
		return nil, io.EOF
	}
	next := l.lines[0]
	select {
	case <-time.After(time.Until(next.at)):
		l.lines = l.lines[1:]
		return &block{data: []byte(next.text + "\n")}, nil
	case <-l.closed:
		return nil, io.EOF
	}
}

func (l *liveLog) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func liveInput(name string, lines []written) Input {
	return Input{Name: name, Live: true, Open: func() (Opened, error) {
		return Opened{Reader: &liveLog{lines: lines, closed: make(chan struct{})}}, nil
	}}
}

// timing makes an engine whose rules do much with time: a context for each
// word that ends after silence, one that lasts, and two timers.
func timing(t *testing.T) *logs.Engine {
	tell := func(what string) []logs.Action {
		return []logs.Action{func(env *logs.Env) error {
			env.Print(env.Now().Format("15:04:05.000 ") + what + " " + env.Text("word"))
			return nil
		}}
	}
	idle := &logs.Store{Name: "idle", Keys: []string{"word"}, Idle: 20 * time.Second, OnTimeout: tell("idle")}
	lasts := &logs.Store{Name: "lasts", Keys: []string{"word"}, Lasting: 45 * time.Second, OnTimeout: tell("over")}
	line := &logs.Rule{Match: logs.MustPattern(`app: (\w+)`), Bindings: []string{"word"}, Do: append(tell("line"), func(env *logs.Env) error {
		env.Add(idle, logs.Int(1), env.Local(0))
		env.Add(lasts, logs.Int(1), env.Local(0))
		return nil
	})}
	e, err := logs.New(&logs.Program{
		Root:   &logs.Ruleset{Members: []logs.Member{line}},
		Stores: []*logs.Store{idle, lasts},
		Timers: []*logs.Timer{{Name: "minute", After: logs.For(time.Minute), Recurs: true, Aligned: true, Do: tell("minute")}},
	}, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// randomLines makes lines of one log, each written some time after its stamp,
// some a little later than others.
func randomLines(r *rand.Rand, begin time.Time, n int, lag time.Duration) []written {
	var lines []written
	at, last := begin, begin
	for range n {
		at = at.Add(time.Duration(r.Intn(r.Intn(90)+1)) * time.Second)
		if last = last.Add(time.Microsecond); last.Before(at.Add(lag)) {
			last = at.Add(lag + time.Duration(r.Intn(150))*time.Millisecond)
		}
		lines = append(lines, written{last, at.Format(time.Stamp) + " h app: " + string(rune('a'+r.Intn(3)))})
	}
	return lines
}

// What a run tells live, while the lines are written, is what it tells when
// they are read afterwards.
func TestLiveEqualsReplay(t *testing.T) {
	for seed := range int64(40) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewSource(seed))
			lag := time.Duration(r.Intn(3000)) * time.Millisecond
			lines := randomLines(r, time.Now().Add(time.Second), 30, lag)
			live := feed(t, Options{}, liveInput("a", lines))
			replay := feed(t, Options{}, replayInput("a", lines))
			if !slices.Equal(live, replay) {
				t.Fatalf("seed %d: live\n%s\nreplay\n%s", seed, strings.Join(live, "\n"), strings.Join(replay, "\n"))
			}
		})
	}
}

func feed(t *testing.T, o Options, inputs ...Input) []string {
	t.Helper()
	o.Stamps = when.Options{Year: 2000}
	out := &seen{}
	runner := Runner{Engine: timing(t), Handler: out, Options: o}
	if _, err := runner.Run(context.Background(), inputs); err != nil {
		t.Fatal(err)
	}
	return out.lines
}

func replayInput(name string, lines []written) Input {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintln(&b, l.text)
	}
	return (&text{name: name, blocks: []string{b.String()}}).input()
}

// Several live logs that lag by the same are merged as they would be
// afterwards; a silent one does not hold the others back for long.
func TestLiveLogsAreMerged(t *testing.T) {
	for seed := range int64(20) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewSource(seed))
			begin := time.Now().Add(time.Second)
			a, b := randomLines(r, begin, 20, 0), randomLines(r, begin, 20, 0)
			live := feed(t, Options{}, liveInput("a", a), liveInput("b", b))
			replay := feed(t, Options{}, replayInput("a", a), replayInput("b", b))
			slices.Sort(live) // lines of one second may come in another order
			slices.Sort(replay)
			if !slices.Equal(live, replay) {
				t.Fatalf("seed %d: live\n%s\nreplay\n%s", seed, strings.Join(live, "\n"), strings.Join(replay, "\n"))
			}
		})
	}
}

// A timer runs while nothing comes.
func TestTimersRunWhileNothingComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		out := &stamping{}
		lines := []written{
			{begin.Add(time.Second), begin.Add(time.Second).Format(time.Stamp) + " h app: a"},
			{begin.Add(time.Hour), begin.Add(time.Hour).Format(time.Stamp) + " h app: b"},
		}
		runner := Runner{Engine: timing(t), Handler: out, Options: Options{Stamps: when.Options{Year: 2000}}}
		if _, err := runner.Run(context.Background(), []Input{liveInput("a", lines)}); err != nil {
			t.Fatal(err)
		}
		if late := out.came[1].Sub(begin.Add(21 * time.Second)); late < 0 || late > 2*time.Second {
			t.Errorf("%q came %s after its time", out.lines[1], late)
		}
	})
}

// stamping notes when effects come.
type stamping struct {
	seen
	came []time.Time
}

func (s *stamping) Do(ctx context.Context, e *logs.Effect) error {
	s.came = append(s.came, time.Now())
	return s.seen.Do(ctx, e)
}

// A log of the past that is written to a pipe keeps its own time, however
// slowly it comes.
func TestAnOldLogKeepsItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		past := time.Now().AddDate(0, -1, 0)
		lines := randomLines(rand.New(rand.NewSource(1)), past, 20, 0)
		for i := range lines {
			lines[i].at = time.Now().Add(time.Duration(i) * 10 * time.Second)
		}
		o := Options{}
		live := feed(t, o, liveInput("a", lines))
		if replay := feed(t, o, replayInput("a", lines)); !slices.Equal(live, replay) {
			t.Errorf("live\n%s\nreplay\n%s", strings.Join(live, "\n"), strings.Join(replay, "\n"))
		}
	})
}

// A run that is ended while a live log is silent ends, and closes it.
func TestEndingWhileNothingComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		never := []written{{time.Now().AddDate(1, 0, 0), "Jan  1 00:00:00 h app: a"}}
		runner := Runner{Engine: timing(t), Handler: &seen{}}
		if _, err := runner.Run(ctx, []Input{liveInput("a", never)}); err != nil {
			t.Fatal(err)
		}
	})
}
