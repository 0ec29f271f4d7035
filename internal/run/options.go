package run

import (
	"time"

	"github.com/logs-rdl/logs/internal/when"
)

// Options say how lines are read and put in order. The zero value merges the
// logs by their own stamps.
type Options struct {
	Stamps    when.Options  // how stamps are read; ModTime is filled in
	WallClock bool          // the machine's clock counts, not the stamps
	Given     bool          // logs are read one after another, not merged
	Late      time.Duration // how long a line is waited for that belongs before others
	Jump      time.Duration // what counts as a leap of a source's clock; 0: an hour
	Expire    bool          // at the end the contexts that live time out

	Workers int // how many goroutines may work on the lines of a log, the engine's among them; 0: 2

	Grace    time.Duration  // how long what has come of live inputs may take at the end; 0: DefaultGrace
	Every    time.Duration  // how often a snapshot is taken of a run with a State; 0: DefaultEvery
	Discover func() []Input // looks for further inputs; asked about every second; nil: there are none

	Now      func() time.Time // the wall clock; nil: time.Now
	Failed   func(error)      // told of an input that could not be read to its end
	Warn     func(error)      // told of what goes wrong and is borne
	Progress func(Summary)    // told how far the run is, about once for each block

	// Asked are calls that want to be made between two lines.
	Asked <-chan func(*Runner)

	kept bool // it is noted where blocks begin
}

// DefaultJump is the Jump of the zero Options.
const DefaultJump = time.Hour

// DefaultGrace is the Grace of the zero Options.
const DefaultGrace = 2 * time.Second

func (o *Options) workers() int {
	if o.Workers <= 0 {
		return 2
	}
	return o.Workers
}

func (o *Options) grace() time.Duration {
	if o.Grace <= 0 {
		return DefaultGrace
	}
	return o.Grace
}

func (o *Options) jump() uint64 {
	if o.Jump <= 0 {
		return uint64(DefaultJump)
	}
	return uint64(o.Jump)
}

// now is the wall clock, asked by the one who may.
func (o *Options) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}
