package ruletest

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// seconds are a span of time.
func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func names(results []Result) string {
	var list []string
	for _, r := range results {
		name := r.Name
		if r.Failure != "" {
			name += "!"
		}
		list = append(list, name)
	}
	return strings.Join(list, " ")
}

// However many files are tested at once, the results are in their order.
func TestSuiteKeepsTheOrder(t *testing.T) {
	d, files, want := disk{}, []File(nil), []string(nil)
	for i := range 50 {
		name := fmt.Sprintf("%02d.rdl", i)
		d[name] = fmt.Sprintf(`rule { matching "x"; doing print "%d" }
test "a%d" { given "x"; expect print "%d"; expect nothing else }
test "b%d" { given "x"; expect print "%d" }
`, i, i, i, i, i%7)
		files = append(files, File{Name: name})
		b := fmt.Sprintf("b%d", i)
		if i != i%7 {
			b += "!"
		}
		want = append(want, fmt.Sprintf("a%d", i), b)
	}
	for range 3 {
		results, err := d.suite().Run(files)
		if err != nil {
			t.Fatal(err)
		}
		if got := names(results); got != strings.Join(want, " ") {
			t.Errorf("got %s", got)
		}
	}
}

// Of a folder, files that others include are tested with these, and need not
// load alone.
func TestPartsOfAFolder(t *testing.T) {
	d := disk{
		"r/a.rdl": `include "b.rdl"` + "\ncontext c { lasting 1h }\n" + `test "of a" { given "x"; expect no print }` + "\n",
		"r/b.rdl": `rule { matching "x"; doing store into c }` + "\n" + `test "of b" { given "x"; expect no print }` + "\n",
	}
	for _, found := range []bool{true, false} {
		results, err := d.suite().Run([]File{{"r/a.rdl", found}, {"r/b.rdl", found}})
		switch {
		case !found && (err == nil || !strings.Contains(err.Error(), "r/b.rdl:1:")):
			t.Errorf("a file that was named must load alone: %v", err)
		case found && (err != nil || names(results) != "of b of a"):
			t.Errorf("got %s, %v", names(results), err)
		}
	}
}

// Files that include each other are tested once.
func TestAFolderInACircle(t *testing.T) {
	d := disk{
		"r/a.rdl": `include "b.rdl"` + "\n" + `rule { matching "x"; doing print "a" }` + "\n",
		"r/b.rdl": `include "a.rdl"` + "\n" + `test "t" { given "x"; expect print "a" }` + "\n",
	}
	results, err := d.suite().Run([]File{{"r/a.rdl", true}, {"r/b.rdl", true}})
	if err != nil || names(results) != "t" {
		t.Errorf("got %s, %v", names(results), err)
	}
}

func TestOnlySome(t *testing.T) {
	d := disk{"a.rdl": `rule { matching "x"; doing print "x" }
test "one" { given "x"; expect print }
test "two" { given "x"; expect print }
`, "b.txtar": "two in one\n-- a.rdl --\nrule { matching \"x\"; doing print \"x\" }\n-- expect --\n"}
	s := d.suite()
	s.Only = regexp.MustCompile("^two")
	results, err := s.Run([]File{{Name: "a.rdl"}, {Name: "b.txtar"}})
	if err != nil || names(results) != "two two in one" {
		t.Errorf("got %s, %v", names(results), err)
	}
}

// What a test needs and is not there is a failure of that test alone.
func TestATestThatCannotRun(t *testing.T) {
	d := disk{"a.rdl": `rule { matching "x"; doing print "x" }
test "one" { given "x"; expect alert; given file "no.log"; expect print }
test "two" { given "x"; expect print }
`}
	results, err := d.suite().Run([]File{{Name: "a.rdl"}})
	if err != nil || names(results) != "one! two" {
		t.Errorf("got %s, %v", names(results), err)
	}
}

// results are three, one of which failed.
func results(t *testing.T) []Result {
	t.Helper()
	d := disk{"a.rdl": `rule { matching "x"; doing print "<x>" }
test "good # 1" { given "x"; expect print }
test "bad" { given "x"; expect alert }
`, "b.rdl": `rule { matching "x"; doing print "x" }
test "good" { given "x"; expect print }
`}
	results, err := d.suite().Run([]File{{Name: "a.rdl"}, {Name: "b.rdl"}})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestReports(t *testing.T) {
	const failure = `a.rdl:3: expect alert, but there was none
  expected, but missing (-); what came, and was not to (+):
    - alert
      print "<x>"`
	for _, test := range []struct {
		name  string
		write func(*bytes.Buffer, []Result) int
		want  string
	}{
		{"text", func(b *bytes.Buffer, r []Result) int { return WriteText(b, r) }, "FAIL a.rdl:3: bad\n" + failure + "\n2 passed, 1 failed\n"},
		{"TAP", func(b *bytes.Buffer, r []Result) int { return WriteTAP(b, r) }, `TAP version 14
1..3
ok 1 - a.rdl:2: good \# 1
not ok 2 - a.rdl:3: bad
  ---
  message: |
    ` + strings.ReplaceAll(failure, "\n", "\n    ") + `
  ...
ok 3 - b.rdl:2: good
`},
		{"JUnit", func(b *bytes.Buffer, r []Result) int {
			if err := WriteJUnit(b, r); err != nil {
				t.Error(err)
			}
			return failedOf(r)
		}, `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="1">
  <testsuite name="a.rdl" tests="2" failures="1">
    <testcase name="good # 1" classname="a.rdl" file="a.rdl:2"></testcase>
    <testcase name="bad" classname="a.rdl" file="a.rdl:3">
      <failure message="a.rdl:3: expect alert, but there was none">` + strings.NewReplacer("\n", "&#xA;", `"`, "&#34;", "<", "&lt;", ">", "&gt;").Replace(failure) + `</failure>
    </testcase>
  </testsuite>
  <testsuite name="b.rdl" tests="1" failures="0">
    <testcase name="good" classname="b.rdl" file="b.rdl:2"></testcase>
  </testsuite>
</testsuites>
`},
	} {
		var b bytes.Buffer
		if n := test.write(&b, results(t)); n != 1 || b.String() != test.want {
			t.Errorf("%s: %d failed\n%s\nwant\n%s", test.name, n, &b, test.want)
		}
	}
}

// covered is a program of which the tests reach a part.
const covered = `window w(ip) {
  length 1m
  max-lines 1
  doing alert "{ip}"
}
rule a {
  matching "a (\S+)"
  binding (ip)
  where ip != "b"
  doing {
    if ip == "c" { print "c" } else print "other"
    if ip == "d" { print "<d>" }
    add ip to w(ip)
  }
}
rule b { matching "bb"; lasting 5m; doing print "b"; on timeout print "over" }
sequence q(ip) within 5m {
  step one "one (?<ip>\S+)"
  step two "two (?<ip>\S+)"
  doing print "done"
  missing print "{step}"
}
test "some" {
  given """
  a c
  a b
  one x
  """
  after 10m
  expect print "c"
}
`

func TestCover(t *testing.T) {
	s := disk{"x.rdl": covered}.suite()
	s.Cover = &Cover{}
	results, err := s.Run([]File{{Name: "x.rdl"}})
	if err != nil || names(results) != "some" {
		t.Fatal(names(results), err)
	}
	var b bytes.Buffer
	s.Cover.WriteText(&b)
	const want = `x.rdl: 10 of 17 reached (58%)
  x.rdl:4: no test reaches: alert "{ip}"
  x.rdl:11: no test reaches: print "other"
  x.rdl:12: no test reaches: print "<d>"
  x.rdl:16: no test reaches: rule b
  x.rdl:16: no test reaches: print "b"
  x.rdl:19: no test reaches: step two
  x.rdl:20: no test reaches: print "done"
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &b, want)
	}
	b.Reset()
	if err := s.Cover.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`<span class="none"><b>   4</b>  <i>alert &#34;{ip}&#34;</i>  doing alert &#34;{ip}&#34;</span>`,
		`<span class="some"><b>  11</b>  <i>print &#34;other&#34;</i>    if ip == &#34;c&#34; { print &#34;c&#34; } else print &#34;other&#34;</span>`,
		`<span class="all"><b>  13</b>      add ip to w(ip)</span>`,
		`<span><b>   5</b>  }</span>`,
	} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("the page does not hold %s", line)
		}
	}
	if strings.Contains(b.String(), "<d>") || strings.Contains(b.String(), "http") {
		t.Error("the page holds text as it is, or names another one")
	}
}
