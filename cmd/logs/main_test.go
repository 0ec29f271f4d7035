package main

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The tests are scripts in testdata, one for each subject; those whose names
// begin with safety hold a sentence each of the language's promise about log
// text. Beside what testscript brings they know these commands:
//
//	code N PROGRAM ARG...       runs a program, which must end with that code
//	bytes FILE N TEXT...        makes a file of N times TEXT, which may hold \r, \x00 and so on
//	samebytes FILE N TEXT...    the file, or stdout, must be that
//	pack gz|zst|xz FROM TO      makes an archive
//	unbase64 FROM TO            writes what FROM holds as base64
//	cut FROM N TO               keeps the first N bytes of a file
//	modified FILE TIME          says when a file was last written
//	await FILE PATTERN          waits until a file holds that

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"logs": main, "linger": linger, "emit": emit, "journalctl": journalctl, "natsd": natsd})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("TZ", "UTC")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each program lingers for a second
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code, "bytes": bytesFile, "samebytes": sameBytes, "pack": pack, "unbase64": unbase64, "cut": cut, "modified": modified, "await": await,
		},
		RequireUniqueNames: true,
	})
}

func code(ts *testscript.TestScript, _ bool, args []string) {
	want := number(ts, args[0])
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("ended with code %d, not %d", got, want)
	}
}

func bytesFile(ts *testscript.TestScript, _ bool, args []string) {
	writeFile(ts, args[0], repeated(ts, args[1:]))
}

func sameBytes(ts *testscript.TestScript, _ bool, args []string) {
	got, want := ts.ReadFile(args[0]), repeated(ts, args[1:])
	if got == want {
		return
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	ts.Fatalf("%s differs at byte %d: got %q, want %q", args[0], at, part(got, at), part(want, at))
}

// part returns what stands around a place.
func part(s string, at int) string { return s[max(0, at-20):min(len(s), at+40)] }

// repeated builds the text of pairs of a count and a text.
func repeated(ts *testscript.TestScript, pairs []string) string {
	var b strings.Builder
	for ; len(pairs) > 0; pairs = pairs[2:] {
		text, err := strconv.Unquote(`"` + strings.ReplaceAll(pairs[1], `"`, `\"`) + `"`)
		ts.Check(err)
		b.WriteString(strings.Repeat(text, number(ts, pairs[0])))
	}
	return b.String()
}

func cut(ts *testscript.TestScript, _ bool, args []string) {
	writeFile(ts, args[2], ts.ReadFile(args[0])[:number(ts, args[1])])
}

func modified(ts *testscript.TestScript, _ bool, args []string) {
	t, err := time.Parse(time.RFC3339, args[1])
	ts.Check(err)
	ts.Check(os.Chtimes(ts.MkAbs(args[0]), t, t))
}

func await(ts *testscript.TestScript, _ bool, args []string) {
	re := regexp.MustCompile("(?m)" + args[1])
	var text []byte
	holds := func() bool {
		text, _ = os.ReadFile(ts.MkAbs(args[0]))
		return re.Match(text)
	}
	if !eventually(20*time.Second, holds) {
		ts.Fatalf("%s does not hold %s, but %q", args[0], args[1], text)
	}
}

func number(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}

func writeFile(ts *testscript.TestScript, name, text string) {
	ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o644))
}
