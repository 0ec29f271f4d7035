package lint

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"github.com/logs-rdl/logs/internal/match"
	"github.com/logs-rdl/logs/rdl"
)

// When does one match hold for all that another holds for? A pattern is a run
// of atoms, characters and parts that must be there one after the other:
//
//	Invalid user (\S+)   I n v a l i d _ u s e r _ \S+
//
// A pattern whose atoms stand side by side among those of another is found in
// every line in which that one is found. Groups do not count, nor does what
// surrounds a pattern for nothing, as .* does.

// An atom is a character, or a part that is not taken apart further.
type atom struct {
	r    rune
	fold bool   // in either case
	part string // of a part, its expression; then r is 0
}

// A coverer compares matches; it takes each pattern apart once.
type coverer map[*rdl.Pattern]*shape

// A shape is what is compared of a pattern: the atoms of each branch. What is
// not known is nil.
type shape struct {
	narrow []run // as they are
	wide   []run // without what surrounds them for nothing; nil if values stand in it
}

// A run is a list of atoms, and the characters among them as text, with a 0
// for each part: what is not in the text is not among the atoms.
type run struct {
	atoms []atom
	text  string
}

// covers tells whether m holds whenever n does; false may mean that it is not
// known.
func (c coverer) covers(m, n rdl.Match) bool {
	switch m := m.(type) {
	case *rdl.MatchAll:
		return true
	case *rdl.MatchParen:
		return c.covers(m.X, n)
	case *rdl.MatchBinary:
		if m.Op == "and" {
			return c.covers(m.X, n) && c.covers(m.Y, n)
		}
	}
	switch n := n.(type) {
	case *rdl.MatchParen:
		return c.covers(m, n.X)
	case *rdl.MatchBinary:
		if n.Op == "or" {
			return c.covers(m, n.X) && c.covers(m, n.Y)
		}
		return c.covers(m, n.X) || c.covers(m, n.Y)
	}
	return c.coversOne(m, n)
}

// coversOne is covers for an n that is not made of others.
func (c coverer) coversOne(m, n rdl.Match) bool {
	switch m := m.(type) {
	case *rdl.MatchBinary: // an or, for covers has been through all others
		return c.covers(m.X, n) || c.covers(m.Y, n)
	case *rdl.MatchEvent:
		event, ok := n.(*rdl.MatchEvent)
		return ok && event.Name.Name == m.Name.Name
	case *rdl.MatchPattern:
		pattern, ok := n.(*rdl.MatchPattern)
		return ok && c.patternCovers(m.Pattern, pattern.Pattern)
	}
	return false
}

// patternCovers compares the branches of two patterns: each of q must hold one
// of p.
func (c coverer) patternCovers(p, q *rdl.Pattern) bool {
	wide, narrow := c.shape(p).wide, c.shape(q).narrow
	if wide == nil || narrow == nil {
		return false
	}
	return !slices.ContainsFunc(narrow, func(n run) bool { return !slices.ContainsFunc(wide, n.holds) })
}

func (c coverer) shape(p *rdl.Pattern) *shape {
	if s := c[p]; s != nil {
		return s
	}
	s := &shape{}
	for _, b := range branches(p.Src) {
		s.narrow = append(s.narrow, newRun(b))
		s.wide = append(s.wide, newRun(trim(b)))
	}
	if hasVariables(p) {
		s.wide = nil
	}
	c[p] = s
	return s
}

func newRun(atoms []atom) run {
	text := make([]rune, len(atoms))
	for i, a := range atoms {
		text[i] = unicode.ToLower(a.r)
	}
	return run{atoms, string(text)}
}

// hasVariables tells whether values stand in a pattern.
func hasVariables(p *rdl.Pattern) bool {
	return slices.ContainsFunc(match.Holes(p.Src), func(h match.Hole) bool { return strings.ToUpper(h.Name) != h.Name })
}

// branches returns the atoms of each branch of an expression; nil if they are
// not known, as of look-around.
func branches(src string) [][]atom {
	src, holes := withGroups(src)
	re, err := syntax.Parse(src, syntax.Perl)
	if err != nil {
		return nil
	}
	re = bare(re, holes)
	if re.Op != syntax.OpAlternate {
		return [][]atom{atoms(re, nil)}
	}
	var out [][]atom
	for _, sub := range re.Sub {
		out = append(out, atoms(sub, nil))
	}
	return out
}

// withGroups puts a group of a telling name in the place of every hole.
func withGroups(src string) (text string, names map[string]string) {
	names = map[string]string{}
	for i, h := range slices.Backward(match.Holes(src)) {
		group := fmt.Sprintf("lint_hole_%d", i)
		names[group] = h.Name
		src = src[:h.Start] + "(?P<" + group + ">.*)" + src[h.End:]
	}
	return src, names
}

// bare takes away what does not decide whether an expression is found: groups,
// and which repeats are greedy. A hole becomes a part of its name.
func bare(re *syntax.Regexp, holes map[string]string) *syntax.Regexp {
	if re.Op == syntax.OpCapture {
		if name, ok := holes[re.Name]; ok {
			return &syntax.Regexp{Op: syntax.OpCapture, Name: "hole", Sub: []*syntax.Regexp{{Op: syntax.OpLiteral, Rune: []rune(name)}}}
		}
		return bare(re.Sub[0], holes)
	}
	out := *re
	out.Flags &^= syntax.NonGreedy
	out.Sub = nil
	for _, sub := range re.Sub {
		out.Sub = append(out.Sub, bare(sub, holes))
	}
	return &out
}

// atoms appends the atoms of an expression that is no choice.
func atoms(re *syntax.Regexp, out []atom) []atom {
	switch re.Op {
	case syntax.OpEmptyMatch:
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			out = atoms(sub, out)
		}
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			out = append(out, atom{r: r, fold: re.Flags&syntax.FoldCase != 0})
		}
	default:
		out = append(out, atom{part: partOf(re)})
	}
	return out
}

// partOf writes an expression so that equal ones are equal. (Its String looks
// for the case of every character of every class, which takes a millisecond.)
func partOf(re *syntax.Regexp) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v", re.Op)
	switch re.Op {
	case syntax.OpLiteral:
		fmt.Fprintf(&b, " %q %v", string(re.Rune), re.Flags&syntax.FoldCase != 0)
	case syntax.OpCharClass:
		fmt.Fprintf(&b, " %x", re.Rune)
	case syntax.OpRepeat:
		fmt.Fprintf(&b, " %d,%d", re.Min, re.Max)
	}
	for _, sub := range re.Sub {
		b.WriteString("(" + partOf(sub) + ")")
	}
	return b.String()
}

// holds tells whether what has the atoms of n always has those of wide.
func (n run) holds(wide run) bool {
	if !strings.Contains(n.text, wide.text) {
		return false
	}
	for from := 0; from+len(wide.atoms) <= len(n.atoms); from++ {
		if slices.EqualFunc(wide.atoms, n.atoms[from:from+len(wide.atoms)], atom.takes) {
			return true
		}
	}
	return false
}

// takes tells whether a matches all that b does.
func (a atom) takes(b atom) bool {
	if a.fold && b.part == "" && a.part == "" {
		return strings.EqualFold(string(a.r), string(b.r))
	}
	return a == b
}

// trim drops the .* around atoms, and the ^ and $ beyond them.
func trim(a []atom) []atom {
	any := func(a atom) bool { return a.part == "Star(AnyCharNotNL)" || a.part == "Star(AnyChar)" }
	for len(a) > 1 && isStart(a[0]) && any(a[1]) || len(a) > 0 && any(a[0]) {
		a = a[1:]
	}
	for n := len(a); n > 1 && isEnd(a[n-1]) && any(a[n-2]) || n > 0 && any(a[n-1]); n = len(a) {
		a = a[:n-1]
	}
	if len(a) == 1 && (isStart(a[0]) || isEnd(a[0])) {
		return nil // every line has a start and an end
	}
	return a
}

func isStart(a atom) bool { return a.part == "BeginText" || a.part == "BeginLine" }

func isEnd(a atom) bool { return a.part == "EndText" || a.part == "EndLine" }
