package run

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/when"
	"pgregory.net/rapid"
)

// A ledger is a handler that does each effect once: it knows from the State
// what was done before, and notes what it does. It can die, or ask the run to
// end.
type ledger struct {
	state *State
	did   []string
	ids   map[logs.ID]int // how often each was done
	texts map[logs.ID]string
	after int  // it dies with this effect; 0: never
	torn  bool // between doing and noting it

	asks    int // it asks the run to end with this effect, done before or not; 0: never
	end     context.CancelFunc
	stopped bool // it has asked
}

func newLedger() *ledger { return &ledger{ids: map[logs.ID]int{}, texts: map[logs.ID]string{}} }

var errKilled = errors.New("killed")

func (l *ledger) Do(_ context.Context, e *logs.Effect) error {
	if l.asks--; l.asks == 0 {
		l.stopped = true
		l.end()
	}
	if l.state.Done(uint64(e.ID)) {
		return nil
	}
	if l.after--; l.after == 0 && !l.torn {
		return errKilled
	}
	l.did = append(l.did, e.Text)
	l.ids[e.ID]++
	l.texts[e.ID] = e.Text
	if l.after == 0 {
		return errKilled
	}
	return l.state.Note(uint64(e.ID))
}

func (l *ledger) Flush() error { return nil }

// die leaves the folder as a process does that is killed.
func die(s *State) {
	s.journal.out.Close()
	s.depot.Close()
}

// A marked is a block of a log of lines, whose mark is the number of its first
// one.
type marked struct {
	block
	mark int
	from string
}

func (m *marked) Mark() string { return strconv.Itoa(m.mark) }
func (m *marked) From() string { return m.from }

// A lined is a log of lines that can be opened at any block.
type lined struct {
	name  string
	lines []string
	sizes *rand.Rand // of blocks
}

func (l *lined) input() Input {
	return Input{
		Name: l.name,
		Open: func() (Opened, error) { return Opened{Reader: &linedReader{l, 0}}, nil },
		OpenAt: func(mark string) (Opened, error) {
			at, err := strconv.Atoi(mark)
			return Opened{Reader: &linedReader{l, at}}, err
		},
	}
}

type linedReader struct {
	*lined
	at int
}

func (r *linedReader) Next() (Block, error) {
	if r.at == len(r.lines) {
		return nil, io.EOF
	}
	n := min(1+r.sizes.Intn(5), len(r.lines)-r.at)
	b := &marked{mark: r.at}
	b.data, b.offset = []byte(strings.Join(r.lines[r.at:r.at+n], "\n")+"\n"), int64(r.at)
	if r.sizes.Intn(3) == 0 {
		b.from = "peer" + strconv.Itoa(r.at%2)
	}
	r.at += n
	return b, nil
}

func (r *linedReader) Close() error { return nil }

// someLines draws lines of a log: but for the first some bear no stamp, and
// some may leap.
func someLines(t *rapid.T, name string, leaps bool) *lined {
	l := &lined{name: name, sizes: rand.New(rand.NewSource(rapid.Int64().Draw(t, "sizes")))}
	at := time.Date(2007, 10, 28, 0, 0, 0, 0, time.UTC)
	for i := range rapid.IntRange(0, 40).Draw(t, "n") {
		at = at.Add(time.Duration(rapid.IntRange(-3, 20).Draw(t, "step")) * time.Second)
		word := string(rune('a' + rapid.IntRange(0, 2).Draw(t, "word")))
		switch sort := rapid.IntRange(0, 12).Draw(t, "sort"); {
		case sort == 0 && i > 0:
			l.lines = append(l.lines, "no stamp: app: "+word)
		case sort == 1 && leaps:
			l.lines = append(l.lines, at.Add(3*time.Minute).Format(time.Stamp)+" h app: "+word)
		default:
			l.lines = append(l.lines, at.Format(time.Stamp)+" h app: "+word)
		}
	}
	return l
}

// A shelf is a Depot in memory, of which one State after the other takes hold:
// what an earlier one writes then is refused. That of a cluster is such a one.
type shelf struct {
	snapshot *Kept
	journals []Kept
	holder   *hold
}

// A hold is a shelf as one State sees it.
type hold struct{ *shelf }

func (s *shelf) take() Depot {
	s.holder = &hold{s}
	return s.holder
}

func (h *hold) Load() (*Kept, []Kept, error) { return h.snapshot, slices.Clone(h.journals), nil }
func (h *hold) Close() error                 { return nil }

func (h *hold) Begin(generation uint64) (Journal, error) {
	if h.holder != h {
		return nil, ErrTaken
	}
	h.journals = append(h.journals, Kept{Generation: generation})
	return sheet{h}, nil
}

func (h *hold) Replace(generation uint64, write func(io.Writer) error) (int64, error) {
	var b bytes.Buffer
	if err := write(&b); err != nil || h.holder != h {
		return 0, cmp.Or(err, ErrTaken)
	}
	h.snapshot = &Kept{Data: b.Bytes()}
	h.journals = slices.DeleteFunc(h.journals, func(j Kept) bool { return j.Generation < generation })
	return int64(b.Len()), nil
}

// A sheet is the newest journal of a shelf.
type sheet struct{ *hold }

func (s sheet) WriteAt(b []byte, _ int64) (int, error) {
	if s.holder != s.hold {
		return 0, ErrTaken
	}
	last := &s.journals[len(s.journals)-1]
	last.Data = append(last.Data, b...)
	return len(b), nil
}

func (s sheet) Sync() error  { return nil }
func (s sheet) Close() error { return nil }

// A run whose state another process has taken over does nothing more.
func TestATakenStateEndsTheRun(t *testing.T) {
	s := &shelf{}
	state, err := OpenStateIn(s.take())
	if err != nil {
		t.Fatal(err)
	}
	l := &lined{name: "a", sizes: rand.New(rand.NewSource(1))}
	for i := range 20 {
		l.lines = append(l.lines, fmt.Sprintf("Oct 28 00:00:%02d h app: a", i))
	}
	done := 0
	out := handler(func(e *logs.Effect) error {
		if done++; done == 3 {
			s.take()
		}
		return nil
	})
	r := Runner{Engine: telling(t, whole), Handler: out, Options: options(), State: state}
	if _, err := r.Run(t.Context(), []Input{l.input()}); !errors.Is(err, ErrTaken) || done != 3 {
		t.Errorf("%d effects were done, and the run ended with %v", done, err)
	}
}

// A handler is a function.
type handler func(*logs.Effect) error

func (h handler) Do(_ context.Context, e *logs.Effect) error { return h(e) }
func (h handler) Flush() error                               { return nil }

// A kept is a run with a State that is ended and begun again.
type kept struct {
	dir  string
	on   *shelf // nil: the State lies in dir
	opts Options
	make func() *logs.Engine
}

func (k kept) open() (*State, error) {
	if k.on != nil {
		return OpenStateIn(k.on.take())
	}
	return OpenState(k.dir)
}

// once runs once, until the ledger dies or asks it to end, or all is read.
func (k kept) once(t fataler, out *ledger, inputs []Input) error {
	state, err := k.open()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out.state, out.end, out.stopped = state, cancel, false
	r := Runner{Engine: k.make(), Handler: out, Options: k.opts, State: state}
	_, err = r.Run(ctx, inputs)
	if errors.Is(err, errKilled) {
		die(state)
		return err
	}
	if closed := state.Close(); err != nil || closed != nil {
		t.Fatal(err, closed)
	}
	return nil
}

// However often a run is killed or stopped, and wherever, in the end each
// effect has been done once; one more often only if the run was killed between
// doing and noting it, and then under the same ID.
func TestKilledAnywhere(t *testing.T) {
	top := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(top, "state")
		if err != nil {
			rt.Fatal(err)
		}
		a, b := someLines(rt, "a", true), someLines(rt, "b", true)
		opts := Options{
			Stamps: when.Options{Year: 2007}, Now: func() time.Time { return machine },
			Jump:  time.Minute,
			Late:  time.Duration(rapid.SampledFrom([]int{0, 0, 10}).Draw(rt, "late")) * time.Second,
			Every: time.Duration(rapid.SampledFrom([]int{1, int(time.Hour)}).Draw(rt, "every")),
			Given: rapid.Bool().Draw(rt, "given"),
		}
		clock := machine
		opts.Now = func() time.Time { clock = clock.Add(time.Millisecond); return clock }
		want := &seen{}
		plain := Runner{Engine: timing(t), Handler: want, Options: opts}
		if _, err := plain.Run(context.Background(), []Input{a.input(), b.input()}); err != nil {
			rt.Fatal(err)
		}
		k := kept{dir: dir, opts: opts, make: func() *logs.Engine { return timing(t) }}
		if rapid.Bool().Draw(rt, "elsewhere") {
			k.on = &shelf{}
		}
		out, repeated := newLedger(), 0
		for range 300 {
			out.after, out.torn = rapid.IntRange(1, 30).Draw(rt, "after"), rapid.Bool().Draw(rt, "torn")
			if out.asks = 0; rapid.IntRange(0, 2).Draw(rt, "stops") == 0 {
				out.asks = rapid.IntRange(1, 60).Draw(rt, "asks")
			}
			err := k.once(rt, out, []Input{a.input(), b.input()})
			if err == nil && !out.stopped {
				break
			}
			if err != nil && out.torn {
				repeated++
			}
		}
		checkOnce(rt, out, want.lines, repeated)
	})
}

// checkOnce checks that all that is wanted was done, in order, and nothing
// more often than it may.
func checkOnce(t fataler, out *ledger, want []string, repeated int) {
	twice := 0
	for _, n := range out.ids {
		twice += n - 1
	}
	if twice > repeated {
		t.Fatal(fmt.Sprintf("%d effects were repeated, at most %d may be", twice, repeated))
	}
	got := slices.Clone(out.did)
	if repeated > 0 {
		got, want = slices.Compact(got), slices.Compact(slices.Clone(want))
	}
	if !slices.Equal(got, want) {
		t.Fatal(fmt.Sprintf("did\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n")))
	}
}

// A run that is stopped goes on where it was, and knows what it knew.
func TestStoppedAndBegunAgain(t *testing.T) {
	top := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(top, "state")
		if err != nil {
			rt.Fatal(err)
		}
		a := someLines(rt, "a", false)
		opts := options()
		opts.Jump = time.Minute
		k := kept{dir: dir, opts: opts, make: func() *logs.Engine { return timing(t) }}
		out := newLedger()
		cut := rapid.IntRange(0, len(a.lines)).Draw(rt, "cut")
		grown := &lined{name: "a", sizes: a.sizes, lines: a.lines[:cut]}
		for range 3 { // the log has grown, and has not
			if err := k.once(rt, out, []Input{grown.input()}); err != nil {
				rt.Fatal(err)
			}
			grown = a
		}
		want := &seen{}
		plain := Runner{Engine: timing(t), Handler: want, Options: opts}
		if _, err := plain.Run(context.Background(), []Input{(&lined{name: "a", sizes: a.sizes, lines: a.lines}).input()}); err != nil {
			rt.Fatal(err)
		}
		checkOnce(rt, out, want.lines, 0)
	})
}

// Two live logs whose lines come in an order of their own, timers that the
// machine's clock lets run, lines without stamps: killed and begun again, all
// happens as it did.
func TestLiveRunsAreRetold(t *testing.T) {
	top := t.TempDir()
	for seed := range int64(12) {
		synctest.Test(t, func(t *testing.T) { killLive(t, filepath.Join(top, strconv.Itoa(int(seed))), seed) })
	}
}

func killLive(t *testing.T, dir string, seed int64) {
	r := rand.New(rand.NewSource(seed))
	begin := time.Now().Add(time.Second)
	logsAt := []*growing{{name: "a"}, {name: "b", bare: seed%3 == 0}}
	for _, g := range logsAt {
		g.lines = randomLines(r, begin, 25, 0)
	}
	k := kept{dir: dir, opts: Options{Stamps: when.Options{Year: 2000}, Every: time.Duration(5+r.Intn(100)) * time.Second}, make: func() *logs.Engine { return timing(t) }}
	out, deaths := newLedger(), 0
	for {
		out.after, out.torn = 1+r.Intn(20), r.Intn(2) == 0
		if k.once(t, out, []Input{logsAt[0].input(), logsAt[1].input()}) == nil {
			break
		}
		if deaths++; deaths > 200 {
			t.Fatal("the run does not come to its end")
		}
	}
	lines, twice := 0, 0
	for id, n := range out.ids {
		if strings.Contains(out.texts[id], " line ") {
			lines++
		}
		twice += n - 1
	}
	if lines != 50 || twice > deaths {
		t.Fatalf("seed %d: %d of 50 lines were told, %d effects twice, after %d deaths\n%s", seed, lines, twice, deaths, strings.Join(out.did, "\n"))
	}
}

// A growing is a live log that can be opened anywhere.
type growing struct {
	name  string
	lines []written
	bare  bool // its lines bear no stamps
}

func (g *growing) input() Input {
	open := func(mark string) (Opened, error) {
		at, _ := strconv.Atoi(mark)
		return Opened{Reader: &growingReader{liveLog{lines: g.lines[at:], closed: make(chan struct{})}, g.bare, at}}, nil
	}
	return Input{Name: g.name, Live: true, OpenAt: open, Open: func() (Opened, error) { return open("0") }}
}

type growingReader struct {
	liveLog
	bare bool
	at   int
}

func (r *growingReader) Next() (Block, error) {
	b, err := r.liveLog.Next()
	if err != nil {
		return nil, err
	}
	m := &marked{block: *b.(*block), mark: r.at}
	if r.bare {
		m.data = m.data[len(time.Stamp)+1:]
	}
	r.at++
	return m, nil
}
