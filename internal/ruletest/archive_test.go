package ruletest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/rdl"
)

// disk is files in memory.
type disk map[string]string

func (d disk) read(name string) ([]byte, error) {
	if text, ok := d[name]; ok {
		return []byte(text), nil
	}
	return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

func (d disk) glob(pattern string) (names []string, err error) {
	for name := range d {
		if ok, _ := path.Match(pattern, name); ok {
			names = append(names, name)
		}
	}
	return names, nil
}

// suite tests files in memory.
func (d disk) suite() *Suite {
	return &Suite{
		Loader: func() *rdl.Loader {
			return &rdl.Loader{Read: d.read, Glob: d.glob, Outside: rdl.Outside{Lookup: func(name string) (logs.Value, error) {
				return logs.Nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
			}}}
		},
		Open: func(name string) (run.Opened, error) { return run.Opened{}, fs.ErrNotExist },
		Stdout: func(e *logs.Effect) string {
			if e.Kind != logs.EffectPrint {
				return ""
			}
			return e.Text + "\n"
		},
	}
}

// test runs one archive.
func (d disk) test(t *testing.T, name string) Result {
	t.Helper()
	results, err := d.suite().Run([]File{{Name: name}})
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 1 {
		t.Fatalf("there are %d results", len(results))
	}
	return results[0]
}

// hello is the start of archives that greet.
const hello = `A greeting.
-- rules.rdl --
rule greet { matching "hello (\w+)"; binding (who); doing { print "hello {who}"; in 5m { alert "{who} is gone" } } }
-- a.log --
hello kim
hello lee
`

func TestArchives(t *testing.T) {
	beside := disk{"dir/greet.rdl": `rule greet { matching "hello (\w+)"; binding (who); doing print "hello {who}" }` + "\n"}
	for _, test := range []struct{ name, archive, failure string }{
		{"all that came, in order", hello + "-- expect --\nprint \"hello kim\"\nprint \"hello lee\"\n", ""},
		{"an effect is missing", hello + "-- expect --\nprint \"hello kim\"\nprint \"hello max\"\nprint \"hello lee\"\n",
			"dir/x.txtar:7: other effects came than are expected\n  expected, but missing (-); what came, and was not to (+):\n" +
				"      print \"hello kim\"\n    - print \"hello max\"\n      print \"hello lee\""},
		{"an effect is too much", hello + "-- expect --\nprint \"hello lee\"\n", "    + print \"hello kim\"\n      print \"hello lee\""},
		{"not in this order", hello + "-- expect --\nprint \"hello lee\"\nprint \"hello kim\"\n", "other effects came"},
		{"nothing was to come", hello + "-- expect --\n", "    + print \"hello kim\"\n    + print \"hello lee\""},
		{"patterns and numbers", hello + "-- expect --\nprint matching \"hello .*\" 2 times\n", ""},
		{"comments and empty lines", hello + "-- expect --\n\n# both\nprint \"hello kim\"\n\nprint \"hello lee\"\n", ""},
		{"time passes", hello + "-- expect --\nprint 2 times\n-- after 5m --\n-- expect --\nalert \"kim is gone\"\nalert \"lee is gone\"\n", ""},
		{"not enough time passes", hello + "-- expect --\nprint 2 times\n-- after 299s --\n-- expect --\nalert 2 times\n", "dir/x.txtar:10: "},
		{"several logs", hello + "-- b.log --\nhello max\n-- expect --\nprint 2 times\nprint \"hello max\"\n", ""},
		{"what is printed", hello + "-- stdout --\nhello kim\nhello lee\n", ""},
		{"something else is printed", hello + "-- stdout --\nhello kim\nhello max\n",
			"dir/x.txtar:7: something else is printed than is expected\n  expected, but missing (-); what came, and was not to (+):\n      hello kim\n    - hello max\n    + hello lee"},
		{"effects and what is printed, of the same lines", hello + "-- expect --\nprint 2 times\n-- stdout --\nhello kim\nhello lee\n", ""},
		{"rules beside it", "-r greet.rdl\n-- a.log --\nhello kim\n-- expect --\nprint \"hello kim\"\n", ""},
		{"rules that include others of the archive and beside it", `
-- rules.rdl --
include "more.rdl"
include "../greet.rdl"
-- more.rdl --
rule bye { matching "bye"; doing print "bye" }
-- a.log --
bye
hello kim
-- expect --
print "bye"
print "hello kim"
`, ""},
		{"a pattern of names in the archive", `
-- a.rdl --
include "m*.rdl"
-- more.rdl --
rule bye { matching "bye"; doing print "bye" }
-- a.log --
bye
-- expect --
print "bye"
`, ""},
		{"a list to look up", `
-- rules.rdl --
rule bad { matching "from (\S+)"; binding (ip); where ip in lookup("bad.txt"); doing print "{ip}" }
-- bad.txt --
192.0.2.1
-- a.log --
from 192.0.2.1
from 192.0.2.2
-- expect --
print "192.0.2.1"
`, ""},
		{"the tests of the rules are not run", "-- rules.rdl --\nrule a { matching \"x\"; doing print \"a\" }\ntest \"t\" { given \"x\"; expect no print }\n-- a.log --\nx\n-- expect --\nprint \"a\"\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := disk{"dir/x.txtar": test.archive, "dir/greet.rdl": beside["dir/greet.rdl"]}
			r := d.test(t, "dir/x.txtar")
			if test.failure == "" && r.Failure != "" || !strings.Contains(r.Failure, test.failure) {
				t.Errorf("failed with\n%s\nnot with\n%s", r.Failure, test.failure)
			}
		})
	}
}

// What comes from a log does not reach the terminal as it is.
func TestReportsAreFitToBeShown(t *testing.T) {
	d := disk{"x.txtar": "-- a.rdl --\nrule { matching \"(.*)\"; binding (x); doing exec \"run\" x }\n-- a.log --\n\x1b[2J\xff\n-- expect --\n"}
	if r := d.test(t, "x.txtar"); !strings.Contains(r.Failure, `+ exec "run \x1b[2J`+"\ufffd\"") {
		t.Errorf("it says %q", r.Failure)
	}
}

// What is no test is told with its place.
func TestWrongArchives(t *testing.T) {
	for _, test := range []struct{ name, archive, want string }{
		{"no rules", "-- a.log --\n-- expect --\n", "x.txtar has no rules"},
		{"no expects", "-- a.rdl --\n-- a.log --\n", "x.txtar expects nothing"},
		{"a section nobody knows", "-- a.rdl --\n-- what --\n-- expect --\n", `x.txtar:2: no section is called "what"`},
		{"no time", "-- a.rdl --\n-- after tea --\n-- expect --\n", "x.txtar:2: "},
		{"no time at all", "-- a.rdl --\n-- after 0s --\n-- expect --\n", "x.txtar:2: what follows after must be more than nothing"},
		{"wrong rules", "-- a.rdl --\n\nrul\n-- expect --\n", "x.txtar/a.rdl:2:1: "},
		{"a wrong expect", hello + "-- expect --\n\nprnt \"x\"\n", "x.txtar:9:8: no effect is called prnt"},
		{"an expect that is none", hello + "-- expect --\nprint \"x\" and\n", "x.txtar:8:"},
		{"rules that are not there", "-r no.rdl\n-- expect --\n", "no.rdl: file does not exist"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := disk{"x.txtar": test.archive}.suite().Run([]File{{Name: "x.txtar"}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	for _, line := range []string{"no print \"x\"", "nothing else } test \"other\" { given \"x\""} {
		results, err := disk{"x.txtar": hello + "-- expect --\n" + line + "\n"}.suite().Run([]File{{Name: "x.txtar"}})
		if err == nil && results[0].Failure == "" {
			t.Errorf("%s passes", line)
		}
	}
	if _, err := parseArchive("x.txtar", "-- what --\n"); !errors.Is(err, ErrArchive) {
		t.Errorf("the error is %v", err)
	}
}

// Taking an archive apart loses nothing: what stands before, between and
// behind the headers is all there.
func FuzzParseArchive(f *testing.F) {
	f.Add(hello)
	f.Add("-- a --\n-- b --")
	f.Add("\r\n-- a.log --\r\nx\r\n--  --\n")
	f.Fuzz(func(t *testing.T, src string) {
		a, _ := parseArchive("dir/x.txtar", src)
		end := 0
		for _, s := range a.sections {
			if s.start < end || s.body != src[s.start:s.end] || strings.Count(src[:s.start], "\n") > s.line {
				t.Fatalf("section %+v of %q", s, src)
			}
			for line := range strings.SplitSeq(s.body, "\n") {
				if _, ok := header(strings.TrimRight(line, " \t\r")); ok {
					t.Fatalf("the body of %q holds a header", s.name)
				}
			}
			end = s.end
		}
		if n := len(a.sections); n > 0 && end != len(src) {
			t.Fatalf("%d bytes are lost of %q", len(src)-end, src)
		}
		a.block()
	})
}

// The example of the package comment passes.
func TestExampleArchive(t *testing.T) {
	src, err := os.ReadFile("../../examples/ssh-scanner.rdl")
	if err != nil {
		t.Fatal(err)
	}
	d := disk{"ssh-scanner.rdl": string(src), "t/x.txtar": `Three users from one address are a scan.
-r ../ssh-scanner.rdl
-- auth.log --
Oct 28 17:03:11 l096 sshd[16651]: Invalid user a from 62.123.192.212
-- expect --
-- after 10m --
-- expect --
`}
	if r := d.test(t, "t/x.txtar"); r.Failure != "" || r.Name != "Three users from one address are a scan." {
		t.Errorf("%+v", r)
	}
}
