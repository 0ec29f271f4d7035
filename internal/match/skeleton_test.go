package match

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const (
	scanner1 = "Invalid user (.*) from (.*)"
	hitLine  = "Oct 28 17:03:11 l096 sshd[16651]: Invalid user alice from 62.123.192.212"
	missLine = "Oct 28 17:03:11 l096 CRON[16651]: pam_unix(cron:session): session opened for user root"
)

// skeletons draws patterns that are skeletons, or nearly.
var skeletons = rapid.Custom(func(t *rapid.T) string {
	part := rapid.SampledFrom([]string{"a", "b", "ab", "é", " ", "aa", ".*", ".+", `\S*`, `\S+`, "[^b]*", "[a-z]+", `\w+`, `[^é]*`, ".*?", `\d`, "[aA]", "[b]", `\x61`, `\.`})
	var b strings.Builder
	open := 0
	for range rapid.IntRange(1, 6).Draw(t, "n") {
		if rapid.Bool().Draw(t, "group") {
			b.WriteByte('(')
			open++
		}
		b.WriteString(part.Draw(t, "part"))
		n := rapid.IntRange(0, open).Draw(t, "closed")
		b.WriteString(strings.Repeat(")", n))
		open -= n
	}
	b.WriteString(strings.Repeat(")", open))
	return b.String()
})

func TestSkeletonsSameAsRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := skeletons.Draw(t, "pattern")
		re := regexp.MustCompile(pattern)
		p, err := Compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			line := textOf(parts, 12).Draw(t, "line")
			want := re.FindStringSubmatchIndex(line)
			got, outcome := p.Find(nil, line, nil)
			if (outcome == Yes) != (want != nil) || !slices.Equal(got, want) {
				t.Fatalf("%q on %q: got %v (%v), want %v", pattern, line, got, outcome, want)
			}
		}
	})
}

func TestSkeletonShape(t *testing.T) {
	for pattern, want := range map[string]bool{
		"a": true, "Invalid user (.*) from (.*)": true, `(a)(\S+)(b)`: true, "a[^b]*": true, "a{x}.*{y}": true, "({x})a": true, "{x}": true,
		"((a))": true, "(a.*)": true, `a(\[[^\]]*\])b`: true, "(a(.*)b)(c)": true, "(a{x})": true,
		"": false, ".*a": false, "a.*.*": false, "a.*?": false, "a[é]*": false, "a[^é]*": false, "(?i)a": false, "[Oo]ut": false, "[.]a": true, "a|b": false, "^a": false,
		"a$": false, "a?": false, "()a": false, "(a.*)\\S+": false, "a(|b)": false, "a\ufffd": false, "(?i){x}": false, "{x}+": false,
	} {
		if got := mustCompile(t, pattern).skeleton.pieces != nil; got != want {
			t.Errorf("%q is a skeleton: %v, want %v", pattern, got, want)
		}
	}
}

func TestSkeletonAllocatesNothing(t *testing.T) {
	for pattern, values := range map[string][]string{scanner1: nil, "Invalid user {u} from (.*)": {"alice"}} {
		p := mustCompile(t, pattern)
		dst := make([]int, 0, 8)
		for _, line := range []string{hitLine, missLine} {
			if n := testing.AllocsPerRun(100, func() { dst, _ = p.Find(dst, line, values) }); n != 0 {
				t.Errorf("%s on %q: %v allocations", pattern, line, n)
			}
		}
	}
	p := mustCompile(t, `user (\w+)$`)
	if n := testing.AllocsPerRun(100, func() { p.Find(nil, "no such text", nil) }); n != 0 {
		t.Errorf("a miss by the gate: %v allocations", n)
	}
}

// TestHostileLines searches lines made to be slow. A search that is quadratic in their
// length runs into the time limit of the tests.
func TestHostileLines(t *testing.T) {
	const size = 1 << 20
	for _, c := range []struct{ pattern, line string }{
		{"a.*b.*c", strings.Repeat("a", size)},
		{"a.*b.*c", strings.Repeat("ab", size/2)},
		{"a(.*)b(.*)b(.*)c", strings.Repeat("ab", size/2)},
		{`a(\w*)a(\S*)b`, strings.Repeat("a", size)},
	} {
		p := mustCompile(t, c.pattern)
		if _, outcome := p.Find(nil, c.line, nil); outcome != No {
			t.Errorf("%s: %v", c.pattern, outcome)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	re := regexp.MustCompile(scanner1)
	p := mustCompile(b, scanner1)
	for _, l := range []struct{ name, line string }{{"hit", hitLine}, {"miss", missLine}} {
		b.Run("regexp/"+l.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				re.FindStringSubmatchIndex(l.line)
			}
		})
		b.Run("skeleton/"+l.name, func(b *testing.B) {
			b.ReportAllocs()
			var dst []int
			for b.Loop() {
				dst, _ = p.Find(dst, l.line, nil)
			}
		})
	}
	for name, pattern := range map[string]string{"gate": `user (\w+)$`, "lookaround": `user (?!bob)(\w+)$`} {
		p := mustCompile(b, pattern)
		for _, l := range []struct{ name, line string }{{"hit", missLine}, {"near", hitLine}, {"miss", "kernel: eth0: link is up"}} {
			b.Run(name+"/"+l.name, func(b *testing.B) {
				b.ReportAllocs()
				var dst []int
				for b.Loop() {
					dst, _ = p.Find(dst, l.line, nil)
				}
			})
		}
	}
}
