package lint

import (
	"slices"

	"github.com/logs-rdl/logs/rdl"
)

var (
	unbounded = &Code{
		ID: "L040", Severity: Warning, Title: "a context that keeps every key for ever",
		Why: "A context with a key lives once for each value that it is given, and this one has nothing that ends it: whoever can\n" +
			"write to the log makes as many as they like. At a million the oldest is dropped (`at most` says another number),\n" +
			"which keeps the memory in bounds, but until then nothing is ever forgotten: an address seen once in spring still\n" +
			"counts in autumn.",
		Bad: `
context tries(ip) { max-lines 5; doing print "{ip}: {count}" }
rule r { matching "failed from (\S+)"; binding (ip); doing store into tries(ip) }
`,
		Good: `
context tries(ip) { max-lines 5; timing out in 1h; on full print "{ip}: {count}" }
rule r { matching "failed from (\S+)"; binding (ip); doing store into tries(ip) }
`,
	}
	cannotFire = &Code{
		ID: "L041", Severity: Warning, Title: "a context or window that can never fire by what is added",
		Why: "An add fires it when it holds more than `max-lines`, that is `max-lines` + 1, and then only with `min-lines` at least.\n" +
			"So `min-lines` above that forbids every such firing. Nor can it hold more than a million items: beyond that the\n" +
			"oldest is dropped.",
		Bad: `
window burst { length 1m; min-lines 20; max-lines 10; doing print "{count}" }
rule r { matching "link down"; doing store into burst }
`,
		Good: `
window burst { length 1m; max-lines 19; doing print "{count}" }
rule r { matching "link down"; doing store into burst }
`,
	}
	neverFull = &Code{
		ID: "L042", Severity: Warning, Title: "the actions of a window without max-lines never run",
		Why: "The `doing` of a window runs when an add makes it too full. Without `max-lines` it never is, and no `end` fires it.\n" +
			"For what is to run when the time is up, make it a context with `lasting`.",
		Bad: `
window burst { length 1m; doing print "{count} in a minute" }
rule r { matching "link down"; doing store into burst }
`,
		Good: `
window burst { length 1m; max-lines 10; doing print "{count} in a minute" }
rule r { matching "link down"; doing store into burst }
`,
	}
	distinctKey = &Code{
		ID: "L043", Severity: Warning, Title: "distinct counts the key itself",
		Why: "All that is added to it is its own key, so each one holds a single value, however often it comes: `distinct` takes\n" +
			"it for one, and it never holds more than `max-lines`. Add what is to differ, or leave `distinct` out.",
		Bad: `
window tries(ip) { length 3m; max-lines 2; distinct; doing print "{ip}" }
rule r { matching "failed from (\S+)"; binding (ip); doing add ip to tries(ip) }
`,
		Good: `
window tries(ip) { length 3m; max-lines 2; distinct; doing print "{ip}" }
rule r { matching "failed for (\S+) from (\S+)"; binding (user ip); doing add user to tries(ip) }
`,
	}
	onceForEver = &Code{
		ID: "L044", Severity: Note, Title: "once holds for as long as the program runs",
		Why: "A key that has fired stays quiet for good: an address that is reported once is not heard of again, after months and\n" +
			"restarts with `--state` too. In a run over one log that is what is wanted; for a program that follows a log,\n" +
			"`once per 1d` reports it anew when a day has passed. `at most` says how many keys are remembered, a million if it\n" +
			"is not given; beyond that the oldest is forgotten.",
		Bad: `
window scan(ip) { length 3m; max-lines 2; once; doing alert "scan from {ip}" }
rule r { matching "refused (\S+)"; binding (ip); doing store into scan(ip) }
`,
		Good: `
window scan(ip) { length 3m; max-lines 2; once per 1d; doing alert "scan from {ip}" }
rule r { matching "refused (\S+)"; binding (ip); doing store into scan(ip) }
`,
	}
	storeCodes = []*Code{unbounded, cannotFire, neverFull, distinctKey, onceForEver}
)

// maxItems is how many items a context holds at the most.
const maxItems = 1_000_000

// storeLife reports contexts and windows that remember keys for ever.
func (p *pass) storeLife() {
	for _, s := range p.stores {
		if limit(s.Clauses, "at most") != nil || !p.manyKeys(s) {
			continue
		}
		if !s.Window && !s.ends() && !p.ended[s.Name.Name] {
			p.report(unbounded, s.file, s.Name, "add timing out in 1h, lasting 1d or at most 10000", "nothing ends %s: it keeps every key that the log gives it", s.Name.Name)
		}
		if once := clause[*rdl.Once](s.Clauses); once != nil && once.Per == nil {
			p.report(onceForEver, s.file, once, "once per 1d reports it anew after a day", "a key of %s that has fired never fires again", s.Name.Name)
		}
	}
}

// ends tells whether time ends a store.
func (s store) ends() bool {
	return limit(s.Clauses, "lasting") != nil || limit(s.Clauses, "timing out in") != nil || clause[*rdl.TimingOutAt](s.Clauses) != nil
}

// manyKeys tells whether what is added to a store has keys that the rules do
// not tell.
func (p *pass) manyKeys(s store) bool {
	return slices.ContainsFunc(p.fills[s.Name.Name], func(f fill) bool {
		call, ok := f.to.(*rdl.Call)
		return ok && slices.ContainsFunc(call.Args, func(a rdl.Arg) bool { return p.fromLog(a.Value) })
	})
}

// storeFiring reports contexts and windows that cannot do what they are for.
func (p *pass) storeFiring() {
	for _, s := range p.stores {
		p.lineLimits(s)
		name := s.Name.Name
		doing := clause[*rdl.Doing](s.Clauses)
		if s.Window && doing != nil && limit(s.Clauses, "max-lines") == nil && !p.ended[name] {
			p.report(neverFull, s.file, s.Name, "add max-lines, or make it a context with lasting", "the actions of %s never run: without max-lines nothing makes it full", name)
		}
		p.distinctKey(s)
	}
}

// lineLimits compares max-lines with what can be held.
func (p *pass) lineLimits(s store) {
	most := limit(s.Clauses, "max-lines")
	if most == nil {
		return
	}
	n, ok := p.number(most.N)
	if !ok {
		return
	}
	if n >= maxItems {
		p.report(cannotFire, s.file, most, "", "%s holds %d items at the most", s.Name.Name, maxItems)
	}
	if least := limit(s.Clauses, "min-lines"); least != nil {
		if m, ok := p.number(least.N); ok && m > n+1 {
			p.report(cannotFire, s.file, least, "the add that makes it too full finds max-lines + 1 in it", "no add fires %s: it is full with %d", s.Name.Name, n+1)
		}
	}
}

// distinctKey reports a distinct store to which nothing but its key is added.
func (p *pass) distinctKey(s store) {
	d, most := clause[*rdl.Distinct](s.Clauses), limit(s.Clauses, "max-lines")
	if d == nil || d.By != nil || most == nil {
		return
	}
	if n, ok := p.number(most.N); !ok || n < 1 {
		return
	}
	fills := p.fills[s.Name.Name]
	if len(fills) > 0 && !slices.ContainsFunc(fills, func(f fill) bool { return !f.addsKey() }) {
		p.report(distinctKey, s.file, d, "add what is to differ", "only its own key is added to %s, and that counts once", s.Name.Name)
	}
}

// addsKey tells whether what is added is a key of where it goes.
func (f fill) addsKey() bool {
	x, ok := f.x.(*rdl.Name)
	call, keyed := f.to.(*rdl.Call)
	return ok && keyed && slices.ContainsFunc(call.Args, func(a rdl.Arg) bool { return rdl.NameOf(a.Value) == x.Name })
}
