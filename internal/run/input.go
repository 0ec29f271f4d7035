package run

import (
	"iter"
	"time"

	"github.com/logs-rdl/logs"
)

// An Input is one log that is to be read.
type Input struct {
	Name   string
	Format logs.Format
	// Open opens the log for reading. It is called when the run begins.
	Open func() (Opened, error)
}

// Opened is a log that has been opened.
type Opened struct {
	Reader  Reader
	ModTime time.Time // when it was last written to; zero if it still is
}

// A Reader delivers a log block by block.
type Reader interface {
	// Next returns the next whole lines, and io.EOF when there are none left.
	// After any other error, which says what could not be read, it is not
	// called again.
	Next() (Block, error)
	// Close closes the log.
	Close() error
}

// A Block is some whole lines of a log.
type Block interface {
	// Lines returns the lines in order, each with its position in the log.
	// They are valid until Release.
	Lines() iter.Seq2[string, int64]
	// Release lets the block's memory be reused.
	Release()
}
