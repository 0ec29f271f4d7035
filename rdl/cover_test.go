package rdl

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/logs-rdl/logs"
)

// probed is rules with all that can be covered and explained.
const probed = `use "f.star"
let most = 2
context down(host) { lasting 5s; on timeout { print "{host} over" } }
rule a {
  matching "add (\w+) (\d+)"
  binding (host n)
  where int(n) > most and not exists down(host) and len(host) < 9
  doing {
    if host == "x" { print "x" } else print "not x"
    if int(n) > 8 print "many"
    store into down(host)
    rule made {
      matching "back {host}"
      with least = most
      where least < int(n)
      once
      lasting 2s
      doing print "{host} is back"
      on timeout print "{host} is not"
    }
    in 1s { print "later" }
  }
}
ruleset r { matching "r"; rule { matching "rr"; doing print "rr" }; doing print "r" }
rule { matching "asks (.*)"; binding (x); where double(len(x)) > 9 or len(x) > 5; doing stop }
sequence q(k) within 5s { step one "one (?<k>\w)"; step two "two (?<k>\w)"; doing print "{k}"; missing print "no" }
`

// probedLines reach a part of probed.
var probedLines = []string{"0 add x 3", "1 add y 9", "1.5 back x", "3 add y 9", "4 rr", "5 asks ab", "6 one a", "20 add z 1"}

// probedTold runs probed over its lines.
func probedTold(t *testing.T, l *Loader) (*Program, []string) {
	t.Helper()
	p, err := l.LoadSource("x.rdl", probed)
	if err != nil {
		t.Fatal(err)
	}
	e := newEngine(t, p)
	var all []string
	for _, line := range probedLines {
		for _, x := range process(t, e, line) {
			all = append(all, told(x))
		}
	}
	return p, all
}

// Covered and explained rules do the same as plain ones.
func TestWatchingRulesChangesNothing(t *testing.T) {
	_, want := probedTold(t, testLoader())
	l := testLoader()
	l.Explain, l.Cover = true, func(Point) func() { return func() {} }
	if _, got := probedTold(t, l); !slices.Equal(got, want) || len(want) < 8 {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Each point of the rules is told once, and hit as often as it is reached.
func TestCoverTellsWhatIsReached(t *testing.T) {
	l := testLoader()
	var order []string
	hits := map[string]int{}
	l.Cover = func(p Point) func() {
		key := fmt.Sprintf("%d %s", p.Line(), p.What)
		order = append(order, key)
		return func() { hits[key]++ }
	}
	probedTold(t, l)
	var got []string
	for _, key := range order {
		got = append(got, fmt.Sprintf("%s: %d", key, hits[key]))
	}
	slices.Sort(got)
	const want = `10 if, not so: 1
10 if: 2
10 print "many": 1
11 store into down(host): 2
12 rule made: 1
12 rule: 2
15 where, held back: 0
18 print "{host} is back": 1
19 print "{host} is not": 1
21 in: 2
21 print "later": 2
24 print "r": 1
24 print "rr": 1
24 rule: 1
24 ruleset r: 1
25 rule: 0
25 stop: 0
25 where, held back: 1
26 print "no": 1
26 print "{k}": 0
26 step one: 1
26 step two: 0
3 print "{host} over": 2
4 rule a: 2
7 where, held back: 2
9 if: 2
9 print "not x": 1
9 print "x": 1`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

// A condition is told with the parts that decide, each once, and their values
// are those of the rule at hand.
func TestConditionsAreTakenApart(t *testing.T) {
	l := testLoader()
	l.Explain = true
	p, _ := probedTold(t, l)
	var got []string
	e, err := logs.New(p.Program, logs.Options{Trace: func(s logs.Step) {
		if c := p.Conditions[s.Member]; c != nil && (s.Outcome == logs.Unless || s.Outcome == logs.Matched) {
			got = append(got, fmt.Sprintf("%s %s: %s", c.Pos, s.Outcome, c.Source))
			for _, term := range c.Terms {
				got = append(got, fmt.Sprintf("  %s = %s", term.Source, s.Eval(term.Eval)))
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"0 add x 3", "1 back x", "2 asks ab"} {
		process(t, e, line)
	}
	const want = `x.rdl:7 matched: where int(n) > most and not exists down(host) and len(host) < 9
  n = 3
  int(n) = 3
  most = 2
  int(n) > most = true
  exists down(host) = false
  host = x
  len(host) = 1
  len(host) < 9 = true
x.rdl:15 matched: where least < int(n)
  least = 2
  n = 3
  int(n) = 3
x.rdl:25 was held back by its condition: where double(len(x)) > 9 or len(x) > 5
  x = ab
  len(x) = 2
  len(x) > 5 = false`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}
