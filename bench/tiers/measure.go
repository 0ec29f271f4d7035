package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// figures are those of one round.
type figures struct {
	live, catchUp time.Duration // from the start of the edges until the last event was used
	below, above  time.Duration // CPU, live
	waiting       int64         // bytes on the disks of the edges, when nobody was above
}

// patience is how long anything may take.
const patience = 5 * time.Minute

// A site is where a setting is measured.
type site struct {
	setting
	folder string // programs, rules and the log
	dir    string // states
	addr   string
}

// measure runs a setting live, and again as after an outage.
func measure(s setting, folder, dir string, events int) (figures, error) {
	x := &site{setting: s, folder: folder, dir: dir}
	var f figures
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		x.addr, err = freeAddress()
	}
	if err == nil && s.tls {
		err = x.makeTrust()
	}
	switch {
	case err != nil:
		return f, err
	case s.edges == 0:
		return f, x.one(&f)
	}
	if err := x.live(&f); err != nil {
		return f, fmt.Errorf("live: %w", err)
	}
	if err := x.outage(&f); err != nil {
		return f, fmt.Errorf("catch-up: %w", err)
	}
	return f, nil
}

// one lets one engine do all.
func (x *site) one(f *figures) error {
	done := newTally(addresses)
	began := time.Now()
	p, err := x.start(done, "logs", "run", "-r", x.in("one.rdl"), "--state", "one", "-f", x.in("a.log"))
	if err != nil {
		return err
	}
	err = done.await()
	f.live = time.Since(began)
	f.below, err = stop(err, p)
	return err
}

// live measures edges that begin to read when all is there.
func (x *site) live(f *figures) error {
	above, done, err := x.startAbove("live")
	began := time.Now()
	var below []*process
	if err == nil {
		below, err = x.startEdges("live", newTally(0))
	}
	if err == nil {
		err = done.await()
	}
	f.live = time.Since(began)
	f.below, err = stop(err, below...)
	f.above, err = stop(err, above...)
	return err
}

// outage measures edges that have read all before somebody came.
func (x *site) outage(f *figures) error {
	stored := newTally(addresses * x.edges)
	below, err := x.startEdges("outage", stored)
	if err == nil {
		err = stored.await()
	}
	if _, err = stop(err, below...); err != nil {
		return err
	}
	for i := range x.edges {
		f.waiting += size(filepath.Join(x.dir, x.state("outage", i), "upstream"))
	}
	above, done, err := x.startAbove("outage")
	began := time.Now()
	below = nil
	if err == nil {
		below, err = x.startEdges("outage", newTally(0))
	}
	if err == nil {
		err = done.await()
	}
	f.catchUp = time.Since(began)
	_, err = stop(err, below...)
	_, err = stop(err, above...)
	return err
}

// startAbove starts what takes events, and waits until it does. The tally tells
// when all events have come there.
func (x *site) startAbove(name string) (started []*process, done *tally, err error) {
	done = newTally(addresses * x.edges)
	start := func(program string, args ...string) {
		var p *process
		if err == nil {
			p, err = x.start(done, program, args...)
		}
		if err == nil {
			started = append(started, p)
		}
	}
	rules := x.in("above.rdl")
	if x.workers == 0 {
		start("logs", "run", "-r", rules, "--hub", x.addr, "--hub-dir", x.trust(), "--state", name+"-hub")
		return started, done, errors.Join(err, awaitAddress(x.addr))
	}
	host, port, _ := net.SplitHostPort(x.addr)
	start("nats-server", "-js", "-a", host, "-p", port, "-sd", name+"-nats")
	err = errors.Join(err, awaitAddress(x.addr))
	for range x.workers {
		start("logs", "run", "-r", rules, "--cluster", x.cluster(), "--replicas", "1")
	}
	return started, done, err
}

func (x *site) startEdges(name string, read *tally) (started []*process, err error) {
	upstream := "nats://" + x.addr
	switch {
	case x.tls:
		upstream = "net.cred"
	case x.workers > 0:
		upstream = "cluster+" + x.cluster()
	}
	for i := range x.edges {
		p, err := x.start(read, "logs", "run", "-r", x.in("edge.rdl"), "--upstream", upstream, "--upstream-name", fmt.Sprint("edge", i),
			"--state", x.state(name, i), "-f", x.in("a.log"))
		if err != nil {
			return started, err
		}
		started = append(started, p)
	}
	return started, nil
}

func (x *site) in(name string) string              { return filepath.Join(x.folder, name) }
func (x *site) state(name string, edge int) string { return fmt.Sprint(name, "-edge", edge) }
func (x *site) cluster() string                    { return "nats://" + x.addr + "/bench" }

// trust is the folder of the hub's certificates; "" for none.
func (x *site) trust() string {
	if x.tls {
		return "trust"
	}
	return ""
}

func (x *site) makeTrust() error {
	for _, args := range [][]string{
		{"hub", "init", "--dir", x.trust(), "--host", x.addr},
		{"hub", "user", "add", "--dir", x.trust(), "net", "-o", "net.cred"},
	} {
		cmd := exec.Command(x.in("logs"), args...)
		cmd.Dir = x.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return nil
}

// A process is one of the site's.
type process struct {
	*exec.Cmd
	said bytes.Buffer
}

// start starts a program, whose lines are counted.
func (x *site) start(lines *tally, program string, args ...string) (*process, error) {
	p := &process{Cmd: exec.Command(x.in(program), args...)}
	p.Dir, p.Stdout, p.Stderr = x.dir, lines, &p.said
	return p, p.Start()
}

// stop ends processes, and tells how much CPU they took. Of several errors it
// returns the first, with what the processes said.
func stop(err error, all ...*process) (cpu time.Duration, _ error) {
	for _, p := range all {
		p.Process.Signal(syscall.SIGTERM)
		ended := p.Wait()
		cpu += p.ProcessState.UserTime() + p.ProcessState.SystemTime()
		if err == nil && ended != nil && p.ProcessState.ExitCode() > 0 {
			err = ended
		}
		if err != nil {
			err = fmt.Errorf("%w\n%s: %s", err, p, &p.said)
		}
	}
	return cpu, err
}

// A tally counts lines down to none.
type tally struct {
	mu   sync.Mutex
	left int
	done chan struct{}
}

func newTally(lines int) *tally { return &tally{left: lines, done: make(chan struct{})} }

func (t *tally) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.left
	t.left -= bytes.Count(p, []byte("\n"))
	if before > 0 && t.left <= 0 {
		close(t.done)
	}
	return len(p), nil
}

func (t *tally) await() error {
	select {
	case <-t.done:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("after %s the last events have not come", patience)
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// awaitAddress waits until somebody listens.
func awaitAddress(addr string) error {
	for deadline := time.Now().Add(10 * time.Second); ; {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) {
			return err
		}
		<-time.After(10 * time.Millisecond)
	}
}

// size is that of all files in a folder.
func size(dir string) (total int64) {
	filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // it is gone
		}
		if info, err := e.Info(); err == nil && !e.IsDir() {
			total += info.Size()
		}
		return nil
	})
	return total
}
