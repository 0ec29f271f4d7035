package lint_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/logs-rdl/logs/internal/lint"
	"github.com/logs-rdl/logs/rdl"
)

func TestWriteJSON(t *testing.T) {
	found := of(t, `rule r { matching "é 10.0.0.1 <link>"; doing print "r" }
test "t" { given "x"; expect no print }`)
	var b strings.Builder
	if err := lint.WriteJSON(&b, nil, found); err != nil {
		t.Fatal(err)
	}
	const want = `[
  {
    "code": "L031",
    "severity": "warning",
    "file": "r.rdl",
    "line": 1,
    "column": 22,
    "width": 8,
    "message": "the dots of 10.0.0.1 stand for any character",
    "hint": "write 10\\.0\\.0\\.1",
    "fix": {
      "title": "write 10\\.0\\.0\\.1",
      "edits": [
        {
          "start": 22,
          "end": 30,
          "text": "10\\.0\\.0\\.1"
        }
      ]
    }
  }
]
`
	if b.String() != want {
		t.Errorf("got %s", b.String())
	}
	b.Reset()
	if err := lint.WriteJSON(&b, nil, nil); err != nil || b.String() != "[]\n" {
		t.Errorf("nothing is %q, %v", b.String(), err)
	}
}

func TestWriteSARIF(t *testing.T) {
	_, err := lint.Load(files{"r.rdl": "rule r { matching \"(\" }"}.loader(), "r.rdl")
	var errs rdl.Errors
	if !errors.As(err, &errs) {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := lint.WriteSARIF(&b, errs, of(t, `rule r { matching "\d"; doing exec "sh" "-c" "{msg.line}" }`)); err != nil {
		t.Fatal(err)
	}
	var out struct {
		Version string
		Runs    []struct {
			Results []struct{ RuleID, Level string }
		}
	}
	if err := json.Unmarshal([]byte(b.String()), &out); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range out.Runs[0].Results {
		got = append(got, r.RuleID+" "+r.Level)
	}
	if out.Version != "2.1.0" || strings.Join(got, ", ") != "error error, L060 note, L020 note, L050 error" {
		t.Errorf("got %s: %q", out.Version, got)
	}
}
