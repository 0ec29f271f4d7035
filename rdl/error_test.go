package rdl

import (
	"strings"
	"testing"
)

func TestSyntaxErrors(t *testing.T) {
	testErrors(t, "testdata/errors.rdl", func(name, src string) Errors {
		_, errs := Parse(name, src)
		return errs
	})
}

func TestErrorShowsThePlace(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"a word", "rule r {\n  mtaching \"x\"; once\n}", `r.rdl:2:3: unknown word "mtaching" in a rule
  mtaching "x"; once
  ^^^^^^^^
  did you mean "matching"?`},
		{"tabs stay tabs", "rule {\n\twhere\ta\t+\t'\n}", "r.rdl:2:12: expected a value, found \"'\"\n" +
			"\twhere\ta\t+\t'\n" +
			"\t     \t \t \t^\n"},
		{"wide text", `let x = "日本" y`, "r.rdl:1:14: unexpected \"y\" after the text\n" +
			"let x = \"日本\" y\n" +
			"               ^\n"},
		{"combining text", "let x = \"e\u0301\" y", "r.rdl:1:14: unexpected \"y\" after the text\n" +
			"let x = \"e\u0301\" y\n" +
			"            ^\n"},
		{"the end of the file", "let x =", "r.rdl:1:8: expected a value, found the end of the file\n" +
			"let x =\n" +
			"       ^\n"},
		{"the end of a line", "rule {\n  where a +\n}\n", "r.rdl:2:12: expected a value, found \"}\"\n" +
			"  where a +\n" +
			"           ^\n"},
		{"carriage returns", "let = 1\r\n", "r.rdl:1:5: expected a name, found \"=\"\n" +
			"let = 1\n" +
			"    ^\n"},
		{"control characters", "let x = 1 \x1b[31m", "r.rdl:1:11: expected a newline or ;, found \"\\x1b\"\n" +
			"let x = 1 ?[31m\n" +
			"          ^\n"},
		{"only the first line of several", "let x = \"a\n b\"", "r.rdl:1:9: the text is not closed on its line\n" +
			"let x = \"a\n" +
			"        ^^\n"},
	}
	for _, test := range tests {
		_, errs := Parse("r.rdl", test.src)
		if len(errs) == 0 || !strings.HasPrefix(errs[0].Error()+"\n", test.want) {
			t.Errorf("%s:\n%v\nwant\n%s", test.name, errs, test.want)
		}
	}
}

func TestLongLinesAreCut(t *testing.T) {
	src := "let x = " + strings.Repeat("a + ", 5000) + "' " + strings.Repeat(" ", 50000)
	_, errs := Parse("r.rdl", src)
	text := errs.Error()
	if len(text) > 500 || !strings.Contains(text, "a + '") {
		t.Errorf("%d bytes:\n%.1000s", len(text), text)
	}
	lines := strings.Split(text, "\n")
	if strings.Index(lines[1], "'") != strings.Index(lines[2], "^") {
		t.Errorf("the caret is off:\n%s", text)
	}
}

func TestErrorsAreSortedByPlace(t *testing.T) {
	errs := Errors{
		{File: "b", Line: 1, Col: 1, Width: 1, Msg: "four"},
		{File: "a", Line: 2, Col: 1, Width: 1, Msg: "three"},
		{File: "a", Line: 1, Col: 9, Width: 1, Msg: "two"},
		{File: "a", Line: 1, Col: 1, Width: 1, Msg: "one"},
	}
	if got, want := errs.Error(), "a:1:1: one\na:1:9: two\na:2:1: three\nb:1:1: four"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if errs[0].Msg != "four" {
		t.Error("Error must not reorder its receiver")
	}
}

func TestErrorsAreBounded(t *testing.T) {
	_, errs := Parse("r.rdl", strings.Repeat("let 1\n", 1000))
	if len(errs) != maxErrors+1 || !strings.Contains(errs[maxErrors].Msg, "too many") {
		t.Errorf("%d errors, the last: %v", len(errs), errs[len(errs)-1])
	}
}

func TestPosition(t *testing.T) {
	src := "é a\nb\n"
	f, _ := Parse("r.rdl", src)
	unparsed := &File{Src: src}
	for _, test := range []struct{ offset, line, col int }{
		{0, 1, 1}, {2, 1, 2}, {4, 1, 4}, {5, 2, 1}, {6, 2, 2}, {7, 3, 1},
	} {
		for _, file := range []*File{f, unparsed} {
			if line, col := file.Position(test.offset); line != test.line || col != test.col {
				t.Errorf("offset %d = %d:%d, want %d:%d", test.offset, line, col, test.line, test.col)
			}
		}
	}
}
