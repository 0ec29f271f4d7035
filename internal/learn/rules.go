package learn

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/logs-rdl/logs"
)

// Rules drafts rules for templates, each of which matches all lines of its
// template and prints them again, for people to go on from. all is how many
// lines were learnt from.
func Rules(templates []*Template, all int) string {
	d := drafter{all: all, taken: map[string]int{}}
	for _, t := range templates {
		d.rule(t)
	}
	return d.String()
}

type drafter struct {
	strings.Builder
	all   int
	taken map[string]int // names of rules
}

func (d *drafter) rule(t *Template) {
	if d.Len() > 0 {
		d.WriteByte('\n')
	}
	fmt.Fprintf(d, "# %s, %.2f %%%s\n", lines(t.Count), 100*float64(t.Count)/float64(max(1, d.all)), t.span())
	if sample := strings.TrimSpace(logs.Show(t.Sample)); sample != "" {
		fmt.Fprintf(d, "# %s\n", sample)
	}
	fmt.Fprintf(d, "rule %s {\n", d.name(t))
	var where []string
	if t.Program != "" {
		where = append(where, "msg.program == "+quote(t.Program))
	}
	match, said := quotePattern(t.Pattern()), quoteBraces(t)
	switch {
	case len(t.elements) == 0:
		match = "everything"
		where = append(where, `trim(msg.text) == ""`)
	case !t.inside: // the text is not in the line as it is, but decoded
		match, said = "everything", "msg.text"
		where = append(where, "msg.text matches "+quotePattern(t.pattern(unbound)))
	}
	fmt.Fprintf(d, "  matching %s\n", match)
	if len(where) > 0 {
		fmt.Fprintf(d, "  where %s\n", strings.Join(where, " and "))
	}
	fmt.Fprintf(d, "  doing print %s\n}\n", said)
}

func lines(n int) string {
	if n == 1 {
		return "1 line"
	}
	return strconv.Itoa(n) + " lines"
}

// span tells from when to when the lines are.
func (t *Template) span() string {
	const layout = "2006-01-02 15:04:05"
	switch {
	case t.First.IsZero():
		return ""
	case t.First.Equal(t.Last):
		return ", " + t.First.Format(layout)
	}
	return ", " + t.First.Format(layout) + " to " + t.Last.Format(layout)
}

// Bounds of the name of a rule.
const (
	maxNameWords = 4
	maxName      = 40 // bytes
)

// name makes a rule's name of the program and the first words.
func (d *drafter) name(t *Template) string {
	var parts []string
	add := func(text string) {
		if text = nameOf(text); text != "" && len(parts) <= maxNameWords {
			parts = append(parts, text)
		}
	}
	add(t.Program)
	for i := range t.elements {
		if e := &t.elements[i]; e.kind == word {
			add(e.text)
		}
	}
	name := "line-" + strings.Join(parts, "-")
	if len(parts) > 1 && isLetter(parts[0][0]) {
		name = strings.Join(parts, "-")
	}
	name = strings.Trim(name[:min(len(name), maxName)], "-")
	if d.taken[name]++; d.taken[name] == 1 {
		return name
	}
	for n := d.taken[name]; ; n++ {
		if next := name + "-" + strconv.Itoa(n); d.taken[next] == 0 {
			d.taken[next] = 1
			return next
		}
	}
}

// nameOf keeps what a name can hold.
func nameOf(text string) string {
	keep := func(r rune) rune {
		if r < 0x80 && (isLetter(byte(r)) || isDigit(byte(r))) {
			return r
		}
		return -1
	}
	return strings.Map(keep, strings.ToLower(text))
}

// unbound writes a hole that binds nothing.
func unbound(h hole) string {
	if h.pattern == "" {
		return ""
	}
	return "{" + h.pattern + "}"
}

// quotePattern writes a pattern as rules have it.
func quotePattern(p string) string { return `"` + strings.ReplaceAll(p, `"`, `\"`) + `"` }

// quote writes a text as rules have it.
func quote(s string) string { return `"` + escaped.Replace(s) + `"` }

var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "{", `\{`, "}", `\}`, "\n", `\n`, "\t", `\t`)

// quoteBraces writes the template as a text with the values in it.
func quoteBraces(t *Template) string {
	var b strings.Builder
	if t.Program != "" {
		b.WriteString(escaped.Replace(t.Program) + ": ")
	}
	for i, h := range t.holes() {
		e := &t.elements[i]
		if e.gap != closed && i > 0 {
			b.WriteByte(' ')
		}
		if h.pattern != "" {
			b.WriteString("{" + h.group + "}")
		} else {
			b.WriteString(escaped.Replace(e.text))
		}
	}
	return `"` + b.String() + `"`
}
