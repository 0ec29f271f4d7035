package logs

import (
	"cmp"
	"slices"

	"github.com/logs-rdl/logs/internal/match"
)

// How the walk of a line finds the members to try without looking at the
// others. A ruleset keeps its members in one list, and beside it three ways
// to those that a line may concern:
//
//	gated   members from the start with a gate: numbers in the filter's answer
//	open    members that must always be tried: a list of their own
//	found   made rules with an Index: looked up by what the line holds
//
// Each member has a rank that grows along the list; the walk goes to the
// least rank, of the three, above the one at hand. An event walks the list
// itself.

// A way is how the walk of a line comes to a member.
type way uint8

const (
	byNothing way = iota // no line matches it
	byGate
	byOpen
	byIndex
)

// A passage is how messages come to a member.
type passage struct {
	way   way
	lines bool // no event can match it
	gate  int  // of one by gate or index, its number
}

// A dispatch is what the engine knows of the gates of its program.
type dispatch struct {
	filter  *match.Set
	members map[*Ruleset][]passage // to the members of each ruleset, in their order
	made    map[*Rule]passage      // to what is made at run time
	plain   bool                   // walk the lists as they are
	cands   []int                  // the filter's answer for the line at hand
	found   []*live                // scratch, a stack
	change  int                    // counts what was made or died
}

// newDispatch finds the ways to all members of a program. The gates of the
// members of one ruleset have numbers that follow each other.
func newDispatch(p *Program) dispatch {
	d := dispatch{members: map[*Ruleset][]passage{}, made: map[*Rule]passage{}}
	gates := make([][]string, 0, len(p.Root.Members)+len(p.Rules))
	d.number(p.Root, &gates)
	for _, r := range p.Rules {
		g := gateOf(r.Match)
		to := passage{lines: !g.events}
		switch {
		case g.shut:
		case r.Index != nil:
			to.way, to.gate = byIndex, len(gates)
			gates = append(gates, []string{r.Index.Before})
		default:
			to.way = byOpen
		}
		d.made[r] = to
	}
	d.filter = match.NewSet(gates)
	return d
}

// number finds the ways to the members of a ruleset, and of those inside.
func (d *dispatch) number(r *Ruleset, gates *[][]string) {
	passages := make([]passage, len(r.Members))
	d.members[r] = passages
	for i, m := range r.Members {
		g, to := gateOfMember(m), &passages[i]
		to.lines = !g.events
		switch {
		case g.shut:
		case g.literals == nil:
			to.way = byOpen
		default:
			to.way, to.gate = byGate, len(*gates)
			*gates = append(*gates, g.literals)
		}
	}
	for _, m := range r.Members {
		if inner, ok := m.(*Ruleset); ok {
			d.number(inner, gates)
		}
	}
}

// The room between ranks: what is made between two members hugs one of them,
// and leaves the rest of the room to those that will be made there later.
const (
	rankStep = 1 << 40 // between the members from the start
	rankHug  = 1 << 8
)

// rankBetween gives n, which has been linked, its rank; forward says that it
// hugs the member before it.
func (s *liveSet) rankBetween(n *live, forward bool) {
	low, high := uint64(0), uint64(0)
	if n.prev != nil {
		low = n.prev.rank
	}
	if n.next == nil {
		n.rank = low + rankStep
		return
	}
	high = n.next.rank
	room := high - low
	switch {
	case room < 2:
		s.renumber()
	case room <= 2*rankHug:
		n.rank = low + room/2
	case forward:
		n.rank = low + rankHug
	default:
		n.rank = high - rankHug
	}
}

// renumber ranks all members anew.
func (s *liveSet) renumber() {
	rank := uint64(0)
	for n := s.head; n != nil; n = n.next {
		rank += rankStep
		n.rank = rank
	}
}

// openWay lets the walk of a line find a member that has been put into a list.
func (e *Engine) openWay(n *live, to passage) {
	s := n.in
	e.dispatch.change++
	n.passage = to
	switch n.way {
	case byGate:
		if len(s.gated) == 0 {
			s.firstGate = n.gate
		}
		s.gated = append(s.gated, n)
	case byOpen:
		s.addOpen(n)
	case byIndex:
		x := s.indexOf(n.rule)
		if x == nil {
			x = newIndex(n.rule, n.gate)
			s.indexes = append(s.indexes, x)
		}
		x.add(n, e.textOf(n.vars[n.rule.Index.Var]))
	}
}

// closeWay is the reverse. A gate stays: its member is dead.
func (n *live) closeWay() {
	switch s := n.in; n.way {
	case byOpen:
		s.open.remove(n)
	case byIndex:
		s.indexOf(n.rule).remove(n)
	}
}

// member returns what a live member was made of.
func (n *live) member() Member {
	switch {
	case n.rule != nil:
		return n.rule
	case n.set != nil:
		return n.set.ruleset
	}
	return n.seq.seq
}

// openMade is openWay for a rule that an action made.
func (e *Engine) openMade(n *live) { e.openWay(n, e.dispatch.made[n.rule]) }

// indexOf returns the index of the rules of a description, nil if none lives.
func (s *liveSet) indexOf(r *Rule) *index {
	for _, x := range s.indexes {
		if x.of == r {
			return x
		}
	}
	return nil
}

// A cursor is where a walk of a line stands in a ruleset.
type cursor struct {
	e    *Engine
	set  *liveSet
	line string
	rank uint64 // of the member at hand
	gate int    // the next of the filter's answer to look at
	open *live  // the next open one
	base int    // of found, in the engine's scratch
	next int    // the next of found
	seen int    // the count of changes that open and found know
}

// startWalk begins a walk.
func (e *Engine) startWalk(set *liveSet, line string) cursor {
	c := cursor{e: e, set: set, line: line, base: len(e.dispatch.found)}
	c.look()
	return c
}

// look finds the open members and the made rules behind the one at hand.
func (c *cursor) look() {
	d := &c.e.dispatch
	c.seen = d.change
	c.open = c.set.open.first
	for c.open != nil && c.open.rank <= c.rank {
		c.open = c.open.open.next
	}
	d.found, c.next = d.found[:c.base], c.base
	if len(c.set.indexes) == 0 {
		return
	}
	for _, x := range c.set.indexes {
		if _, ok := slices.BinarySearch(d.cands, x.gate); ok {
			d.found = x.lookup(d.found, c.line, c.rank)
		}
	}
	found := d.found[c.base:]
	slices.SortFunc(found, func(a, b *live) int { return cmp.Compare(a.rank, b.rank) })
	d.found = d.found[:c.base+len(slices.Compact(found))]
}

// advance goes to the next member to try; nil if there is none.
func (c *cursor) advance() *live {
	d := &c.e.dispatch
	if c.seen != d.change {
		c.look()
	}
	best := c.open
	if c.next < len(d.found) && (best == nil || d.found[c.next].rank < best.rank) {
		best = d.found[c.next]
	}
	if n := c.nextGated(); n != nil && (best == nil || n.rank < best.rank) {
		best = n
		c.gate++
	} else if best == nil {
		return nil
	}
	if best == c.open {
		c.open = best.open.next
	}
	if c.next < len(d.found) && best == d.found[c.next] {
		c.next++
	}
	return best
}

// nextGated goes to the next gated member whose gate the line may pass.
func (c *cursor) nextGated() *live {
	cands, first := c.e.dispatch.cands, c.set.firstGate
	for ; c.gate < len(cands) && cands[c.gate] < first+len(c.set.gated); c.gate++ {
		if i := cands[c.gate] - first; i >= 0 && !c.set.gated[i].dead {
			return c.set.gated[i]
		}
	}
	return nil
}

// done ends the walk.
func (c *cursor) done() { c.e.dispatch.found = c.e.dispatch.found[:c.base] }

// addOpen puts n in its place among the open members, by its rank; most are
// made near the end.
func (s *liveSet) addOpen(n *live) {
	at := s.open.last
	for at != nil && at.rank > n.rank {
		at = at.open.prev
	}
	s.open.insert(n, at)
}
