package ruletest

import (
	"fmt"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/rdl"
)

// A Suite runs the tests of rule files and archives. Files are tested beside
// each other, as many at once as there are processors; what comes of them is
// in the order of the files all the same.
type Suite struct {
	Loader func() *rdl.Loader // a new one, for each file
	Open   func(name string) (run.Opened, error)
	Stdout func(*logs.Effect) string // what a run prints of an effect; "" of those it does not print
	Only   *regexp.Regexp            // the names of the tests to run; nil: all
	Cover  *Cover                    // told what tests reach; nil: nobody
}

// A File is one that holds tests: rules, or an archive if its name ends in
// .txtar.
type File struct {
	Name string
	// Found says that it was found in a folder. If another one includes it,
	// its tests are run with that one.
	Found bool
}

// A unit is one file while it is tested.
type unit struct {
	File
	archive *archive
	program *rdl.Program
	read    map[string]bool
	err     error
	results []Result
}

// Run loads all files and runs their tests. The error is of a file that
// cannot be loaded, and then no test has run. A test that could not be run
// has failed.
func (s *Suite) Run(files []File) ([]Result, error) {
	units := make([]*unit, len(files))
	for i, f := range files {
		units[i] = &unit{File: f, read: map[string]bool{}}
	}
	each(units, s.load)
	units = whole(units)
	for _, u := range units {
		if u.err != nil {
			return nil, u.err
		}
	}
	each(units, s.test)
	var results []Result
	for _, u := range units {
		results = append(results, u.results...)
	}
	return results, nil
}

// each runs f for all units, some at once.
func each(units []*unit, f func(*unit)) {
	next := make(chan *unit)
	var workers sync.WaitGroup
	for range min(len(units), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for u := range next {
				f(u)
			}
		})
	}
	for _, u := range units {
		next <- u
	}
	close(next)
	workers.Wait()
}

// load loads the rules of a file.
func (s *Suite) load(u *unit) {
	l := s.Loader()
	l.Explain = true
	if s.Cover != nil {
		l.Cover = s.Cover.Note
	}
	read := l.Read
	l.Read = func(name string) ([]byte, error) {
		u.read[name] = true
		return read(name)
	}
	names := []string{path.Clean(u.Name)}
	if strings.HasSuffix(u.Name, archiveSuffix) {
		src, err := read(u.Name)
		if err == nil {
			u.archive, err = parseArchive(path.Clean(u.Name), string(src))
		}
		if err != nil {
			u.err = err
			return
		}
		names = u.archive.names()
		l = u.archive.loader(l)
	}
	u.program, u.err = l.Load(names...)
}

// whole leaves out the files of a folder that others of it include. Of those
// that include each other the last one stays.
func whole(units []*unit) []*unit {
	var out []*unit
	left := map[*unit]bool{}
	for _, u := range units {
		part := slices.ContainsFunc(units, func(other *unit) bool {
			return other != u && !left[other] && other.archive == nil && other.err == nil && other.read[path.Clean(u.Name)]
		})
		if u.Found && part {
			left[u] = true
		} else {
			out = append(out, u)
		}
	}
	return out
}

// test runs the tests of a file.
func (s *Suite) test(u *unit) {
	if u.archive != nil {
		if s.wants(u.archive.title) {
			s.note(u, func() (Result, error) { return runArchive(u.archive, u.program, s) })
		}
		return
	}
	for _, c := range u.program.Cases {
		if s.wants(c.Name) {
			s.note(u, func() (Result, error) { return Run(u.program, c, s.Open) })
		}
	}
}

func (s *Suite) wants(name string) bool { return s.Only == nil || s.Only.MatchString(name) }

// note runs one test.
func (s *Suite) note(u *unit, test func() (Result, error)) {
	r, err := test()
	if err != nil {
		r.Failure = strings.TrimPrefix(r.Failure+"\n"+err.Error(), "\n")
		r.fixes = nil
	}
	u.results = append(u.results, r)
}

// Update returns the files whose tests failed as they would have to be to
// pass, by name, and notes these tests as passed. Where two programs disagree
// about one place, the first one counts.
func Update(results []Result, read func(name string) ([]byte, error)) (map[string]string, error) {
	fixes := map[string][]fix{}
	for i := range results {
		r := &results[i]
		if len(r.fixes) > 0 {
			r.Failure = ""
		}
		for _, f := range r.fixes {
			if !overlaps(fixes[f.file], f) {
				fixes[f.file] = append(fixes[f.file], f)
			}
		}
	}
	files := map[string]string{}
	for name, list := range fixes {
		src, err := read(name)
		if err != nil {
			return nil, fmt.Errorf("cannot update the test: %w", err)
		}
		files[name] = corrected(name, string(src), list)
	}
	return files, nil
}

func overlaps(fixes []fix, f fix) bool {
	for _, g := range fixes {
		if f.Start < g.End && g.Start < f.End || f.Start == g.Start {
			return true
		}
	}
	return false
}
