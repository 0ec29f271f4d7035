package sink

import (
	"bufio"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/logs-rdl/logs"
)

// TestPrintKeepsOrderWithAlerts: sinks that share a writer share its order.
func TestPrintKeepsOrderWithAlerts(t *testing.T) {
	var b strings.Builder
	out := bufio.NewWriter(&b)
	p, a := Print{Out: out}, &Alert{Out: out}
	ctx := context.Background()
	check(t, p.Do(ctx, &logs.Effect{Text: `one\x1b`}))
	check(t, a.Do(ctx, &logs.Effect{Text: "two", Severity: logs.Low}))
	check(t, p.Do(ctx, &logs.Effect{}))
	if b.Len() != 0 {
		t.Error("written before Flush")
	}
	check(t, p.Flush())
	if want := "one\\x1b\n0001-01-01T00:00:00Z low      two id=0000000000000000\n\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

type broken struct{}

var errBroken = errors.New("broken pipe")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestPrintReportsABrokenOutput(t *testing.T) {
	p := Print{Out: bufio.NewWriterSize(broken{}, 16)}
	if err := p.Do(context.Background(), &logs.Effect{Text: strings.Repeat("x", 100)}); err != errBroken {
		t.Error(err)
	}
}
