package lint

import (
	"encoding/json"
	"io"
	"net/url"

	"github.com/logs-rdl/logs/rdl"
)

// An entry is a finding, or a mistake, as JSON shows it.
type entry struct {
	Code     string    `json:"code"` // "error" for a mistake
	Severity string    `json:"severity"`
	File     string    `json:"file"`
	Line     int       `json:"line"`   // from 1
	Column   int       `json:"column"` // from 1, in characters
	Width    int       `json:"width"`  // in characters
	Message  string    `json:"message"`
	Hint     string    `json:"hint,omitempty"`
	Fix      *fixEntry `json:"fix,omitempty"`
}

type fixEntry struct {
	Title string      `json:"title"`
	Edits []editEntry `json:"edits"`
}

// An editEntry replaces the bytes from Start to End, which is excluded.
type editEntry struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

// WriteJSON writes mistakes and findings as one JSON array.
func WriteJSON(w io.Writer, errs rdl.Errors, found []Finding) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(entries(errs, found))
}

func entries(errs rdl.Errors, found []Finding) []entry {
	all := []entry{}
	for _, e := range errs {
		all = append(all, entry{"error", "error", e.File, e.Line, e.Col, e.Width, e.Msg, e.Hint, nil})
	}
	for _, f := range found {
		line, col, width := f.Position()
		all = append(all, entry{f.Code, string(f.Severity), f.File.Name, line, col, width, f.Message, f.Hint, f.Fix.entry()})
	}
	return all
}

func (f *Fix) entry() *fixEntry {
	if f == nil {
		return nil
	}
	out := &fixEntry{Title: f.Title}
	for _, e := range f.Edits {
		out.Edits = append(out.Edits, editEntry{e.Start, e.End, e.Text})
	}
	return out
}

// The parts of SARIF 2.1.0 that code hosts read.
type (
	sarif struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Columns string        `json:"columnKind"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string    `json:"id"`
		Short sarifText `json:"shortDescription"`
		Full  sarifText `json:"fullDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		Rule      string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn"`
		End    int `json:"endColumn"`
	}
)

// WriteSARIF writes mistakes and findings in the Static Analysis Results
// Interchange Format, which code hosts show beside the lines.
func WriteSARIF(w io.Writer, errs rdl.Errors, found []Finding) error {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "logs check"}}, Columns: "unicodeCodePoints", Results: []sarifResult{}}
	for _, c := range Codes() {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{c.ID, sarifText{c.Title}, sarifText{c.Why}})
	}
	for _, e := range entries(errs, found) {
		at := sarifPhysical{sarifArtifact{(&url.URL{Path: e.File}).String()}, sarifRegion{e.Line, e.Column, e.Column + e.Width}}
		run.Results = append(run.Results, sarifResult{e.Code, sarifLevel(e.Severity), sarifText{e.text()}, []sarifLocation{{at}}})
	}
	out := sarif{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
	return json.NewEncoder(w).Encode(out)
}

func (e entry) text() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " (" + e.Hint + ")"
}

// sarifLevel is the word of SARIF for a severity.
func sarifLevel(severity string) string {
	if severity == string(Grave) {
		return "error"
	}
	return severity
}
