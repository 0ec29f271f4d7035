//go:build unix && !linux

package sink

import (
	"os/exec"
	"syscall"
)

// ownGroup makes a program the head of a process group.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// reap waits for a program to end, and calls settle at once when it has.
func reap(cmd *exec.Cmd, settle func()) error {
	err := cmd.Wait()
	settle()
	return err
}
