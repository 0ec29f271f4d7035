package main

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"
)

// namedBlock is a block of code in a document that is a file: its name stands
// above it.
var namedBlock = regexp.MustCompile("(?ms)^`([\\w./-]+)`:\n\n```\\w+\n(.*?)^```$")

// consoleCommand is one in a console block, with what it prints.
var consoleCommand = regexp.MustCompile(`(?m)^\$ logs (.*)\n((?:[^$\n].*\n|\n)*)`)

// docs/testing.md shows files and commands, and what these commands print.
func TestCommandsOfTestingDocument(t *testing.T) {
	const name = "docs/testing.md"
	blocks := readBlocks(t, name)
	src, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, file := range namedBlock.FindAllSubmatch(src, -1) {
		if err := os.WriteFile(string(file[1]), file[2], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ran := 0
	for _, b := range blocks {
		if b.language != "console" {
			continue
		}
		for _, c := range consoleCommand.FindAllStringSubmatch(b.text, -1) {
			ran++
			var out bytes.Buffer
			w := &world{in: os.Stdin, out: &out, err: io.Discard, log: slog.New(slog.DiscardHandler)}
			w.main(shellWords(c[1]))
			if out.String() != c[2] {
				t.Errorf("%s:%d: logs %s prints\n%s\nnot\n%s", name, b.line, c[1], &out, c[2])
			}
		}
	}
	if ran < 8 {
		t.Errorf("only %d commands were found", ran)
	}
}

// shellWord is a word of a command line, in quotes perhaps.
var shellWord = regexp.MustCompile(`'([^']*)'|"([^"]*)"|(\S+)`)

func shellWords(line string) []string {
	var words []string
	for _, m := range shellWord.FindAllStringSubmatch(line, -1) {
		words = append(words, strings.Join(m[1:], ""))
	}
	return words
}
