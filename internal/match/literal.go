package match

import (
	"math"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Required literals, from the tree of an expression:
//
//	user (\w+|id=\d+) from  ─►  "user " and " from" are in every match; the rarer is chosen
//	(drop|reject)ed by      ─►  "droped by" or "rejected by"
//
// Each node gives the texts that it can match, if these are few (exact), and a set of which
// one member is in each of its matches (some). Neither may ever miss a text: the caller
// discards lines that hold none.

const (
	maxLiterals = 16 // strings in a set of all that a node matches
	maxSome     = 64 // strings in a set of which one is in every match
	maxLiteral  = 64 // bytes of one that is put together from several parts
)

type required struct {
	exact []string // every text the node matches; nil: not known
	some  []string // one of them is in every match; nil: not known
}

// treeLiterals returns strings of which one is in every match of re; isHole tells the groups
// that stand for anything at all.
func treeLiterals(re *syntax.Regexp, isHole func(*syntax.Regexp) bool) []string {
	l := literals{isHole}
	r := l.of(re)
	return better(r.some, r.exact)
}

type literals struct{ isHole func(*syntax.Regexp) bool }

func (l literals) of(re *syntax.Regexp) required {
	switch re.Op {
	case syntax.OpLiteral:
		return ofLiteral(re)
	case syntax.OpCharClass:
		return required{exact: ofClass(re.Rune)}
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return required{exact: []string{""}}
	case syntax.OpCapture:
		if l.isHole(re) {
			return required{}
		}
		return l.of(re.Sub[0])
	case syntax.OpConcat:
		return l.ofConcat(re.Sub)
	case syntax.OpAlternate:
		return l.ofAlternate(re.Sub)
	case syntax.OpPlus:
		return l.ofRepeat(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return l.ofRepeat(re.Sub[0])
		}
	case syntax.OpQuest:
		if exact := l.of(re.Sub[0]).exact; exact != nil {
			return required{exact: union(exact, []string{""}, maxLiterals)}
		}
	}
	return required{}
}

func ofLiteral(re *syntax.Regexp) required {
	if text, ok := plainText(re); ok {
		return required{exact: []string{text}}
	}
	if re.Flags&syntax.FoldCase != 0 {
		return required{some: ofFolded(re.Rune)}
	}
	return required{}
}

// maxFolded is how many ways to write a piece of a text in either case are told:
// enough for any three letters, or four that have two cases each.
const maxFolded = 27

// ofFolded returns all ways to write the piece of a text that is the least likely in
// a line, of those that can be written in few ways.
func ofFolded(text []rune) []string {
	letters := make([][]string, len(text)) // the cases of each
	for i, r := range text {
		letters[i] = casesOf(r)
	}
	var best [][]string
	ways, least := 0, math.Inf(1)
	for from := range letters {
		n, likely, to := 1, 1.0, from
		for to < len(letters) && letters[to] != nil && n*len(letters[to]) <= maxFolded {
			n *= len(letters[to])
			likely *= likelihood(letters[to])
			to++
		}
		if to > from && (likely < least || likely == least && n < ways) {
			best, ways, least = letters[from:to], n, likely
		}
	}
	return spelled(best)
}

// spelled returns all ways to write a text of which each letter may be one of several; nil
// if it has none.
func spelled(letters [][]string) []string {
	if len(letters) == 0 {
		return nil
	}
	ways := letters[0]
	for _, cases := range letters[1:] {
		longer := make([]string, 0, len(ways)*len(cases))
		for _, way := range ways {
			for _, c := range cases {
				longer = append(longer, way+c)
			}
		}
		ways = longer
	}
	return ways
}

// casesOf returns the ways to write a letter: k has three, the third being the sign of
// the kelvin; nil if bad bytes are one.
func casesOf(r rune) (cases []string) {
	for c := r; ; {
		if c == utf8.RuneError || !utf8.ValidRune(c) {
			return nil
		}
		cases = append(cases, string(c))
		if c = unicode.SimpleFold(c); c == r {
			return cases
		}
	}
}

// plainText returns the bytes that re, a literal, stands for. There are others if the case
// of a letter does not count, or if it holds U+FFFD, which stands for bad bytes.
func plainText(re *syntax.Regexp) (string, bool) {
	for _, r := range re.Rune {
		if r == utf8.RuneError || !utf8.ValidRune(r) || re.Flags&syntax.FoldCase != 0 && unicode.SimpleFold(r) != r {
			return "", false
		}
	}
	return string(re.Rune), true
}

// ofClass returns the characters of a small class.
func ofClass(pairs []rune) []string {
	size := 0
	for i := 0; i < len(pairs); i += 2 {
		size += int(pairs[i+1]-pairs[i]) + 1
	}
	if size > maxLiterals {
		return nil
	}
	out := make([]string, 0, size)
	for i := 0; i < len(pairs); i += 2 {
		for r := pairs[i]; r <= pairs[i+1]; r++ {
			if !utf8.ValidRune(r) || r == utf8.RuneError {
				return nil
			}
			out = append(out, string(r))
		}
	}
	return out
}

// ofRepeat is for one match of sub or more.
func (l literals) ofRepeat(sub *syntax.Regexp) required {
	r := l.of(sub)
	return required{some: better(r.some, r.exact)}
}

// ofConcat joins the texts of neighbours as long as they are few.
func (l literals) ofConcat(subs []*syntax.Regexp) required {
	joined, some, whole := []string{""}, []string(nil), true
	for _, sub := range subs {
		r := l.of(sub)
		some = better(some, r.some)
		if next := product(joined, r.exact); next != nil {
			joined = next
			continue
		}
		whole = false
		some = better(some, joined)
		joined = r.exact
		if joined == nil {
			joined = []string{""}
		}
	}
	if whole {
		return required{exact: joined, some: some}
	}
	return required{some: better(some, joined)}
}

func (l literals) ofAlternate(subs []*syntax.Regexp) required {
	r := l.of(subs[0])
	exact, some := r.exact, better(r.some, r.exact)
	for _, sub := range subs[1:] {
		r := l.of(sub)
		exact = union(exact, r.exact, maxLiterals)
		some = union(some, better(r.some, r.exact), maxSome)
	}
	return required{exact: exact, some: some}
}

// product is every text of a followed by every text of b; nil if either is unknown or the
// result too large.
func product(a, b []string) []string {
	if a == nil || b == nil || len(a)*len(b) > maxLiterals {
		return nil
	}
	var out []string
	for _, x := range a {
		for _, y := range b {
			if len(x)+len(y) > maxLiteral && x != "" && y != "" {
				return nil
			}
			out = append(out, x+y)
		}
	}
	return out
}

// union is nil if either is unknown or the result has more than most strings.
func union(a, b []string, most int) []string {
	if a == nil || b == nil {
		return nil
	}
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if len(out) > most {
		return nil
	}
	return out
}

// better is the set of which a line is less likely to hold a string; the smaller set if they
// are alike. A set with an empty string says nothing and counts as nil.
func better(a, b []string) []string {
	switch la, lb := shortest(a), shortest(b); {
	case la == 0 && lb == 0:
		return nil
	case la == 0:
		return b
	case lb == 0:
		return a
	}
	if Rarer(a, b) {
		return a
	}
	return b
}

// Rarer tells whether a line is less likely to hold one of the strings a than one of b, or as
// likely and a are not more.
func Rarer(a, b []string) bool {
	la, lb := likelihood(a), likelihood(b)
	return la < lb || la == lb && len(a) <= len(b)
}

// likelihood is about how likely it is that a string of a set stands at a place of a line, were
// the bytes of a line independent of each other. It only has to order sets well.
func likelihood(set []string) float64 {
	sum := 0.0
	for _, s := range set {
		sum += textLikelihood(s)
	}
	return sum
}

func textLikelihood(s string) float64 {
	p := 1.0
	for i := range len(s) {
		p *= frequency(s[i]) / 1000
	}
	return p
}

func shortest(set []string) int {
	if len(set) == 0 {
		return 0
	}
	n := len(set[0])
	for _, s := range set {
		n = min(n, len(s))
	}
	return n
}
