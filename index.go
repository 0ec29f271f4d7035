package logs

import (
	"hash/maphash"
	"slices"
	"strings"
)

// An Index says how a rule that is made at run time is found among thousands
// of its kind: by a variable whose text stands, in every line that the rule
// matches, between two literals.
//
//	"nfs server {server} OK"    Before "nfs server ", After " OK"
//
//	line   kernel: nfs server alpha OK
//	                          └ look up "alpha" ┘
//
// So a line costs the same however many such rules live.
type Index struct {
	Before, After string // Before is not empty
	Var           int    // the variable; nothing may set it
}

// An index is the live rules of one description in one ruleset.
type index struct {
	of      *Rule
	gate    int
	seed    maphash.Seed
	byHash  map[uint64]*live // of the key: the last that came, which knows the others of that hash
	lengths []keyLength      // of the keys, the shortest first
}

// A keyLength says how many rules have a key of a length.
type keyLength struct{ bytes, rules int }

func newIndex(of *Rule, gate int) *index {
	return &index{of: of, gate: gate, seed: maphash.MakeSeed(), byHash: map[uint64]*live{}}
}

// hash is what rules are found by. Keys as keys of the map would have to be fetched
// from all over the memory whenever it grows, and most that are looked up are not
// there.
func (x *index) hash(key string) uint64 { return maphash.String(x.seed, key) }

func (x *index) add(n *live, key string) {
	h := x.hash(key)
	n.key, n.same = key, x.byHash[h]
	x.byHash[h] = n
	i, known := x.length(key)
	if !known {
		x.lengths = slices.Insert(x.lengths, i, keyLength{bytes: len(key)})
	}
	x.lengths[i].rules++
}

func (x *index) remove(n *live) {
	h := x.hash(n.key)
	if last := x.byHash[h]; last != n {
		for last.same != n {
			last = last.same
		}
		last.same = n.same
	} else if n.same != nil {
		x.byHash[h] = n.same
	} else {
		delete(x.byHash, h)
	}
	i, _ := x.length(n.key)
	if x.lengths[i].rules--; x.lengths[i].rules == 0 {
		x.lengths = slices.Delete(x.lengths, i, i+1)
	}
}

// length finds where in lengths that of a key stands, or should.
func (x *index) length(key string) (int, bool) {
	return slices.BinarySearchFunc(x.lengths, len(key), func(l keyLength, n int) int { return l.bytes - n })
}

// longest is the length of the longest key; -1 if there is none.
func (x *index) longest() int {
	if n := len(x.lengths); n > 0 {
		return x.lengths[n-1].bytes
	}
	return -1
}

// lookupBudget bounds the bytes that one line may cost in look-ups, beside a
// few times its length; a line that costs more is tried with all rules.
const lookupBudget = 64 << 10

// lookup appends the rules of a rank above the given one that a line may
// concern, some perhaps more than once.
func (x *index) lookup(found []*live, line string, rank uint64) []*live {
	spec := x.of.Index
	budget := lookupBudget + 8*len(line)
	had := len(found)
	for at := strings.Index(line, spec.Before); at >= 0; {
		rest := line[at+len(spec.Before):]
		if found, budget = x.lookupAt(found, rest, rank, budget); budget < 0 {
			return x.all(found[:had], rank)
		}
		next := strings.Index(line[at+1:], spec.Before)
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return found
}

// lookupAt looks up the keys that rest may begin with.
func (x *index) lookupAt(found []*live, rest string, rank uint64, budget int) ([]*live, int) {
	after := x.of.Index.After
	try := func(n int) {
		budget -= n + 16
		for r := x.byHash[x.hash(rest[:n])]; r != nil; r = r.same {
			if r.rank > rank && r.key == rest[:n] {
				found = append(found, r)
			}
		}
	}
	if after == "" || len(x.lengths) <= 4 {
		for _, l := range x.lengths {
			if l.bytes <= len(rest) && strings.HasPrefix(rest[l.bytes:], after) {
				try(l.bytes)
			}
		}
		return found, budget - 16*len(x.lengths)
	}
	longest := x.longest()
	for end := 0; end <= longest && budget >= 0; end++ {
		next := strings.Index(rest[end:], after)
		if next < 0 || end+next > longest {
			break
		}
		end += next
		try(end)
	}
	return found, budget
}

// all appends all rules of a rank above the given one.
func (x *index) all(found []*live, rank uint64) []*live {
	for _, last := range x.byHash {
		for r := last; r != nil; r = r.same {
			if r.rank > rank {
				found = append(found, r)
			}
		}
	}
	return found
}
