package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/ruletest"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/sink"
	"github.com/logs-rdl/logs/internal/source"
)

// testCmd is logs test.
type testCmd struct {
	Only      string   `name:"run" placeholder:"RE" help:"Run only the tests whose names match."`
	Update    bool     `help:"Rewrite what failed so that it expects what came."`
	TAP       bool     `name:"tap" help:"Report in the Test Anything Protocol."`
	JUnit     string   `name:"junit" placeholder:"FILE" help:"Write a report as JUnit does, too."`
	Cover     bool     `help:"Tell what of the rules no test reaches."`
	CoverHTML string   `name:"cover-html" placeholder:"FILE" help:"Write the rules as a page, coloured by what tests reach."`
	Rules     []string `arg:"" name:"rules" help:"Rule files, archives (*.txtar), or folders of both."`
}

// Run runs the test blocks of each file with the rules of that file alone, and
// archives.
func (c testCmd) Run(w *world) error {
	only, err := regexp.Compile(c.Only)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	files, err := testFiles(c.Rules)
	if err != nil {
		return err
	}
	s := ruletest.Suite{Loader: newLoader, Open: openGiven, Stdout: asPrinted, Only: only}
	if c.Cover || c.CoverHTML != "" {
		s.Cover = &ruletest.Cover{}
	}
	results, err := s.Run(files)
	if errors.Is(err, ruletest.ErrArchive) {
		return &failure{exitRules, err}
	} else if err != nil {
		return rulesFailure(err)
	}
	if c.Update {
		if err := update(w.out, results); err != nil {
			return err
		}
	}
	return c.report(w.out, results, s.Cover)
}

// report tells how the tests went, in all the forms that were asked for.
func (c testCmd) report(out io.Writer, results []ruletest.Result, cover *ruletest.Cover) error {
	write := ruletest.WriteText
	if c.TAP {
		write = ruletest.WriteTAP
	}
	failed := write(out, results)
	if c.Cover {
		cover.WriteText(out)
	}
	err := writeReport("--junit", c.JUnit, func(f io.Writer) error { return ruletest.WriteJUnit(f, results) })
	if err == nil {
		err = writeReport("--cover-html", c.CoverHTML, func(f io.Writer) error { return cover.WriteHTML(f) })
	}
	if err == nil && failed > 0 {
		err = &failure{code: exitRules}
	}
	return err
}

// writeReport writes a file, if one is named.
func writeReport(flag, name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	err = write(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}

// update rewrites the files whose tests failed.
func update(out io.Writer, results []ruletest.Result) error {
	files, err := ruletest.Update(results, os.ReadFile)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := rewrite(name, files[name]); err != nil {
			return err
		}
		fmt.Fprintf(out, "updated %s\n", name)
	}
	return nil
}

// testFiles lists the files that tests are in: files as they are named, and
// the *.rdl and *.txtar of folders in the order of their names.
func testFiles(names []string) ([]ruletest.File, error) {
	var files []ruletest.File
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, &failure{exitUsage, fmt.Errorf("cannot read the tests: %w", err)}
		}
		if !info.IsDir() {
			files = append(files, ruletest.File{Name: filepath.ToSlash(name)})
			continue
		}
		entries, err := os.ReadDir(name)
		if err != nil {
			return nil, &failure{exitUsage, err}
		}
		before := len(files)
		for _, e := range entries {
			if ext := filepath.Ext(e.Name()); !e.IsDir() && (ext == ".rdl" || ext == ".txtar") {
				files = append(files, ruletest.File{Name: filepath.ToSlash(filepath.Join(name, e.Name())), Found: true})
			}
		}
		if len(files) == before {
			return nil, &failure{exitUsage, fmt.Errorf("the folder %s holds no *.rdl and no *.txtar", name)}
		}
	}
	return files, nil
}

// openGiven opens a file that a test names.
func openGiven(name string) (run.Opened, error) { return opened(source.File{Path: name}.Open()) }

// asPrinted is what a run prints of an effect.
func asPrinted(e *logs.Effect) string {
	var b strings.Builder
	out := bufio.NewWriter(&b)
	var err error
	switch e.Kind {
	case logs.EffectPrint:
		err = sink.Print{Out: out}.Do(context.Background(), e)
	case logs.EffectAlert:
		err = (&sink.Alert{Out: out}).Do(context.Background(), e)
	}
	if flushed := out.Flush(); err != nil || flushed != nil {
		return "" // nothing is written to but memory
	}
	return b.String()
}
