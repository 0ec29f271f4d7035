package match

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A skeleton is a pattern of literals and holes with greedy runs between them, the shape of
// most patterns for logs:
//
//		Invalid user (.*) from (.*)
//		└──lead────┘ run └lit─┘ run
//
//	 1. Find the lead, the first piece, in the line.
//	 2. Match the rest behind it. A literal must stand there. A run takes as much as it can,
//	    then the last occurrence of the literal behind it is where it ends; if what follows
//	    fails, the occurrence before that one, and so on.
//	 3. If there is no way, find the lead again, one byte further on.
//
// That is the order of leftmost-first search, so the result is the same as that of package
// regexp. Working on bytes is right because all literals are whole characters and a run
// takes all characters above ASCII or none. A budget of steps for each line keeps the time
// linear: once it is spent, find gives up and another engine takes the line.
type skeleton struct {
	pieces []piece
	groups int
}

// A piece is a literal, a hole, or a run of characters.
type piece struct {
	kind   pieceKind
	min    uint8 // of a run: 0 or 1 characters
	hole   int32
	lit    string
	opens  span       // the groups that begin with it
	closes []int32    // and those that end
	table  *[256]bool // of a run: the bytes it takes; nil: all but the line break
}

// A span is numbers that follow each other: from first on, n of them.
type span struct{ first, n int32 }

type pieceKind uint8

const (
	isLiteral pieceKind = iota
	isHole
	isRun
)

// text is what a piece that is not a run stands for.
func (p *piece) text(values []string) string {
	if p.kind == isHole {
		return values[p.hole]
	}
	return p.lit
}

// An attempt is the search of one line.
type attempt struct {
	pieces []piece
	line   string
	values []string
	dst    []int
	budget int // bytes that may still be looked at
}

// find is Pattern.Find; it gives up if the budget is spent or a value is not fit for it.
func (s *skeleton) find(dst []int, line string, values []string) ([]int, Outcome) {
	for _, v := range values {
		if v == "" || !utf8.ValidString(v) {
			return dst[:0], GaveUp
		}
	}
	lead := s.pieces[0].text(values)
	start := strings.Index(line, lead)
	if start < 0 {
		return dst[:0], No
	}
	n := 2 * (s.groups + 1)
	a := attempt{
		pieces: s.pieces, line: line, values: values,
		dst:    slices.Grow(dst[:0], n)[:n],
		budget: 16*len(line)*len(s.pieces) + 64,
	}
	for {
		if end, ok := a.match(1, start+len(lead)); ok {
			a.dst[0], a.dst[1] = start, end
			a.note(0, start, start+len(lead))
			return a.dst, Yes
		}
		next := strings.Index(line[start+1:], lead)
		if next < 0 {
			return dst[:0], No
		}
		if a.budget < 0 {
			return dst[:0], GaveUp
		}
		start += 1 + next
	}
}

// match matches the pieces from number i on at pos, and tells where the match ends. Groups
// are noted on the way back.
func (a *attempt) match(i, pos int) (end int, ok bool) {
	a.budget--
	switch {
	case a.budget < 0:
		return 0, false
	case i == len(a.pieces):
		return pos, true
	case a.pieces[i].kind == isRun:
		return a.matchRun(i, pos)
	}
	lit := a.pieces[i].text(a.values)
	if !strings.HasPrefix(a.line[pos:], lit) {
		return 0, false
	}
	stop := pos + len(lit)
	if end, ok = a.match(i+1, stop); ok {
		a.note(i, pos, stop)
	}
	return end, ok
}

// note notes where the groups begin and end that do so with piece i.
func (a *attempt) note(i, from, to int) {
	opens := a.pieces[i].opens
	for g := opens.first; g < opens.first+opens.n; g++ {
		a.dst[2*g] = from
	}
	for _, g := range a.pieces[i].closes {
		a.dst[2*g+1] = to
	}
}

// matchRun matches the run i at pos with the literal behind it and all that follows.
func (a *attempt) matchRun(i, pos int) (end int, ok bool) {
	p := &a.pieces[i]
	first, last := pos+int(p.min), a.reach(p, pos)
	if last < first {
		return 0, false
	}
	if i+1 == len(a.pieces) {
		a.note(i, pos, last)
		return last, true
	}
	next := a.pieces[i+1].text(a.values)
	for limit := min(last+len(next), len(a.line)); limit-first >= len(next); {
		offset := strings.LastIndex(a.line[first:limit], next)
		a.budget -= limit - first - max(offset, 0)
		if offset < 0 || a.budget < 0 {
			return 0, false
		}
		stop := first + offset
		if end, ok = a.match(i+2, stop+len(next)); ok {
			a.note(i, pos, stop)
			a.note(i+1, stop, stop+len(next))
			return end, true
		}
		limit = stop + len(next) - 1
	}
	return 0, false
}

// reach is how far the run p can go from pos.
func (a *attempt) reach(p *piece, pos int) int {
	if p.table == nil {
		n := strings.IndexByte(a.line[pos:], '\n')
		if n < 0 {
			n = len(a.line) - pos
		}
		a.budget -= n / 8 // that search is fast
		return pos + n
	}
	i := pos
	for i < len(a.line) && p.table[a.line[i]] {
		i++
	}
	a.budget -= i - pos
	return i
}

// anchor finds a hole with a literal right before it.
func (s *skeleton) anchor() (before string, hole int, after string, ok bool) {
	for i := 1; i < len(s.pieces); i++ {
		if s.pieces[i].kind != isHole || s.pieces[i-1].kind != isLiteral {
			continue
		}
		if i+1 < len(s.pieces) && s.pieces[i+1].kind == isLiteral {
			after = s.pieces[i+1].lit
		}
		return s.pieces[i-1].lit, int(s.pieces[i].hole), after, true
	}
	return "", 0, "", false
}
