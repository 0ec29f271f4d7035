package ruletest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/when"
	"github.com/logs-rdl/logs/rdl"
)

// lawScanner is in both sets of rules.
const lawScanner = `
window scanner(ip) {
  length 3m
  max-lines 2
  distinct
  once per 10m
  doing alert high "scan from {ip}: {items}"
}
rule invalid { matching "Invalid user (\w+) from (\S+)"; binding (user ip); continuing; doing add user to scanner(ip) }
`

// The law: the same lines, rules and flags give the same effects, however the
// lines come. These rules do all that depends on time and order.
const lawRules = lawScanner + `
sequence break-in(ip) within 10m {
  step scan "Invalid user \w+ from (?<ip>\S+)" times 2
  step login "Accepted (?<user>\w+) from (?<ip>\S+)"
  doing print "{user} from {ip} after a scan"
  missing print "{ip} gave up before {step}"
}

context down(host) { lasting 5m }
rule drop {
  matching "link (\w+) down"
  binding (host)
  where not exists down(host)
  doing {
    store into down(host)
    rule {
      matching "link {host} up"
      once
      lasting 5m
      with since = now
      doing print "{host} is up after {now - since}"
      on timeout print "{host} is still down at {now}"
    }
  }
}

context quiet(host) {
  timing out in 4m
  on timeout print "{host} is quiet: {count}"
}
context day { }
rule all {
  matching everything
  doing {
    store into quiet(msg.host)
    add msg.host to day
    if day.count % 7 == 0 { emit seven(n = day.count) }
  }
}
rule seven { matching event seven; binding (n); doing print "{n} lines" }
at "12:20" { print "twenty past: {day.count}" }
every 15m { print "{now}: {unique(day.items)}"; clear day }
`

// gatedRules do much of that without a rule that must see every line, so that
// most lines only move the clock.
const gatedRules = lawScanner + `context down(host) { lasting 5m; on timeout print "{host} was down at {now}" }
rule drop {
  matching "link (\w+) down"
  binding (host)
  where not exists down(host)
  doing {
    store into down(host)
    in 90s { print "{host} has been down for 90 s at {now}" }
    rule { matching "link {host} up"; once; doing print "{host} is up" }
  }
}
every 15m { print "{now}" }
`

// A lawLine is a line of a log of many hosts. No two have the same second.
type lawLine struct {
	at   time.Time
	host string
	text string
}

func (l lawLine) String() string {
	return l.at.Format(time.Stamp) + " " + l.host + " app[1]: " + l.text
}

func drawLines(t *rapid.T) []lawLine {
	at := time.Date(2024, 10, 28, 12, 0, 0, 0, time.UTC)
	var lines []lawLine
	for range rapid.IntRange(1, 80).Draw(t, "lines") {
		at = at.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "gap")) * time.Second)
		ip := rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2"}).Draw(t, "ip")
		word := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "word")
		text := rapid.SampledFrom([]string{
			"Invalid user " + word + " from " + ip, "Invalid user " + word + " from " + ip, "Accepted " + word + " from " + ip,
			"link " + word + " down", "link " + word + " up", "nothing",
		}).Draw(t, "text")
		lines = append(lines, lawLine{at, rapid.SampledFrom([]string{"h1", "h2", "h3"}).Draw(t, "host"), text})
	}
	return lines
}

func TestTheLaw(t *testing.T) {
	for name, rules := range map[string]string{"rules that see every line": lawRules, "rules with gates": gatedRules} {
		t.Run(name, func(t *testing.T) { testLaw(t, rules) })
	}
}

func testLaw(t *testing.T, rules string) {
	loader := rdl.Loader{Read: os.ReadFile}
	p, err := loader.LoadSource("law.rdl", rules)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		lines := drawLines(t)
		want := lawRun(t, p, run.Options{}, [][]string{texts(lines)})
		check := func(name string, got []string) {
			if !slices.Equal(got, want) {
				t.Fatalf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
		late := rapid.IntRange(1, 300).Draw(t, "late")
		check("shuffled within --late", lawRun(t, p, run.Options{Late: time.Duration(late) * time.Second}, [][]string{texts(shuffled(t, lines, late))}))
		check("split by host and merged", lawRun(t, p, run.Options{}, byHost(lines)))
		check("split by host, each shuffled", lawRun(t, p, run.Options{Late: time.Duration(late) * time.Second}, byHost(shuffled(t, lines, late))))
		check("with every rule tried on every line", lawPlain(t, p, lines))
		check("saved and loaded on the way", lawRestarted(t, p, lines, rapid.IntRange(0, len(lines)).Draw(t, "stop")))
	})
}

func texts(lines []lawLine) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l.String()
	}
	return out
}

// shuffled delays each line by up to so many seconds.
func shuffled(t *rapid.T, lines []lawLine, late int) []lawLine {
	type delayed struct {
		lawLine
		comes time.Time
	}
	var all []delayed
	for _, l := range lines {
		all = append(all, delayed{l, l.at.Add(time.Duration(rapid.IntRange(0, late).Draw(t, "delay")) * time.Second)})
	}
	slices.SortStableFunc(all, func(a, b delayed) int { return a.comes.Compare(b.comes) })
	out := make([]lawLine, len(all))
	for i, d := range all {
		out[i] = d.lawLine
	}
	return out
}

func byHost(lines []lawLine) [][]string {
	hosts := map[string][]lawLine{}
	for _, l := range lines {
		hosts[l.host] = append(hosts[l.host], l)
	}
	var logs [][]string
	for _, host := range []string{"h1", "h2", "h3"} {
		if len(hosts[host]) > 0 {
			logs = append(logs, texts(hosts[host]))
		}
	}
	return logs
}

// lawRun runs the rules over logs and returns all effects, with their IDs.
func lawRun(t *rapid.T, p *rdl.Program, o run.Options, inputs [][]string) []string {
	e, err := logs.New(p.Program, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return lawFeed(t, e, o, inputs)
}

func lawFeed(t *rapid.T, e *logs.Engine, o run.Options, inputs [][]string) []string {
	o.Stamps = when.Options{Year: 2024}
	var list []run.Input
	for _, lines := range inputs {
		list = append(list, run.Input{Name: "log", Open: func() (run.Opened, error) {
			return run.Opened{Reader: &given{lines: lines}}, nil
		}})
	}
	out := &lawEffects{}
	r := run.Runner{Engine: e, Handler: out, Options: o}
	if _, err := r.Run(context.Background(), list); err != nil {
		t.Fatal(err)
	}
	return out.told
}

// lawPlain runs the rules without the help of gates.
func lawPlain(t *rapid.T, p *rdl.Program, lines []lawLine) []string {
	e, err := logs.New(p.Program, logs.Options{Plain: true})
	if err != nil {
		t.Fatal(err)
	}
	return lawFeed(t, e, run.Options{}, [][]string{texts(lines)})
}

// lawRestarted runs part of a log, and the rest in another engine that loads
// what the first has saved.
func lawRestarted(t *rapid.T, p *rdl.Program, lines []lawLine, stop int) []string {
	first, err := logs.New(p.Program, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	told := lawFeed(t, first, run.Options{}, [][]string{texts(lines[:stop])})
	var state bytes.Buffer
	if err := first.Save(&state); err != nil {
		t.Fatal(err)
	}
	second, err := logs.New(p.Program, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Load(&state); err != nil {
		t.Fatal(err)
	}
	return append(told, lawFeed(t, second, run.Options{}, [][]string{texts(lines[stop:])})...)
}

type lawEffects struct{ told []string }

func (x *lawEffects) Do(_ context.Context, e *logs.Effect) error {
	x.told = append(x.told, fmt.Sprintf("%s %s %s %s %q", e.ID, e.Time.Format(time.TimeOnly), e.Kind, e.Text, e.Lines))
	return nil
}

func (x *lawEffects) Flush() error { return nil }
