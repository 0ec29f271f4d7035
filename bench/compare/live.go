package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Some figures are of moments, not of CPU: how soon the program is there, and how
// soon it tells of a line that is written while it waits.

const (
	waitedFor = 1000             // lines that are written one by one
	pause     = time.Millisecond // between them: a log that is followed is mostly still
	patience  = time.Minute      // for anything to come
)

// moments are the figures that come of it.
type moments struct {
	start    time.Duration // until the end of a log of one line, with the slowest of the example rules
	p50, p99 time.Duration // from a line's being written to its alert's being read
}

func (l *lab) live() (m moments, err error) {
	if m.start, err = l.start(); err != nil {
		return m, err
	}
	waits, err := l.latency()
	if err != nil {
		return m, fmt.Errorf("following: %w", err)
	}
	slices.Sort(waits)
	m.p50, m.p99 = waits[len(waits)/2], waits[len(waits)*99/100]
	return m, nil
}

// start measures whole runs over one line, which is more than the way to it.
func (l *lab) start() (slowest time.Duration, err error) {
	if err := writeFile(l.in("one.log"), l.syslog(1)); err != nil {
		return 0, err
	}
	examples, err := filepath.Glob("examples/*.rdl")
	if err != nil {
		return 0, err
	}
	for _, rules := range examples {
		c := &command{what: rules, tool: l.in("logs"), args: []string{"run", "-r", rules, "--year", "2007", l.in("one.log")}}
		for range max(l.rounds, 10) {
			if err := c.measure(); err != nil {
				return 0, err
			}
		}
		slowest = max(slowest, median(c.wall))
	}
	return slowest, nil
}

// latency follows a file, and waits for the alert of each line that it writes.
func (l *lab) latency() ([]time.Duration, error) {
	file, err := os.Create(l.in("followed.log"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, l.in("logs"), "run", "-r", l.in("every.rdl"), "-f", file.Name())
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	waits, err := exchange(file, bufio.NewReader(out))
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait() // ended by a signal, which is no success
	return waits, err
}

// exchange writes lines and reads an alert for each. The first, which waits for
// the start, does not count.
func exchange(log io.Writer, alerts *bufio.Reader) (waits []time.Duration, err error) {
	for i := range waitedFor + 1 {
		<-time.After(pause)
		began := time.Now()
		if _, err := fmt.Fprintf(log, "%s h app: line %d\n", began.Format(time.Stamp), i); err != nil {
			return nil, err
		}
		if err := awaitAlert(alerts, i); err != nil {
			return nil, err
		}
		if i > 0 {
			waits = append(waits, time.Since(began))
		}
	}
	return waits, nil
}

// awaitAlert reads to the alert of a line: below it stands the line itself.
func awaitAlert(alerts *bufio.Reader, line int) error {
	for {
		said, err := alerts.ReadString('\n')
		if err != nil || strings.Contains(said, fmt.Sprintf("line %d id=", line)) {
			return err
		}
	}
}
