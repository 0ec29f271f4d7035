package lsp

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/logs-rdl/logs/internal/ruletest"
	"github.com/logs-rdl/logs/rdl"
)

// commandTest runs tests of a document: its arguments are the URI and, for one
// test alone, its name.
const commandTest = "logs.runTest"

// lenses offers to run each test of a document, and all of them.
func (s *session) lenses(p documentParams) (any, error) {
	v, err := s.view(p.TextDocument)
	if err != nil {
		return nil, err
	}
	all := []codeLens{}
	for _, t := range tests(v.file) {
		name, _ := t.Name.Constant()
		all = append(all, codeLens{
			v.document.text.rangeOf(rdl.Span{Start: t.Start, End: t.Name.End}),
			command{"Run test", commandTest, []any{v.uri, name}},
		})
	}
	if len(all) > 1 {
		top := textRange{}
		all = append(all, codeLens{top, command{fmt.Sprintf("Run all %d tests", len(all)), commandTest, []any{v.uri}}})
	}
	return all, nil
}

// tests lists the tests in a file.
func tests(f *rdl.File) []*rdl.Test {
	var all []*rdl.Test
	for _, d := range f.Decls {
		if t, ok := d.(*rdl.Test); ok {
			all = append(all, t)
		}
	}
	return all
}

// A testResult is how one test went, as the command answers it.
type testResult struct {
	Name    string `json:"name"`
	Passed  bool   `json:"passed"`
	Failure string `json:"failure,omitempty"`
}

// execute runs the command: what came of each test is its answer, stands at the
// test until the document changes, and is summed up in a message.
func (s *session) execute(p executeParams) (any, error) {
	uri, only, err := testArguments(p)
	if err != nil {
		return nil, err
	}
	v, err := s.view(textDocument{uri})
	if err != nil {
		return nil, err
	}
	if v.rules == nil {
		return nil, &rpcError{codeRequestFailed, "mend the mistakes in the rules first, then tests can run"}
	}
	results, told, failed := []testResult{}, []diagnostic{}, 0
	for _, t := range tests(v.file) {
		name, _ := t.Name.Constant()
		if only != nil && name != *only {
			continue
		}
		r := s.runTest(v, t, name)
		if !r.Passed {
			failed++
		}
		results = append(results, r)
		told = append(told, v.testDiagnostic(t, r))
	}
	s.results[v.name], s.stale = told, true
	summary := fmt.Sprintf("%d passed, %d failed", len(results)-failed, failed)
	return results, s.notify("window/showMessage", showMessageParams{messageType(failed), "logs: " + summary})
}

// messageType is that of an error or of news.
func messageType(failed int) int {
	if failed > 0 {
		return 1
	}
	return 3
}

// testArguments reads the arguments of the command.
func testArguments(p executeParams) (uri string, only *string, err error) {
	if p.Command != commandTest {
		return "", nil, &rpcError{codeInvalidParams, "the command " + p.Command + " is not known here"}
	}
	wrong := &rpcError{codeInvalidParams, commandTest + " takes the URI of a document and, perhaps, the name of a test"}
	if len(p.Arguments) == 0 || json.Unmarshal(p.Arguments[0], &uri) != nil {
		return "", nil, wrong
	}
	if len(p.Arguments) > 1 && json.Unmarshal(p.Arguments[1], &only) != nil {
		return "", nil, wrong
	}
	return uri, only, nil
}

// runTest runs one test.
func (s *session) runTest(v *view, t *rdl.Test, name string) testResult {
	line, _ := v.file.Position(t.Start)
	pos := fmt.Sprintf("%s:%d", v.name, line)
	for _, c := range v.rules.Program.Cases {
		if c.Pos != pos || c.Name != name {
			continue
		}
		result, err := ruletest.Run(v.rules.Program, c, s.server.Open)
		failure := result.Failure
		if err != nil {
			failure = err.Error()
		}
		return testResult{name, failure == "", strings.ReplaceAll(failure, v.name+":", "line ")}
	}
	return testResult{name, false, "the test is not there any more"}
}

// testDiagnostic tells how a test went, where its name stands.
func (v *view) testDiagnostic(t *rdl.Test, r testResult) diagnostic {
	d := diagnostic{
		Range: v.document.text.rangeOf(t.Name.Span), Severity: severityInformation, Source: "logs test", Message: "passed",
	}
	if !r.Passed {
		d.Severity, d.Message = severityError, r.Failure
	}
	return d
}
