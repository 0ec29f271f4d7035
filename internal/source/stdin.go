package source

import "io"

// Stdin is standard input as a source. Lines are delivered as they come, so
// that a program can be read that is still running.
type Stdin struct {
	In     io.Reader // os.Stdin
	Offset int64     // where to start, in decompressed bytes
	Pool   *Pool     // whose blocks to use; nil for its own
}

// Name is "-".
func (s Stdin) Name() string { return "-" }

// Size is 0: it is known once standard input is open, if it is a file.
func (s Stdin) Size() int64 { return 0 }

// Open waits for the first bytes. Closing the reader leaves In open.
func (s Stdin) Open() (*Reader, error) { return open("-", s.In, s.Offset, s.Pool) }
