// Command compare measures LoGS beside other tools that are found on the
// machine: rg, grep and SEC. From the root of the project:
//
//	go run ./bench/compare            a table in Markdown
//	go run ./bench/compare -svg a.svg the same as a chart, too
//
// It makes a log and rules in a temporary folder, and runs all commands in
// turn, round by round, so that a busy machine is unfair to none. Figures are
// CPU seconds of the whole process, the median of the rounds; compare them
// with each other, not with those of another machine.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/logs-rdl/logs/bench"
)

func main() {
	lines := flag.Int("lines", 1_000_000, "lines of the log")
	rounds := flag.Int("rounds", 5, "rounds of each command")
	svg := flag.String("svg", "", "a file for the chart")
	flag.Parse()
	if err := compare(*lines, *rounds, *svg); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func compare(lines, rounds int, svg string) error {
	folder, err := os.MkdirTemp("", "logs-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	cases, err := prepare(folder, lines)
	if err != nil {
		return err
	}
	for range rounds {
		for i := range cases {
			if err := cases[i].measure(); err != nil {
				return err
			}
		}
	}
	table(os.Stdout, cases, lines)
	if svg != "" {
		return os.WriteFile(svg, chart(cases), 0o644)
	}
	return nil
}

// A run is one command that is measured.
type run struct {
	what string
	tool string
	args []string
	cpu  []time.Duration
	wall []time.Duration
	peak int64 // KiB
}

// prepare makes the log, the rules and the program, and lists the commands
// whose tools are found.
func prepare(folder string, lines int) ([]run, error) {
	in := func(name string) string { return filepath.Join(folder, name) }
	files := map[string]func(io.Writer) error{
		"a.log":         func(w io.Writer) error { return bench.Syslog(w, lines, 1) },
		"nfs1.log":      func(w io.Writer) error { return nfsLog(w, 1, lines) },
		"nfs100000.log": func(w io.Writer) error { return nfsLog(w, 100_000, lines) },
		"1.rdl":         text(scanner),
		"nfs.rdl":       text(nfs),
		"1.sec":         text("type=Single\nptype=RegExp\npattern=Invalid user (.*) from (.*)\ndesc=$2\naction=none\n"),
	}
	for _, n := range []int{1000, 10_000} {
		rules, patterns := manyRules(n)
		files[fmt.Sprintf("%d.rdl", n)], files[fmt.Sprintf("%d.txt", n)] = text(rules), text(patterns)
	}
	for name, write := range files {
		if err := writeFile(in(name), write); err != nil {
			return nil, err
		}
	}
	if out, err := exec.Command("go", "build", "-o", in("logs"), "./cmd/logs").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	logs := func(what, rules, log string) run {
		return run{what: what, tool: in("logs"), args: []string{"run", "-r", in(rules), "--year", "2007", in(log)}}
	}
	all := []run{
		logs("LoGS, the scanner", "1.rdl", "a.log"),
		{what: "rg -c, its pattern", tool: "rg", args: []string{"-c", "Invalid user (.*) from (.*)", in("a.log")}},
		{what: "grep -cE, its pattern", tool: "grep", args: []string{"-cE", "Invalid user (.*) from (.*)", in("a.log")}},
		{what: "SEC, its pattern", tool: "sec", args: []string{"--conf=" + in("1.sec"), "--input=" + in("a.log"), "--notail", "--fromstart", "--quiet"}},
		logs("LoGS, 1,000 rules", "1000.rdl", "a.log"),
		{what: "rg -c -f, 1,000 patterns", tool: "rg", args: []string{"-c", "-f", in("1000.txt"), in("a.log")}},
		logs("LoGS, 10,000 rules", "10000.rdl", "a.log"),
		logs("LoGS, 1 live rule", "nfs.rdl", "nfs1.log"),
		logs("LoGS, 100,000 live rules", "nfs.rdl", "nfs100000.log"),
	}
	return slices.DeleteFunc(all, func(r run) bool {
		_, err := exec.LookPath(r.tool)
		return err != nil
	}), nil
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// writeFile writes a file bit by bit: what this program holds in memory would
// count as that of the commands that it starts.
func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	err = write(w)
	if flushed := w.Flush(); err == nil {
		err = flushed
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// measure runs the command once.
func (r *run) measure() error {
	cmd := exec.Command(r.tool, r.args...)
	cmd.Stdout = io.Discard // a pipe: into the null device grep would stop at its first match
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", r.what, err)
	}
	r.wall = append(r.wall, time.Since(began))
	r.cpu = append(r.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.peak = max(r.peak, usage.Maxrss)
	}
	return nil
}

func median(d []time.Duration) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[len(d)/2]
}
