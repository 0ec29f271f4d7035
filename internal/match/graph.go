package match

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// A graph is a pattern as nodes, which are walked along the bytes of a line: what a skeleton
// is for the plainest patterns it is for those with alternatives, optional parts, single
// characters, lazy runs and boundaries.
//
//	user (?<u>\S+?)(?: by (?:key|password))?$
//
//	text "user " → mark → run \S lazy → mark → either ┬→ text " by " → either ┬→ text "key" ──────┐
//	                                                  │                       └→ text "password" ─┤
//	                                                  └→ end of line → match ←────────────────────┘
//
// The walk goes on from node to node, tries the choices at each in the order of leftmost-first
// search, and goes back to the last choice when it is stuck; so the result is that of package
// regexp. What comes next is known at a choice, as far as its first byte goes, so most choices
// are none. As with a skeleton, a budget of steps for each line keeps the time linear: once it
// is spent, or the walk is too deep in choices, package regexp takes the line.
type graph struct {
	nodes  []node
	start  int32
	groups int
	src    string

	// Where a match may begin.
	lead  string     // it begins with this text
	first *[256]bool // it begins with one of these bytes; nil: with any, or none
	sweep bool       // it begins with .*: if none begins here, none does before the next line break
	atTop bool       // it begins where the line does

	once sync.Once
	re   *regexp.Regexp // takes the lines that are too much, once there is one
}

// A node is a step of the walk.
type node struct {
	op   op
	lazy bool  // of a run: the shortest first
	wide bool  // of a set or run: it takes characters above ASCII, all of them
	sole bool  // of a run: what follows can only begin behind the whole of it
	next int32 // the node behind it
	slot int32 // of a mark: where in the result it goes
	min  int32 // of a run, in characters
	max  int32 // -1: no bound
	text string
	set  *[256]bool // the bytes of a set or run; nil: all but the line break
	// What may begin behind a run.
	then  string     // the text that stands there, "" if that is not known
	after *[256]bool // its first byte; nil: any, or none
	arms  []arm      // of a choice, the first one first
}

// An arm is one of the ways from a choice.
type arm struct {
	node  int32
	first *[256]bool // the first byte of what matches from there on; nil: any, or none
}

type op uint8

const (
	opMatch    op = iota
	opText        // a text
	opSet         // a character of a set
	opRun         // some of them
	opChoice      // one of several ways
	opMark        // a group begins or ends
	opTop         // the beginning of the line
	opEnd         // its end
	opRowTop      // the beginning of the line, or behind a line break
	opRowEnd      // its end, or before a line break
	opBoundary    // of a word
	opNoBoundary
)

// A walker searches one line.
type walker struct {
	nodes  []node
	line   string
	dst    []int // the result, then what is to be taken back: slots and what they held
	budget int   // steps and bytes that may still be looked at
	depth  int   // how many choices are open
}

// maxDepth bounds the choices that are open, and with them the stack.
const maxDepth = 1000

// find is engine.find.
func (g *graph) find(dst []int, line string) ([]int, Outcome) {
	dst, outcome := g.search(dst, line)
	if outcome == GaveUp {
		g.once.Do(func() { g.re = regexp.MustCompile(g.src) })
		return plain{g.re}.find(dst, line)
	}
	return dst, outcome
}

// search is find, within the budget.
func (g *graph) search(dst []int, line string) ([]int, Outcome) {
	n := 2 * (g.groups + 1)
	w := walker{nodes: g.nodes, line: line, dst: slices.Grow(dst[:0], n)[:n], budget: 32*len(line) + 1024}
	for i := range w.dst {
		w.dst[i] = -1
	}
	for start := g.next(line, 0); start >= 0; start = g.next(line, g.onward(line, start)) {
		if end, ok := w.walk(g.start, start); ok {
			w.dst[0], w.dst[1] = start, end
			return w.dst[:n], Yes
		}
		if w.budget < 0 {
			return w.dst[:0], GaveUp
		}
		w.takeBack(n)
	}
	return w.dst[:0], No
}

// next returns where from a place on a match may begin first, -1 if nowhere.
func (g *graph) next(line string, from int) int {
	switch {
	case from > len(line) || g.atTop && from > 0:
		return -1
	case g.lead != "":
		i := strings.Index(line[from:], g.lead)
		if i < 0 {
			return -1
		}
		return from + i
	case g.first == nil:
		for !isBoundary(line, from) {
			from++
		}
		return from
	}
	for ; from < len(line); from++ {
		if g.first[line[from]] && isBoundary(line, from) {
			return from
		}
	}
	return -1
}

// onward returns from where to look on if no match begins at start.
func (g *graph) onward(line string, start int) int {
	if !g.sweep {
		return start + 1
	}
	i := strings.IndexByte(line[start:], '\n')
	if i < 0 {
		return len(line) + 1
	}
	return start + i + 1
}

// isBoundary tells whether a character begins or the line ends at a place. A byte that is no
// part of a character counts for one.
func isBoundary(line string, at int) bool {
	if at == len(line) || utf8.RuneStart(line[at]) {
		return true
	}
	for back := 1; back < utf8.UTFMax && back <= at; back++ {
		if utf8.RuneStart(line[at-back]) {
			_, size := utf8.DecodeRuneInString(line[at-back:])
			return size <= back
		}
	}
	return true
}

// walk goes on from a node and a place, and tells where the match ends.
func (w *walker) walk(at int32, pos int) (end int, ok bool) {
	for {
		n := &w.nodes[at]
		if w.budget--; w.budget < 0 {
			return 0, false
		}
		switch n.op {
		case opMatch:
			return pos, true
		case opText:
			if !strings.HasPrefix(w.line[pos:], n.text) {
				return 0, false
			}
			pos += len(n.text)
		case opSet:
			if pos == len(w.line) || !n.takes(w.line[pos]) {
				return 0, false
			}
			pos = n.step(w.line, pos)
		case opRun:
			if !n.sole {
				return w.walkRun(n, pos)
			}
			if pos, ok = w.runEnd(n, pos); !ok {
				return 0, false
			}
		case opChoice:
			last := len(n.arms) - 1
			for i := range n.arms[:last] {
				if end, ok = w.try(&n.arms[i], pos); ok {
					return end, true
				}
			}
			at = n.arms[last].node
			continue
		case opMark:
			w.dst = append(w.dst, int(n.slot), w.dst[n.slot])
			w.dst[n.slot] = pos
		default:
			if !w.holds(n.op, pos) {
				return 0, false
			}
		}
		at = n.next
	}
}

// try walks one way, and takes back what that has marked if it leads nowhere.
func (w *walker) try(a *arm, pos int) (end int, ok bool) {
	if a.first != nil && (pos == len(w.line) || !a.first[w.line[pos]]) {
		return 0, false
	}
	return w.descend(a.node, pos)
}

// descend is walk with the choice to go back.
func (w *walker) descend(at int32, pos int) (end int, ok bool) {
	if w.depth++; w.depth > maxDepth {
		w.budget = -1
	}
	marked := len(w.dst)
	if end, ok = w.walk(at, pos); !ok {
		w.takeBack(marked)
	}
	w.depth--
	return end, ok
}

// takeBack takes back what was marked since the result was so long.
func (w *walker) takeBack(to int) {
	for i := len(w.dst) - 2; i >= to; i -= 2 {
		w.dst[w.dst[i]] = w.dst[i+1]
	}
	w.dst = w.dst[:to]
}

// runEnd is where a run ends that takes all that it can; false if that is too little.
func (w *walker) runEnd(n *node, pos int) (end int, ok bool) {
	first, ok := w.least(n, pos)
	if !ok {
		return 0, false
	}
	return w.reach(n, pos, first), true
}

// walkRun tries the lengths of a run, each with what follows.
func (w *walker) walkRun(n *node, pos int) (end int, ok bool) {
	first, ok := w.least(n, pos)
	if !ok {
		return 0, false
	}
	if n.lazy {
		return w.walkLazy(n, pos, first)
	}
	last := w.reach(n, pos, first)
	if n.then != "" {
		return w.walkThen(n, first, last)
	}
	for p := last; p >= first && w.budget >= 0; p-- {
		w.budget--
		if n.after != nil && (p == len(w.line) || !n.after[w.line[p]]) || n.wide && !isBoundary(w.line, p) {
			continue
		}
		if end, ok = w.descend(n.next, p); ok {
			return end, true
		}
	}
	return 0, false
}

// walkThen is walkRun where a text stands behind the run: its last occurrence first.
func (w *walker) walkThen(n *node, first, last int) (end int, ok bool) {
	for limit := min(last+len(n.then), len(w.line)); limit-first >= len(n.then); {
		i := strings.LastIndex(w.line[first:limit], n.then)
		w.budget -= (limit - first - max(i, 0)) / 2
		if i < 0 || w.budget < 0 {
			return 0, false
		}
		if end, ok = w.descend(n.next, first+i); ok {
			return end, true
		}
		limit = first + i + len(n.then) - 1
	}
	return 0, false
}

// walkLazy is walkRun with the shortest first.
func (w *walker) walkLazy(n *node, pos, first int) (end int, ok bool) {
	for p, taken := first, n.min; w.budget >= 0; taken++ {
		w.budget--
		if n.after == nil || p < len(w.line) && n.after[w.line[p]] {
			if end, ok = w.descend(n.next, p); ok {
				return end, true
			}
		}
		if taken == n.max || p == len(w.line) || !n.takes(w.line[p]) {
			return 0, false
		}
		p = n.step(w.line, p)
	}
	return 0, false
}

// least is the end of the shortest that a run takes; false if there is not that much.
func (w *walker) least(n *node, pos int) (end int, ok bool) {
	for range n.min {
		if pos == len(w.line) || !n.takes(w.line[pos]) {
			return 0, false
		}
		pos = n.step(w.line, pos)
	}
	return pos, true
}

// reach is the end of the longest that a run takes, of which the least ends at first.
func (w *walker) reach(n *node, pos, first int) int {
	end := first
	switch {
	case n.max >= 0:
		for i := n.min; i < n.max && end < len(w.line) && n.takes(w.line[end]); i++ {
			end = n.step(w.line, end)
		}
	case n.set == nil:
		i := strings.IndexByte(w.line[end:], '\n')
		if i < 0 {
			i = len(w.line) - end
		}
		w.budget -= i / 8 // that search is fast
		return end + i
	default:
		for end < len(w.line) && n.set[w.line[end]] {
			end++
		}
	}
	w.budget -= end - first
	return end
}

// takes tells whether a set or run takes a character that begins with c.
func (n *node) takes(c byte) bool {
	if n.set == nil {
		return c != '\n'
	}
	return n.set[c]
}

// step is where the character at pos ends.
func (n *node) step(line string, pos int) int {
	if !n.wide || line[pos] < utf8.RuneSelf {
		return pos + 1
	}
	_, size := utf8.DecodeRuneInString(line[pos:])
	return pos + size
}

// holds tells whether a condition is met at a place.
func (w *walker) holds(o op, pos int) bool {
	top, end := pos == 0, pos == len(w.line)
	switch o {
	case opTop:
		return top
	case opEnd:
		return end
	case opRowTop:
		return top || w.line[pos-1] == '\n'
	case opRowEnd:
		return end || w.line[pos] == '\n'
	}
	before, behind := !top && isWord(w.line[pos-1]), !end && isWord(w.line[pos])
	return (before != behind) == (o == opBoundary)
}
