package match

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// graphs draws patterns for graphs, of parts that go round, apart, and into each other.
var graphs = rapid.Custom(func(t *rapid.T) string { return drawGraph(t, 3) })

func drawGraph(t *rapid.T, depth int) string {
	part := rapid.SampledFrom([]string{
		"a", "b", "ab", "é", " ", "aé", ".", `\S`, "[^b]", "[a-z]", `\w`, `[^é]`, `\b`, `\B`, "^", "$", `(?m:^)`, `(?m:$)`, "(?i:a)", "(?i:k)", "(?s:.)", "(?U:a*)", "",
	})
	var b strings.Builder
	for range rapid.IntRange(1, 4).Draw(t, "n") {
		p, repeats := part.Draw(t, "part"), []string{"", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?", "{2,}"}
		if depth > 0 && rapid.IntRange(0, 2).Draw(t, "nest") == 0 {
			p = rapid.SampledFrom([]string{"(", "(?:"}).Draw(t, "open") + drawGraph(t, depth-1) + ")"
		} else if len(p) > 1 && p[0] != '[' && p[0] != '\\' && p[0] != '(' || p == "" || p == "^" || p == "$" {
			repeats = []string{""}
		}
		b.WriteString(p + rapid.SampledFrom(repeats).Draw(t, "repeat"))
		if rapid.IntRange(0, 5).Draw(t, "or") == 0 {
			b.WriteByte('|')
		}
	}
	return b.String()
}

func TestGraphsSameAsRegexp(t *testing.T) {
	made, answered := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		pattern := graphs.Draw(t, "pattern")
		re, err := regexp.Compile(pattern)
		if err != nil {
			return // repeats of repeats that are too long
		}
		g := newGraph(pattern)
		if g == nil {
			return
		}
		made++
		for range 20 {
			line := textOf(parts, 12).Draw(t, "line")
			want := re.FindStringSubmatchIndex(line)
			got, outcome := g.search(nil, line)
			if outcome == GaveUp {
				continue
			}
			answered++
			if (outcome == Yes) != (want != nil) || !slices.Equal(got, want) {
				t.Fatalf("%q on %q: got %v (%v), want %v", pattern, line, got, outcome, want)
			}
		}
	})
	if made < 20 || answered < 10*made {
		t.Errorf("%d graphs, %d answers: this proves nothing", made, answered)
	}
}

func TestGraphShape(t *testing.T) {
	for pattern, want := range map[string]bool{
		"a|b": true, "^a$": true, `\buser (?:a|b)+?\b`: true, `(?i)error`: true, `(\d{1,3}\.){3}`: true, "[^a]x": true, "(?s).": true, "": true,
		"[éa]": false, "[^é]": false, "(a*)*": false, "(|a)+": false, "a\ufffd": false, "((a{50}|b){50}|c){50}": false,
	} {
		if got := newGraph(pattern) != nil; got != want {
			t.Errorf("%q is a graph: %v, want %v", pattern, got, want)
		}
	}
}

func TestRunsOfGraphsAreBounded(t *testing.T) {
	for pattern, line := range map[string]string{`\w??a`: "bba", `\w{1,2}?a`: "bbba", `\w{0,2}a`: "bbba", `[^x]{1,2}?é`: "ééééx", `(?s).{2,3}?$`: "aé\xffé"} {
		want := regexp.MustCompile(pattern).FindStringSubmatchIndex(line)
		if got, _ := newGraph(pattern).search(nil, line); !slices.Equal(got, want) {
			t.Errorf("%s on %q: %v, want %v", pattern, line, got, want)
		}
	}
}

// Patterns of the kinds that rules are full of; the lines are real ones.
var everyday = []struct{ pattern, line string }{
	{`Failed (?:password|none) for (?:invalid user )?(?<user>.*) from (?<ip>[0-9a-f.:]+) port \d+`, "Dec 10 06:55:48 LabSZ sshd[24200]: Failed password for invalid user webmaster from 173.234.31.186 port 38926 ssh2"},
	{`Invalid user (?<user>.*) from (\b(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}\b|[0-9a-f:]+::[0-9a-f:]*)`, hitLine},
	{`\b(?<type>ADD_USER|DEL_USER|ADD_GROUP|DEL_GROUP) `, "type=ADD_USER msg=audit(1364481363.243:24287): pid=4711"},
	{`(?i)warn(?:ing)?|err(?:or)?`, "Dec 10 07:07:38 LabSZ app: an ERROR in /x"},
	{`(\w+)=(\d+)$`, "a=b c=d e=f ret=17"},
	{`EXT[34]-fs \((?<device>[^\s)]+)\): Remounting filesystem read-only`, "kernel: EXT4-fs (sda1): Remounting filesystem read-only"},
}

func TestGraphsAllocateNothing(t *testing.T) {
	for _, c := range everyday {
		p := mustCompile(t, c.pattern)
		dst, outcome := p.Find(make([]int, 0, 16), c.line, nil)
		if p.graph == nil || outcome != Yes {
			t.Errorf("%s on %q: %v", c.pattern, c.line, outcome)
		}
		for _, line := range []string{c.line, c.line[:len(c.line)/2]} {
			if n := testing.AllocsPerRun(100, func() { dst, _ = p.Find(dst, line, nil) }); n != 0 {
				t.Errorf("%s on %q: %v allocations", c.pattern, line, n)
			}
		}
	}
}

// Lines made to be slow, and to go deep, are left to the other engine.
func TestHostileLinesForGraphs(t *testing.T) {
	const size = 1 << 20
	as := strings.Repeat("a", size)
	for _, c := range []struct{ pattern, line string }{
		{`(a|aa)+$`, as + "b"}, {`(?:a+a+)+b`, as}, {`(?:ab?)*?c`, as}, {`(\w*)(\w*)(\w*)=`, as}, {`.*?x.*?y|z`, strings.Repeat("x", size)}, {`^(?:a|b)*c`, as},
	} {
		if _, outcome := newGraph(c.pattern).find(nil, c.line); outcome != No {
			t.Errorf("%s: %v", c.pattern, outcome)
		}
	}
}

func BenchmarkGraph(b *testing.B) {
	for _, c := range everyday {
		re, p := regexp.MustCompile(c.pattern), mustCompile(b, c.pattern)
		b.Run("regexp/"+c.pattern, func(b *testing.B) {
			for b.Loop() {
				re.FindStringSubmatchIndex(c.line)
			}
		})
		b.Run("graph/"+c.pattern, func(b *testing.B) {
			var dst []int
			for b.Loop() {
				dst, _ = p.Find(dst, c.line, nil)
			}
		})
	}
}
