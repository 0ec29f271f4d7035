package main

import (
	"regexp"
	"slices"

	"github.com/logs-rdl/logs/rdl"
)

// Which expressions may hold a raw line of a log? It is followed from msg, by
// names and through contexts, over all files at once:
//
//	store into failed(ip)              failed holds lines
//	window failed(ip) { doing {
//	  for x in items {                 items holds what failed does; x one of it
//	    forward odd(line = "{x}")      so line may be a raw line
//
// Names are not told apart by the rule that they are of, so that too much is
// found rather than too little. A group of a pattern is no raw line, however
// much it takes, unless it takes all of it: (.*) and nothing else.

// raws is what names and contexts may hold.
type raws struct {
	values  map[string][]given // by name: what let, with, set, for, emit and keys give it
	fills   map[string][]given // by context
	keys    map[string][]rdl.Ident
	aliases map[string]string // second names of contexts
	asked   map[string]bool   // names and contexts that have been looked into
}

// A given is a value, and the context or window that it is written in.
type given struct {
	x     rdl.Expr // nil: a line, or what a function makes of one
	store string
}

func gatherRaws(files []*rdl.File) *raws {
	r := &raws{
		values: map[string][]given{}, fills: map[string][]given{}, keys: map[string][]rdl.Ident{},
		aliases: map[string]string{}, asked: map[string]bool{},
	}
	eachNode(files, func(_ *rdl.File, n rdl.Node) {
		switch n := n.(type) {
		case *rdl.Store:
			r.keys[n.Name.Name] = n.Keys
		case *rdl.Alias:
			r.aliases[rdl.NameOf(n.Y)] = rdl.NameOf(n.X)
		}
	})
	for _, file := range files {
		for _, d := range file.Decls {
			r.gather(d, "")
		}
	}
	return r
}

// gather notes what a node and all in it give to names and contexts.
func (r *raws) gather(n rdl.Node, store string) {
	switch n := n.(type) {
	case *rdl.Store:
		store = n.Name.Name
	case *rdl.Let:
		r.give(n.Name.Name, n.Value, store)
	case rdl.Assign: // with, fields of alerts, maps
		r.give(n.Name.Name, n.Value, store)
	case *rdl.Set:
		r.give(n.Name.Name, n.Value, store)
	case *rdl.For:
		r.give(n.Var.Name, n.X, store)
	case *rdl.Emit:
		for _, a := range n.Args {
			if a.Name != nil {
				r.give(a.Name.Name, a.Value, store)
			}
		}
	case *rdl.Add:
		r.fill(n.To, n.X, store)
	case *rdl.StoreInto:
		for _, to := range n.To {
			r.fill(to, nil, store)
		}
	case *rdl.Rule:
		r.bind(n, store)
	case *rdl.Ruleset:
		r.bind(n, store)
	}
	for _, child := range rdl.Children(n) {
		r.gather(child, store)
	}
}

func (r *raws) give(name string, x rdl.Expr, store string) {
	r.values[name] = append(r.values[name], given{x, store})
}

// fill notes what is added to a context, and what its keys are.
func (r *raws) fill(to, x rdl.Expr, store string) {
	name := r.first(rdl.NameOf(to))
	r.fills[name] = append(r.fills[name], given{x, store})
	if call, ok := to.(*rdl.Call); ok {
		for i, key := range r.keys[name] {
			if i < len(call.Args) {
				r.give(key.Name, call.Args[i].Value, store)
			}
		}
	}
}

// takesAll finds patterns that are one group, and this takes the whole line.
var takesAll = regexp.MustCompile(`^\^?\((\?P?<(\w+)>)?\.[*+]\??\)\$?$`)

// bind notes the names that a rule binds to the whole line, or to what a
// function makes of it.
func (r *raws) bind(rule rdl.Node, store string) {
	whole := false
	var names []rdl.Ident
	for _, c := range rdl.Children(rule) {
		switch c := c.(type) {
		case *rdl.Binding:
			names = c.Names
		case *rdl.Matching:
			whole = r.takesLine(c.Match, store) || whole
		}
	}
	for _, name := range names {
		if whole {
			r.give(name.Name, nil, store)
		}
	}
}

// takesLine tells whether a match binds names to the whole line, or asks a
// function; a group that bears its own name is noted.
func (r *raws) takesLine(n rdl.Node, store string) bool {
	switch n := n.(type) {
	case *rdl.MatchFunction:
		return true
	case *rdl.Pattern:
		m := takesAll.FindStringSubmatch(n.Src)
		if m != nil && m[2] != "" {
			r.give(m[2], nil, store)
		}
		return m != nil
	}
	return slices.ContainsFunc(rdl.Children(n), func(child rdl.Node) bool { return r.takesLine(child, store) })
}

// first returns the first name of a context.
func (r *raws) first(name string) string {
	for range r.aliases { // at most so many names lead to the first
		first, ok := r.aliases[name]
		if !ok {
			break
		}
		name = first
	}
	return name
}

// holdsLine tells whether an expression may hold a raw line; store is the
// context or window that it stands in.
func (r *raws) holdsLine(x rdl.Expr, store string) bool {
	clear(r.asked)
	return r.in(x, store)
}

// in is holdsLine while names and contexts are being looked into.
func (r *raws) in(x rdl.Expr, store string) bool {
	anyOf := func(list ...rdl.Expr) bool {
		return slices.ContainsFunc(list, func(x rdl.Expr) bool { return r.in(x, store) })
	}
	switch x := x.(type) {
	case nil:
		return true
	case *rdl.Name:
		return r.name(x.Name, store)
	case *rdl.Field:
		return r.field(x, store)
	case *rdl.Index:
		return !isFields(x.X) && anyOf(x.X)
	case *rdl.Call:
		return r.call(x, store)
	case *rdl.Binary:
		return x.Op == "+" && anyOf(x.X, x.Y)
	case *rdl.Cond:
		return anyOf(x.A, x.B)
	case *rdl.List:
		return anyOf(x.Elems...)
	case *rdl.Map:
		return slices.ContainsFunc(x.Entries, func(e rdl.Assign) bool { return r.in(e.Value, store) })
	case *rdl.Paren:
		return anyOf(x.X)
	case *rdl.Text:
		return slices.ContainsFunc(x.Parts, func(p rdl.Part) bool { return p.X != nil && r.in(p.X, store) })
	}
	return false
}

// name looks into a variable or a context.
func (r *raws) name(name, store string) bool {
	switch name {
	case "msg", "event", "line":
		return true
	case "items":
		return r.context(store)
	}
	return r.context(name) || r.any("name "+name, r.values[name])
}

// context tells whether a context may hold a raw line.
func (r *raws) context(name string) bool {
	name = r.first(name)
	return r.any("context "+name, r.fills[name])
}

// any tells whether one of the values may be a raw line. What has been asked
// adds nothing: had it been one, that would be the answer.
func (r *raws) any(who string, list []given) bool {
	if r.asked[who] {
		return false
	}
	r.asked[who] = true
	return slices.ContainsFunc(list, func(g given) bool { return r.in(g.x, g.store) })
}

// narrow are the fields and functions that give no line of what holds one.
var narrow = map[string]bool{
	"time": true, "source": true, "offset": true, "host": true, "program": true, "pid": true, "event": true,
	"count": true, "first": true, "last": true, "name": true,
}

// field looks into a part of something: of a message most are no line.
func (r *raws) field(x *rdl.Field, store string) bool {
	if narrow[x.Name.Name] || isFields(x.X) {
		return false
	}
	return r.in(x.X, store)
}

// isFields tells whether x is the fields of a message, of which one is no raw
// line.
func isFields(x rdl.Expr) bool {
	f, ok := x.(*rdl.Field)
	return ok && f.Name.Name == "fields"
}

// measures are the functions whose result holds nothing of a text.
var measures = map[string]bool{
	"len": true, "count": true, "contains": true, "startsWith": true, "endsWith": true, "matches": true, "cidr": true,
	"isPrivate": true, "int": true, "float": true, "round": true, "abs": true, "sum": true, "time": true, "duration": true, "format": true,
}

// call looks into a context with keys, or the arguments of a function.
func (r *raws) call(x *rdl.Call, store string) bool {
	if _, ok := r.keys[r.first(x.Fun.Name)]; ok {
		return r.context(x.Fun.Name)
	}
	return !measures[x.Fun.Name] && slices.ContainsFunc(x.Args, func(a rdl.Arg) bool { return r.in(a.Value, store) })
}
