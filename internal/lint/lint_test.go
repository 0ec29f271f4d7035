package lint_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/logs-rdl/logs/internal/lint"
	"github.com/logs-rdl/logs/internal/script"
	"github.com/logs-rdl/logs/rdl"
)

// files are rule files by name.
type files map[string]string

func (f files) loader() *rdl.Loader {
	return &rdl.Loader{
		Read: func(name string) ([]byte, error) {
			src, ok := f[name]
			if !ok {
				return nil, fs.ErrNotExist
			}
			return []byte(src), nil
		},
		Glob: func(pattern string) ([]string, error) {
			var names []string
			for name := range f {
				if ok, _ := path.Match(pattern, name); ok {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			return names, nil
		},
		Use: func(name string, src []byte) (rdl.Functions, error) { return script.Load(name, src) },
	}
}

// hosts is a file of functions for the examples.
const hosts = `
def noted(host):
    print(host)

def match_all(msg, env):
    return True
`

func load(t testing.TB, f files, names ...string) *lint.Rules {
	t.Helper()
	rules, err := lint.Load(f.loader(), names...)
	if err != nil {
		t.Fatalf("the rules do not load:\n%v", err)
	}
	return rules
}

func lintOf(t testing.TB, f files, names ...string) []lint.Finding {
	t.Helper()
	return lint.Run(load(t, f, names...))
}

// of lints one file.
func of(t testing.TB, src string) []lint.Finding {
	t.Helper()
	return lintOf(t, files{"r.rdl": src, "hosts.star": hosts}, "r.rdl")
}

// codes lists the codes of findings with their lines, without those of tests.
func codes(found []lint.Finding) string {
	var out []string
	for _, f := range found {
		if f.Code != "L060" {
			line, _, _ := f.Position()
			out = append(out, fmt.Sprintf("%s:%d", f.Code, line))
		}
	}
	return strings.Join(out, " ")
}

func has(found []lint.Finding, code string) bool {
	return slices.ContainsFunc(found, func(f lint.Finding) bool { return f.Code == code })
}

// fixed applies the fixes of all findings of a code to a file, and formats it.
func fixed(src, code string, found []lint.Finding) string {
	var fixes []*lint.Fix
	for _, f := range found {
		if f.Fix != nil && (code == "" || f.Code == code) {
			fixes = append(fixes, f.Fix)
		}
	}
	file, errs := rdl.Parse("r.rdl", lint.Apply(src, fixes))
	if len(errs) > 0 {
		return errs.Error()
	}
	return rdl.Format(file)
}

func TestExplanations(t *testing.T) {
	last := ""
	for _, c := range lint.Codes() {
		t.Run(c.ID, func(t *testing.T) {
			if c.ID <= last {
				t.Errorf("the codes are not in order: %s after %s", c.ID, last)
			}
			last = c.ID
			bad := of(t, c.Bad)
			if !has(bad, c.ID) {
				t.Errorf("the bad example has %q, not %s:\n%s", codes(bad), c.ID, c.Bad)
			}
			if good := of(t, c.Good); codes(good) != "" || has(good, c.ID) {
				t.Errorf("the good example has %q:\n%s", codes(good), c.Good)
			}
			mended := fixed(c.Bad, c.ID, bad)
			if c.Fix == "" {
				if mended != fixed(c.Bad, "none", nil) {
					t.Error("there is a fix, and no word of it")
				}
				return
			}
			after := of(t, mended)
			if has(after, c.ID) {
				t.Errorf("the fix leaves the finding:\n%s", mended)
			}
			if again := fixed(mended, c.ID, after); again != mended {
				t.Errorf("fixing twice is not fixing once:\n%s\nthen\n%s", mended, again)
			}
		})
	}
}

func TestIgnore(t *testing.T) {
	rule := `rule r { matching "from 10.0.0.1 .*"; doing print "r" }`
	run(t, []lintCase{
		{"a code", "# lint: ignore L031\n" + rule, "L024:2"},
		{"several codes", "# lint: ignore L031, L024\n" + rule, ""},
		{"with a reason", "# lint: ignore L031 (a version)\n" + rule, "L024:2"},
		{"another code", "# lint: ignore L030\n" + rule, "L031:2 L024:2"},
		{"not the line before", "# lint: ignore L031 L024\n\n" + rule, "L031:3 L024:3"},
		{"one finding of two lines", "# lint: ignore L031 L024\n" + rule + "\n" + `rule s { matching "from 10.0.0.2"; doing print "s" }`, "L031:3"},
	})
}

func TestFindingsShowAsMistakesDo(t *testing.T) {
	found := of(t, `rule r { matching "from 10.0.0.1"; doing print "r" }`)
	const want = `r.rdl:1:25: warning: the dots of 10.0.0.1 stand for any character [L031]
rule r { matching "from 10.0.0.1"; doing print "r" }
                        ^^^^^^^^
  write 10\.0\.0\.1`
	if got := found[1].String(); got != want {
		t.Errorf("got %s", got)
	}
}

func TestFilesAreLintedInTheirOrder(t *testing.T) {
	f := files{
		"b.rdl":      `rule b { matching "b link.*"; doing print "b" }` + "\n" + `include "in/*.rdl"`,
		"in/one.rdl": `rule c { matching "c link.*"; doing print "c" }` + "\n" + `include "../a.rdl"`,
		"a.rdl":      `rule a { matching "a link.*"; doing print "a" }`,
	}
	rules := load(t, f, "b.rdl", "a.rdl")
	var names []string
	for _, file := range rules.Files {
		names = append(names, file.Name)
	}
	if got := strings.Join(names, " "); got != "b.rdl in/one.rdl a.rdl" {
		t.Errorf("the files are %s", got)
	}
	if got := codes(lint.Run(rules)); got != "L024:1 L024:1 L024:1" {
		t.Errorf("got %q", got)
	}
}

// The document lists the codes as the program explains them.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "<!-- codes -->\n")
	var want strings.Builder
	for _, c := range lint.Codes() {
		want.WriteString("\n" + c.Explain())
	}
	if list != want.String() {
		if err := os.WriteFile(filepath.Join(t.ArtifactDir(), "codes.md"), []byte(want.String()), 0o644); err != nil {
			t.Error(err)
		}
		t.Errorf("docs/lint.md does not list the codes as logs check --explain does; go test -artifacts writes codes.md")
	}
}
