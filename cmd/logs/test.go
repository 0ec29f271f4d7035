package main

import (
	"fmt"
	"regexp"

	"github.com/logs-rdl/logs/internal/ruletest"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/source"
)

// testCmd is logs test.
type testCmd struct {
	Only  string   `name:"run" placeholder:"RE" help:"Run only the tests whose names match."`
	Rules []string `arg:"" name:"rules" help:"Rule files, or folders of *.rdl."`
}

// Run runs the test blocks of each file with the rules of that file alone.
func (c testCmd) Run(w *world) error {
	only, err := regexp.Compile(c.Only)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	files, err := ruleFiles(c.Rules)
	if err != nil {
		return err
	}
	passed, failed := 0, 0
	for _, name := range files {
		p, err := loadRules([]string{name})
		if err != nil {
			return err
		}
		for _, test := range p.Cases {
			if !only.MatchString(test.Name) {
				continue
			}
			result, err := ruletest.Run(p, test, openGiven)
			switch {
			case err != nil:
				failed++
				fmt.Fprintf(w.out, "FAIL %s: %s\n%v\n", test.Pos, test.Name, err)
			case result.Failure != "":
				failed++
				fmt.Fprintf(w.out, "FAIL %s: %s\n%s\n", test.Pos, test.Name, result.Failure)
			default:
				passed++
			}
		}
	}
	fmt.Fprintf(w.out, "%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return &failure{code: exitRules}
	}
	return nil
}

// openGiven opens a file that a test names.
func openGiven(name string) (run.Opened, error) {
	r, err := source.File{Path: name}.Open()
	if err != nil {
		return run.Opened{}, err
	}
	return run.Opened{Reader: file{r}, ModTime: r.ModTime()}, nil
}
