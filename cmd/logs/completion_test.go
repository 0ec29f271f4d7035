package main

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// printed returns what a command line prints.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := &world{in: os.Stdin, out: &out, err: io.Discard, log: slog.New(slog.DiscardHandler)}
	if code := w.main(args); code != 0 {
		t.Fatalf("logs %s: code %d", strings.Join(args, " "), code)
	}
	return out.String()
}

// allCommands returns the commands of the program, but for the program itself.
func allCommands(t *testing.T) []command {
	t.Helper()
	parser, err := kong.New(&cli{}, kong.Name("logs"))
	if err != nil {
		t.Fatal(err)
	}
	return commandsOf(parser.Model.Node, "logs")[1:]
}

func TestNothingIsMissingInCompletionsAndManual(t *testing.T) {
	page := strings.ReplaceAll(printed(t, "man"), `\-`, "-")
	scripts := map[string]string{}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		scripts[shell] = printed(t, "completion", shell)
	}
	for _, c := range allCommands(t) {
		for shell, script := range scripts {
			if !strings.Contains(script, c.Name) {
				t.Errorf("%s: %s is missing", shell, c.path)
			}
		}
		if len(c.Children) == 0 && !strings.Contains(page, "\n.SS "+c.path) {
			t.Errorf("logs(1): %s is missing", c.path)
		}
		for _, f := range c.visible() {
			for shell, script := range scripts {
				flag := map[string]string{"bash": "--" + f.Name, "zsh": "--" + f.Name, "fish": "-l " + f.Name}[shell]
				if !strings.Contains(script, flag) {
					t.Errorf("%s: %s of %s is missing", shell, flag, c.path)
				}
			}
			if !strings.Contains(page, `\fB--`+f.Name+`\fR`) {
				t.Errorf("logs(1): --%s of %s is missing", f.Name, c.path)
			}
		}
	}
	for _, hidden := range []string{"completion", "man"} {
		for shell, script := range scripts {
			if strings.Contains(script, "logs "+hidden+"'") {
				t.Errorf("%s offers logs %s", shell, hidden)
			}
		}
	}
}

// bash is on every machine that builds the program; the others are asked where
// they are, and what they would see is held above.
func TestShellsTakeTheCompletions(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		path, err := exec.LookPath(shell)
		if err != nil && shell != "bash" {
			continue
		}
		script := filepath.Join(t.TempDir(), shell)
		if err := os.WriteFile(script, []byte(printed(t, "completion", shell)), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(path, "-n", script).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", shell, err, out)
		}
	}
}

func TestBashCompletes(t *testing.T) {
	script := printed(t, "completion", "bash")
	for line, want := range map[string]string{
		"logs ver":                 "version",
		"logs --he":                "--help",
		"logs run --clo":           "--clock",
		"logs run --clock w":       "wall",
		"logs run a.log --order g": "given",
		"logs run --ruleset":       "--ruleset",
		"logs fmt --clo":           "",
		"logs install --fire":      "--firewall",
		"logs run auth":            "", // a file
		"logs compl":               "", // hidden
	} {
		words := strings.Fields(line)
		program := script + "\nCOMP_WORDS=(" + strings.Join(words, " ") + ")\nCOMP_CWORD=$((${#COMP_WORDS[@]}-1))\n_logs\necho \"${COMPREPLY[@]}\"\n"
		out, err := exec.Command("bash", "-c", program).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s<TAB>: %q (%v), want %q", line, got, err, want)
		}
	}
}

func TestBashOffersAllCommands(t *testing.T) {
	out, err := exec.Command("bash", "-c", printed(t, "completion", "bash")+"\nCOMP_WORDS=(logs '')\nCOMP_CWORD=1\n_logs\nprintf '%s\n' \"${COMPREPLY[@]}\"\n").Output()
	if err != nil {
		t.Fatal(err)
	}
	offered := strings.Fields(string(out))
	for _, name := range []string{"run", "check", "fmt", "test", "install", "version"} {
		if !slices.Contains(offered, name) {
			t.Errorf("%s is not offered: %v", name, offered)
		}
	}
}
