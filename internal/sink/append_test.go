package sink

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
)

var sent = []*logs.Effect{
	{
		Kind: logs.EffectAlert, ID: 1, Time: time.Unix(0, 0).UTC(), Rule: "r", Severity: logs.High, Text: "found",
		Fields: []logs.Field{{Name: "ip", Value: logs.Text("192.0.2.1")}}, Lines: []string{"line one\x1b"},
	},
	{Kind: logs.EffectSend, Text: "a text"},
	{Kind: logs.EffectSend, Fields: []logs.Field{{Name: "n", Value: logs.Int(3)}}},
	{Kind: logs.EffectSend, Lines: []string{"two", "lines"}},
}

func TestAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "all.log")
	a := Append{&Files{}, path}
	for _, e := range sent {
		if err := a.Do(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Files.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	want := `1970-01-01T00:00:00Z high     r: found ip=192.0.2.1 id=0000000000000001
    line one\x1b
a text
{"n":3}
two
lines
`
	if err != nil || string(got) != want {
		t.Errorf("got %v and\n%s\nwant\n%s", err, got, want)
	}
}

// A program finds the effect as JSON on its standard input, and what is told
// of it afterwards names the sink.
func TestFeed(t *testing.T) {
	out, in := io.Pipe()
	done := make(chan logs.Effect, 1)
	x := NewExec(Options{Output: in, Done: func(e *logs.Effect) { done <- *e }})
	go func() {
		if err := (Feed{x, "hook", []string{"cat"}}).Do(context.Background(), sent[0]); err != nil {
			t.Error(err)
		}
		x.Close(context.Background())
		in.Close()
	}()
	got, err := io.ReadAll(out)
	if err != nil || !strings.Contains(string(got), `"text":"found"`) || !strings.HasSuffix(string(got), "\n") {
		t.Errorf("got %v and %s", err, got)
	}
	if e := <-done; e.Sink != "hook" || e.ID != 1 {
		t.Errorf("got %+v", e)
	}
}
