package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A live is a logs run as a service manager has it.
type live struct {
	*exec.Cmd
	t    *testing.T
	mark string // in the environment of all that it starts
	in   io.WriteCloser
	out  *bufio.Reader
	said *said

	ended chan ending
}

// launch starts logs run in a folder, with the rules of a file there. Its
// standard input stays open; the caller reads what it prints.
func launch(t *testing.T, dir string, args ...string) *live {
	t.Helper()
	in, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	d := launchFrom(t, in, dir, args...)
	d.in = to
	t.Cleanup(func() { to.Close() })
	return d
}

func launchFrom(t *testing.T, in *os.File, dir string, args ...string) *live {
	t.Helper()
	d := &live{Cmd: exec.Command("logs", append([]string{"run", "-r", "rules.rdl", "--timezone", "UTC"}, args...)...), t: t, said: &said{}}
	d.mark = fmt.Sprintf("LOGS_TEST_MARK=%s %d", t.Name(), time.Now().UnixNano())
	d.Dir, d.Stdin, d.Stderr, d.Env = dir, in, d.said, append(os.Environ(), d.mark)
	out, err := d.StdoutPipe()
	if err == nil {
		err = d.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	d.out = bufio.NewReader(out)
	t.Cleanup(func() { d.Process.Kill() })
	return d
}

// ruled makes a folder with rules.
func ruled(t *testing.T, rules string) string {
	t.Helper()
	dir := t.TempDir()
	setRules(t, dir, rules)
	return dir
}

func setRules(t *testing.T, dir, rules string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "rules.rdl"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (d *live) signal(sig os.Signal) {
	d.t.Helper()
	if err := d.Process.Signal(sig); err != nil {
		d.t.Error(err)
	}
}

// line reads a line that the program prints, which must be that.
func (d *live) line(want string) {
	d.t.Helper()
	if got, err := d.out.ReadString('\n'); got != want+"\n" {
		d.t.Fatalf("it printed %q (%v), not %q; it said\n%s", got, err, want, d.said.text())
	}
}

// end sends a signal, and watches when the program ends.
func (d *live) end(sig os.Signal) {
	d.t.Helper()
	began := time.Now()
	d.signal(sig)
	d.ended = make(chan ending, 1)
	go func() {
		stuck := time.AfterFunc(20*time.Second, func() { d.Process.Signal(syscall.SIGQUIT) })
		defer stuck.Stop()
		err := d.Wait()
		d.ended <- ending{time.Since(began), err}
	}()
}

// An ending tells how a program ended, and how long after the signal.
type ending struct {
	took time.Duration
	err  error
}

// inTime waits for the end: with code 0, within five seconds, and nothing of
// what the program has started is left.
func (d *live) inTime(t *testing.T) {
	t.Helper()
	e := <-d.ended
	left := marked(d.mark)
	if e.err != nil || e.took > 5*time.Second || len(left) > 0 {
		t.Errorf("it ended after %s with %v, left %q, and said\n%s", e.took, e.err, left, d.said.text())
	}
}

// marked returns the command lines of the processes whose environment holds a
// text.
func marked(mark string) (commands []string) {
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, name := range environs {
		environ, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(environ, append([]byte(mark), 0)) {
			continue
		}
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline"))
		commands = append(commands, strings.ReplaceAll(string(command), "\x00", " "))
	}
	return commands
}

// stopCases are what a program may be doing when it is told to end. With each
// come the lines that it is sent, and what it says when it is that far.
var stopCases = map[string]struct {
	rules, lines, when string
}{
	"nothing": {rules: `rule { matching "x"; doing print 1 }`, lines: "x", when: "^1$"},
	"much": {rules: `
source exec "sh" "-c" "while :; do echo a line; done" { restart after 1s }
rule { matching "line"; doing print msg.line }`, when: "a line"},
	"a program that hangs": {rules: `rule { matching "x"; doing { print 1; exec "sleep" "1000" } }`, lines: "x", when: "^1$"},
	"more programs that hang than may run": {rules: `rule { matching "x"; doing { exec "sleep" "1000"; print 1 } }`,
		lines: strings.Repeat("x\n", 30), when: "^1$"},
	"a program that ignores the signal, and its children do": {rules: `
rule { matching "x"; doing { exec "sh" "-c" "trap '' TERM INT; sleep 1000 & echo up; while :; do sleep 1000; done" } }`, lines: "x", when: "up"},
	"a source that ignores the signal, and its children do": {rules: `
source exec "sh" "-c" "trap '' TERM INT HUP; sleep 1000 & echo up; while :; do sleep 1000; done"
rule { matching "up"; doing print msg.line }`, when: "up"},
	"a source that is to be started again later": {rules: `
source exec "sh" "-c" "echo up" { restart after 1h }
rule { matching "up"; doing print msg.line }`, when: "started again in"},
	"a queue that is full, of a receiver that is away": {rules: `
sink loghost { syslog "tcp://$CLOSED"; queue 1 }
rule { matching "x"; doing { print 1; send msg to loghost } }`, lines: strings.Repeat("x\n", 100), when: "^1$"},
	"a webhook that does not answer": {rules: `
sink hook { webhook "http://$SILENT/"; queue 1 }
rule { matching "x"; doing { print 1; send msg to hook } }`, lines: strings.Repeat("x\n", 100), when: "^1$"},
	"a mail server that does not answer": {rules: `
sink mail { mail from "a@example.org" via "smtp://$SILENT" }
rule { matching "x"; doing { print 1; mail msg to "b@example.org" } }`, lines: "x", when: "^1$"},
	"senders that are connected": {rules: `
source syslog { tcp "$FREE"; udp "$FREE"; unix "devlog" }
source journald
source exec "sh" "-c" "sleep 0.3; echo up" { restart after 1h }
rule { matching "up"; doing print msg.line }`, when: "started again in"},
}

// Whatever the program is doing, a signal ends it in time, with code 0, and
// nothing of what it has started is left.
func TestSignalEndsItWhateverItDoes(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and that is all
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	programs := map[string]*live{}
	printed := map[string]*said{}
	for name, c := range stopCases {
		for sig, args := range map[syscall.Signal][]string{syscall.SIGTERM: {}, syscall.SIGINT: {"--state", "state"}} {
			rules := strings.NewReplacer("$CLOSED", freePort(t, "tcp"), "$SILENT", silent.Addr().String(), "$FREE", freePort(t, "tcp")).Replace(c.rules)
			name := name + ": " + sig.String()
			d := launch(t, ruled(t, rules), args...)
			programs[name], printed[name] = d, &said{}
			go io.Copy(printed[name], d.out)
			fmt.Fprintln(d.in, c.lines)
		}
	}
	for name, d := range programs {
		what, sig, _ := strings.Cut(name, ": ")
		until(t, d, printed[name], stopCases[what].when)
		d.end(map[bool]syscall.Signal{true: syscall.SIGTERM, false: syscall.SIGINT}[sig == syscall.SIGTERM.String()])
	}
	for name, d := range programs {
		t.Run(name, d.inTime)
	}
}

// until waits until the program has printed or said something.
func until(t *testing.T, d *live, seen *said, what string) {
	t.Helper()
	if !eventually(20*time.Second, func() bool { return matches("(?m)"+what, seen.text()+d.said.text()) }) {
		t.Fatalf("it did not print %q, but\n%s\nand said\n%s", what, seen.text(), d.said.text())
	}
}

// A second signal ends the program at once.
func TestSecondSignalEndsItAtOnce(t *testing.T) {
	d := launch(t, ruled(t, `rule { matching "x"; doing { exec "linger" "/dev/null"; print 1 } }`))
	fmt.Fprintln(d.in, "x")
	d.line("1")
	began, ended := time.Now(), make(chan struct{})
	go func() {
		d.Wait()
		close(ended)
	}()
	for over := false; !over; {
		d.Process.Signal(syscall.SIGTERM) // the second may come too soon to be one
		select {
		case <-ended:
			over = true
		case <-time.After(50 * time.Millisecond):
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %s to end", took)
	}
	if !eventually(2*time.Second, func() bool { return len(marked(d.mark)) == 0 }) {
		t.Errorf("it left %q", marked(d.mark))
	}
}

// The other side of a connection, as ssh makes it, sees its input end before
// it is asked to end itself.
func TestSourceSeesItsInputEnd(t *testing.T) {
	dir := ruled(t, `
source exec "sh" "-c" "trap 'echo asked >> seen.txt' TERM; echo up; cat; echo closed >> seen.txt"
rule { matching "up"; doing print msg.line }`)
	d := launch(t, dir)
	d.line("up")
	d.end(syscall.SIGTERM)
	d.inTime(t)
	if seen, err := os.ReadFile(filepath.Join(dir, "seen.txt")); string(seen) != "closed\n" {
		t.Errorf("it saw %q (%v)", seen, err)
	}
}

// restarts is how often TestStopsLoseNothing ends the program under load.
const restarts = 6

// The program is ended under load, again and again, and goes on where it was:
// every line is told once, in order, whatever it comes from.
func TestStopsLoseNothing(t *testing.T) {
	for _, kind := range []string{"file", "stdin", "fifo"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			source := map[string]string{"file": `"file" { follow }`, "stdin": "stdin", "fifo": `"fifo" { follow }`}[kind]
			dir := ruled(t, "source "+source+"\n"+`rule { matching "soak \w+ (\d+)$"; binding (n); doing print n }`)
			if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
				t.Fatal(err)
			}
			in, toStdin, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			defer toStdin.Close()
			log, err := os.OpenFile(filepath.Join(dir, kind), os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			defer log.Close() // what is in a pipe is lost when nobody has it open
			stopsLoseNothing(t, dir, in, map[string]io.Writer{"stdin": toStdin, "fifo": log, "file": log}[kind])
		})
	}
}

func stopsLoseNothing(t *testing.T, dir string, in *os.File, to io.Writer) {
	stop, sent := make(chan struct{}), make(chan int, 1)
	go func() {
		for n := 0; ; n++ {
			line, last := strings.Repeat(" ", n%100)+numbered("it", n), false
			select {
			case <-stop:
				last = true
				sent <- n + 1
			default:
			}
			if io.WriteString(to, line); last {
				return
			}
			if n%20 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
	}()
	next := 0
	for i := 0; i < restarts && !t.Failed(); i++ {
		next = runUntil(t, in, dir, next, func(n int) bool { return n >= next+100+317*i })
	}
	close(stop)
	total := -1
	next = runUntil(t, in, dir, next, func(n int) bool {
		select {
		case total = <-sent:
		default:
		}
		return n == total
	})
	if next != total {
		t.Errorf("%d lines were told, of %d", next, total)
	}
}

// runUntil lets the program run until it has told so many lines, and ends it.
// What it tells must go on from the line before.
func runUntil(t *testing.T, in *os.File, dir string, next int, enough func(n int) bool) int {
	t.Helper()
	d := launchFrom(t, in, dir, "--state", "state")
	var asked time.Time
	slow := time.AfterFunc(30*time.Second, func() { d.Process.Signal(syscall.SIGTERM) })
	defer slow.Stop()
	for {
		line, err := d.out.ReadString('\n')
		if err != nil {
			break
		}
		if n, err := strconv.Atoi(strings.TrimSpace(line)); n != next {
			t.Fatalf("it told %q (%v), not %d", line, err, next)
		}
		if next++; asked.IsZero() && enough(next) {
			asked = time.Now()
			d.signal(syscall.SIGTERM)
		}
	}
	if err := d.Wait(); err != nil || time.Since(asked) > 5*time.Second {
		t.Fatalf("it ended after %s with %v, and said\n%s", time.Since(asked), err, d.said.text())
	}
	return next
}
