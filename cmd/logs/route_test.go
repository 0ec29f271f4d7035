package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/rdl"
)

// What a sink of programs had under way when a run was stopped is done by the
// next one: a program that was started, and an alert that it was not fed with
// any more.
func TestProgramsOfSinksAreResumed(t *testing.T) {
	state, err := run.OpenState(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer state.Close()
	hook := rdl.Output{Kind: rdl.SinkExec, Name: "hook", Args: []string{"cat"}, Alerts: logs.Low}
	open := func() (*sinks, *bytes.Buffer) {
		said := &bytes.Buffer{}
		s, err := newSinks(&world{out: said, err: said, log: slog.New(slog.NewTextHandler(said, nil)), in: os.Stdin}, sinkOptions{outputs: []rdl.Output{hook}, state: state})
		if err != nil {
			t.Fatal(err)
		}
		return s, said
	}
	s, _ := open()
	stopped, stop := context.WithCancel(context.Background())
	stop()
	alert := &logs.Effect{Kind: logs.EffectAlert, ID: 7, Time: time.Unix(0, 0), Rule: "r", Severity: logs.High, Text: "found"}
	s.send(stopped, s.routes["hook"], alert)
	s.untaken["hook"] = append(s.untaken["hook"], logs.Effect{Kind: logs.EffectPipe, ID: 8, Rule: "r", Sink: "hook", Args: []string{"cat"}, Lines: []string{"was started"}})
	kept, err := s.Keep()
	if err != nil {
		t.Fatal(err)
	}
	s, said := open()
	if err := s.resume(context.Background(), kept, time.UTC); err != nil {
		t.Fatal(err)
	}
	if err := s.close(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"text":"found"`, "was started"} {
		if strings.Count(said.String(), want) != 1 {
			t.Errorf("%s is not said once by\n%s", want, said)
		}
	}
	for _, id := range []logs.ID{7, 8} {
		if key := s.routes["hook"].key(id); s.givenUp.Load() > 0 || !noted(t, state, key) {
			t.Errorf("%s was not done", id)
		}
	}
}

// noted tells whether a key has been noted as done, by what the folder holds.
func noted(t *testing.T, state *run.State, key uint64) bool {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(state.Dir())); err != nil {
		t.Fatal(err)
	}
	again, err := run.OpenState(copied)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	return again.Done(key)
}
