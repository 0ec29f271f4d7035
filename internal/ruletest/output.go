package ruletest

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// failedOf counts the tests that failed.
func failedOf(results []Result) int {
	failed := 0
	for _, r := range results {
		if r.Failure != "" {
			failed++
		}
	}
	return failed
}

// WriteText tells which tests failed and why, and how many passed. It returns
// how many failed.
func WriteText(w io.Writer, results []Result) int {
	for _, r := range results {
		if r.Failure != "" {
			fmt.Fprintf(w, "FAIL %s: %s\n%s\n", r.Pos, r.Name, r.Failure)
		}
	}
	failed := failedOf(results)
	fmt.Fprintf(w, "%d passed, %d failed\n", len(results)-failed, failed)
	return failed
}

// WriteTAP writes the results in the Test Anything Protocol, version 14. It
// returns how many failed.
func WriteTAP(w io.Writer, results []Result) int {
	fmt.Fprintf(w, "TAP version 14\n1..%d\n", len(results))
	for i, r := range results {
		name := tapName(fmt.Sprintf("%s: %s", r.Pos, r.Name))
		if r.Failure == "" {
			fmt.Fprintf(w, "ok %d - %s\n", i+1, name)
			continue
		}
		fmt.Fprintf(w, "not ok %d - %s\n  ---\n  message: |\n", i+1, name)
		for _, line := range strings.Split(r.Failure, "\n") {
			fmt.Fprintf(w, "    %s\n", line)
		}
		fmt.Fprintln(w, "  ...")
	}
	return failedOf(results)
}

// tapName is a name without what would be a directive.
func tapName(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`, "\n", " ").Replace(s)
}

// The elements of a JUnit report.
type (
	junitSuites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Suites   []*junitSuite
	}
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the results as JUnit does, a suite for each file. It
// tells no times: the same tests give the same report.
func WriteJUnit(w io.Writer, results []Result) error {
	all := junitSuites{Tests: len(results), Failures: failedOf(results)}
	byFile := map[string]*junitSuite{}
	for _, r := range results {
		file := fileOf(r.Pos)
		s := byFile[file]
		if s == nil {
			s = &junitSuite{Name: file}
			byFile[file] = s
			all.Suites = append(all.Suites, s)
		}
		c := junitCase{Name: r.Name, Class: file, File: r.Pos}
		s.Tests++
		if r.Failure != "" {
			s.Failures++
			first, _, _ := strings.Cut(r.Failure, "\n")
			c.Failure = &junitFailure{first, r.Failure}
		}
		s.Cases = append(s.Cases, c)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}
