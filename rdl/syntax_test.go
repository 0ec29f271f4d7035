package rdl

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// seeds returns small rules of all kinds, right and wrong, for fuzzing.
func seeds(t testing.TB) []string {
	t.Helper()
	wrong, err := os.ReadFile("testdata/errors.rdl")
	if err != nil {
		t.Fatal(err)
	}
	all := append(tourDecls(t), strings.Split(string(wrong), "\n---\n")...)
	cases, err := filepath.Glob("testdata/fmt/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range cases {
		input, _ := formatCase(t, name)
		all = append(all, input)
	}
	return all
}

// testErrors checks that the mistakes in a file of rules are found, each on
// its line, and no others. The file holds chunks with a line of --- between
// them, each a file of rules for itself. A line with a mistake ends with a
// comment that holds a regular expression for the message and the hint; two
// mistakes take two:
//
//	mtaching "x"  # ERROR "unknown word .*did you mean .matching"
//
// The comments are cut off before find sees the rules, so that they can stand
// behind a text that is not closed.
func testErrors(t *testing.T, file string, find func(name, src string) Errors) {
	t.Helper()
	all, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	first := 1
	for chunk := range strings.SplitSeq(string(all), "\n---\n") {
		testErrorChunk(t, file, first, chunk, find)
		first += strings.Count(chunk, "\n") + 2
	}
}

var (
	errorComment = regexp.MustCompile(`\s*# ERROR "(.*)"$`)
	errorBetween = `" # ERROR "`
)

// testErrorChunk checks one chunk, whose first line is that of the file.
func testErrorChunk(t *testing.T, file string, first int, chunk string, find func(name, src string) Errors) {
	t.Helper()
	lines := strings.Split(chunk, "\n")
	wanted := map[int][]string{}
	for i, line := range lines {
		if m := errorComment.FindStringSubmatchIndex(line); m != nil {
			wanted[i+1] = strings.Split(line[m[2]:m[3]], errorBetween)
			lines[i] = line[:m[0]]
		}
	}
	for _, e := range find(file, strings.Join(lines, "\n")) {
		if !takeWanted(wanted, e) {
			t.Errorf("%s:%d: unexpected:\n%v", file, first+e.Line-1, e)
		}
	}
	for line, patterns := range wanted {
		for _, p := range patterns {
			t.Errorf("%s:%d: no error matches %q", file, first+line-1, p)
		}
	}
}

// takeWanted removes the pattern of e's line that e matches.
func takeWanted(wanted map[int][]string, e *Error) bool {
	patterns := wanted[e.Line]
	for i, p := range patterns {
		if regexp.MustCompile(p).MatchString(e.Msg + "; " + e.Hint) {
			wanted[e.Line] = append(patterns[:i:i], patterns[i+1:]...)
			return true
		}
	}
	return false
}
