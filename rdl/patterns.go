package rdl

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed patterns.rdl
var shipped string

// A NamedPattern tells of a pattern that rules can use by its name.
type NamedPattern struct {
	Name     string
	Expr     string   // as it was declared: it may name others
	Doc      string   // the comment above it, as one line
	Examples []string // texts that it matches whole, from the lines of the comment that begin with +
	Counter  []string // and does not, from those with -
}

// Patterns lists the named patterns that are at hand in all rules, in the
// order of their file.
func Patterns() []NamedPattern { return shippedFile().Patterns() }

// shippedFile parses the file of patterns that is part of the program.
func shippedFile() *File {
	file, errs := Parse("patterns.rdl", shipped)
	if len(errs) > 0 {
		panic(errs) // the tests read it too
	}
	return file
}

// Patterns lists the named patterns that a file declares, in its order.
func (f *File) Patterns() []NamedPattern {
	var all []NamedPattern
	for _, d := range f.patternDecls() {
		n := NamedPattern{Name: d.Name.Name, Expr: d.Pattern.Src}
		n.describe(f.commentAbove(d.Start))
		all = append(all, n)
	}
	return all
}

func (f *File) patternDecls() []*PatternDecl {
	var all []*PatternDecl
	for _, d := range f.Decls {
		if d, ok := d.(*PatternDecl); ok {
			all = append(all, d)
		}
	}
	return all
}

// describe takes the lines of the comment above the declaration.
func (n *NamedPattern) describe(lines []string) {
	var doc []string
	for _, line := range lines {
		switch text := strings.TrimSpace(strings.TrimPrefix(line, "#")); {
		case strings.HasPrefix(text, "+"):
			n.Examples = append(n.Examples, strings.TrimPrefix(text[1:], " "))
		case strings.HasPrefix(text, "-"):
			n.Counter = append(n.Counter, strings.TrimPrefix(text[1:], " "))
		default:
			doc = append(doc, text)
		}
	}
	n.Doc = strings.Join(doc, " ")
}

// commentAbove returns the comment lines right above a place that begins a
// line.
func (f *File) commentAbove(offset int) []string {
	var lines []string
	line, _ := f.Position(offset)
	for _, c := range slices.Backward(f.Comments) {
		at, column := f.Position(c.Start)
		if at >= line {
			continue
		}
		if at != line-1 || column != 1 {
			break
		}
		lines = append(lines, c.Text)
		line = at
	}
	slices.Reverse(lines)
	return lines
}
