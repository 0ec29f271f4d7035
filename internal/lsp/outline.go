package lsp

import "github.com/logs-rdl/logs/rdl"

// outline lists what a document declares, with what stands inside.
func (s *session) outline(p documentParams) (any, error) {
	v, err := s.view(p.TextDocument)
	if err != nil {
		return nil, err
	}
	o := outliner{v.document.text, v.file}
	all := []documentSymbol{}
	for _, d := range v.file.Decls {
		all = append(all, o.symbols(d)...)
	}
	return all, nil
}

type outliner struct {
	text *text
	file *rdl.File
}

// symbol makes an entry. Without a name it is called by what.
func (o outliner) symbol(n rdl.Node, kind int, what string, id *rdl.Ident, inner []documentSymbol) []documentSymbol {
	d := documentSymbol{Name: what, Kind: kind, Range: o.text.rangeOf(n.Extent()), Children: inner}
	d.SelectionRange = d.Range
	if id != nil {
		d.Name, d.Detail, d.SelectionRange = id.Name, what, o.text.rangeOf(id.Span)
	}
	return []documentSymbol{d}
}

// symbols makes the entries of a declaration.
func (o outliner) symbols(n rdl.Node) []documentSymbol {
	switch d := n.(type) {
	case *rdl.Include:
		return o.symbol(d, outlineFile, "include "+o.source(d.Glob), nil, nil)
	case *rdl.Use:
		return o.symbol(d, outlineModule, "use "+o.source(d.File), nil, nil)
	case *rdl.Let:
		return o.symbol(d, outlineVariable, "let", &d.Name, nil)
	case *rdl.PatternDecl:
		return o.symbol(d, outlineConstant, "pattern", &d.Name, nil)
	case *rdl.Rule:
		return o.symbol(d, outlineFunction, "rule", d.Name, o.inside(d))
	case *rdl.Ruleset:
		return o.symbol(d, outlineNamespace, "ruleset", d.Name, o.inside(d))
	case *rdl.Store:
		return o.symbol(d, outlineStruct, storeWord(d), &d.Name, o.inside(d))
	case *rdl.Sequence:
		return o.symbol(d, outlineEvent, "sequence", &d.Name, o.inside(d))
	case *rdl.During:
		word := "during "
		if d.Outside {
			word = "outside "
		}
		return o.symbol(d, outlineNamespace, word+o.source(d.Times), nil, o.inside(d))
	case *rdl.At:
		return o.symbol(d, outlineEvent, "at "+o.source(d.Time), nil, o.inside(d))
	case *rdl.Every:
		return o.symbol(d, outlineEvent, "every "+o.source(d.D), nil, o.inside(d))
	case *rdl.Source:
		return o.symbol(d, outlineInterface, "source", d.Kind, nil)
	case *rdl.Sink:
		return o.symbol(d, outlineInterface, "sink", &d.Name, nil)
	case *rdl.Test:
		return o.symbol(d, outlineMethod, "test "+o.source(d.Name), nil, nil)
	}
	return nil
}

// inside makes the entries of the rules and contexts that stand in a
// declaration, at whatever depth, each below the one that it stands in.
func (o outliner) inside(outer rdl.Node) []documentSymbol {
	var all []documentSymbol
	end := 0 // of the last one: what lies before stands in it
	rdl.Inspect(outer, func(n rdl.Node) {
		switch n.(type) {
		case *rdl.Rule, *rdl.Ruleset, *rdl.Store, *rdl.Sequence, *rdl.During:
			if span := n.Extent(); n != outer && span.Start >= end {
				all = append(all, o.symbols(n)...)
				end = span.End
			}
		}
	})
	return all
}

// source returns the text of a small part, on one line.
func (o outliner) source(n rdl.Node) string {
	span := n.Extent()
	return o.file.Src[span.Start:span.End]
}
