package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/logs-rdl/logs"
)

// MaxOutput is how many bytes of what one program prints are passed on; the
// rest is dropped.
const MaxOutput = 1 << 20

// lingering is how long a program that has ended, or was killed, may leave
// its input unread.
const lingering = time.Second

// lastWords is how long a program that was asked to end may take.
const lastWords = time.Second

// Options says how programs are run. The zero Options works.
type Options struct {
	MaxRunning int           // how many programs run at once; 0 means 16
	Limit      time.Duration // how long one may run; 0 means five minutes
	Output     io.Writer     // where what they print goes; nil drops it

	// Failed is told of a program that could not be started, was killed, or
	// ended with a code other than 0. It may be nil. One call of Failed or Done
	// comes at a time, and must not wait for the sink.
	Failed func(e *logs.Effect, err error)
	// Done is told of each effect whose program has ended or could not be
	// started, after Failed. It may be nil. What Close had to end is not done.
	Done func(e *logs.Effect)
}

// Exec performs execs and pipes: it runs programs, with the environment and
// the folder of this one. No shell has a part in it.
//
//	Do -> slot -> goroutine: start, feed the input, pass on the output, wait
//
// A program runs until it has ended and nobody holds its output any more; what
// it leaves in the background without that is on its own. Each is the head of
// a process group. When its time is up, the whole group gets SIGTERM, and a
// second later SIGKILL.
type Exec struct {
	options Options
	slots   chan struct{} // holds one for each program that runs
	alive   context.Context
	kill    context.CancelFunc

	mu     sync.Mutex // guards Output, Failed and Done
	nuls   atomic.Int64
	failed atomic.Int64

	pendingMu sync.Mutex
	pending   []*logs.Effect // those that run or wait for a slot, in the order of Do
}

// NewExec returns a sink without any program running.
func NewExec(options Options) *Exec {
	if options.MaxRunning <= 0 {
		options.MaxRunning = 16
	}
	if options.Limit <= 0 {
		options.Limit = 5 * time.Minute
	}
	if options.Output == nil {
		options.Output = io.Discard
	}
	x := &Exec{options: options, slots: make(chan struct{}, options.MaxRunning)}
	x.alive, x.kill = context.WithCancel(context.Background())
	return x
}

// NULs is how many arguments ended early because they held a NUL.
func (x *Exec) NULs() int64 { return x.nuls.Load() }

// Failures is how many programs Failed was told of.
func (x *Exec) Failures() int64 { return x.failed.Load() }

// Do starts the program e.Args, for a pipe with e.Lines on its standard input.
// It waits while as many programs run as may, and does not wait for this one.
// It fails only if the program was not taken: because ctx ended, or the sink
// is closed. The effect is in use until the program has ended.
func (x *Exec) Do(ctx context.Context, e *logs.Effect) error {
	x.note(e)
	if err := x.enter(ctx); err != nil {
		x.forget(e)
		return fmt.Errorf("rule %s: %s %s was not started: %w", e.Rule, e.Kind, program(e.Args), err)
	}
	go func() {
		defer x.leave()
		err := x.run(x.arguments(e), input(e))
		if err != nil {
			x.fail(e, err)
		}
		if !errors.Is(err, ErrClosed) {
			x.forget(e)
			x.done(e)
		}
	}()
	return nil
}

// ErrClosed is why a sink that is being closed has not done something, or has
// not taken it.
var ErrClosed = errors.New("the engine is ending")

func (x *Exec) note(e *logs.Effect) {
	x.pendingMu.Lock()
	defer x.pendingMu.Unlock()
	x.pending = append(x.pending, e)
}

func (x *Exec) forget(e *logs.Effect) {
	x.pendingMu.Lock()
	defer x.pendingMu.Unlock()
	i := slices.Index(x.pending, e)
	x.pending = slices.Delete(x.pending, i, i+1)
}

// Pending returns the effects whose programs run or wait for a slot, in the
// order of Do; after Close, those that it had to end.
func (x *Exec) Pending() []logs.Effect {
	x.pendingMu.Lock()
	defer x.pendingMu.Unlock()
	pending := make([]logs.Effect, len(x.pending))
	for i, e := range x.pending {
		pending[i] = *e
	}
	return pending
}

// enter takes a slot.
func (x *Exec) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case x.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-x.alive.Done():
		return ErrClosed
	}
	if x.alive.Err() != nil { // both were possible
		x.leave()
		return ErrClosed
	}
	return nil
}

func (x *Exec) leave() { <-x.slots }

// arguments returns e.Args as a program can be given them.
func (x *Exec) arguments(e *logs.Effect) []string {
	args := slices.Clone(e.Args)
	for i, arg := range args {
		before, _, found := strings.Cut(arg, "\x00")
		if found {
			args[i] = before
			x.nuls.Add(1)
		}
	}
	return args
}

// program names the program in messages.
func program(args []string) string { return quoteAll(args[:min(len(args), 1)]) }

// input returns what a program reads: the lines of a pipe.
func input(e *logs.Effect) io.Reader {
	if e.Kind != logs.EffectPipe || len(e.Lines) == 0 {
		return nil
	}
	return strings.NewReader(strings.Join(e.Lines, "\n") + "\n")
}

// run runs a program to its end.
func (x *Exec) run(args []string, input io.Reader) error {
	if len(args) == 0 {
		return errors.New("no program is named")
	}
	// The kernel kills a child when the thread that made it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = ownGroup()
	cmd.WaitDelay = lingering
	cmd.Stdin = input
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return adviseStart(err)
	}

	ctx, cancel := context.WithTimeout(x.alive, x.options.Limit)
	defer cancel()
	ended, killed := make(chan struct{}), make(chan struct{})
	spare := context.AfterFunc(ctx, func() {
		endGroup(cmd.Process.Pid, ended)
		output.Close() // whoever left the group may hold the other end
		close(killed)
	})
	x.passOn(program(args), output)
	inTime := true
	err = reap(cmd, func() {
		close(ended)
		if inTime = spare(); !inTime {
			<-killed
		}
	})
	if !inTime {
		return x.whyKilled()
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil // a program need not read all of its input
	}
	return err
}

// endGroup ends a program and all that it has started and not set apart: it
// asks, and when the program has ended, or does not, kills what is left.
func endGroup(head int, ended <-chan struct{}) {
	syscall.Kill(-head, syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(lastWords):
	}
	killGroup(head)
}

// killGroup kills a program and all that it has started and not set apart.
func killGroup(head int) { syscall.Kill(-head, syscall.SIGKILL) }

// adviseStart adds to the error of a start what might help.
func adviseStart(err error) error {
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%w; name it with its folder, or install it", err)
	case errors.Is(err, syscall.E2BIG):
		return fmt.Errorf("%w; hand long text over with pipe", err)
	}
	return err
}

func (x *Exec) whyKilled() error {
	if x.alive.Err() != nil {
		return fmt.Errorf("killed, since %w", ErrClosed)
	}
	return fmt.Errorf("killed, since it ran longer than %s", x.options.Limit)
}

// passOn writes what a program prints to Output, as far as it may go.
func (x *Exec) passOn(program string, output io.Reader) {
	io.Copy(passer{x}, io.LimitReader(output, MaxOutput))
	if n, _ := io.Copy(io.Discard, output); n > 0 {
		fmt.Fprintf(passer{x}, "\n%s printed %d bytes more, which are not shown\n", program, n)
	}
}

// A passer writes to the output of an Exec, one goroutine at a time.
type passer struct{ x *Exec }

func (p passer) Write(b []byte) (int, error) {
	p.x.mu.Lock()
	defer p.x.mu.Unlock()
	return p.x.options.Output.Write(b)
}

func (x *Exec) fail(e *logs.Effect, err error) {
	x.failed.Add(1)
	if x.options.Failed == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.options.Failed(e, fmt.Errorf("rule %s: %s %s: %w", e.Rule, e.Kind, program(e.Args), err))
}

func (x *Exec) done(e *logs.Effect) {
	if x.options.Done == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.options.Done(e)
}

// Close waits for the programs that run, and ends them when ctx ends. When it
// returns none is left, and Do takes no more.
func (x *Exec) Close(ctx context.Context) {
	unwatch := context.AfterFunc(ctx, x.kill)
	defer unwatch()
	for range cap(x.slots) {
		x.slots <- struct{}{}
	}
	x.kill()
	for range cap(x.slots) {
		x.leave()
	}
}
