//go:build unix && !linux

package sink

import "syscall"

// ownGroup makes a program the head of a process group.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
