package lsp

import (
	"path"
	"slices"
	"strings"

	"github.com/logs-rdl/logs/rdl"
)

// Which program a document belongs to:
//
//	setting rules = [a.rdl, more/]   those files are one program; whatever it
//	                                 reads belongs to it
//	main.rdl: include "more/*.rdl"   more/x.rdl belongs to main.rdl
//	otherwise                        a document is a program by itself

// Bounds of the search for who includes a document.
const (
	maxFolders = 8
	maxFiles   = 500
)

// rootsOf returns the files with which the program of a document begins.
func (s *session) rootsOf(name string) []string {
	roots, ok := s.roots[name]
	if ok {
		return roots
	}
	if set := s.ruleFiles(); len(set) > 0 && s.load(set).reads(name) {
		roots = set
	} else {
		roots = []string{s.outermost(name)}
	}
	s.roots[name] = roots
	return roots
}

// ruleFiles returns the files of the setting.
func (s *session) ruleFiles() []string {
	var names []string
	for _, rules := range s.settings.Rules {
		name := beside(path.Join(s.folder, "x"), rules)
		if path.Ext(name) == ".rdl" {
			names = append(names, name)
			continue
		}
		found, _ := s.glob(path.Join(name, "*.rdl"))
		names = append(names, found...)
	}
	return names
}

// outermost follows who includes a document outward; files that include each
// other lead nowhere twice.
func (s *session) outermost(name string) string {
	around := s.includersAround(name)
	seen := map[string]bool{}
	for {
		seen[name] = true
		i := slices.IndexFunc(around, func(i includer) bool { return i.includes(name) && !seen[i.name] })
		if i < 0 {
			return name
		}
		name = around[i].name
	}
}

// An includer is a file that includes others.
type includer struct {
	name  string
	globs []string
}

func (i includer) includes(name string) bool {
	return slices.ContainsFunc(i.globs, func(glob string) bool {
		ok, _ := path.Match(glob, name)
		return ok
	})
}

// includersAround reads the rules in the folder of a document and those above,
// up to the folder that is open in the editor.
func (s *session) includersAround(name string) []includer {
	var found []includer
	read := 0
	folder := path.Dir(name)
	for range maxFolders {
		names, _ := s.glob(path.Join(folder, "*.rdl"))
		for _, n := range names {
			if read++; read > maxFiles {
				return found
			}
			if i := s.includer(n); len(i.globs) > 0 {
				found = append(found, i)
			}
		}
		if s.folder == "" || folder == s.folder || !strings.HasPrefix(folder, s.folder) {
			break
		}
		folder = path.Dir(folder)
	}
	return found
}

// includer reads what a file includes.
func (s *session) includer(name string) includer {
	i := includer{name: name}
	src, err := s.read(name)
	if err != nil || len(src) > maxText || !strings.Contains(string(src), "include") {
		return i
	}
	file, _ := rdl.Parse(name, string(src))
	for _, d := range file.Decls {
		if d, ok := d.(*rdl.Include); ok {
			if glob, ok := d.Glob.Constant(); ok {
				i.globs = append(i.globs, beside(name, glob))
			}
		}
	}
	return i
}
