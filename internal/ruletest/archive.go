package ruletest

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/when"
	"github.com/logs-rdl/logs/rdl"
)

// An archive is a test in one file: rules, logs and what comes of them, in
// the order of the file:
//
//	Three users from one address are a scan.
//	-r ../ssh-scanner.rdl
//	-- auth.log --
//	Oct 28 17:03:11 l096 sshd[16651]: Invalid user a from 62.123.192.212
//	-- expect --
//	-- after 10m --
//	-- more.log --
//	...
//	-- expect --
//	print "window: invalid user from 62.123.192.212 blew up"
//
// Other files are to it as if it were a folder that holds its sections: rules
// may include "more.rdl" of the same archive, and "../other.rdl" beside it.
type archive struct {
	name     string
	title    string
	rules    []string // named by -r
	sections []section
}

// A section is a part of an archive: a file or, by its name, a step.
type section struct {
	name       string
	line       int // of its header, from 1
	start, end int // of the body, in bytes
	body       string
}

// ErrArchive is the error of an archive that is no test.
var ErrArchive = errors.New("the archive is wrong")

// archiveSuffix is how the names of archives end.
const archiveSuffix = ".txtar"

// parseArchive takes an archive apart. The error names the line.
func parseArchive(name, src string) (*archive, error) {
	a := &archive{name: name}
	at := 0
	for number := 1; at < len(src); number++ {
		line, _, _ := strings.Cut(src[at:], "\n")
		next := min(at+len(line)+1, len(src))
		line = strings.TrimRight(line, " \t\r")
		if title, ok := header(line); ok {
			a.sections = append(a.sections, section{name: title, line: number, start: next, end: next})
		} else if n := len(a.sections); n > 0 {
			a.sections[n-1].end = next
		} else if file, ok := strings.CutPrefix(line, "-r "); ok {
			a.rules = append(a.rules, path.Join(path.Dir(name), strings.TrimSpace(file)))
		} else if a.title == "" {
			a.title = line
		}
		at = next
	}
	for i := range a.sections {
		s := &a.sections[i]
		s.body = src[s.start:s.end]
	}
	if a.title == "" {
		a.title = strings.TrimSuffix(path.Base(name), archiveSuffix)
	}
	return a, a.check()
}

// header returns the name in -- NAME --.
func header(line string) (string, bool) {
	name, ok := strings.CutPrefix(line, "-- ")
	name, ok2 := strings.CutSuffix(name, " --")
	return strings.TrimSpace(name), ok && ok2
}

// check reports sections of which nobody knows what they are for.
func (a *archive) check() error {
	rules, expects := len(a.rules) > 0, false
	for _, s := range a.sections {
		switch s.kind() {
		case "":
			return fmt.Errorf(`%w: %s:%d: no section is called %q: try rules.rdl, functions.star, input.log, list.txt, "after 10m", expect or stdout`, ErrArchive, a.name, s.line, s.name)
		case ".rdl":
			rules = true
		case "expect", "stdout":
			expects = true
		case "after":
			if _, err := s.span(); err != nil {
				return fmt.Errorf("%w: %s:%d: %w", ErrArchive, a.name, s.line, err)
			}
		}
	}
	switch {
	case !rules:
		return fmt.Errorf("%w: %s has no rules: try a section -- rules.rdl --, or a line -r FILE before the first one", ErrArchive, a.name)
	case !expects:
		return fmt.Errorf("%w: %s expects nothing, so it cannot fail: try a section -- expect --", ErrArchive, a.name)
	}
	return nil
}

// kind is the ending of a file's name, or the word of a step; "" if it is
// neither.
func (s *section) kind() string {
	word, _, _ := strings.Cut(s.name, " ")
	switch ext := path.Ext(s.name); {
	case s.name == "expect", s.name == "stdout", word == "after":
		return word
	case ext == ".rdl", ext == ".star", ext == ".log", ext == ".txt":
		return ext
	}
	return ""
}

// span is how much time passes.
func (s *section) span() (time.Duration, error) {
	d, err := when.ParseDuration(strings.TrimSpace(strings.TrimPrefix(s.name, "after")))
	if err == nil && d <= 0 {
		err = errors.New("what follows after must be more than nothing")
	}
	return d, err
}

// file returns the section that a name within the archive stands for.
func (a *archive) file(name string) *section {
	inside, ok := strings.CutPrefix(path.Clean(name), path.Clean(a.name)+"/")
	i := slices.IndexFunc(a.sections, func(s section) bool { return s.name == inside })
	if !ok || i < 0 {
		return nil
	}
	return &a.sections[i]
}

// names lists the rules of the archive, as a Loader is to be asked for them.
func (a *archive) names() []string {
	names := slices.Clone(a.rules)
	for _, s := range a.sections {
		if s.kind() == ".rdl" {
			names = append(names, path.Join(a.name, s.name))
		}
	}
	return append(names, a.name)
}

// loader lets a loader find the sections, and under the name of the archive
// what its expects are as a test block.
func (a *archive) loader(l *rdl.Loader) *rdl.Loader {
	own := *l
	own.Read = func(name string) ([]byte, error) {
		if name == a.name {
			return a.block(), nil
		} else if s := a.file(name); s != nil {
			return []byte(s.body), nil
		}
		return l.Read(name)
	}
	own.Glob = func(pattern string) ([]string, error) {
		var names []string
		for _, s := range a.sections {
			name := path.Join(a.name, s.name)
			if ok, err := path.Match(pattern, name); ok && err == nil {
				names = append(names, name)
			}
		}
		if names != nil || l.Glob == nil {
			return names, nil
		}
		return l.Glob(pattern)
	}
	if l.Lookup != nil {
		own.Lookup = func(name string) (logs.Value, error) {
			if s := a.file(name); s != nil {
				return logs.Table(strings.Split(s.body, "\n")), nil
			}
			return l.Lookup(name)
		}
	}
	return &own
}

// block writes the expects as rules have them, each on its own line of the
// archive, so that mistakes are told with their place.
func (a *archive) block() []byte {
	var b bytes.Buffer
	number := 1
	to := func(line int) {
		b.WriteString(strings.Repeat("\n", line-number))
		number = line
	}
	b.WriteString(`test "case" { `)
	for _, s := range a.sections {
		if s.kind() != "expect" {
			continue
		}
		to(s.line)
		b.WriteString("expect nothing else")
		for i, line := range strings.Split(s.body, "\n") {
			if text := strings.TrimSpace(line); text != "" && text[0] != '#' {
				to(s.line + 1 + i)
				b.WriteString("expect " + line)
			}
		}
	}
	to(number + 1)
	b.WriteString("expect nothing else }\n")
	return b.Bytes()
}

// A wanted is an effect that an archive expects, with the line as written.
type wanted struct {
	*rdl.Expectation
	source string
}

// expects takes the expects of each section from what block has become, by
// the lines of their headers.
func (a *archive) expects(p *rdl.Program) (map[int][]wanted, error) {
	i := slices.IndexFunc(p.Cases, func(c *rdl.Case) bool { return fileOf(c.Pos) == a.name })
	if i < 0 {
		return nil, fmt.Errorf("%w: %s holds no test", ErrArchive, a.name)
	}
	all, at := map[int][]wanted{}, 0
	for _, step := range p.Cases[i].Steps {
		x := step.Expect
		switch {
		case x == nil:
			return nil, fmt.Errorf("%s: an expect section holds effects, one a line", step.Pos)
		case x.NothingElse:
			fmt.Sscanf(strings.TrimPrefix(step.Pos, a.name+":"), "%d", &at)
			continue
		case x.No:
			return nil, fmt.Errorf("%s: what is not listed in an expect section must not come: leave the line out", step.Pos)
		}
		for range max(1, x.Times) {
			all[at] = append(all[at], wanted{x, strings.TrimPrefix(x.Source, "expect ")})
		}
	}
	return all, nil
}
