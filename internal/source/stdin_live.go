//go:build unix

package source

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// OpenLive opens standard input as a source that can be closed at any time:
// nothing is taken from it that is not delivered, so that whoever reads it next
// goes on there. In must be a file.
func (s Stdin) OpenLive() (*Live, error) {
	asked, ask, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	l := newLive(s.Name(), s.Pool)
	l.offset = s.Offset
	context.AfterFunc(l.ctx, func() { ask.Close() })
	l.start(func() error {
		defer asked.Close()
		r, err := open(l.name, untilAsked{s.In.(*os.File), asked}, s.Offset, l.pool)
		if err != nil {
			return err
		}
		if err := l.all(r); err != nil {
			return err
		}
		return io.EOF
	})
	return l, nil
}

// untilAsked reads a file until the other end of a pipe is closed. It begins no
// read that would wait.
type untilAsked struct{ file, asked *os.File }

func (u untilAsked) Read(p []byte) (int, error) {
	over, err := u.await()
	if err != nil {
		return 0, err
	}
	if over {
		return 0, io.EOF
	}
	return u.file.Read(p)
}

// await waits until there is something to read, or it is asked to end.
func (u untilAsked) await() (over bool, err error) {
	file, err := u.file.SyscallConn()
	if err != nil {
		return false, err
	}
	asked, err := u.asked.SyscallConn()
	if err != nil {
		return false, err
	}
	// Both stay open while their numbers are used.
	var failed, polled error
	failed = file.Control(func(fd uintptr) {
		polled = asked.Control(func(askedFD uintptr) { over, err = pollBoth(fd, askedFD) })
	})
	return over, errors.Join(failed, polled, err)
}

func pollBoth(fd, askedFD uintptr) (over bool, err error) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: int32(askedFD), Events: unix.POLLIN}}
	for {
		if _, err = unix.Poll(fds, -1); err != unix.EINTR {
			return fds[1].Revents != 0, err
		}
	}
}
