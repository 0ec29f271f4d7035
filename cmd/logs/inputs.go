package main

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/source"
	"github.com/logs-rdl/logs/rdl"
)

// inputs are the logs of a run, and those of them that have been opened.
type inputs struct {
	list []run.Input
	pool source.Pool
	size int64 // of all files on the disk

	mu     sync.Mutex
	opened []*source.Reader
}

// manyLogs is the number of logs from which on blocks are small, so that a
// thousand open logs take no more memory than a few.
const manyLogs = 16

// inputs lists the logs of the command line; without any those that the rules
// name, and without these standard input.
func (c runCmd) inputs(ctx context.Context, w *world, p *rdl.Program) (*inputs, error) {
	args, err := source.Expand(c.Logs)
	if err != nil {
		return nil, err
	}
	in := &inputs{}
	for _, arg := range args {
		if err := in.add(ctx, w, arg, rdl.Input{}); err != nil {
			return nil, err
		}
	}
	if len(args) == 0 {
		if err := in.addDeclared(ctx, w, p.Inputs); err != nil {
			return nil, err
		}
	}
	if len(in.list) > manyLogs {
		in.pool.Size = 64 << 10
	}
	return in, nil
}

func (in *inputs) addDeclared(ctx context.Context, w *world, declared []rdl.Input) error {
	if len(declared) == 0 {
		declared = []rdl.Input{{Stdin: true}}
	}
	for _, d := range declared {
		names := []string{"-"}
		if !d.Stdin {
			var err error
			if names, err = source.Expand([]string{d.Name}); err != nil {
				return err
			}
		}
		for _, name := range names {
			if err := in.add(ctx, w, name, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// add adds one log by its name, with an offset behind it perhaps, and what a
// source clause says of it.
func (in *inputs) add(ctx context.Context, w *world, arg string, as rdl.Input) error {
	name, offset, err := source.ParseName(arg, source.Exists)
	if err != nil {
		return err
	}
	open := func() (run.Opened, error) {
		return in.open(source.File{Path: name, Offset: offset, Pool: &in.pool}.Open())
	}
	if name == "-" {
		open = func() (run.Opened, error) { return in.openStdin(ctx, w.in, offset), nil }
	} else {
		in.size += source.File{Path: name}.Size()
	}
	in.list = append(in.list, run.Input{
		Name: name, Format: as.Format, Zone: as.Zone, Offsets: as.Offsets, Open: open, Live: name == "-",
	})
	return nil
}

func (in *inputs) open(r *source.Reader, err error) (run.Opened, error) {
	if err != nil {
		return run.Opened{}, err
	}
	in.mu.Lock()
	in.opened = append(in.opened, r)
	in.mu.Unlock()
	return run.Opened{Reader: file{r}, ModTime: r.ModTime()}, nil
}

// file is a source.Reader as run asks for it.
type file struct{ *source.Reader }

func (f file) Next() (run.Block, error) {
	b, err := f.Reader.Next()
	if err != nil {
		return nil, err
	}
	return b, nil
}

// openStdin reads standard input in a goroutine of its own, so that a signal
// ends the run even while nothing comes. That goroutine ends with the input
// or the program.
func (in *inputs) openStdin(ctx context.Context, stdin *os.File, offset int64) run.Opened {
	s := &stdinReader{ctx: ctx, blocks: make(chan run.Block), done: make(chan struct{})}
	go s.read(in, source.Stdin{In: stdin, Offset: offset, Pool: &in.pool})
	return run.Opened{Reader: s}
}

type stdinReader struct {
	ctx    context.Context
	blocks chan run.Block
	done   chan struct{} // closed by Close
	once   sync.Once
	err    error // valid once blocks is closed
}

func (s *stdinReader) read(in *inputs, stdin source.Stdin) {
	defer close(s.blocks)
	opened, err := in.open(stdin.Open())
	for err == nil {
		var b run.Block
		if b, err = opened.Reader.Next(); err != nil {
			break
		}
		select {
		case s.blocks <- b:
		case <-s.done:
			return
		}
	}
	s.err = err
}

func (s *stdinReader) Next() (run.Block, error) {
	select {
	case b, ok := <-s.blocks:
		if ok {
			return b, nil
		}
		if s.err == nil || errors.Is(s.err, io.EOF) {
			return nil, io.EOF
		}
		return nil, s.err
	case <-s.ctx.Done():
		return nil, io.EOF
	}
}

func (s *stdinReader) Close() error {
	s.once.Do(func() { close(s.done) })
	return nil
}

// done returns how many bytes of the files have been read.
func (in *inputs) done() (sum int64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, r := range in.opened {
		sum += r.Done()
	}
	return sum
}

// cut returns how many lines were too long.
func (in *inputs) cut() (sum int64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, r := range in.opened {
		sum += r.Cut()
	}
	return sum
}
