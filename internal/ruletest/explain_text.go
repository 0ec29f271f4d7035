package ruletest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// String shows the line, and below it what the rules did, each step within
// others further in:
//
//	Oct 28 17:03:11 l096 sshd[16651]: Invalid user root from 10.0.0.7
//	  nfs-down (x.rdl:9) was skipped: the line lacks "nfs server "
//	  invalid (x.rdl:3) matched, but its condition did not hold: where user != "root"
//	    Oct 28 17:03:11 l096 sshd[16651]: Invalid user root from 10.0.0.7
//	                                      -------------^^^^------^^^^^^^^
//	    user = "root"
//	    ip = "10.0.0.7"
func (e *Explained) String() string {
	var b strings.Builder
	b.WriteString(printable(e.Line) + "\n")
	for _, n := range e.Notes {
		indent := strings.Repeat("  ", n.Depth+1)
		b.WriteString(indent + n.String() + "\n")
		indent += "  "
		for _, text := range underlined(e.Line, n.Groups) {
			b.WriteString(indent + text + "\n")
		}
		for _, list := range [][]Named{n.Bindings, n.Terms} {
			for _, v := range list {
				fmt.Fprintf(&b, "%s%s = %s\n", indent, v.Name, v.Value)
			}
		}
		for _, name := range n.Absent {
			fmt.Fprintf(&b, "%sthere is no %s\n", indent, name)
		}
	}
	if len(e.Notes) == 0 {
		b.WriteString("  nothing happened\n")
	}
	return b.String()
}

// String tells the step in a line.
func (n *Note) String() string {
	if n.At != "" {
		return "before this, at " + n.At + ": " + n.words()
	}
	return n.words()
}

func (n *Note) words() string {
	who := n.Rule
	if n.Pos != "" && n.Pos != n.Rule {
		who += " (" + n.Pos + ")"
	}
	switch n.What {
	case "skipped":
		return who + " was skipped: the line lacks " + oneOf(n.Lacks)
	case "no match":
		if n.Holds != nil {
			return who + " did not match, though the line holds " + oneOf(n.Holds)
		}
		return who + " did not match"
	case "held back":
		if n.Where == "" {
			return who + " matched, but its condition did not hold"
		}
		return who + " matched, but its condition did not hold: " + n.Where
	case "matched":
		if n.Where != "" {
			return who + " matched, and its condition held: " + n.Where
		}
		return who + " matched"
	case "effect":
		return n.Effect + " " + quoted(clip(n.Text))
	case "emitted":
		return "emits the event " + n.Text
	case "event":
		return "the event " + n.Text + " goes through the rules"
	case "timer set":
		return "a timer (" + n.Rule + ") is set for " + n.Until
	case "rang":
		return "the time is up of " + who
	case "made":
		return "makes the rule " + who
	case "died":
		return "the rule " + who + " ends"
	}
	return n.contextText()
}

// contextText is String for what happens to contexts and sequences.
func (n *Note) contextText() string {
	switch n.What {
	case "added":
		text := fmt.Sprintf("adds %s to %s, which now holds %d", n.Item, n.Context, n.Count)
		if n.Limit > 0 {
			text += fmt.Sprintf(" and fires with %d", n.Limit)
		}
		return text
	case "step":
		return fmt.Sprintf("%s takes a match of step %s: it has %d of %d", n.Context, n.Why, n.Count, n.Limit)
	case "fired":
		return n.Context + " fires: " + n.Why
	case "not fired":
		return n.Context + " would fire, but " + n.Why
	}
	return n.Context + " ends: " + n.Why
}

func oneOf(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = fmt.Sprintf("%q", t)
	}
	return strings.Join(quoted, " or ")
}

// contextOf is the name of a context without its keys.
func contextOf(s string) string {
	name, _, _ := strings.Cut(s, "(")
	return name
}

// maxLine is how many runes of a line are shown before the marks and behind.
const maxLine = 400

// underlined shows a line and below it, for each pattern, what it matched:
// groups as carets, the rest as dashes.
func underlined(line string, groups []Group) []string {
	if len(groups) == 0 {
		return nil
	}
	from := 0
	for n := utf8.RuneCountInString(line[:groups[0].Start]) - maxLine/2; n > 0; n-- {
		_, size := utf8.DecodeRuneInString(line[from:])
		from += size
	}
	rows := []string{printable(line[from:])}
	for len(groups) > 0 {
		n := 1
		for n < len(groups) && !groups[n].Whole {
			n++
		}
		rows = append(rows, marks(line[from:], from, groups[:n]))
		groups = groups[n:]
	}
	return rows
}

// marks underlines the groups of one pattern; line begins at from.
func marks(line string, from int, groups []Group) string {
	var b strings.Builder
	runes := 0
	for i, r := range line {
		if runes++; runes > maxLine {
			break
		}
		mark := byte(' ')
		for _, g := range groups {
			if g.Start <= from+i && from+i < g.End {
				mark = '-'
				if !g.Whole {
					mark = '^'
				}
			}
		}
		if mark == ' ' && r == '\t' {
			mark = '\t'
		}
		if !unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
			b.WriteByte(mark)
		}
	}
	return strings.TrimRight(b.String(), " \t")
}

// printable is a line as it stands above its marks: a rune for each of its
// own, so that they stay below what they mean.
func printable(line string) string {
	var b strings.Builder
	runes := 0
	for _, r := range line {
		if runes++; runes > maxLine {
			b.WriteString("...")
			break
		}
		if r == utf8.RuneError || unicode.IsControl(r) && r != '\t' {
			r = '?'
		}
		b.WriteRune(r)
	}
	return b.String()
}
