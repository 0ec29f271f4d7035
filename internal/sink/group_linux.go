package sink

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup makes a program the head of a process group, which ends with the
// thread that started it, and so with this process however that ends.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// reap waits for a program to end, and calls settle before the number of its
// group can become that of a stranger.
func reap(cmd *exec.Cmd, settle func()) error {
	for unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	settle()
	return cmd.Wait()
}
