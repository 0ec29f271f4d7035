package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/logs-rdl/logs/bench"
)

// scannerPattern is that of bench.Scanner.
const scannerPattern = "Invalid user (.*) from (.*)"

// manyRules makes n rules, of which the scanner is the last.
func manyRules(n int) string { return bench.Rules(bench.Patterns(n-1)) + bench.Scanner }

// manyPatterns are those of manyRules, a line each.
func manyPatterns(n int) string {
	return strings.Join(append(bench.Patterns(n-1), scannerPattern), "\n") + "\n"
}

// manySEC are the rules of manyRules for SEC, as far as it can say them.
func manySEC(n int) string {
	var b strings.Builder
	for _, p := range append(bench.Patterns(n-1), scannerPattern) {
		fmt.Fprintf(&b, "type=Single\nptype=RegExp\npattern=%s\ndesc=$1\naction=none\n\n", p)
	}
	return b.String()
}

// A thousand rules in groups of one program each. Lines of the first seven make up
// the log, so their guards let many lines through; those of the others none.
const (
	groups  = 50
	inGroup = 20
)

var programs = [groups]string{`sshd\[`, `CRON\[`, "dhcpd:", "kernel:", `systemd\[`, `postfix/smtpd\[`, `postfix/qmgr\[`}

// nestedRules makes the rules of manyRules(groups*inGroup) in rulesets with guards.
// The scanner is among those of sshd.
func nestedRules() string {
	var b strings.Builder
	window, rule, _ := strings.Cut(bench.Scanner, "rule ")
	b.WriteString(window)
	patterns := bench.Patterns(groups*inGroup - 1)
	for i, program := range programs {
		n := inGroup
		if program == "" {
			program = fmt.Sprintf(`daemon%02d\[`, i)
		}
		fmt.Fprintf(&b, "ruleset {\nmatching \" %s\"\n", program)
		if i == 0 {
			n--
			b.WriteString("rule " + rule)
		}
		b.WriteString(bench.Rules(patterns[:n]) + "}\n")
		patterns = patterns[n:]
	}
	return b.String()
}

// windowRules makes n rules that all match every line and add to a window of its
// host.
func windowRules(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "window w%d(host) { length 1m; max-lines 1000; doing print \"full\" }\n", i)
		fmt.Fprintf(&b, "rule { matching \" node(\\d+) \"; binding (host); continuing; doing add host to w%d(host) }\n", i)
	}
	return b.String()
}

// nfs makes a rule for each server that is down.
const nfs = `rule nfs-down {
  matching "nfs server (\S+) not responding"
  binding (server)
  doing rule {
    matching "nfs server {server} OK"
    once
    doing print "{server} came back"
  }
}
`

// nfsLog writes a log in which n servers go down and come back, and some other lines
// of which one in ten says that one more server is well. Either all are down during
// the other lines, or only the last is: the others come back one after another, before.
// But for that order and the stamps, both logs hold the same lines, and the same rules
// are made and end.
func nfsLog(w io.Writer, n, others int, together bool) error {
	l := &nfsWriter{Writer: bufio.NewWriter(w), now: time.Date(2007, 10, 28, 0, 0, 0, 0, time.UTC)}
	for i := range n {
		l.line("kernel: nfs server s%06d not responding", i)
		if !together && i < n-1 {
			l.line("kernel: nfs server s%06d OK", i)
		}
	}
	for i := range others {
		if i%10 == 0 {
			l.line("kernel: nfs server x%06d OK", i%100_000)
		} else {
			l.line("crond[%d]: (root) CMD (run-parts /etc/cron.hourly)", i)
		}
	}
	for i := range n {
		if together || i == n-1 {
			l.line("kernel: nfs server s%06d OK", i)
		}
	}
	return l.Flush()
}

// An nfsWriter writes ten lines a second. The first error is that of Flush.
type nfsWriter struct {
	*bufio.Writer
	now time.Time
}

func (w *nfsWriter) line(format string, number int) {
	w.WriteString(w.now.Format(time.Stamp) + " h ")
	fmt.Fprintf(w, format+"\n", number)
	w.now = w.now.Add(100 * time.Millisecond)
}
