package lint_test

import "testing"

func TestUntested(t *testing.T) {
	rule := `rule a { matching "link (\S+)"; binding (l); doing print l }` + "\n"
	for _, c := range []struct {
		about string
		files files
		want  bool
	}{
		{"no test", files{"r.rdl": rule}, true},
		{"no rules", files{"r.rdl": `let a = 1`}, false},
		{"a test", files{"r.rdl": rule + `test "t" { given "x"; expect no print }`}, false},
		{"a test elsewhere that reaches it", files{"r.rdl": rule + `include "t.rdl"`, "t.rdl": `test "t" { given "the link x"; expect print "x" }`}, false},
		{"a test elsewhere that does not", files{"r.rdl": rule + `include "t.rdl"`, "t.rdl": `test "t" { given "x"; expect no print }`}, true},
		{"functions may match any line", files{"r.rdl": `include "t.rdl"` + "\nuse \"hosts.star\"\n" + `rule a { matching function match_all; doing print "a" }`, "t.rdl": `test "t" { given "x"; expect print "a" }`, "hosts.star": hosts}, false},
		{"events may reach what matches no lines", files{"r.rdl": `include "t.rdl"` + "\n" + `rule a { matching event e; doing print "a" }`, "t.rdl": `test "t" { given event e; expect print "a" }`}, false},
		{"events do not reach what matches lines", files{"r.rdl": rule + `include "t.rdl"`, "t.rdl": `test "t" { given event e; expect no print }`}, true},
		{"a log that is not known here", files{"r.rdl": rule + `include "t.rdl"`, "t.rdl": `test "t" { given file "x.log"; expect no print }`}, false},
	} {
		t.Run(c.about, func(t *testing.T) {
			if got := has(lintOf(t, c.files, "r.rdl"), "L060"); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
