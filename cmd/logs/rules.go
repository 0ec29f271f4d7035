package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/script"
	"github.com/logs-rdl/logs/rdl"
)

// newLoader returns a loader of rules from the disk.
func newLoader() *rdl.Loader {
	lookups := &run.Lookups{}
	return &rdl.Loader{
		Read: readRules,
		Glob: filepath.Glob,
		Use: func(name string, src []byte) (rdl.Functions, error) {
			m, err := script.Load(name, src)
			if err != nil {
				return nil, err
			}
			return m, nil
		},
		Outside: rdl.Outside{Lookup: lookups.Lookup, Env: os.Getenv, Hostname: hostname},
	}
}

// hostname returns the machine's name; "localhost" if it has none.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return name
}

// ruleFiles lists the files that rules are in: files as they are named, and
// the *.rdl of folders in the order of their names.
func ruleFiles(names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return nil, &failure{exitUsage, fmt.Errorf("cannot read the rules: %w", err)}
		case !info.IsDir():
			files = append(files, filepath.ToSlash(name))
			continue
		}
		found, err := filepath.Glob(filepath.Join(name, "*.rdl"))
		if err != nil {
			return nil, &failure{exitUsage, err}
		}
		if len(found) == 0 {
			return nil, &failure{exitUsage, fmt.Errorf("the folder %s holds no *.rdl", name)}
		}
		sort.Strings(found)
		for _, f := range found {
			files = append(files, filepath.ToSlash(f))
		}
	}
	return files, nil
}

// loadRules loads rules. Wrong rules are a failure with exitRules.
func loadRules(names []string) (*rdl.Program, error) { return loadWith(newLoader(), names) }

// loadWith is loadRules with a loader of one's own.
func loadWith(l *rdl.Loader, names []string) (*rdl.Program, error) {
	files, err := ruleFiles(names)
	if err != nil {
		return nil, err
	}
	p, err := l.Load(files...)
	if err != nil {
		return nil, rulesFailure(err)
	}
	return p, nil
}

// rulesFailure tells wrong rules from those that cannot be read.
func rulesFailure(err error) error {
	var errs rdl.Errors
	if errors.As(err, &errs) {
		return &failure{exitRules, fmt.Errorf("the rules are wrong\n%w", errs)}
	}
	return &failure{exitUsage, err}
}
