package bench

import (
	"syscall"
	"time"
)

// OwnCPU is what this process has taken, user and system time.
func OwnCPU() time.Duration {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // fails for no such argument
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
