package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// logsIn runs the program on the examples.
func logsIn(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("logs", args...)
	cmd.Dir = "../../examples"
	cmd.Env = append(os.Environ(), "TZ=UTC")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("logs %s: %v\n%s%s", strings.Join(args, " "), err, out, said.String())
	}
	return string(out)
}

// The examples are right, in canonical layout, and pass the tests beside them.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../examples/*.rdl")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no examples (%v)", err)
	}
	for _, file := range files {
		file = filepath.Base(file)
		t.Run(file, func(t *testing.T) {
			logsIn(t, "check", file)
			if diff := logsIn(t, "fmt", "-d", file); diff != "" {
				t.Error(diff)
			}
			if out := logsIn(t, "test", file); strings.HasPrefix(out, "0 passed") {
				t.Error("it has no test")
			}
		})
	}
}

// The scanner finds the one scanner of the log, as a window and as functions.
func TestExampleScanners(t *testing.T) {
	want := []string{"user: admin", "user: oracle", "user: webmaster", "window: invalid user from 192.0.2.7 blew up"}
	for _, rules := range []string{"ssh-scanner.rdl", "ssh-scanner-functions.rdl"} {
		out := logsIn(t, "run", "-r", rules, "--year", "2007", "auth.log")
		got := strings.Split(strings.TrimSpace(out), "\n")
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s prints\n%s", rules, out)
		}
	}
}
