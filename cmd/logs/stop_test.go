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

// ends waits for the program, which must end with code 0 in time and leave
// nothing of what it has started.
func (d *live) ends(within time.Duration) {
	d.t.Helper()
	began, dead := time.Now(), time.AfterFunc(within+5*time.Second, func() { d.Process.Signal(syscall.SIGQUIT) })
	defer dead.Stop()
	err := d.Wait()
	if err != nil {
		d.t.Errorf("it ended with %v", err)
	}
	if took := time.Since(began); took > within {
		d.t.Errorf("it took %s to end", took)
	}
	if left := marked(d.mark); len(left) > 0 {
		d.t.Errorf("it left %q", left)
	}
	if d.t.Failed() {
		d.t.Logf("it said\n%s", d.said.text())
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
	t.Run("while there is", func(t *testing.T) {
		for name, c := range stopCases {
			for i, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
				rules := strings.NewReplacer("$CLOSED", freePort(t, "tcp"), "$SILENT", silent.Addr().String(), "$FREE", freePort(t, "tcp")).Replace(c.rules)
				t.Run(fmt.Sprint(name, " ", sig), func(t *testing.T) {
					t.Parallel()
					d := launch(t, ruled(t, rules), [][]string{{}, {"--state", "state"}}[i]...)
					seen := &said{}
					go io.Copy(seen, d.out)
					fmt.Fprintln(d.in, c.lines)
					until(t, d, seen, c.when)
					d.signal(sig)
					d.ends(5 * time.Second)
				})
			}
		}
	})
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
	began := time.Now()
	d.signal(syscall.SIGTERM)
	for d.ProcessState == nil && time.Since(began) < 3*time.Second && d.Process.Signal(syscall.Signal(0)) == nil {
		time.Sleep(50 * time.Millisecond)
		d.signal(syscall.SIGTERM)
		if stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.Process.Pid)); bytes.Contains(stat, []byte(") Z ")) {
			break
		}
	}
	d.Wait()
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
	d.signal(syscall.SIGTERM)
	d.ends(5 * time.Second)
	if seen, err := os.ReadFile(filepath.Join(dir, "seen.txt")); string(seen) != "closed\n" {
		t.Errorf("it saw %q (%v)", seen, err)
	}
}

// restarts is how often TestStopsLoseNothing ends the program under load.
const restarts = 6

// The program is ended under load, again and again, and goes on where it was:
// every line is told once, in order, whatever it comes from.
func TestStopsLoseNothing(t *testing.T) {
	for _, kind := range []string{"file", "stdin", "fifo", "exec"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			source := map[string]string{"file": `"log" { follow }`, "stdin": "stdin", "fifo": `"fifo" { follow }`, "exec": `exec "emit" "log" "1000000000"`}[kind]
			dir := ruled(t, "source "+source+"\n"+`rule { matching "soak (\w+) (\d+)$"; binding (k n); doing print n + "" }`)
			if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
				t.Fatal(err)
			}
			in, to, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			defer to.Close()
			stopsLoseNothing(t, kind, dir, in, to)
		})
	}
}

func stopsLoseNothing(t *testing.T, kind, dir string, in *os.File, to io.Writer) {
	stop, sent := make(chan struct{}), make(chan int)
	go func() {
		switch kind {
		case "fifo":
			to, _ = os.OpenFile(filepath.Join(dir, "fifo"), os.O_RDWR, 0)
		case "file", "exec":
			to, _ = appendTo(filepath.Join(dir, "log"))
		}
		for n := 0; ; n++ {
			select {
			case <-stop:
				sent <- n
				return
			default:
				io.WriteString(to, strings.Repeat(" ", n%100)+numbered(kind, n))
			}
			if n%20 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
	}()
	next := 0
	for i := range restarts {
		next = runUntil(t, in, dir, next, func(n int) bool { return n >= next+100+317*i })
	}
	close(stop)
	total := <-sent
	next = runUntil(t, in, dir, next, func(n int) bool { return n >= total })
	if next != total {
		t.Errorf("%d lines were told, of %d", next, total)
	}
}

// runUntil lets the program run until it has told so many lines, and ends it.
// What it tells must go on from the line before.
func runUntil(t *testing.T, in *os.File, dir string, next int, enough func(n int) bool) int {
	t.Helper()
	d := launchFrom(t, in, dir, "--state", "state")
	asked := false
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
		if next++; !asked && enough(next) {
			asked = true
			d.signal(syscall.SIGTERM)
		}
	}
	d.ends(5 * time.Second)
	return next
}
