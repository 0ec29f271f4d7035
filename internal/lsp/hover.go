package lsp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logs-rdl/logs/rdl"
)

// hover tells what stands at a place: a name, a pattern, or a word of the
// language.
func (s *session) hover(p at) (any, error) {
	v, err := s.view(p.TextDocument)
	if err != nil {
		return nil, err
	}
	offset := v.document.text.offset(p.Position)
	if m := v.index.mentionAt(v.file, offset); m != nil {
		return hover{markdown(v.tellSymbol(m.symbol)), v.document.text.rangeOf(m.Span)}, nil
	}
	if at := patternAt(v.file, offset); at != nil {
		if facts := v.tellPattern(at); facts != "" {
			return hover{markdown(facts), v.document.text.rangeOf(at.pattern.Span)}, nil
		}
		return nil, nil
	}
	if span, told := tellWord(v.file.Src, offset); told != "" {
		return hover{markdown(told), v.document.text.rangeOf(span)}, nil
	}
	return nil, nil
}

// code shows rules as such.
func code(src string) string { return "```rdl\n" + src + "\n```" }

// tellSymbol tells what a name means.
func (v *view) tellSymbol(s *symbol) string {
	if s.kind == namedPattern {
		if told := v.tellNamed(s); told != "" {
			return told
		}
	}
	told := fmt.Sprintf("`%s`: %s", s.name, s.what)
	switch {
	case s.kind == function && s.at.file != nil:
		line, _, _ := strings.Cut(s.at.file.Src[max(0, s.at.Start-len("def ")):], "\n")
		return "```python\n" + line + "\n```\n" + told
	case s.decl != nil:
		return code(sourceOf(s.at.file, s.decl)) + "\n" + told
	}
	for _, f := range slices.Concat(rdl.ContextFields(), rdl.StandingNames()) {
		if f.Name == s.name && s.at.file == nil {
			told += "\n\n" + f.Doc + " It is " + f.Type + "."
		}
	}
	return told
}

// tellNamed tells of a named pattern what it stands for and what it matches.
func (v *view) tellNamed(s *symbol) string {
	known := rdl.Patterns()
	if s.at.file != nil {
		known = s.at.file.Patterns()
	}
	for _, n := range known {
		if n.Name != s.name {
			continue
		}
		told := code("pattern "+n.Name+" "+quoted(n.Expr)) + "\n" + s.what + ". " + n.Doc
		for _, text := range n.Examples {
			told += "\n- matches `" + text + "`"
		}
		for _, text := range n.Counter {
			told += "\n- not `" + text + "`"
		}
		return told
	}
	return ""
}

// quoted writes an expression as a pattern.
func quoted(expr string) string { return `"` + strings.ReplaceAll(expr, `"`, `\"`) + `"` }

// A patternPlace is a pattern in the tree, and whether it stands in a rule
// that is made at run time.
type patternPlace struct {
	pattern *rdl.Pattern
	made    bool
	matched bool // lines are matched against it, and not some text
}

// patternAt returns the pattern at a byte of a file; nil if none is there.
func patternAt(f *rdl.File, offset int) *patternPlace {
	var found *patternPlace
	holds := func(n rdl.Node) bool { return n.Extent().Start <= offset && offset <= n.Extent().End }
	made, matched := false, false
	for _, d := range f.Decls {
		if !holds(d) {
			continue
		}
		rdl.Inspect(d, func(n rdl.Node) {
			if !holds(n) {
				return
			}
			switch n := n.(type) {
			case *rdl.Block:
				made, matched = true, false
			case *rdl.MatchPattern:
				matched = true
			case *rdl.Pattern:
				found = &patternPlace{n, made, matched}
			}
		})
	}
	return found
}

// tellPattern tells what a pattern binds and how lines find it.
func (v *view) tellPattern(at *patternPlace) string {
	facts, ok := v.patterns.Facts(v.file, at.pattern, v.namesAt(at.pattern.Start))
	if !ok {
		return ""
	}
	told := []string{"binds " + bound(facts.Groups)}
	if len(facts.Holes) > 0 {
		told = append(told, "takes the value of "+spelled(facts.Holes))
	}
	if at.matched {
		told = append(told, indexed(facts, at.made))
	}
	if facts.Lookaround {
		told = append(told, "has look-around or references: it runs under guard, and a line of more than 8 KiB is not tried")
	}
	return "A pattern that\n- " + strings.Join(told, "\n- ")
}

// bound says what groups bind.
func bound(groups []string) string {
	var named []string
	unnamed := 0
	for _, g := range groups {
		if g == "" {
			unnamed++
		} else if !slices.Contains(named, g) {
			named = append(named, g)
		}
	}
	switch {
	case len(groups) == 0:
		return "nothing"
	case unnamed == 0:
		return spelled(named)
	}
	told := "one group without a name"
	if unnamed > 1 {
		told = fmt.Sprintf("%d groups without a name", unnamed)
	}
	if len(named) > 0 {
		told = spelled(named) + ", and " + told
	}
	return told
}

// spelled lists names, each once.
func spelled(names []string) string {
	var list []string
	for _, name := range names {
		if q := "`" + name + "`"; !slices.Contains(list, q) {
			list = append(list, q)
		}
	}
	return strings.Join(list, ", ")
}

// indexed says how lines find a rule with a pattern.
func indexed(facts rdl.PatternFacts, made bool) string {
	switch {
	case made && facts.Hashed != "":
		return "is found by the value of `" + facts.Hashed + "`, by hash, however many such rules live"
	case len(facts.Literals) == 1:
		return fmt.Sprintf("is tried only on lines that hold %q", facts.Literals[0])
	case len(facts.Literals) > 1:
		return fmt.Sprintf("is tried only on lines that hold one of %q", facts.Literals)
	}
	return "is tried on every line: there is no text that each line it matches must hold"
}

// namesAt lists the variables that can be used at a byte of the document.
func (v *view) namesAt(offset int) []string {
	var names []string
	for sc := v.index.scopeAt(v.file, offset); sc != nil; sc = sc.outer {
		for name := range sc.names {
			names = append(names, name)
		}
	}
	return names
}

// tellWord tells what a word of the language means at a byte of a source.
func tellWord(src string, offset int) (rdl.Span, string) {
	span := wordAt(src, offset)
	word := src[span.Start:span.End]
	if word == "" {
		return span, ""
	}
	spot := rdl.SpotAt(src, span.End)
	switch spot.Kind {
	case rdl.SpotItem:
		return span, tellPhrases(spot, src)
	case rdl.SpotField:
		for _, f := range fieldsOf(spot.Owner) {
			if f.Name == word {
				return span, tellField(f)
			}
		}
	case rdl.SpotValue, rdl.SpotSeverity:
		return span, tellValue(word)
	}
	return span, tellSecond(src, span, word)
}

// tellSecond tells of the second word of a phrase whose first is one by itself:
// delete rule, at most.
func tellSecond(src string, span rdl.Span, word string) string {
	before := strings.TrimRight(src[:span.Start], " \t")
	spot := rdl.SpotAt(src, len(before))
	for _, p := range spot.Phrases {
		if strings.HasPrefix(p.Words+" ", src[spot.Start:spot.End]+" "+word+" ") {
			return code(p.Form) + "\n" + p.Doc
		}
	}
	return ""
}

// wordAt returns the extent of the word at a byte; a word in the middle of a
// phrase is one by itself.
func wordAt(src string, offset int) rdl.Span {
	start, end := offset, offset
	for start > 0 && isWordByte(src[start-1]) {
		start--
	}
	for end < len(src) && isWordByte(src[end]) {
		end++
	}
	return rdl.Span{Start: start, End: end}
}

// isWordByte tells whether a byte belongs to a word of the language.
func isWordByte(c byte) bool {
	return c == '-' || c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}

// tellPhrases tells of the phrases that are written at a spot.
func tellPhrases(spot rdl.Spot, src string) string {
	var told []string
	written := strings.Join(strings.Fields(src[spot.Start:spot.End]), " ")
	rest := strings.Join(strings.Fields(src[spot.Start:min(len(src), spot.End+40)]), " ")
	for exact := range 2 { // first what is written out, else all that begin so
		for _, p := range spot.Phrases {
			if exact == 0 && !strings.HasPrefix(rest+" ", p.Words+" ") || !strings.HasPrefix(p.Words+" ", written+" ") {
				continue
			}
			told = append(told, code(p.Form)+"\n"+p.Doc)
		}
		if len(told) > 0 {
			break
		}
	}
	return strings.Join(told, "\n\n")
}

// tellValue tells of a built-in function or a name that is always at hand.
func tellValue(word string) string {
	for _, f := range rdl.BuiltIns() {
		if f.Name == word {
			return code(f.Usage) + "\n" + f.Doc + " It gives " + f.Gives + "."
		}
	}
	for _, f := range rdl.StandingNames() {
		if f.Name == word {
			return tellField(f)
		}
	}
	return ""
}

func tellField(f rdl.FieldName) string { return "`" + f.Name + "`: " + f.Type + ". " + f.Doc }

// fieldsOf lists what may follow a dot behind a name: all but msg can only be
// a context.
func fieldsOf(owner string) []rdl.FieldName {
	if owner == "msg" || owner == "event" {
		return rdl.MessageFields()
	}
	return rdl.ContextFields()
}
