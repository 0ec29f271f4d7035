package lsp

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const doc = "file:///w/a.rdl"

func TestLifeOfASession(t *testing.T) {
	c := connect(t, disk{})
	if _, err := c.call("textDocument/hover", at{}); err == nil || err.Code != codeNotInitialized {
		t.Errorf("before initialize: %v", err)
	}
	c.notify("textDocument/didOpen", map[string]any{}) // nobody answers
	got := ask[struct {
		Capabilities struct {
			PositionEncoding string `json:"positionEncoding"`
			HoverProvider    bool   `json:"hoverProvider"`
		} `json:"capabilities"`
	}](c, "initialize", map[string]any{})
	if got.Capabilities.PositionEncoding != "utf-16" || !got.Capabilities.HoverProvider {
		t.Errorf("got %+v", got)
	}
	if _, err := c.call("no/such", nil); err == nil || err.Code != codeUnknownMethod {
		t.Errorf("an unknown method: %v", err)
	}
	if _, err := c.call("textDocument/hover", []int{1}); err == nil || err.Code != codeInvalidParams {
		t.Errorf("wrong parameters: %v", err)
	}
	if _, err := c.call("textDocument/hover", at{TextDocument: textDocument{doc}}); err == nil || err.Code != codeInvalidParams {
		t.Errorf("a document that is not open: %v", err)
	}
	if _, err := c.wire.out.Write([]byte(frame("{"))); err != nil {
		t.Fatal(err)
	}
	if m := c.await(func(m *message) bool { return m.Error != nil }); m.Error.Code != codeParse || m.ID != nil {
		t.Errorf("no JSON: %+v", m.Error)
	}
	if _, err := c.call("shutdown", nil); err != nil {
		t.Error(err)
	}
	if _, err := c.call("textDocument/hover", at{}); err == nil || err.Code != codeInvalidRequest {
		t.Errorf("after shutdown: %v", err)
	}
	c.notify("exit", nil)
	if err := <-c.ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

func TestEditorThatGoesAway(t *testing.T) {
	for name, leave := range map[string]func(*client){
		"the stream ends":       func(c *client) { c.close() },
		"exit without shutdown": func(c *client) { c.notify("exit", nil) },
	} {
		c := start(t, disk{})
		leave(c)
		if err := <-c.ended; !errors.Is(err, errUnfinished) {
			t.Errorf("%s: the server ended with %v", name, err)
		}
	}
}

func TestMistakesAsTheyAreTyped(t *testing.T) {
	c := start(t, disk{})
	_, got := c.show(doc, "rule { matching \"é😀(.)\"; binding (us); doing print \"é😀{usr}\" }\n")
	want := []string{"0:31-0:37 error: nothing uses the binding us", "0:57-0:60 error: nothing is called usr here"}
	if len(got) != 2 || !slices.Contains(got, want[1]) {
		t.Errorf("got %q", got)
	}
	if got := c.change(doc, change{rangeAt(0, 57, 0, 60), "us"}); slices.ContainsFunc(got, isError) {
		t.Errorf("mended, but: %q", got)
	}
	if got := c.change(doc, change{rangeAt(0, 0, 0, 0), "let a = 1\n"}, change{rangeAt(1, 0, 1, 4), "rul"}); len(got) == 0 || !strings.HasPrefix(got[0], `1:0-1:3 error: unknown word "rul"`) {
		t.Errorf("two changes: %q", got)
	}
	if got := c.change(doc, change{Text: ""}); len(got) != 0 {
		t.Errorf("empty: %q", got)
	}
}

func isError(problem string) bool { return strings.Contains(problem, " error: ") }

func TestUnsavedTextGoesBeforeTheDisk(t *testing.T) {
	c := start(t, disk{"/w/a.rdl": "include \"b.rdl\"\nrule { matching everything; doing add 1 to ctx }\n", "/w/b.rdl": ""})
	_, got := c.show("file:///w/b.rdl", "context ctx { max-lines 5 }\n")
	if slices.ContainsFunc(got, isError) {
		t.Errorf("with what the editor shows: %q", got)
	}
	c.notify("textDocument/didClose", documentParams{textDocument{"file:///w/b.rdl"}})
	c.problems("file:///w/b.rdl") // told that nothing is wrong in what nobody looks at
	_, got = c.show(doc, "include \"b.rdl\"\nrule { matching everything; doing add 1 to ctx }\n")
	if len(got) == 0 || got[0] != "1:43-1:46 error: no context or window is called ctx" {
		t.Errorf("with what the disk holds: %q", got)
	}
}

// A document that another includes is judged as a part of that, and mistakes
// show in files that are not open.
func TestIncludes(t *testing.T) {
	d := disk{
		"/w/main.rdl":    "include \"parts/*.rdl\"\nwindow seen(x) { length 1m; max-lines 3; doing print \"{x}\" }\n",
		"/w/parts/a.rdl": "rule { matching \"a(.)\"; binding (x); doing add x to seen(x) }\n",
		"/w/parts/b.rdl": "rule { matching \"b\"; doing print nope }\n",
	}
	c := start(t, d)
	_, got := c.show("file:///w/parts/a.rdl", d["/w/parts/a.rdl"])
	if slices.ContainsFunc(got, isError) {
		t.Errorf("a.rdl: %q", got)
	}
	if got := c.problems("file:///w/parts/b.rdl"); len(got) != 1 || !strings.Contains(got[0], "nothing is called nope") {
		t.Errorf("b.rdl: %q", got)
	}
	c.show("file:///w/parts/b.rdl", "rule { matching \"b\"; doing print 1 }\n")
	c.notify("textDocument/didClose", documentParams{textDocument{"file:///w/parts/b.rdl"}})
	if got := c.problems("file:///w/parts/b.rdl"); len(got) != 1 {
		t.Errorf("b.rdl as it is on the disk again: %q", got)
	}
}

// Files of the setting are one program, as with logs run -r.
func TestRulesOfTheSetting(t *testing.T) {
	d := disk{"/w/r/a.rdl": "context ctx { max-lines 5 }\n", "/w/r/b.rdl": "rule { matching \"x\"; doing add 1 to ctx }\n"}
	c := start(t, d, "r")
	if _, got := c.show("file:///w/r/b.rdl", d["/w/r/b.rdl"]); slices.ContainsFunc(got, isError) {
		t.Errorf("got %q", got)
	}
	c.notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"logs": map[string]any{"rules": []string{}}}})
	if got := c.problems("file:///w/r/b.rdl"); !slices.ContainsFunc(got, isError) {
		t.Errorf("alone: %q", got)
	}
}

// Files that include each other are a program all the same.
func TestFilesThatIncludeEachOther(t *testing.T) {
	c := start(t, disk{"/w/a.rdl": "include \"b.rdl\"\n", "/w/b.rdl": "include \"a.rdl\"\ncontext ctx { max-lines 3 }\n"})
	_, got := c.show(doc, "include \"b.rdl\"\nrule { matching everything; doing add 1 to ctx }\n")
	if slices.ContainsFunc(got, isError) {
		t.Errorf("got %q", got)
	}
}

func TestFileThatIsMissing(t *testing.T) {
	c := start(t, disk{})
	_, got := c.show(doc, "include \"no.rdl\"\nuse \"no.star\"\n")
	if len(got) != 2 || !strings.Contains(got[0], "there is no file /w/no.rdl") || !strings.Contains(got[1], "cannot read the functions") {
		t.Errorf("got %q", got)
	}
}

// A document need have no file, and a name may hold anything.
func TestNames(t *testing.T) {
	for _, uri := range []string{"untitled:Untitled-1", "file:///w/a%20b%23c.rdl", "file:///c%3A/x/a.rdl", "%zz", "file:", ""} {
		c := start(t, disk{})
		if _, got := c.show(uri, "rul { }"); len(got) != 1 {
			t.Errorf("%s: %q", uri, got)
		}
	}
	for uri, name := range map[string]string{"file:///w/a%20b.rdl": "/w/a b.rdl", "file:///C%3A/x.rdl": "c:/x.rdl", "untitled:1": "untitled:1"} {
		if got := nameOf(uri); got != name {
			t.Errorf("%s is %q, want %q", uri, got, name)
		}
	}
	f := files{}
	for name, uri := range map[string]string{"/w/a b#c.rdl": "file:///w/a%20b%23c.rdl", "c:/x.rdl": "file:///c:/x.rdl", "untitled:1": "untitled:1"} {
		if got := f.uri(name); got != uri {
			t.Errorf("%s is %q, want %q", name, got, uri)
		}
	}
}

func TestTooMuchToOpen(t *testing.T) {
	c := start(t, disk{})
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": doc, "text": strings.Repeat("x", maxText+1)}})
	c.await(func(m *message) bool { return m.Method == "window/showMessage" })
	c.show(doc, "")
	c.notify("textDocument/didChange", didChangeParams{textDocument{doc}, []change{{Text: strings.Repeat("x", maxText+1)}}})
	c.await(func(m *message) bool { return m.Method == "window/showMessage" })
	if _, err := c.call("textDocument/hover", at{TextDocument: textDocument{doc}}); err == nil {
		t.Error("it is still open")
	}
}
