package match

import (
	"math"
	"math/bits"
	"strings"
)

// A gramFilter finds which of many literals stand in a line. Set explains how.
type gramFilter struct {
	bitmap  []uint64 // by the hash's upper bits, all but shift: some window holds such a gram
	shift   int
	head    []int32 // by the hash's upper 16 bits: the first entry, 0 for none
	entries []entry // the first is not used
	targets []target
	width   int // of a gram in bytes, 2 or 4
	stride  int // grams in each window: at least 1
	limit   int // of what a line full of literals may gather before it is tidied
}

// An entry is a gram in the window of a literal.
type entry struct {
	gram   uint32
	target int32
	offset int32 // of the gram in the literal
	next   int32 // the next entry of the same hash, 0 for none
}

// The bitmap has at least 8 bits for each entry, so that few positions pass that should not.
// The smallest, 8 KiB, fits the first cache.
const (
	minBits = 16
	maxBits = 22
)

// minLimit spares lines that hold some literals again and again the tidying.
const minLimit = 4096

// maxStride bounds the window: longer ones spare little and fill the bitmap.
const maxStride = 16

// newGramFilter takes literals of at least width bytes.
func newGramFilter(targets []target, width int) *gramFilter {
	f := &gramFilter{head: make([]int32, 1<<16), targets: targets, width: width, stride: maxStride}
	for _, t := range targets {
		f.stride = min(f.stride, len(t.text)-width+1)
	}
	f.shift = 32 - min(max(minBits, bits.Len(uint(8*len(targets)*f.stride-1))), maxBits)
	f.bitmap = make([]uint64, 1<<(32-f.shift)/64)
	f.entries = make([]entry, 1, 1+len(targets)*f.stride)
	for _, t := range targets {
		f.limit += 2 * len(t.patterns)
	}
	f.limit += minLimit
	shared := f.shares()
	for i := range targets {
		from := f.window(targets[i].text, shared)
		for offset := from; offset < from+f.stride; offset++ {
			f.insert(int32(i), offset)
		}
	}
	return f
}

// gramAt reads the gram of 2 or 4 bytes at s[i].
func gramAt(s string, i, width int) uint32 {
	if width == 2 {
		s = s[i : i+2] // one check of the bounds, one load
		return uint32(s[0]) | uint32(s[1])<<8
	}
	s = s[i : i+4]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

func hash(gram uint32) uint32 { return gram * 0x9E3779B1 }

// marks returns the two bits of a hash in its word of the bitmap: one is of the upper bits,
// which choose the word too, the other of those that no bitmap is large enough to use.
func marks(h uint32, shift int) uint64 { return 1<<(h>>(shift&31)%64) | 1<<(h>>4%64) }

func (f *gramFilter) insert(target int32, offset int) {
	gram := gramAt(f.targets[target].text, offset, f.width)
	h := hash(gram)
	f.bitmap[h>>f.shift/64] |= marks(h, f.shift)
	f.entries = append(f.entries, entry{gram: gram, target: target, offset: int32(offset), next: f.head[h>>16]})
	f.head[h>>16] = int32(len(f.entries) - 1)
}

// maxWindows is how many windows of a literal are weighed.
const maxWindows = 64

// grams returns the number of grams of lit that a window may hold.
func (f *gramFilter) grams(lit string) int { return min(len(lit)-f.width+1, maxWindows+f.stride-1) }

// shares counts how often each gram stands in the literals, grams of one hash together: it
// only has to order them well.
func (f *gramFilter) shares() []int32 {
	shared := make([]int32, 1<<16)
	for _, t := range f.targets {
		for i := range f.grams(t.text) {
			shared[hash(gramAt(t.text, i, f.width))>>16]++
		}
	}
	return shared
}

// window returns where the cheapest window of lit starts: the one whose grams are expected
// least often in a line, and then lead to the fewest literals.
func (f *gramFilter) window(lit string, shared []int32) int {
	var costs [maxStride]float64 // of the grams of the window at hand, in a ring
	best, least := 0, math.Inf(1)
	for i := range f.grams(lit) {
		costs[i%f.stride] = f.cost(lit[i:i+f.width], shared)
		if i+1 < f.stride {
			continue
		}
		sum := 0.0
		for _, c := range costs[:f.stride] {
			sum += c
		}
		if sum < least {
			best, least = i+1-f.stride, sum
		}
	}
	return best
}

// cost is about how often a gram leads to a literal, in any unit.
func (f *gramFilter) cost(gram string, shared []int32) float64 {
	cost := float64(shared[hash(gramAt(gram, 0, f.width))>>16])
	for i := range len(gram) {
		cost *= frequency(gram[i])
	}
	return cost
}

// next returns the first place from i on, a stride from one to the next, with a gram that may
// be one of a literal; the text's length or more if there is none.
func (f *gramFilter) next(text string, i int) int {
	bitmap, width, stride, shift := f.bitmap, f.width, f.stride, f.shift&31
	for ; i+width <= len(text); i += stride {
		h := hash(gramAt(text, i, width))
		if b := marks(h, shift); bitmap[h>>shift/64]&b == b {
			return i
		}
	}
	return len(text)
}

// scan appends the patterns whose literals stand in line, some more than once.
func (f *gramFilter) scan(dst []int, line string) []int {
	for i := f.next(line, 0); i < len(line); i = f.next(line, i+f.stride) {
		dst = f.confirm(dst, line, i)
		if len(dst) > f.limit {
			dst = tidy(dst)
		}
	}
	return dst
}

// confirm compares the literals that have the gram at line[i] in their window.
func (f *gramFilter) confirm(dst []int, line string, i int) []int {
	gram := gramAt(line, i, f.width)
	for next := f.head[hash(gram)>>16]; next != 0; {
		e := &f.entries[next]
		next = e.next
		start := i - int(e.offset)
		if e.gram != gram || start < 0 {
			continue
		}
		if t := &f.targets[e.target]; strings.HasPrefix(line[start:], t.text) {
			dst = append(dst, t.patterns...)
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
	for i := f.next(text, 0); i < len(text); i = f.next(text, i+f.stride) {
		if f.confirmed(text, i) {
			return i
		}
	}
	return -1
}

// confirmed tells whether a literal that has the gram at line[i] in its window stands there.
func (f *gramFilter) confirmed(line string, i int) bool {
	gram := gramAt(line, i, f.width)
	for next := f.head[hash(gram)>>16]; next != 0; {
		e := &f.entries[next]
		next = e.next
		start := i - int(e.offset)
		if e.gram == gram && start >= 0 && strings.HasPrefix(line[start:], f.targets[e.target].text) {
			return true
		}
	}
	return false
}
