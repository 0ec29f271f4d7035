package lint_test

import (
	"strings"
	"testing"

	"github.com/logs-rdl/logs/internal/lint"
)

func TestMend(t *testing.T) {
	f := files{
		"main.rdl": `include "more.rdl"
let spare = 1
# lint: ignore L011
let kept = 2
rule r {
matching "^.*from %{IP} \/ 10.0.0.1.*$" # why
doing print "r" }`,
		"more.rdl": `let other = 1 # with a comment, so it stays
rule s { matching "[A-z]+ link"; doing print "s" }`,
		"right.rdl": `let a = 1`,
	}
	changed, left, err := lint.Mend(f.loader(), "main.rdl", "right.rdl")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"main.rdl": `include "more.rdl"
# lint: ignore L011
let kept = 2
rule r {
  matching "from {IP} / 10\.0\.0\.1"  # why
  doing print "r"
}
`,
		"more.rdl": `let other = 1  # with a comment, so it stays
rule s { matching "[A-Za-z]+ link"; doing print "s" }
`,
	}
	for name, text := range changed {
		if text != want[name] {
			t.Errorf("%s is mended to\n%s", name, text)
		}
	}
	if len(changed) != len(want) {
		t.Errorf("%d files change, not %d", len(changed), len(want))
	}
	if got := codes(left); got != "L011:1" {
		t.Errorf("left is %q", got)
	}
	for name, text := range changed {
		f[name] = text
	}
	if again, _, err := lint.Mend(f.loader(), "main.rdl"); err != nil || len(again) > 0 {
		t.Errorf("mended again: %v, %v", again, err)
	}
}

func TestMendOfWrongRules(t *testing.T) {
	_, _, err := lint.Mend(files{"r.rdl": "rule"}.loader(), "r.rdl")
	if err == nil || !strings.HasPrefix(err.Error(), "r.rdl:1:") {
		t.Errorf("the error is %v", err)
	}
}

func TestApplyLeavesWhatCollides(t *testing.T) {
	edit := func(start, end int, text string) *lint.Fix {
		e := lint.Edit{Text: text}
		e.Start, e.End = start, end
		return &lint.Fix{Edits: []lint.Edit{e}}
	}
	if got := lint.Apply("abcdef", []*lint.Fix{edit(4, 5, "E"), edit(0, 2, ""), edit(1, 3, "x"), edit(2, 3, "C")}); got != "CdEf" {
		t.Errorf("got %q", got)
	}
}
