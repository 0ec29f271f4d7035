package lsp

import (
	"maps"
	"slices"

	"github.com/logs-rdl/logs/rdl"
)

// definition returns where the name at a place is declared; of an include or
// use, the files that it names.
func (s *session) definition(p at) (any, error) {
	v, err := s.view(p.TextDocument)
	if err != nil {
		return nil, err
	}
	offset := v.document.text.offset(p.Position)
	if m := v.index.mentionAt(v.file, offset); m != nil {
		if m.at.file == nil {
			return nil, nil
		}
		return []location{s.location(v.program, m.at)}, nil
	}
	return s.filesNamed(v, offset)
}

// filesNamed returns the files that an include or use at a place names.
func (s *session) filesNamed(v *view, offset int) (any, error) {
	for _, d := range v.file.Decls {
		span := d.Extent()
		if offset < span.Start || span.End < offset {
			continue
		}
		var names []string
		switch d := d.(type) {
		case *rdl.Include:
			if glob, ok := d.Glob.Constant(); ok {
				names, _ = s.glob(beside(v.file.Name, glob))
			}
		case *rdl.Use:
			if name, ok := d.File.Constant(); ok {
				names = []string{beside(v.file.Name, name)}
			}
		}
		found := []location{}
		for _, name := range names {
			found = append(found, location{URI: s.uri(name)})
		}
		return found, nil
	}
	return nil, nil
}

// references returns all places where the name at a place is used.
func (s *session) references(p referenceParams) (any, error) {
	v, err := s.view(p.TextDocument)
	if err != nil {
		return nil, err
	}
	m := v.index.mentionAt(v.file, v.document.text.offset(p.Position))
	if m == nil {
		return nil, nil
	}
	found := []location{}
	for _, at := range m.places(p.Context.IncludeDeclaration) {
		found = append(found, s.location(v.program, at))
	}
	return found, nil
}

// places returns where a symbol stands, each place once.
func (s *symbol) places(declaration bool) []place {
	var all []place
	if declaration && s.at.file != nil {
		all = append(all, s.at)
	}
	for _, u := range s.uses {
		if !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	return all
}

// highlight returns the places in the document where the name stands.
func (s *session) highlight(p at) (any, error) {
	v, err := s.view(p.TextDocument)
	if err != nil {
		return nil, err
	}
	m := v.index.mentionAt(v.file, v.document.text.offset(p.Position))
	if m == nil {
		return nil, nil
	}
	type highlight struct {
		Range textRange `json:"range"`
	}
	found := []highlight{}
	for _, at := range m.places(true) {
		if at.file == v.file {
			found = append(found, highlight{v.document.text.rangeOf(at.Span)})
		}
	}
	return found, nil
}

// prepareRename returns the extent of the name at a place, if it can be
// changed.
func (s *session) prepareRename(p at) (any, error) {
	v, err := s.view(p.TextDocument)
	if err != nil {
		return nil, err
	}
	m, err := v.changeable(p.Position)
	if err != nil {
		return nil, err
	}
	return v.document.text.rangeOf(m.Span), nil
}

// changeable returns the name at a place if the rules declare it. All that
// uses it must be known, so there must be no mistakes.
func (v *view) changeable(p position) (*mention, error) {
	m := v.index.mentionAt(v.file, v.document.text.offset(p))
	switch {
	case m == nil:
		return nil, &rpcError{codeRequestFailed, "no name stands here"}
	case m.at.file == nil || m.kind == function:
		return nil, &rpcError{codeRequestFailed, m.name + " is not declared in the rules"}
	case v.rules == nil:
		return nil, &rpcError{codeRequestFailed, "mend the mistakes in the rules first, so that all uses are known"}
	}
	return m, nil
}

// rename changes a name wherever it stands, unless that changes what any name
// means, or makes the rules wrong.
func (s *session) rename(p renameParams) (any, error) {
	v, err := s.view(p.TextDocument)
	if err != nil {
		return nil, err
	}
	m, err := v.changeable(p.Position)
	if err != nil {
		return nil, err
	}
	if !rdl.IsName(p.NewName) {
		return nil, &rpcError{codeInvalidParams, p.NewName + " is no name: a letter, then letters, digits, _ and -"}
	}
	if other := v.index.taken(m.symbol, p.NewName); other != nil && other != m.symbol {
		return nil, &rpcError{codeRequestFailed, p.NewName + " is taken: it is " + other.what}
	}
	edit := workspaceEdit{map[string][]textEdit{}}
	for _, at := range m.places(true) {
		uri := s.uri(at.file.Name)
		edit.Changes[uri] = append(edit.Changes[uri], textEdit{v.program.text(at.file).rangeOf(at.Span), p.NewName})
	}
	if wrong := s.after(v.program, m.places(true), p.NewName).errs; len(wrong) > 0 {
		return nil, &rpcError{codeRequestFailed, "then the rules are wrong: " + wrong[0].Msg}
	}
	return edit, nil
}

// taken returns what has a name already where a symbol is declared or used;
// nil if nothing has.
func (x *index) taken(s *symbol, name string) *symbol {
	if s.kind != variable {
		return x.named[s.kind][name]
	}
	for _, at := range s.places(true) {
		if other := x.scopeAt(at.file, at.Start).find(name); other != nil {
			return other
		}
	}
	if other := x.named[store][name]; other != nil {
		return other
	}
	return x.named[namedPattern][name]
}

// after loads a program as it would be with another name at some places.
func (s *session) after(p *program, places []place, name string) *program {
	trial := *s
	trial.open = maps.Clone(s.open)
	slices.SortFunc(places, func(a, b place) int { return b.Start - a.Start })
	for _, f := range p.files {
		src := f.Src
		for _, at := range places {
			if at.file == f {
				src = src[:at.Start] + name + src[at.End:]
			}
		}
		if src != f.Src {
			trial.open[f.Name] = &document{s.uri(f.Name), f.Name, newText(src)}
		}
	}
	trial.forget()
	return trial.load(p.roots)
}
