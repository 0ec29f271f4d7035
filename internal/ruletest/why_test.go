package ruletest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/rdl"
)

// why runs rules over lines, which are a second apart, and tells which led to
// the effects that hold a text.
func why(t *testing.T, rules, text string, lines ...string) (*Why, string) {
	t.Helper()
	p, err := (&rdl.Loader{}).LoadSource("x.rdl", rules)
	if err != nil {
		t.Fatal(err)
	}
	w := &Why{Text: text}
	e, err := logs.New(p.Program, logs.Options{Trace: w.Note, Brief: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range lines {
		e.Process(&logs.Message{Line: line, Time: begin.Add(seconds(i)), Format: logs.FormatNone, Source: "log", Offset: int64(i)})
	}
	e.Advance(begin.Add(seconds(100_000)))
	var told []string
	for _, r := range w.found {
		var behind []string
		for _, o := range r.Lines {
			behind = append(behind, o.Line)
		}
		told = append(told, r.Text+": "+strings.Join(behind, ", "))
	}
	return w, strings.Join(told, "\n")
}

func TestWhy(t *testing.T) {
	const (
		scanner = `window w(k) { length 1h; max-lines 2; doing print "full {k}" }
rule { matching "add (\w)(\d)"; binding (k n); doing add n to w(k) }`
		distinct = `window w(k) { length 1h; max-lines 2; distinct; doing print "full {k}" }
rule { matching "add (\w)(\d)"; binding (k n); where w(k).count < 9; doing add n to w(k) }`
	)
	for _, test := range []struct{ name, rules, lines, want string }{
		{"the line itself", `rule { matching "x"; doing print "full" }`, "a|x1|b|x2", "full: x1\nfull: x2"},
		{"the lines of a window, and no others", scanner, "add a1|add b1|add a2|y|add a3|add a4", "full a: add a1, add a2, add a3"},
		{"of a value that came again the last one", distinct, "add a1|add a2|add a2|add a3", "full a: add a1, add a2, add a3"},
		{"not what has expired", strings.Replace(scanner, "1h", "3s", 1), "add a1|y|y|add a2|add a3|add a4", "full a: add a2, add a3, add a4"},
		{"not what was cleared", scanner + "\nrule { matching \"clear\"; doing clear w(\"a\") }", "add a1|clear|add a2|add a3|add a4", "full a: add a2, add a3, add a4"},
		{"the contexts that a condition asks for", `context c { lasting 1d }
rule { matching "add"; doing store into c }
rule { matching "x"; where c.count > 1; doing print "full" }`, "add 1|add 2|y|x", "full: add 1, add 2, x"},
		{"those that an action asks for", `context c { lasting 1d }
rule { matching "add"; doing store into c }
rule { matching "x"; doing { print "full 1"; if exists c { print "full 2" } } }`, "add 1|x", "full 1: x\nfull 2: add 1, x"},
		{"what was added on such a condition does not carry it on", distinct + `
rule { matching "x"; doing { end w("a") } }`, "add a1|add a2|x", "full a: add a1, add a2, x"},
		{"what made a rule", `rule { matching "make (\w)"; binding (k); doing rule { matching "ok {k}"; once; lasting 1m; doing print "full ok"; on timeout print "full {k}" } }`,
			"make a|make b|ok a", "full ok: make a, ok a\nfull b: make b"},
		{"what set a timer", `rule { matching "in (\w)"; binding (k); doing in 1m { print "full {k}"; in 1m { print "full again" } } }`, "in a|y|in b",
			"full a: in a\nfull b: in b\nfull again: in a\nfull again: in b"},
		{"a timer of the program", `at noon { print "full" }`, "a|b", "full: "},
		{"the steps of a sequence", `sequence q(k) within 1m { step one "one (?<k>\w)" times 2; step two "two (?<k>\w)"; doing print "full {k}"; missing print "full no {k}" }`,
			"one a|one b|one a|two a|y", "full a: one a, one a, two a\nfull no b: one b"},
		{"what emitted an event", `rule { matching "x"; doing emit e(k = 1) }
rule { matching event e; doing print "full" }`, "y|x", "full: x"},
		{"a context whose time is up", `context c { lasting 1m; on timeout print "full" }
rule { matching "add"; doing store into c }`, "add 1|y|add 2|y", "full: add 1, add 2"},
		{"a ruleset", `ruleset { matching "r"; rule { matching "x"; doing print "full" }; doing print "full too" }`, "r x", "full: r x\nfull too: r x"},
		{"nothing", `rule { matching "x"; doing print "empty" }`, "x", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, got := why(t, test.rules, "full", strings.Split(test.lines, "|")...); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestWhyAsText(t *testing.T) {
	w, _ := why(t, `rule a { matching "x"; doing print "full \{{msg.line}\}" }
at noon { alert "full" }`, "full", "x\x1b1")
	var b strings.Builder
	w.WriteText(&b)
	const want = `2000-01-01T00:00:00Z a: print "full {x\\x1b1}"
  log at byte 0: x\x1b1
2000-01-01T12:00:00Z x.rdl:2: alert "full"
  no line led to it, but the time
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &b, want)
	}
	b.Reset()
	(&Why{Text: "no"}).WriteText(&b)
	if b.String() != "nothing was done whose text holds \"no\"\n" {
		t.Errorf("got %q", &b)
	}
}

// What is remembered has bounds.
func TestWhyIsBounded(t *testing.T) {
	var lines []string
	for i := range 3000 {
		lines = append(lines, fmt.Sprintf("add %d", i%3), fmt.Sprintf("one %d", i))
	}
	w, _ := why(t, `window w { length 1d; distinct; doing stop }
rule { matching "add (\d)"; binding (n); doing { add n to w; print "full" } }
sequence q(k) within 10s { step one "one (?<k>\d+)"; step two "two (?<k>\d+)"; doing stop }`, "full", lines...)
	if len(w.found) != maxReasons || w.more != 3000-maxReasons {
		t.Errorf("%d effects are told, %d are not", len(w.found), w.more)
	}
	if n := w.past.kept; n > 200 {
		t.Errorf("%d additions are kept", n)
	}
	if n := len(w.past.order); n > 400 {
		t.Errorf("%d contexts are in order", n)
	}
}

func TestHistoriesForgetTheOldest(t *testing.T) {
	var h histories
	s := &logs.Step{Count: 1 << 30}
	for i := range maxAdds + 10 {
		s.Of = i / 100
		h.add(s, nil)
	}
	if h.kept > maxAdds || h.byOf[0] != nil || h.byOf[(maxAdds+9)/100] == nil {
		t.Errorf("%d are kept", h.kept)
	}
}

func TestBehindIsBounded(t *testing.T) {
	var all []*origin
	for i := range 3 * maxBehind {
		all = merged(all, []*origin{{number: int64(i / 2)}})
	}
	if len(all) != maxBehind || all[maxBehind-1].number != 3*maxBehind/2-1 || all[0].number != maxBehind/2 {
		t.Errorf("%d lines, from %d to %d", len(all), all[0].number, all[len(all)-1].number)
	}
}
