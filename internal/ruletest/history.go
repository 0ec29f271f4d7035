package ruletest

import (
	"slices"

	"github.com/logs-rdl/logs"
)

// histories remember what was added to contexts, and matched in sequences, by
// Step.Of, and with how many lines behind. Of each the last additions are
// kept, as many as the context holds; of too many, the oldest contexts are
// forgotten.
type histories struct {
	byOf  map[any]*history
	order []any // of byOf, the oldest first, with some that are gone
	kept  int   // additions in all
}

// A history is what was added to one context. Of a distinct one only the last
// addition of an item counts; earlier ones are let go from time to time.
type history struct {
	distinct bool
	adds     []addition
}

// An addition is an item, as text, and the lines behind it.
type addition struct {
	item   string
	behind []*origin
}

// add remembers an addition.
func (h *histories) add(s *logs.Step, behind []*origin) {
	one := h.byOf[s.Of]
	if one == nil {
		if h.byOf == nil {
			h.byOf = map[any]*history{}
		}
		one = &history{distinct: s.Store != nil && s.Store.Distinct}
		h.byOf[s.Of] = one
		h.order = append(h.order, s.Of)
	}
	item := ""
	if one.distinct {
		item = s.Text(s.Item)
	}
	one.adds = append(one.adds, addition{item, behind})
	h.kept++
	if len(one.adds) > 2*s.Count+64 {
		h.kept -= one.compact(s.Count)
	}
	for h.kept > maxAdds {
		h.forgetFirst()
	}
	if len(h.order) > 2*len(h.byOf)+64 {
		h.order = slices.DeleteFunc(h.order, func(of any) bool { return h.byOf[of] == nil })
	}
}

// forgetFirst forgets the oldest context that is remembered.
func (h *histories) forgetFirst() {
	h.forget(h.order[0])
	h.order = h.order[1:]
}

// forget forgets what was added to a context that is no more.
func (h *histories) forget(of any) {
	if one := h.byOf[of]; one != nil {
		h.kept -= len(one.adds)
		delete(h.byOf, of)
	}
}

// of returns what lies behind the items that a context holds, or behind the
// matches of a sequence.
func (h *histories) of(s *logs.Step) []*origin {
	one := h.byOf[s.Of]
	if one == nil {
		return nil
	}
	count := s.Count
	if s.Store == nil {
		count = len(one.adds)
	}
	var all []*origin
	for _, a := range one.last(min(count, maxBehind)) {
		all = append(all, a.behind...)
	}
	return ordered(all)
}

// last returns the last n additions that count, the latest first.
func (h *history) last(n int) []addition {
	var last []addition
	seen := map[string]bool{}
	for i := len(h.adds) - 1; i >= 0 && len(last) < n; i-- {
		a := h.adds[i]
		if h.distinct && seen[a.item] {
			continue
		}
		seen[a.item] = true
		last = append(last, a)
	}
	return last
}

// compact keeps the last n additions that count, and returns how many it let
// go.
func (h *history) compact(n int) int {
	before := len(h.adds)
	h.adds = h.last(n)
	slices.Reverse(h.adds)
	return before - len(h.adds)
}
