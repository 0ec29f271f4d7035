package ruletest

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/logs-rdl/logs/rdl"
)

// explained runs rules over lines and returns what is told of them.
func explained(t testing.TB, rules string, only string, lines ...string) []*Explained {
	t.Helper()
	p, err := (&rdl.Loader{Explain: true}).LoadSource("x.rdl", rules)
	if err != nil {
		t.Fatal(err)
	}
	var all []*Explained
	err = Explain(p, Lines("line", lines), func(x *Explained) {
		if only != "" {
			x.Only(only)
		}
		all = append(all, x)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func explainedText(t testing.TB, rules string, only string, lines ...string) string {
	t.Helper()
	var b strings.Builder
	for _, x := range explained(t, rules, only, lines...) {
		b.WriteString(x.String())
	}
	return b.String()
}

func TestExplain(t *testing.T) {
	for _, test := range []struct{ name, rules, lines, want string }{
		{"a rule that was skipped, and one that did not match", `
rule a { matching "user (\S+) from"; binding (user); doing print user }
rule b { matching "us.*x$"; doing print "b" }
rule c { matching not "user"; doing print "c" }`, "us and user", `us and user
  a (x.rdl:2) was skipped: the line lacks " from"
  b (x.rdl:3) did not match, though the line holds "us"
  c (x.rdl:4) did not match
`},
		{"groups stand below the line", `
rule a { matching "(\w+)=(é+)" and "b"; binding (name value); doing print "{name} {value}" }`, "\tb ä x=ée b", `	b ä x=ée b
  a (x.rdl:2) matched
    	b ä x=ée b
    	    ^-^
    	-
    name = "x"
    value = "é"
    print "x é"
`},
		{"a condition, with the values of its parts", `
let most = 3
rule a { matching "(\d+) tries"; binding (n); where int(n) > most or n in ["1", "2"]; doing stop }`, "3 tries", `3 tries
  a (x.rdl:3) matched, but its condition did not hold: where int(n) > most or n in ["1", "2"]
    3 tries
    ^------
    n = "3"
    int(n) = 3
    most = 3
    int(n) > most = false
    n in ["1", "2"] = false
`},
		{"what a user function says is not asked twice, but its arguments are", `
rule a { matching "(\w+)"; binding (x); where len(x) > 2; doing print x }`, "abc", `abc
  a (x.rdl:2) matched, and its condition held: where len(x) > 2
    abc
    ^^^
    x = "abc"
    len(x) = 3
    print "abc"
`},
		{"a ruleset, its guard and its members", `
ruleset r { matching "x(.)"; binding (c); rule a { matching "y"; doing print c }; doing print "and {c}" }`, "x1 y\nx2", `x1 y
  r (x.rdl:2) matched
    x1 y
    -^
    c = "1"
    a (x.rdl:2) matched
      x1 y
         -
      print "1"
    print "and 1"
x2
  r (x.rdl:2) matched
    x2
    -^
    c = "2"
    a (x.rdl:2) was skipped: the line lacks "y"
`},
		{"rules of the night", `
during "22:00-06:00" { rule a { matching "x"; doing print "x" } }`, "Oct 28 12:00:00 h x", `Oct 28 12:00:00 h x
  x.rdl:2 matched, but its condition did not hold: during "22:00-06:00"
    now = 2000-10-28T12:00:00Z
`},
		{"a window that fires, and its block", `
window w(k) { length 1m; max-lines 1; doing { print "full {k}"; emit gone(k = k) } }
rule a { matching "add (\w)"; binding (k); doing store into w(k) }
rule b { matching event gone; binding (k); doing print "gone {k}" }`, "add x\nadd x", `add x
  a (x.rdl:3) matched
    add x
    ----^
    k = "x"
    adds "add x" to w("x"), which now holds 1 and fires with 2
add x
  a (x.rdl:3) matched
    add x
    ----^
    k = "x"
    adds "add x" to w("x"), which now holds 2 and fires with 2
    w("x") fires: it is full
      print "full x"
      emits the event gone
  the event gone goes through the rules
  a (x.rdl:3) did not match
  b (x.rdl:4) matched
    k = "x"
    print "gone x"
`},
		{"what the time does before a line", `
context c(k) { lasting 1m; on timeout print "{k} is over" }
rule a { matching "add (\w)"; binding (k); doing { store into c(k); in 30s { print "later {k}" }; rule made { matching "made"; lasting 90s; on timeout print "no {k}" } } }`,
			"Oct 28 12:00:00 h add x\nOct 28 13:00:00 h y", `Oct 28 12:00:00 h add x
  a (x.rdl:3) matched
    Oct 28 12:00:00 h add x
                      ----^
    k = "x"
    adds "Oct 28 12:00:00 h add x" to c("x"), which now holds 1
    a timer (x.rdl:3) is set for Oct 28 12:00:30
    makes the rule made (x.rdl:3)
Oct 28 13:00:00 h y
  before this, at Oct 28 12:00:30: the time is up of x.rdl:3
    print "later x"
  before this, at Oct 28 12:01:00: c("x") fires: its time is up
    print "x is over"
  before this, at Oct 28 12:01:30: the time is up of made (x.rdl:3)
    the rule made (x.rdl:3) ends
    print "no x"
  a (x.rdl:3) was skipped: the line lacks "add "
`},
		{"a sequence", `
sequence q(k) within 1m { step one "one (?<k>\w)"; step two "two (?<k>\w)"; doing print "done {k}" }`, "one x\ntwo x\nthree", `one x
  q("x") takes a match of step one: it has 1 of 2
two x
  q("x") takes a match of step two: it has 2 of 2
  q("x") fires: all steps are done
    print "done x"
three
  q (x.rdl:2) was skipped: the line lacks "one " or "two "
`},
		{"what an action asked for is not told of the next rule", `
context c { lasting 1m }
rule a { matching "x"; continuing; doing { if exists c { stop } } }
rule b { matching "y"; doing print "b" }`, "x", `x
  a (x.rdl:3) matched
    x
    -
  b (x.rdl:4) was skipped: the line lacks "y"
`},
		{"no rules", `let x = 1`, "a", "a\n  nothing happened\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := explainedText(t, test.rules, "", strings.Split(test.lines, "\n")...); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// Of one rule, context or sequence alone.
func TestExplainOnly(t *testing.T) {
	const rules = `
window w(k) { length 1m; max-lines 0; doing print "full {k}" }
rule a { matching "add (\w)"; binding (k); continuing; doing { print "a"; add k to w(k) } }
rule b { matching "add"; doing print "b" }`
	for only, want := range map[string]string{
		"b": "add x\n  b (x.rdl:4) matched\n    add x\n    ---\n    print \"b\"\n",
		"w": "add x\n    adds \"x\" to w(\"x\"), which now holds 1 and fires with 1\n    w(\"x\") fires: it is full\n      print \"full x\"\n",
		"c": "add x\n  nothing happened\n",
	} {
		if got := explainedText(t, rules, only, "add x"); got != want {
			t.Errorf("of %s: got\n%s\nwant\n%s", only, got, want)
		}
	}
}

func TestExplainAsJSON(t *testing.T) {
	all := explained(t, `rule a { matching "x(.)"; binding (y); where y != "z"; doing print "{y}" }`, "", "xz", "q")
	var b strings.Builder
	for _, x := range all {
		text, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(text, '\n'))
	}
	const want = `{"line":"xz","time":"2000-01-01T00:00:00Z","steps":[{"depth":0,"what":"held back","rule":"a","pos":"x.rdl:1","groups":[{"start":0,"end":2,"whole":true},{"name":"y","start":1,"end":2}],"bindings":[{"name":"y","value":"\"z\""}],"where":"where y != \"z\""}]}
{"line":"q","time":"2000-01-01T00:00:00Z","steps":[{"depth":0,"what":"skipped","rule":"a","pos":"x.rdl:1","lacks":["x"]}]}
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &b, want)
	}
}

// However odd a line is, the marks stay below it and nothing of it reaches
// the terminal as it is.
func FuzzExplain(f *testing.F) {
	f.Add("a x=1")
	f.Add("\x1b[2Jx=\xff\x00\u009b")
	f.Add(strings.Repeat("é\t", 1000) + "x=")
	p, err := (&rdl.Loader{Explain: true}).LoadSource("x.rdl", `rule a { matching "x=(.*)" or "(.)$"; binding (v w); doing print "{v}{w}" }`)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line string) {
		line = strings.NewReplacer("\n", "", "\r", "").Replace(line)
		text := ""
		if err := Explain(p, Lines("line", []string{line}), func(x *Explained) { text += x.String() }); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(text, "\x00\x1b\x7f\u009b") || !utf8.ValidString(text) {
			t.Errorf("%q is shown as %q", line, text)
		}
		rows := underlined(line, []Group{{Start: len(line) / 2, End: len(line), Whole: true}, {Start: len(line) / 2, End: len(line)}})
		if n := utf8.RuneCountInString(rows[0]); utf8.RuneCountInString(rows[1]) > n || n > maxLine+3 {
			t.Errorf("%q is underlined as %q", line, rows)
		}
	})
}
