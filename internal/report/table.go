package report

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/logs-rdl/logs"
)

// Table returns the lines of a table: the names of the columns and a line for
// each row. Numbers stand at the right of their column.
func Table(rows logs.Value, zone *time.Location) []string {
	g := newGrid(rows, zone)
	widths := make([]int, len(g.names))
	for _, row := range append([][]string{g.names}, g.cells...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	lines := []string{g.line(g.names, widths)}
	for _, row := range g.cells {
		lines = append(lines, g.line(row, widths))
	}
	if g.more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", g.more))
	}
	return lines
}

// line lays out one row.
func (g *grid) line(row []string, widths []int) string {
	var b strings.Builder
	for i, cell := range row {
		if i > 0 {
			b.WriteString("  ")
		}
		fill := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if g.numeric[i] {
			b.WriteString(fill + cell)
		} else {
			b.WriteString(cell + fill)
		}
	}
	return strings.TrimRight(b.String(), " ")
}
