package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/logs-rdl/logs/bench"
)

// A lab is a folder with all that is needed to measure.
type lab struct {
	options
	folder string
}

const (
	allMatch = 10      // rules that match every line
	servers  = 100_000 // that are down
	secPart  = 50      // SEC with many rules reads one line in so many
	longer   = 10      // how often the log is in the long one
)

func (l *lab) in(name string) string { return filepath.Join(l.folder, name) }

// prepare makes the program, the logs and the rules.
func (l *lab) prepare() error {
	build := exec.Command("go", "build", "-o", l.in("logs"), "./cmd/logs")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	files := map[string]func(io.Writer) error{
		"a.log":       l.syslog(l.lines),
		"part.log":    l.syslog(max(1, l.lines/secPart)),
		"1live.log":   func(w io.Writer) error { return nfsLog(w, servers, l.lines, false) },
		"live.log":    func(w io.Writer) error { return nfsLog(w, servers, l.lines, true) },
		"1.rdl":       text(bench.Scanner),
		"1000.rdl":    text(manyRules(1000)),
		"10000.rdl":   text(manyRules(10_000)),
		"nested.rdl":  text(nestedRules()),
		"windows.rdl": text(windowRules(allMatch)),
		"nfs.rdl":     text(nfs),
		"every.rdl":   text("rule { matching everything; doing alert \"{msg.text}\" }\n"),
		"1000.txt":    text(manyPatterns(1000)),
		"1.sec":       text(manySEC(1)),
		"1000.sec":    text(manySEC(1000)),
	}
	if l.long {
		files["long.log"] = l.syslog(longer * l.lines)
	}
	for name, write := range files {
		if err := writeFile(l.in(name), write); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) syslog(lines int) func(io.Writer) error {
	return func(w io.Writer) error { return bench.Syslog(w, lines, 1) }
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

// commands lists those whose tools are found.
func (l *lab) commands() []*command {
	all := slices.Concat(l.scanners(), l.many(), l.shapes())
	return slices.DeleteFunc(all, func(c *command) bool {
		_, err := exec.LookPath(c.tool)
		return err != nil || c.tool == "sec" && !l.long
	})
}

// scanners are the commands with one pattern.
func (l *lab) scanners() []*command {
	log := l.in("a.log")
	all := []*command{
		l.logs("scanner", "LoGS, the scanner", "1.rdl", "a.log"),
		l.logs("one worker", "the same, --workers 1", "1.rdl", "a.log", "--workers", "1"),
		l.logs("two workers", "the same, --workers 2", "1.rdl", "a.log", "--workers", "2"),
		{name: "rg", what: "rg -c, its pattern", tool: "rg", args: []string{"-c", scannerPattern, log}, says: "count"},
		{name: "grep", what: "grep -cE, its pattern", tool: "grep", args: []string{"-cE", scannerPattern, log}, says: "count"},
		{name: "perl", what: "perl, a loop that counts", tool: "perl", args: []string{"-ne", "$n++ if /" + scannerPattern + "/; END { print \"$n\\n\" }", log}, says: "count"},
		l.sec("SEC", "SEC, its pattern", "1.sec", "a.log"),
	}
	if l.long {
		all = append(all, l.logs("long", fmt.Sprintf("LoGS, the scanner, %d times the lines", longer), "1.rdl", "long.log"))
	}
	for _, c := range all[:3] {
		c.says = "scanners"
	}
	return all
}

// many are the commands with many patterns.
func (l *lab) many() []*command {
	part := l.sec("SEC 1000", fmt.Sprintf("SEC, 1,000 rules (a log of 1/%d, times %d)", secPart, secPart), "1000.sec", "part.log")
	part.part = secPart
	all := []*command{
		l.logs("1000", "LoGS, 1,000 rules", "1000.rdl", "a.log"),
		l.logs("10000", "LoGS, 10,000 rules", "10000.rdl", "a.log"),
		l.logs("nested", fmt.Sprintf("LoGS, %d rulesets of %d rules", groups, inGroup), "nested.rdl", "a.log"),
	}
	for _, c := range all {
		c.says = "scanners"
	}
	return append(all, &command{name: "rg 1000", what: "rg -c -f, 1,000 patterns", tool: "rg", args: []string{"-c", "-f", l.in("1000.txt"), l.in("a.log")}, says: "count"}, part)
}

// shapes are those with other rules.
func (l *lab) shapes() []*command {
	windows := l.logs("windows", fmt.Sprintf("LoGS, %d rules that match every line", allMatch), "windows.rdl", "a.log")
	windows.per = allMatch * l.lines
	alone := l.logs("1 live", "LoGS, 1 live rule at a time", "nfs.rdl", "1live.log")
	together := l.logs("live", "LoGS, 100,000 live rules", "nfs.rdl", "live.log")
	alone.says, together.says = "servers", "servers"
	return []*command{windows, alone, together}
}

func (l *lab) logs(name, what, rules, log string, flags ...string) *command {
	args := append([]string{"run", "-r", l.in(rules), "--year", "2007", l.in(log)}, flags...)
	return &command{name: name, what: what, tool: l.in("logs"), args: args}
}

func (l *lab) sec(name, what, rules, log string) *command {
	return &command{name: name, what: what, tool: "sec", args: []string{"--conf=" + l.in(rules), "--input=" + l.in(log), "--notail", "--fromstart", "--quiet"}}
}
