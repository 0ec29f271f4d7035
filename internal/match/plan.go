package match

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// How the literals of a set are looked for, in the order of their lengths:
//
//	:~  quota  ~id | zulu17  link down  disk full | service xvlbzgba failed with code ...
//	   directly    |    grams of 4, stride 3      |        grams of 8, stride 14
//
// A filter's stride is bounded by its shortest literal, and each filter takes a pass of its own
// over a line; so they are cut where what all take together is the least. Wide grams are rare in
// logs and tell literals apart; narrow ones leave room for a longer stride. A longer stride saves
// probes, until the windows take in what many literals share and what many lines hold.
//
// All of this is guessed from the literals alone. No result depends on it.

// What is done to a line, in nanoseconds. Only the proportions count.
const (
	costProbe = 1.5   // to look at a gram
	costFar   = 0.5   // more if the bitmap does not fit the first cache
	costPass  = 25    // to follow a gram that the bitmap lets pass
	costStep  = 2     // to compare a literal that has it
	costByte  = 0.025 // to look for a literal directly, at each byte,
	costFind  = 25    // and where its rarest bytes stand
)

// What is taken for granted of lines.
const (
	usualByte = 0.05 // how often a byte of a literal stands at a place, if those before it do
	usualGram = 5e-3 // how often a gram that all literals share stands at a place: in every other line
	likeWords = 0.9  // the power by which bytes stand side by side more often than each by itself
)

const (
	maxWidth  = 8
	maxStride = 16 // longer ones spare little and fill the bitmap
	maxDirect = 8  // literals of a part that are looked for directly
	maxSample = 32 // literals by which a plan is chosen
	maxGrams  = 80 // of a literal that are weighed
	maxShared = 17 // bits of a hash that tell them apart
)

// A plan is how the literals of a filter are cut into grams.
type plan struct {
	width  int // of a gram in bytes
	stride int // grams in each window
}

// bits returns the size of a bitmap for so many literals, as a power of two.
func (p plan) bits(literals int) int {
	return min(max(minBits, bits.Len(uint(12*literals*p.stride-1))), maxBits)
}

// cost returns what a byte of a line takes, if so much is spent at a place on literals that
// stand there or seem to.
func (p plan) cost(literals int, spent float64) float64 {
	size := p.bits(literals)
	density := min(1, 2*float64(literals*p.stride)/float64(int(1)<<size))
	cost := costProbe + costPass*density*density + spent
	if size > 18 {
		cost += costFar
	}
	return cost / float64(p.stride)
}

// span is the length of a literal, as far as it counts.
func (t *target) span() int { return min(len(t.text), maxWidth+maxStride-1) }

// A part is literals of similar lengths.
type part struct {
	from, to int     // in the order of lengths
	direct   bool    // they are looked for one by one
	before   int     // the part before it ends with which length
	cost     float64 // of this one and all before
}

// divide puts literals in the order of lengths, and divides them into parts.
func divide(targets []target) []part {
	slices.SortStableFunc(targets, func(a, b target) int { return cmp.Compare(a.span(), b.span()) })
	best := []part{{}} // the last part, if they end with the first lengths
	for i := range targets {
		if i+1 < len(targets) && targets[i+1].span() == targets[i].span() {
			continue
		}
		last := part{cost: math.Inf(1)}
		for before, b := range best {
			p := newPart(targets, b.to, i+1)
			if p.cost += b.cost; p.cost < last.cost {
				p.before = before
				last = p
			}
		}
		best = append(best, last)
	}
	var parts []part
	for i := len(best) - 1; i > 0; i = best[i].before {
		parts = append(parts, best[i])
	}
	return parts
}

// newPart guesses what some literals cost together.
func newPart(targets []target, from, to int) part {
	p := part{from: from, to: to, cost: math.Inf(1)}
	usual := float64(costPass + costStep)
	for width, shortest := 1, targets[from].span(); width <= min(shortest, maxWidth); width++ {
		usual *= usualByte
		f := plan{width: width, stride: min(shortest-width+1, maxStride)}
		p.cost = min(p.cost, f.cost(to-from, usual*float64((to-from)*f.stride)))
	}
	if to-from > maxDirect {
		return p
	}
	direct := 0.0
	for _, t := range targets[from:to] {
		pair := newNeedle(t.text).pair
		direct += costByte + costFind*frequency(pair.first)*frequency(pair.second)/1e6
	}
	if direct <= p.cost {
		p.direct, p.cost = true, direct
	}
	return p
}

// newPlan chooses how literals, of which the first is the shortest, are cut into grams.
func newPlan(targets []target, w *weigher) plan {
	sample := targets
	if len(targets) > maxSample {
		sample = make([]target, maxSample)
		for i := range sample {
			sample[i] = targets[i*len(targets)/maxSample]
		}
	}
	var best plan
	least, span := math.Inf(1), targets[0].span()
	for width := 1; width <= min(span, maxWidth); width++ {
		w.learn(sample, len(targets), width)
		spent := w.spent(min(span-width+1, maxStride))
		for stride := 1; stride < len(spent); stride++ {
			p := plan{width, stride}
			if cost := p.cost(len(targets), spent[stride]); cost < least {
				best, least = p, cost
			}
		}
	}
	return best
}

// A weigher tells which windows of literals are cheap.
type weigher struct {
	odds   [256]float64 // of a byte to stand at a place, as part of a gram
	over   [256]float64 // 1 by that
	width  int
	sample []target
	scale  float64 // literals for each of the sample
	usual  float64 // how often a gram that two literals share stands at a place
	shared []int32 // by the upper bits of the hash: how many literals have a gram
	shift  int
	sums   []weight // of the grams before each one of a literal
}

// A weight is what a gram takes at each place of a line.
type weight struct {
	cost float64 // for each of the literals that share it
	vain float64 // for all, for each of them: a window had better hold what few share
}

func newWeigher() *weigher {
	w := &weigher{}
	for b := range w.odds {
		w.odds[b] = math.Pow(frequency(byte(b))/1000, likeWords)
		w.over[b] = 1 / w.odds[b]
	}
	return w
}

// learn counts the grams in a sample of so many literals.
func (w *weigher) learn(sample []target, literals, width int) {
	w.sample, w.width = sample, width
	w.scale, w.usual = float64(literals)/float64(len(sample)), usualGram/float64(literals)
	count := 0
	for _, t := range sample {
		count += w.grams(t.text)
	}
	size := min(4+bits.Len(uint(count)), maxShared)
	w.shift = 64 - size
	w.shared = slices.Grow(w.shared[:0], 1<<size)[:1<<size]
	clear(w.shared)
	for mask, i := mask(width), 0; i < len(sample); i++ {
		lit := sample[i].text
		for at := range w.grams(lit) {
			w.shared[hash(load(lit, at)&mask)>>w.shift]++
		}
	}
}

// grams returns how many grams of a literal are weighed.
func (w *weigher) grams(lit string) int { return min(len(lit)-w.width+1, maxGrams) }

// weigh sums up the weights of a literal's grams.
func (w *weigher) weigh(lit string) {
	sum, chance, mask := weight{}, 1.0, mask(w.width)
	for i := range w.width - 1 {
		chance *= w.odds[lit[i]]
	}
	w.sums = append(w.sums[:0], sum)
	for i := range w.grams(lit) {
		chance *= w.odds[lit[i+w.width-1]]
		others := float64(w.shared[hash(load(lit, i)&mask)>>w.shift]-1) * w.scale
		cost := (chance + w.usual*others) * (costPass/(1+others) + costStep)
		sum.cost += cost
		sum.vain += cost * (1 + others)
		w.sums = append(w.sums, sum)
		chance *= w.over[lit[i]]
	}
}

// window returns where the best window of the literal that was weighed begins.
func (w *weigher) window(stride int) int {
	best, least := 0, math.Inf(1)
	for i := range len(w.sums) - stride {
		if vain := w.sums[i+stride].vain - w.sums[i].vain; vain < least {
			best, least = i, vain
		}
	}
	return best
}

// spent returns, for each stride up to one, what is spent at each place of a line on literals
// that stand there or seem to.
func (w *weigher) spent(most int) []float64 {
	spent := make([]float64, most+1)
	for _, t := range w.sample {
		w.weigh(t.text)
		for stride := 1; stride <= most; stride++ {
			from := w.window(stride)
			spent[stride] += (w.sums[from+stride].cost - w.sums[from].cost) * w.scale
		}
	}
	return spent
}
