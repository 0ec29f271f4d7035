package lint

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/logs-rdl/logs/rdl"
)

// A Severity says how much a finding matters.
type Severity string

// The severities.
const (
	Grave   Severity = "grave"   // the rules can do harm
	Warning Severity = "warning" // most likely not what was meant
	Note    Severity = "note"    // right, and good to know
)

// A Code is a kind of finding.
type Code struct {
	ID       string // "L001"; never changes its meaning
	Severity Severity
	Title    string // one line, no full stop
	Why      string // what it is and why it matters, in lines of Markdown
	Fix      string // what the fix does; empty if there is none
	Bad      string // rules that have it
	Good     string // the same rules, mended
}

// A Finding is one place in the rules.
type Finding struct {
	Code     string
	Severity Severity
	File     *rdl.File
	Span     rdl.Span
	Message  string
	Hint     string // what to try; may be empty
	Fix      *Fix   // nil if there is none
}

// String shows the finding as the compiler shows its errors, with the code
// behind the message.
func (f Finding) String() string { return f.at().Error() }

// Position returns the line, the column and the width of the finding, the
// first two from 1, the latter two in runes.
func (f Finding) Position() (line, col, width int) {
	e := f.at()
	return e.Line, e.Col, e.Width
}

func (f Finding) at() *rdl.Error {
	return f.File.Errorf(f.Span, f.Hint, "%s: %s [%s]", f.Severity, f.Message, f.Code)
}

// Run lints rules. The findings are in the order of the files and, within a
// file, of their places; those that a comment silences are left out.
func Run(rules *Rules) []Finding {
	p := newPass(rules)
	for _, check := range checks() {
		check(p)
	}
	found := slices.DeleteFunc(p.found, func(f Finding) bool { return silenced(f) })
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(rules.Files, a.File), slices.Index(rules.Files, b.File)),
			cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Code, b.Code))
	})
	return found
}

// A pass is one run: the rules, what the checks share of them, and what has
// been found.
type pass struct {
	*Rules
	facts
	found []Finding
}

func newPass(rules *Rules) *pass {
	return &pass{Rules: rules, facts: gather(rules)}
}

// report notes a finding and returns it, for a fix to be added.
func (p *pass) report(c *Code, file *rdl.File, at rdl.Node, hint, format string, args ...any) *Finding {
	p.found = append(p.found, Finding{
		Code: c.ID, Severity: c.Severity, File: file, Span: at.Extent(), Message: fmt.Sprintf(format, args...), Hint: hint,
	})
	return &p.found[len(p.found)-1]
}

// ignore is the comment that silences findings on the next line.
var ignore = regexp.MustCompile(`^#\s*lint:\s*ignore((?:[\s,]+L\d+)+)`)

// silenced tells whether a comment on the line before silences f.
func silenced(f Finding) bool {
	line, _ := f.File.Position(f.Span.Start)
	for _, c := range f.File.Comments {
		at, _ := f.File.Position(c.Start)
		if at != line-1 {
			continue
		}
		if m := ignore.FindStringSubmatch(c.Text); m != nil {
			codes := strings.FieldsFunc(m[1], func(r rune) bool { return r != 'L' && (r < '0' || r > '9') })
			return slices.Contains(codes, f.Code)
		}
	}
	return false
}
