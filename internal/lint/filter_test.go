package lint_test

import "testing"

func TestFilter(t *testing.T) {
	rule := func(match string) string { return "rule r {\nmatching " + match + "\ndoing print \"r\" }" }
	run(t, []lintCase{
		{"no text", rule(`"\d+/\d+"`), "L020:2"},
		{"too short a text", rule(`"a: \d+ b"`), ""},
		{"only spaces and colons", rule(`"\d+: \d+"`), "L020:2"},
		{"three letters are enough", rule(`"OOM"`), ""},
		{"everything by a pattern", rule(`"^.*$"`), "L020:2"},
		{"a choice with an open branch", rule(`"(?:link|\d+) \d+"`), "L020:2"},
		{"one of an or", rule(`"link" or "\d+/\d+"`), "L020:2"},
		{"one of an and is enough", rule(`"link" and "\d+/\d+"`), ""},
		{"none of an and", rule(`"\d+" and "\d+/\d+"`), "L020:2"},
		{"named patterns have no text", rule(`"{INT} {INT}"`), "L020:2"},
		{"what is open by its nature", rule(`not "x" and everything`), ""},
		{"an event", rule(`event e and "\d"`), ""},
		{"either case", rule(`"(?i)link down"`), ""},
		{"either case, and a text", rule(`"kernel: (?i)link down"`), ""},
		{"either case of nothing", rule(`"(?i)\d+/\d+"`), "L020:2"},
		{"look-around", rule(`"link (?!up)"`), "L022:2"},
		{"a reference", rule(`"link (?:(a)\1)"` + "\nbinding (a)\nwhere a == \"a\""), "L022:2"},
		{"possessive", rule(`"link \d++ \w*+x"`), "L023:2 L023:2"},
		{"possessive beside look-around", rule(`"link \d++(?!up)"`), "L022:2"},
		{"any at the end", rule(`"link .*"`), "L024:2"},
		{"any at both ends", rule(`"^.*link.*?$"`), "L024:2 L024:2"},
		{"any before a group counts", rule(`".*link (\d+)"` + "\nbinding (n)\nwhere n == \"1\""), ""},
		{"any in a group is bound", rule(`"link (.*)"` + "\nbinding (n)\nwhere n == \"1\""), ""},
		{"any of a choice", rule(`"link.*|down.*"`), ""},
		{"a dot that is text", rule(`"link\.*"`), ""},
		{"behind a good guard", `ruleset { matching "sshd"
rule r { matching "\d+/\d+"; doing print "r" } }`, ""},
		{"behind a bad guard", `ruleset { matching "\d+"
rule r { matching "\d+/\d+"; doing print "r" } }`, "L020:1 L020:2"},
		{"a step", `sequence s within 1m { step a "link"
step b "\d+/\d+"; doing print "s" }`, "L020:2"},
		{"conditions and tests are not tried on lines", `rule r { matching "link"; where msg.text matches "\d+"; doing print "r" }
test "t" { given "link 1"; expect print matching ".*r.*" }`, ""},
		{"a value in the pattern", `rule a { matching "link (\S+)"; binding (l); doing rule { matching "{l}"; once; lasting 1m; doing print "x" } }`, ""},
	})
}
