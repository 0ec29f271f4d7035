package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/logs-rdl/logs/rdl"
)

// fmtCmd is logs fmt.
type fmtCmd struct {
	Write bool     `short:"w" xor:"what" help:"Write the files instead of printing them."`
	Diff  bool     `short:"d" xor:"what" help:"Print what would change; exit 1 if anything would."`
	Rules []string `arg:"" name:"rules" help:"Rule files, or folders of *.rdl."`
}

// Run formats each file.
func (c fmtCmd) Run(w *world) error {
	files, err := ruleFiles(c.Rules)
	if err != nil {
		return err
	}
	code := 0
	for _, name := range files {
		changed, err := c.format(w, name)
		if err != nil {
			return err
		}
		if c.Diff && changed {
			code = exitRules
		}
	}
	if code != 0 {
		return &failure{code: code}
	}
	return nil
}

// format formats one file and tells whether that changes it.
func (c fmtCmd) format(w *world, name string) (changed bool, err error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return false, &failure{exitUsage, err}
	}
	file, errs := rdl.Parse(name, string(src))
	if len(errs) > 0 {
		return false, &failure{exitRules, errs}
	}
	out := rdl.Format(file)
	changed = out != string(src)
	switch {
	case c.Diff:
		if changed {
			w.out.Write(diff.Diff(name, src, name+" formatted", []byte(out)))
		}
	case !c.Write:
		fmt.Fprint(w.out, out)
	case changed:
		return true, rewrite(name, out)
	}
	return changed, nil
}

// rewrite replaces a file whole or not at all, and keeps its mode.
func rewrite(name, text string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".logs-fmt-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(f.Name(), info.Mode())
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	return err
}
