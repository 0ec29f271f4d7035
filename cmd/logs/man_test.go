package main

import (
	"os/exec"
	"strings"
	"testing"
)

func TestManual(t *testing.T) {
	for page, want := range map[string][]string{
		"logs": {
			"\n.SS logs run [flags] [<log> ...]\n", "\n.TP\n-r, --rules, --ruleset FILE|DIR\nRules, in the order given; repeatable.\n",
			"--clock log|wall\n", " Default: log.\n", "\n.SH EXIT STATUS\n", "logs install --firewall --enable -- --http :9600\n",
		},
		"logs-rdl": {"\n  max-lines 2 ", `matching "Invalid user (\S*) from (\S+)"`, "/usr/share/doc/logs/language.md\n"},
	} {
		source := printed(t, "man", page)
		read := strings.NewReplacer(`\-`, "-", `\e`, `\`, `\fB`, "", `\fI`, "", `\fR`, "").Replace(source)
		for _, w := range append(want, ".TH ", "\n.SH NAME\n", "\n.SH SEE ALSO\n") {
			if !strings.Contains(read, w) {
				t.Errorf("%s lacks %q:\n%s", page, w, read)
			}
		}
		if strings.Contains(source, "@") {
			t.Errorf("%s: the frame was not filled", page)
		}
		typeset(t, page, source)
	}
}

// typeset has groff read a page, where it is there; it must find nothing to
// complain of.
func typeset(t *testing.T, page, source string) {
	t.Helper()
	if _, err := exec.LookPath("groff"); err != nil {
		return
	}
	cmd := exec.Command("groff", "-man", "-Tascii", "-ww")
	cmd.Stdin = strings.NewReader(source)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	if err := cmd.Run(); err != nil || complaints.Len() > 0 {
		t.Errorf("groff of %s: %v\n%s", page, err, &complaints)
	}
}

// The rules that the manual shows are right.
func TestRulesInManual(t *testing.T) {
	_, rules, _ := strings.Cut(printed(t, "man", "logs-rdl"), ".EX\n")
	rules, _, _ = strings.Cut(rules, ".EE\n")
	rules = strings.NewReplacer(`\-`, "-", `\e`, `\`).Replace(rules)
	checkRules(t, newLoader(), shown{"rdl", "logs-rdl.5", 1, rules})
}

func TestRoff(t *testing.T) {
	for text, want := range map[string]string{
		"--clock":   `\-\-clock`,
		`a\b`:       `a\eb`,
		".hidden":   `\&.hidden`,
		"'tis":      `\&'tis`,
		"e.g. this": "e.g. this",
	} {
		if got := roff(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
