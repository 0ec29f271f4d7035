package lsp

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/logs-rdl/logs/rdl"
)

// complete offers what can be written at a place.
func (s *session) complete(p at) (any, error) {
	v, err := s.view(p.TextDocument)
	if err != nil {
		return nil, err
	}
	offset := v.document.text.offset(p.Position)
	c := &completer{view: v, snippets: s.snippets, offset: offset, seen: map[string]bool{}}
	c.spot = rdl.SpotAt(v.file.Src, offset)
	c.offer()
	return completionList{Items: orEmpty(c.items)}, nil
}

// A completer gathers what can stand at a spot.
type completer struct {
	*view
	snippets bool
	offset   int
	spot     rdl.Spot
	items    []completionItem
	seen     map[string]bool
}

// add offers one thing, if it was not offered before. Lower groups come first.
func (c *completer) add(group, kind int, label, detail, doc string) *completionItem {
	if c.seen[label] {
		return &completionItem{}
	}
	c.seen[label] = true
	item := completionItem{
		Label: label, Kind: kind, Detail: detail, SortText: fmt.Sprintf("%d%s", group, label),
		TextEdit: textEdit{c.document.text.rangeOf(c.spot.Span), label},
	}
	if doc != "" {
		m := markdown(doc)
		item.Documentation = &m
	}
	c.items = append(c.items, item)
	return &c.items[len(c.items)-1]
}

func (c *completer) offer() {
	words := rdl.Words()
	switch c.spot.Kind {
	case rdl.SpotItem:
		c.phrases()
	case rdl.SpotMatch:
		for _, w := range append(words[rdl.WordsMatch], "not") {
			c.add(0, completeKeyword, w, "", "")
		}
	case rdl.SpotValue:
		c.values()
	case rdl.SpotSeverity:
		for _, w := range words[rdl.WordsSeverity] {
			c.add(0, completeKeyword, w, "", "")
		}
		c.values()
	case rdl.SpotHole:
		c.variables(0)
		c.namedPatterns()
	case rdl.SpotField:
		for _, f := range fieldsOf(c.spot.Owner) {
			c.add(0, completeField, f.Name, f.Type, f.Doc)
		}
	case rdl.SpotTime:
		for _, w := range words[rdl.WordsTime] {
			c.add(0, completeConstant, w, "", "")
		}
	case rdl.SpotEffect:
		for _, w := range append(words[rdl.WordsEffect], "no", "nothing else") {
			c.add(0, completeKeyword, w, "", "")
		}
	default:
		c.named()
	}
}

// named offers the names of one kind.
func (c *completer) named() {
	kinds := map[rdl.SpotKind]struct{ of, as int }{
		rdl.SpotStore: {int(store), completeClass}, rdl.SpotRule: {int(rule), completeClass}, rdl.SpotSink: {int(sink), completeClass},
		rdl.SpotEvent: {int(event), completeEvent}, rdl.SpotFunction: {int(function), completeFunction},
	}
	if k, ok := kinds[c.spot.Kind]; ok {
		c.symbols(0, k.as, c.index.named[kind(k.of)])
	}
}

// phrases offers declarations, clauses, statements or steps.
func (c *completer) phrases() {
	for _, p := range c.spot.Phrases {
		item := c.add(0, completeKeyword, p.Words, p.Form, p.Doc)
		if body, ok := bodies[p.Words]; ok && c.snippets && strings.Contains(p.Form, "{ ") {
			item.TextEdit.NewText, item.TextFormat = body, 2
		}
	}
}

// bodies are what is written for a declaration in editors that know snippets.
var bodies = map[string]string{
	"rule":     "rule ${1:name} {\n  matching \"$2\"\n  doing $0\n}",
	"ruleset":  "ruleset ${1:name} {\n  matching \"$2\"\n\n  $0\n}",
	"context":  "context ${1:name}(${2:key}) {\n  lasting ${3:10m}\n  $0\n}",
	"window":   "window ${1:name}(${2:key}) {\n  length ${3:3m}\n  max-lines ${4:2}\n  doing $0\n}",
	"sequence": "sequence ${1:name}(${2:key}) within ${3:10m} {\n  step ${4:first} \"$5\"\n  step ${6:second} \"$7\"\n  doing $0\n}",
	"test":     "test \"${1:name}\" {\n  given \"\"\"\n  $2\n  \"\"\"\n  expect $0\n}",
}

// values offers what an expression can begin with.
func (c *completer) values() {
	c.variables(0)
	c.symbols(1, completeClass, c.index.named[store])
	c.symbols(2, completeFunction, c.index.named[function])
	for _, f := range rdl.StandingNames() {
		c.add(1, completeVariable, f.Name, f.Type, f.Doc)
	}
	for _, f := range rdl.BuiltIns() {
		c.add(3, completeFunction, f.Name, f.Usage+" gives "+f.Gives, f.Doc)
	}
	for _, w := range []string{"true", "false", "nil", "not", "exists"} {
		c.add(4, completeKeyword, w, "", "")
	}
}

// variables offers the variables in scope, the innermost first.
func (c *completer) variables(group int) {
	at := len(strings.TrimRight(c.file.Src[:c.offset], " \t\r\n"))
	for sc := c.index.scopeAt(c.file, at); sc != nil; sc = sc.outer {
		c.symbols(group, completeVariable, sc.names)
	}
}

func (c *completer) symbols(group, kind int, all map[string]*symbol) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c.add(group, kind, name, all[name].what, "")
	}
}

// namedPatterns offers the patterns that can be named in another.
func (c *completer) namedPatterns() {
	docs := map[string]string{}
	for _, n := range rdl.Patterns() {
		docs[n.Name] = code("pattern "+n.Name+" "+quoted(n.Expr)) + "\n" + n.Doc
	}
	all := c.index.named[namedPattern]
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c.add(1, completeConstant, name, all[name].what, docs[name])
	}
}
