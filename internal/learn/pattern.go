package learn

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/logs-rdl/logs/internal/when"
)

// A hole is where a value stands in a template. The zero value is none.
type hole struct{ pattern, group string }

// String returns it as patterns of rules have it.
func (h hole) String() string {
	if h.pattern == "" {
		return ""
	}
	return "{" + h.pattern + ":" + h.group + "}"
}

// holes returns the hole of each element, each group with a name of its own.
func (t *Template) holes() []hole {
	holes := make([]hole, len(t.elements))
	taken := map[string]int{}
	for i := range t.elements {
		e := &t.elements[i]
		if t.isText(i) {
			continue
		}
		h := hole{kinds[e.kind].pattern, t.group(i)}
		if h.group == "user" && e.kind >= alnum {
			h.pattern = "USER"
		}
		if taken[h.group]++; taken[h.group] > 1 {
			h.group += "_" + strconv.Itoa(taken[h.group])
		}
		holes[i] = h
	}
	return holes
}

// group names a value by what stands before it: its key, or a noun such as
// port; else by its kind.
func (t *Template) group(i int) string {
	e := &t.elements[i]
	if i > 1 && t.elements[i-1].text == "=" && t.elements[i-1].gap == closed && e.gap == closed {
		if name := groupName(t.elements[i-2].token); name != "" {
			return name
		}
	}
	if e.kind >= alnum && t.says(i-1, "for") && t.says(i+1, "from") {
		return "user"
	}
	if e.kind == digits && i > 1 && t.elements[i-1].text == ":" && isHost(t.elements[i-2].kind) && e.gap == closed {
		return "port"
	}
	byKind := e.kind == digits || e.kind == integer || e.kind >= alnum && e.kind != rest
	if i > 0 && byKind && e.gap != closed {
		if name := groupName(t.elements[i-1].token); name != "" {
			return name
		}
	}
	return kinds[e.kind].group
}

func isHost(k kind) bool { return k == ip4 || k == ip6 || k == dotted }

// says tells whether an element is a word of the text.
func (t *Template) says(i int, text string) bool {
	return 0 <= i && i < len(t.elements) && t.elements[i].kind == word && t.elements[i].text == text
}

// maxGroupName is in bytes; what is longer is rarely a name.
const maxGroupName = 20

// notNames are words that say nothing of what follows them, and words of the
// language.
const notNames = " a after an and as at be by else false for from groups in into is msg nil no not of on or over than that the this to true via was were while will with "

// groupName makes a name of a word; "" if it is not fit to be one.
func groupName(t token) string {
	name := strings.ToLower(t.text)
	if t.kind != word || len(name) < 2 || len(name) > maxGroupName || shape(name) != alnum || !isLetter(name[0]) ||
		strings.Contains(notNames, " "+name+" ") {
		return ""
	}
	return name
}

// Pattern returns the pattern that finds all lines of the template, as
// matching takes it.
func (t *Template) Pattern() string {
	end := ""
	if t.tail && (len(t.elements) == 0 || t.elements[len(t.elements)-1].kind != rest) {
		end = "$"
		if t.trailing {
			end = `\s*$`
		}
	}
	return t.pattern(hole.String) + end
}

// pattern writes the text quoted and the holes as write has them.
func (t *Template) pattern(write func(hole) string) string {
	var b strings.Builder
	for i, h := range t.holes() {
		e := &t.elements[i]
		switch {
		case i == 0 || e.gap == closed:
		case e.gap == space:
			b.WriteByte(' ')
		default:
			b.WriteString(`\s+`)
		}
		b.WriteString(orText(write(h), regexp.QuoteMeta(e.text)))
	}
	return b.String()
}

// Suggest returns a pattern for a line, without its header.
func Suggest(line string) string {
	stamps, err := when.NewReader(when.Options{})
	if err != nil {
		return regexp.QuoteMeta(line)
	}
	l := New()
	l.Log(stamps, time.UTC).Add(line)
	return l.Templates()[0].pattern(hole.String)
}
