package match

import (
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// A hole's value is put into the expression quoted, as a group of its own, so that
// `{a}+` repeats the whole value. Three cases:
//
//	the pattern is a skeleton      the value is one more literal: nothing is compiled
//	the value is plain UTF-8       regexp.QuoteMeta
//	it holds bad bytes or U+FFFD   expression and line are both written in another
//	                               alphabet, where bad bytes differ: exact.go
//
// Before anything is compiled, the values that every match holds are looked for in the line.

// outline returns the pattern with every hole replaced by a group of the same length, so
// that package syntax can read it and offsets stay.
func (s *scanned) outline() string {
	if len(s.holes) == 0 {
		return s.src
	}
	out := []byte(s.src)
	for _, t := range s.tokens {
		if t.kind == hole {
			copy(out[t.off:], "("+strings.Repeat(".", len(t.text)-2)+")")
		}
	}
	return string(out)
}

// An outliner tells what the groups of an outline are in the pattern.
type outliner struct {
	roles []role // by number of the outline's group; 0 is the whole
}

type role struct {
	group  int  // number of the pattern's group; 0: it is a hole
	hole   int  // number of the hole
	folded bool // the hole's value is matched without regard to case
}

func newOutliner(s *scanned) outliner {
	roles, groups, holes := make([]role, 1), 0, 0
	for i := range s.tokens {
		switch t := &s.tokens[i]; {
		case t.captures():
			groups++
			roles = append(roles, role{group: groups})
		case t.kind == hole:
			roles = append(roles, role{hole: holes, folded: t.flags&fold != 0})
			holes++
		}
	}
	return outliner{roles}
}

// isHole reports whether re, a group of the outline, stands for a hole.
func (o outliner) isHole(re *syntax.Regexp) bool { return o.roles[re.Cap].group == 0 }

type needs struct {
	required []int // holes whose values occur in every match
	copies   int   // how often a compiled expression holds a value at most
}

// needs works out what the tree of the outline says about the holes.
func (o outliner) needs(tree *syntax.Regexp) needs {
	var n needs
	var walk func(re *syntax.Regexp, sure bool, copies int)
	walk = func(re *syntax.Regexp, sure bool, copies int) {
		switch re.Op {
		case syntax.OpCapture:
			if o.isHole(re) {
				hole := o.roles[re.Cap]
				if sure && !hole.folded {
					n.required = append(n.required, hole.hole)
				}
				n.copies = max(n.copies, copies)
				return
			}
		case syntax.OpStar, syntax.OpQuest, syntax.OpAlternate:
			sure = false
		case syntax.OpRepeat:
			sure = sure && re.Min > 0
			copies *= max(re.Min, re.Max, 1)
		}
		for _, sub := range re.Sub {
			walk(sub, sure, copies)
		}
	}
	walk(tree, true, 1)
	return n
}

const (
	maxFilled = 8 << 10  // bytes of values in one compiled expression, copies counted
	maxCached = 256      // filled expressions kept by a pattern
	maxKeys   = 64 << 10 // bytes of values of those kept
)

// A filler compiles the pattern for the values of its holes and keeps the latest results.
type filler struct {
	of *scanned
	needs
	build func(s *scanned, values []string) (engine, error)

	mu    sync.Mutex
	cache map[string]engine
	size  int // bytes of the keys in cache
}

func newFiller(of *scanned, needs needs, build func(s *scanned, values []string) (engine, error)) *filler {
	return &filler{of: of, needs: needs, build: build, cache: make(map[string]engine)}
}

// possible is false if line lacks a value that every match holds.
func (f *filler) possible(line string, values []string) bool {
	for _, hole := range f.required {
		if !strings.Contains(line, values[hole]) {
			return false
		}
	}
	return true
}

// engine returns the engine for values; nil if they are too long.
func (f *filler) engine(values []string) engine {
	key := joined(values)
	f.mu.Lock()
	defer f.mu.Unlock()
	if e, ok := f.cache[key]; ok {
		return e
	}
	if len(key)*f.copies > maxFilled {
		return nil
	}
	e, err := f.build(f.of, values)
	if err != nil { // only size can be wrong with a quoted value
		return nil
	}
	if len(f.cache) >= maxCached || f.size+len(key) > maxKeys {
		clear(f.cache)
		f.size = 0
	}
	f.cache[key] = e
	f.size += len(key)
	return e
}

// joined writes values as one string, different for different values.
func joined(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	var b []byte
	for _, v := range values {
		b = strconv.AppendInt(b, int64(len(v)), 10)
		b = append(b, ':')
		b = append(b, v...)
	}
	return string(b)
}

// fillRegexp compiles the pattern, which package regexp knows, with values in its holes.
func fillRegexp(s *scanned, values []string) (engine, error) {
	for _, v := range values {
		if !isPlain(v) {
			return newExact(s, values)
		}
	}
	var b strings.Builder
	from, next := 0, 0
	for _, t := range s.tokens {
		if t.kind != hole {
			continue
		}
		b.WriteString(s.src[from:t.off])
		b.WriteString("(?:" + regexp.QuoteMeta(values[next]) + ")")
		from = t.off + len(t.text)
		next++
	}
	b.WriteString(s.src[from:])
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, err
	}
	return plain{re}, nil
}

// isPlain reports whether package regexp takes value for what it is: U+FFFD in an
// expression stands for any bad byte.
func isPlain(value string) bool {
	return utf8.ValidString(value) && !strings.ContainsRune(value, utf8.RuneError)
}
