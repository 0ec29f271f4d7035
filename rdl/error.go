package rdl

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Error is one mistake in a rules file, at a place.
type Error struct {
	File      string
	Line, Col int    // from 1; Col counts runes
	Width     int    // runes to underline, at least 1
	Text      string // the source line
	Msg       string // what is wrong
	Hint      string // what to try; may be empty
}

// Error shows the mistake as a compiler does, over several lines:
//
//	ssh.rdl:3:3: unknown word "mtaching" in a rule
//	  mtaching "Invalid user"
//	  ^^^^^^^^
//	  did you mean "matching"?
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
	if text, carets := e.excerpt(); text != "" {
		b.WriteString("\n" + text + "\n" + carets)
	}
	if e.Hint != "" {
		b.WriteString("\n  " + e.Hint)
	}
	return b.String()
}

// maxExcerpt is how many runes of a line an error shows on either side of the
// mistake's start.
const maxExcerpt = 100

// excerpt returns the source line, cut if it is very long, and the line that
// underlines the mistake. What a terminal would not show as it is, is shown as
// a question mark, so that the carets stay below what they mean.
func (e *Error) excerpt() (text, carets string) {
	var above, below strings.Builder
	col := 0
	for _, c := range e.Text {
		col++
		if col < e.Col-maxExcerpt || col > e.Col+maxExcerpt {
			continue
		}
		if c == utf8.RuneError || unicode.IsControl(c) && c != '\t' {
			c = '?'
		}
		above.WriteRune(c)
		if col < e.Col+e.Width {
			below.WriteString(underline(c, col >= e.Col))
		}
	}
	if e.Col > col { // behind the end of the line
		below.WriteByte('^')
	}
	return above.String(), below.String()
}

// underline returns what stands below c: carets, or blanks of the same width.
func underline(c rune, wrong bool) string {
	switch {
	case c == '\t' && !wrong:
		return "\t"
	case unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf):
		return ""
	}
	mark := " "
	if wrong {
		mark = "^"
	}
	if isWide(c) {
		return mark + mark
	}
	return mark
}

// isWide tells whether terminals give c two columns.
func isWide(c rune) bool {
	return unicode.In(c, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) ||
		0x3000 <= c && c <= 0x303e || 0xff01 <= c && c <= 0xff60 || 0x1f300 <= c && c <= 0x1faff
}

// Errors are all mistakes of one or more files.
type Errors []*Error

// Error shows all of them, sorted by file and place, each as Error.Error does.
func (es Errors) Error() string {
	sorted := slices.Clone(es)
	sorted.sort()
	texts := make([]string, len(sorted))
	for i, e := range sorted {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "\n")
}

func (es Errors) sort() {
	slices.SortStableFunc(es, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
}

// Errorf returns an error at a place in f. The hint says what to try and may
// be empty.
func (f *File) Errorf(at Span, hint, format string, args ...any) *Error {
	line, col := f.Position(at.Start)
	end := lineEnd(f.Src, at.Start)
	start := f.lineStarts()[line-1]
	return &Error{
		File: f.Name, Line: line, Col: col,
		Width: max(1, utf8.RuneCountInString(f.Src[at.Start:max(at.Start, min(at.End, end))])),
		Text:  f.Src[start:lineEnd(f.Src, start)],
		Msg:   fmt.Sprintf(format, args...),
		Hint:  hint,
	}
}

// Position returns the line and column of a byte offset in f.Src, both from 1;
// the column counts runes.
func (f *File) Position(offset int) (line, col int) {
	line = f.line(offset)
	return line, 1 + utf8.RuneCountInString(f.Src[f.lineStarts()[line-1]:offset])
}

// line returns the line of a byte offset in f.Src, from 1.
func (f *File) line(offset int) int { return sort.SearchInts(f.lineStarts(), offset+1) }

// lineStarts returns the offsets at which the lines begin; a File that was not
// parsed does not have them at hand.
func (f *File) lineStarts() []int {
	if f.lines != nil {
		return f.lines
	}
	return lineStarts(f.Src)
}

// lineStarts returns the offsets at which the lines of src begin.
func lineStarts(src string) []int {
	starts := make([]int, 1, 1+strings.Count(src, "\n"))
	for at := 0; ; {
		n := strings.IndexByte(src[at:], '\n')
		if n < 0 {
			return starts
		}
		at += n + 1
		starts = append(starts, at)
	}
}
