package lsp

import (
	"regexp"
	"strings"

	"github.com/logs-rdl/logs/rdl"
)

// format gives a document the one layout.
func (s *session) format(p documentParams) (any, error) {
	d, err := s.document(p.TextDocument)
	if err != nil {
		return nil, err
	}
	file, errs := rdl.Parse(d.name, d.text.src)
	if len(errs) > 0 {
		return nil, &rpcError{codeRequestFailed, "mend the mistakes first, then the rules can be formatted"}
	}
	edits := []textEdit{}
	if out := rdl.Format(file); out != d.text.src {
		edits = append(edits, textEdit{d.text.rangeOf(rdl.Span{End: len(d.text.src)}), out})
	}
	return edits, nil
}

// actions offers what mends the mistakes and findings in a part of a document.
func (s *session) actions(p codeActionParams) (any, error) {
	v, err := s.view(p.TextDocument)
	if err != nil {
		return nil, err
	}
	t := v.document.text
	from, to := t.offset(p.Range.Start), t.offset(p.Range.End)
	touches := func(span rdl.Span) bool { return span.Start <= to && from <= span.End }
	offered := []codeAction{}
	offer := func(title string, d diagnostic, edits ...textEdit) {
		offered = append(offered, codeAction{title, "quickfix", []diagnostic{d}, workspaceEdit{map[string][]textEdit{v.uri: edits}}})
	}
	for _, e := range v.errs {
		span := t.errorSpan(e)
		if meant := meantWord.FindStringSubmatch(e.Hint); e.File == v.name && touches(span) && meant != nil {
			offer("Write "+meant[1], mistake(t, e), textEdit{t.rangeOf(span), meant[1]})
		}
	}
	for _, f := range v.findings() {
		if f.File != v.lintFile() || !touches(f.Span) {
			continue
		}
		if f.Fix != nil {
			var edits []textEdit
			for _, e := range f.Fix.Edits {
				edits = append(edits, textEdit{t.rangeOf(e.Span), e.Text})
			}
			offer(f.Fix.Title, found(t, f), edits...)
		}
		offer("Ignore "+f.Code+" here", found(t, f), ignoring(t, f.Span, f.Code))
	}
	return offered, nil
}

// meantWord finds the near spelling in a hint, if it can take the place of what
// is underlined.
var meantWord = regexp.MustCompile(`^did you mean "?([^\s"?]+)"?\?`)

// ignoring puts the comment that silences a finding on the line before it.
func ignoring(t *text, at rdl.Span, code string) textEdit {
	line := t.position(at.Start).Line
	src := t.line(line)
	indent := src[:len(src)-len(strings.TrimLeft(src, " \t"))]
	start := position{Line: line}
	return textEdit{textRange{start, start}, indent + "# lint: ignore " + code + "\n"}
}

// lintFile returns the document as package lint has read it.
func (v *view) lintFile() *rdl.File {
	for _, f := range v.rules.Files {
		if f.Name == v.name {
			return f
		}
	}
	return nil
}
