package lsp

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/logs-rdl/logs/rdl"
)

// A text is a source with the beginnings of its lines. Editors count lines and
// UTF-16 units, rules count bytes:
//
//	a é 😀 b
//	0 1 2  4   UTF-16
//	0 1 3  7   bytes
type text struct {
	src    string
	starts []int // of the lines; \n, \r\n and a \r by itself end one
}

func newText(src string) *text {
	t := &text{src: src, starts: []int{0}}
	for i := range len(src) {
		if src[i] == '\n' || src[i] == '\r' && (i+1 == len(src) || src[i+1] != '\n') {
			t.starts = append(t.starts, i+1)
		}
	}
	return t
}

// position returns where a byte is. Within a character it is where that begins.
func (t *text) position(offset int) position {
	offset = min(max(offset, 0), len(t.src))
	line := sort.SearchInts(t.starts, offset+1) - 1
	start, units := t.starts[line], 0
	for i, c := range t.src[start:offset] {
		if !utf8.FullRuneInString(t.src[start+i : offset]) {
			break // offset lies within it
		}
		units += utf16Len(c)
	}
	return position{line, units}
}

// utf16Len is how many units of UTF-16 a character takes; a byte that is not
// UTF-8 is shown as one.
func utf16Len(c rune) int {
	if c > 0xffff {
		return 2
	}
	return 1
}

// offset returns the byte at a position. One that lies beyond a line or the
// text is at its end.
func (t *text) offset(p position) int {
	switch {
	case p.Line < 0:
		return 0
	case p.Line >= len(t.starts):
		return len(t.src)
	}
	start, units := t.starts[p.Line], 0
	line := t.line(p.Line)
	for i, c := range line {
		if units += utf16Len(c); units > p.Character {
			return start + i
		}
	}
	return start + len(line)
}

// line returns a line without its end.
func (t *text) line(n int) string {
	end := len(t.src)
	if n+1 < len(t.starts) {
		end = t.starts[n+1]
	}
	return strings.TrimRight(t.src[t.starts[n]:end], "\r\n")
}

func (t *text) rangeOf(s rdl.Span) textRange {
	return textRange{t.position(s.Start), t.position(max(s.Start, s.End))}
}

// errorSpan returns where a mistake is. Its columns count characters, its
// lines end at \n alone.
func (t *text) errorSpan(e *rdl.Error) rdl.Span {
	start := 0
	for range e.Line - 1 {
		n := strings.IndexByte(t.src[start:], '\n')
		if n < 0 {
			break
		}
		start += n + 1
	}
	start += charsLen(t.src[start:], e.Col-1)
	return rdl.Span{Start: start, End: start + charsLen(t.src[start:], e.Width)}
}

// charsLen is how many bytes the first n characters of s take, at most those
// of its line.
func charsLen(s string, n int) int {
	for i, c := range s {
		if n <= 0 || c == '\n' {
			return i
		}
		n--
	}
	return len(s)
}

// edited returns the source after a change.
func (t *text) edited(c change) string {
	if c.Range == nil {
		return c.Text
	}
	start, end := t.offset(c.Range.Start), t.offset(c.Range.End)
	return t.src[:start] + c.Text + t.src[max(start, end):]
}
