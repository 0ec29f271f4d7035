package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/logs-rdl/logs/internal/lint"
)

// rulesOf loads rules of one file.
func rulesOf(t *testing.T, src string) *lint.Rules {
	t.Helper()
	l := newLoader()
	l.Read = func(name string) ([]byte, error) {
		switch name {
		case "r.rdl":
			return []byte(src), nil
		case "f.star":
			return []byte("def f(msg, env):\n    return {'what': msg.line}\ndef g(x):\n    return x\n"), nil
		}
		return nil, os.ErrNotExist
	}
	rules, err := lint.Load(l, "r.rdl")
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// A line in the place of V may leave raw, or not.
func TestRawLines(t *testing.T) {
	for _, c := range []struct {
		rules string
		raw   bool
	}{
		{`rule { matching "u (\S+)"; binding (u); doing forward x(v = u) }`, false},
		{`rule { matching "u (\S+)"; binding (u); doing forward x(v = "user {u} at {now} on {msg.host}") }`, false},
		{`rule { matching "u"; doing forward x(v = msg.time) }`, false},
		{`rule { matching "u"; doing forward x(v = len(msg.line)) }`, false},
		{`rule { matching "u"; doing forward x(v = msg.line contains "root" ? "root" : "other") }`, false},
		{`rule { matching "u"; doing forward x(v = msg.fields.level) }`, false},
		{`rule { matching "u"; doing forward x(v = msg.fields["level"]) }`, false},
		{`rule { matching "u"; doing forward x(v = msg) }`, true},
		{`rule { matching "u"; doing forward x(v = msg.line) }`, true},
		{`rule { matching "u"; doing forward x(v = msg.text) }`, true},
		{`rule { matching "u"; doing forward x(v = msg.fields) }`, true},
		{`rule { matching "u"; doing forward x(v = "seen: {upper(msg.line)}") }`, true},
		{`rule { matching "u"; doing forward x(v = [1, msg]) }`, true},
		{`rule { matching "u"; doing forward x(v = ({a: msg.line})) }`, true},
		{`rule { matching "u"; doing forward x(v = true ? msg.line : "") }`, true},
		{`rule { matching "u"; doing forward x(v = split(msg.line, " ")[0]) }`, true},
		{`rule { matching "u"; with a = msg.line; doing forward x(v = a) }`, true},
		{`let a = ""` + "\n" + `rule { matching "u"; doing { set a = msg.line; forward x(v = a) } }`, true},
		{`let a = "a"` + "\n" + `rule { matching "u"; doing { set a = "b"; forward x(v = a) } }`, false},
		{`rule { matching "(.*)"; binding (all); doing forward x(v = all) }`, true},
		{`rule { matching "^(?<all>.+)$"; doing forward x(v = all) }`, true},
		{`rule { matching "u (.*)"; binding (rest); doing forward x(v = rest) }`, false},
		{`use "f.star"` + "\n" + `rule { matching function f; binding (what); doing forward x(v = what) }`, true},
		{`use "f.star"` + "\n" + `rule { matching "u"; doing forward x(v = g(msg)) }`, true},
		{`use "f.star"` + "\n" + `rule { matching "u"; doing forward x(v = g(3)) }`, false},
		{`rule { matching "u"; doing emit e(v = msg.line) }` + "\n" + `rule { matching event e; binding (v); doing forward x(v = v) }`, true},
		{`rule { matching "u"; doing emit e(v = 3) }` + "\n" + `rule { matching event e; binding (v); doing forward x(v = v) }`, false},
		{`context c { lasting 1h }` + "\n" + `rule { matching "u"; doing { store into c; forward x(v = c) } }`, true},
		{`context c { lasting 1h }` + "\n" + `rule { matching "u"; doing { store into c; forward x(v = c.count) } }`, false},
		{`context c { lasting 1h }` + "\n" + `rule { matching "u"; doing { store into c; forward x(v = c.items) } }`, true},
		{`context c { lasting 1h }` + "\n" + `rule { matching "u (\S+)"; binding (u); doing { add u to c; forward x(v = c) } }`, false},
		{`context c(k) { lasting 1h; doing forward x(v = k) }` + "\n" + `rule { matching "u"; doing store into c(msg.line) }`, true},
		{`window c(k) { length 1h; doing forward x(v = items) }` + "\n" + `rule { matching "u (\S+)"; binding (u); doing store into c(u) }`, true},
		{`window c(k) { length 1h; doing forward x(v = items) }` + "\n" + `rule { matching "u (\S+)"; binding (u); doing add u to c(u) }`, false},
		{`window c(k) { length 1h; doing { for i in items { forward x(v = i) } } }` + "\n" + `rule { matching "u (\S+)"; binding (u); doing store into c(u) }`, true},
		{`window c(k) { length 1h; doing forward x(v = event.host) }` + "\n" + `rule { matching "u (\S+)"; binding (u); doing add u to c(u) }`, false},
		{`window c(k) { length 1h; doing forward x(v = line) }` + "\n" + `rule { matching "u (\S+)"; binding (u); doing add u to c(u) }`, true},
		{`context c(k) { lasting 1h }` + "\nalias c(k) as d(k)\n" + `rule { matching "u (\S+)"; binding (u); doing { store into d(u); forward x(v = c(u)) } }`, true},
		{`let a = "a"` + "\nlet b = a\n" + `rule { matching "u"; doing { set a = b; set b = a; forward x(v = a) } }`, false},
	} {
		all := leaving(rulesOf(t, c.rules))
		if len(all) != 1 {
			t.Errorf("%s\nleaves: %v", c.rules, all)
			continue
		}
		if raw := len(all[0].raw) > 0; raw != c.raw {
			t.Errorf("%s\nraw: %v, want %v", c.rules, all[0].raw, c.raw)
		}
	}
}

func TestWaysOut(t *testing.T) {
	for name, c := range map[string]struct {
		rules string
		want  []string
	}{
		"none": {`rule { matching "u"; doing { print msg; alert high "a"; write msg to "f"; emit e(v = msg) } }`, nil},
		"all": {
			`sink s { syslog "tcp://127.0.0.1:514" }
rule { matching "u"; doing {
  mail "a" to "a@example.org" subject "b"
  post msg to "http://127.0.0.1:1/"
  send "c" to s
  pipe msg to "cat"
} }
rule { matching "v"; exec "true" }`,
			[]string{
				`r.rdl:3: mail "a" to "a@example.org" subject "b"`, `r.rdl:4: post msg to "http://127.0.0.1:1/" !`,
				`r.rdl:5: send "c" to s`, `r.rdl:6: pipe msg to "cat" !`, `r.rdl:8: exec "true"`,
			},
		},
		"alerts": {
			`sink s { syslog "tcp://127.0.0.1:514"; alerts high }
sink w { webhook "http://127.0.0.1:1/"; alerts critical }
sink f { file "f.log"; alerts }
rule { matching "u"; doing { alert "medium"; alert high "{msg}"; alert critical "x" { l = msg.line } } }`,
			[]string{
				"r.rdl:1: sink s: syslog, which takes alerts from high on", "r.rdl:2: sink w: webhook, which takes alerts from critical on !",
				`r.rdl:4: alert high "{msg}" !`, `r.rdl:4: alert critical "x" { l = msg.line } !`,
			},
		},
		"tests": {`rule { matching "u"; doing print "u" }` + "\n" + `test "t" { given "u"; expect no forward }`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, x := range leaving(rulesOf(t, c.rules)) {
				line := x.pos + ": " + x.what
				if len(x.raw) > 0 {
					line += " !"
				}
				got = append(got, line)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("leaves\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
