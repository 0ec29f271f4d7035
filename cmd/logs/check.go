package main

import (
	"errors"
	"fmt"

	"github.com/logs-rdl/logs/rdl"
)

// checkCmd is logs check.
type checkCmd struct {
	Rules []string `arg:"" name:"rules" help:"Rule files, or folders of *.rdl."`
}

// Run reports all problems of the rules at once.
func (c checkCmd) Run(w *world) error {
	files, err := ruleFiles(c.Rules)
	if err != nil {
		return err
	}
	_, err = newLoader().Load(files...)
	var errs rdl.Errors
	switch {
	case errors.As(err, &errs):
		fmt.Fprintln(w.out, errs)
		return &failure{code: exitRules}
	case err != nil:
		return &failure{exitUsage, err}
	}
	fmt.Fprintln(w.out, counted(len(files))+" right")
	return nil
}

// counted tells how many files are.
func counted(files int) string {
	if files == 1 {
		return "1 file is"
	}
	return fmt.Sprintf("%d files are", files)
}
