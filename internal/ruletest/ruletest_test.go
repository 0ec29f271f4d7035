package ruletest

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/rdl"
)

// rules are those that the tests below are beside.
const rules = `
window scanner(ip) {
  length 3m
  max-lines 2
  distinct
  doing alert high "scan from {ip}"
}
context quiet(host) {
  timing out in 5m
  doing print "{host} is quiet"
}
rule invalid-user {
  matching "Invalid user (\S+) from (\S+)"
  binding (user ip)
  where user != "root"
  doing {
    print "user {user}"
    add user to scanner(ip)
  }
}
rule seen { matching "host (\S+)"; binding (host); doing store into quiet(host) }
rule run { matching "run (.*)"; binding (x); doing exec "touch" x }
rule pipe { matching "pipe (.*)"; binding (x); doing pipe msg to "sort" x }
rule write { matching "write (.*)"; binding (x); doing write msg to "out/{x}.log" }
rule clock { matching "clock"; doing print "{now}" }
rule number { matching "number (.*)"; binding (x); doing print "{int(x)}" }
`

// load reads the rules with one test beside them.
func load(t *testing.T, steps string) (*rdl.Program, *rdl.Case) {
	t.Helper()
	p, err := (&rdl.Loader{Explain: true}).LoadSource("x.rdl", rules+"test \"it\" {\n"+steps+"\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	return p, p.Cases[0]
}

var errMissing = errors.New("no such file")

// openTest opens the only log that there is.
func openTest(name string) (run.Opened, error) {
	if name != "x.log" {
		return run.Opened{}, fmt.Errorf("%s: %w", name, errMissing)
	}
	return run.Opened{Reader: &given{lines: []string{"Invalid user a from 192.0.2.1", "Invalid user b from 192.0.2.1"}}}, nil
}

// Each form of expect, where it holds and where it does not: then the test
// fails with that reason.
func TestExpect(t *testing.T) {
	const three = `given """
Invalid user a from 192.0.2.1
Invalid user b from 192.0.2.1
Invalid user c from 192.0.2.1
"""
`
	for _, test := range []struct{ name, steps, failure string }{
		{"a text", three + `expect print "user a"`, ""},
		{"another text", three + `expect print "user d"`, `expect print "user d", but there was none`},
		{"not only a part", three + `expect print "user"`, `expect print "user", but there was none`},
		{"of that kind", three + `expect alert "scan from 192.0.2.1"`, ""},
		{"of another kind", three + `expect print "scan from 192.0.2.1"`, "but there was none"},
		{"a pattern", three + `expect print matching "^user [bc]$"`, ""},
		{"a pattern that matches nothing", three + `expect print matching "^user$"`, `expect print matching "^user$", but there was none`},
		{"any of a kind", three + "expect alert", ""},
		{"none of a kind", three + "expect exec", "expect exec, but there was none"},
		{"so many", three + "expect print 3 times", ""},
		{"too many", three + "expect print 2 times", "expect print 2 times, but it came 3 times"},
		{"too few", three + `expect print "user a" 2 times`, `expect print "user a" 2 times, but it came 1 times`},
		{"so many of a pattern", three + `expect print matching "[ab]$" 2 times`, ""},
		{"no", three + "expect no exec", ""},
		{"no, but there is", three + "expect no alert", "expect no alert, but there was one"},
		{"no such text", three + `expect no print "user d"`, ""},
		{"no such text, but there is", three + `expect no print "user a"`, `expect no print "user a", but there was one`},
		{"no match", three + `expect no print matching "x"`, ""},
		{"nothing else", three + "expect print; expect alert; expect nothing else", ""},
		{"something else", three + "expect print; expect nothing else", `expect nothing else, but there was alert "scan from 192.0.2.1"`},
		{"one of them is something else", three + `expect alert; expect print "user a"; expect nothing else`, `but there was print "user b"`},
		{"nothing", `given "nothing"
expect nothing else`, ""},
		{"nothing at all is no print", "expect print", "but there was none"},
		{"exec by its words", `given "run a b"
expect exec "touch a b"`, ""},
		{"pipe by its words", `given "pipe -u"
expect pipe "sort -u"`, ""},
		{"write by its lines", `given "write a"
expect write "write a"; expect no exec`, ""},
		{"what an expect took is gone for the next", three + `expect print "user a"; expect print "user a"`, "but there was none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, c := load(t, test.steps)
			result, err := Run(p, c, openTest)
			if err != nil {
				t.Fatal(err)
			}
			if test.failure == "" && result.Failure != "" {
				t.Errorf("failed: %s", result.Failure)
			}
			if first, _, _ := strings.Cut(result.Failure, "\n"); !strings.Contains(first, test.failure) {
				t.Errorf("failed with %q, want %q", first, test.failure)
			}
		})
	}
}

// An event is given as a hub has it of an edge: with its types, at the clock's
// time, and from where it says.
func TestGivenEvents(t *testing.T) {
	const rules = `
window places(ip) {
  length 1h
  max-lines 1
  distinct
  doing alert "{ip}: {items}"
}
rule tried {
  matching event tried
  binding (ip n)
  where n > 1
  doing {
    print "{n + 1} {now} {msg.time} {msg.source} {msg.host} {msg.fields.host}"
    add msg.host to places(ip)
  }
}
rule line { matching "line"; doing print "a line" }
`
	for _, test := range []struct{ name, steps, failure string }{
		{"from two edges", `
given "2026-11-24T08:00:00Z line"
expect print "a line"
given event tried(ip = "192.0.2.7", n = 2) from "net/edge1"
expect print "3 2026-11-24T08:00:00Z 2026-11-24T08:00:00Z tier:net/edge1 edge1 edge1"
expect nothing else
after 1h
given event tried(ip = "192.0.2.7", n = 2.5)
expect print "3.5 2026-11-24T09:00:00Z 2026-11-24T09:00:00Z tier:local/edge edge edge"
expect alert "192.0.2.7: edge1, edge"
expect nothing else`, ""},
		{"before any line", `
given event tried(ip = "192.0.2.7", n = 2)
expect print matching "2000-01-01T00:00:00Z"`, ""},
		{"too late", `
given event tried(ip = "192.0.2.7", n = 2) from "edge1"
after 61m
given event tried(ip = "192.0.2.7", n = 2) from "edge2"
expect alert`, "there was none"},
		{"held back", `
given event tried(ip = "192.0.2.7", n = 1)
expect print`, "where n > 1 held it back"},
		{"without a value that is bound", `
given event tried(n = 3)
expect nothing else`, ""},
		{"is no line", `
given event tried(ip = "line", n = 1)
expect nothing else`, ""},
		{"of another name", `
given event line(ip = "192.0.2.7", n = 2)
expect nothing else`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := (&rdl.Loader{Explain: true}).LoadSource("x.rdl", rules+"test \"it\" {"+test.steps+"\n}\n")
			if err != nil {
				t.Fatal(err)
			}
			result, err := Run(p, p.Cases[0], openTest)
			if err != nil {
				t.Fatal(err)
			}
			if (result.Failure == "") != (test.failure == "") || !strings.Contains(result.Failure, test.failure) {
				t.Errorf("failed with %q, want %q", result.Failure, test.failure)
			}
		})
	}
}

// A group of expects sees what came since the last group, and time passes
// only where the test says so.
func TestGroupsAndTime(t *testing.T) {
	for _, test := range []struct{ name, steps, failure string }{
		{"a group forgets the one before", `
given "Invalid user a from 192.0.2.1"
expect print
given "Invalid user b from 192.0.2.1"
expect print "user b"
expect nothing else`, ""},
		{"what was not named is not carried over", `
given "Invalid user a from 192.0.2.1"
expect no alert
given "nothing"
expect nothing else`, ""},
		{"state is", `
given "Invalid user a from 192.0.2.1"
expect no alert
given "Invalid user b from 192.0.2.1"
given "Invalid user c from 192.0.2.1"
expect alert "scan from 192.0.2.1"`, ""},
		{"steps without an expect between are one group", `
given "Invalid user a from 192.0.2.1"
given "Invalid user b from 192.0.2.1"
expect print 2 times`, ""},
		{"a timer is due", `
given "host n1"
after 5m
expect print "n1 is quiet"`, ""},
		{"a timer is not due yet", `
given "host n1"
after 299s
expect nothing else
after 1s
expect print "n1 is quiet"`, ""},
		{"time adds up", `
given "Invalid user a from 192.0.2.1"
after 2m
given "Invalid user b from 192.0.2.1"
after 61s
given "Invalid user c from 192.0.2.1"
expect no alert`, ""},
		{"time starts with the year 2000, in UTC", `
given "clock"
after 90s
given "clock"
expect print "2000-01-01T00:00:00Z"
expect print "2000-01-01T00:01:30Z"
expect nothing else`, ""},
		{"stamps are the time", `
given """
Feb 29 12:00:00 h clock
Mar  1 00:00:00 h clock
"""
expect print "2000-02-29T12:00:00Z"
expect print "2000-03-01T00:00:00Z"`, ""},
		{"without a stamp it is the time of what came before", `
given "Oct 28 12:00:00 h clock"
given "clock"
expect print "2000-10-28T12:00:00Z" 2 times`, ""},
		{"or the time that has passed since", `
given "Oct 28 12:00:00 h clock"
after 1h
given "clock"
expect print "2000-10-28T13:00:00Z"`, ""},
		{"a file", `
given file "x.log"
expect print "user a"
expect print "user b"
expect nothing else`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, c := load(t, test.steps)
			result, err := Run(p, c, openTest)
			if err != nil {
				t.Fatal(err)
			}
			if result.Failure != test.failure {
				t.Errorf("failed: %s", result.Failure)
			}
		})
	}
}

// A failure tells where, what came, and what the rules did.
func TestFailureReport(t *testing.T) {
	p, c := load(t, `given """
Invalid user a from 192.0.2.1
Invalid user root from 192.0.2.1
number many
"""
expect print "user root"`)
	result, err := Run(p, c, openTest)
	if err != nil {
		t.Fatal(err)
	}
	const want = `x.rdl:33: expect print "user root", but there was none
  expected, but missing (-); what came, and was not to (+):
    - print "user root"
      print "user a"
      print ""
  a rule could not do something: number: x.rdl:26: "many" is no whole number
  near to acting were:
    invalid-user matched, but
      where user != "root" held it back
        user = "root"
    scanner("192.0.2.1") holds 1, and fires with 3`
	if result.Failure != want {
		t.Errorf("got\n%s\nwant\n%s", result.Failure, want)
	}
	if result.Name != "it" || result.Pos != "x.rdl:27" {
		t.Errorf("it is called %q at %s", result.Name, result.Pos)
	}
}

// Of very many effects a report shows some.
func TestLongReport(t *testing.T) {
	lines := strings.Repeat("Invalid user a from 192.0.2.1\n", 50)
	p, c := load(t, "given \"\"\"\n"+lines+"\"\"\"\nexpect no print")
	result, err := Run(p, c, openTest)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(result.Failure, `print "user a"`); n != maxShown || !strings.Contains(result.Failure, "\n    and 30 more\n") {
		t.Errorf("%d effects are shown:\n%s", n, result.Failure)
	}
}

// A file that cannot be read is no failure but an error.
func TestMissingFile(t *testing.T) {
	p, c := load(t, `given file "y.log"
expect print`)
	_, err := Run(p, c, openTest)
	if !errors.Is(err, errMissing) || !strings.HasPrefix(err.Error(), "x.rdl:28: y.log: ") {
		t.Errorf("got %v", err)
	}
}

// Tests do not see each other.
func TestEachTestHasItsOwnEngine(t *testing.T) {
	p, c := load(t, `given "Invalid user a from 192.0.2.1"
given "Invalid user b from 192.0.2.1"
expect no alert`)
	for range 3 {
		if result, err := Run(p, c, openTest); err != nil || result.Failure != "" {
			t.Fatal(result.Failure, err)
		}
	}
}

// What is given is a log of one block, with positions as a file has them.
func TestGiven(t *testing.T) {
	g := &given{lines: []string{"ab", "", "c"}}
	b, err := g.Next()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line, at := range b.Lines() {
		got = append(got, fmt.Sprintf("%s@%d", line, at))
	}
	if s := strings.Join(got, " "); s != "ab@0 @3 c@4" {
		t.Errorf("got %s", s)
	}
	if _, err := g.Next(); err != io.EOF {
		t.Errorf("behind it comes %v", err)
	}
}
