package lint

import (
	"fmt"

	"github.com/logs-rdl/logs/rdl"
)

// maxRounds bounds how often Mend lints: a fix may make room for another.
const maxRounds = 10

// Mend loads rule files and applies all fixes. It returns the new text of the
// files that change, formatted, and what is left. Nothing is written. The
// error is that of the loader, or tells that a fix broke the rules.
func Mend(l *rdl.Loader, names ...string) (changed map[string]string, left []Finding, err error) {
	changed = map[string]string{}
	over := *l
	over.Read = func(name string) ([]byte, error) {
		if text, ok := changed[name]; ok {
			return []byte(text), nil
		}
		return l.Read(name)
	}
	for round := 0; ; round++ {
		rules, err := Load(&over, names...)
		switch {
		case err != nil && round > 0:
			return nil, nil, fmt.Errorf("a fix makes the rules wrong, and none is kept: %w", err)
		case err != nil:
			return nil, nil, err
		}
		left = Run(rules)
		if round == maxRounds || !mendRound(rules, left, changed) {
			return changed, left, nil
		}
	}
}

// mendRound applies the fixes of one run and tells whether there were any.
func mendRound(rules *Rules, found []Finding, changed map[string]string) bool {
	any := false
	for _, file := range rules.Files {
		var fixes []*Fix
		for _, f := range found {
			if f.File == file && f.Fix != nil {
				fixes = append(fixes, f.Fix)
			}
		}
		if fixes == nil {
			continue
		}
		mended, _ := rdl.Parse(file.Name, Apply(file.Src, fixes))
		changed[file.Name] = rdl.Format(mended)
		any = true
	}
	return any
}
