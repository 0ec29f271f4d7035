package main

import (
	"crypto/sha256"
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// A command is measured as a whole process.
type command struct {
	name string // for targets
	what string // for people
	tool string
	args []string
	says string // commands of which this is the same must print the same; "" for any

	part int // it reads one of so many parts of the log, and its times are multiplied; 0: all
	per  int // matches that it makes in all; 0: nobody asks

	cpu, wall []time.Duration
	peak      int64 // KiB
	printed   [sha256.Size]byte
}

// measure runs the command once.
func (c *command) measure() error {
	cmd, out := exec.Command(c.tool, c.args...), sha256.New()
	cmd.Stdout = out // by a pipe: into the null device grep would stop at its first match
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", c.what, err)
	}
	times := time.Duration(max(1, c.part))
	c.wall = append(c.wall, times*time.Since(began))
	c.cpu = append(c.cpu, times*(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()))
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.peak = max(c.peak, usage.Maxrss)
	}
	printed := [sha256.Size]byte(out.Sum(nil))
	if len(c.cpu) > 1 && printed != c.printed {
		return fmt.Errorf("%s: it does not print the same each time", c.what)
	}
	c.printed = printed
	return nil
}

// agree tells of commands that must print the same and do not.
func agree(commands []*command) error {
	first := map[string]*command{}
	for _, c := range commands {
		if c.says == "" {
			continue
		}
		if f := first[c.says]; f == nil {
			first[c.says] = c
		} else if f.printed != c.printed {
			return fmt.Errorf("%s and %s do not print the same", f.what, c.what)
		}
	}
	return nil
}

func cpu(c *command) float64  { return median(c.cpu).Seconds() }
func wall(c *command) float64 { return median(c.wall).Seconds() }
func peak(c *command) float64 { return float64(c.peak) / 1024 } // MiB
func rate(c *command) float64 { return float64(c.per) / cpu(c) }

func median(d []time.Duration) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[len(d)/2]
}
