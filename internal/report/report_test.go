package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
)

func row(fields ...any) logs.Value {
	var list []logs.Field
	for i := 0; i < len(fields); i += 2 {
		v := logs.Text(fmt.Sprint(fields[i+1]))
		if n, ok := fields[i+1].(int); ok {
			v = logs.Int(int64(n))
		}
		list = append(list, logs.Field{Name: fields[i].(string), Value: v})
	}
	return logs.Map(list)
}

func TestTable(t *testing.T) {
	for _, test := range []struct {
		name string
		rows []logs.Value
		want []string
	}{
		{"numbers stand at the right", []logs.Value{row("user", "ann", "count", 3), row("user", "bartholomew", "count", 12)}, []string{
			"user         count", "ann              3", "bartholomew     12",
		}},
		{"a column that some rows lack", []logs.Value{row("a", 1), row("b", "x"), row("a", 2, "b", "y")}, []string{
			"a  b", "1", "   x", "2  y",
		}},
		{"items that are no maps", []logs.Value{logs.Text("x"), logs.Int(5)}, []string{"value", "x", "5"}},
		{"text of a log cannot break the table", []logs.Value{row("a", "x\n\x1b[2Jy")}, []string{"a", `x\x0a\x1b[2Jy`}},
		{"nothing", nil, []string{""}},
	} {
		if got := Table(logs.List(test.rows), time.UTC); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n got %q\nwant %q", test.name, got, test.want)
		}
	}
}

func TestManyRowsAreBounded(t *testing.T) {
	rows := slices.Repeat([]logs.Value{row("a", strings.Repeat("é", 500))}, MaxRows+7)
	lines := Table(logs.List(rows), time.UTC)
	if len(lines) != MaxRows+2 || lines[len(lines)-1] != "and 7 more" {
		t.Errorf("got %d lines, the last %q", len(lines), lines[len(lines)-1])
	}
	if want := strings.Repeat("é", maxCell/2) + "..."; lines[1] != want {
		t.Errorf("got a cell of %d bytes", len(lines[1]))
	}
	if page := Page("t", logs.List(rows), time.UTC); !strings.Contains(page, "<p>and 7 more</p>") {
		t.Error("the page does not tell how many rows were left out")
	}
}

func TestPagePlotsTextsWithNumbers(t *testing.T) {
	rows := logs.List([]logs.Value{row("hour", "08", "count", 5), row("hour", "09", "count", 10), row("hour", "10", "count", 0)})
	page := Page("by hour", rows, time.UTC)
	for _, want := range []string{
		"<h1>by hour</h1>", `width="200.0"`, `width="400.0"`, `width="0.0"`, `<th align="right">count</th>`, "<td>09</td>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	if page := Page("t", logs.List([]logs.Value{row("a", "x")}), time.UTC); strings.Contains(page, "<svg") {
		t.Error("a plot without numbers")
	}
}

// Nothing in the values becomes markup.
func FuzzPage(f *testing.F) {
	f.Add("<script>alert(1)</script>", `"><img src=x onerror=y>`)
	f.Add("\xff</td>", "&amp;\x00")
	f.Fuzz(func(t *testing.T, name, value string) {
		page := Page(value, logs.List([]logs.Value{row(name, value, name+"n", 1)}), time.UTC)
		plain := Page("t", logs.List([]logs.Value{row("a", "b", "an", 1)}), time.UTC)
		for _, c := range []string{"<", ">", `"`} {
			if strings.Count(page, c) != strings.Count(plain, c) {
				t.Errorf("a %s of the values is markup in\n%s", c, page)
			}
		}
	})
}
