package sink

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/logs-rdl/logs"
)

// TestMain is also a program that is killed while its child runs: see
// TestChildEndsWithItsParent.
func TestMain(m *testing.M) {
	if script := os.Getenv("SINK_TEST_PARENT"); script != "" {
		NewExec(Options{}).Do(context.Background(), shell(script))
		select {}
	}
	goleak.VerifyTestMain(m)
}

func shell(script string, args ...string) *logs.Effect {
	return &logs.Effect{Kind: logs.EffectExec, Rule: "r", Args: append([]string{"/bin/sh", "-c", script, "sh"}, args...)}
}

// A world is an Exec and what came of it.
type world struct {
	*Exec
	t      *testing.T
	output strings.Builder
	errs   []error
	done   []logs.ID
}

func newWorld(t *testing.T, o Options) *world {
	w := &world{t: t}
	o.Output = &w.output
	o.Failed = func(_ *logs.Effect, err error) { w.errs = append(w.errs, err) }
	o.Done = func(e *logs.Effect) { w.done = append(w.done, e.ID) }
	w.Exec = NewExec(o)
	t.Cleanup(w.close)
	return w
}

func (w *world) do(effects ...*logs.Effect) {
	w.t.Helper()
	for _, e := range effects {
		if err := w.Do(context.Background(), e); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) close() { w.Close(context.Background()) }

// failed expects one failure, with that text.
func (w *world) failed(text string) {
	w.t.Helper()
	if len(w.errs) != 1 || !strings.Contains(w.errs[0].Error(), text) || w.Failures() != 1 {
		w.t.Errorf("failures: %v; want %s", w.errs, text)
	}
}

func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// running opens a fifo that programs hold open, once one does. Its end comes
// when none of them runs any more.
func running(t *testing.T, fifo string) *os.File {
	t.Helper()
	f, err := os.Open(fifo)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func waitForEnd(t *testing.T, f *os.File) {
	t.Helper()
	if rest, err := io.ReadAll(f); len(rest) > 0 || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}

func TestArgumentsAreNoCode(t *testing.T) {
	w := newWorld(t, Options{})
	w.do(shell(`for a; do echo "<$a>"; done`, "a b", "$(id)", "`id`; id", "", "*", "a\x00b", "\xff\n"))
	w.close()
	if got, want := w.output.String(), "<a b>\n<$(id)>\n<`id`; id>\n<>\n<*>\n<a>\n<\xff\n>\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if w.NULs() != 1 || len(w.errs) != 0 {
		t.Errorf("%d NULs, %v", w.NULs(), w.errs)
	}
}

func TestPipe(t *testing.T) {
	for name, c := range map[string]struct {
		script, want string
		lines        []string
	}{
		"lines":             {"cat; echo end", "a\n\nb\x00\xff\nend\n", []string{"a", "", "b\x00\xff"}},
		"none":              {"cat; echo end", "end\n", nil},
		"one that is empty": {"cat; echo end", "\nend\n", []string{""}},
		"input unread":      {"echo end", "end\n", []string{strings.Repeat("x", 1<<20)}},
		"input closed":      {"exec <&-; echo end", "end\n", []string{strings.Repeat("x", 1<<20)}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			e := shell(c.script)
			e.Kind, e.Lines = logs.EffectPipe, c.lines
			w.do(e)
			w.close()
			if got := w.output.String(); got != c.want || len(w.errs) != 0 {
				t.Errorf("%q, %v; want %q", got, w.errs, c.want)
			}
		})
	}
}

func TestExecHasNoInput(t *testing.T) {
	w := newWorld(t, Options{})
	e := shell("cat; echo end >&2")
	e.Lines = []string{"not for an exec"}
	w.do(e)
	w.close()
	if w.output.String() != "end\n" {
		t.Error(w.output.String())
	}
}

func TestFailures(t *testing.T) {
	for want, args := range map[string][]string{
		`rule r: exec "/bin/sh": exit status 3`:       {"/bin/sh", "-c", "exit 3"},
		`signal: terminated`:                          {"/bin/sh", "-c", "kill $$"},
		`in $PATH; name it with its folder`:           {"no-such-program-anywhere"},
		`no such file or directory`:                   {"/no/such/program"},
		`permission denied`:                           {"/dev/null"},
		`argument list too long; hand long text over`: {"/bin/sh", strings.Repeat("x", 200_000)},
		`no program is named`:                         {},
		`exec: no command`:                            {"\x00"},
	} {
		w := newWorld(t, Options{})
		w.do(&logs.Effect{Kind: logs.EffectExec, Rule: "r", Args: args})
		w.close()
		w.failed(want)
	}
}

// TestBackPressure: with both slots taken, a third program waits.
func TestBackPressure(t *testing.T) {
	w := newWorld(t, Options{MaxRunning: 2})
	gate := fifo(t)
	w.do(shell("read x <$1; echo one", gate), shell("read x <$1; echo two", gate))
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if err := w.Do(ctx, shell("echo three")); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	taken := make(chan error)
	go func() { taken <- w.Do(context.Background(), shell("echo four")) }()
	open, err := os.OpenFile(gate, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	io.WriteString(open, "go\ngo\n")
	if err := <-taken; err != nil {
		t.Fatal(err)
	}
	w.close()
	got := w.output.String()
	if strings.Contains(got, "three") || strings.Count(got, "\n") != 3 || len(w.errs) != 0 {
		t.Errorf("%q, %v", got, w.errs)
	}
}

// TestTimeLimit: a program that does not end is killed, and so is one that
// has ended but left a child that holds its output.
func TestTimeLimit(t *testing.T) {
	for _, script := range []string{"read x <$1", "(read x <$1) & read x <$1", "(read x <$1) &"} {
		w := newWorld(t, Options{Limit: 20 * time.Millisecond})
		w.do(shell(script, fifo(t)))
		w.close()
		w.failed("killed, since it ran longer than 20ms")
	}
}

// TestInputLeftUnread: a program has ended, and a child of it never reads the
// input that it holds.
func TestInputLeftUnread(t *testing.T) {
	w := newWorld(t, Options{})
	held, gate := fifo(t), fifo(t)
	e := shell(`exec 4<&0; (exec 3>$1 >/dev/null 2>&1; read x <$2) & echo end`, held, gate)
	e.Kind, e.Lines = logs.EffectPipe, []string{strings.Repeat("x", 1<<20)}
	w.do(e)
	f := running(t, held)
	w.close()
	if got := w.output.String(); got != "end\n" || len(w.errs) != 0 {
		t.Errorf("%q, %v", got, w.errs)
	}
	open, err := os.OpenFile(gate, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	open.Close() // which lets the child end
	waitForEnd(t, f)
}

func TestCloseWaits(t *testing.T) {
	w := newWorld(t, Options{})
	gate := fifo(t)
	w.do(shell("read x <$1; echo done", gate))
	open, err := os.OpenFile(gate, os.O_WRONLY, 0) // waits for the program
	if err != nil {
		t.Fatal(err)
	}
	var closing sync.WaitGroup
	closing.Go(w.close)
	open.Close()
	closing.Wait()
	if w.output.String() != "done\n" {
		t.Errorf("%q", w.output.String())
	}
}

// TestCloseKillsWhatDoesNotEnd: the child of a program holds a fifo open and
// waits at a gate that never opens; the program waits too, or has ended.
func TestCloseKillsWhatDoesNotEnd(t *testing.T) {
	for _, script := range []string{`(exec 3>$1; read x <$2) & read x <$2`, `(exec 3>$1; read x <$2) &`} {
		w := newWorld(t, Options{})
		held := fifo(t)
		w.do(shell(script, held, fifo(t)))
		f := running(t, held)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		w.Close(ctx)
		waitForEnd(t, f)
		w.failed("killed, since the engine is ending")
		if err := w.Do(context.Background(), shell("echo late")); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		w.close() // again, which is harmless
	}
}

func TestOutputIsBounded(t *testing.T) {
	w := newWorld(t, Options{})
	w.do(shell("head -c 3000000 /dev/zero"))
	w.close()
	got := w.output.String()
	if len(got) > MaxOutput+100 || !strings.HasSuffix(got, "\n\"/bin/sh\" printed 1951424 bytes more, which are not shown\n") {
		t.Errorf("%d bytes, the last %q", len(got), got[len(got)-80:])
	}
}

func TestEnvironmentIsInherited(t *testing.T) {
	t.Setenv("SINK_TEST_COLOUR", "green")
	w := newWorld(t, Options{})
	w.do(shell("echo $SINK_TEST_COLOUR"))
	w.close()
	if w.output.String() != "green\n" {
		t.Errorf("%q", w.output.String())
	}
}

// TestExecTellsWhatIsDone: what has ended, well or not, is done; what runs or
// waits is pending, and so is what Close had to end.
func TestExecTellsWhatIsDone(t *testing.T) {
	w := newWorld(t, Options{MaxRunning: 1})
	held, gate := fifo(t), fifo(t)
	for i, e := range []*logs.Effect{shell("exit 3"), shell("exit 0"), shell("exec 3>$1; read x <$2", held, gate)} {
		e.ID = logs.ID(i + 1)
		w.do(e)
	}
	running(t, held)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w.Close(ctx)
	if !slices.Contains(w.done, 1) || !slices.Contains(w.done, 2) || len(w.done) != 2 {
		t.Errorf("done: %v", w.done)
	}
	if p := w.Pending(); len(p) != 1 || p[0].ID != 3 || len(w.errs) != 2 {
		t.Errorf("pending: %v, failed: %v", p, w.errs)
	}
	if w.Do(context.Background(), shell("late")); len(w.Pending()) != 1 {
		t.Error("what was not taken is pending")
	}
}

// TestCloseAsksBeforeItKills: a program can put its things in order, and with
// it all that it has started ends.
func TestCloseAsksBeforeItKills(t *testing.T) {
	w := newWorld(t, Options{})
	held := fifo(t)
	w.do(shell(`trap "echo in order; exit" TERM
		(trap "" TERM; exec 3>$1 >/dev/null 2>&1; echo ready >&3; exec cat $2) &
		wait`, held, fifo(t)))
	f := running(t, held)
	ready := make([]byte, len("ready\n"))
	if _, err := io.ReadFull(f, ready); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w.Close(ctx)
	waitForEnd(t, f)
	same(t, "output", w.output.String(), "in order\n")
}

// TestProgramThatIsDeaf: neither one that does not hear SIGTERM goes on, nor
// one that has closed its output.
func TestProgramThatIsDeaf(t *testing.T) {
	for _, script := range []string{`trap "" TERM; read x <$1`, `exec >&- 2>&-; read x <$1`, `trap "" TERM; exec >&- 2>&-; read x <$1`} {
		w := newWorld(t, Options{Limit: 20 * time.Millisecond})
		w.do(shell(script, fifo(t)))
		w.close()
		w.failed("killed, since it ran longer than 20ms")
	}
}
