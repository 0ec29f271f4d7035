package lint_test

import (
	"slices"
	"testing"

	"github.com/logs-rdl/logs/internal/lint"
)

// lintCase is rules and the codes that they have, each with its line. Notes of
// tests are left out.
type lintCase struct {
	about string
	rules string
	want  string
}

func run(t *testing.T, cases []lintCase) {
	for _, c := range cases {
		t.Run(c.about, func(t *testing.T) {
			found := of(t, c.rules)
			if got := codes(found); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
				for _, f := range found {
					t.Log(f)
				}
			}
		})
	}
}

func TestReach(t *testing.T) {
	run(t, []lintCase{
		{"behind everything", `rule a { matching everything; doing print "a" }
rule b { matching event late; doing print "b" }`, "L001:2"},
		{"the same pattern", `rule a { matching "user (\S+) in"; binding (u); doing print u }
rule b { matching "user (?<v>\S+) in"; doing print v }`, "L001:2"},
		{"a part of the text", `rule a { matching "password"; doing print "a" }
rule b { matching "Failed password for"; doing print "b" }`, "L001:2"},
		{"a prefix with groups", `rule a { matching "^user (\S+) "; binding (u); doing print u }
rule b { matching "^user (\S+) logged (in|out)"; binding (u w); doing print u + w }`, "L001:2"},
		{"what stands around for nothing", `rule a { matching "user .*"; doing print "a" }
rule b { matching "the user$"; doing print "b" }
rule c { matching "the user x"; doing print "c" }`, "L024:1 L001:3"},
		{"either case", `rule a { matching "(?i)USER" and "root"; doing print "a" }
rule b { matching "user" and "x" and "the root"; doing print "b" }
rule c { matching "user"; doing print "c" }`, "L001:2"},
		{"one case does not cover both", `rule a { matching "user"; doing print "a" }
rule b { matching "(?i)user"; doing print "b" }`, ""},
		{"a choice", `rule a { matching "abc|defg"; doing print "a" }
rule b { matching "abcd" or "xdefg"; doing print "b" }
rule c { matching "abcd" or "xyz"; doing print "c" }`, "L001:2"},
		{"named patterns", `rule a { matching "from {IP}"; doing print "a" }
rule b { matching "from {IP:ip} port"; doing print ip }
rule c { matching "from {HOST:h}"; doing print h }`, "L001:2"},
		{"another ending", `rule a { matching "user$"; doing print "a" }
rule b { matching "user x"; doing print "b" }`, ""},
		{"another beginning", `rule a { matching "^user"; doing print "a" }
rule b { matching "the user"; doing print "b" }`, ""},
		{"a repeat is no text", `rule a { matching "abcdd"; doing print "a" }
rule b { matching "abcd+"; doing print "b" }`, ""},
		{"a filter takes too", `rule a { filtering "DEBUG" }
rule b { matching "DEBUG: x"; doing print "b" }`, "L001:2"},
		{"rules that let go on, or die, or have a condition", `rule a { matching "xyz"; continuing; doing print "a" }
rule b { matching "xyz"; once; doing print "b" }
rule c { matching "xyz"; lasting 1h; doing print "c" }
rule d { matching "xyz"; timing out in 1h; doing print "d" }
rule e { matching "xyz"; until "end"; doing print "e" }
rule f { matching "xyz"; where msg.host == "h"; doing print "f" }
rule g { matching "xyz"; doing delete rule h }
rule h { matching "abc"; doing print "h" }
rule i { matching "abc"; doing print "i" }`, ""},
		{"events by name need the name", `rule a { matching event e; binding (x); doing print x }
rule b { matching event e; doing print "b" }
rule c { matching event e; doing print "c" }`, "L001:3"},
		{"rulesets", `ruleset { matching "sshd"; rule a { matching "abc"; doing print "a" }
  rule b { matching "abcd"; doing print "b" } }
rule c { matching "abc"; doing print "c" }
ruleset { matching "xabc"
  rule d { matching "y"; doing print "d" } }`, "L001:2 L001:4"},
		{"a ruleset without a guard", `ruleset { rule a { matching "abc"; doing print "a" } }
rule b { matching "abc"; doing print "b" }`, "L001:2"},
		{"a maintenance window", `during "Tue 09:00-13:00" { rule a { matching "abc"; doing print "a" }
  rule b { matching "abc"; doing print "b" } }
rule c { matching "abc"; doing print "c" }`, "L001:2"},
		{"a step of a sequence", `rule a { matching "door"; doing print "a" }
sequence s within 1m { step one "doors open"
  step two "window"; doing print "s" }`, "L001:2"},
		{"values are not known", `let host = "h"
rule a { matching "on {host}"; doing print "a" }
rule b { matching "on {host}"; doing print "b" }`, ""},
		{"look-around is not compared", `rule a { matching "abc(?=d)"; doing print "a" }
rule b { matching "abcd"; doing print "b" }`, "L022:1"},
	})
}

func TestReachAcrossFiles(t *testing.T) {
	f := files{
		"main.rdl": `include "first.rdl"` + "\n" + `rule b { matching "link down"; doing print "b" }`,
		"first.rdl": `rule a { matching "link"; doing print "a" }
test "t" { given "link"; expect print "a" }`,
	}
	found := lintOf(t, f, "main.rdl")
	if got := codes(found); got != "L001:2" {
		t.Fatalf("got %q", got)
	}
	if want := "no line gets to this rule: a (first.rdl:1) takes all that it matches"; !slices.ContainsFunc(found, func(f lint.Finding) bool { return f.Message == want }) {
		t.Errorf("no message is %q", want)
	}
}
