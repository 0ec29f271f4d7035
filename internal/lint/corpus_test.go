package lint_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/logs-rdl/logs/internal/lint"
)

var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// documented returns the rules that the language reference shows, and the
// files of functions beside them.
func documented(t testing.TB) (blocks []string, f files) {
	t.Helper()
	text, err := os.ReadFile("../../docs/language.md")
	if err != nil {
		t.Fatal(err)
	}
	f = files{}
	for _, m := range fence.FindAllStringSubmatch(string(text), -1) {
		first, _, _ := strings.Cut(m[2], "\n")
		switch {
		case m[1] == "python" && strings.HasPrefix(first, "# "):
			f[first[2:]] = m[2]
		case m[1] == "rdl" && !strings.HasPrefix(first, "# fragment"):
			blocks = append(blocks, m[2])
		}
	}
	return blocks, f
}

// What the reference shows is right, so that a warning would be a false alarm.
func TestNoFalseAlarms(t *testing.T) {
	blocks, f := documented(t)
	loaded := 0
	for _, b := range blocks {
		f["r.rdl"] = b
		rules, err := lint.Load(f.loader(), "r.rdl")
		if err != nil {
			continue // it asks for more of the world than there is here
		}
		loaded++
		for _, found := range lint.Run(rules) {
			if found.Severity != lint.Note {
				t.Errorf("in the language reference: %s", found)
			}
		}
	}
	if loaded < 10 {
		t.Errorf("only %d blocks load", loaded)
	}
}

// FuzzRun: rules that load can be linted; the fixes leave rules that load, and
// nothing to be mended.
func FuzzRun(f *testing.F) {
	blocks, around := documented(f)
	for _, b := range blocks {
		f.Add(b)
	}
	for _, c := range lint.Codes() {
		f.Add(c.Bad)
	}
	f.Fuzz(func(t *testing.T, src string) {
		around := files{"r.rdl": src, "hosts.star": around["hosts.star"]}
		changed, left, err := lint.Mend(around.loader(), "r.rdl")
		if err != nil {
			if strings.Contains(err.Error(), "a fix makes") {
				t.Fatal(err)
			}
			return
		}
		for _, found := range left {
			if found.Fix != nil {
				t.Errorf("left to be mended: %s\n%s", found, changed["r.rdl"])
			}
			_ = found.String()
		}
	})
}

func BenchmarkRun(b *testing.B) {
	var src strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&src, "rule r%d { matching \"daemon%d failed for (\\S+) with \\d+\"; binding (u); doing print u }\n", i, i)
	}
	rules := load(b, files{"r.rdl": src.String()}, "r.rdl")
	for b.Loop() {
		lint.Run(rules)
	}
}
