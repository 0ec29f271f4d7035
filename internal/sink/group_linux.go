package sink

import "syscall"

// ownGroup makes a program the head of a process group, which ends with the
// thread that started it, and so with this process however that ends.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
