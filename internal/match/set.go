package match

import (
	"slices"
)

// A Set names, in one pass over a line, the patterns that might match it. It is built of
// literals of which a pattern needs at least one, and may only say "no" or "maybe".
//
// A few literals are looked for one by one. Many go into gram filters:
//
//	literal   "session opened"           grams of 4 bytes: sess essi ssio sion ...
//	window    the K rarest neighbours    ssio sion ion_ on_o      (K = 4)
//	line      looked at every K bytes    ....|....|ssio|....
//
// Wherever the literal stands in the line, the K grams of its window start at K positions
// in a row, of which one is a multiple of K: looking there only misses nothing. A bitmap of
// hashed grams, small enough for the first caches, rules out nearly all positions; where it
// does not, the literals that have the gram in their window are compared, a word of theirs
// first that stands in few others.
//
// How wide the grams are, and K, which can be no more than the shortest literal has grams, is
// chosen by what lines will likely cost; so short literals mostly have filters of their own
// (plan.go). A Set does not change, and is safe for concurrent use.
type Set struct {
	always []int // patterns without literals
	direct []sought
	grams  []*gramFilter
}

// A target is a literal with the patterns that it makes candidates.
type target struct {
	text     string
	word     int // where its word stands, by which a filter tells it from others
	patterns []int
}

// A sought literal is looked for directly.
type sought struct {
	needle
	patterns []int
}

// NewSet makes the set of patterns number 0 to len(literals)-1. literals[i] are those of
// pattern i as Pattern.Literals gives them; if there are none, it is always a candidate.
func NewSet(literals [][]string) *Set {
	s := &Set{}
	numbers := make(map[string]int, len(literals))
	targets := make([]target, 0, len(literals))
	first := make([]int, 0, len(literals)) // patterns of the targets: most have one
	for i, lits := range literals {
		if len(lits) == 0 || slices.Contains(lits, "") {
			s.always = append(s.always, i)
			continue
		}
		for _, lit := range lits {
			n, ok := numbers[lit]
			if !ok {
				n = len(targets)
				numbers[lit] = n
				first = append(first, i)
				targets = append(targets, target{text: lit, patterns: first[len(first)-1 : len(first) : len(first)]})
			} else {
				targets[n].patterns = append(targets[n].patterns, i)
			}
		}
	}
	s.distribute(targets)
	return s
}

// distribute gives each target to a filter, or lets it be looked for directly.
func (s *Set) distribute(targets []target) {
	for _, p := range divide(targets) {
		members := targets[p.from:p.to]
		if p.direct {
			for _, t := range members {
				s.direct = append(s.direct, sought{newNeedle(t.text), t.patterns})
			}
		} else {
			s.grams = append(s.grams, newGramFilter(members))
		}
	}
}

// Candidates returns the numbers of the patterns that might match line, in order: no other
// does. It reuses dst, whose content does not matter.
func (s *Set) Candidates(dst []int, line string) []int {
	dst = append(dst[:0], s.always...)
	for i := range s.direct {
		if s.direct[i].in(line) >= 0 {
			dst = append(dst, s.direct[i].patterns...)
		}
	}
	for _, f := range s.grams {
		dst = f.scan(dst, line)
	}
	return tidy(dst)
}

// Any tells whether Candidates would name a pattern.
func (s *Set) Any(line string) bool {
	if len(s.always) > 0 {
		return true
	}
	for i := range s.direct {
		if s.direct[i].in(line) >= 0 {
			return true
		}
	}
	return slices.ContainsFunc(s.grams, func(f *gramFilter) bool { return f.any(line) })
}

// Find looks for the literals in a text of many lines, of which none holds a newline. The
// function that it returns tells where, from the start of a line on, the first line stands in
// which Any is true: it returns a place in that line, or the end of the text. It is to be asked
// with growing places, and belongs to one goroutine.
func (s *Set) Find(text string) func(from int) int {
	if len(s.always) > 0 {
		return func(from int) int { return from }
	}
	f := &finder{set: s, text: text, next: make([]int, len(s.direct)+len(s.grams))}
	for i := range f.next {
		f.next[i] = -1
	}
	return f.first
}

// A finder knows of each literal that is looked for one by one, and of each filter, where it
// stands next: most stand far away, and are then not looked for again and again.
type finder struct {
	set  *Set
	text string
	next []int
}

func (f *finder) first(from int) int {
	least := len(f.text)
	for i := range f.next {
		if f.next[i] < from {
			f.next[i] = f.look(i, from)
		}
		least = min(least, f.next[i])
	}
	return least
}

// look returns where, from a place on, the i-th literal or a literal of a filter stands.
func (f *finder) look(i, from int) int {
	rest, at := f.text[from:], -1
	if i < len(f.set.direct) {
		at = f.set.direct[i].in(rest)
	} else {
		at = f.set.grams[i-len(f.set.direct)].find(rest)
	}
	if at < 0 {
		return len(f.text)
	}
	return from + at
}

// tidy sorts the numbers and drops those that stand there twice.
func tidy(dst []int) []int {
	if len(dst) < 2 {
		return dst
	}
	slices.Sort(dst)
	return slices.Compact(dst)
}
