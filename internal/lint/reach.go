package lint

import (
	"fmt"
	"slices"

	"github.com/logs-rdl/logs/rdl"
)

var unreachable = &Code{
	ID: "L001", Severity: Warning, Title: "no line gets to the rule",
	Why: "A message goes through the rules from the top, and the first that matches ends its walk. A rule above this one\n" +
		"matches every line that this one would: it is `matching everything`, has the same pattern, or one that is a part\n" +
		"of this one. Nothing here will ever run. The same goes for the steps of a sequence, which see only what the rules\n" +
		"above let through, and for a ruleset.",
	Bad: `
rule any-failure { matching "Failed password"; doing print "{msg.host}: a failure" }
rule root-failure { matching "Failed password for root"; doing alert high "root: {msg.line}" }
`,
	Good: `
rule root-failure { matching "Failed password for root"; doing alert high "root: {msg.line}" }
rule any-failure { matching "Failed password"; doing print "{msg.host}: a failure" }
`,
}

var reachCodes = []*Code{unreachable}

// A taker is a rule that ends the walk of every line that it matches, for as
// long as the program runs.
type taker struct {
	*rdl.Rule
	file  *rdl.File
	match rdl.Match
}

// reach reports what stands behind a broader rule.
func (p *pass) reach() { (&reacher{p, coverer{}}).list(p.decls, nil) }

type reacher struct {
	*pass
	coverer
}

// list goes through members in their order. before are the takers above
// them; it returns those with the ones among the members.
func (p *reacher) list(members []placed, before []taker) []taker {
	for _, m := range members {
		switch d := m.Node.(type) {
		case *rdl.Rule:
			matching := clause[*rdl.Matching](d.Clauses)
			if matching == nil {
				continue
			}
			p.hidden(m.file, matching.Match, "no line gets to this rule", before)
			if p.takes(d) {
				before = append(before[:len(before):len(before)], taker{d, m.file, matching.Match})
			}
		case *rdl.Ruleset:
			before = p.ruleset(m.file, d, before)
		case *rdl.During:
			p.list(within(m.file, d.Body), before)
		case *rdl.Sequence:
			for _, c := range d.Clauses {
				if s, ok := c.(*rdl.Step); ok {
					p.hidden(m.file, s.Match, "no line gets to this step", before)
				}
			}
		}
	}
	return before
}

// ruleset goes into a ruleset. What its members take is taken from the
// rules behind it if nothing guards them.
func (p *reacher) ruleset(file *rdl.File, d *rdl.Ruleset, before []taker) []taker {
	guard := clause[*rdl.Matching](d.Body)
	if guard != nil && p.hidden(file, guard.Match, "no line gets to this ruleset", before) {
		return before
	}
	var members []rdl.Decl
	for _, n := range d.Body {
		if m, ok := n.(rdl.Decl); ok {
			members = append(members, m)
		}
	}
	after := p.list(within(file, members), before)
	if guard == nil && clause[*rdl.Where](d.Body) == nil {
		return after
	}
	return before
}

func within(file *rdl.File, decls []rdl.Decl) []placed {
	var out []placed
	for _, d := range decls {
		out = append(out, placed{file, d})
	}
	return out
}

// takes tells whether a rule ends the walk of all that it matches, for good.
func (p *pass) takes(d *rdl.Rule) bool {
	return !flag(d.Clauses, "continuing") && clause[*rdl.Where](d.Clauses) == nil &&
		clause[*rdl.Once](d.Clauses) == nil && clause[*rdl.Until](d.Clauses) == nil &&
		limit(d.Clauses, "lasting") == nil && limit(d.Clauses, "timing out in") == nil && clause[*rdl.TimingOutAt](d.Clauses) == nil &&
		!(d.Name != nil && p.deleted[d.Name.Name]) && !p.bindsByName(d)
}

// bindsByName tells whether a rule asks events or functions for names, and so
// does not match where one is missing.
func (p *pass) bindsByName(d *rdl.Rule) bool {
	asks := false
	inspect(clause[*rdl.Matching](d.Clauses), func(n rdl.Node) bool {
		switch n.(type) {
		case *rdl.MatchEvent, *rdl.MatchFunction:
			asks = true
		}
		return !asks
	})
	return asks && clause[*rdl.Binding](d.Clauses) != nil
}

// hidden reports a match that one of the takers covers, and tells whether
// it did.
func (p *reacher) hidden(file *rdl.File, m rdl.Match, what string, before []taker) bool {
	if _, none := m.(*rdl.MatchNone); none {
		return false
	}
	i := slices.IndexFunc(before, func(t taker) bool { return p.covers(t.match, m) })
	if i < 0 {
		return false
	}
	p.report(unreachable, file, m, "put it above that one, or let that one be continuing", "%s: %s takes all that it matches", what, before[i].where(file))
	return true
}

// where names a rule for someone who reads file.
func (t taker) where(file *rdl.File) string {
	line, _ := t.file.Position(t.Span.Start)
	at := fmt.Sprintf("line %d", line)
	if t.file != file {
		at = fmt.Sprintf("%s:%d", t.file.Name, line)
	}
	if t.Name == nil {
		return fmt.Sprintf("the rule of %s", at)
	}
	return fmt.Sprintf("%s (%s)", t.Name.Name, at)
}
