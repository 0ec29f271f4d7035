package ruletest

import (
	"strings"
	"testing"

	"github.com/logs-rdl/logs/rdl"
)

// A test that fails tells why the rules that were near did not act.
func TestNearMisses(t *testing.T) {
	for _, test := range []struct {
		name, rules string
		lines       string
		want        []string // lines of the report
		not         string   // what it does not hold
	}{
		{"no rule matched", `rule a { matching "x"; doing print "a" }`, "y\nz", []string{"no rule matched any of 2 messages"}, "near"},
		{"the condition, with its values",
			`let most = 3
rule a { matching "tries (\d+)"; binding (n); where int(n) > most and n != "9"; doing print "a" }`, "tries 2", []string{
				"a matched, but", `where int(n) > most and n != "9" held it back`, `n = "2"`, "int(n) = 2", "most = 3",
				"int(n) > most = false", `n != "9" = true`,
			}, ""},
		{"a context that is not there",
			`context down(host) { lasting 1h }
rule a { matching "(\S+) up"; binding (host); where exists down(host); doing print "a" }
rule b { matching "(\S+) down"; binding (host); doing store into down(host) }`, "n1 down\nn2 up", []string{
				"a matched, but", "where exists down(host) held it back", `there was no down("n2")`}, ""},
		{"not one that another rule asked for",
			`context down(host) { lasting 1h }
rule b { matching "(\S+)"; binding (host); continuing; doing { if exists down(host) { stop } } }
rule a { matching "(\S+)"; binding (host); where host == "x"; doing print "a" }`, "n2", []string{
				`where host == "x" held it back`}, "there was no"},
		{"the text is there, the rest of the pattern is not",
			`rule a { matching "port (\d+)$"; binding (n); doing print "{n}" }`, "port x", []string{
				`a did not match, though its text "port " is in`, "port x"}, ""},
		{"a window that is not full",
			`window w(ip) { length 1m; max-lines 2; doing print "{ip}" }
rule a { matching "(\S+)"; binding (ip); doing add ip to w(ip) }`, "x\nx", []string{`w("x") holds 2, and fires with 3`}, "matched any"},
		{"a window that has fired is no near miss",
			`window w(ip) { length 1m; max-lines 1; doing print "{ip}" }
rule a { matching "(\S+)"; binding (ip); doing add ip to w(ip) }`, "x\nx", nil, "near"},
		{"a window that once keeps quiet",
			`window w(ip) { length 1m; max-lines 1; once; doing print "{ip}" }
rule a { matching "(\S+)"; binding (ip); doing add ip to w(ip) }`, "x\nx\nx\nx", []string{`w("x") would have fired, but it has fired before`}, ""},
		{"a context with too little in it",
			`context c { min-lines 2; doing print "c" }
rule a { matching "add"; doing store into c }
rule b { matching "end"; doing end c }`, "add\nend", []string{"c would have fired, but it holds fewer than min-lines 2"}, ""},
		{"a sequence on its way",
			`sequence q(ip) within 1m { step one "one (?<ip>\S+)" times 2; step two "two (?<ip>\S+)"; doing print "{ip}" }`, "one x\none x", []string{
				`q("x") has 2 of 3 matches, the last of step one`}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			src := test.rules + "\ntest \"t\" {\ngiven \"\"\"\n" + test.lines + "\n\"\"\"\nexpect print \"never\"\n}\n"
			p, err := (&rdl.Loader{Explain: true}).LoadSource("x.rdl", src)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Run(p, p.Cases[0], openTest)
			if err != nil {
				t.Fatal(err)
			}
			_, report, _ := strings.Cut(r.Failure, "\n")
			for _, line := range test.want {
				if !strings.Contains(report+"\n", " "+line+"\n") {
					t.Errorf("it does not say %q:\n%s", line, report)
				}
			}
			if test.not != "" && strings.Contains(report, test.not) {
				t.Errorf("it says %q:\n%s", test.not, report)
			}
		})
	}
}
