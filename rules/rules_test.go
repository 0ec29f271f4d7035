// Package rules holds the library of rules, and the tests of all of it: each
// file, and all files as one program, are right, pass their tests, and are
// silent over the logs of ordinary machines in testdata/quiet.
package rules

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/lint"
	"github.com/logs-rdl/logs/internal/ruletest"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/when"
	"github.com/logs-rdl/logs/rdl"
)

// loader reads the rules as the program does, without what lies outside.
func loader() *rdl.Loader { return &rdl.Loader{Read: os.ReadFile, Glob: filepath.Glob} }

// files lists the files of a pattern; there must be some.
func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("there is no %s (%v)", pattern, err)
	}
	return found
}

// programs names each file alone, and all of them together.
func programs(t *testing.T) map[string][]string {
	all := files(t, "*.rdl")
	of := map[string][]string{"all": all}
	for _, file := range all {
		of[file] = []string{file}
	}
	return of
}

// each loads each file alone, and all of them together.
func each(t *testing.T, check func(t *testing.T, names []string, p *rdl.Program)) {
	for name, names := range programs(t) {
		t.Run(name, func(t *testing.T) {
			p, err := loader().Load(names...)
			if err != nil {
				t.Fatal(err)
			}
			check(t, names, p)
		})
	}
}

// Nothing in the rules is most likely not meant.
func TestLint(t *testing.T) {
	each(t, func(t *testing.T, names []string, _ *rdl.Program) {
		rules, err := lint.Load(loader(), names...)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range lint.Run(rules) {
			t.Error(found)
		}
	})
}

// The files stand in the one layout.
func TestLayout(t *testing.T) {
	for _, name := range files(t, "*.rdl") {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, errs := rdl.Parse(name, string(src))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		if rdl.Format(file) != string(src) {
			t.Errorf("%s is not laid out as logs fmt does it", name)
		}
	}
}

// The tests pass with the rules of their file, and no other file disturbs them.
func TestBlocks(t *testing.T) {
	each(t, func(t *testing.T, _ []string, p *rdl.Program) {
		if len(p.Cases) < 3 {
			t.Errorf("it has %d tests", len(p.Cases))
		}
		for _, c := range p.Cases {
			result, err := ruletest.Run(p, c, open)
			if err != nil {
				t.Fatal(err)
			}
			if result.Failure != "" {
				t.Errorf("%s: %s\n%s", result.Pos, result.Name, result.Failure)
			}
		}
	})
}

// Each file has tests that fire and tests that expect silence: rules that speak
// too often are not heard.
func TestBlocksAreOfBothSorts(t *testing.T) {
	for _, name := range files(t, "*.rdl") {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		loud, quiet := 0, 0
		for _, block := range strings.Split(string(src), "\ntest \"")[1:] {
			if strings.Contains(block, "expect alert") || strings.Contains(block, "expect print") {
				loud++
			} else {
				quiet++
			}
		}
		if loud == 0 || quiet == 0 {
			t.Errorf("%s has %d tests that fire and %d that stay silent", name, loud, quiet)
		}
	}
}

// Over ordinary logs the rules do nothing, and nothing goes wrong in them.
func TestQuiet(t *testing.T) {
	quiet := files(t, "testdata/quiet/*.log")
	each(t, func(t *testing.T, _ []string, p *rdl.Program) {
		for _, name := range quiet {
			for _, effect := range effects(t, p, name) {
				t.Errorf("%s: %s", name, effect)
			}
		}
	})
}

// The quiet logs would be no test if none of their lines came near to a rule.
func TestQuietIsNear(t *testing.T) {
	p, err := loader().Load(files(t, "*.rdl")...)
	if err != nil {
		t.Fatal(err)
	}
	e := engine(t, p)
	for _, name := range files(t, "testdata/quiet/*.log") {
		read(t, e, &gathered{}, name)
	}
	matched := 0
	for _, c := range e.Counts() {
		if c.Matches > 0 {
			matched++
		}
	}
	if matched < 30 {
		t.Errorf("only %d rules match any of their lines", matched)
	}
}

// effects tells what a program does over a log of 2026.
func effects(t *testing.T, p *rdl.Program, name string) []string {
	t.Helper()
	e := engine(t, p)
	g := &gathered{}
	read(t, e, g, name)
	if s := e.Stats(); s.Faults+s.Dropped+s.Evicted+s.GaveUp+s.Missing > 0 {
		t.Errorf("%s: not all went well: %+v", name, s)
	}
	return g.told
}

func engine(t *testing.T, p *rdl.Program) *logs.Engine {
	t.Helper()
	e, err := logs.New(p.Program, logs.Options{Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// read feeds a log to an engine. Lines without a stamp, of which there should
// be none, would be of a fixed time.
func read(t *testing.T, e *logs.Engine, h run.Handler, name string) {
	t.Helper()
	r := run.Runner{Engine: e, Handler: h, Options: run.Options{
		Stamps: when.Options{Year: 2026, Zone: time.UTC},
		Now:    func() time.Time { return time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) },
		Failed: func(err error) { t.Error(err) },
	}}
	input := run.Input{Name: name, Open: func() (run.Opened, error) { return open(name) }}
	summary, err := r.Run(context.Background(), []run.Input{input})
	if err != nil {
		t.Fatal(err)
	}
	if summary.Lines < 100 || summary.BadStamps.Count > 0 {
		t.Errorf("%s: %d lines, %d of them with a bad stamp", name, summary.Lines, summary.BadStamps.Count)
	}
}

// open reads a log from the disk.
func open(name string) (run.Opened, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return run.Opened{}, err
	}
	return ruletest.Lines(name, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")).Open()
}

// gathered tells effects in words. It is a run's Handler.
type gathered struct{ told []string }

func (g *gathered) Do(_ context.Context, e *logs.Effect) error {
	g.told = append(g.told, fmt.Sprintf("%s %s %s %q", e.Time.Format(time.RFC3339), e.Kind, e.Severity, e.Text))
	return nil
}

func (g *gathered) Flush() error { return nil }

// A row of the table in README.md: a link to the file, what it finds, its knobs.
var row = regexp.MustCompile(`(?m)^\| \[([\w-]+\.rdl)\]\([\w-]+\.rdl\) \| (.+) \| (.*) \|$`)

// A knob is a variable of the whole program.
var knob = regexp.MustCompile(`(?m)^let ([\w-]+) = `)

// The table in README.md has a row for each file, in their order, with all knobs.
func TestTable(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, r := range row.FindAllStringSubmatch(string(text), -1) {
		listed = append(listed, r[1])
		src, err := os.ReadFile(r[1])
		if err != nil {
			t.Error(err)
			continue
		}
		var knobs []string
		for _, k := range knob.FindAllStringSubmatch(string(src), -1) {
			knobs = append(knobs, "`"+k[1]+"`")
		}
		if want := strings.Join(knobs, ", "); r[3] != want {
			t.Errorf("README.md: the knobs of %s are not\n%s\nbut\n%s", r[1], r[3], want)
		}
	}
	slices.Sort(listed)
	if want := files(t, "*.rdl"); !slices.Equal(listed, want) {
		t.Errorf("README.md lists\n%v\nand there are\n%v", listed, want)
	}
}

// Names are of one space over all files, so each begins with that of its file.
func TestNamesBearTheirFile(t *testing.T) {
	named := regexp.MustCompile(`(?m)^ *(?:let|rule|ruleset|window|context|sequence) ([\w-]+)`)
	also := map[string][]string{"sudo.rdl": {"su"}, "auditd.rdl": {"audit"}}
	for _, name := range files(t, "*.rdl") {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		prefixes := append(also[name], strings.TrimSuffix(name, ".rdl"))
		for _, m := range named.FindAllStringSubmatch(string(src), -1) {
			if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(m[1], p) }) {
				t.Errorf("%s: the name %s does not begin with that of its file", name, m[1])
			}
		}
	}
}
