package lsp

import (
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is half written, and wherever the cursor stands, every request is
// answered and none by a fault of the server.
func TestAnyTextAndPlace(t *testing.T) {
	tree, err := os.ReadFile("../../rdl/testdata/tour.rdl")
	if err != nil {
		t.Fatal(err)
	}
	sources := []string{string(tree), tour["/w/a.rdl"]}
	c := start(t, tour)
	rapid.Check(t, func(t *rapid.T) {
		src := []rune(rapid.SampledFrom(sources).Draw(t, "source"))
		from := rapid.IntRange(0, len(src)).Draw(t, "from")
		to := rapid.IntRange(from, len(src)).Draw(t, "to")
		put := rapid.SampledFrom([]string{"", "{", "\"", "}", "é😀", "doing ", "\n", "(", "\x00", "rule {", "alias a as b"}).Draw(t, "put")
		text := string(src[:from]) + put + string(src[to:])
		c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": doc, "text": text}})
		place := at{textDocument{doc}, position{rapid.IntRange(-1, 200).Draw(t, "line"), rapid.IntRange(-1, 80).Draw(t, "character")}}
		for method, params := range map[string]any{
			"textDocument/hover": place, "textDocument/definition": place, "textDocument/completion": place,
			"textDocument/references": place, "textDocument/documentHighlight": place, "textDocument/prepareRename": place,
			"textDocument/documentSymbol": place, "textDocument/codeLens": place, "textDocument/formatting": place,
			"textDocument/rename":     renameParams{place, "new"},
			"textDocument/codeAction": codeActionParams{place.TextDocument, *rangeAt(0, 0, 999, 0)},
		} {
			if _, err := c.call(method, params); err != nil && err.Code == codeInternal {
				t.Fatalf("%s at %v of %q: %v", method, place.Position, text, err)
			}
		}
	})
	for _, m := range c.waiting {
		if m.Method == "window/logMessage" {
			t.Errorf("%s", m.Params)
		}
	}
}

// Deep and long texts take neither the stack nor forever.
func TestHostileDocuments(t *testing.T) {
	for _, unit := range []string{"rule {", "\"{", "((", "rule { matching \"{a}", "let a = 1\n", "}", "rule r { doing { rule { doing {\n", "include \"*\"\n"} {
		c := start(t, disk{})
		p, _ := c.show(doc, strings.Repeat(unit, 2000)+"‸")
		for _, method := range []string{"hover", "completion", "documentSymbol", "definition", "codeLens"} {
			if _, err := c.call("textDocument/"+method, p); err != nil {
				t.Errorf("%s of many %q: %v", method, unit, err)
			}
		}
	}
}

// A fault of the server is told, and the session goes on.
func TestServerOutlivesItsFaults(t *testing.T) {
	d := disk{}
	c := start(t, d)
	c.show(doc, "")
	c.notify("textDocument/didChange", didChangeParams{textDocument{doc}, []change{{Text: "use \"panic.star\""}}})
	m := c.await(func(m *message) bool { return m.Method == "window/logMessage" })
	if !strings.Contains(string(m.Params), "this is a bug: no such thing") {
		t.Errorf("told is %s", m.Params)
	}
	if _, err := c.call("textDocument/hover", at{TextDocument: textDocument{doc}}); err == nil || err.Code != codeInternal {
		t.Errorf("asked about it: %v", err)
	}
	if got := c.change(doc, change{Text: "rul"}); len(got) != 1 {
		t.Errorf("afterwards: %q", got)
	}
}
