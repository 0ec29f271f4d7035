package rdl

import (
	"maps"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/when"
)

// A builtin is a function of the language.
type builtin struct {
	name   string
	usage  string
	params []Type
	least  int // arguments that must be given
	result Type
	pure   bool // the same arguments give the same result, and nothing else is asked
	reads  bool // it makes a value of its last argument's text, which may be none
	run    func(*call) logs.Value

	// unavailable tells whether what it asks of the world is not at hand.
	unavailable func(Outside) bool
}

// A call is one call of a builtin. Arguments are of the types of its
// parameters or nil.
type call struct {
	env     *logs.Env // nil while constants are worked out
	args    []logs.Value
	outside Outside
	place   string // file and line, for faults
	file    string // of the rules, at which relative names start
}

// str returns an argument as text; nil is "".
func (c *call) str(i int) string {
	s, _ := c.args[i].Str()
	return s
}

// fault reports an argument that could not be read, and returns nil.
func (c *call) fault(what string, i int) logs.Value {
	if c.env != nil && !c.args[i].IsNil() {
		c.env.Fault(c.place+": %q is no "+what, c.args[i].String())
	}
	return logs.Nil
}

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// builtins holds all functions by name. See docs/language.md.
var builtins = table(slices.Concat(textBuiltins, listBuiltins, numberBuiltins, addressBuiltins, timeBuiltins, reportBuiltins, outsideBuiltins))

func table(list []builtin) map[string]builtin {
	m := make(map[string]builtin, len(list))
	for _, b := range list {
		if b.least == 0 {
			b.least = len(b.params)
		}
		m[b.name] = b
	}
	return m
}

// mapText makes a builtin of a function from text to text. Nil stays nil.
func mapText(name string, f func(string) string) builtin {
	return builtin{name: name, usage: name + "(text)", params: []Type{TypeText}, result: TypeText, pure: true, run: func(c *call) logs.Value {
		if c.args[0].IsNil() {
			return logs.Nil
		}
		return logs.Text(f(c.str(0)))
	}}
}

// testText makes a builtin of a test of two texts.
func testText(name string, f func(s, t string) bool) builtin {
	return builtin{name: name, usage: name + "(text, text)", params: []Type{TypeText, TypeText}, result: TypeBool, pure: true, run: func(c *call) logs.Value {
		return logs.Bool(f(c.str(0), c.str(1)))
	}}
}

var textBuiltins = []builtin{
	mapText("upper", strings.ToUpper),
	mapText("lower", strings.ToLower),
	mapText("trim", strings.TrimSpace),
	testText("startsWith", strings.HasPrefix),
	testText("endsWith", strings.HasSuffix),
	{name: "split", usage: `split(text, ",")`, params: []Type{TypeText, TypeText}, result: TypeList, pure: true, run: func(c *call) logs.Value {
		return textList(strings.Split(c.str(0), c.str(1)))
	}},
	{name: "join", usage: `join(list, ", ")`, params: []Type{TypeList, TypeText}, result: TypeText, run: joinItems},
	{name: "replace", usage: `replace(text, "old", "new")`, params: []Type{TypeText, TypeText, TypeText}, result: TypeText, pure: true, run: replaceText},
	{name: "contains", usage: "contains(text or list, part)", params: []Type{TypeAny, TypeAny}, result: TypeBool, pure: true, run: func(c *call) logs.Value {
		return logs.Bool(c.args[0].Contains(c.args[1]))
	}},
}

// replaceText replaces every old by new; nil if the result would be too long.
func replaceText(c *call) logs.Value {
	text, old, new := c.str(0), c.str(1), c.str(2)
	if strings.Count(text, old)*max(0, len(new)-len(old))+len(text) > maxText {
		return logs.Nil
	}
	return logs.Text(strings.ReplaceAll(text, old, new))
}

func textList(texts []string) logs.Value {
	items := make([]logs.Value, len(texts))
	for i, s := range texts {
		items[i] = logs.Text(strings.Clone(s))
	}
	return logs.List(items)
}

// joinItems joins the texts of items; nil if the result would be too long.
func joinItems(c *call) logs.Value {
	items, _ := c.args[0].List()
	sep := c.str(1)
	var buf []byte
	for i, item := range items {
		if i > 0 {
			buf = append(buf, sep...)
		}
		if buf = item.Append(buf, c.env.Zone()); len(buf) > maxText {
			return logs.Nil
		}
	}
	return logs.Text(string(buf))
}

var listBuiltins = []builtin{
	{name: "len", usage: "len(text, list or map)", params: []Type{TypeAny}, result: TypeInt, pure: true, run: length},
	{name: "count", usage: "count(list)", params: []Type{TypeList}, result: TypeInt, pure: true, run: length},
	{name: "unique", usage: "unique(list)", params: []Type{TypeList}, result: TypeList, pure: true, run: unique},
	{name: "sort", usage: "sort(list)", params: []Type{TypeList}, result: TypeList, pure: true, run: sorted},
	{name: "sum", usage: "sum(list)", params: []Type{TypeList}, result: TypeAny, pure: true, run: sum},
	{name: "min", usage: "min(list)", params: []Type{TypeList}, result: TypeAny, pure: true, run: func(c *call) logs.Value { return extreme(c, -1) }},
	{name: "max", usage: "max(list)", params: []Type{TypeList}, result: TypeAny, pure: true, run: func(c *call) logs.Value { return extreme(c, 1) }},
	{name: "first", usage: "first(list)", params: []Type{TypeList}, result: TypeAny, pure: true, run: func(c *call) logs.Value { return at(c.args[0], logs.Int(0)) }},
	{name: "last", usage: "last(list)", params: []Type{TypeList}, result: TypeAny, pure: true, run: func(c *call) logs.Value { return at(c.args[0], logs.Int(-1)) }},
}

// length counts the characters of a text, the items of a list or the fields
// of a map; anything else has none.
func length(c *call) logs.Value {
	v := c.args[0]
	if s, ok := v.Str(); ok {
		return logs.Int(int64(len([]rune(s))))
	}
	if fields, ok := v.Fields(); ok {
		return logs.Int(int64(len(fields)))
	}
	items, _ := v.List()
	return logs.Int(int64(len(items)))
}

// unique keeps the first of equal items.
func unique(c *call) logs.Value {
	items, _ := c.args[0].List()
	seen := map[string]bool{}
	var kept []logs.Value
	for _, v := range items {
		if key := v.Key(); !seen[key] {
			seen[key] = true
			kept = append(kept, v)
		}
	}
	return logs.List(kept)
}

// sorted orders items; those without an order keep their place by text.
func sorted(c *call) logs.Value {
	items, _ := c.args[0].List()
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(a, b logs.Value) int {
		if n, ok := a.Compare(b); ok {
			return n
		}
		return strings.Compare(a.String(), b.String())
	})
	return logs.List(items)
}

func sum(c *call) logs.Value {
	items, _ := c.args[0].List()
	if len(items) == 0 {
		return logs.Int(0)
	}
	total := items[0]
	for _, v := range items[1:] {
		total = compute("+", total, v)
	}
	return total
}

// extreme finds the smallest (sign -1) or greatest (1) item that has an
// order; nil if there is none.
func extreme(c *call, sign int) logs.Value {
	items, _ := c.args[0].List()
	best := logs.Nil
	for _, v := range items {
		if _, ordered := v.Compare(v); !ordered {
			continue
		}
		if n, ok := v.Compare(best); best.IsNil() || ok && n*sign > 0 {
			best = v
		}
	}
	return best
}

var numberBuiltins = []builtin{
	{name: "int", usage: "int(text or number)", params: []Type{TypeAny}, result: TypeInt, pure: true, reads: true, run: toInt},
	{name: "float", usage: "float(text or number)", params: []Type{TypeAny}, result: TypeNumber, pure: true, reads: true, run: toFloat},
	{name: "round", usage: "round(number)", params: []Type{TypeNumber}, result: TypeInt, pure: true, run: func(c *call) logs.Value {
		f, ok := c.args[0].Float()
		if !ok || math.Abs(f) >= 1<<63 {
			return logs.Nil
		}
		return logs.Int(int64(math.Round(f)))
	}},
	{name: "abs", usage: "abs(number)", params: []Type{TypeNumber}, result: TypeNumber, pure: true, run: func(c *call) logs.Value {
		if f, ok := c.args[0].Float(); ok && f < 0 {
			return negate(c.args[0])
		}
		return c.args[0]
	}},
}

// toInt reads a whole number from text, or cuts the fraction off a number.
func toInt(c *call) logs.Value {
	if s, ok := c.args[0].Str(); ok {
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
		if err != nil {
			return c.fault("whole number", 0)
		}
		return logs.Int(n)
	}
	f, ok := c.args[0].Float()
	if n, isInt := c.args[0].Int(); isInt {
		return logs.Int(n)
	}
	if !ok || math.Abs(f) >= 1<<63 {
		return c.fault("number", 0)
	}
	return logs.Int(int64(f))
}

func toFloat(c *call) logs.Value {
	if s, ok := c.args[0].Str(); ok {
		f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return c.fault("number", 0)
		}
		return logs.Float(f)
	}
	if f, ok := c.args[0].Float(); ok {
		return logs.Float(f)
	}
	return c.fault("number", 0)
}

var addressBuiltins = []builtin{
	{name: "cidr", usage: `cidr(ip, "10.0.0.0/8")`, params: []Type{TypeText, TypeText}, result: TypeBool, pure: true, reads: true, run: inNetwork},
	{name: "isPrivate", usage: "isPrivate(ip)", params: []Type{TypeText}, result: TypeBool, pure: true, run: func(c *call) logs.Value {
		ip, err := netip.ParseAddr(c.str(0))
		ip = ip.Unmap()
		return logs.Bool(err == nil && (ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast()))
	}},
}

// inNetwork tells whether an address lies in a network; what is no address
// lies in none.
func inNetwork(c *call) logs.Value {
	network, err := netip.ParsePrefix(c.str(1))
	if err != nil {
		return c.fault("network, such as 10.0.0.0/8", 1)
	}
	ip, err := netip.ParseAddr(c.str(0))
	return logs.Bool(err == nil && network.Contains(ip.Unmap()))
}

var timeBuiltins = []builtin{
	{name: "format", usage: `format(time, "2006-01-02 15:04:05")`, params: []Type{TypeTime, TypeText}, result: TypeText, run: func(c *call) logs.Value {
		t, ok := c.args[0].Time()
		if !ok {
			return logs.Nil
		}
		return logs.Text(t.In(c.env.Zone()).Format(c.str(1)))
	}},
	{name: "time", usage: `time("2026-11-24 08:00:00")`, params: []Type{TypeText}, result: TypeTime, run: readTime},
	{name: "duration", usage: `duration("1h30m")`, params: []Type{TypeText}, result: TypeDuration, pure: true, reads: true, run: func(c *call) logs.Value {
		d, err := when.ParseDuration(strings.TrimSpace(c.str(0)))
		if err != nil {
			return c.fault("duration, such as 1h30m", 0)
		}
		return logs.Duration(d)
	}},
}

// timeLayouts are what time(text) reads; without a zone in the text, the
// engine's.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04", "2006-01-02"}

func readTime(c *call) logs.Value {
	zone := time.UTC
	if c.env != nil {
		zone = c.env.Zone()
	}
	for _, layout := range timeLayouts {
		t, err := time.ParseInLocation(layout, strings.TrimSpace(c.str(0)), zone)
		if err == nil && t.Year() >= 1678 && t.Year() <= 2261 {
			return logs.Time(t)
		}
	}
	return c.fault("time, such as 2026-11-24 08:00:00", 0)
}

var outsideBuiltins = []builtin{
	{
		name: "lookup", usage: `lookup("bad-hosts.txt")`, params: []Type{TypeText}, result: TypeList,
		unavailable: func(o Outside) bool { return o.Lookup == nil },
		run: func(c *call) logs.Value {
			v, err := c.outside.Lookup(relative(c.file, c.str(0)))
			if err != nil {
				c.env.Fault(c.place+": %w", err)
				return logs.List(nil)
			}
			return v
		},
	},
	{
		name: "env", usage: `env("NAME")`, params: []Type{TypeText}, result: TypeText,
		unavailable: func(o Outside) bool { return o.Env == nil },
		run:         func(c *call) logs.Value { return logs.Text(c.outside.Env(c.str(0))) },
	},
	{
		name: "hostname", usage: "hostname()", result: TypeText,
		unavailable: func(o Outside) bool { return o.Hostname == nil },
		run:         func(c *call) logs.Value { return logs.Text(c.outside.Hostname()) },
	},
}
