package sink

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
)

// Alert writes alerts, as text or as JSON. As text an alert is one line, which
// grep finds by any of its parts, and below it, indented, the lines of log
// behind it:
//
//	2007-10-28T17:03:24Z high     break-in: root is in user=root ip=62.0.0.1 id=00000000000000ff
//	    Oct 28 17:03:11 l096 sshd[16651]: Invalid user a from 62.0.0.1
//
// As JSON it is an object on one line, with the parts in the same order and
// the values of their own types.
type Alert struct {
	Out  *bufio.Writer // shared by the sinks whose output is to stay in order
	JSON bool

	buf []byte
}

// Do writes the alert.
func (a *Alert) Do(_ context.Context, e *logs.Effect) error {
	if a.JSON {
		a.buf = append(appendAlertJSON(a.buf[:0], e), '\n')
	} else {
		a.buf = appendAlertText(a.buf[:0], e)
	}
	_, err := a.Out.Write(a.buf)
	if cap(a.buf) > 1<<20 {
		a.buf = nil
	}
	return err
}

// Flush writes out what is buffered.
func (a *Alert) Flush() error { return a.Out.Flush() }

func appendAlertText(dst []byte, e *logs.Effect) []byte {
	dst = e.Time.AppendFormat(dst, time.RFC3339Nano)
	dst = fmt.Appendf(dst, " %-8s ", e.Severity) // as wide as critical
	if e.Rule != "" {
		dst = append(append(dst, logs.Show(e.Rule)...), ": "...)
	}
	dst = append(dst, logs.Show(e.Text)...)
	for _, f := range e.Fields {
		dst = append(append(dst, ' '), logs.Show(f.Name)...)
		dst = appendWord(append(dst, '='), string(f.Value.Append(nil, e.Time.Location())))
	}
	dst = append(append(dst, " id="...), e.ID.String()...)
	for _, line := range e.Lines {
		dst = append(append(dst, "\n    "...), logs.Show(line)...)
	}
	return append(dst, '\n')
}

var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// appendWord appends a value as one word, in quotes where it would not be one.
// Within them a backslash starts an escape, and only there.
func appendWord(dst []byte, s string) []byte {
	if s != "" && !strings.ContainsAny(s, " \t\"=") && logs.Show(s) == s {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	dst = append(dst, logs.Show(quoting.Replace(s))...)
	return append(dst, '"')
}
