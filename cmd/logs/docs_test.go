package main

import (
	"bytes"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/ruletest"
	"github.com/logs-rdl/logs/rdl"
)

// The documents are tested, so that they stay true: the rules that they show
// load and pass their own tests, the examples of the built-ins give what the
// table says, and the commands print what stands below them.

// A shown is a piece of code in a document.
type shown struct {
	language string
	file     string // the document
	line     int    // of its first line in it
	text     string
}

var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

func readBlocks(t *testing.T, name string) []shown {
	t.Helper()
	file := "../../" + name
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []shown
	for _, at := range fence.FindAllSubmatchIndex(src, -1) {
		line := 1 + bytes.Count(src[:at[4]], []byte("\n"))
		blocks = append(blocks, shown{string(src[at[2]:at[3]]), file, line, string(src[at[4]:at[5]])})
	}
	return blocks
}

// documents are the first page and all pages of the manual but docs/lint.md,
// which shows rules that are not as they should be, and has a test of its own.
func documents(t *testing.T) []string {
	t.Helper()
	names := []string{"README.md"}
	err := fs.WalkDir(os.DirFS("../.."), "docs", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".md" && name != "docs/lint.md" {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestRulesInDocuments(t *testing.T) {
	rules := 0
	for _, name := range documents(t) {
		loader := documentLoader(t, name)
		for _, b := range readBlocks(t, name) {
			switch {
			case b.language != "rdl":
				continue
			case strings.HasPrefix(b.text, "# fragment\n"):
				checkFragment(t, b)
			default:
				checkRules(t, loader, b)
			}
			rules++
		}
	}
	if rules < 60 {
		t.Errorf("only %d blocks of rules were found", rules)
	}
}

// documentLoader loads rules that may use the files shown beside them: those
// whose name stands above them, and a block of Python whose first line names
// it.
func documentLoader(t *testing.T, name string) *rdl.Loader {
	t.Helper()
	files := map[string]string{}
	for file, text := range shownFiles(t, name) {
		files[path.Base(file)] = text
	}
	for _, b := range readBlocks(t, name) {
		first, _, _ := strings.Cut(b.text, "\n")
		if file, ok := strings.CutPrefix(first, "# "); ok && b.language == "python" {
			files[file] = b.text
		}
	}
	loader := newLoader()
	loader.Read = func(name string) ([]byte, error) {
		if text, ok := files[path.Base(name)]; ok {
			return []byte(text), nil
		}
		return nil, os.ErrNotExist
	}
	loader.Glob = func(name string) ([]string, error) {
		if _, ok := files[path.Base(name)]; ok {
			return []string{name}, nil
		}
		return nil, nil
	}
	return loader
}

// checkRules loads a block and runs its tests. It must be laid out as logs fmt
// does it.
func checkRules(t *testing.T, loader *rdl.Loader, b shown) {
	t.Helper()
	if file, errs := rdl.Parse(b.file, b.text); len(errs) == 0 && rdl.Format(file) != b.text {
		t.Errorf("%s:%d: the rules are not in the canonical layout:\n%s", b.file, b.line, rdl.Format(file))
	}
	// With as many lines before it, errors show the place in the document.
	p, err := loader.LoadSource(b.file, strings.Repeat("\n", b.line-1)+b.text)
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	for _, c := range p.Cases {
		result, err := ruletest.Run(p, c, openGiven)
		if err != nil {
			t.Errorf("%s: %v", c.Pos, err)
		} else if result.Failure != "" {
			t.Errorf("%s: %s\n%s", c.Pos, c.Name, result.Failure)
		}
	}
}

// checkFragment parses a block that is no whole file: in a file, a rule, a
// window, a block or a test, wherever it fits.
func checkFragment(t *testing.T, b shown) {
	t.Helper()
	var first error
	for _, around := range [][2]string{{"", ""}, {"rule {", "}"}, {"window w {", "}"}, {"rule { doing {", "} }"}, {`test "t" {`, "}"}} {
		_, errs := rdl.Parse(b.file, strings.Repeat("\n", b.line-2)+around[0]+"\n"+b.text+around[1]+"\n")
		if len(errs) == 0 {
			return
		}
		if first == nil {
			first = errs
		}
	}
	t.Errorf("this fragment stands nowhere:\n%v", first)
}

// builtinRow is a row of the table of built-ins: form, result, an example,
// and what it gives.
var builtinRow = regexp.MustCompile("(?m)^\\| `[^|]+` \\| [a-z ]+ \\| `([^|]+)` \\| (?:`([^|]*)`|nothing) \\|$")

func TestBuiltinsInLanguage(t *testing.T) {
	src, err := os.ReadFile("../../docs/language.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := builtinRow.FindAllSubmatch(src, -1)
	for _, row := range rows {
		if got := evaluate(t, string(row[1])); got != string(row[2]) {
			t.Errorf("%s gives %q, not %q", row[1], got, row[2])
		}
	}
	if len(rows) < 30 {
		t.Errorf("only %d rows of the table of built-ins were found", len(rows))
	}
}

// evaluate returns the text of an expression.
func evaluate(t *testing.T, expr string) string {
	t.Helper()
	p, err := newLoader().LoadSource("expr", "rule { matching everything; doing print ("+expr+") }\n")
	if err != nil {
		t.Errorf("%s: %v", expr, err)
		return ""
	}
	engine, err := logs.New(p.Program, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	effects := engine.Process(&logs.Message{Line: "Oct 28 17:03:11 l096 sshd[16651]: hello"})
	if len(effects) != 1 || effects[0].Kind != logs.EffectPrint {
		t.Errorf("%s: got %d effects: %+v", expr, len(effects), effects)
		return ""
	}
	return effects[0].Text
}

func TestCommandsInDocuments(t *testing.T) {
	blocks := append(readBlocks(t, "README.md"), readBlocks(t, "docs/learn.md")...)
	t.Chdir("../..")
	ran := 0
	for _, b := range blocks {
		command, want, _ := strings.Cut(b.text, "\n")
		args, ok := strings.CutPrefix(command, "$ go run ./cmd/logs ")
		if b.language != "console" || !ok {
			continue
		}
		ran++
		var out bytes.Buffer
		w := &world{in: os.Stdin, out: &out, err: io.Discard, log: slog.New(slog.DiscardHandler)}
		if code := w.main(strings.Fields(args)); code != 0 || out.String() != want {
			t.Errorf("%s: code %d, and it prints\n%s\nnot\n%s", command, code, &out, want)
		}
	}
	if ran == 0 {
		t.Error("no command was found")
	}
}
