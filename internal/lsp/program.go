package lsp

import (
	"errors"
	"slices"
	"strings"

	"github.com/logs-rdl/logs/internal/lint"
	"github.com/logs-rdl/logs/rdl"
)

// A program is rule files with all that they read, as they are now: right or
// wrong.
type program struct {
	roots   []string
	files   []*rdl.File // in the order in which they were read
	modules []*module
	rules   *lint.Rules // nil if there are mistakes
	errs    rdl.Errors
	failed  error // a file cannot be read

	linted bool // findings have been looked for
	found  []lint.Finding

	index    *index // of all names
	patterns *rdl.PatternReader
	texts    map[string]*text // by name of the file
}

// A module is a file of functions.
type module struct {
	file  *rdl.File // its name and source alone
	names []string
}

// load reads the program that begins with some files. What it has read is
// kept until something changes.
func (s *session) load(roots []string) *program {
	key := strings.Join(roots, "\x00")
	if p := s.programs[key]; p != nil {
		return p
	}
	p := &program{roots: roots, texts: map[string]*text{}}
	var err error
	if p.rules, err = lint.Load(s.watching(p), roots...); err != nil {
		if !errors.As(err, &p.errs) {
			p.failed = err
		}
	}
	p.dropModules()
	p.index = newIndex(p.files, p.modules)
	p.patterns = rdl.NewPatternReader(p.files...)
	s.programs[key] = p
	return p
}

// findings lints the program. That takes longer than all else, and whoever
// completes a word need not wait for it.
func (p *program) findings() []lint.Finding {
	if p.rules != nil && !p.linted {
		p.found, p.linted = lint.Run(p.rules), true
	}
	return p.found
}

// watching returns a loader that notes in p what it reads.
func (s *session) watching(p *program) *rdl.Loader {
	l := *s.loader
	l.Glob = s.glob
	l.Read = func(name string) ([]byte, error) {
		src, err := s.read(name)
		if err == nil && p.file(name) == nil {
			file, _ := rdl.Parse(name, string(src))
			p.files = append(p.files, file)
		}
		return src, err
	}
	if s.loader.Use != nil {
		l.Use = func(name string, src []byte) (rdl.Functions, error) {
			m := &module{file: &rdl.File{Name: name, Src: string(src)}}
			p.modules = append(p.modules, m)
			functions, err := s.loader.Use(name, src)
			if err == nil {
				m.names = functions.Names()
			}
			return functions, err
		}
	}
	return &l
}

// dropModules takes the files of functions out of those of rules.
func (p *program) dropModules() {
	p.files = slices.DeleteFunc(p.files, func(f *rdl.File) bool {
		return slices.ContainsFunc(p.modules, func(m *module) bool { return m.file.Name == f.Name })
	})
}

// file returns a file of the program by name; nil if it does not read it.
func (p *program) file(name string) *rdl.File {
	for _, f := range p.files {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func (p *program) reads(name string) bool { return p.file(name) != nil }

// text returns the lines of a file.
func (p *program) text(f *rdl.File) *text {
	t := p.texts[f.Name]
	if t == nil {
		t = newText(f.Src)
		p.texts[f.Name] = t
	}
	return t
}

// location returns where a place is, as the protocol says it.
func (s *session) location(p *program, at place) location {
	return location{s.uri(at.file.Name), p.text(at.file).rangeOf(at.Span)}
}
