package lsp

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/logs-rdl/logs/rdl"
)

var update = flag.Bool("update", false, "write the words of the language into the files of editors/")

const (
	grammarFile = "../../editors/vscode/syntaxes/rdl.tmLanguage.json"
	vimFile     = "../../editors/vim/syntax/rdl.vim"
)

// A wordLine is a line of a file for editors that lists the words of a group.
type wordLine struct {
	file, group           string
	before, between, last string // what the line begins with, stands between words, and ends with
}

func wordLines() []wordLine {
	lines := []wordLine{{vimFile, rdl.WordsFunction, `syn match rdlFunction /\<\%(`, `\|`, `\)(\@=/`}}
	for group := range rdl.Words() {
		after := `)(?![\\w-])" },`
		if group == rdl.WordsFunction {
			after = `)(?=\\()" },`
		} else {
			lines = append(lines, wordLine{vimFile, group, "syn keyword rdl" + strings.ToUpper(group[:1]) + group[1:] + " ", " ", ""})
		}
		lines = append(lines, wordLine{grammarFile, group, `    "` + group + `": { "name": "`, "|", after})
	}
	return lines
}

// put writes the words into their line and returns the whole text.
func (w wordLine) put(t *testing.T, src string) string {
	t.Helper()
	lines := strings.Split(src, "\n")
	i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, w.before) })
	if i < 0 || !strings.HasSuffix(lines[i], w.last) {
		t.Fatalf("%s has no line for the words %q", w.file, w.group)
	}
	before := w.before
	if n := strings.Index(lines[i], `(?:`); w.file == grammarFile && n >= 0 {
		before = lines[i][:n+len(`(?:`)]
	}
	words := slices.DeleteFunc(rdl.Words()[w.group], func(word string) bool {
		return w.file == vimFile && word == "contains" // has a line of its own, for Vim takes it for an option
	})
	lines[i] = before + strings.Join(words, w.between) + w.last
	return strings.Join(lines, "\n")
}

// What editors colour are the words of the language.
func TestWordsOfEditors(t *testing.T) {
	for _, w := range wordLines() {
		src, err := os.ReadFile(w.file)
		if err != nil {
			t.Fatal(err)
		}
		right := w.put(t, string(src))
		switch {
		case right == string(src):
		case *update:
			if err := os.WriteFile(w.file, []byte(right), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s does not list the words %q of the language: run go test ./internal/lsp -run %s -update", w.file, w.group, t.Name())
		}
	}
}

func TestJSONOfEditors(t *testing.T) {
	seen := 0
	err := filepath.WalkDir("../../editors", func(name string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".json" {
			return err
		}
		seen++
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if !json.Valid(src) {
			t.Errorf("%s is no JSON", name)
		}
		return nil
	})
	if err != nil || seen < 3 {
		t.Errorf("%d files, %v", seen, err)
	}
}

// The files that the extension names are there, and the grammar is that of the
// language that it declares.
func TestExtension(t *testing.T) {
	var extension struct {
		Main        string
		Contributes struct {
			Languages []struct{ ID, Configuration string }
			Grammars  []struct{ Language, ScopeName, Path string }
		}
	}
	var grammar struct{ ScopeName string }
	decode := func(name string, into any) {
		src, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(src, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	folder := "../../editors/vscode"
	decode(folder+"/package.json", &extension)
	decode(grammarFile, &grammar)
	l, g := extension.Contributes.Languages, extension.Contributes.Grammars
	if len(l) != 1 || len(g) != 1 || g[0].Language != l[0].ID || g[0].ScopeName != grammar.ScopeName {
		t.Fatalf("got %+v, %+v and the scope %s", l, g, grammar.ScopeName)
	}
	for _, name := range []string{extension.Main, l[0].Configuration, g[0].Path} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}

// Every rule that the grammar includes is in it.
func TestGrammarIsWhole(t *testing.T) {
	src, err := os.ReadFile(grammarFile)
	if err != nil {
		t.Fatal(err)
	}
	var grammar struct{ Repository map[string]any }
	if err := json.Unmarshal(src, &grammar); err != nil {
		t.Fatal(err)
	}
	used := strings.Split(string(src), `"include": "#`)[1:]
	for _, u := range used {
		name, _, _ := strings.Cut(u, `"`)
		if grammar.Repository[name] == nil {
			t.Errorf("#%s is included and not there", name)
		}
	}
	for group := range rdl.Words() {
		if !strings.Contains(string(src), `"include": "#`+group+`"`) {
			t.Errorf("the words %q are never coloured", group)
		}
	}
}
