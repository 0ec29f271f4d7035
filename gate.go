package logs

import "github.com/logs-rdl/logs/internal/match"

// Which members can match a line at all. A gate is literals of which a line
// must hold one for a member to match it; members without one are open. One
// filter asks the gates of all members of a program about a line, in one
// pass; it says "no" or "maybe".
//
//	"Invalid user (.*)"            gate "Invalid user "
//	"a(b)" and function f          gate "ab"
//	"one" or "two"                 gate "one", "two"
//	function f; not "x"; "[0-9]+"  open
//	event e                        shut: no line matches it
//	ruleset                        that of its guard, or those of its members

// A gate is what is known of a match before it is asked.
type gate struct {
	literals []string // one of these is in every line that matches; nil: open
	shut     bool     // no line matches
	events   bool     // an event may match, which has no line
}

// maxGate is how many literals a gate has at the most.
const maxGate = 64

// gateOf finds the gate of a match; nil never holds.
func gateOf(m Match) gate {
	switch m := m.(type) {
	case nil:
		return gate{shut: true}
	case *eventMatch:
		return gate{shut: true, events: true}
	case *Pattern:
		return gate{literals: m.re.Literals()}
	case conjunction:
		return gateOf(m.x).and(gateOf(m.y))
	case *disjunction:
		return gateOf(m.x).or(gateOf(m.y))
	}
	return gate{events: true}
}

// and is the gate of two that must both let a line through: the narrower one.
func (g gate) and(h gate) gate {
	narrow := h
	if !h.shut && g.literals != nil && (h.literals == nil || match.Rarer(g.literals, h.literals)) {
		narrow = g
	}
	narrow.shut, narrow.events = g.shut || h.shut, g.events && h.events
	return narrow
}

// or is the gate of two of which one must let a line through.
func (g gate) or(h gate) gate {
	both := gate{events: g.events || h.events}
	switch {
	case g.shut:
		both.literals, both.shut = h.literals, h.shut
	case h.shut:
		both.literals = g.literals
	case g.literals != nil && h.literals != nil && len(g.literals)+len(h.literals) <= maxGate:
		both.literals = append(g.literals[:len(g.literals):len(g.literals)], h.literals...)
	}
	return both
}

// gateOfMember finds the gate of a member of a ruleset.
func gateOfMember(m Member) gate {
	switch m := m.(type) {
	case *Rule:
		return gateOf(m.Match)
	case *Ruleset:
		return gateOfSet(m)
	case *Sequence:
		g := gate{shut: true}
		for _, s := range m.Steps {
			g = g.or(gateOf(s.Match))
		}
		return g
	}
	return gate{events: true}
}

// gateOfSet finds the gate of a ruleset: nothing comes of a line that its guard
// lets through and no member matches.
func gateOfSet(r *Ruleset) gate {
	guard := gate{events: true}
	if r.Match != nil {
		guard = gateOf(r.Match)
	}
	if !r.Fixed {
		return guard
	}
	members := gate{shut: true}
	for _, m := range r.Members {
		switch g := gateOfMember(m); {
		case g.shut:
			members.events = members.events || g.events
		case g.literals == nil:
			return guard
		default:
			members.shut, members.events = false, members.events || g.events
			members.literals = append(members.literals, g.literals...)
		}
	}
	return guard.and(members)
}
