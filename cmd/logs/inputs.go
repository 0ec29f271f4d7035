package main

import (
	"fmt"
	"os"
	"sync"

	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/source"
	"github.com/logs-rdl/logs/internal/web"
	"github.com/logs-rdl/logs/rdl"
)

// inputs are the logs of a run, and those of them that have been opened.
type inputs struct {
	c      runCmd
	w      *world
	state  *run.State  // nil: nothing is kept
	list   []run.Input // those that are there from the beginning
	follow []following // those that may come
	pool   source.Pool
	watch  source.Watch
	size   int64 // of all files on the disk
	hub    hub   // takes events of the engines below

	stdinOffset int64

	mu     sync.Mutex
	opened []counting
}

// counting is an open log that counts.
type counting interface {
	Name() string
	Cut() int64 // lines that were too long
}

// manyLogs is the number of logs from which on blocks are small, so that a
// thousand open logs take no more memory than a few.
const manyLogs = 16

// inputs lists the logs of the command line; without any those that the rules
// name, and without these standard input.
func (c runCmd) inputs(w *world, p *rdl.Program, state *run.State) (*inputs, error) {
	in := &inputs{c: c, w: w, state: state}
	in.watch.Failed = func(err error) { w.log.Warn("logs are polled, not watched", "error", err) }
	declared := p.Inputs
	if len(c.Logs)+len(c.Spawn) > 0 {
		declared = in.given()
	} else if len(declared) == 0 && c.Hub == "" {
		declared = []rdl.Input{{Kind: rdl.InputStdin}}
	}
	for _, d := range declared {
		if err := in.declare(d); err != nil {
			return nil, err
		}
	}
	if c.Hub != "" {
		in.hub.addr = c.Hub
	}
	if len(in.list) > manyLogs {
		in.pool.Size = 64 << 10
	}
	return in, nil
}

// given lists the inputs of the command line.
func (in *inputs) given() []rdl.Input {
	var list []rdl.Input
	for _, arg := range in.c.Logs {
		d := rdl.Input{Name: arg, Follow: in.c.Follow, FromEnd: in.c.From == "end"}
		if name, offset, err := source.ParseName(arg, source.Exists); err == nil && name == "-" {
			d.Kind, in.stdinOffset = rdl.InputStdin, offset
		}
		list = append(list, d)
	}
	for _, command := range in.c.Spawn {
		list = append(list, rdl.Input{Kind: rdl.InputExec, Name: command})
	}
	return list
}

// declare adds what one declaration names.
func (in *inputs) declare(d rdl.Input) error {
	if d.Kind == rdl.InputTier {
		return in.hub.declare(d)
	}
	if d.Kind != rdl.InputFile {
		return in.addLive(d)
	}
	if info, err := os.Stat(d.Name); err == nil && info.Mode().Type() == os.ModeNamedPipe && (d.Follow || in.c.Follow) {
		return in.addLive(d)
	}
	if d.Follow || in.c.Follow {
		in.addFollow(d)
		return nil
	}
	names, err := source.Expand([]string{d.Name})
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := in.addFile(name, d); err != nil {
			return err
		}
	}
	return nil
}

// addFile adds one log by its name, with an offset behind it perhaps.
func (in *inputs) addFile(arg string, d rdl.Input) error {
	name, offset, err := source.ParseName(arg, source.Exists)
	if err != nil {
		return err
	}
	file := source.File{Path: name, Offset: offset, Pool: &in.pool}
	in.size += file.Size()
	in.list = append(in.list, run.Input{
		Name: name, Format: d.Format, Zone: d.Zone, Offsets: d.Offsets,
		Open:   func() (run.Opened, error) { return in.open(file.Open()) },
		OpenAt: func(mark string) (run.Opened, error) { return in.reopen(file, mark) },
	})
	return nil
}

func (in *inputs) open(r *source.Reader, err error) (run.Opened, error) {
	if err == nil {
		in.count(r)
	}
	return opened(r, err)
}

// count remembers an open log, so that what it counts can be summed up.
func (in *inputs) count(r counting) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.opened = append(in.opened, r)
}

// done returns how many bytes of the files have been read.
func (in *inputs) done() (sum int64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, r := range in.opened {
		if file, ok := r.(interface{ Done() int64 }); ok {
			sum += file.Done()
		}
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

// addCounts adds to what is told of sources what their readers count.
func (in *inputs) addCounts(sources []web.Source) {
	lost := map[string]int64{}
	in.mu.Lock()
	for _, r := range in.opened {
		lost[r.Name()] += r.Cut()
		if receiver, ok := r.(*source.Receiver); ok {
			counts := receiver.Counts()
			lost[r.Name()] += counts.Dropped + counts.Kernel
		}
	}
	in.mu.Unlock()
	for i := range sources {
		sources[i].Dropped = uint64(lost[sources[i].Name])
	}
}

// from names where a declaration stands, for messages.
func from(d rdl.Input, err error) error {
	if d.Pos == "" {
		return err
	}
	return fmt.Errorf("%s: %w", d.Pos, err)
}
