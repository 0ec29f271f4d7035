//go:build unix

package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Fifo is a named pipe. It is read as long as somebody writes, and again when
// somebody else does; it has no end of its own. The last line of who has gone
// away ends with it. To open it neither needs a writer nor waits for one.
type Fifo struct {
	Path   string
	Failed func(err error) // is told, once, of a pipe that cannot be opened again, which is tried every second; may be nil
	Pool   *Pool           // whose blocks to use; nil for its own
}

// Name is the path.
func (f Fifo) Name() string { return f.Path }

// Open opens the pipe. What was read is gone from it, so the mark means
// nothing, and the blocks have none.
func (f Fifo) Open(string) (*Live, error) {
	in, err := f.open()
	if err != nil {
		return nil, err
	}
	l := newLive(f.Name(), f.Pool)
	l.start(func() error {
		for {
			if err := f.readOnce(l, in); err != nil {
				in.Close()
				return err
			}
			in = f.reopen(l.ctx, in)
		}
	})
	return l, nil
}

func (f Fifo) open() (*os.File, error) {
	info, err := os.Stat(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w; make it with mkfifo", err)
	case err != nil:
		return nil, advise(err)
	case info.Mode().Type() != os.ModeNamedPipe:
		return nil, fmt.Errorf("%s is no named pipe", f.Path)
	}
	in, err := os.OpenFile(f.Path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	return in, advise(err)
}

// readOnce delivers what comes until there is no writer any more.
func (f Fifo) readOnce(l *Live, in *os.File) error {
	defer context.AfterFunc(l.ctx, func() { in.Close() })()
	if err := awaitWriter(in); err != nil {
		return err
	}
	return l.lines(in)
}

// awaitWriter waits until there is something to read or a writer has gone
// away. Before the first one the end of the pipe would be read at once, over
// and over.
func awaitWriter(in *os.File) error {
	raw, err := in.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Read(func(fd uintptr) bool {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		return n > 0 || err != nil && err != unix.EINTR
	})
}

// reopen opens the pipe anew, so that the writer that has gone away is
// forgotten. Only then it closes the old one: what a next writer has put in
// meanwhile would be lost, were there no reader at all.
func (f Fifo) reopen(ctx context.Context, old *os.File) *os.File {
	for failing := false; ; failing = true {
		in, err := f.open()
		if err == nil {
			old.Close()
			return in
		}
		if f.Failed != nil && !failing {
			f.Failed(err)
		}
		if !sleep(ctx, time.Second) {
			return old
		}
	}
}
