package match

import (
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A graphBuilder makes the nodes of a graph, those behind a node before it.
type graphBuilder struct {
	nodes  []node
	wrong  bool                 // the pattern is none that a graph can be made of
	firsts map[int32]*[256]bool // what may come first from a node on
}

// maxNodes bounds a graph; repeats of repeats may be long.
const maxNodes = 2000

// newGraph makes a graph of an expression; nil if it has parts that only another engine takes:
// sets of some characters above ASCII but not of all, and repeats of what may be nothing.
func newGraph(src string) *graph {
	tree, err := syntax.Parse(src, syntax.Perl)
	if err != nil {
		return nil
	}
	b := &graphBuilder{firsts: map[int32]*[256]bool{}}
	start := b.build(tree, b.put(node{op: opMatch}))
	if b.wrong {
		return nil
	}
	for i := range b.nodes {
		b.look(&b.nodes[i])
	}
	g := &graph{src: src, nodes: b.nodes, start: start, groups: tree.MaxCap(), lead: b.textAt(start), first: b.first(start)}
	n := &b.nodes[b.unmarked(start)]
	g.atTop = n.op == opTop
	g.sweep = n.op == opRun && n.set == nil && n.min == 0 && n.max < 0
	return g
}

func (b *graphBuilder) put(n node) int32 {
	if len(b.nodes) >= maxNodes {
		b.wrong = true
		return 0
	}
	b.nodes = append(b.nodes, n)
	return int32(len(b.nodes) - 1)
}

// build makes the nodes of an expression, behind which next stands, and returns the first.
func (b *graphBuilder) build(re *syntax.Regexp, next int32) int32 {
	if b.wrong {
		return 0
	}
	switch re.Op {
	case syntax.OpEmptyMatch:
		return next
	case syntax.OpLiteral:
		return b.literal(re, next)
	case syntax.OpCharClass, syntax.OpAnyCharNotNL, syntax.OpAnyChar:
		return b.set(node{op: opSet, next: next}, re)
	case syntax.OpCapture:
		end := b.put(node{op: opMark, slot: int32(2*re.Cap + 1), next: next})
		return b.put(node{op: opMark, slot: int32(2 * re.Cap), next: b.build(re.Sub[0], end)})
	case syntax.OpConcat:
		for i := len(re.Sub) - 1; i >= 0; i-- {
			next = b.build(re.Sub[i], next)
		}
		return next
	case syntax.OpAlternate:
		arms := make([]arm, len(re.Sub))
		for i, sub := range re.Sub {
			arms[i].node = b.build(sub, next)
		}
		return b.put(node{op: opChoice, arms: arms})
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		return b.repeat(re, next)
	}
	if o, ok := conditions[re.Op]; ok {
		return b.put(node{op: o, next: next})
	}
	b.wrong = true
	return 0
}

var conditions = map[syntax.Op]op{
	syntax.OpBeginText: opTop, syntax.OpEndText: opEnd, syntax.OpBeginLine: opRowTop, syntax.OpEndLine: opRowEnd,
	syntax.OpWordBoundary: opBoundary, syntax.OpNoWordBoundary: opNoBoundary,
}

// literal makes a text; where case does not count, a choice for each letter.
func (b *graphBuilder) literal(re *syntax.Regexp, next int32) int32 {
	text := string(re.Rune)
	if text == "" {
		return next
	}
	if strings.ContainsRune(text, utf8.RuneError) { // it stands for bad bytes, too
		b.wrong = true
		return 0
	}
	if re.Flags&syntax.FoldCase == 0 {
		return b.put(node{op: opText, text: text, next: next})
	}
	for i := len(re.Rune) - 1; i >= 0; i-- {
		next = b.folded(re.Rune[i], next)
	}
	return next
}

// folded makes a letter of any case.
func (b *graphBuilder) folded(r rune, next int32) int32 {
	arms := []arm{{node: b.put(node{op: opText, text: string(r), next: next})}}
	for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
		arms = append(arms, arm{node: b.put(node{op: opText, text: string(o), next: next})})
	}
	return b.put(node{op: opChoice, arms: arms})
}

// set completes a node that takes characters of a class.
func (b *graphBuilder) set(n node, re *syntax.Regexp) int32 {
	n.wide = true
	switch re.Op {
	case syntax.OpAnyChar:
		n.set = new([256]bool)
		fillTable(n.set, []rune{0, unicode.MaxRune})
	case syntax.OpCharClass:
		n.set = new([256]bool)
		b.wrong = b.wrong || len(re.Rune) == 0 || !fillTable(n.set, re.Rune)
		n.wide = n.set[utf8.RuneSelf]
	}
	return b.put(n)
}

// repeat makes a run of characters, or a choice to go round once more.
func (b *graphBuilder) repeat(re *syntax.Regexp, next int32) int32 {
	sub, lazy := re.Sub[0], re.Flags&syntax.NonGreedy != 0
	least, most := re.Min, re.Max
	switch re.Op {
	case syntax.OpStar:
		least, most = 0, -1
	case syntax.OpPlus:
		least, most = 1, -1
	case syntax.OpQuest:
		least, most = 0, 1
	}
	switch {
	case sub.Op == syntax.OpCharClass || sub.Op == syntax.OpAnyCharNotNL || sub.Op == syntax.OpAnyChar:
		return b.set(node{op: opRun, min: int32(least), max: int32(most), lazy: lazy, next: next}, sub)
	case most < 0:
		next = b.round(sub, next, lazy)
	default:
		behind := next
		for range most - least {
			next = b.put(choice(b.build(sub, next), behind, lazy))
		}
	}
	for range least {
		next = b.build(sub, next)
	}
	return next
}

// round makes a part that comes any number of times.
func (b *graphBuilder) round(sub *syntax.Regexp, next int32, lazy bool) int32 {
	if mayBeEmpty(sub) {
		b.wrong = true
		return 0
	}
	again := b.put(node{op: opChoice})
	body := b.build(sub, again)
	if !b.wrong {
		b.nodes[again] = choice(body, next, lazy)
	}
	return again
}

// choice is the one between a part and what stands behind it.
func choice(body, next int32, lazy bool) node {
	if lazy {
		body, next = next, body
	}
	return node{op: opChoice, arms: []arm{{node: body}, {node: next}}}
}

// mayBeEmpty tells whether an expression may match nothing.
func mayBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune) == 0
	case syntax.OpCharClass, syntax.OpAnyCharNotNL, syntax.OpAnyChar:
		return false
	case syntax.OpCapture, syntax.OpPlus:
		return mayBeEmpty(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || mayBeEmpty(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !mayBeEmpty(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if mayBeEmpty(sub) {
				return true
			}
		}
		return false
	}
	return true
}

// look notes what may come behind a node that leaves a choice.
func (b *graphBuilder) look(n *node) {
	for i := range n.arms {
		n.arms[i].first = b.first(n.arms[i].node)
	}
	if n.op != opRun {
		return
	}
	n.then, n.after = b.textAt(n.next), b.first(n.next)
	n.sole = n.after != nil
	for c := 0; n.sole && c < 256; c++ {
		n.sole = !n.after[c] || !n.takes(byte(c))
	}
}

// unmarked is the first node from one on that is no mark.
func (b *graphBuilder) unmarked(at int32) int32 {
	for b.nodes[at].op == opMark {
		at = b.nodes[at].next
	}
	return at
}

// textAt is the text that must stand where a node does, "" if that is not known.
func (b *graphBuilder) textAt(at int32) string { return b.nodes[b.unmarked(at)].text }

// first returns the bytes that may come first from a node on; nil if nothing has to come.
func (b *graphBuilder) first(at int32) *[256]bool {
	if set, known := b.firsts[at]; known {
		return set
	}
	b.firsts[at] = new([256]bool) // what comes round to here adds nothing
	set := new([256]bool)
	if !b.addFirst(set, &b.nodes[at]) {
		set = nil
	}
	b.firsts[at] = set
	return set
}

// addFirst adds the first bytes of a node to a set; false if it may be that none comes.
func (b *graphBuilder) addFirst(set *[256]bool, n *node) bool {
	switch n.op {
	case opMatch, opEnd, opRowEnd:
		return false
	case opText:
		set[n.text[0]] = true
		return true
	case opSet, opRun:
		for c := range set {
			set[c] = set[c] || n.takes(byte(c))
		}
		return n.op == opSet || n.min > 0 || b.addAll(set, n.next)
	case opChoice:
		all := true
		for i := range n.arms {
			all = b.addAll(set, n.arms[i].node) && all
		}
		return all
	}
	return b.addAll(set, n.next)
}

func (b *graphBuilder) addAll(set *[256]bool, at int32) bool {
	first := b.first(at)
	if first == nil {
		return false
	}
	for c := range set {
		set[c] = set[c] || first[c]
	}
	return true
}
