package lsp

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/logs-rdl/logs/rdl"
)

// The index knows all names of a program: what declares each, where it is
// used, and which can be used where. It is made of the trees alone, so it is
// there while rules are wrong, and knows what of them could be read.
//
//	globals             let
//	 └─ ruleset         with, then what the guard binds
//	     └─ rule        with, then what the match binds
//	         └─ block   for
//	             └─ rule that is made, and so on
//
// The scopes are those of the compiler (rdl/scope.go). Contexts, rules, sinks,
// events, functions and named patterns have one space of names each.

// A kind is a space of names.
type kind int

const (
	variable kind = iota
	store
	rule
	sink
	event
	function
	namedPattern
)

// A place is where a name stands.
type place struct {
	file *rdl.File
	rdl.Span
}

// A symbol is a name and what it means.
type symbol struct {
	kind kind
	name string
	what string   // such as "a key of the window scanner"
	at   place    // where it is declared; no file: it is always at hand
	decl rdl.Node // what declares it, to be shown; nil if there is no more to show
	uses []place  // without at
}

// A scope is a part of a file in which some variables can be used.
type scope struct {
	outer *scope
	file  *rdl.File // nil: of the whole program
	span  rdl.Span
	names map[string]*symbol
	inner []*scope
}

// find looks a variable up, innermost first.
func (sc *scope) find(name string) *symbol {
	for ; sc != nil; sc = sc.outer {
		if s := sc.names[name]; s != nil {
			return s
		}
	}
	return nil
}

// A mention is a symbol where it is named.
type mention struct {
	rdl.Span
	*symbol
}

type index struct {
	globals  *scope
	named    map[kind]map[string]*symbol // of all kinds but variables
	mentions map[*rdl.File][]mention     // in order
	file     *rdl.File                   // being indexed
}

func newIndex(files []*rdl.File, modules []*module) *index {
	x := &index{globals: &scope{names: map[string]*symbol{}}, named: map[kind]map[string]*symbol{}, mentions: map[*rdl.File][]mention{}}
	for k := store; k <= namedPattern; k++ {
		x.named[k] = map[string]*symbol{}
	}
	for _, m := range modules {
		x.module(m)
	}
	for _, p := range rdl.Patterns() {
		x.named[namedPattern][p.Name] = &symbol{kind: namedPattern, name: p.Name, what: "a named pattern, always at hand"}
	}
	for _, f := range files {
		x.file = f
		for _, d := range f.Decls {
			x.declare(d)
		}
	}
	for _, f := range files {
		x.file = f
		for _, d := range f.Decls {
			x.decl(d, x.globals)
		}
	}
	for _, list := range x.mentions {
		slices.SortStableFunc(list, func(a, b mention) int { return cmp.Compare(a.Start, b.Start) })
	}
	return x
}

// def is how a function begins in Starlark.
var def = regexp.MustCompile(`(?m)^def[ \t]+(\w+)`)

// module declares the functions of a file.
func (x *index) module(m *module) {
	at := map[string]rdl.Span{}
	for _, d := range def.FindAllStringSubmatchIndex(m.file.Src, -1) {
		at[m.file.Src[d[2]:d[3]]] = rdl.Span{Start: d[2], End: d[3]}
	}
	for _, name := range m.names {
		x.named[function][name] = &symbol{kind: function, name: name, what: "a function of " + m.file.Name, at: place{m.file, at[name]}}
	}
}

// add declares a name of the whole program. The first of a name counts, but
// that a pattern of the rules takes the place of one that is always at hand.
func (x *index) add(k kind, id rdl.Ident, what string, decl rdl.Node) {
	old := x.named[k][id.Name]
	if old != nil && old.at.file != nil {
		x.use(old, id.Span)
		return
	}
	x.named[k][id.Name] = x.symbol(k, id, what, decl)
}

// symbol makes a symbol that is declared here.
func (x *index) symbol(k kind, id rdl.Ident, what string, decl rdl.Node) *symbol {
	s := &symbol{kind: k, name: id.Name, what: what, at: place{x.file, id.Span}, decl: decl}
	x.mentions[x.file] = append(x.mentions[x.file], mention{id.Span, s})
	return s
}

// bind declares a variable in a scope.
func (x *index) bind(sc *scope, id rdl.Ident, what string, decl rdl.Node) {
	if old := sc.names[id.Name]; old != nil && old.at.file != nil {
		x.use(old, id.Span) // such as a group that both sides of an or have
		return
	}
	sc.names[id.Name] = x.symbol(variable, id, what, decl)
}

// use notes that a symbol is named.
func (x *index) use(s *symbol, at rdl.Span) {
	if s == nil {
		return
	}
	s.uses = append(s.uses, place{x.file, at})
	x.mentions[x.file] = append(x.mentions[x.file], mention{at, s})
}

// useNamed notes that a name of the whole program stands here.
func (x *index) useNamed(k kind, id rdl.Ident) { x.use(x.named[k][id.Name], id.Span) }

// open begins a scope.
func (x *index) open(outer *scope, span rdl.Span) *scope {
	sc := &scope{outer: outer, file: x.file, span: span, names: map[string]*symbol{}}
	outer.inner = append(outer.inner, sc)
	return sc
}

// mentionAt returns the name that stands at a byte of a file, or ends there;
// nil if none does.
func (x *index) mentionAt(f *rdl.File, offset int) *mention {
	list := x.mentions[f]
	i, _ := slices.BinarySearchFunc(list, offset+1, func(m mention, at int) int { return cmp.Compare(m.Start, at) })
	for i--; i >= 0 && list[i].End >= offset; i-- {
		return &list[i]
	}
	return nil
}

// scopeAt returns the innermost scope at a byte of a file.
func (x *index) scopeAt(f *rdl.File, offset int) *scope {
	sc := x.globals
	for {
		i := slices.IndexFunc(sc.inner, func(in *scope) bool {
			return in.file == f && in.span.Start <= offset && offset <= in.span.End
		})
		if i < 0 {
			return sc
		}
		sc = sc.inner[i]
	}
}
