package rdl

import (
	"strings"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/report"
)

// reportBuiltins make reports of lists.
var reportBuiltins = []builtin{
	{name: "tally", usage: "tally(list)", params: []Type{TypeList}, result: TypeList, pure: true, run: tally},
	{name: "table", usage: "table(list)", params: []Type{TypeList}, result: TypeList, run: func(c *call) logs.Value {
		return linesOf(report.Table(c.args[0], c.env.Now().Location()))
	}},
	{name: "html", usage: `html("title", list)`, params: []Type{TypeText, TypeList}, result: TypeList, run: func(c *call) logs.Value {
		return linesOf(strings.Split(report.Page(c.str(0), c.args[1], c.env.Now().Location()), "\n"))
	}},
}

// linesOf makes a list of lines.
func linesOf(lines []string) logs.Value {
	items := make([]logs.Value, len(lines))
	for i, line := range lines {
		items[i] = logs.Text(line)
	}
	return logs.List(items)
}

// tally counts equal items: a map for each, in the order that sort gives.
func tally(c *call) logs.Value {
	items, _ := c.args[0].List()
	counts := map[string]int64{}
	for _, v := range items {
		counts[v.Key()]++
	}
	different, _ := sorted(&call{args: []logs.Value{unique(c)}}).List()
	rows := make([]logs.Value, len(different))
	for i, v := range different {
		rows[i] = logs.Map([]logs.Field{{Name: "value", Value: v}, {Name: "count", Value: logs.Int(counts[v.Key()])}})
	}
	return logs.List(rows)
}
