package lint

import (
	"slices"

	"github.com/logs-rdl/logs/internal/match"
	"github.com/logs-rdl/logs/rdl"
)

// Facts are what several checks want to know of the whole program.
type facts struct {
	used      map[string]bool // names in expressions and in the holes of patterns
	called    map[string]bool // functions in matches; those in calls are in used
	lets      map[string]*rdl.Let
	values    map[string][]rdl.Expr // what a let, a with and a set give a name
	bound     map[string]bool       // names that groups, keys and loops give a value
	named     map[string]string     // named patterns: their expressions
	shipped   map[string]bool       // those that are always at hand
	stores    []store
	fills     map[string][]fill // by store
	ended     map[string]bool   // stores that end and delete name
	deleted   map[string]bool   // rules that delete rule names
	aliases   map[string]string // second names of stores
	functions bool              // some match asks a function, which sees all names around it
}

// A store is a context or window, and its file.
type store struct {
	*rdl.Store
	file *rdl.File
	made bool // by a statement
}

// A fill adds x to a store; x is nil for the message.
type fill struct{ to, x rdl.Expr }

func gather(rules *Rules) facts {
	f := facts{
		used: map[string]bool{}, called: map[string]bool{}, lets: map[string]*rdl.Let{}, named: map[string]string{},
		values: map[string][]rdl.Expr{}, bound: map[string]bool{}, shipped: map[string]bool{}, fills: map[string][]fill{},
		ended: map[string]bool{}, deleted: map[string]bool{}, aliases: map[string]string{},
	}
	for _, n := range rdl.Patterns() {
		f.named[n.Name], f.shipped[n.Name] = n.Expr, true
	}
	for _, d := range rules.decls {
		if a, ok := d.Node.(*rdl.Alias); ok {
			f.alias(a)
		}
	}
	for _, d := range rules.decls {
		inspect(d.Node, func(n rdl.Node) bool {
			if s, ok := n.(*rdl.Store); ok {
				f.stores = append(f.stores, store{s, d.file, n != d.Node})
			}
			f.take(n)
			return true
		})
	}
	return f
}

// take notes what a node tells.
func (f *facts) take(n rdl.Node) {
	switch n := n.(type) {
	case *rdl.Name:
		f.used[n.Name] = true
	case *rdl.Pattern:
		for _, h := range match.Holes(n.Src) {
			f.used[h.Name] = true
		}
		for _, name := range groupNames(n.Src) {
			f.bound[name] = true
		}
	case *rdl.Binding:
		f.bind(n.Names)
	case *rdl.Store:
		f.bind(n.Keys)
	case *rdl.For:
		f.bound[n.Var.Name] = true
	case *rdl.With:
		for _, v := range n.Vars {
			f.addValue(v.Name, v.Value)
		}
	case *rdl.Set:
		f.addValue(n.Name, n.Value)
	case *rdl.Let:
		f.lets[n.Name.Name] = n
		f.addValue(n.Name, n.Value)
	case *rdl.PatternDecl:
		f.named[n.Name.Name] = n.Pattern.Src
	case *rdl.Alias:
		f.alias(n)
	case *rdl.Add:
		f.addFill(n.To, n.X)
	case *rdl.StoreInto:
		for _, to := range n.To {
			f.addFill(to, nil)
		}
	case *rdl.StoreOp:
		if n.Word != "clear" {
			f.ended[f.storeName(n.Store)] = true
		}
	case *rdl.DeleteRule:
		f.deleted[n.Name.Name] = true
	case *rdl.MatchFunction:
		f.functions = true
		f.called[n.Name.Name] = true
	}
}

func (f *facts) bind(names []rdl.Ident) {
	for _, id := range names {
		f.bound[id.Name] = true
	}
}

func (f *facts) addValue(name rdl.Ident, x rdl.Expr) {
	f.values[name.Name] = append(f.values[name.Name], x)
}

func (f *facts) alias(a *rdl.Alias) { f.aliases[rdl.NameOf(a.Y)] = rdl.NameOf(a.X) }

func (f *facts) addFill(to, x rdl.Expr) {
	name := f.storeName(to)
	f.fills[name] = append(f.fills[name], fill{to, x})
}

// storeName returns the first name of the store that x means.
func (f *facts) storeName(x rdl.Expr) string {
	name := rdl.NameOf(x)
	for range f.aliases { // at most so many names lead to the first
		first, ok := f.aliases[name]
		if !ok {
			break
		}
		name = first
	}
	return name
}

// constant returns the text of x if the rules alone tell it: that of a plain
// text, or of a let.
func (f *facts) constant(x rdl.Expr) (string, bool) {
	switch x := x.(type) {
	case *rdl.Text:
		return x.Constant()
	case *rdl.Paren:
		return f.constant(x.X)
	case *rdl.Name:
		if let := f.lets[x.Name]; let != nil {
			if text, ok := let.Value.(*rdl.Text); ok {
				return text.Constant()
			}
		}
	}
	return "", false
}

// number returns the whole number of x, if the rules tell it.
func (f *facts) number(x rdl.Expr) (int64, bool) {
	switch x := x.(type) {
	case *rdl.Literal:
		n, ok := x.Value.(int64)
		return n, ok
	case *rdl.Name:
		if let := f.lets[x.Name]; let != nil {
			if lit, ok := let.Value.(*rdl.Literal); ok {
				return f.number(lit)
			}
		}
	}
	return 0, false
}

// expand puts the named patterns into a pattern. What a variable will hold is
// not known: anything may stand in its place.
func (f *facts) expand(src string) string {
	for _, h := range slices.Backward(match.Holes(src)) {
		expr, ok := f.named[h.Name]
		switch {
		case !ok:
			expr = "(?:.*)"
		case h.Group != "":
			expr = "(?<" + h.Group + ">" + f.expand(expr) + ")"
		default:
			expr = "(?:" + f.expand(expr) + ")"
		}
		src = src[:h.Start] + expr + src[h.End:]
	}
	return src
}

// clause returns the first clause of its type, nil if there is none.
func clause[T rdl.Node, N rdl.Node](list []N) (found T) {
	for _, c := range list {
		if c, ok := any(c).(T); ok {
			return c
		}
	}
	return found
}

// limit returns the limit of that word, nil if there is none.
func limit(list []rdl.Clause, word string) *rdl.Limit {
	for _, c := range list {
		if l, ok := c.(*rdl.Limit); ok && l.Word == word {
			return l
		}
	}
	return nil
}

// flag tells whether the bare words stand among the clauses.
func flag(list []rdl.Clause, word string) bool {
	for _, c := range list {
		if f, ok := c.(*rdl.Flag); ok && f.Word == word {
			return true
		}
	}
	return false
}
