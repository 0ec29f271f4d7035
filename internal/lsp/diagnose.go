package lsp

import (
	"maps"
	"slices"

	"github.com/logs-rdl/logs/internal/lint"
	"github.com/logs-rdl/logs/rdl"
)

// diagnose tells the editor of all mistakes and findings in the programs of
// the documents that are open, and that those are gone which it was told
// before.
func (s *session) diagnose() error {
	s.stale = false
	all := map[string][]diagnostic{}
	told := map[*program]bool{}
	for _, name := range slices.Sorted(maps.Keys(s.open)) {
		p := s.load(s.rootsOf(name))
		if !told[p] {
			told[p] = true
			s.gather(p, all)
		}
	}
	for name, d := range s.open {
		all[d.uri] = append(all[d.uri], s.results[name]...) // so it is told of, though nothing may be wrong
	}
	for uri := range s.told {
		if _, ok := all[uri]; !ok {
			all[uri] = nil
		}
	}
	s.told = map[string]bool{}
	for _, uri := range slices.Sorted(maps.Keys(all)) {
		s.told[uri] = len(all[uri]) > 0
		if err := s.notify("textDocument/publishDiagnostics", publishParams{uri, orEmpty(all[uri])}); err != nil {
			return err
		}
	}
	return nil
}

// orEmpty makes a list that shows as [].
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// gather adds what is to be told of a program, by URI.
func (s *session) gather(p *program, all map[string][]diagnostic) {
	for _, e := range p.errs {
		f := p.file(e.File)
		if f == nil {
			continue
		}
		uri := s.uri(e.File)
		all[uri] = append(all[uri], mistake(p.text(f), e))
	}
	if p.failed != nil {
		uri := s.uri(p.roots[0])
		all[uri] = append(all[uri], diagnostic{Severity: severityError, Source: "logs", Message: p.failed.Error()})
	}
	for _, f := range p.findings() {
		uri := s.uri(f.File.Name)
		all[uri] = append(all[uri], found(p.text(f.File), f))
	}
}

func mistake(t *text, e *rdl.Error) diagnostic {
	return diagnostic{
		Range: t.rangeOf(t.errorSpan(e)), Severity: severityError, Source: "logs", Message: withHint(e.Msg, e.Hint),
	}
}

func found(t *text, f lint.Finding) diagnostic {
	severity := map[lint.Severity]int{lint.Grave: severityError, lint.Warning: severityWarning, lint.Note: severityInformation}[f.Severity]
	return diagnostic{
		Range: t.rangeOf(f.Span), Severity: max(severity, severityError), Code: f.Code, Source: "logs", Message: withHint(f.Message, f.Hint),
	}
}

func withHint(message, hint string) string {
	if hint == "" {
		return message
	}
	return message + "\n" + hint
}
