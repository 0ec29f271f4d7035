package rdl

import (
	"cmp"
	"slices"
	"strings"

	"github.com/logs-rdl/logs/internal/match"
)

// PatternFacts are what a pattern needs and gives, and how lines find it.
type PatternFacts struct {
	Groups     []string // names of its groups in order, "" for one without
	Holes      []string // the variables whose values it needs
	Literals   []string // of which every line that it matches holds one; nil: none is known
	Lookaround bool     // it runs under guard, in more than linear time
	Hashed     string   // the hole by whose value many rules of one form are found; "" if none
}

// A PatternReader tells about the patterns in some files, which may use the
// named patterns that these files declare.
type PatternReader struct{ c *compiler }

// NewPatternReader makes a reader for the files of one program.
func NewPatternReader(files ...*File) *PatternReader {
	c := &compiler{patterns: map[string]*namedPattern{}}
	c.declareShipped()
	for _, f := range files {
		c.file = f
		for _, d := range f.patternDecls() {
			c.declarePattern(d)
		}
	}
	return &PatternReader{c}
}

// Facts tells about a pattern of a file. variables are the names in scope,
// which go before named patterns. It returns false if the pattern is wrong.
func (r *PatternReader) Facts(f *File, p *Pattern, variables []string) (PatternFacts, bool) {
	r.c.file, r.c.errs = f, nil
	sc := &scope{}
	for _, name := range variables {
		sc.add(&variable{name: name})
	}
	e, ok := r.c.expand(p, sc)
	if !ok {
		return PatternFacts{}, false
	}
	m, err := match.Compile(e.text)
	if err != nil {
		return PatternFacts{}, false
	}
	facts := PatternFacts{Groups: m.Groups(), Holes: m.Holes(), Literals: m.Literals(), Lookaround: m.Lookaround()}
	if _, hole, _, ok := m.Anchor(); ok {
		facts.Hashed = m.Holes()[hole]
	}
	return facts, true
}

// A PatternName is a name within a pattern.
type PatternName struct {
	Span // in the file
	Name string
	Role PatternRole
}

// A PatternRole says what a name in a pattern is for.
type PatternRole int

// The roles.
const (
	PatternHole   PatternRole = iota // {name}: a variable, or a named pattern
	PatternNamed                     // {NAME:...}: a named pattern
	PatternBinder                    // (?<name>...) or {...:name}: it binds
)

// Names lists the names in a pattern, in order. What looks like one but is
// not, as in a{3} or \p{L}, is left out; so is all of a pattern that is wrong.
func (p *Pattern) Names() []PatternName {
	names := p.groupNames()
	for _, h := range match.Holes(p.Src) {
		start, role := h.Start+1, PatternHole
		if h.Group != "" {
			role = PatternNamed
			group := start + len(h.Name) + 1
			names = append(names, PatternName{Span{group, group + len(h.Group)}, h.Group, PatternBinder})
		}
		names = append(names, PatternName{Span{start, start + len(h.Name)}, h.Name, role})
	}
	slices.SortFunc(names, func(a, b PatternName) int { return cmp.Compare(a.Start, b.Start) })
	p.place(names)
	return names
}

// groupNames lists the groups that have names, by their offsets in Src.
func (p *Pattern) groupNames() []PatternName {
	m, err := match.Compile(p.Src)
	if err != nil {
		return nil
	}
	var names []PatternName
	groups := m.Groups()
	for off := 0; off < len(p.Src); off++ {
		width := 0
		switch rest := p.Src[off:]; {
		case rest[0] == '\\':
			off++
		case strings.HasPrefix(rest, "(?<"):
			width = 3
		case strings.HasPrefix(rest, "(?P<"):
			width = 4
		}
		near := p.Src[min(off+width, len(p.Src)):min(off+width+maxSpelling, len(p.Src))]
		if n := strings.IndexByte(near, '>'); width > 0 && n > 0 && slices.Contains(groups, near[:n]) {
			names = append(names, PatternName{Span{off + width, off + width + n}, near[:n], PatternBinder})
		}
	}
	return names
}

// place turns offsets in Src, in order, into places in the file, as At does.
func (p *Pattern) place(names []PatternName) {
	at, done := p.Start+1, 0
	for i := range names {
		n := &names[i].Span
		at += n.Start - done
		if p.Quote == QuoteDouble {
			at += strings.Count(p.Src[done:n.Start], `"`) // each written as \"
		}
		done = n.Start
		*n = Span{at, at + n.End - n.Start}
	}
}
