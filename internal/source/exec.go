package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"strings"
	"time"
)

// Exec is a program whose standard output is a log, such as
//
//	source.Exec{Args: []string{"ssh", "nano", "tail", "-F", "/var/log/messages"}, Restart: 5 * time.Second}
//
// It is run with the environment and the folder of this one; no shell has a
// part in it. Its standard input is a pipe that is held open and never
// written: when the source is closed, this pipe is closed first, so that over
// ssh the remote side can see it. The program is the head of a process group,
// which is then asked to end, and soon killed.
//
//	start ─→ read its output to the end ─→ kill the group ─→ wait ─→ start ...
//
// What a program leaves running in the background is read on as long as it
// holds the output. The last line of a run ends with it, and is never joined
// to the next run's first.
type Exec struct {
	Args []string // the program and its arguments

	// Restart is how long after its end the program is started again. That
	// doubles with each time, up to a minute, until it has run for a minute;
	// up to a quarter is added by chance, lest many start at once. 0 means
	// that the source ends with the program: Next returns io.EOF if its exit
	// code is 0, and otherwise an error with what it wrote last to its
	// standard error.
	Restart time.Duration

	// Neither of these may close the source.
	Log    func(line string) // is told what it writes to its standard error; may be nil
	Failed func(err error)   // is told why it is started again; may be nil
	Pool   *Pool             // whose blocks to use; nil for its own
}

// Name is the command.
func (x Exec) Name() string { return "exec " + strings.Join(x.Args, " ") }

// Open starts the program. It fails if there is no such program. A program
// cannot go back, so the mark means nothing, and its blocks have none.
func (x Exec) Open(string) (*Live, error) {
	if err := findProgram(x.Args); err != nil {
		return nil, fmt.Errorf("%s: %w", x.Name(), err)
	}
	l := newLive(x.Name(), x.Pool)
	p := &program{
		name: x.Name(), args: func() []string { return x.Args }, read: l.lines,
		restart: x.Restart, log: x.Log, failed: x.Failed,
	}
	l.start(func() error { return p.keepRunning(l.ctx) })
	return l, nil
}

// findProgram tells early what every start would tell.
func findProgram(args []string) error {
	if len(args) == 0 {
		return errors.New("no program is named")
	}
	_, err := exec.LookPath(args[0])
	return adviseStart(err)
}

// Of the waits between two runs.
const (
	longestWait = time.Minute
	steady      = time.Minute // a run as long as this makes the next wait short again
)

// keepRunning runs the program, over and over if it is to be restarted, until
// ctx ends. It returns what Next is to return then.
func (p *program) keepRunning(ctx context.Context) error {
	for wait := p.restart; ; {
		began := time.Now()
		err := p.run(ctx)
		switch {
		case ctx.Err() != nil, p.restart <= 0 && err == nil:
			return io.EOF
		case p.restart <= 0:
			return fmt.Errorf("%s: %w", p.name, err)
		case time.Since(began) >= steady:
			wait = p.restart
		}
		now := jitter(wait)
		p.tell(err, now)
		if !sleep(ctx, now) {
			return io.EOF
		}
		wait = longer(wait)
	}
}

// longer returns how long to wait the next time.
func longer(wait time.Duration) time.Duration { return max(wait, min(2*wait, longestWait)) }

// jitter adds up to a quarter.
func jitter(d time.Duration) time.Duration { return d + rand.N(d/4+1) }

// sleep returns false if ctx ends before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// tell says that the program will be started again.
func (p *program) tell(err error, wait time.Duration) {
	if p.failed == nil {
		return
	}
	if err == nil {
		err = errors.New("the program has ended")
	}
	p.failed(fmt.Errorf("%s: %w; it is started again in %s", p.name, err, wait.Round(time.Millisecond)))
}
