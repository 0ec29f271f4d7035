package match

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
)

// An Error says what is wrong with a pattern, and at which byte of its source.
type Error struct {
	Offset int    // from 0; at most the length of the source
	Msg    string // what is wrong
	Hint   string // what to try; may be empty
}

func (e *Error) Error() string {
	text := fmt.Sprintf("pattern, byte %d: %s", e.Offset, e.Msg)
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// An Outcome is the answer of Find.
type Outcome int

const (
	No     Outcome = iota // the line does not match
	Yes                   // it does, and the offsets say where
	GaveUp                // unknown: out of time, or the line or the values are too long
)

// An engine searches lines for one fixed expression. It must append the offsets of the
// match and all groups to dst[:0], and leave it empty if there is none.
type engine interface {
	find(dst []int, line string) ([]int, Outcome)
}

// A Pattern is a compiled pattern. It is safe for concurrent use.
type Pattern struct {
	src        string
	groups     []string
	literals   []string
	skeleton   skeleton // without pieces: not of that shape
	static     engine   // nil: there are holes to fill
	filled     *filler  // nil: there are none
	lookaround bool

	// Of one that package regexp runs as it is; see lazy.
	once  sync.Once
	re    *regexp.Regexp
	graph *graph // instead, if the pattern is of that shape
}

// Compile reads a pattern. The error is an *Error.
func Compile(src string) (*Pattern, error) {
	p, err := compile(src)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func compile(src string) (*Pattern, *Error) {
	room := rooms.Get().(*room)
	defer rooms.Put(room)
	scratch, fault := room.scan(src)
	if fault != nil {
		return nil, fault
	}
	p := &Pattern{src: src, groups: scratch.groups}
	p.skeleton = room.skeleton(scratch)
	p.literals = p.skeleton.literals()
	if p.skeleton.pieces != nil && len(scratch.holes) == 0 {
		p.static = (*lazy)(p)
		return p, nil
	}
	s := scratch.kept()
	if p.skeleton.pieces != nil {
		p.fillSkeleton(s)
		return p, nil
	}
	outline := s.outline()
	tree, err := syntax.Parse(outline, syntax.Perl)
	switch {
	case err == nil:
		p.useTree(s, tree)
		return p, nil
	case s.backtracks:
		return p, p.useLookaround(s)
	}
	return nil, s.locate(err)
}

// A room is where patterns are taken apart. Most are skeletons, of which then nothing else is
// kept, so thousands of them use the same room.
type room struct {
	scanner scanner
	sketch  sketch
}

var rooms = sync.Pool{New: func() any { return new(room) }}

// scan scans a pattern. What it returns is good until the room is used again.
func (r *room) scan(src string) (*scanned, *Error) {
	s := &r.scanner
	*s = scanner{scanned: scanned{src: src, tokens: s.tokens[:0]}, opens: s.opens[:0]}
	return &s.scanned, s.all()
}

// skeleton makes one of a pattern; it has no pieces if that has another shape.
func (r *room) skeleton(s *scanned) skeleton {
	k := &r.sketch
	*k = sketch{pieces: k.pieces[:0], opens: k.opens[:0]}
	if !k.make(s) {
		return skeleton{}
	}
	return skeleton{slices.Clone(k.pieces), k.groups}
}

// fillSkeleton sets p up for a pattern with holes that a skeleton runs, as every pattern of
// that shape can be by package regexp.
func (p *Pattern) fillSkeleton(s *scanned) {
	needs := needs{copies: 1}
	for i := range s.holes {
		needs.required = append(needs.required, i)
	}
	p.filled = newFiller(s, needs, fillRegexp)
}

// useTree sets p up for a pattern that RE2 knows. tree is that of the outline, in which
// every hole is a group.
func (p *Pattern) useTree(s *scanned, tree *syntax.Regexp) {
	o := newOutliner(s)
	p.literals = treeLiterals(tree, o.isHole)
	if len(s.holes) > 0 {
		p.filled = newFiller(s, o.needs(tree), fillRegexp)
	} else {
		p.static = (*lazy)(p)
	}
}

// useLookaround sets p up for a pattern that needs the backtracking engine.
func (p *Pattern) useLookaround(s *scanned) *Error {
	p.lookaround = true
	needs := needs{copies: 1}
	p.literals, needs.required = s.requirements()
	// What is wrong with the pattern is wrong whatever the values are.
	static, fault := newBacktracker(s, make([]string, len(s.holes)))
	if fault != nil {
		return fault
	}
	if len(s.holes) == 0 {
		p.static = static
		return nil
	}
	p.filled = newFiller(s, needs, func(s *scanned, values []string) (engine, error) {
		b, fault := newBacktracker(s, values)
		if fault != nil {
			return nil, fault
		}
		return b, nil
	})
	return nil
}

// String returns the pattern's source.
func (p *Pattern) String() string { return p.src }

// Groups returns the names of the capture groups 1..n in the order of their opening
// parentheses, "" for one without a name. The caller must not change it.
func (p *Pattern) Groups() []string { return p.groups }

// Holes returns the names in {name} in order of appearance, repeats repeated. The caller
// must not change it.
func (p *Pattern) Holes() []string {
	if p.filled == nil {
		return nil
	}
	return p.filled.of.holes
}

// Lookaround reports whether the pattern runs on the backtracking engine, and so may give up.
func (p *Pattern) Lookaround() bool { return p.lookaround }

// Literals returns strings of which at least one occurs in every line that matches,
// whatever the values of the holes; nil if none is known. The caller must not change it.
func (p *Pattern) Literals() []string { return p.literals }

// Find searches line for the leftmost-first match. values are those of Holes, as many and
// in the same order, and are taken literally. The offsets of the match and of each group
// are appended to dst[:0] as pairs, -1 for a group that took no part. Patterns of the
// skeleton's shape allocate nothing if dst is large enough.
func (p *Pattern) Find(dst []int, line string, values []string) ([]int, Outcome) {
	if p.skeleton.pieces != nil {
		if offsets, outcome := p.skeleton.find(dst, line, values); outcome != GaveUp {
			return offsets, outcome
		}
	}
	if !p.possible(line, values) {
		return dst[:0], No
	}
	e := p.static
	if e == nil {
		if e = p.filled.engine(values); e == nil {
			return dst[:0], GaveUp
		}
	}
	return e.find(dst, line)
}

// maxGate is how many literals are looked for before an engine is asked; each costs about
// 20 ns a line, an engine a few hundred.
const maxGate = 4

// possible is false if line lacks what every match holds.
func (p *Pattern) possible(line string, values []string) bool {
	if p.filled != nil && !p.filled.possible(line, values) {
		return false
	}
	if len(p.literals) == 0 || len(p.literals) > maxGate {
		return true
	}
	return slices.ContainsFunc(p.literals, func(s string) bool { return strings.Contains(line, s) })
}

// plain runs package regexp on lines as they are. It allocates once for each match.
type plain struct{ re *regexp.Regexp }

func (e plain) find(dst []int, line string) ([]int, Outcome) {
	return found(dst, e.re.FindStringSubmatchIndex(line))
}

// lazy is a graph, or plain, for an expression without holes, which has been read and is right.
// It is made for the first line that comes to it: of many rules, few ever see one.
type lazy Pattern

func (e *lazy) find(dst []int, line string) ([]int, Outcome) {
	e.once.Do(e.make)
	if e.graph != nil {
		return e.graph.find(dst, line)
	}
	return plain{e.re}.find(dst, line)
}

// make makes no graph of a skeleton: the line was too much for that already.
func (e *lazy) make() {
	if e.skeleton.pieces == nil {
		e.graph = newGraph(e.src)
	}
	if e.graph == nil {
		e.re = regexp.MustCompile(e.src)
	}
}

func found(dst, offsets []int) ([]int, Outcome) {
	if offsets == nil {
		return dst[:0], No
	}
	return append(dst[:0], offsets...), Yes
}

// locate makes an error of package syntax about the outline, which names only the faulty
// part, into one that tells where that part is: its first occurrence at a token, else anywhere.
func (s *scanned) locate(err error) *Error {
	var e *syntax.Error
	if !errors.As(err, &e) {
		return &Error{Msg: err.Error()}
	}
	outline := s.outline()
	at := max(0, strings.Index(outline, e.Expr))
	for _, t := range s.tokens {
		if strings.HasPrefix(outline[t.off:], e.Expr) {
			at = t.off
			break
		}
	}
	fault := &Error{Offset: at, Msg: e.Code.String(), Hint: hints[e.Expr]}
	if part := s.src[at:min(at+len(e.Expr), len(s.src))]; part != s.src {
		fault.Msg += ": " + part
	}
	return fault
}

// hints are for escapes of other engines that have a way to be written here.
var hints = map[string]string{
	`\h`: `write [ \t]`,
	`\H`: `write [^ \t]`,
	`\R`: `a line holds no line break; write \s*$`,
	`\N`: `write . instead`,
	`\Z`: `write $ or \z`,
	`\e`: `write \x1b`,
}

// Anchor returns a hole, by its number, that stands right behind some literal text: in every
// match, before, the hole's value and after stand side by side in the line. It returns false
// if no such hole is known.
func (p *Pattern) Anchor() (before string, hole int, after string, ok bool) {
	return p.skeleton.anchor()
}
