package rdl

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/logs-rdl/logs"
)

// Compiling goes over the trees of all files twice:
//
//	declare   the names of globals, stores, functions and sinks, so that they
//	          may be used before they are written
//	compile   every declaration into its part of the logs.Program: names to
//	          slots, types checked, expressions and statements to closures
//
// Errors are gathered, never returned early: one run finds them all.

// A Program is what a set of rule files says.
type Program struct {
	*logs.Program
	Inputs  []Input
	Outputs []Output
	Cases   []*Case

	// The conditions of rules and rulesets, if Loader.Explain says so.
	Conditions map[logs.Member]*Condition
}

// Outside is what expressions may ask of the world. A nil function means
// that it cannot be asked.
type Outside struct {
	Lookup   func(file string) (logs.Value, error) // the lines of a file, as logs.Table makes them
	Env      func(name string) string
	Hostname func() string
}

// Functions are the user functions of one file named by use.
type Functions interface {
	// Arity tells how many arguments the function takes at least and at
	// most; most is -1 for any number. It returns false if there is no such
	// function.
	Arity(name string) (least, most int, ok bool)
	// Names lists the functions.
	Names() []string
	// New makes the state that calls work on. It must implement Caller.
	New() (logs.State, error)
	// Store is where the functions make contexts and windows: that of their
	// logs.Extension; nil if they make none.
	Store() *logs.Store
}

// A Caller is the state of Functions in one engine.
type Caller interface {
	// Call runs a function. The error says what went wrong in it, with the
	// place in its file.
	Call(env *logs.Env, name string, args []logs.Value) (logs.Value, error)
}

// compiler holds what is known while the files are compiled.
type compiler struct {
	out     *Program
	outside Outside
	loader  *Loader
	errs    Errors
	file    *File // being compiled

	globals   *scope
	patterns  map[string]*namedPattern
	stores    map[string]*storeInfo
	functions map[string]*function
	rules     map[string]string // names of rules, rulesets and sequences: where they are declared
	deletable map[string]bool   // names of rules alone
	sinks     map[string]*Sink
	set       map[string]bool // names that some statement sets

	bindingsSeen []seen
	deleted      []Ident // names of rules that statements delete
	deletedIn    []*File
	postponed    []func() // until all stores are declared

	made slab[logs.Rule]

	sets       []*logs.Ruleset
	inStore    bool // blocks of a context are being compiled
	storesMake bool // such a block makes rules
}

// A storeInfo is a context or window by name. Two names may share a store.
type storeInfo struct {
	store *logs.Store
	decl  *Store // nil for an alias
	where string
	keys  int
}

// A function is a user function: the extension it is in, and its name.
type function struct {
	name        string
	module      int
	least, most int
}

// A placed is a declaration and the file that it stands in.
type placed struct {
	file *File
	decl Decl
}

// newCompiler returns a compiler that knows what the program brings along.
func newCompiler(l *Loader) *compiler {
	c := &compiler{
		out:      &Program{Program: &logs.Program{Root: &logs.Ruleset{}}},
		outside:  l.Outside,
		loader:   l,
		globals:  &scope{frame: &frame{}, rooms: &rooms{}},
		patterns: map[string]*namedPattern{},
		stores:   map[string]*storeInfo{}, functions: map[string]*function{},
		rules: map[string]string{}, deletable: map[string]bool{}, sinks: map[string]*Sink{}, set: map[string]bool{},
	}
	c.declareShipped()
	return c
}

// compile makes a program of the declarations of all files. modules are the
// functions that the files use, in order, with their file names.
func compile(l *Loader, decls []placed, modules []Functions, moduleNames []string) (*Program, Errors) {
	c := newCompiler(l)
	for i, m := range modules {
		c.declareFunctions(i, m, moduleNames[i])
	}
	c.each(decls, c.declare)
	c.runPostponed()
	c.each(decls, c.declareLet)
	c.out.Root.Members = make([]logs.Member, 0, len(decls))
	c.each(decls, c.compileDecl)
	c.loosen()
	c.checkDeleted()
	return c.out, c.errs
}

// each runs f over all declarations.
func (c *compiler) each(decls []placed, f func(Decl)) {
	for _, d := range decls {
		c.file = d.file
		f(d.decl)
	}
}

// postpone runs a step, in the file at hand, when all stores are declared.
func (c *compiler) postpone(step func()) {
	file := c.file
	c.postponed = append(c.postponed, func() {
		c.file = file
		step()
	})
}

func (c *compiler) runPostponed() {
	for _, step := range c.postponed {
		step()
	}
}

// errorf notes an error in the file at hand.
func (c *compiler) errorf(at Node, hint, format string, args ...any) {
	c.errs = append(c.errs, c.file.Errorf(at.Extent(), hint, format, args...))
}

// meant makes a hint of the near spelling of a name.
func meant(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

func (c *compiler) declareFunctions(module int, m Functions, file string) {
	c.out.Extensions = append(c.out.Extensions, logs.Extension{Name: file, New: m.New, Store: m.Store()})
	for _, name := range m.Names() {
		least, most, _ := m.Arity(name)
		c.functions[name] = &function{name, module, least, most}
	}
}

// declare notes the names of one declaration that may be used before it.
func (c *compiler) declare(d Decl) {
	switch d := d.(type) {
	case *PatternDecl:
		c.declarePattern(d)
	case *Store:
		c.declareStore(d, false)
		for _, clause := range d.Clauses {
			c.declareInside(clause)
		}
	case *Alias:
		c.declareAlias(d)
	case *Sink:
		if c.sinks[d.Name.Name] != nil {
			c.errorf(d.Name, "", "the sink %s is declared twice", d.Name.Name)
		}
		c.sinks[d.Name.Name] = d
	case *Ruleset, *Rule, *During, *Sequence, *At, *Every:
		c.declareInside(d)
	}
}

// declareInside declares the stores that are statements inside a declaration:
// their names are as global as the others. It notes the names that statements
// change: such globals are no constants.
func (c *compiler) declareInside(n Node) {
	eachStmt(n, func(s Stmt) {
		switch s := s.(type) {
		case *Store:
			c.declareStore(s, true)
		case *Alias:
			c.declareAliasName(s)
		case *Set:
			c.set[s.Name.Name] = true
		}
	})
}

// declareLet compiles a global. It may use those written before it.
func (c *compiler) declareLet(d Decl) {
	let, ok := d.(*Let)
	if !ok {
		return
	}
	name := let.Name.Name
	if old := c.globals.own(name); old != nil {
		c.errorf(let.Name, "", "%s is already declared in %s", name, old.where)
		return
	}
	value := c.expr(let.Value, c.globals)
	v := &variable{name: name, typ: value.typ, in: inGlobal, index: len(c.out.Globals), where: c.pos(let)}
	c.globals.add(v)
	switch {
	case !c.set[name]:
		v.value = &value
	case v.typ == TypeNil:
		v.typ = TypeAny
	}
	c.out.Globals = append(c.out.Globals, logs.Var{Name: name, Init: value.eval})
}

// compileDecl compiles one declaration at the top level.
func (c *compiler) compileDecl(d Decl) {
	switch d := d.(type) {
	case *Rule, *Ruleset, *During, *Sequence:
		if m := c.member(d, c.globals); m != nil {
			c.out.Root.Members = append(c.out.Root.Members, m)
		}
	case *Store:
		c.compileStore(d, c.globals, false)
	case *At, *Every:
		if t := c.timer(d, c.globals, false); t != nil {
			c.out.Timers = append(c.out.Timers, t)
		}
	case *Source:
		c.compileSource(d)
	case *Sink:
		c.compileSink(d)
	case *Test:
		c.compileTest(d)
	}
	c.checkBindings()
	c.globals.rooms.clear()
}

// member compiles what may stand in a ruleset.
func (c *compiler) member(d Decl, sc *scope) logs.Member {
	switch d := d.(type) {
	case *Rule:
		return c.rule(d, sc, false)
	case *Ruleset:
		return c.ruleset(d, sc)
	case *During:
		return c.during(d, sc)
	case *Sequence:
		return c.sequence(d)
	}
	return nil
}

// constantOf compiles an expression that must be known when rules are loaded
// and be of a type.
func (c *compiler) constantOf(x Expr, want Type, what string) (logs.Value, bool) {
	before := len(c.errs)
	t := c.expr(x, c.globals)
	switch {
	case len(c.errs) > before:
		return logs.Nil, false
	case !t.constant:
		c.errorf(x, "use a literal, or a let that nothing sets", "%s must be known when the rules are loaded", what)
		return logs.Nil, false
	case !t.typ.fits(want) || t.typ == TypeNil:
		c.errorf(x, "", "%s must be %s, not %s", what, want, t.typ)
		return logs.Nil, false
	}
	return t.value, true
}

// durationOf is constantOf for durations above zero.
func (c *compiler) durationOf(x Expr, what string) time.Duration {
	v, ok := c.constantOf(x, TypeDuration, what)
	d, _ := v.Duration()
	if ok && d <= 0 {
		c.errorf(x, "", "%s must be more than nothing", what)
	}
	return d
}

// countOf is constantOf for whole numbers from least on.
func (c *compiler) countOf(x Expr, least int64, what string) int {
	v, ok := c.constantOf(x, TypeInt, what)
	n, _ := v.Int()
	if ok && (n < least || n > 1<<40) {
		c.errorf(x, "", "%s must be at least %d", what, least)
	}
	return int(n)
}

// storeNames lists the stores, for near spellings.
func (c *compiler) storeNames() []string { return slices.Sorted(maps.Keys(c.stores)) }

// named returns the name of an optional identifier.
func named(id *Ident) string {
	if id == nil {
		return ""
	}
	return id.Name
}

// pos returns where a node was written, as effects show it.
func (c *compiler) pos(n Node) string {
	name := c.file.Name
	pos := append(make([]byte, 0, 128), name...)
	pos = append(pos, ':')
	return string(strconv.AppendInt(pos, int64(c.file.line(n.Extent().Start)), 10))
}
