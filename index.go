package logs

import "strings"

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
	byKey   map[string][]*live
	lengths map[int]int // how many rules have a key of that length
	longest int         // at least the longest key's length
}

func (x *index) add(n *live, key string) {
	n.key = key
	x.byKey[key] = append(x.byKey[key], n)
	x.lengths[len(key)]++
	x.longest = max(x.longest, len(key))
}

func (x *index) remove(n *live) {
	key := n.key
	same := x.byKey[key]
	for i := range same {
		if same[i] == n {
			same[i] = same[len(same)-1]
			same = same[:len(same)-1]
			break
		}
	}
	if len(same) > 0 {
		x.byKey[key] = same
	} else {
		delete(x.byKey, key)
	}
	if x.lengths[len(key)]--; x.lengths[len(key)] == 0 {
		delete(x.lengths, len(key))
	}
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
		for _, r := range x.byKey[rest[:n]] {
			if r.rank > rank {
				found = append(found, r)
			}
		}
	}
	if after == "" || len(x.lengths) <= 4 {
		for n := range x.lengths {
			if n <= len(rest) && strings.HasPrefix(rest[n:], after) {
				try(n)
			}
		}
		return found, budget - 16*len(x.lengths)
	}
	for end := 0; end <= x.longest && budget >= 0; end++ {
		next := strings.Index(rest[end:], after)
		if next < 0 || end+next > x.longest {
			break
		}
		end += next
		try(end)
	}
	return found, budget
}

// all appends all rules of a rank above the given one.
func (x *index) all(found []*live, rank uint64) []*live {
	for _, same := range x.byKey {
		for _, r := range same {
			if r.rank > rank {
				found = append(found, r)
			}
		}
	}
	return found
}
