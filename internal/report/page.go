package report

import (
	"fmt"
	"html"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
)

// A plot has bars from top to bottom, a label at the left of each and its
// number at the right:
//
//	00 ██████ 12
//	01 ██ 4
const (
	barHeight  = 18  // px, with the gap to the next
	labelWidth = 160 // px
	barWidth   = 400 // px: of the longest bar
)

// maxBars bounds a plot.
const maxBars = 100

// Page returns a page of HTML: the title, a plot if the rows have both a text
// and a number, and the table. It refers to nothing outside of it, so that it
// can be mailed or lie anywhere.
func Page(title string, rows logs.Value, zone *time.Location) string {
	g := newGrid(rows, zone)
	var b strings.Builder
	title = html.EscapeString(logs.Show(title))
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\"><title>%s</title></head>\n", title)
	fmt.Fprintf(&b, "<body style=\"font-family: sans-serif\">\n<h1>%s</h1>\n", title)
	g.plot(&b)
	g.table(&b)
	b.WriteString("</body>\n</html>")
	return b.String()
}

// plot draws the bars as SVG.
func (g *grid) plot(b *strings.Builder) {
	label, number, ok := g.bars()
	if !ok {
		return
	}
	rows := g.cells[:min(len(g.cells), maxBars)]
	most := 0.0
	for i := range rows {
		most = max(most, g.numbers[i][number])
	}
	fmt.Fprintf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-size=\"12\" role=\"img\" aria-label=\"%s by %s\">\n",
		labelWidth+barWidth+80, len(rows)*barHeight, html.EscapeString(logs.Show(g.names[number])), html.EscapeString(logs.Show(g.names[label])))
	for i, row := range rows {
		width := 0.0
		if most > 0 {
			width = max(0, g.numbers[i][number]/most*barWidth)
		}
		fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", labelWidth-6, i*barHeight+13, html.EscapeString(row[label]))
		fmt.Fprintf(b, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#4477aa\"/>", labelWidth, i*barHeight+2, width, barHeight-4)
		fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%d\">%s</text>\n", labelWidth+width+6, i*barHeight+13, html.EscapeString(row[number]))
	}
	b.WriteString("</svg>\n")
}

// table writes the rows.
func (g *grid) table(b *strings.Builder) {
	b.WriteString("<table border=\"1\" cellpadding=\"4\" style=\"border-collapse: collapse\">\n")
	g.row(b, "th", g.names)
	for _, row := range g.cells {
		g.row(b, "td", row)
	}
	b.WriteString("</table>\n")
	if g.more > 0 {
		fmt.Fprintf(b, "<p>and %d more</p>\n", g.more)
	}
}

func (g *grid) row(b *strings.Builder, tag string, cells []string) {
	b.WriteString("<tr>")
	for i, cell := range cells {
		align := ""
		if g.numeric[i] {
			align = ` align="right"`
		}
		fmt.Fprintf(b, "<%s%s>%s</%s>", tag, align, html.EscapeString(cell), tag)
	}
	b.WriteString("</tr>\n")
}
