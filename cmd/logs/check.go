package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/logs-rdl/logs/internal/lint"
	"github.com/logs-rdl/logs/rdl"
)

// checkCmd is logs check.
type checkCmd struct {
	Rules   []string `arg:"" optional:"" name:"rules" help:"Rule files, or folders of *.rdl."`
	Fix     bool     `help:"Mend what can be mended: rewrite the files, and format them."`
	Strict  bool     `help:"Exit 1 for findings, too, if they are more than notes."`
	JSON    bool     `xor:"form" name:"json" help:"Report as JSON."`
	SARIF   bool     `xor:"form" name:"sarif" help:"Report as SARIF, for code hosts."`
	Explain string   `placeholder:"CODE" help:"Tell what a code means, such as L001."`
}

// Run reports all problems of the rules at once: mistakes, or if there are
// none, what is right and most likely not meant.
func (c checkCmd) Run(w *world) error {
	if c.Explain != "" {
		return c.explain(w)
	}
	if len(c.Rules) == 0 {
		return &failure{exitUsage, errors.New("check needs rules: a file, or a folder of *.rdl")}
	}
	files, err := ruleFiles(c.Rules)
	if err != nil {
		return err
	}
	found, err := c.lint(w, files)
	var errs rdl.Errors
	if err != nil && !errors.As(err, &errs) {
		return &failure{exitUsage, err}
	}
	if err := c.report(w, len(files), errs, found); err != nil {
		return err
	}
	if errs != nil || c.Strict && slices.ContainsFunc(found, func(f lint.Finding) bool { return f.Severity != lint.Note }) {
		return &failure{code: exitRules}
	}
	return nil
}

// lint loads and lints the rules, and mends them if that is wanted.
func (c checkCmd) lint(w *world, files []string) ([]lint.Finding, error) {
	if !c.Fix {
		rules, err := lint.Load(newLoader(), files...)
		if err != nil {
			return nil, err
		}
		return lint.Run(rules), nil
	}
	changed, left, err := lint.Mend(newLoader(), files...)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		if err := rewrite(name, changed[name]); err != nil {
			return nil, err
		}
		fmt.Fprintf(w.err, "logs: mended %s\n", name)
	}
	return left, nil
}

// report shows what was found in the form that is wanted.
func (c checkCmd) report(w *world, files int, errs rdl.Errors, found []lint.Finding) error {
	switch {
	case c.JSON:
		return lint.WriteJSON(w.out, errs, found)
	case c.SARIF:
		return lint.WriteSARIF(w.out, errs, found)
	case errs != nil:
		fmt.Fprintln(w.out, errs)
		return nil
	}
	for _, f := range found {
		fmt.Fprintln(w.out, f)
	}
	fmt.Fprintln(w.out, counted(files)+" right")
	if len(found) > 0 {
		fmt.Fprintln(w.out, "logs check --explain CODE tells more")
	}
	return nil
}

// explain tells what a code means.
func (c checkCmd) explain(w *world) error {
	code := lint.Find(strings.ToUpper(c.Explain))
	if code == nil {
		return &failure{exitUsage, fmt.Errorf("there is no code %s: docs/lint.md lists them", c.Explain)}
	}
	fmt.Fprint(w.out, code.Explain())
	return nil
}

// counted tells how many files are.
func counted(files int) string {
	if files == 1 {
		return "1 file is"
	}
	return fmt.Sprintf("%d files are", files)
}
