package rdl

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Format returns the file in its one canonical layout: one declaration, clause
// or statement a line, each level of braces two spaces further in, the first
// spelling of every word. What was written on one line, braces included,
// stays on one; strings and single blank lines stay as they are, and so does
// every comment. Formatting what is formatted changes nothing. A file with
// syntax errors is returned as it was.
func Format(f *File) string {
	if f.faulty {
		return f.Src
	}
	p := &printer{src: f.Src, comments: f.Comments, opened: true}
	for _, d := range f.Decls {
		p.line(d.Extent().Start)
		p.node(d)
	}
	p.flush(len(f.Src))
	return p.String()
}

// A printer lays out a tree as lines. Comments are not in the tree: those
// before a place in the source are put out when the printer begins the line
// for that place:
//
//	rule a {  # one          a comment behind something goes to the end of
//	  # two                  the last line; one that had a line for itself
//	  once  # three          gets a line for itself
//	}
type printer struct {
	src      string
	comments []Comment // those not yet put out
	lines    []outLine
	indent   int
	opened   bool // nothing stands in the innermost braces yet: no blank line
}

// An outLine is a line of output, in its parts.
type outLine struct {
	blank   bool // an empty line stands before it
	indent  int
	code    []byte
	comment string
}

// put adds text to the current line.
func (p *printer) put(texts ...string) {
	last := &p.lines[len(p.lines)-1]
	for _, t := range texts {
		last.code = append(last.code, t...)
	}
}

// line begins a line for what stands at off in the source, after the comments
// that stand before it.
func (p *printer) line(off int) {
	p.flush(off)
	p.newLine(off)
}

// flush puts out the comments that stand before off.
func (p *printer) flush(off int) {
	for p.pending(off) {
		c := p.comments[0]
		p.comments = p.comments[1:]
		last := len(p.lines) - 1
		if last < 0 || p.lines[last].comment != "" || p.ownLine(c.Start) {
			p.newLine(c.Start)
			last = len(p.lines) - 1
		}
		p.lines[last].comment = strings.TrimRight(c.Text, " \t\r")
	}
}

// pending tells whether comments before off are still to be put out.
func (p *printer) pending(off int) bool {
	return len(p.comments) > 0 && p.comments[0].Start < off
}

func (p *printer) newLine(off int) {
	p.lines = append(p.lines, outLine{blank: !p.opened && p.blankBefore(off), indent: p.indent})
	p.opened = false
}

// ownLine tells whether only white space stands before off on its line.
func (p *printer) ownLine(off int) bool {
	before := strings.TrimRight(p.src[:off], " \t\r")
	return before == "" || before == "\ufeff" || strings.HasSuffix(before, "\n")
}

// blankBefore tells whether an empty line stands before off.
func (p *printer) blankBefore(off int) bool {
	before := p.src[:off]
	gap := before[len(strings.TrimRight(before, " \t\r\n;")):]
	return strings.Count(gap, "\n") > 1
}

// broken tells whether a newline stands between two places.
func (p *printer) broken(from, to int) bool {
	return strings.Contains(p.src[from:to], "\n")
}

// printBraces prints { ... } around the items of a node that was written at span:
// on one line if it was on one and holds no comment.
func printBraces[T Node](p *printer, span Span, items []T) {
	switch {
	case p.pending(span.End) || len(items) > 0 && p.broken(span.Start, span.End):
		p.put("{")
		p.indent++
		p.opened = true
		for _, n := range items {
			p.line(n.Extent().Start)
			p.node(n)
		}
		p.closeLine(span.End, "}")
	case len(items) == 0:
		p.put("{ }")
	default:
		p.put("{ ")
		for i, n := range items {
			if i > 0 {
				p.put("; ")
			}
			p.node(n)
		}
		p.put(" }")
	}
}

// closeLine ends an indented block that ends at off.
func (p *printer) closeLine(off int, mark string) {
	p.flush(off)
	p.indent--
	p.opened = true // no blank line before the mark
	p.newLine(off)
	p.opened = false
	p.put(mark)
}

// continued begins a further line of an item, for what stands at off.
func (p *printer) continued(off int) {
	p.flush(off)
	p.opened = true // no blank line within an item
	p.newLine(off)
}

// String joins the lines.
func (p *printer) String() string {
	var b strings.Builder
	column := 0
	for i, l := range p.lines {
		if i == 0 || !p.aligned(i) {
			column = p.commentColumn(i)
		}
		if l.blank {
			b.WriteByte('\n')
		}
		b.WriteString(strings.Repeat("  ", l.indent))
		b.Write(l.code)
		if l.comment != "" {
			if len(l.code) > 0 {
				b.WriteString(strings.Repeat(" ", max(2, column-utf8.RuneCount(l.code))))
			}
			b.WriteString(l.comment)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// aligned tells whether the comment of line i stands below that of line i-1:
// so it does in a run of lines with the same indentation, up to one that
// opens or closes braces.
func (p *printer) aligned(i int) bool {
	above, l := &p.lines[i-1], &p.lines[i]
	return l.indent == above.indent && !l.blank && l.simple() && above.simple()
}

// simple tells whether the line holds code, and all of an item's.
func (l *outLine) simple() bool {
	n := len(l.code)
	return n > 0 && !bytes.ContainsAny(l.code[:1], "}])") && !bytes.ContainsAny(l.code[n-1:], "{[(") &&
		!bytes.Contains(l.code, []byte("\n"))
}

// commentColumn returns where the comments stand in the run that begins with
// line i.
func (p *printer) commentColumn(i int) int {
	column := 0
	for j := i; j < len(p.lines) && (j == i || p.aligned(j)); j++ {
		if p.lines[j].comment != "" {
			column = max(column, utf8.RuneCount(p.lines[j].code)+2)
		}
	}
	return column
}
