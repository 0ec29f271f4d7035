package sink

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/logs-rdl/logs"
)

// DryRun tells what effects would do, one line for each, and does nothing:
//
//	would exec "sh" "rec.sh" "62.123.192.212"
//	would pipe 3 lines to "sort" "-u"
//
// Text stands in quotes that a shell would leave alone, so that a command can
// be tried by hand.
type DryRun struct {
	Out  *bufio.Writer // shared by the sinks whose output is to stay in order
	Sink string        // the sink that it stands for; "" for a statement
}

// Do writes the line.
func (d DryRun) Do(_ context.Context, e *logs.Effect) error {
	what := e.Kind.String() + " " + describe(e)
	if e.Kind == logs.EffectAlert { // which standard output has told
		what = "send " + quote(e.Text) + " to " + quote(d.Sink)
	}
	_, err := fmt.Fprintf(d.Out, "would %s\n", what)
	return err
}

// Flush writes out what is buffered.
func (d DryRun) Flush() error { return d.Out.Flush() }

// describe says what follows the name of the kind.
func describe(e *logs.Effect) string {
	switch e.Kind {
	case logs.EffectExec:
		return quoteAll(e.Args)
	case logs.EffectPipe:
		return content(e) + " to " + quoteAll(e.Args)
	case logs.EffectWrite:
		return content(e) + " to " + quote(e.Target)
	case logs.EffectMail:
		return fmt.Sprintf("%s to %s subject %s", content(e), quote(e.Target), quote(e.Text))
	case logs.EffectPost, logs.EffectSend:
		return body(e) + " to " + quote(e.Target)
	case logs.EffectBan:
		return fmt.Sprintf("%s for %s%s", quote(e.Target), logs.Duration(e.Span), optional(" with ", e.Sink))
	case logs.EffectUnban:
		return quote(e.Target) + optional(" with ", e.Sink)
	case logs.EffectForward:
		return logs.Show(e.Text) + fieldList(e) + optional(" by ", e.Target)
	}
	return quote(e.Text)
}

// content is the line of an effect, or how many it has.
func content(e *logs.Effect) string {
	if len(e.Lines) == 1 {
		return quote(e.Lines[0])
	}
	return fmt.Sprintf("%d lines", len(e.Lines))
}

// body is the text of an effect, or its fields, or its lines.
func body(e *logs.Effect) string {
	switch {
	case e.Text != "":
		return quote(e.Text)
	case len(e.Fields) > 0:
		return fieldList(e)
	}
	return content(e)
}

func fieldList(e *logs.Effect) string {
	var fields []string
	for _, f := range e.Fields {
		value := string(f.Value.Append(nil, e.Time.Location()))
		fields = append(fields, logs.Show(f.Name)+" = "+quote(value))
	}
	return "(" + strings.Join(fields, ", ") + ")"
}

func optional(word, s string) string {
	if s == "" {
		return ""
	}
	return word + quote(s)
}

func quoteAll(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = quote(arg)
	}
	return strings.Join(quoted, " ")
}

// quote puts s in double quotes, or in single ones if it holds what a shell
// would see in double ones.
func quote(s string) string {
	s = logs.Show(s)
	if strings.ContainsAny(s, "\"\\$`!") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return `"` + s + `"`
}
