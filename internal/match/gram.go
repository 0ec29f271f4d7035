package match

import (
	"math/bits"
	"strings"
)

// A gramFilter finds which of many literals stand in a line. Set explains how.
type gramFilter struct {
	bitmap  []uint64 // by the hash's upper bits: some window holds such a gram
	shift   int      // of a hash, to its word of the bitmap
	head    []int32  // by the hash's upper bits: the first entry, 0 for none
	heads   int      // of a hash, to its head
	entries []entry  // the first is not used
	targets []target
	plan
	mask  uint64 // of a gram
	limit int    // of what a line full of literals may gather before it is tidied
}

// An entry is a gram in the window of a literal. It holds not that gram but the literal's word,
// which tells most literals with that gram from each other.
type entry struct {
	word   uint32
	at     int32 // of the word, from the gram on
	target int32
	next   int32 // the next entry with the same head, 0 for none
}

// The bitmap has at least 12 bits for each entry, so that few positions pass that should not.
// The smallest, 8 KiB, fits the first cache; the largest, 512 KiB, most second ones.
const (
	minBits = 16
	maxBits = 22
)

// minLimit spares lines that hold some literals again and again the tidying.
const minLimit = 4096

// newGramFilter takes literals, the shortest first.
func newGramFilter(targets []target) *gramFilter {
	w := newWeigher()
	f := &gramFilter{plan: newPlan(targets, w), targets: targets, limit: minLimit}
	count := len(targets) * f.stride
	f.mask = mask(f.width)
	f.shift = 64 + 6 - f.bits(len(targets))
	f.bitmap = make([]uint64, 1<<(64-f.shift))
	f.heads = 64 - bits.Len(uint(count))
	f.head = make([]int32, 1<<(64-f.heads))
	f.entries = make([]entry, 1, 1+count)
	w.learn(targets, len(targets), f.width)
	for i := range targets {
		t := &targets[i]
		w.weigh(t.text)
		t.word = w.window(1)
		f.insert(int32(i), w.window(f.stride))
		f.limit += 2 * len(t.patterns)
	}
	return f
}

// insert takes the grams of a literal's window.
func (f *gramFilter) insert(target int32, from int) {
	t := &f.targets[target]
	word := f.wordAt(t.text, t.word)
	for at := from; at < from+f.stride; at++ {
		h := hash(load(t.text, at) & f.mask)
		f.bitmap[h>>f.shift] = marked(f.bitmap[h>>f.shift], h)
		head := &f.head[h>>f.heads]
		f.entries = append(f.entries, entry{word: word, at: int32(t.word - at), target: target, next: *head})
		*head = int32(len(f.entries) - 1)
	}
}

// load reads the 8 bytes from s[i] on, as if zeros followed the text.
func load(s string, i int) uint64 {
	if i+8 <= len(s) {
		return load8(s, i)
	}
	var bytes uint64
	for j := len(s) - 1; j >= i; j-- {
		bytes = bytes<<8 | uint64(s[j])
	}
	return bytes
}

// load8 reads 8 bytes that are there.
func load8(s string, i int) uint64 {
	s = s[i : i+8] // one check of the bounds, one load
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// mask cuts a gram of so many bytes out of 8.
func mask(width int) uint64 { return ^uint64(0) >> (64 - 8*width) }

// hash spreads a gram over 64 bits, of which the upper ones are the best.
func hash(gram uint64) uint64 { return gram * 0x9E3779B97F4A7C15 }

// marked sets the two bits of a hash in its word of the bitmap.
func marked(word, h uint64) uint64 { return word | 1<<(h>>36%64) | 1<<(h>>42%64) }

// next returns the first place from i on, a stride from one to the next, with a gram that may
// be one of a literal, and its hash; the text's length or more if there is none.
func (f *gramFilter) next(text string, i int) (int, uint64) {
	bitmap, mask, stride, shift := f.bitmap, f.mask, f.stride, f.shift&63
	for ; i+8 <= len(text); i += stride {
		h := hash(load8(text, i) & mask)
		if word := bitmap[h>>shift]; marked(word, h) == word {
			return i, h
		}
	}
	return f.last(text, i)
}

// last is next for the end of the text.
func (f *gramFilter) last(text string, i int) (int, uint64) {
	for ; i+f.width <= len(text); i += f.stride {
		h := hash(load(text, i) & f.mask)
		if word := f.bitmap[h>>f.shift]; marked(word, h) == word {
			return i, h
		}
	}
	return len(text), 0
}

// scan appends the patterns whose literals stand in line, some more than once.
func (f *gramFilter) scan(dst []int, line string) []int {
	for i, h := f.next(line, 0); i < len(line); i, h = f.next(line, i+f.stride) {
		for n := f.head[h>>f.heads]; n != 0; n = f.entries[n].next {
			if t := f.confirm(line, i, &f.entries[n]); t != nil {
				dst = append(dst, t.patterns...)
			}
		}
		if len(dst) > f.limit {
			dst = tidy(dst)
		}
	}
	return dst
}

// any tells whether a literal stands in line.
func (f *gramFilter) any(line string) bool { return f.find(line) >= 0 }

// find returns a place in the first line of a text in which a literal stands; -1 if there is
// none. Grams are seen in order, and a literal has no newline in it: so no literal that is seen
// later stands in an earlier line.
func (f *gramFilter) find(text string) int {
	for i, h := f.next(text, 0); i < len(text); i, h = f.next(text, i+f.stride) {
		for n := f.head[h>>f.heads]; n != 0; n = f.entries[n].next {
			if f.confirm(text, i, &f.entries[n]) != nil {
				return i
			}
		}
	}
	return -1
}

// wordAt reads the word at s[i], of 4 bytes or the width.
func (f *gramFilter) wordAt(s string, i int) uint32 { return uint32(load(s, i) & f.mask) }

// confirm returns the literal that has an entry's gram, if it stands around the one at text[i].
func (f *gramFilter) confirm(text string, i int, e *entry) *target {
	at := i + int(e.at)
	if uint(at) >= uint(len(text)) || f.wordAt(text, at) != e.word {
		return nil
	}
	t := &f.targets[e.target]
	start := at - t.word
	if start < 0 || !strings.HasPrefix(text[start:], t.text) {
		return nil
	}
	return t
}
