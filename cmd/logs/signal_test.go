package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// linger is a program that says that it runs, in the file it is given, and
// then runs until it is killed. While it lives it holds that file open.
func linger() {
	f, err := os.OpenFile(os.Args[1], os.O_WRONLY, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(f, "up")
	forever := make(chan os.Signal, 1)
	signal.Ignore(os.Interrupt, syscall.SIGTERM)
	signal.Notify(forever, syscall.SIGUSR1)
	<-forever
}

// A running is a logs run whose standard input stays open and silent.
type running struct {
	*exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr strings.Builder
}

func start(t *testing.T, rules string) *running {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rules.rdl")
	if err := os.WriteFile(file, []byte(rules), 0o644); err != nil {
		t.Fatal(err)
	}
	r := &running{Cmd: exec.Command("logs", "run", "-r", file)}
	r.Stderr = &r.stderr
	var err error
	if r.in, err = r.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := r.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.out = bufio.NewReader(out)
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Process.Kill() })
	return r
}

// stop sends a signal; the program must end with 0, having said what it did.
func (r *running) stop(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := r.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(r.out); err != nil || len(rest) > 0 {
		t.Errorf("after the signal it printed %q (%v)", rest, err)
	}
	if err := r.Wait(); err != nil {
		t.Errorf("it ended with %v and said\n%s", err, r.stderr.String())
	}
	if !strings.Contains(r.stderr.String(), "msg=done lines=1 ") {
		t.Errorf("no summary of the one line that was read:\n%s", r.stderr.String())
	}
}

func TestSignalEndsASilentStandardInput(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			r := start(t, `rule { matching "hello (\w+)"; binding (who); doing print "hello {who}" }`)
			fmt.Fprintln(r.in, "Oct 28 17:03:11 l096 app: hello ann")
			if line, err := r.out.ReadString('\n'); line != "hello ann\n" {
				t.Fatalf("before the signal it printed %q (%v)", line, err)
			}
			r.stop(t, sig)
		})
	}
}

func TestSignalLeavesNoChild(t *testing.T) {
	alive := filepath.Join(t.TempDir(), "alive")
	if err := syscall.Mkfifo(alive, 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, `rule { matching everything; doing exec "linger" "`+alive+`" }`)
	fmt.Fprintln(r.in, "Oct 28 17:03:11 l096 app: hello")
	f, err := os.Open(alive) // waits for the child to open it
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	child := bufio.NewReader(f)
	if line, err := child.ReadString('\n'); line != "up\n" {
		t.Fatalf("the child said %q (%v)", line, err)
	}
	r.stop(t, os.Interrupt)
	if rest, err := io.ReadAll(child); err != nil || len(rest) > 0 { // ends when the child does
		t.Errorf("the child said %q (%v)", rest, err)
	}
}
