// Command compare measures LoGS beside other tools that are found on the
// machine: rg, grep, perl and SEC. From the root of the project:
//
//	go run ./bench/compare              tables in Markdown
//	go run ./bench/compare -svg a.svg   the first of them as a chart, too
//	go run ./bench/compare -long=false  without what takes minutes
//
// It builds the program as it is shipped, makes logs and rules in a temporary
// folder, and runs all commands in turn, round by round, so that a busy machine is
// unfair to none. Figures are those of whole processes, the median of the rounds,
// with CPU being user and system time. What they mean is in the second table, of
// ratios: compare figures with each other, not with those of another machine.
//
// Commands that must say the same are found out if they do not.
package main

import (
	"flag"
	"fmt"
	"os"
)

// options say what is measured.
type options struct {
	lines  int
	rounds int
	long   bool
	svg    string
}

func main() {
	var o options
	flag.IntVar(&o.lines, "lines", 1_000_000, "`lines` of the log")
	flag.IntVar(&o.rounds, "rounds", 5, "`rounds` of each command")
	flag.BoolVar(&o.long, "long", true, "measure what takes long, too: ten times the lines, and SEC")
	flag.StringVar(&o.svg, "svg", "", "a `file` for the chart")
	flag.Parse()
	if o.lines < 1 || o.rounds < 1 {
		fmt.Fprintln(os.Stderr, "compare: -lines and -rounds are 1 or more")
		os.Exit(2)
	}
	if err := compare(o); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func compare(o options) error {
	folder, err := os.MkdirTemp("", "logs-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	l := lab{folder: folder, options: o}
	if err := l.prepare(); err != nil {
		return err
	}
	commands := l.commands()
	for range o.rounds {
		for _, c := range commands {
			if err := c.measure(); err != nil {
				return err
			}
		}
	}
	if err := agree(commands); err != nil {
		return err
	}
	live, err := l.live()
	if err != nil {
		return err
	}
	table(os.Stdout, commands, o.lines)
	verdicts(os.Stdout, targets(commands, live))
	if o.svg != "" {
		return os.WriteFile(o.svg, chart(commands), 0o644)
	}
	return nil
}
