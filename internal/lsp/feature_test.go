package lsp

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// tour is a program with most of the language in it.
var tour = disk{
	"/w/a.rdl": `include "b.rdl"
use "f.star"

let limit = 3

pattern JOB "job-\d+"

ruleset jobs {
  matching "é😀 {JOB:id} (?<state>\w+)"

  rule starts {
    matching "starts"
    where state != "x" and not exists down(id)
    doing {
      store into down(id)
      rule {
        matching "ends {id} now"
        with since = now
        doing {
          for m in down(id) { print "{id}: {m} {since} {limit}" }
          delete rule starts
        }
      }
    }
  }
}

rule asks {
  matching function asked
  binding (who)
  doing { call remember(who); emit seen(who = who); alert high "{who}" }
}

rule told { matching event seen; binding (who); doing print "{who} {down(who).count} {msg.host} {upper(who)}" }
`,
	"/w/b.rdl":  "# what is down\ncontext down(id) {\n  lasting 10m\n}\n",
	"/w/f.star": "def asked(msg, env):\n    return {\"who\": \"x\"}\n\ndef remember(who):\n    pass\n",
}

// with puts the cursor behind the nth occurrence of some text, from 0.
func (d disk) with(t *testing.T, near string, nth int) string {
	t.Helper()
	src, at := d["/w/a.rdl"], 0
	for range nth + 1 {
		n := strings.Index(src[at:], near)
		if n < 0 {
			t.Fatalf("%q does not stand there so often", near)
		}
		at += n + len(near)
	}
	return src[:at] + "‸" + src[at:]
}

func TestTourIsRight(t *testing.T) {
	c := start(t, tour)
	if _, got := c.show(doc, tour["/w/a.rdl"]); slices.ContainsFunc(got, isError) {
		t.Fatalf("got %q", got)
	}
}

func TestHover(t *testing.T) {
	cases := []struct {
		near string
		nth  int
		want []string
	}{
		{"store into dow", 0, []string{"context down(id) {", "lasting 10m", "a context"}},
		{"print \"{i", 0, []string{"what a group binds in the ruleset jobs"}},
		{"{since} {lim", 0, []string{"let limit = 3"}},
		{"{m} {sin", 0, []string{"with since = now", "a variable of the rule"}},
		{"{i", 0, nil}, // set below: a hole in a pattern
		{"call rem", 0, []string{"def remember(who):", "a function of /w/f.star"}},
		{"matching \"star", 0, []string{"binds nothing", `only on lines that hold "starts"`}},
		{"{JO", 0, []string{`pattern JOB "job-\d+"`}},
		{"ends {id} ", 0, []string{"takes the value of `id`", "by the value of `id`, by hash"}},
		{"é😀 ", 0, []string{"binds `id`, `state`", "only on lines that hold"}},
		{"matchi", 0, []string{"matching MATCH", "When it applies"}},
		{"stor", 0, []string{"store into C(k)...", "Adds the message"}},
		{"store in", 0, []string{"store into C(k)..."}},
		{"ale", 0, []string{"A finding"}},
		{"msg.ho", 0, []string{"`host`: text"}},
		{"{ms", 0, []string{"`msg`: a message"}},
		{".cou", 0, []string{"`count`: a whole number"}},
		{"{upp", 0, []string{"upper(text)", "It gives text"}},
		{"with since = no", 0, []string{"`now`: a time"}},
		{"rules", 0, []string{"Rules behind a guard"}},
		{"delete ru", 0, []string{"delete rule NAME"}},
		{"event se", 0, []string{"an event"}},
	}
	c := start(t, tour)
	for _, test := range cases {
		p, _ := c.show(doc, tour.with(t, test.near, test.nth))
		got := ask[*hover](c, "textDocument/hover", p)
		if got == nil {
			if test.want != nil {
				t.Errorf("%q: nothing is told", test.near)
			}
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(got.Contents.Value, want) {
				t.Errorf("%q: %q does not tell %q", test.near, got.Contents.Value, want)
			}
		}
	}
}

// What costs time is told where it is written.
func TestHoverOnCost(t *testing.T) {
	c := start(t, disk{})
	for src, want := range map[string]string{
		`rule { matching "\S‸+" }`:                    "on every line",
		`rule { matching "abc|de‸f" }`:                `one of ["abc" "def"]`,
		`rule { matching "(?=ab‸c)" }`:                "runs under guard",
		`rule { matching "a(.)(.‸)" }`:                "2 groups without a name",
		`rule { where msg.text matches "a(?<b>‸c)" }`: "binds `b`",
	} {
		p, _ := c.show(doc, src)
		got := ask[*hover](c, "textDocument/hover", p)
		if got == nil || !strings.Contains(got.Contents.Value, want) {
			t.Errorf("%s: got %+v, want %q", src, got, want)
		}
	}
}

// Only rules that are made at run time are found by hash.
func TestHoverOnHoleOfARuleset(t *testing.T) {
	c := start(t, disk{})
	p, _ := c.show(doc, "ruleset { matching \"at (.)\"; binding (h); rule { matching \"from {h} no‸w\"; doing print 1 } }\n")
	if got := ask[hover](c, "textDocument/hover", p); !strings.Contains(got.Contents.Value, `only on lines that hold "from "`) {
		t.Errorf("got %q", got.Contents.Value)
	}
}

func TestDefinition(t *testing.T) {
	cases := []struct {
		near string
		nth  int
		want string
	}{
		{"store into dow", 0, "/w/b.rdl 1:8-1:12"},
		{"exists dow", 0, "/w/b.rdl 1:8-1:12"},
		{"print \"{i", 0, "/w/a.rdl 8:21-8:23"},
		{"ends {i", 0, "/w/a.rdl 8:21-8:23"},
		{"where sta", 0, "/w/a.rdl 8:28-8:33"},
		{"{since} {lim", 0, "/w/a.rdl 3:4-3:9"},
		{"{JO", 0, "/w/a.rdl 5:8-5:11"},
		{"{m} {sin", 0, "/w/a.rdl 17:13-17:18"},
		{"}: {", 0, "/w/a.rdl 19:14-19:15"},
		{"delete rule sta", 0, "/w/a.rdl 10:7-10:13"},
		{"function as", 0, "/w/f.star 0:4-0:9"},
		{"call rem", 0, "/w/f.star 3:4-3:12"},
		{"event se", 0, "/w/a.rdl 30:35-30:39"},
		{"include \"b", 0, "/w/b.rdl 0:0-0:0"},
		{"use \"f", 0, "/w/f.star 0:0-0:0"},
		{"{ms", 0, ""},
		{"matchi", 0, ""},
	}
	c := start(t, tour)
	for _, test := range cases {
		p, _ := c.show(doc, tour.with(t, test.near, test.nth))
		got := ""
		for _, l := range ask[[]location](c, "textDocument/definition", p) {
			got = strings.TrimPrefix(l.URI, "file://") + " " + shown(l.Range)
		}
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.near, got, test.want)
		}
	}
}

func TestCompletion(t *testing.T) {
	cases := []struct {
		src, has, hasNot string // has: labels; the first must replace what is typed
	}{
		{"‸", "rule window test include pattern", "matching print"},
		{"rule r {\n  ti‸\n}", "timing_out_in matching once", "print length rule"},
		{"rule r { matching \"x\"; doing ‸ }", "print store_into alert", "matching"},
		{"window w(k) { length 1m; doing print ‸ }", "items count k msg upper w", "matching length"},
		{"rule r { matching \"(.)\"; binding (user); doing print \"{us‸}\" }", "user now limit lower", "print"},
		{"rule r {\n  matching \"(.)\"\n  binding (user)\n  doing print \"{us‸\n}", "user limit", "print"},
		{"rule r {\n  matching \"(?<user>.)\"\n  doing {\n    print \"{us‸\n", "user", "print"},
		{"rule r { matching not \"(?<user>.)\"; doing print ‸ }", "limit", "user"},
		{"rule r { matching \"a {‸\" }", "IP limit", "print now"},
		{"rule r { matching \"a {I‸} b\" }", "IP INT", "print"},
		{"rule r { matching ‸ }", "everything event not", "print user"},
		{"rule r { matching event ‸ }", "seen", "limit"},
		{"rule r { doing add 1 to ‸ }", "w", "limit user"},
		{"rule r { doing delete rule ‸ }", "r", "w"},
		{"rule r { where msg.‸ }", "host line fields", "count"},
		{"rule r { where w(1).c‸ }", "count items", "host"},
		{"rule r { doing alert ‸ }", "high low limit", "print"},
		{"test \"x\" { expect ‸ }", "print alert no", "rule"},
		{"at ‸ { stop }", "midnight monday", "rule"},
		{"rule r { # com‸ment\n}", "", "rule print"},
		{"rule ‸ { }", "", "rule print limit"},
	}
	rest := "\nlet limit = 3\nrule s { matching \"q\"; doing emit seen(a = 1) }\n"
	for _, test := range cases {
		c := start(t, disk{})
		src := test.src + rest
		if !strings.Contains(src, "window w") {
			src += "window w(k) { length 1m }\n"
		}
		p, _ := c.show(doc, src)
		got := ask[completionList](c, "textDocument/completion", p)
		var labels []string
		for _, item := range got.Items {
			labels = append(labels, strings.ReplaceAll(item.Label, " ", "_"))
		}
		for _, want := range strings.Fields(test.has) {
			if !slices.Contains(labels, want) {
				t.Errorf("%q: %s is not offered: %q", test.src, want, labels)
			}
		}
		for _, not := range strings.Fields(test.hasNot) {
			if slices.Contains(labels, not) {
				t.Errorf("%q: %s is offered", test.src, not)
			}
		}
	}
}

// Names are offered at the end of what is not finished, too.
func TestCompletionAtTheEnd(t *testing.T) {
	c := start(t, disk{})
	p, _ := c.show(doc, "rule r {\n  matching \"(?<user>.)\"\n  doing print user\n  where \n  ‸")
	got := ask[completionList](c, "textDocument/completion", p)
	if !slices.ContainsFunc(got.Items, func(i completionItem) bool { return i.Label == "user" }) {
		t.Errorf("got %+v", got)
	}
}

// What is chosen takes the place of what was typed, phrases of several words
// as a whole.
func TestCompletionReplaces(t *testing.T) {
	c := start(t, disk{})
	p, _ := c.show(doc, "rule r {\n  timing out i‸\n}\n")
	got := ask[completionList](c, "textDocument/completion", p)
	i := slices.IndexFunc(got.Items, func(item completionItem) bool { return item.Label == "timing out in" })
	if i < 0 || shown(got.Items[i].TextEdit.Range) != "1:2-1:14" || got.Items[i].Documentation == nil {
		t.Errorf("got %+v", got)
	}
}

func TestReferencesAndRename(t *testing.T) {
	c := start(t, tour)
	p, _ := c.show(doc, tour.with(t, "store into dow", 0))
	places := map[string]int{}
	for _, l := range ask[[]location](c, "textDocument/references", referenceParams{at: p}) {
		places[l.URI]++
	}
	if fmt.Sprint(places) != "map[file:///w/a.rdl:4]" {
		t.Errorf("uses: %v", places)
	}
	if n := len(ask[[]any](c, "textDocument/documentHighlight", p)); n != 4 {
		t.Errorf("%d places are highlighted", n)
	}
	if r := ask[textRange](c, "textDocument/prepareRename", p); shown(r) != "14:17-14:21" {
		t.Errorf("the name is at %s", shown(r))
	}
	edit := ask[workspaceEdit](c, "textDocument/rename", renameParams{p, "gone"})
	if len(edit.Changes[doc]) != 4 || len(edit.Changes["file:///w/b.rdl"]) != 1 {
		t.Errorf("the edit is %+v", edit)
	}
	for near, why := range map[string]string{"call rem": "a function", "{ms": "no name of the rules", "matchi": "a word"} {
		p, _ := c.show(doc, tour.with(t, near, 0))
		if _, err := c.call("textDocument/rename", renameParams{p, "x"}); err == nil {
			t.Errorf("%s was renamed", why)
		}
	}
	if _, err := c.call("textDocument/rename", renameParams{p, "not"}); err == nil {
		t.Error("renamed to what is no name")
	}
}

// A name that is changed wherever it stands leaves rules that are right.
func TestRenamedRulesAreRight(t *testing.T) {
	for _, near := range []string{"{JO", "where sta", "{since} {lim", "delete rule sta", "event se", "{m} {sin", "}: {", "print \"{i"} {
		d := disk{}
		for name, src := range tour {
			d[name] = src
		}
		c := start(t, d)
		p, _ := c.show(doc, d.with(t, near, 0))
		name := "renamed"
		if near == "{JO" {
			name = "RENAMED"
		}
		edit := ask[workspaceEdit](c, "textDocument/rename", renameParams{p, name})
		for uri, edits := range edit.Changes {
			slices.SortFunc(edits, func(a, b textEdit) int {
				return newText(d[nameOf(uri)]).offset(b.Range.Start) - newText(d[nameOf(uri)]).offset(a.Range.Start)
			})
			for _, e := range edits {
				d[nameOf(uri)] = newText(d[nameOf(uri)]).edited(change{&e.Range, e.NewText})
			}
		}
		if _, err := d.loader().Load("/w/a.rdl"); err != nil || !strings.Contains(d["/w/a.rdl"], name) {
			t.Errorf("%s: %v in\n%s", near, err, d["/w/a.rdl"])
		}
	}
}

// A new name must not catch what another means, nor make the rules wrong.
func TestRenameThatCannotBe(t *testing.T) {
	const rest = "\nlet other = 1\ncontext ctx(k) { max-lines 3 }\nrule { matching everything; doing { print other; add 1 to ctx(1); delete rule r } }\n"
	for src, name := range map[string]string{
		"let na‸me = 3\nrule r { matching everything; doing print name }":                             "other", // is there
		"rule r { matching \"(.)\"; binding (na‸me); doing print \"{name} {other}\" }":                "other", // would catch
		"let name = 2\nrule r { matching \"(.)\"; binding (in‸ner); doing print \"{name} {inner}\" }": "name",
		"rule r { matching \"(.)\"; binding (na‸me); doing { add name to ctx(1) } }":                  "ctx",
		"rule r { matching \"x {IP}(.)\"; binding (na‸me); doing print name }":                        "IP",
		"pattern JO‸B \"x\"\nrule r { matching \"{JOB}\"; doing print 1 }":                            "job", // no name of a pattern
		"context ol‸d { max-lines 3 }\nrule r { matching everything; doing add 1 to old }":            "len", // a function's
	} {
		c := start(t, disk{})
		p, _ := c.show(doc, src+rest)
		if body, err := c.call("textDocument/rename", renameParams{p, name}); err == nil {
			t.Errorf("%q was renamed to %s: %s", src, name, body)
		}
	}
}

func TestRenameWithMistakes(t *testing.T) {
	c := start(t, disk{})
	p, _ := c.show(doc, "let lim‸it = 3\nrule { doing print limit + }\n")
	if _, err := c.call("textDocument/rename", renameParams{p, "x"}); err == nil {
		t.Error("renamed, though not all uses are known")
	}
}

// A group that both sides of an or have is one name.
func TestRenameOfAGroupInTwoPatterns(t *testing.T) {
	c := start(t, disk{})
	p, _ := c.show(doc, "rule r { matching \"a (?<us‸er>.)\" or \"b (?<user>.)\"; doing print user }\n")
	if edit := ask[workspaceEdit](c, "textDocument/rename", renameParams{p, "who"}); len(edit.Changes[doc]) != 3 {
		t.Errorf("the edit is %+v", edit)
	}
}

func TestOutline(t *testing.T) {
	c := start(t, tour)
	c.show(doc, tour["/w/a.rdl"])
	var lines []string
	var walk func(list []documentSymbol, indent string)
	walk = func(list []documentSymbol, indent string) {
		for _, d := range list {
			lines = append(lines, strings.TrimRight(indent+d.Name+" "+d.Detail, " "))
			walk(d.Children, indent+"  ")
		}
	}
	walk(ask[[]documentSymbol](c, "textDocument/documentSymbol", documentParams{textDocument{doc}}), "")
	want := `include "b.rdl"
use "f.star"
limit let
JOB pattern
jobs ruleset
  starts rule
    rule
asks rule
told rule`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFormatting(t *testing.T) {
	c := start(t, disk{})
	c.show(doc, "rule   r{matching \"é\"\n}")
	edits := ask[[]textEdit](c, "textDocument/formatting", documentParams{textDocument{doc}})
	if len(edits) != 1 || edits[0].NewText != "rule r {\n  matching \"é\"\n}\n" || shown(edits[0].Range) != "0:0-1:1" {
		t.Errorf("got %+v", edits)
	}
	c.change(doc, change{Text: edits[0].NewText})
	if edits := ask[[]textEdit](c, "textDocument/formatting", documentParams{textDocument{doc}}); len(edits) != 0 {
		t.Errorf("formatted again: %+v", edits)
	}
	c.change(doc, change{Text: "rule {"})
	if _, err := c.call("textDocument/formatting", documentParams{textDocument{doc}}); err == nil {
		t.Error("wrong rules were formatted")
	}
}

// actionsAt returns what is offered for a whole document, by title.
func actionsAt(c *client, lines int) map[string]codeAction {
	all := map[string]codeAction{}
	for _, a := range ask[[]codeAction](c, "textDocument/codeAction", codeActionParams{textDocument{doc}, *rangeAt(0, 0, lines, 0)}) {
		all[a.Title] = a
	}
	return all
}

func TestNearSpellingIsOffered(t *testing.T) {
	c := start(t, disk{"/w/b.rdl": "rul { }\n"})
	c.show(doc, "rule { matching \"😀(.)\"; binding (user); doing print usr }\n")
	a, ok := actionsAt(c, 1)["Write user"]
	if !ok || len(a.Edit.Changes[doc]) != 1 || shown(a.Edit.Changes[doc][0].Range) != "0:53-0:56" {
		t.Errorf("got %+v", a)
	}
	c.change(doc, change{Text: "include \"b.rdl\"\n"})
	if offered := actionsAt(c, 1); len(offered) != 0 {
		t.Errorf("for a mistake elsewhere: %+v", offered)
	}
}

// A finding can be mended or silenced where it stands, and is then gone.
func TestFindings(t *testing.T) {
	const src = "rule {\n  matching \"é😀 a\\/b (.)\"\n  binding (x)\n  doing print x\n}\ntest \"t\" { given \"é😀 a/b c\"; expect print \"c\" }\n"
	c := start(t, disk{})
	_, got := c.show(doc, src)
	if len(got) != 1 || !strings.HasPrefix(got[0], "1:") || isError(got[0]) {
		t.Fatalf("found is %q", got)
	}
	offered := actionsAt(c, 9)
	if len(offered) != 2 {
		t.Errorf("offered is %v", offered)
	}
	for title, a := range offered {
		edits := a.Edit.Changes[doc]
		if len(edits) == 0 {
			t.Fatalf("%s changes nothing", title)
		}
		c.change(doc, change{Text: src})
		if left := c.change(doc, change{&edits[0].Range, edits[0].NewText}); len(left) != 0 {
			t.Errorf("after %s: %q", title, left)
		}
	}
	if _, ok := offered["Ignore L035 here"]; !ok {
		t.Errorf("offered is %v", offered)
	}
}

const logLine = "Oct 28 17:03:11 h sshd[1]: Invalid user a from 192.0.2.1"

func TestRunningTests(t *testing.T) {
	d := disk{"/w/x.log": logLine + "\n"}
	c := start(t, d)
	c.show(doc, `rule { matching "user (\S+)"; binding (u); doing print "é {u}" }
test "good é" { given file "x.log"; expect print "é a"; expect nothing else }
test "bad" { given "`+logLine+`"; expect alert }
test "no log" { given file "y.log"; expect print }
`)
	lenses := ask[[]codeLens](c, "textDocument/codeLens", documentParams{textDocument{doc}})
	if len(lenses) != 4 || shown(lenses[0].Range) != "1:0-1:13" || lenses[3].Command.Title != "Run all 3 tests" {
		t.Fatalf("got %+v", lenses)
	}
	run := func(args ...any) []testResult {
		return ask[[]testResult](c, "workspace/executeCommand", map[string]any{"command": commandTest, "arguments": args})
	}
	if got := run(lenses[0].Command.Arguments...); len(got) != 1 || !got[0].Passed || got[0].Name != "good é" {
		t.Errorf("one test: %+v", got)
	}
	if got := c.problems(doc); !slices.Contains(got, "1:5-1:13 information: passed") {
		t.Errorf("told is %q", got)
	}
	got := run(doc)
	if len(got) != 3 || !got[0].Passed || got[1].Passed || got[2].Passed || !strings.Contains(got[1].Failure, "alert") {
		t.Errorf("all tests: %+v", got)
	}
	told := c.problems(doc)
	if !slices.ContainsFunc(told, func(s string) bool { return strings.HasPrefix(s, "2:5-2:10 error: ") }) {
		t.Errorf("told is %q", told)
	}
	m := c.await(func(m *message) bool {
		return m.Method == "window/showMessage" && strings.Contains(string(m.Params), "2 failed")
	})
	if !strings.Contains(string(m.Params), "1 passed, 2 failed") {
		t.Errorf("said is %s", m.Params)
	}
	if after := c.change(doc, change{rangeAt(0, 0, 0, 0), "\n"}); slices.ContainsFunc(after, func(s string) bool { return strings.Contains(s, "passed") }) {
		t.Errorf("after a change: %q", after)
	}
	for _, wrong := range []map[string]any{
		{"command": "rm"}, {"command": commandTest}, {"command": commandTest, "arguments": []any{1}},
		{"command": commandTest, "arguments": []any{doc, 1}}, {"command": commandTest, "arguments": []any{"file:///no"}},
	} {
		if _, err := c.call("workspace/executeCommand", wrong); err == nil {
			t.Errorf("%v was run", wrong)
		}
	}
}
