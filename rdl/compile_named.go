package rdl

import (
	"slices"
	"strings"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/match"
)

// Named patterns are put into the text of a pattern before it is compiled:
//
//	Invalid user {USER:user} from {IP}   as it is written
//	Invalid user (?<user>\S+) from (?:...)   as it is compiled
//	             └── part ──┘      └part┘
//
// Each is put in as a group of its own, so that what follows it repeats all of
// it, and flags and alternatives stay within. What it uses itself is put in
// before, once. The parts tell where in the written text a mistake is.

// maxExpanded bounds the bytes of a pattern with all that it names.
const maxExpanded = 16 << 10

// A namedPattern is a pattern that was declared.
type namedPattern struct {
	decl    *PatternDecl
	file    *File
	shipped bool

	state namedState
	text  string // once it is resolved: with all that it uses; empty if it is wrong
}

type namedState uint8

const (
	unresolved namedState = iota
	resolving
	resolved
)

// isPatternName tells whether a pattern may be called so: capitals, digits
// and underscores, a capital first. So nobody takes it for a variable.
func isPatternName(name string) bool {
	return name != "" && 'A' <= name[0] && name[0] <= 'Z' &&
		strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

// declareShipped declares the patterns that are always at hand.
func (c *compiler) declareShipped() {
	file := shippedFile()
	for _, d := range file.patternDecls() {
		c.patterns[d.Name.Name] = &namedPattern{decl: d, file: file, shipped: true}
	}
}

// declarePattern declares a pattern of the rules. It may take the place of a
// shipped one.
func (c *compiler) declarePattern(d *PatternDecl) {
	name := d.Name.Name
	if !isPatternName(name) {
		c.errorf(d.Name, "write "+strings.ToUpper(strings.ReplaceAll(name, "-", "_")), "a pattern's name is written in capitals, digits and _")
		return
	}
	if old := c.patterns[name]; old != nil && !old.shipped {
		line, _ := old.file.Position(old.decl.Start)
		c.errorf(d.Name, "", "the pattern %s is already declared in %s:%d", name, old.file.Name, line)
		return
	}
	n := &namedPattern{decl: d, file: c.file}
	c.patterns[name] = n
	c.postpone(func() { c.resolve(n) }) // though nothing may use it
}

// resolve returns what a named pattern stands for. It returns false if that is
// wrong, which is told once.
func (c *compiler) resolve(n *namedPattern) (text string, ok bool) {
	if n.state == unresolved {
		n.state = resolving
		file := c.file
		c.file = n.file
		n.text = c.checkNamed(n.decl.Pattern)
		c.file = file
		n.state = resolved
	}
	return n.text, n.text != ""
}

// checkNamed expands and checks what a pattern was declared to be.
func (c *compiler) checkNamed(p *Pattern) string {
	e, ok := c.expand(p, nil)
	if !ok {
		return ""
	}
	re := c.compiled(p, e)
	switch {
	case re == nil:
		return ""
	case len(re.Groups()) > 0:
		c.errorf(p, "write (?:...); who uses it binds all of it with {NAME:name}", "a named pattern holds no groups that bind")
		return ""
	case len(re.Holes()) > 0:
		c.errorf(p, meant(re.Holes()[0], keysOf(c.patterns)), "a named pattern holds no values: {%s}", re.Holes()[0])
		return ""
	case e.text == "":
		c.errorf(p, "", "a named pattern cannot be empty")
	}
	if _, err := logs.NewPattern("(?:" + e.text + ")"); err != nil {
		c.errorf(p, `close the \Q with \E`, "a named pattern must stand by itself")
		return ""
	}
	return e.text
}

// An expansion is a pattern with all named patterns put in.
type expansion struct {
	text  string
	parts []expandedPart
}

// An expandedPart is where a named pattern was put in.
type expandedPart struct {
	start, end int        // in the text
	at         match.Hole // what it stands for
}

// written returns where in the pattern as it was written a byte of the text is.
func (e *expansion) written(offset int) int {
	grown := 0
	for _, p := range e.parts {
		if offset < p.end {
			return min(offset-grown, p.at.Start)
		}
		grown = p.end - p.at.End
	}
	return offset - grown
}

// expand puts the named patterns into a pattern. A variable in scope goes
// before a pattern of its name, so that a pattern that is new to the program
// changes no rule. It returns false if there is a mistake, which is told.
func (c *compiler) expand(p *Pattern, sc *scope) (e expansion, ok bool) {
	ok = true
	var text strings.Builder
	from := 0
	for _, h := range match.Holes(p.Src) {
		if h.Group == "" && (sc.find(h.Name) != nil || c.patterns[h.Name] == nil && !isPatternName(h.Name)) {
			continue // the value of a variable
		}
		part, known := c.part(p, h, sc)
		if !known {
			ok = false
			continue
		}
		text.WriteString(p.Src[from:h.Start])
		start := text.Len()
		text.WriteString(part)
		e.parts = append(e.parts, expandedPart{start, text.Len(), h})
		from = h.End
		if text.Len() > maxExpanded {
			c.errorf(p, "", "the pattern is too long: with all that it names it has more than %d bytes", maxExpanded)
			return e, false
		}
	}
	if len(e.parts) == 0 {
		return expansion{text: p.Src}, ok
	}
	text.WriteString(p.Src[from:])
	e.text = text.String()
	return e, ok
}

// part returns what stands for a named pattern.
func (c *compiler) part(p *Pattern, h match.Hole, sc *scope) (string, bool) {
	at := Span{p.At(h.Start), p.At(h.End)}
	n := c.patterns[h.Name]
	switch {
	case n == nil && sc.find(h.Name) != nil:
		c.errorf(at, "only what a pattern matches can be bound; write {"+h.Name+"} for the value", "%s is a variable and no pattern", h.Name)
		return "", false
	case n == nil:
		c.errorf(at, c.meantPattern(h, sc), "no pattern is called %s", h.Name)
		return "", false
	case n.state == resolving:
		c.errorf(at, "", "the pattern %s is made of itself", h.Name)
		return "", false
	}
	text, ok := c.resolve(n)
	if h.Group == "" {
		return "(?:" + text + ")", ok
	}
	return "(?<" + h.Group + ">" + text + ")", ok
}

// meantPattern is the hint for a name that is no pattern's.
func (c *compiler) meantPattern(h match.Hole, sc *scope) string {
	known := keysOf(c.patterns)
	if h.Group == "" {
		known = slices.Concat(known, sc.visible())
	}
	if hint := meant(h.Name, known); hint != "" {
		return hint
	}
	return `declare it: pattern ` + strings.ToUpper(h.Name) + ` "..."; a brace of the text is written \{`
}
