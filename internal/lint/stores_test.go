package lint_test

import "testing"

func TestStores(t *testing.T) {
	fill := "\n" + `rule r { matching "link (\S+)"; binding (k); doing store into c(k) }`
	run(t, []lintCase{
		{"nothing ends it", `context c(k) { max-lines 2; doing print k }` + fill, "L040:1"},
		{"time ends it", `context c(k) { max-lines 2; lasting 1h; doing print k }` + fill, ""},
		{"a time of day ends it", `context c(k) { max-lines 2; at midnight; doing print k }` + fill, ""},
		{"a number ends it", `context c(k) { max-lines 2; at most 1000; doing print k }` + fill, ""},
		{"a rule ends it", `context c(k) { max-lines 2; doing print k }` + fill + "\n" + `rule s { matching "up (\S+)"; binding (k); doing end c(k) }`, ""},
		{"a single one", `context c { max-lines 2; doing print "c" }
rule r { matching "link"; doing store into c }`, ""},
		{"keys of the rules", `context c(k) { max-lines 2; doing print k }
rule r { matching "link"; doing store into c("a") }`, ""},
		{"once for ever", `window c(k) { length 1m; max-lines 2; once; doing print k }` + fill, "L044:1"},
		{"once a day", `window c(k) { length 1m; max-lines 2; once per 1d; doing print k }` + fill, ""},
		{"once of one", `window c { length 1m; max-lines 2; once; doing print "c" }
rule r { matching "link"; doing store into c }`, ""},
		{"more than it can hold", `window c(k) { length 1m; max-lines 1000000; doing print k }` + fill, "L041:1"},
		{"min-lines above max-lines", `let n = 3
window c(k) { length 1m; max-lines n; min-lines 5; doing print k }` + fill, "L041:2"},
		{"min-lines of what fires", `window c(k) { length 1m; max-lines 3; min-lines 4; doing print k }` + fill, ""},
		{"never too full", `window c(k) { length 1m; doing print k }` + fill, "L042:1"},
		{"never too full, and ended", `window c(k) { length 1m; doing print k }` + fill + "\n" + `every 1h { end c("a") }`, ""},
		{"a window that is only asked", `window c(k) { length 1m }` + fill, ""},
		{"distinct keys", `window c(k) { length 1m; max-lines 2; distinct; doing print k }
rule r { matching "link (\S+)"; binding (k); doing add k to c(k) }`, "L043:1"},
		{"distinct values", `window c(k) { length 1m; max-lines 2; distinct; doing print k }
rule r { matching "link (\S+) (\S+)"; binding (k v); doing { add k to c(k); add v to c(k) } }`, ""},
	})
}
