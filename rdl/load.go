package rdl

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/logs-rdl/logs"
)

// A Loader reads rule files. Its functions are the only way in which it
// touches the world, so rules can be loaded from anywhere.
type Loader struct {
	Read func(name string) ([]byte, error)
	Glob func(pattern string) ([]string, error)           // sorted; nil: no include
	Use  func(name string, src []byte) (Functions, error) // nil: no use
	Outside

	Explain bool                     // keep Program.Conditions
	Cover   func(Point) (hit func()) // told of each point of the rules; hit is called whenever it is reached; nil: nobody
}

// Load parses, checks and compiles rule files and all that they include. The
// error is an Errors if the rules are wrong, and anything else if a file
// cannot be read.
func (l *Loader) Load(names ...string) (*Program, error) {
	s := &session{Loader: l, loaded: map[string]bool{}}
	for _, name := range names {
		if err := s.load(name); err != nil {
			return nil, err
		}
	}
	return s.compile()
}

// LoadSource is Load for rules that are at hand, under a name for messages.
func (l *Loader) LoadSource(name, src string) (*Program, error) {
	s := &session{Loader: l, loaded: map[string]bool{}}
	if err := s.parse(name, src); err != nil {
		return nil, err
	}
	return s.compile()
}

// Pattern compiles a pattern that stands by itself, such as one of a command
// line. It may use the named patterns that the rule files declare. The error
// is as that of Load.
func (l *Loader) Pattern(src string, names ...string) (*logs.Pattern, error) {
	s := &session{Loader: l, loaded: map[string]bool{}}
	for _, name := range names {
		if err := s.load(name); err != nil {
			return nil, err
		}
	}
	c := newCompiler(l)
	c.each(s.decls, func(d Decl) {
		if d, ok := d.(*PatternDecl); ok {
			c.declarePattern(d)
		}
	})
	c.runPostponed()
	quoted := "`" + src + "`"
	c.file = &File{Name: "pattern", Src: quoted}
	re := c.pattern(&Pattern{Span{0, len(quoted)}, QuoteRaw, src}, nil)
	if errs := append(s.errs, c.errs...); len(errs) > 0 {
		return nil, errs
	}
	return re, nil
}

// session gathers the files of one Load.
type session struct {
	*Loader
	loaded      map[string]bool
	decls       []placed
	errs        Errors
	modules     []Functions
	moduleNames []string
}

func (s *session) compile() (*Program, error) {
	p, errs := compile(s.Loader, s.decls, s.modules, s.moduleNames)
	if errs = append(s.errs, errs...); len(errs) > 0 {
		return nil, errs
	}
	return p, nil
}

// load reads one file, once.
func (s *session) load(name string) error {
	if s.loaded[name] {
		return nil
	}
	s.loaded[name] = true
	src, err := s.Read(name)
	if err != nil {
		return fmt.Errorf("cannot read the rules: %w", err)
	}
	return s.parse(name, string(src))
}

// parse parses one file. What it includes stands in the place of the include.
func (s *session) parse(name, src string) error {
	file, errs := Parse(name, src)
	s.errs = append(s.errs, errs...)
	s.decls = slices.Grow(s.decls, len(file.Decls))
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *Include:
			if err := s.include(file, d); err != nil {
				return err
			}
		case *Use:
			s.use(file, d)
		default:
			s.decls = append(s.decls, placed{file, d})
		}
	}
	return nil
}

func (s *session) errorf(file *File, at Node, hint, format string, args ...any) {
	s.errs = append(s.errs, file.Errorf(at.Extent(), hint, format, args...))
}

// include loads the files that a pattern names. A plain name must exist; a
// pattern may match nothing.
func (s *session) include(file *File, d *Include) error {
	glob, ok := d.Glob.Constant()
	if !ok || s.Glob == nil {
		s.errorf(file, d.Glob, "", "include takes a plain name or pattern")
		return nil
	}
	names, err := s.Glob(relative(file.Name, glob))
	if err != nil {
		s.errorf(file, d.Glob, "", "%v", err)
		return nil
	}
	if len(names) == 0 && !strings.ContainsAny(glob, "*?[") {
		s.errorf(file, d.Glob, "", "there is no file %s", relative(file.Name, glob))
	}
	for _, name := range names {
		if err := s.load(path.Clean(name)); err != nil {
			return err
		}
	}
	return nil
}

// use loads a file of functions, once.
func (s *session) use(file *File, d *Use) {
	text, ok := d.File.Constant()
	name := relative(file.Name, text)
	switch {
	case !ok || s.Use == nil:
		s.errorf(file, d.File, "", "use takes the plain name of a file")
		return
	case slices.Contains(s.moduleNames, name):
		return
	}
	src, err := s.Read(name)
	if err != nil {
		s.errorf(file, d.File, "", "cannot read the functions: %v", err)
		return
	}
	m, err := s.Use(name, src)
	if err != nil {
		s.errorf(file, d.File, "", "%v", err)
		return
	}
	s.modules = append(s.modules, m)
	s.moduleNames = append(s.moduleNames, name)
}
