package run

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
)

// Of a thousand logs that follow each other few are open at once, and they
// are read as they would be if all were.
func TestManyLogs(t *testing.T) {
	begin := time.Date(2007, 10, 28, 0, 0, 0, 0, time.UTC)
	var inputs []Input
	var want []string
	open, most := 0, 0
	for i := range 1000 {
		// The names are not in the order of time.
		day := (i*617 + 5) % 1000
		var b strings.Builder
		for j := range 3 {
			// The last line lies behind the first of the next log.
			at := begin.Add(time.Duration(day)*time.Minute + time.Duration(j)*25*time.Second)
			fmt.Fprintf(&b, "%s h app: %d\n", at.Format(time.Stamp), day)
			want = append(want, fmt.Sprintf("%s %d", at.Format("15:04:05"), day))
		}
		x := &text{name: fmt.Sprint(i), blocks: []string{b.String()}}
		in := x.input()
		inner := in.Open
		in.Open = func() (Opened, error) {
			open++
			most = max(most, open)
			o, err := inner()
			o.Reader = &counted{o.Reader, &open}
			return o, err
		}
		inputs = append(inputs, in)
	}
	slices.Sort(want)
	out, sum := feedAll(t, options(), inputs)
	if !slices.Equal(out, want) {
		t.Errorf("got %q...", out[:10])
	}
	if open != 0 || most > 10 || sum.Lines != 3000 {
		t.Errorf("%d are open in the end, %d were at once; %d lines", open, most, sum.Lines)
	}
}

// counted is a reader that counts how many are open.
type counted struct {
	Reader
	open *int
}

func (c *counted) Close() error { *c.open--; return c.Reader.Close() }

func feedAll(t *testing.T, o Options, inputs []Input) ([]string, Summary) {
	t.Helper()
	out := &seen{}
	show := func(now time.Time, m *logs.Message) string {
		return now.Format("15:04:05") + m.Line[strings.LastIndex(m.Line, " "):]
	}
	runner := Runner{Engine: telling(t, show), Handler: out, Options: o}
	sum, err := runner.Run(t.Context(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	return out.lines, sum
}

// A log that cannot be opened again when its time has come, and one that
// cannot be opened at all, are told.
func TestManyLogsThatFail(t *testing.T) {
	var inputs []Input
	for i := range maxOpen + 1 {
		inputs = append(inputs, log(fmt.Sprint(i), stamped(i)).input())
	}
	opens := 0
	inner := inputs[3].Open
	inputs[3].Open = func() (Opened, error) {
		if opens++; opens > 1 {
			return Opened{}, errors.New("gone")
		}
		return inner()
	}
	inputs[4].Open = func() (Opened, error) { return Opened{}, errors.New("missing") }
	var told []string
	o := options()
	o.Failed = func(err error) { told = append(told, err.Error()) }
	lines, sum := feedAll(t, o, inputs)
	if len(lines) != maxOpen-1 || sum.Failed != 2 || !slices.Equal(told, []string{"missing", "gone"}) {
		t.Errorf("%d lines, %d failed, %q", len(lines), sum.Failed, told)
	}
}
