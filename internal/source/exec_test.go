package source

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func shell(script string, args ...string) []string {
	return append([]string{"/bin/sh", "-c", script, "sh"}, args...)
}

// held opens a fifo that programs of a test hold open, once one does. Its end
// comes when none of them runs any more.
func held(t *testing.T, fifo string) *os.File {
	t.Helper()
	f, err := os.Open(fifo)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func gone(t *testing.T, f *os.File) {
	t.Helper()
	if rest, err := io.ReadAll(f); len(rest) > 0 || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}

func TestExecOnce(t *testing.T) {
	noLeaks(t)
	for name, c := range map[string]struct {
		args  []string
		lines string
		end   string // of the error; empty for io.EOF
	}{
		"lines":                  {shell(`printf 'a\n\nb\r\n'`), "a,,b", ""},
		"the last is half":       {shell("printf 'a\nb'"), "a,b", ""},
		"no line":                {shell(":"), "", ""},
		"arguments are no code":  {shell(`echo "$1"`, "$(id)`id`;"), "$(id)`id`;", ""},
		"a code":                 {shell("echo a; echo no such host >&2; exit 255"), "a", `: exit status 255: "no such host"`},
		"a code without a word":  {shell("exit 3"), "", ": exit status 3"},
		"the last words":         {shell("seq 9 >&2; printf 10 >&2; exit 1"), "", `: "6; 7; 8; 9; 10"`},
		"a signal":               {shell("kill -9 $$"), "", ": signal: killed"},
		"the output ends before": {shell("echo a; exec >&-; exit 3"), "a", ": exit status 3"},
		"a child holds it":       {shell("(echo b) & wait; echo a"), "b,a", ""},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := Exec{Args: c.args}.Open("")
			opened(t, l, err)
			lines, err := takeUntil(l, 1e6)
			if got := strings.Join(lines, ","); got != c.lines {
				t.Errorf("lines %q", lines)
			}
			if c.end == "" && err != io.EOF || !strings.HasSuffix(err.Error(), c.end) {
				t.Errorf("%v", err)
			}
			if _, again := l.Next(); again != err {
				t.Errorf("then %v", again)
			}
		})
	}
}

func TestExecNoSuchProgram(t *testing.T) {
	for want, args := range map[string][]string{
		"name it with its folder, or install it": {"no-such-program-anywhere", "x"},
		"stat /no/such: no such file":            {"/no/such", "x"},
		"permission denied":                      {"/dev/null", "x"},
		"exec : no program is named":             {},
	} {
		x := Exec{Args: args}
		if _, err := x.Open(""); err == nil || !strings.HasPrefix(err.Error(), x.Name()+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// TestExecRestarts: half a line that a run left is a line of its own, and
// positions go on.
func TestExecRestarts(t *testing.T) {
	noLeaks(t)
	count := filepath.Join(t.TempDir(), "count")
	var said, failed []string
	x := Exec{
		Args:    shell(`echo x >>$1; n=$(wc -l <$1); echo "run $n"; printf half; echo oops $n >&2; exit $n`, count),
		Restart: time.Millisecond,
		Log:     func(line string) { said = append(said, line) },
		Failed:  func(err error) { failed = append(failed, err.Error()) },
	}
	l, err := x.Open("an old mark")
	opened(t, l, err)
	if got, want := take(t, l, 5), []string{"run 1", "half", "run 2", "half", "run 3"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	l.Close()
	if !slices.Equal(said[:2], []string{"oops 1", "oops 2"}) {
		t.Errorf("said %q", said)
	}
	if !strings.HasPrefix(failed[1], x.Name()+`: exit status 2: "oops 2"; it is started again in `) {
		t.Errorf("failed %q", failed)
	}
}

func TestExecWaits(t *testing.T) {
	wait := 5 * time.Second
	var waits []time.Duration
	for range 6 {
		waits = append(waits, wait/time.Second)
		if j := jitter(wait); j < wait || j > wait*5/4 {
			t.Errorf("%s became %s", wait, j)
		}
		wait = longer(wait)
	}
	if !slices.Equal(waits, []time.Duration{5, 10, 20, 40, 60, 60}) {
		t.Errorf("%d", waits)
	}
	if longer(time.Hour) != time.Hour {
		t.Error("a wait that is set longer than the longest is made shorter")
	}
}

// TestExecCloseWhileItWaits: also of one that has ended and is to be started
// again in an hour.
func TestExecCloseWhileItWaits(t *testing.T) {
	noLeaks(t)
	failed := make(chan error, 1)
	l, err := Exec{Args: shell("echo a"), Restart: time.Hour, Failed: func(err error) { failed <- err }}.Open("")
	opened(t, l, err)
	if got := take(t, l, 1); got[0] != "a" {
		t.Error(got)
	}
	if err := <-failed; !strings.Contains(err.Error(), "the program has ended; it is started again in 1h") {
		t.Error(err)
	}
	closes(t, l)
}

// TestExecOverSSH: what stands for ssh sees its input end when the source is
// closed, and only then.
func TestExecOverSSH(t *testing.T) {
	noLeaks(t)
	dir, record, hold := t.TempDir(), filepath.Join(t.TempDir(), "record"), newFifo(t)
	stub := "#!/bin/sh\nexec 3>" + hold + "\necho \"to $1 run $2\"\ncat\necho closed >" + record + "\necho late\nexec cat " + newFifo(t)
	if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte(stub), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	l, err := Exec{Args: []string{"ssh", "nano", "tail -F /var/log/messages"}, Restart: time.Hour}.Open("")
	opened(t, l, err)
	alive := held(t, hold)
	if got := take(t, l, 1); got[0] != "to nano run tail -F /var/log/messages" {
		t.Error(got)
	}
	if _, err := os.Stat(record); err == nil {
		t.Error("its input ended before the source was closed")
	}
	closes(t, l)
	gone(t, alive)
	if got, err := os.ReadFile(record); string(got) != "closed\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestExecCloseLeavesNothing: whatever a program and its children do about
// it, none of them is there when Close has returned.
func TestExecCloseLeavesNothing(t *testing.T) {
	for name, text := range map[string]string{
		"it reads a gate that never opens": `exec 3>$1; echo up; read x <$2`,
		"it ignores SIGTERM":               `trap '' TERM; exec 3>$1; echo up; while :; do read x <$2; done`,
		"it has grandchildren":             `exec 3>$1; (trap '' TERM; (read x <$2) & read x <$2) & echo up; read x <$2`,
		"only grandchildren are left":      `exec 3>$1; (trap '' TERM; read x <$2) & echo up; exit 0`,
		"they let go of the output":        `exec 3>$1; (exec >/dev/null 2>&1; read x <$2) & echo up; read x <$2`,
		"it prints all the time":           `trap '' PIPE; exec 3>$1; while :; do echo up; done`,
		"it is stopped":                    `exec 3>$1; echo up; kill -STOP $$`,
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			hold := newFifo(t)
			l, err := Exec{Args: shell(text, hold, newFifo(t))}.Open("")
			opened(t, l, err)
			alive := held(t, hold)
			if got := take(t, l, 1); got[0] != "up" {
				t.Error(got)
			}
			closes(t, l)
			gone(t, alive)
		})
	}
}

// TestExecLeftoversEnd: what a run leaves behind is gone before the next.
func TestExecLeftoversEnd(t *testing.T) {
	noLeaks(t)
	hold := newFifo(t)
	l, err := Exec{Args: shell(`exec 3>$1; (exec >/dev/null 2>&1; read x <$2) & exit 0`, hold, newFifo(t))}.Open("")
	opened(t, l, err)
	alive := held(t, hold)
	if _, err := l.Next(); err != io.EOF {
		t.Error(err)
	}
	gone(t, alive)
}

// TestExecStrangerHoldsTheErrors: what has left the group may hold the
// standard error, and is not waited for.
func TestExecStrangerHoldsTheErrors(t *testing.T) {
	noLeaks(t)
	gate := newFifo(t)
	l, err := Exec{Args: shell(`setsid sh -c 'echo a; exec >/dev/null; read x <$1' sh $1 &`, gate)}.Open("")
	opened(t, l, err)
	if lines, err := takeUntil(l, 2); len(lines) != 1 || err != io.EOF {
		t.Errorf("%q, %v", lines, err)
	}
	open, err := os.OpenFile(gate, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	open.Close() // which lets the stranger end
}

// TestExecEndsWithItsParent: even when this program is killed at once, what
// it runs does not go on. It is its own parent.
func TestExecEndsWithItsParent(t *testing.T) {
	if text := os.Getenv("SOURCE_TEST_PARENT"); text != "" {
		l, err := Exec{Args: shell(text)}.Open("")
		if err == nil {
			_, err = l.Next()
		}
		t.Fatal(err)
	}
	hold := newFifo(t)
	parent := exec.Command(os.Args[0], "-test.run=^TestExecEndsWithItsParent$")
	parent.Env = append(os.Environ(), "SOURCE_TEST_PARENT=exec 3>"+hold+"; read x <"+newFifo(t))
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	alive := held(t, hold)
	parent.Process.Kill()
	parent.Wait()
	gone(t, alive)
}

func TestStandardErrorIsBounded(t *testing.T) {
	var lines []string
	s := &stderr{log: func(line string) { lines = append(lines, line) }}
	io.WriteString(s, "a\r\n\nb")
	io.WriteString(s, "c\n"+strings.Repeat("x", 3*maxSaid)+"\nd")
	s.flush()
	if got := strings.Join(lines, ","); got != "a,bc,"+strings.Repeat("x", maxSaid)+",d" || cap(s.line) > 2*maxSaid {
		t.Errorf("%q", lines)
	}
}
