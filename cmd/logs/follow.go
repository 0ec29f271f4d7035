package main

import (
	"errors"

	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/source"
	"github.com/logs-rdl/logs/rdl"
)

// A following is a declaration of logs that are followed: those that match it
// now, and those that will.
type following struct {
	tails *source.Tails
	as    rdl.Input
}

// addFollow adds logs that are followed.
func (in *inputs) addFollow(d rdl.Input) {
	in.follow = append(in.follow, following{as: d, tails: &source.Tails{
		Patterns: []string{d.Name},
		WasRead:  func(path string) bool { return in.state != nil && in.state.Read(path) },
		Follow: source.Follow{FromEnd: d.FromEnd, Watch: &in.watch, Failed: func(err error) {
			if err != nil {
				in.w.log.Warn("a log cannot be read at the moment", "error", err)
			} else {
				in.w.log.Info("a log can be read again", "log", d.Name)
			}
		}},
	}})
}

// discover returns the logs that are to be followed, and the engines below,
// that were not found before.
func (in *inputs) discover() []run.Input {
	var found []run.Input
	for _, f := range in.follow {
		logs, err := f.tails.Find()
		if err != nil {
			in.w.log.Error("logs could not be looked for", "error", from(f.as, err))
			continue
		}
		for _, log := range logs {
			found = append(found, in.followed(log, f.as))
		}
	}
	return append(found, in.discoverEdges()...)
}

// followed makes an input of a log that is followed.
func (in *inputs) followed(log source.Follow, d rdl.Input) run.Input {
	return liveInput(run.Input{Name: log.Path, Format: d.Format, Zone: d.Zone, Offsets: d.Offsets}, func(mark string) (run.Reader, error) {
		r, err := log.Open(mark)
		return reader{r}, err
	})
}

// reopen opens a log where it was read to. One that is another file by now is
// read from its start.
func (in *inputs) reopen(file source.File, mark string) (run.Opened, error) {
	opened, err := in.open(file.OpenAt(mark))
	if !errors.Is(err, source.ErrGone) {
		return opened, err
	}
	in.w.log.Warn("a log is another one than that which was read", "log", file.Path)
	file.Offset = 0
	opened, err = in.open(file.Open())
	opened.Reader = anew{opened.Reader}
	return opened, err
}

// anew is the reader of a log that is not the one that was to be read.
type anew struct{ run.Reader }

func (anew) Resumed() bool { return false }
