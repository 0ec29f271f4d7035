package lint

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/logs-rdl/logs/internal/match"
	"github.com/logs-rdl/logs/rdl"
)

var (
	openPattern = &Code{
		ID: "L020", Severity: Note, Title: "the pattern is tried on every line",
		Why: "One filter tells for all rules at once which of them a line may concern, by texts that each pattern must find. It\n" +
			"knows them by their letters and digits: two are too few, and a pattern made of classes and repeats alone has none.\n" +
			"Such a pattern is tried on every line, and every line pays about 2 µs for it, where a rule with a text costs nothing\n" +
			"on lines without it. A few such rules do not matter; a hundred do. Anything fixed will do: the name of the program, a\n" +
			"word of the message, in either case too (`(?i)error`), `and \"...\"`.",
		Bad: `
rule retries { matching "(\d+)/(\d+)"; binding (n max); doing print "{n} of {max}" }
`,
		Good: `
rule retries { matching "attempt (\d+)/(\d+)"; binding (n max); doing print "{n} of {max}" }
`,
	}
	lookaround = &Code{
		ID: "L022", Severity: Note, Title: "look-around runs on the slow engine",
		Why: "Look-around, back-references, atomic groups and conditionals take time that is not linear in the line, so they run\n" +
			"apart and under guard: lines longer than 8 KiB are not tried, none takes more than about 20 ms, and a rule to which\n" +
			"that happens ten times is put into quarantine. Often a second pattern says the same: `\"x\" and not \"y\"`.",
		Bad: `
rule foreign { matching "Accepted \w+ for (?!root)"; doing print "{msg.line}" }
`,
		Good: `
rule foreign { matching "Accepted \w+ for " and not "Accepted \w+ for root"; doing print "{msg.line}" }
`,
	}
	possessive = &Code{
		ID: "L023", Severity: Warning, Title: "a possessive repeat slows the pattern down",
		Why: "`x*+`, `x++` and `x?+` are written to make other engines faster. Here they have the opposite effect: without them the\n" +
			"pattern takes linear time, with them it runs on the slow engine (see L022).",
		Fix: "Drops the `+`. The pattern then also matches where the rest of it needs what the repeat had taken: `\\d++5` never\n" +
			"finds `15`, `\\d+5` does.",
		Bad: `
rule r { matching "session \d++ closed"; doing print "{msg.line}" }
`,
		Good: `
rule r { matching "session \d+ closed"; doing print "{msg.line}" }
`,
	}
	needlessAny = &Code{
		ID: "L024", Severity: Note, Title: ".* at the end of a pattern does nothing",
		Why: "Patterns are searched for in the line, so they need not say that anything may stand before and behind. A `.*` at the\n" +
			"end never changes what matches; one at the start does not where no group is bound (with groups it makes the last\n" +
			"occurrence count, and is left alone).",
		Fix: "Drops it, and a `^` before or a `$` behind it. The meaning stays.",
		Bad: `
rule r { matching "^.*link down.*$"; doing print "{msg.line}" }
`,
		Good: `
rule r { matching "link down"; doing print "{msg.line}" }
`,
	}
	filterCodes = []*Code{openPattern, lookaround, possessive, needlessAny}
)

// filter reports patterns that the filter cannot help.
func (p *pass) filter() {
	for _, d := range p.decls {
		p.filterDecl(d.file, d.Node)
	}
	p.patterns(func(u patternUse) {
		if !p.possessive(u) {
			p.lookaround(u)
		}
	})
	p.statements(func(file *rdl.File, n rdl.Node) {
		if m, ok := n.(*rdl.MatchPattern); ok {
			p.needlessAny(patternUse{m.Pattern, file, false})
		}
	})
}

// filterDecl goes to the matches that lines are tried against. What stands
// behind a good guard is tried on few lines only.
func (p *pass) filterDecl(file *rdl.File, n rdl.Node) {
	inspect(n, func(n rdl.Node) bool {
		switch n := n.(type) {
		case *rdl.Test, *rdl.Until:
			return false
		case *rdl.Matching:
			p.filterMatch(file, n.Match)
		case *rdl.Step:
			p.filterMatch(file, n.Match)
		case *rdl.Ruleset:
			if m := clause[*rdl.Matching](n.Body); m != nil {
				if filtered, _ := p.gate(m.Match); filtered {
					return false
				}
			}
		}
		return true
	})
}

func (p *pass) filterMatch(file *rdl.File, m rdl.Match) {
	filtered, open := p.gate(m)
	if filtered {
		return
	}
	for _, pattern := range open {
		if everyLine(pattern.Src) {
			p.report(openPattern, file, pattern, "if all lines are meant, write matching everything", "the pattern matches every line")
		} else {
			p.report(openPattern, file, pattern, "add a text of three letters or more that all these lines hold", "the filter has no text to go by: this pattern is tried on every line")
		}
	}
}

// gate tells whether the filter can rule lines out for a match. If not, and it
// is for the patterns in it, these are open; functions, not and everything
// are tried on every line by their nature.
func (p *pass) gate(m rdl.Match) (filtered bool, open []*rdl.Pattern) {
	switch m := m.(type) {
	case *rdl.MatchPattern:
		if hasVariables(m.Pattern) || !p.weak(m.Pattern.Src) {
			return true, nil
		}
		return false, []*rdl.Pattern{m.Pattern}
	case *rdl.MatchEvent, *rdl.MatchNone:
		return true, nil
	case *rdl.MatchParen:
		return p.gate(m.X)
	case *rdl.MatchBinary:
		x, openX := p.gate(m.X)
		y, openY := p.gate(m.Y)
		switch {
		case m.Op == "or":
			return x && y, append(openX, openY...)
		case x || y:
			return true, nil
		case openX != nil:
			return false, openX
		}
		return false, openY
	}
	return false, nil
}

// weak tells whether the texts that a pattern must find are too short to rule
// lines out: less than three bytes, or three without a letter or digit.
func (p *pass) weak(src string) bool {
	m, err := match.Compile(p.expand(src))
	if err != nil {
		return false
	}
	for _, lit := range m.Literals() {
		if len(lit) < 3 || len(lit) == 3 && !strings.ContainsFunc(lit, isWordRune) {
			return true
		}
	}
	return len(m.Literals()) == 0
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// everyLine tells whether a pattern matches whatever the line is.
func everyLine(src string) bool {
	b := branches(src)
	return len(b) == 1 && len(trim(b[0])) == 0
}

// possessive reports possessive repeats, if without them the pattern is fast.
func (p *pass) possessive(u patternUse) bool {
	plain, found := u.Src, false
	all := tokens(u.Src)
	for i := len(all) - 1; i >= 0; i-- {
		if t := all[i]; t.possessive() {
			plain = plain[:t.end()-1] + plain[t.end():]
		}
	}
	if plain == u.Src || p.usesLookaround(plain) {
		return false
	}
	for _, t := range all {
		if t.possessive() {
			p.inPattern(possessive, u, t.end()-1, t.end(), u.replace(t.end()-1, t.end(), ""), "patterns are linear without it", "the possessive %s makes the pattern run on the slow engine", t.text)
			found = true
		}
	}
	return found
}

func (t token) possessive() bool {
	return strings.IndexByte("*+?{", t.kind) >= 0 && len(t.text) > 1 && t.text[len(t.text)-1] == '+'
}

func (p *pass) usesLookaround(src string) bool {
	m, err := match.Compile(p.expand(src))
	return err == nil && m.Lookaround()
}

// lookaround reports patterns for the slow engine, at what makes them so.
func (p *pass) lookaround(u patternUse) {
	if !p.usesLookaround(u.Src) {
		return
	}
	start, end := 0, len(u.Src)
	for _, t := range tokens(u.Src) {
		if t.kind == '(' && backtracks.MatchString(t.text) || t.kind == '\\' && reference.MatchString(t.text) {
			start, end = t.start, t.end()
			break
		}
	}
	p.inPattern(lookaround, u, start, end, nil, `two patterns often say the same: "x" and not "y"`, "%s makes the pattern run on the slow engine, under guard", u.Src[start:end])
}

var (
	backtracks = regexp.MustCompile(`^\(\?(?:<?[=!]|>|\(|P=)`)
	reference  = regexp.MustCompile(`^\\(?:[1-9]|k)`)
)

// needlessAny reports .* where it changes nothing.
func (p *pass) needlessAny(u patternUse) {
	all := tokens(u.Src)
	if everyLine(u.Src) {
		return
	}
	from, to := 0, len(all)
	if n := len(all); n > 2 && all[n-1].kind == '$' && all[n-1].depth == 0 {
		to--
	}
	if isAny(all[:to], to-2) && !escapesOpen(all[:to]) {
		p.needless(u, all[to-2].start, len(u.Src))
		all = all[:to-2]
	}
	if len(all) > 2 && all[0].kind == '^' {
		from = 1
	}
	if isAny(all, from) && len(all) > from+2 && len(groupNames(u.Src)) == 0 && !captures(all) && !escapesOpen(all) {
		p.needless(u, 0, all[from+1].end())
	}
}

func (p *pass) needless(u patternUse, start, end int) {
	p.inPattern(needlessAny, u, start, end, u.replace(start, end, ""), "patterns are searched for anywhere in the line", "%s changes nothing here", u.Src[start:end])
}

// isAny tells whether .* or .*? stands at i, outside of groups.
func isAny(all []token, i int) bool {
	return i >= 0 && i+1 < len(all) && all[i].kind == '.' && all[i].depth == 0 && (all[i+1].text == "*" || all[i+1].text == "*?")
}

// captures tells whether a group without a name is among tokens.
func captures(all []token) bool {
	for _, t := range all {
		if t.text == "(" {
			return true
		}
	}
	return false
}

// escapesOpen tells whether a choice outside of groups, or a flag, makes the
// ends of the pattern not those of all that it matches.
func escapesOpen(all []token) bool {
	for _, t := range all {
		if t.kind == '|' && t.depth == 0 || t.kind == '(' && strings.HasSuffix(t.text, ")") {
			return true
		}
	}
	return false
}
