package learn

import (
	"strings"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/when"
)

// Bounds of what a learner keeps.
const (
	maxGroups     = 5_000 // in all
	maxLeaf       = 100   // that a line is compared with
	maxFirstWords = 50    // of one program and shape, told apart
	maxVariants   = 4     // of a group, told apart
)

// A Learner gathers lines into templates. It belongs to one goroutine.
//
//	program ─→ shape of the tokens ─→ first word ─→ groups ─→ variants
type Learner struct {
	shapes map[string]*shaped // by program and shape
	order  []*group           // as they were made
	lines  int
	rest   int

	key    []byte  // of the line at hand
	tokens []token // of it
}

// A shaped holds the groups of one program and shape.
type shaped struct {
	byWord map[string][]*group
	others []*group // of first words that came when there were too many
}

// A group is lines that share most of their words.
type group struct {
	all      *Template
	variants []*Template // by their words; nil once there were too many
}

// New returns a learner that has learnt nothing.
func New() *Learner { return &Learner{shapes: map[string]*shaped{}} }

// Lines returns how many lines were added, and how many of these are in no
// template, since there were too many of them.
func (l *Learner) Lines() (all, lost int) { return l.lines, l.rest }

// A Log adds the lines of one log to a learner.
type Log struct {
	learner *Learner
	stamps  *when.Reader
	zone    *time.Location
}

// Log returns what adds the lines of a log, whose stamps the reader reads; the
// times of templates are told in the zone.
func (l *Learner) Log(stamps *when.Reader, zone *time.Location) *Log { return &Log{l, stamps, zone} }

// Add adds a line.
func (g *Log) Add(line string) { g.observe(line) }

// observe adds a line, and returns what add does.
func (g *Log) observe(line string) (all, variant *Template) {
	o := observed{line: line}
	if ns, ok := g.stamps.Read(line); ok {
		o.at = time.Unix(0, ns).In(g.zone)
	}
	m := logs.Message{Line: line}
	o.text, o.program = m.Header().Text, m.Header().Program
	if !isPlain(o.program) {
		o.program = ""
	}
	if len(o.text) == len(line) {
		o.text = behindStamp(line, g.stamps)
	}
	o.tail = strings.HasSuffix(line, o.text)
	o.inside = o.tail || strings.Contains(line, o.text)
	return g.learner.add(o)
}

// maxStamp is how far into a line its own stamp may reach, in bytes.
const maxStamp = 80

// behindStamp cuts the stamp off a line that has no other header.
func behindStamp(line string, stamps *when.Reader) string {
	parse := stamps.Parser()
	if parse == nil {
		return line
	}
	s, ok := parse(line)
	if !ok || s.End() > maxStamp {
		return line
	}
	if text := strings.TrimLeft(line[s.End():], "]): \t"); text != "" {
		return text
	}
	return line
}

// An observed is a line and what is known of it.
type observed struct {
	line, program, text string
	at                  time.Time // zero: it bears no stamp
	tail                bool      // the text is the end of the line
	inside              bool      // or stands in it
}

// add puts a line into its group, and returns the template of all lines in it
// and that of its variant; nil if there is no place for it.
func (l *Learner) add(o observed) (all, variant *Template) {
	l.lines++
	var trailing bool
	l.tokens, trailing = lex(l.tokens, o.text)
	g := l.find(o.program)
	if g == nil {
		l.rest++
		return nil, nil
	}
	if g.all == nil {
		g.all = newTemplate(o, l.tokens)
	}
	g.all.take(o, l.tokens, trailing)
	variant = g.variant(o, l.tokens)
	if variant != nil {
		variant.take(o, l.tokens, trailing)
	}
	return g.all, variant
}

// find returns the group for the tokens at hand, a new one if need be; nil if
// there are too many.
func (l *Learner) find(program string) *group {
	l.key = appendShape(append(append(l.key[:0], program...), 0), l.tokens)
	s := l.shapes[string(l.key)]
	if s == nil {
		if len(l.order) >= maxGroups {
			return nil
		}
		s = &shaped{byWord: map[string][]*group{}}
		l.shapes[string(l.key)] = s
	}
	first := firstWord(l.tokens)
	leaf, known := s.byWord[first]
	crowded := !known && len(s.byWord) >= maxFirstWords
	if crowded {
		leaf = s.others
	}
	if g := nearest(leaf, l.tokens); g != nil {
		return g
	}
	if len(leaf) >= maxLeaf || len(l.order) >= maxGroups {
		return nil
	}
	g := &group{variants: make([]*Template, 0, 1)}
	l.order = append(l.order, g)
	if crowded {
		s.others = append(leaf, g)
	} else {
		s.byWord[strings.Clone(first)] = append(leaf, g)
	}
	return g
}

// appendShape appends what lines of one shape have in common: their marks,
// and where white space and words stand.
func appendShape(key []byte, tokens []token) []byte {
	for _, t := range tokens {
		if t.gap != closed {
			key = append(key, ' ')
		}
		switch t.kind {
		case mark:
			key = append(key, t.text...)
		case quoted, rest:
			key = append(key, kinds[t.kind].group[0])
		default:
			key = append(key, 'w')
		}
	}
	return key
}

func firstWord(tokens []token) string {
	for _, t := range tokens {
		if t.kind == word {
			return t.text
		}
	}
	return ""
}

// nearest returns the group that shares most words with the tokens, at least
// three fifths of theirs; nil if there is none.
func nearest(groups []*group, tokens []token) *group {
	var best *group
	most := -1
	for _, g := range groups {
		shared, words := g.all.shares(tokens)
		if 5*shared >= 3*words && shared > most {
			best, most = g, shared
		}
	}
	return best
}

// variant returns the template of lines with the very words of these tokens;
// nil if the group has too many of them, or values stand where words do.
func (g *group) variant(o observed, tokens []token) *Template {
	if g.variants == nil || g.all.mixes(tokens) {
		g.variants = nil
		return nil
	}
	for _, v := range g.variants {
		if shared, words := v.shares(tokens); shared == words && v.words == words {
			return v
		}
	}
	if len(g.variants) == maxVariants {
		g.variants = nil
		return nil
	}
	v := newTemplate(o, tokens)
	g.variants = append(g.variants, v)
	return v
}

// often is how many lines the variants of a group must have on average to be
// told apart.
const often = 4

// Templates returns what was learnt, in the order in which it first came.
func (l *Learner) Templates() []*Template {
	var all []*Template
	for _, g := range l.order {
		if n := len(g.variants); n > 1 && g.all.Count >= often*n {
			all = append(all, g.variants...)
		} else {
			all = append(all, g.all)
		}
	}
	return all
}
