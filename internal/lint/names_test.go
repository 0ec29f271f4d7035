package lint_test

import "testing"

func TestShadows(t *testing.T) {
	run(t, []lintCase{
		{"a group hides a let", `let ip = "x"
rule a { matching "from (?<ip>\S+)"; doing print ip }
rule b { matching "link"; doing print ip }`, "L010:2"},
		{"a named pattern's group", `let ip = "x"
rule a { matching "from {IP:ip}"; doing print ip }
rule b { matching "link"; doing print ip }`, "L010:2"},
		{"a member hides the guard", `ruleset { matching "on (\S+)"; binding (h)
  rule a { matching "link (\S+)"; binding (h); doing print h }
  rule b { matching "down"; doing print h } }`, "L010:2"},
		{"a loop hides a binding", `rule a { matching "link (\S+)"; binding (h); doing {
  for h in [1, 2] { print h }
  print h } }`, "L010:2"},
		{"a made rule hides what it could keep", `rule a { matching "link (\S+)"; binding (h); doing {
  print h
  rule { matching "up: (\S+)"; binding (h); once; lasting 1m; doing print h } } }`, "L010:3"},
		{"a variable hides a let", `let n = 1
rule a { matching "link"; with n = 2; doing print n }
rule b { matching "down"; doing print n }`, "L010:2"},
		{"a built-in", `rule a { matching "at (\S+)"; binding (now); doing print now }`, "L010:1"},
		{"keys of a made window are what they are given", `rule a { matching "link (\S+)"; binding (h); doing {
  window w(h) { length 1m; max-lines 2; doing print h }
  store into w(h) } }`, ""},
		{"two rules, a branch each, and the keys of a sequence", `rule a { matching "on (?<h>\S+)" or "at (?<h>\S+)"; doing print h }
rule b { matching "to (?<h>\S+)"; doing print h }
sequence s(h) within 1m { step one "one (?<h>\S+)"; step two "two (?<h>\S+)"; doing print h }`, ""},
	})
}

func TestUnused(t *testing.T) {
	rule := "\n" + `rule r { matching "link"; doing print "r" }`
	run(t, []lintCase{
		{"a let", `let a = 1` + rule, "L011:1"},
		{"a let for a pattern", `let a = "x"` + "\n" + `rule r { matching "link {a}"; doing print "r" }`, ""},
		{"a let that only a set names", `let a = 1` + "\n" + `rule r { matching "link"; doing set a = 2 }`, "L011:1"},
		{"a file for others", `let a = 1` + "\n" + `pattern JOB "j\d+"`, ""},
		{"functions see all names", "use \"hosts.star\"\nlet a = 1\n" + `rule r { matching "link"; doing call noted(msg.host) }
rule s { matching function match_all; doing print "s" }`, ""},
		{"a window", `window w { length 1m; max-lines 2; doing print "w" }` + rule, "L012:1"},
		{"a context that is only asked", `context c { lasting 1m }` + "\n" + `rule r { matching "link"; where exists c; doing print "r" }`, "L013:1"},
		{"a context by its second name", `context c(k) { lasting 1m }
alias c(k) as d(k)
rule r { matching "link (\S+)"; binding (h); doing store into d(h) }`, ""},
		{"functions", `use "hosts.star"` + rule, "L014:1"},
		{"a named pattern", `pattern JOB "j\d+"` + rule, "L015:1"},
		{"a named pattern that another one uses", `pattern DIGIT "\d"
pattern JOB "j{DIGIT}+"
rule r { matching "link {JOB}"; doing print "r" }`, ""},
		{"a shipped pattern's place", `pattern IPV4 "\d+\.\d+"` + rule, ""},
	})
}
