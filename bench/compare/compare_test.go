package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logs-rdl/logs/bench"
	"github.com/logs-rdl/logs/rdl"
)

// A comparison is fair only if both sides get the same.
func TestBothLogsOfServersHoldTheSameLines(t *testing.T) {
	texts := func(together bool) (lines []string) {
		var log bytes.Buffer
		if err := nfsLog(&log, 7, 50, together); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(log.String()) {
			lines = append(lines, line[len(time.Stamp):])
		}
		return lines
	}
	one, all := texts(false), texts(true)
	if len(one) != 7+50+7 || slices.Equal(one, all) {
		t.Errorf("%d lines, in one order", len(one))
	}
	slices.Sort(one)
	slices.Sort(all)
	if !slices.Equal(one, all) {
		t.Errorf("the logs differ:\n%q\n%q", one, all)
	}
}

func TestRulesets(t *testing.T) {
	flat, nested := manyRules(groups*inGroup), nestedRules()
	for _, p := range append(bench.Patterns(groups*inGroup-1), scannerPattern) {
		if strings.Count(flat, p) != 1 || strings.Count(nested, p) != 1 {
			t.Errorf("%s is not once in both", p)
		}
	}
	if n := strings.Count(nested, "ruleset {"); n != groups {
		t.Errorf("%d rulesets", n)
	}
}

func TestRulesLoad(t *testing.T) {
	for name, rules := range map[string]string{"flat": manyRules(1000), "nested": nestedRules(), "windows": windowRules(allMatch), "nfs": nfs} {
		var l rdl.Loader
		if _, err := l.LoadSource(name, rules); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func measured(name string, cpu time.Duration) *command {
	return &command{name: name, what: "a < b", cpu: []time.Duration{cpu}, wall: []time.Duration{cpu}}
}

func TestTargets(t *testing.T) {
	commands := []*command{measured("scanner", 30*time.Millisecond), measured("rg", 10*time.Millisecond), measured("1000", 60*time.Millisecond)}
	var out bytes.Buffer
	verdicts(&out, targets(commands, moments{start: 20 * time.Millisecond, p99: time.Millisecond}))
	for _, want := range []string{
		"| the scanner against rg, CPU | at most 2 | 3 | missed |",
		"| 1,000 rules against 1, CPU | at most 2 | 2 | holds |",
		"example rules | at most 15 ms | 20 ms | missed |",
		"99th percentile | at most 10 ms | 1 ms | holds |",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "SEC") {
		t.Error("what has not been measured is judged")
	}
}

func TestCommandsThatMustAgree(t *testing.T) {
	a, b, other := measured("a", 1), measured("b", 1), measured("c", 1)
	a.says, b.says = "x", "x"
	other.printed[0] = 1
	if err := agree([]*command{a, other, b}); err != nil {
		t.Error(err)
	}
	b.printed[0] = 1
	if err := agree([]*command{a, other, b}); err == nil {
		t.Error("what is printed differs, and nobody is told")
	}
}

func TestChartIsXML(t *testing.T) {
	d := xml.NewDecoder(bytes.NewReader(chart([]*command{measured("a", time.Millisecond), measured("b", 100*time.Second)})))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestNumbers(t *testing.T) {
	for x, want := range map[float64]string{0.0177: "0.0177", 5.31: "5.31", 999.4: "999", 5388.2: "5,388", 3009574: "3,009,574"} {
		if got := number(x); got != want {
			t.Errorf("%v: %s, want %s", x, got, want)
		}
	}
}
