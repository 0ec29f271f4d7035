package sink

import (
	"context"
	"strings"

	"github.com/logs-rdl/logs"
)

// Append writes what is sent to it to a file: an alert as Alert tells it, of
// anything else the text, the fields or the lines.
type Append struct {
	Files *Files
	Path  string
}

// Do appends to the file, as Files.Do does.
func (a Append) Do(ctx context.Context, e *logs.Effect) error {
	return a.Files.Do(ctx, &logs.Effect{Kind: logs.EffectWrite, ID: e.ID, Rule: e.Rule, Target: a.Path, Lines: told(e)})
}

// told returns the lines that an effect makes in a file.
func told(e *logs.Effect) []string {
	switch {
	case e.Kind == logs.EffectAlert:
		return strings.Split(strings.TrimSuffix(string(appendAlertText(nil, e)), "\n"), "\n")
	case len(e.Fields) > 0:
		return []string{string(appendFields(nil, e.Fields, e.Time.Location()))}
	case len(e.Lines) > 0:
		return e.Lines
	}
	return []string{e.Text}
}

// Feed runs a program for each effect that is sent to it, with the effect as
// a line of JSON on its standard input.
type Feed struct {
	Exec *Exec
	Name string // of the sink: the effects that Exec tells of bear it
	Args []string
}

// Do starts the program, as Exec.Do does.
func (f Feed) Do(ctx context.Context, e *logs.Effect) error {
	line := string(appendAlertJSON(nil, e))
	return f.Exec.Do(ctx, &logs.Effect{Kind: logs.EffectPipe, ID: e.ID, Time: e.Time, Rule: e.Rule, Sink: f.Name, Args: f.Args, Lines: []string{line}})
}
