// Package report lays values out for people: as a table of text, and as a page
// of HTML with the same table and a plot of it.
//
//	rows := logs.List(...)                  // maps: one row each
//	report.Table(rows, zone)                // user   count
//	                                        // alice     12
//	report.Page("Logins", rows, zone)       // <!DOCTYPE html>...
//
// Whatever stands in the values is shown as text: nothing in it becomes markup.
package report

import (
	"time"
	"unicode/utf8"

	"github.com/logs-rdl/logs"
)

// MaxRows is how many rows are laid out; how many more there were is told.
const MaxRows = 1000

// maxCell bounds the text of one cell, in bytes.
const maxCell = 200

// A grid is what is laid out: the cells as text, row by row.
type grid struct {
	names   []string    // of the columns
	cells   [][]string  // a row is as long as names
	numbers [][]float64 // the values of the cells that are numbers
	numeric []bool      // the columns whose every value is a number
	more    int         // rows left out
}

// newGrid makes the grid of a list. Of a list of maps the columns are the names
// of their fields, in the order in which they first occur; any other item
// stands in a column called value.
func newGrid(rows logs.Value, zone *time.Location) *grid {
	items, ok := rows.List()
	if !ok {
		items = []logs.Value{rows}
	}
	g := &grid{more: max(0, len(items)-MaxRows)}
	items = items[:len(items)-g.more]
	at := map[string]int{}
	for _, item := range items {
		for _, f := range fieldsOf(item) {
			if _, known := at[f.Name]; !known {
				at[f.Name] = len(g.names)
				g.names = append(g.names, f.Name)
				g.numeric = append(g.numeric, true)
			}
		}
	}
	for _, item := range items {
		g.add(fieldsOf(item), at, zone)
	}
	return g
}

// fieldsOf returns the cells of a row by name.
func fieldsOf(item logs.Value) []logs.Field {
	if fields, ok := item.Fields(); ok {
		return fields
	}
	return []logs.Field{{Name: "value", Value: item}}
}

func (g *grid) add(fields []logs.Field, at map[string]int, zone *time.Location) {
	cells, numbers := make([]string, len(g.names)), make([]float64, len(g.names))
	for _, f := range fields {
		i := at[f.Name]
		cells[i] = cell(f.Value, zone)
		n, ok := f.Value.Float()
		numbers[i] = n
		g.numeric[i] = g.numeric[i] && ok
	}
	g.cells, g.numbers = append(g.cells, cells), append(g.numbers, numbers)
}

// cell returns the text of a value, as far as a cell holds it.
func cell(v logs.Value, zone *time.Location) string {
	text := logs.Show(string(v.Append(nil, zone)))
	if len(text) <= maxCell {
		return text
	}
	end := maxCell
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "..."
}

// bars returns what a plot shows: the column of its labels and that of its
// numbers; false if there is none of either.
func (g *grid) bars() (label, number int, ok bool) {
	label, number = -1, -1
	for i, numeric := range g.numeric {
		switch {
		case numeric && number < 0:
			number = i
		case !numeric && label < 0:
			label = i
		}
	}
	return label, number, label >= 0 && number >= 0
}
