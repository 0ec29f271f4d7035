package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

func TestProgramsOfBundles(t *testing.T) {
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(goCommand)
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile(ownProgram)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		program []byte
		want    string
	}{
		"itself":          {own, ""},
		"a script":        {[]byte("#!/bin/sh\n"), "it is no program for Linux"},
		"another machine": {smallProgram(t, elf.EM_RISCV), "it is for EM_RISCV: bundles are for linux/amd64 and linux/arm64"},
		"not of Go":       {smallProgram(t, elf.EM_AARCH64), "it is not logs"},
		"another of Go":   {other, `its program is "cmd/go", and that of this program "github.com/logs-rdl/logs/cmd/logs`},
	} {
		t.Run(name, func(t *testing.T) {
			switch err := checkProgram(c.program); {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestSameProgram(t *testing.T) {
	info := func(version, revision, arch string) *debug.BuildInfo {
		return &debug.BuildInfo{Path: "p", Main: debug.Module{Version: version}, Settings: []debug.BuildSetting{
			{Key: "GOARCH", Value: arch}, {Key: "vcs.revision", Value: revision}, {Key: "GOOS", Value: "linux"},
		}}
	}
	own := info("v1.0.0", "abc", "amd64")
	for name, c := range map[string]struct {
		theirs *debug.BuildInfo
		want   string
	}{
		"of another machine": {info("v1.0.0", "abc", "arm64"), ""},
		"older":              {info("v0.9.0", "abc", "amd64"), "its version"},
		"of other source":    {info("v1.0.0", "abd", "amd64"), "its revision"},
		"of another system":  {&debug.BuildInfo{Path: "p", Main: own.Main, Settings: own.Settings[1:2]}, "its system"},
	} {
		err := sameProgram(own, c.theirs)
		if got := errorText(err); c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestListsOfBundles(t *testing.T) {
	rules := rulesOf(t, `let known = "known.txt"
let kind = "bad"
rule { matching "from (\S+)"; binding (ip); where ip in lookup(known) or ip in lookup("lists/../bad.txt"); doing print ip }
rule { matching "by (\S+)"; binding (ip); where ip in lookup("/etc/hosts.deny") or ip in lookup("{kind}.txt"); doing print ip }
`)
	if got, want := lists(rules.Files), []string{"bad.txt", "known.txt"}; !slices.Equal(got, want) {
		t.Errorf("lists %q, want %q", got, want)
	}
}

// A bundle that was cut off while it was copied does nothing but say so.
func TestTornBundleDoesNotRun(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("r.rdl", []byte(`rule { matching "a"; doing print "ran" }`), 0o600); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "logs") // by this name the test's binary is the program
	if out, err := exec.Command("logs", "bundle", "-r", "r.rdl", "-o", name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	run := func() (string, error) {
		cmd := exec.Command(name)
		cmd.Stdin = strings.NewReader("a\n")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(); err != nil || !strings.HasPrefix(out, "ran\n") {
		t.Fatalf("the whole one: %v\n%s", err, out)
	}
	for _, lost := range []int64{1, 100, 400} {
		if err := os.Truncate(name, info.Size()-lost); err != nil {
			t.Fatal(err)
		}
		out, err := run()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitUsage || !strings.Contains(out, "it is torn: copy it anew") {
			t.Errorf("without its last %d bytes: %v\n%s", lost, err, out)
		}
	}
}

// The programs of both machines make bundles for both, without a compiler or
// any other program, and the one for this machine runs with no arguments.
func TestBundlesForBothMachines(t *testing.T) {
	dir := t.TempDir()
	for _, machine := range []string{"amd64", "arm64"} {
		cmd := exec.Command("go", "build", "-o", filepath.Join(dir, machine), ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+machine)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	const rules = `rule { matching "a"; doing print "ran" }`
	if err := os.WriteFile(filepath.Join(dir, "r.rdl"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	alone := func(stdin, name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(filepath.Join(dir, name), args...)
		cmd.Dir, cmd.Stdin, cmd.Env = dir, strings.NewReader(stdin), []string{"TMPDIR=" + dir}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	for machine, want := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		name := "dept-" + machine
		alone("", runtime.GOARCH, "bundle", "-r", "r.rdl", "-o", name, "--program", machine)
		whole, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		f, err := elf.NewFile(bytes.NewReader(whole))
		if err != nil || f.Machine != want {
			t.Errorf("%s is for %v (%v)", name, f.Machine, err)
		}
		if libraries, err := f.ImportedLibraries(); err != nil || len(libraries) > 0 {
			t.Errorf("%s needs %v (%v)", name, libraries, err)
		}
		if b, err := reread(whole); err != nil || len(b.Files) != 1 || string(b.Files[0].data) != rules {
			t.Errorf("%s holds %v (%v)", name, b, err)
		}
	}
	if out := alone("a\n", "dept-"+runtime.GOARCH); !strings.HasPrefix(out, "ran\n") {
		t.Errorf("it prints %q", out)
	}
}
