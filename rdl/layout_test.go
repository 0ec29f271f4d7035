package rdl

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the layout of rules, formatting keeps the tree and the comments:
// the gaps between the tokens of the tour are filled at random. A newline where
// none may stand makes rules that do not parse; most of them do.
func TestAnyLayoutFormats(t *testing.T) {
	declarations := tourDecls(t)
	valid := 0
	rapid.Check(t, func(t *rapid.T) {
		pieces := cut(rapid.SampledFrom(declarations).Draw(t, "declaration"))
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			i := rapid.IntRange(0, len(pieces)/2-1).Draw(t, "gap")
			pieces[2*i+1] = rapid.SampledFrom([]string{
				" ", "\n", "\n\n\n", "\r\n", "  # behind\n", "\n# own\n", "\n\n  # one\n  # two\n\n", ";", " ;\n", "\t",
			}).Draw(t, "filling")
		}
		src := strings.Join(pieces, "")
		if _, errs := Parse("", src); len(errs) == 0 {
			valid++
		}
		checkFormat(t, src)
	})
	if valid < 20 {
		t.Errorf("only %d of the layouts parsed", valid)
	}
}

// tourDecls returns the source of each declaration of the tour.
func tourDecls(t testing.TB) []string {
	var all []string
	src := readTour(t)
	for _, d := range mustParse(t, src).Decls {
		span := d.Extent()
		all = append(all, src[span.Start:span.End])
	}
	return all
}

// cut returns tokens and the gaps behind them, in turn.
func cut(src string) []string {
	l := lexer{src: src}
	var pieces []string
	end := 0
	for t := l.next(); t.kind != tokenEOF; t = l.next() {
		if t.kind == tokenQuote {
			l.off = l.stringEnd(t.Start)
		}
		if t.Start > 0 {
			pieces = append(pieces, src[end:t.Start])
		}
		end = l.off
		pieces = append(pieces, src[t.Start:end])
	}
	return append(pieces, src[end:])
}
