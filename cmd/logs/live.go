package main

import (
	"errors"
	"fmt"
	"hash/fnv"
	"path/filepath"
	"time"

	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/source"
	"github.com/logs-rdl/logs/rdl"
)

// addLive adds a source that delivers lines while it lives: a program, a
// listener, the journal, a pipe or standard input. With a state, what it
// delivers is kept on the disk until it has been used, for it cannot be asked
// again.
func (in *inputs) addLive(d rdl.Input) error {
	name, open, err := in.opener(d)
	if err != nil {
		return from(d, err)
	}
	open = in.counted(open)
	input := run.Input{Name: name, Format: d.Format, Zone: d.Zone, Offsets: d.Offsets}
	if in.state != nil {
		open = in.spooled(&input, in.spool(name, open))
	}
	in.list = append(in.list, liveInput(input, func(mark string) (run.Reader, error) {
		r, err := open(mark)
		if err != nil {
			return nil, from(d, err)
		}
		return reader{r}, nil
	}))
	return nil
}

// counted returns what opens a source of which the counts are told.
func (in *inputs) counted(open func(mark string) (source.Inner, error)) func(mark string) (source.Inner, error) {
	return func(mark string) (source.Inner, error) {
		r, err := open(mark)
		if c, ok := r.(counting); ok && err == nil {
			in.count(c)
		}
		return r, err
	}
}

// opener returns the name of a live source and what opens it.
func (in *inputs) opener(d rdl.Input) (string, func(mark string) (source.Inner, error), error) {
	switch d.Kind {
	case rdl.InputStdin:
		x := source.Stdin{In: in.w.in, Offset: in.stdinOffset, Pool: &in.pool}
		return x.Name(), func(string) (source.Inner, error) { return x.OpenLive() }, nil
	case rdl.InputExec:
		x := source.Exec{Args: d.Args, Restart: d.Restart, Log: in.told(d.Name), Failed: in.failed(d.Name), Pool: &in.pool}
		if len(x.Args) == 0 { // of the command line
			args, err := source.SplitWords(d.Name)
			if err == nil && len(args) == 0 {
				err = errors.New("no program is named")
			}
			if err != nil {
				return "", nil, fmt.Errorf("--spawn: %w", err)
			}
			x.Args, x.Restart = args, spawnRestart
		}
		return x.Name(), func(mark string) (source.Inner, error) { return x.Open(mark) }, nil
	case rdl.InputSyslog:
		x := source.Syslog{Failed: in.failed("syslog")}
		for _, l := range d.Listen {
			x.Listen = append(x.Listen, source.Listen(l))
		}
		return x.Name(), func(mark string) (source.Inner, error) { return x.Open(mark) }, nil
	case rdl.InputJournald:
		x := source.Journald{Units: d.Units, FromEnd: d.FromEnd, Log: in.told("journald"), Failed: in.failed("journald")}
		return x.Name(), func(mark string) (source.Inner, error) { return x.Open(mark) }, nil
	}
	x := source.Fifo{Path: d.Name, Failed: in.failed(d.Name), Pool: &in.pool}
	return x.Name(), func(mark string) (source.Inner, error) { return x.Open(mark) }, nil
}

// spawnRestart is how long after its end a program of --spawn is started again.
const spawnRestart = time.Second

// spool keeps on the disk what a source delivers.
func (in *inputs) spool(name string, open func(mark string) (source.Inner, error)) source.Spool {
	h := fnv.New64a()
	h.Write([]byte(name))
	return source.Spool{
		Dir: filepath.Join(in.state.Dir(), "spool", fmt.Sprintf("%016x", h.Sum64())), Of: name, Source: open,
		Failed: func(err error) {
			if err != nil {
				in.w.log.Error("the spool cannot be written, the source waits", "source", name, "error", err)
			} else {
				in.w.log.Info("the spool can be written again", "source", name)
			}
		},
	}
}

// spooled returns what opens an input that is spooled.
func (in *inputs) spooled(input *run.Input, spool source.Spool) func(mark string) (source.Inner, error) {
	var r *source.SpoolReader
	input.Forget = func(mark string) {
		if err := r.Forget(mark); err != nil {
			in.w.log.Warn("lines that are done could not be removed from the spool", "source", input.Name, "error", err)
		}
	}
	return func(mark string) (source.Inner, error) {
		opened, err := spool.Open(mark)
		r = opened
		return opened, err
	}
}

// told passes on what a program writes to its standard error.
func (in *inputs) told(name string) func(line string) {
	return func(line string) { in.w.log.Info("a source says", "source", name, "line", line) }
}

func (in *inputs) failed(name string) func(err error) {
	return func(err error) { in.w.log.Warn("a source has trouble", "source", name, "error", err) }
}
