package lint_test

import (
	"strings"
	"testing"
)

func TestHabits(t *testing.T) {
	rule := func(match string) string { return "rule r {\nmatching " + match + "\ndoing print \"r\" }" }
	run(t, []lintCase{
		{"a dollar before text", rule(`"cost $5 each"`), "L030:2"},
		{"a dollar at the end of a branch", rule(`"(?:cost$|price)x?"`), ""},
		{"a dollar before what may be nothing", rule(`"cost$ *"`), ""},
		{"a roof behind text", rule(`"link (?:^x|down)"`), "L030:2"},
		{"a roof in a class", rule(`"link [^x]"`), ""},
		{"a roof at the start of a group", rule(`"(?:^|\s)link"`), ""},
		{"lines within the text", rule(`"(?m)link$\sx^y"`), ""},
		{"an address", rule(`"from 10.0.0.1 port"`), "L031:2"},
		{"one dot of three", rule(`"from 10\.0\.0.1 port"`), "L031:2"},
		{"the start of an address", rule(`"from 192.168.1.\d+"`), "L031:2"},
		{"an address that is right", rule(`"from 10\.0\.0\.1 port"`), ""},
		{"dots of a class", rule(`"load [0.1.2]+"`), ""},
		{"letters and more", rule(`"user [A-z0-9]+"`), "L032:2"},
		{"a loose choice", rule(`"^link|down$"`), "L033:2"},
		{"a choice in a group", rule(`"^(?:link|down)$"`), ""},
		{"a choice with anchors everywhere", rule(`"^link$|^down$"`), ""},
		{"an address written out", rule("`from [0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}`"), "L034:2"},
		{"an address with a repeat", rule(`"from (?:\d{1,3}\.){3}\d{1,3}"`), "L034:2"},
		{"a named pattern may write it out", `pattern IPV4 "(?:\d{1,3}\.){3}\d{1,3}"` + "\n" + rule(`"from {IPV4}"`), ""},
		{"slashes", rule(`"open \/var\/log"`), "L035:2"},
		{"backslashes that do something", rule(`"open \. \[ \$ \\/"`), ""},
		{"the edges of words", rule(`"\<link\>"`), "L036:2 L036:2"},
		{"grok", rule(`"from %{IP}"`), "L037:2"},
		{"a percent sign", `let share = "5"` + "\n" + rule(`"disk %{share} full"`), ""},
		{"fail2ban", rule(`"from <HOST> port"`), "L037:2"},
		{"a bare class", rule(`"link [:digit:]+"`), "L038:2"},
		{"a class", rule(`"link [[:digit:]x]+"`), ""},
		{"in a condition", `rule r { matching "link"; where msg.text matches "10.0.0.1"; doing print "r" }`, "L031:1"},
	})
}

func TestPlaceInPattern(t *testing.T) {
	for _, pattern := range []string{`"a \"é\" 10.0.0.1"`, "`a \"é\" 10.0.0.1`", `"""a "é" 10.0.0.1"""`} {
		src := `rule r { matching ` + pattern + `; doing print "r" }`
		for _, f := range of(t, src) {
			if got := src[f.Span.Start:f.Span.End]; f.Code == "L031" && got != "10.0.0.1" {
				t.Errorf("in %s, %s underlines %q", pattern, f.Code, got)
			}
		}
		if want := strings.Replace(src, "10.0.0.1", `10\.0\.0\.1`, 1) + "\n"; fixed(src, "L031", of(t, src)) != want {
			t.Errorf("%s is mended to %s", pattern, fixed(src, "L031", of(t, src)))
		}
	}
}
