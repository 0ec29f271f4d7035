package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/logs-rdl/logs/internal/match"
	"github.com/logs-rdl/logs/rdl"
)

var (
	shadow = &Code{
		ID: "L010", Severity: Warning, Title: "a name hides another of the same name",
		Why: "A binding, a variable of `with`, a key or the name of a `for` has the name of something further out, which cannot\n" +
			"be reached from here on. Whoever reads the rule sees one name and two meanings; and a `let` that was meant to be\n" +
			"compared with the line is replaced by what the line holds.",
		Bad: `
let user = "root"
rule login { matching "Accepted \w+ for (\S+)"; binding (user); doing print "{user}" }
rule other { matching "session"; doing print "{user}" }
`,
		Good: `
let admin = "root"
rule login { matching "Accepted \w+ for (\S+)"; binding (user); doing print "{user}" }
rule other { matching "session"; doing print "{admin}" }
`,
	}
	unusedLet = &Code{
		ID: "L011", Severity: Warning, Title: "nothing uses the variable",
		Why: "A `let` that no expression and no pattern names. Often it is the rest of a change, or one of two names is misspelt.\n" +
			"Programs that match with functions are left alone, for a function sees all variables, and files without rules, for\n" +
			"what they declare is for others.",
		Fix: "Removes the `let`.",
		Bad: `
let limit = 5
rule r { matching "disk full"; doing print "{msg.host}" }
`,
		Good: `
let limit = 5
rule r { matching "disk (\d+)% full"; binding (n); where int(n) > limit; doing print "{msg.host}" }
`,
	}
	unusedStore = &Code{
		ID: "L012", Severity: Warning, Title: "nothing uses the context or window",
		Why: "Nothing is ever added to it or asked of it, so its blocks never run: the report that it was written for never comes.",
		Bad: `
window burst { length 1m; max-lines 100; doing print "{count} in a minute" }
rule r { matching "link down"; doing print "{msg.line}" }
`,
		Good: `
window burst { length 1m; max-lines 100; doing print "{count} in a minute" }
rule r { matching "link down"; doing store into burst }
`,
	}
	neverFilled = &Code{
		ID: "L013", Severity: Warning, Title: "nothing is added to the context or window",
		Why: "Rules ask what it holds, but none adds to it: it is always empty, and conditions on it always come out the same.",
		Bad: `
context known(ip) { lasting 1d }
rule r { matching "Accepted .* from (\S+)"; binding (ip); where not exists known(ip); doing alert "new: {ip}" }
`,
		Good: `
context known(ip) { lasting 1d }
rule r {
  matching "Accepted .* from (\S+)"
  binding (ip)
  where not exists known(ip)
  doing { alert "new: {ip}"; store into known(ip) }
}
`,
	}
	unusedUse = &Code{
		ID: "L014", Severity: Warning, Title: "no rule calls a function of the file",
		Why: "`use` loads a file of functions, and no rule calls any of them. Its code runs at the start all the same, and its\n" +
			"globals are saved with the state.",
		Bad: `
use "hosts.star"
rule r { matching "link down"; doing print "{msg.line}" }
`,
		Good: `
use "hosts.star"
rule r { matching "link down"; doing call noted(msg.host) }
`,
	}
	unusedPattern = &Code{
		ID: "L015", Severity: Warning, Title: "nothing uses the named pattern",
		Why: "A `pattern` that is declared among rules, and that no pattern names. Files that hold no rules are left alone: what\n" +
			"they declare is for others.",
		Fix: "Removes the declaration.",
		Bad: `
pattern JOB "[0-9]+\.[a-z]+"
rule r { matching "job done"; doing print "{msg.line}" }
`,
		Good: `
pattern JOB "[0-9]+\.[a-z]+"
rule r { matching "job {JOB:job} done"; doing print "{job}" }
`,
	}
	nameCodes = []*Code{shadow, unusedLet, unusedStore, neverFilled, unusedUse, unusedPattern}
)

// A scope holds the names that can be used at a place, each with what it is.
type scope struct {
	outer *scope
	names map[string]string
}

func (s *scope) inner() *scope { return &scope{s, map[string]string{}} }

// find returns what the name is, "" if it is not known.
func (s *scope) find(name string) string {
	for ; s != nil; s = s.outer {
		if what := s.names[name]; what != "" {
			return what
		}
	}
	return ""
}

// shadows reports names that hide others.
func (p *pass) shadows() {
	globals := (*scope)(nil).inner()
	globals.names["now"], globals.names["msg"] = "the built-in now", "the built-in msg"
	for name := range p.lets {
		globals.names[name] = "the let " + name
	}
	for _, d := range p.decls {
		(&shadower{p, d.file}).node(d.Node, globals)
	}
}

// A shadower goes through one declaration.
type shadower struct {
	*pass
	file *rdl.File
}

// node follows the scopes that a node opens.
func (s *shadower) node(n rdl.Node, sc *scope) {
	switch n := n.(type) {
	case *rdl.Test:
	case *rdl.Rule:
		s.matcher(clauses(n.Clauses), sc)
	case *rdl.Ruleset:
		s.matcher(n.Body, sc)
	case *rdl.Store:
		inner := sc.inner()
		for _, k := range n.Keys {
			inner.names[k.Name] = "the key " + k.Name
		}
		s.children(n, s.with(clauses(n.Clauses), inner))
	case *rdl.Sequence:
		s.sequence(n, sc)
	case *rdl.For:
		inner := sc.inner()
		s.declare(n.Var.Name, "the loop's "+n.Var.Name, n.Var, sc, inner)
		s.children(n, inner)
	default:
		s.children(n, sc)
	}
}

func (s *shadower) children(n rdl.Node, sc *scope) {
	for _, c := range rdl.Children(n) {
		s.node(c, sc)
	}
}

// clauses returns clauses as nodes.
func clauses[N rdl.Node](list []N) []rdl.Node {
	var out []rdl.Node
	for _, c := range list {
		out = append(out, c)
	}
	return out
}

// matcher goes through a rule or ruleset: its variables, what it binds, and
// the rest, which sees both.
func (s *shadower) matcher(list []rdl.Node, sc *scope) {
	vars := s.with(list, sc.inner())
	inner := vars.inner()
	if b := clause[*rdl.Binding](list); b != nil {
		for _, id := range b.Names {
			s.declare(id.Name, "the binding "+id.Name, id, vars, inner)
		}
	}
	if m := clause[*rdl.Matching](list); m != nil {
		s.groups(m, vars, inner)
	}
	for _, c := range list {
		s.node(c, inner)
	}
}

func (s *shadower) sequence(n *rdl.Sequence, sc *scope) {
	inner := sc.inner()
	for _, c := range n.Clauses {
		if step, ok := c.(*rdl.Step); ok {
			s.groups(step, sc, inner)
		}
	}
	s.children(n, inner)
}

// with declares the variables among clauses.
func (s *shadower) with(list []rdl.Node, sc *scope) *scope {
	for _, c := range list {
		if w, ok := c.(*rdl.With); ok {
			for _, v := range w.Vars {
				s.declare(v.Name.Name, "the variable "+v.Name.Name, v.Name, sc.outer, sc)
			}
		}
	}
	return sc
}

// groups declares the groups that bind themselves.
func (s *shadower) groups(n rdl.Node, outer, sc *scope) {
	inspect(n, func(n rdl.Node) bool {
		switch n := n.(type) {
		case *rdl.MatchNot: // its groups bind nothing
			return false
		case *rdl.Pattern:
			for _, name := range groupNames(n.Src) {
				if sc.names[name] == "" {
					s.declare(name, "the binding "+name, n, outer, sc)
				}
			}
		}
		return true
	})
}

// groupNames returns the names that a pattern binds by itself.
func groupNames(src string) []string {
	var names []string
	for _, h := range match.Holes(src) {
		if h.Group != "" {
			names = append(names, h.Group)
		}
	}
	for _, t := range tokens(src) {
		if name := t.groupName(); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// declare puts a name into a scope and reports what it hides in the outer one.
func (s *shadower) declare(name, what string, at rdl.Node, outer, sc *scope) {
	if hidden := outer.find(name); hidden != "" {
		s.report(shadow, s.file, at, "give one of the two another name", "%s hides %s", what, hidden)
	}
	sc.names[name] = what
}

// unused reports what nothing uses.
func (p *pass) unused() {
	for _, d := range p.decls {
		switch n := d.Node.(type) {
		case *rdl.Let:
			if !p.used[n.Name.Name] && !p.functions {
				p.reportUnused(unusedLet, d, n.Name)
			}
		case *rdl.PatternDecl: // one in the place of a shipped one is used where the shipped ones name it
			if !p.used[n.Name.Name] && !p.shipped[n.Name.Name] {
				p.reportUnused(unusedPattern, d, n.Name)
			}
		case *rdl.Use:
			p.reportUse(d.file, n)
		}
	}
	for _, s := range p.stores {
		name := s.Name.Name
		switch {
		case !p.used[name]:
			p.report(unusedStore, s.file, s.Name, "add to it, or remove it", "nothing uses %s", name)
		case len(p.fills[name]) == 0:
			p.report(neverFilled, s.file, s.Name, "add or store something into it", "nothing is ever added to %s", name)
		}
	}
}

// reportUnused reports a declaration that nothing names, unless its file holds
// no rules: such a file is made for others.
func (p *pass) reportUnused(c *Code, d placed, name rdl.Ident) {
	if slices.ContainsFunc(d.file.Decls, func(d rdl.Decl) bool { return isRule(d) }) {
		p.report(c, d.file, name, "", "nothing uses %s", name.Name).Fix = removal(d.file, d.Node, "remove it")
	}
}

func (p *pass) reportUse(file *rdl.File, n *rdl.Use) {
	text, _ := n.File.Constant()
	m := p.module(text)
	if m == nil || len(m.Names()) == 0 {
		return
	}
	if slices.ContainsFunc(m.Names(), func(f string) bool { return p.used[f] || p.called[f] }) {
		return
	}
	p.report(unusedUse, file, n, fmt.Sprintf("it has %s", strings.Join(m.Names(), ", ")), "no rule calls a function of %s", text)
}

// module returns the functions of the file that use calls so.
func (p *pass) module(text string) rdl.Functions {
	for _, name := range slices.Sorted(maps.Keys(p.modules)) {
		if name == text || strings.HasSuffix(name, "/"+strings.TrimPrefix(text, "./")) {
			return p.modules[name]
		}
	}
	return nil
}

// removal is the fix that removes a declaration, with its line if it has that
// for itself; nil if something else stands there.
func removal(file *rdl.File, n rdl.Node, title string) *Fix {
	span := n.Extent()
	start := strings.LastIndexByte(file.Src[:span.Start], '\n') + 1
	end := span.End + strings.IndexByte(file.Src[span.End:]+"\n", '\n')
	if strings.TrimSpace(file.Src[start:end]) != file.Src[span.Start:span.End] {
		return nil
	}
	return &Fix{title, []Edit{{rdl.Span{Start: start, End: min(end+1, len(file.Src))}, ""}}}
}
