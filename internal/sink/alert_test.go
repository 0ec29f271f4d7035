package sink

import (
	"bufio"
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs"
)

var berlin = time.FixedZone("CET", 3600)

func alert(asJSON bool, effects ...*logs.Effect) string {
	var b strings.Builder
	a := &Alert{Out: bufio.NewWriter(&b), JSON: asJSON}
	for _, e := range effects {
		if a.Do(context.Background(), e) != nil {
			return "failed"
		}
	}
	a.Flush()
	return b.String()
}

func field(name string, v logs.Value) logs.Field { return logs.Field{Name: name, Value: v} }

func breakIn() *logs.Effect {
	return &logs.Effect{
		Kind: logs.EffectAlert, ID: 255, Rule: "break-in", Severity: logs.High,
		Time: time.Date(2007, 10, 28, 17, 3, 24, 0, time.UTC),
		Text: "root is in",
		Fields: []logs.Field{
			field("user", logs.Text("root")),
			field("tries", logs.Int(3)),
			field("note", logs.Text(`said "hi"`)),
		},
		Lines: []string{"Oct 28 17:03:11 l096 sshd[1]: one", "Oct 28 17:03:24 l096 sshd[1]: two"},
	}
}

func TestAlertText(t *testing.T) {
	fire := &logs.Effect{
		Time: time.Date(2007, 10, 28, 18, 3, 24, 500e6, berlin), Severity: logs.Critical,
		Text: "fire\nforged", Lines: []string{"\x1b[2J\u009b\xff\tx", ""},
	}
	want := `2007-10-28T17:03:24Z high     break-in: root is in user=root tries=3 note="said \"hi\"" id=00000000000000ff
    Oct 28 17:03:11 l096 sshd[1]: one
    Oct 28 17:03:24 l096 sshd[1]: two
2007-10-28T18:03:24.5+01:00 critical fire\x0aforged id=0000000000000000
    \x1b[2J\u009b` + "\ufffd\tx\n    \n"
	if got := alert(false, breakIn(), fire); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAlertWords(t *testing.T) {
	for value, want := range map[string]string{
		"plain":      `plain`,
		"":           `""`,
		"two words":  `"two words"`,
		"a=b":        `"a=b"`,
		`C:\temp`:    `C:\temp`,
		`C:\my temp`: `"C:\\my temp"`,
		"a\nid=1":    `"a\x0aid=1"`,
		"bl\u00f6d":  "\"bl\u00f6d\"",
		"\xff":       "\"\ufffd\"",
	} {
		if got := string(appendWord(nil, value)); got != want && got != strings.Trim(want, `"`) {
			t.Errorf("%q is %s, want %s", value, got, want)
		}
	}
}

func TestAlertJSON(t *testing.T) {
	e := breakIn()
	e.Text = "<a href=\"x\">\n\x1b\u009b\xff\u2028\u00e9</a>"
	e.Time = time.Date(2007, 10, 28, 18, 3, 24, 0, berlin)
	noon := time.Date(2007, 10, 28, 12, 0, 0, 0, time.UTC)
	e.Fields = []logs.Field{
		field("z", logs.Int(-3)),
		field("a", logs.Float(0.5)),
		field("nan", logs.Float(math.NaN())),
		field("ok", logs.Bool(true)),
		field("none", logs.Nil),
		field("at", logs.Time(noon)),
		field("list", logs.List([]logs.Value{logs.Text("x"), logs.Int(1), logs.List(nil)})),
		field("map", logs.Map([]logs.Field{field("k\n", logs.Text("v")), field("k\n", logs.Text("second"))})),
	}
	want := `{"time":"2007-10-28T18:03:24+01:00","severity":"high","rule":"break-in",` +
		`"text":"<a href=\"x\">\n\u001b\u009b` + "\ufffd" + `\u2028é</a>",` +
		`"fields":{"z":-3,"a":0.5,"nan":"NaN","ok":true,"none":null,"at":"2007-10-28T13:00:00+01:00",` +
		`"list":["x",1,[]],"map":{"k\n":"v"}},"id":"00000000000000ff",` +
		`"lines":["Oct 28 17:03:11 l096 sshd[1]: one","Oct 28 17:03:24 l096 sshd[1]: two"]}` + "\n"
	if got := alert(true, e); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := alert(true, &logs.Effect{Severity: logs.Low}); !strings.Contains(got, `"fields":{},"id":"0000000000000000","lines":[]}`) {
		t.Errorf("without anything: %s", got)
	}
}

// TestAlertsAreOneObjectALine: whatever an alert holds, its JSON is one line
// that reads back, and no control character is in it or in the text form.
func TestAlertsAreOneObjectALine(t *testing.T) {
	bytes := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(bytes, rapid.String())
		e := &logs.Effect{
			Kind: logs.EffectAlert, Severity: logs.Low, Rule: text.Draw(t, "rule"), Text: text.Draw(t, "text"),
			Fields: []logs.Field{field(text.Draw(t, "name"), logs.Text(text.Draw(t, "value")))},
			Lines:  rapid.SliceOfN(text, 0, 3).Draw(t, "lines"),
		}
		got := alert(true, e)
		var back struct {
			Text   string
			Fields map[string]string
			Lines  []string
		}
		if err := json.Unmarshal([]byte(got), &back); err != nil || strings.Count(got, "\n") != 1 {
			t.Fatalf("%v in %q", err, got)
		}
		if utf8.ValidString(e.Text) && back.Text != e.Text || len(back.Fields) != 1 || len(back.Lines) != len(e.Lines) {
			t.Fatalf("%q came back as %+v", got, back)
		}
		shown := alert(false, e)
		if strings.Count(shown, "\n") != 1+len(e.Lines) {
			t.Fatalf("%q has %d lines", shown, strings.Count(shown, "\n"))
		}
		for _, r := range got + shown {
			if r < 0x20 && r != '\n' && r != '\t' || 0x7f <= r && r < 0xa0 {
				t.Fatalf("%U is in %q %q", r, got, shown)
			}
		}
	})
}
