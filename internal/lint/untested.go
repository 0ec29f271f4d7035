package lint

import (
	"slices"
	"strings"

	"github.com/logs-rdl/logs/internal/match"
	"github.com/logs-rdl/logs/rdl"
)

var untested = &Code{
	ID: "L060", Severity: Note, Title: "no test reaches the rules of the file",
	Why: "The file has rules, but no `test`, and no line that a test elsewhere gives matches one of their patterns. A rule that\n" +
		"nobody has seen match may never do so. Three lines of log and one `expect` are enough, and `logs test` keeps them\n" +
		"true.",
	Bad: `
rule down { matching "link down"; doing print "down: {msg.line}" }
`,
	Good: "\n" + `rule down { matching "link down"; doing print "down: {msg.line}" }
test "a link goes down" {
  given "eth0: link down"
  expect print "down: eth0: link down"
}
`,
}

var testCodes = []*Code{untested}

// untested reports files whose rules no test reaches.
func (p *pass) untested() {
	tested, lines, ok := p.given()
	if !ok {
		return
	}
	done := map[*rdl.File]bool{}
	for _, d := range p.decls {
		if !isRule(d.Node) || tested[d.file] || done[d.file] {
			continue
		}
		done[d.file] = true
		if !p.reached(d.file, lines) {
			p.report(untested, d.file, heading(d), `add a test with given and expect`, "no test reaches the rules of this file")
		}
	}
}

// given returns the files with tests, and the lines that these give. It
// returns false if some stand in files of their own.
func (p *pass) given() (tested map[*rdl.File]bool, lines []string, ok bool) {
	tested, ok = map[*rdl.File]bool{}, true
	for _, d := range p.decls {
		inspect(d.Node, func(n rdl.Node) bool {
			switch n := n.(type) {
			case *rdl.Test:
				tested[d.file] = true
			case *rdl.Given:
				text, _ := n.Text.Constant()
				lines = append(lines, strings.Split(text, "\n")...)
				ok = ok && !n.File
			case *rdl.GivenEvent:
				lines = append(lines, "") // no pattern needs it
			}
			return true
		})
	}
	return tested, lines, ok
}

func isRule(n rdl.Node) bool {
	switch n.(type) {
	case *rdl.Rule, *rdl.Ruleset, *rdl.During, *rdl.Sequence:
		return true
	}
	return false
}

// reached tells whether one of lines matches a pattern of the file. Where there
// are no patterns, as where functions match, any line may.
func (p *pass) reached(file *rdl.File, lines []string) bool {
	found, patterns := false, 0
	p.patterns(func(u patternUse) {
		if u.file != file || u.named {
			return
		}
		patterns++
		m, err := match.Compile(p.expand(u.Src))
		found = found || err == nil && slices.ContainsFunc(lines, func(line string) bool {
			_, outcome := m.Find(nil, strings.TrimSpace(line), nil)
			return outcome == match.Yes
		})
	})
	return found || patterns == 0 && len(lines) > 0
}

// heading returns the word with which a declaration begins.
func heading(d placed) rdl.Span {
	span := d.Extent()
	if word, _, ok := strings.Cut(d.file.Src[span.Start:span.End], " "); ok {
		span.End = span.Start + len(word)
	}
	return span
}
