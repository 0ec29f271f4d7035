package ruletest

import (
	"slices"
	"strings"

	"github.com/logs-rdl/logs/rdl"
)

// A fix is what a test would have to say to be right: text in the place of a
// part of its file.
type fix struct {
	file string
	rdl.Span
	text string
}

// fix makes the expects of a group right. Those that hold stay as they are;
// in the place of those that do not stand the effects that came, of the kinds
// that were asked for, or all if nothing else was to come.
func (g *group) fix(steps []rdl.CaseStep) fix {
	var lines []string
	end := ""
	for _, x := range g.kept {
		if x.NothingElse {
			end = x.Source
			continue
		}
		lines = append(lines, x.Source)
	}
	for _, x := range g.wrong {
		if x.NothingElse {
			end = x.Source
		}
	}
	lines = append(lines, g.unnamed(end != "")...)
	for _, x := range g.wrong {
		none := !slices.ContainsFunc(g.came, func(e effect) bool { return e.Kind == x.Kind })
		if says := "expect no " + x.Kind.String(); none && !x.NothingElse && end == "" && !slices.Contains(lines, says) {
			lines = append(lines, says)
		}
	}
	if end != "" {
		lines = append(lines, end)
	}
	span := rdl.Span{Start: steps[0].Start, End: steps[len(steps)-1].End}
	return fix{fileOf(steps[0].Pos), span, strings.Join(lines, "\n")}
}

// unnamed words the effects that no expect that holds has named, each once.
func (g *group) unnamed(all bool) []string {
	var lines []string
	for i := range g.came {
		e := &g.came[i]
		asked := slices.ContainsFunc(g.wrong, func(x *rdl.Expectation) bool { return !x.NothingElse && x.Kind == e.Kind })
		says := "expect " + effectWords(&e.Effect)
		if !e.taken && (all || asked) && !slices.Contains(lines, says) {
			lines = append(lines, says)
		}
	}
	return lines
}

// fileOf returns the file of a file:line.
func fileOf(pos string) string { return pos[:strings.LastIndexByte(pos, ':')] }

// corrected returns the text of a file with its fixes; rules are laid out as
// logs fmt does it.
func corrected(name, src string, fixes []fix) string {
	fixes = slices.Clone(fixes)
	slices.SortFunc(fixes, func(a, b fix) int { return b.Start - a.Start })
	for _, f := range fixes {
		src = src[:f.Start] + f.text + src[f.End:]
	}
	if strings.HasSuffix(name, archiveSuffix) {
		return src
	}
	file, _ := rdl.Parse(name, src)
	return rdl.Format(file)
}
