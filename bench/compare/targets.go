package main

import (
	"fmt"
	"math"
	"strings"
)

// A target is a bound for a figure, most often the ratio of two.
type target struct {
	what  string
	bound string // as it is read
	value float64
	unit  string
	most  float64 // the value may be; or
	least float64 // it must be, if that is not 0
}

func (t target) holds() bool {
	if t.least > 0 {
		return t.value >= t.least
	}
	return t.value <= t.most
}

// A ratio is a target before it is measured: a figure of one command against that
// of another.
type ratio struct {
	what        string
	of, against string // names of commands
	figure      func(*command) float64
	most, least float64
}

// The targets, as they were set before anything was measured.
var ratios = []ratio{
	{"the scanner against rg, CPU", "scanner", "rg", cpu, 2, 0},
	{"the scanner with 2 workers against rg, wall", "two workers", "rg", wall, 1.5, 0},
	{"1,000 rules against 1, CPU", "1000", "scanner", cpu, 2, 0},
	{"1,000 rules against rg -f of their patterns, CPU", "1000", "rg 1000", cpu, 1, 0},
	{"10,000 rules against 1,000, CPU", "10000", "1000", cpu, 1.5, 0},
	{"SEC against the scanner, CPU", "SEC", "scanner", cpu, 0, 100},
	{"SEC against LoGS with 1,000 rules, CPU", "SEC 1000", "1000", cpu, 0, 5000},
	{"100,000 live rules against 1, CPU", "live", "1 live", cpu, 1.3, 0},
	{"50 rulesets of 20 rules against the flat 1,000, CPU", "nested", "1000", cpu, 1, 0},
	{"1 worker against 2, wall", "one worker", "two workers", wall, 0, 1.6},
	{"peak memory, 10 times the lines against the log", "long", "scanner", peak, 1.1, 0},
}

// targets are those whose commands have been run.
func targets(commands []*command, m moments) []target {
	named := map[string]*command{}
	for _, c := range commands {
		named[c.name] = c
	}
	var all []target
	for _, r := range ratios {
		a, b := named[r.of], named[r.against]
		if a != nil && b != nil {
			all = append(all, target{what: r.what, bound: bound(r.most, r.least), value: r.figure(a) / r.figure(b), most: r.most, least: r.least})
		}
	}
	absolute := func(what string, c *command, figure func(*command) float64, unit string, most, least float64) {
		if c != nil {
			all = append(all, target{what, bound(most, least) + unit, figure(c), unit, most, least})
		}
	}
	absolute("matches of rules that all match, in a CPU second", named["windows"], rate, "", 0, 1e6)
	absolute("peak memory, the scanner", named["scanner"], peak, " MiB", 64, 0)
	absolute("peak memory, 10 times the lines", named["long"], peak, " MiB", 64, 0)
	return append(all,
		target{"from start to end of a log of one line, example rules", "at most 15 ms", ms(m.start), " ms", 15, 0},
		target{"followed file, from written to told, median", "at most 10 ms", ms(m.p50), " ms", 10, 0},
		target{"followed file, from written to told, 99th percentile", "at most 10 ms", ms(m.p99), " ms", 10, 0},
	)
}

func bound(most, least float64) string {
	if least > 0 {
		return "at least " + number(least)
	}
	return "at most " + number(most)
}

// number writes a number with three digits, or all before the point.
func number(x float64) string {
	if x >= 1000 {
		return thousands(int64(math.Round(x)))
	}
	return fmt.Sprintf("%.3g", x)
}

// thousands writes 1,234,567.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	var b strings.Builder
	for i, digit := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}
