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

	Zone    *time.Location           // of stamps without one; nil: as Options.Stamps says
	Offsets map[string]time.Duration // by host: what is added to its stamps

	// Open opens the log for reading. It is called when the run begins, and
	// once more if the run reads many logs that are not live.
	Open func() (Opened, error)
	// OpenAt opens the log where a block began, by the Mark of that; nil if the
	// log cannot go back. The Reader may be a Resumer.
	OpenAt func(mark string) (Opened, error)
	// Forget is told that the log will not be opened at a mark before this one
	// any more; it may be nil.
	Forget func(mark string)
	// Live says that lines come while they are written: Next may block, and
	// is called in a goroutine of its own. Close must make it return.
	Live bool
	// Mixed says that the lines are of many clocks, one behind the other as
	// they came: a stamp that lies far from the others is no leap.
	Mixed bool
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
	// Close closes the log. That of a live log may be called while Next runs,
	// and again.
	Close() error
}

// A Resumer is a reader that was opened at a mark.
type Resumer interface {
	// Resumed is false once it has turned out that what was read is gone: the
	// blocks are of something else then.
	Resumed() bool
}

// A Block is some whole lines of a log. It may be Marked.
type Block interface {
	// Lines returns the lines in order, each with its position in the log.
	// They are valid until Release.
	Lines() iter.Seq2[string, int64]
	// Release lets the block's memory be reused.
	Release()
}

// A Marked is a block that tells more.
type Marked interface {
	// Mark is where the block begins, for Input.OpenAt.
	Mark() string
	// From is who sent the lines, such as a peer's address; "" for the log
	// itself.
	From() string
}
