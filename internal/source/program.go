package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// How a program is brought to its end, step by step:
//
//	its input is closed ─ 100 ms ─→ SIGTERM to its group ─ 2 s ─→ SIGKILL to its group
//
// One that has closed its output by itself is given 2 s for the first step.
const (
	parting = 100 * time.Millisecond
	grace   = 2 * time.Second
	// lingering is how long what has left the group may hold the standard
	// error of a program that has ended.
	lingering = time.Second
)

// A program is run, and what it prints is read.
type program struct {
	name    string
	args    func() []string           // for the next run; at least the program itself
	read    func(out io.Reader) error // delivers what a run prints, to its end
	restart time.Duration             // the first wait; 0: it is run once
	log     func(line string)
	failed  func(err error)
}

// run runs the program once, and returns when nothing of it is left. The error
// says how it ended, unless that was with code 0.
func (p *program) run(ctx context.Context) error {
	// The kernel kills a child when the thread that made it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	args := p.args()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = ownGroup()
	cmd.WaitDelay = lingering
	said := &stderr{log: p.log}
	cmd.Stderr = said
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return adviseStart(err)
	}
	hangUp := context.AfterFunc(ctx, func() {
		in.Close()  // first, so that it is not the loss of its output that it sees
		out.Close() // which ends the reading
	})
	fault := p.read(out)
	hangUp()
	in.Close()
	end(ctx, cmd.Process.Pid, fault == nil)
	err = cmd.Wait()
	said.flush()
	if fault != nil {
		return fault
	}
	return said.explain(err)
}

// end ends the program and its group. It is called before Wait: until then
// the number of the group cannot become that of a stranger.
func end(ctx context.Context, pid int, willing bool) {
	exited := make(chan struct{})
	go func() {
		awaitExit(pid)
		close(exited)
	}()
	defer func() {
		syscall.Kill(-pid, syscall.SIGKILL)
		<-exited
	}()
	if willing && within(ctx, grace, exited) || within(context.Background(), parting, exited) {
		return
	}
	syscall.Kill(-pid, syscall.SIGTERM)
	within(context.Background(), grace, exited)
}

// within tells whether done is closed before the time is up or ctx ends.
func within(ctx context.Context, d time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// adviseStart adds to the error of a start what might help.
func adviseStart(err error) error {
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%w; name it with its folder, or install it", err)
	case errors.Is(err, exec.ErrDot):
		return fmt.Errorf("%w; name it with ./ before it", err)
	}
	return err
}

// Bounds of what is kept of a standard error.
const (
	maxSaid   = 1 << 10 // bytes of a line
	linesSaid = 5
)

// A stderr passes on what a program writes to its standard error, and keeps
// its last lines.
type stderr struct {
	log  func(line string)
	line []byte
	last []string
}

func (s *stderr) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		s.line = append(s.line, line[:min(len(line), maxSaid-len(s.line))]...)
		if whole {
			s.flush()
		}
		rest = after
	}
	return len(p), nil
}

// flush ends the line.
func (s *stderr) flush() {
	line := strings.TrimRight(string(s.line), "\r")
	s.line = s.line[:0]
	if line == "" {
		return
	}
	if s.log != nil {
		s.log(line)
	}
	if len(s.last) == linesSaid {
		s.last = append(s.last[:0], s.last[1:]...)
	}
	s.last = append(s.last, line)
}

// explain adds to the way that a program ended what it said at last.
func (s *stderr) explain(err error) error {
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil // it is not to be blamed for who holds its standard error
	}
	if err == nil || len(s.last) == 0 {
		return err
	}
	return fmt.Errorf("%w: %q", err, strings.Join(s.last, "; "))
}
