package tier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/logs-rdl/logs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var began = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// event is the n-th event of a test.
func event(n int) *logs.Effect {
	return &logs.Effect{
		Kind: logs.EffectForward, ID: logs.ID(n + 1), Time: began.Add(time.Duration(n) * time.Second), Rule: "r", Text: "scan",
		Fields: []logs.Field{{Name: "n", Value: logs.Int(int64(n))}},
	}
}

// A diary is a log for tests, in which they can look for what was said.
type diary struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(p)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

func (d *diary) log() *slog.Logger { return slog.New(slog.NewTextHandler(d, nil)) }

// await waits until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 2000 {
		if holds() {
			return
		}
		pause(t.Context(), 10*time.Millisecond)
	}
	t.Fatalf("it never came to this: %s", what)
}

// A site is a hub and its diary.
type site struct {
	*Hub
	diary *diary
	stop  func()
}

// startHub starts a hub, which runs until the test ends or stop is called.
func startHub(t *testing.T, o HubOptions) *site {
	t.Helper()
	s := &site{diary: &diary{}}
	if o.Log = s.diary.log(); o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	hub, err := OpenHub(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Hub = hub
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { hub.Run(ctx) })
	var once sync.Once
	s.stop = func() {
		once.Do(func() {
			cancel()
			running.Wait()
			hub.Close()
		})
	}
	t.Cleanup(s.stop)
	return s
}

// An upper is an upstream and its diary.
type upper struct {
	*Upstream
	diary *diary
	stop  func()
}

// startUpstream opens an upstream that ships until the test ends or stop is
// called.
func startUpstream(t *testing.T, o UpstreamOptions) *upper {
	t.Helper()
	u := &upper{diary: &diary{}}
	if o.Log = u.diary.log(); o.Name == "" {
		o.Name = "edge1"
	}
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	up, err := OpenUpstream(o)
	if err != nil {
		t.Fatal(err)
	}
	u.Upstream = up
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { up.Run(ctx) })
	var once sync.Once
	u.stop = func() {
		once.Do(func() {
			cancel()
			running.Wait()
			if err := up.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(u.stop)
	return u
}

// do hands over the events from one number up to another.
func (u *upper) do(t *testing.T, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if err := u.Do(t.Context(), event(n)); err != nil {
			t.Fatal(err)
		}
	}
}

// drain waits until the hub has all.
func (u *upper) drain(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if left := u.Drain(ctx); left > 0 {
		t.Fatalf("%d events were not shipped: %s", left, u.diary)
	}
}

// read reads so many events of an edge, and returns their numbers and the mark
// of the last block.
func read(t *testing.T, h *Hub, who Edge, mark string, n int) (numbers []int, last string) {
	t.Helper()
	r, err := h.OpenEdge(who, mark)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	giveUp := time.AfterFunc(20*time.Second, func() { r.Close() })
	defer giveUp.Stop()
	for len(numbers) < n {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			t.Fatalf("only %d of %d events of %s came", len(numbers), n, who)
		} else if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, numbersIn(t, b.Lines())...)
		last = b.Mark()
		b.Release()
	}
	return numbers, last
}

// numbersIn returns the numbers that events bear.
func numbersIn(t *testing.T, lines iter.Seq2[string, int64]) (numbers []int) {
	t.Helper()
	for line := range lines {
		m := logs.Message{Line: line}
		if !m.ReadEvent() {
			t.Fatalf("no event: %s", line)
		}
		n, _ := m.Field("n").Int()
		numbers = append(numbers, int(n))
	}
	return numbers
}

// text shows numbers, and upTo those from one up to another.
func text(numbers []int) string { return strings.Trim(fmt.Sprint(numbers), "[]") }

func upTo(from, to int) string {
	var numbers []int
	for n := from; n < to; n++ {
		numbers = append(numbers, n)
	}
	return text(numbers)
}

// A wire is a connection to a hub that is slow and can be cut.
type wire struct {
	to       string
	lag      time.Duration
	listener net.Listener
	mu       sync.Mutex
	conns    []net.Conn
	cut      bool
	running  sync.WaitGroup
}

func newWire(t *testing.T, to string, lag time.Duration) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{to: to, lag: lag, listener: l}
	w.running.Go(w.run)
	t.Cleanup(func() {
		l.Close()
		w.set(true)
		w.running.Wait()
	})
	return w
}

func (w *wire) url() string { return "nats://" + w.listener.Addr().String() }

func (w *wire) run() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", w.to)
		w.mu.Lock()
		if err != nil || w.cut {
			near.Close()
			if far != nil {
				far.Close()
			}
		} else {
			w.conns = append(w.conns, near, far)
			w.running.Go(func() { io.Copy(near, slow{far, w.lag}); near.Close() })
			w.running.Go(func() { io.Copy(far, slow{near, w.lag}); far.Close() })
		}
		w.mu.Unlock()
	}
}

// slow is what is read with a lag.
type slow struct {
	from io.Reader
	lag  time.Duration
}

func (s slow) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	pause(context.Background(), s.lag)
	return n, err
}

// set cuts the wire or heals it.
func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if cut {
		for _, c := range w.conns {
			c.Close()
		}
		w.conns = nil
	}
}
