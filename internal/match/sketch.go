package match

import (
	"math"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// make is false if a pattern is not of the shape. It goes by the tokens alone: most patterns
// are skeletons, and need not be parsed further.
func (k *sketch) make(s *scanned) bool {
	if len(s.src) > maxSketch {
		return false
	}
	for i := 0; i < len(s.tokens); i++ {
		t, repeat := &s.tokens[i], ""
		if i+1 < len(s.tokens) && s.tokens[i+1].kind == quantifier {
			i++
			repeat = s.tokens[i].text
		}
		if !k.add(t, repeat) {
			return false
		}
	}
	for i := range k.pieces {
		if k.pieces[i].kind == isRun && (i == 0 || k.pieces[i-1].kind == isRun) {
			return false
		}
	}
	return len(k.pieces) > 0
}

// maxSketch bounds the bytes of a pattern, far below what package regexp can take.
const maxSketch = 64 << 10

// A sketch is a skeleton that is being made.
type sketch struct {
	pieces []piece
	opens  []sketchGroup // whose end has not come
	groups int
	holes  int
	joins  bool // the last piece is a text that what follows may go on
}

type sketchGroup struct {
	number int32 // 0: it does not capture
	first  int   // its first piece
}

// add appends what a token stands for; false if that is no part of a skeleton.
func (k *sketch) add(t *token, repeat string) bool {
	switch t.kind {
	case anyChar, class, escape:
		return k.addClass(t, repeat)
	case literal:
		return repeat == "" && k.addText(t.characters(), t.flags)
	case hole:
		k.put(piece{kind: isHole, hole: int32(k.holes)})
		k.holes++
		return repeat == "" && t.flags&fold == 0
	case open:
		return repeat == "" && k.open(t)
	case closing:
		return repeat == "" && k.close()
	}
	return false
}

func (k *sketch) put(p piece) {
	k.pieces = append(k.pieces, p)
	k.joins = p.kind == isLiteral
}

// addText is false for text that stands for more than its own bytes: letters whose case does
// not count, and U+FFFD, which stands for bad bytes.
func (k *sketch) addText(text string, f flags) bool {
	if strings.Contains(text, "\uFFFD") || f&fold != 0 && strings.ContainsFunc(text, hasCases) {
		return false
	}
	if k.joins {
		k.pieces[len(k.pieces)-1].lit += text
	} else {
		k.put(piece{kind: isLiteral, lit: text})
	}
	return true
}

func hasCases(r rune) bool { return unicode.SimpleFold(r) != r }

func (k *sketch) open(t *token) bool {
	g := sketchGroup{first: len(k.pieces)}
	if t.captures() {
		k.groups++
		g.number = int32(k.groups)
		k.joins = false
	}
	k.opens = append(k.opens, g)
	return g.number > 0 || strings.HasSuffix(t.text, ":")
}

func (k *sketch) close() bool {
	g := k.opens[len(k.opens)-1]
	k.opens = k.opens[:len(k.opens)-1]
	switch {
	case g.number == 0:
		return true
	case len(k.pieces) == g.first:
		return false
	}
	// Of those that begin with one piece the inner ones, whose numbers follow, end before.
	opens := &k.pieces[g.first].opens
	*opens = span{g.number, opens.n + 1}
	last := &k.pieces[len(k.pieces)-1]
	last.closes = append(last.closes, g.number)
	k.joins = false
	return true
}

// addClass appends a run of a class of characters, or the only one that is in it.
func (k *sketch) addClass(t *token, repeat string) bool {
	p := piece{kind: isRun}
	switch {
	case repeat == "+":
		p.min = 1
	case repeat != "*" && repeat != "":
		return false
	}
	greedy := repeat != "" && t.flags&swapLazy == 0
	if t.kind == anyChar {
		k.put(p)
		return greedy && t.flags&dotAll == 0
	}
	if p.table = perlTables()[t.text]; p.table != nil && t.flags&fold == 0 {
		k.put(p)
		return greedy
	}
	re, err := syntax.Parse(t.text, syntax.Perl)
	switch {
	case err != nil || t.flags&fold != 0:
		return false
	case re.Op == syntax.OpLiteral:
		text, ok := plainText(re) // [Oo] is one, too, of both cases
		return ok && repeat == "" && k.addText(text, 0)
	case re.Op == syntax.OpCharClass:
		p.table = new([256]bool)
		k.put(p)
		return greedy && fillTable(p.table, re.Rune)
	}
	return false
}

// perlTables are those of the classes that most runs are of, made once for all patterns.
var perlTables = sync.OnceValue(func() map[string]*[256]bool {
	tables := map[string]*[256]bool{}
	for _, text := range []string{`\d`, `\D`, `\s`, `\S`, `\w`, `\W`} {
		re, _ := syntax.Parse(text, syntax.Perl)
		tables[text] = new([256]bool)
		fillTable(tables[text], re.Rune)
	}
	return tables
})

// fillTable sets the bytes of the characters in the ranges. It is false if these hold some
// characters above ASCII but not all.
func fillTable(table *[256]bool, pairs []rune) bool {
	for i := 0; i < len(pairs); i += 2 {
		lo, hi := pairs[i], pairs[i+1]
		if hi >= utf8.RuneSelf {
			if lo > utf8.RuneSelf || hi != unicode.MaxRune {
				return false
			}
			hi = math.MaxUint8
		}
		for c := lo; c <= hi; c++ {
			table[c] = true
		}
	}
	return true
}

// rarer is the text that a line is less likely to hold; an empty one says nothing.
func rarer(a, b string) string {
	if b == "" || a != "" && textLikelihood(a) <= textLikelihood(b) {
		return a
	}
	return b
}

// literals returns the text that is least likely in a line of those that are in every match;
// nil if there is none.
func (s *skeleton) literals() []string {
	best, text := "", ""
	for i := range s.pieces {
		if p := &s.pieces[i]; p.kind == isLiteral {
			text += p.lit
			continue
		}
		best, text = rarer(best, text), ""
	}
	if best = rarer(best, text); best == "" {
		return nil
	}
	return []string{best}
}
