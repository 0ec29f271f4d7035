package script

import (
	"errors"
	"fmt"
	"strings"

	"github.com/logs-rdl/logs"
	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// DefaultMaxSteps is how many steps a call may take unless Module.MaxSteps
// says otherwise. A step is about an operator or a call; a million take a few
// hundredths of a second.
const DefaultMaxSteps = 1_000_000

// A Module is a file of functions, parsed and resolved.
type Module struct {
	MaxSteps uint64 // of one call, and of the top level; to be set before New

	name    string
	program *starlark.Program
	defs    []def
	store   *logs.Store
}

// A def is a function at the top level of the file.
type def struct {
	name        string
	least, most int  // how many arguments it takes; most is -1 for any number
	byPlace     bool // it can be called with arguments by place alone
}

// Load parses and resolves a file of functions. The errors say where each
// stands, as file:line:col, and where it is known what to try.
func Load(name string, src []byte) (*Module, error) {
	options := &syntax.FileOptions{Set: true}
	file, err := options.Parse(name, src, 0)
	if err != nil {
		return nil, explain(err)
	}
	m := &Module{MaxSteps: DefaultMaxSteps, name: name, store: &logs.Store{Name: name, Keys: []string{"name"}}}
	for _, stmt := range file.Stmts {
		switch stmt := stmt.(type) {
		case *syntax.LoadStmt:
			return nil, fmt.Errorf("%s: load is not available: name both files in the rules, with use", stmt.Load)
		case *syntax.DefStmt:
			m.defs = append(m.defs, defOf(stmt))
		}
	}
	meter(file)
	known := (&State{module: m}).predeclared()
	if m.program, err = starlark.FileProgram(file, known.Has); err != nil {
		return nil, explain(err)
	}
	return m, nil
}

func defOf(stmt *syntax.DefStmt) def {
	d := def{name: stmt.Name.Name, byPlace: true}
	named := false // only by name: what follows * or *args
	for _, param := range stmt.Params {
		switch param := param.(type) {
		case *syntax.Ident:
			if named {
				d.byPlace = false
			} else {
				d.least++
				d.most++
			}
		case *syntax.BinaryExpr:
			if !named {
				d.most++
			}
		case *syntax.UnaryExpr:
			if param.Op == syntax.STAR {
				named = true
				if param.X != nil {
					d.most = -1
				}
			}
		}
	}
	return d
}

// Names lists the functions that rules may call, in the order of the file.
func (m *Module) Names() []string {
	var names []string
	for _, d := range m.defs {
		if d.byPlace && !strings.HasPrefix(d.name, "_") {
			names = append(names, d.name)
		}
	}
	return names
}

// Arity tells how many arguments a function takes at least and at most; most
// is -1 for any number. It returns false if the file has no such function, or
// if the function needs arguments by name.
func (m *Module) Arity(name string) (least, most int, ok bool) {
	for _, d := range m.defs {
		if d.name == name && d.byPlace {
			return d.least, d.most, true
		}
	}
	return 0, 0, false
}

// Store returns the store in which the functions make windows and contexts:
// the Store of the module's logs.Extension.
func (m *Module) Store() *logs.Store { return m.store }

// hints are what to try, by a part of the message.
var hints = []struct{ part, hint string }{
	{"does not support while loops", "use for with a range"},
	{"cannot reassign", "change what a list, dict or set holds instead of the name"},
	{"statement not within a function", "put it into a def and call that at the top level"},
	{"for loop not within a function", "put it into a def and call that at the top level"},
	{"got newline", "is a colon or a bracket missing before it?"},
	{"got indent", "the line before opens no block: does it end with a colon?"},
	{"want indent", "write the body of the block deeper than its head"},
	{"undefined", "names must be declared in the file; there are no imports"},
}

// explain makes one error of what the parser or the resolver found, with a
// line for each mistake.
func explain(err error) error {
	var bad syntax.Error
	var list resolve.ErrorList
	switch {
	case errors.As(err, &bad):
		return withHint(bad.Pos, bad.Msg)
	case errors.As(err, &list):
		all := make([]error, len(list))
		for i, e := range list {
			all[i] = withHint(e.Pos, e.Msg)
		}
		return errors.Join(all...)
	}
	return err
}

func withHint(pos syntax.Position, msg string) error {
	if !strings.Contains(msg, "did you mean") {
		for _, h := range hints {
			if strings.Contains(msg, h.part) {
				return fmt.Errorf("%s: %s: %s", pos, msg, h.hint)
			}
		}
	}
	return fmt.Errorf("%s: %s", pos, msg)
}
