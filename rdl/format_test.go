package rdl

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite what testdata wants")

func TestFormat(t *testing.T) {
	files, err := filepath.Glob("testdata/fmt/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) { testFormatCase(t, name) })
	}
}

func testFormatCase(t *testing.T, name string) {
	input, want := formatCase(t, name)
	got := Format(mustParse(t, input))
	if *update {
		rewriteCase(t, name, got)
		want = got
	}
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	checkFormat(t, input)
}

const wantMark = "-- want --\n"

// formatCase reads a case: a remark, then the input and what is wanted, each
// behind a line with its name.
func formatCase(t testing.TB, name string) (input, want string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, want, _ := strings.Cut(string(data), wantMark)
	_, input, ok := strings.Cut(head, "-- input --\n")
	if !ok {
		t.Fatalf("%s has no input", name)
	}
	return input, want
}

func rewriteCase(t *testing.T, name, want string) {
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(data), wantMark)
	if err := os.WriteFile(name, []byte(head+wantMark+want), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestTourIsCanonical(t *testing.T) {
	src := readTour(t)
	got := Format(mustParse(t, src))
	if got != src {
		t.Errorf("got\n%s", firstDifference(got, src))
	}
}

// firstDifference shows where two texts part.
func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return strings.Join(a[max(0, i-2):i+1], "\n") + "\nwant\n" + b[i]
		}
	}
	return "one is longer"
}

func TestFaultyFilesAreNotFormatted(t *testing.T) {
	src := "rule   a { matching }\n"
	f, _ := Parse("x", src)
	if got := Format(f); got != src {
		t.Errorf("got %q", got)
	}
}

// checkFormat checks the laws of the formatter for rules without mistakes:
// the tree stays, every comment stays, and formatting again changes nothing.
func checkFormat(t interface {
	Helper()
	Fatalf(string, ...any)
}, src string) {
	t.Helper()
	f, errs := Parse("a.rdl", src)
	if len(errs) > 0 {
		return
	}
	out := Format(f)
	g, errs := Parse("b.rdl", out)
	if len(errs) > 0 {
		t.Fatalf("source\n%s\nformatted\n%s\n%v", src, out, errs)
	}
	if a, b := outline(f.Decls), outline(g.Decls); a != b {
		t.Fatalf("source\n%s\nformatted\n%s\nwas %s\nis  %s", src, out, a, b)
	}
	if a, b := commentTexts(f), commentTexts(g); a != b {
		t.Fatalf("source\n%s\nformatted\n%s\ncomments were\n%s\nare\n%s", src, out, a, b)
	}
	if again := Format(g); again != out {
		t.Fatalf("source\n%s\nformatted\n%s\nagain\n%s", src, out, again)
	}
}

func commentTexts(f *File) string {
	var b strings.Builder
	for _, c := range f.Comments {
		b.WriteString(strings.TrimRight(c.Text, " \t\r") + "\n")
	}
	return b.String()
}

func BenchmarkFormat(b *testing.B) {
	f := mustParse(b, readTour(b))
	b.SetBytes(int64(len(f.Src)))
	for b.Loop() {
		Format(f)
	}
}

func FuzzFormat(f *testing.F) {
	for _, src := range seeds(f) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) { checkFormat(t, src) })
}
