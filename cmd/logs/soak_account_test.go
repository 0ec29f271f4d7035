package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// check accounts for every line, and compares what the program says of itself.
func (s *soak) check(metrics string) {
	s.readFiles()
	arrived := s.arrived(metrics)
	dead := s.dead()
	for _, name := range slices.Sorted(maps.Keys(s.tallies)) {
		s.account(name, arrived, dead[name])
	}
	s.checkMetrics(metrics, arrived, dead)
	s.checkMemory()
}

// arrived returns the lines that came to the program: all that were sent, but
// for datagrams that it has counted as dropped.
func (s *soak) arrived(metrics string) map[string]bool {
	lines, out := map[string]bool{}, s.tallies["out"].told
	for from, sent := range s.sent {
		for n := range sent {
			lines[fmt.Sprintf("%s %d", from, n)] = true
		}
	}
	dropped := int(s.metric(metrics, `logs_source_dropped_total{source="syslog"}`))
	for n := range s.sent["udp"] {
		if line := fmt.Sprintf("udp %d", n); dropped > 0 && out[line] == nil {
			delete(lines, line)
			dropped--
		}
	}
	if dropped > 0 {
		s.t.Errorf("%d more datagrams are said to be dropped than are missing", dropped)
	}
	return lines
}

// account compares what a sink was told, and what it was not, with the lines.
func (s *soak) account(name string, arrived map[string]bool, dead []string) {
	c, slow := s.tallies[name], slices.Contains(slowSinks, name)
	var missing, twice, strange []string
	for line := range arrived {
		if slow && !strings.HasSuffix(line, "0") {
			continue
		}
		ids := c.told[line]
		n := len(ids)
		for _, letter := range dead {
			if letter == line {
				n++
			}
		}
		switch {
		case n == 0:
			missing = append(missing, line)
		case n > 1:
			twice = append(twice, line)
			if len(slices.Compact(slices.Clone(ids))) > 1 || len(ids) < n {
				strange = append(strange, line)
			}
		}
	}
	for line := range c.told {
		if !arrived[line] || slow && !strings.HasSuffix(line, "0") {
			strange = append(strange, line)
		}
	}
	s.t.Logf("%s: %d lines told, %d dead letters, %d twice after %d cuts", name, len(c.told), len(dead), len(twice), c.cuts.Load())
	if len(missing) > 0 || len(strange) > 0 || int64(len(twice)) > c.cuts.Load() {
		slices.Sort(missing)
		s.t.Errorf("%s: missing are %q, unasked or under another id came %q, twice %q", name, missing, strange, twice)
	}
}

// checkMetrics checks what the program counts.
func (s *soak) checkMetrics(metrics string, arrived map[string]bool, dead map[string][]string) {
	some := 0
	for line := range arrived {
		if strings.HasSuffix(line, "0") {
			some++
		}
	}
	received := func(names ...string) (n int) {
		for line := range arrived {
			if name, _, _ := strings.Cut(line, " "); slices.Contains(names, name) {
				n++
			}
		}
		return n
	}
	for name, want := range map[string]int{
		`logs_lines_total`:  len(arrived),
		`logs_alerts_total`: len(arrived),
		`logs_source_lines_total{source="renamed.log"}`:                      received("renamed"),
		`logs_source_lines_total{source="copied.log"}`:                       received("copied"),
		`logs_source_lines_total{source="fifo"}`:                             received("fifo"),
		`logs_source_lines_total{source="-"}`:                                received("stdin"),
		`logs_source_lines_total{source="journald"}`:                         received("journald"),
		`logs_source_lines_total{source="syslog"}`:                           received("udp", "tcp", "tls", "unix"),
		`logs_source_lines_total{source="exec emit exec.fed ` + s.run + `"}`: received("exec"),
		`logs_sink_delivered_total{sink="loghost"}`:                          len(arrived),
		`logs_sink_delivered_total{sink="hook"}`:                             some - len(dead["hook"]),
		`logs_sink_delivered_total{sink="mail"}`:                             some - len(dead["mail"]),
		`logs_sink_dead_total{sink="hook"}`:                                  len(dead["hook"]),
		`logs_sink_dead_total{sink="mail"}`:                                  len(dead["mail"]),
		`logs_sink_waiting{sink="hook"}`:                                     0,
		`logs_evictions_total`:                                               0,
	} {
		if got := s.metric(metrics, name); int(got) != want {
			s.t.Errorf("%s is %v, not %d", name, got, want)
		}
	}
}

// checkMemory checks that the program does not grow.
func (s *soak) checkMemory() {
	half := len(s.rss) / 2
	first, second := slices.Max(s.rss[:half]), slices.Max(s.rss[half:])
	s.t.Logf("memory: at most %d MiB in the first half, %d MiB in the second", first>>20, second>>20)
	if max(first, second) > soakMemory || second > first+soakSlack {
		s.t.Errorf("the memory has grown: %d", s.rss)
	}
}
