package learn

import (
	"strings"
	"time"
)

// A Template is what lines have in common that are the same but for their
// values.
type Template struct {
	Program     string // empty if the lines do not name one
	Count       int
	First, Last time.Time // zero if no line bears a stamp
	Sample      string    // the first line, cut at 400 bytes

	elements []element
	words    int  // of the line that began it
	trailing bool // white space may follow
	tail     bool // it is the end of each line
	inside   bool // or stands in each
}

const maxSample = 400

// An element is a token of all lines of a template.
type element struct {
	token        // of the first of them
	wordy   bool // it was a word until lines differed in it
	differs bool // the lines do
}

// newTemplate returns a template that takes lines of a shape.
func newTemplate(o observed, tokens []token) *Template {
	t := &Template{
		Program: strings.Clone(o.program), Sample: strings.Clone(o.line[:min(len(o.line), maxSample)]),
		tail: true, inside: true,
		elements: make([]element, len(tokens)),
	}
	for i, k := range tokens {
		e := element{token: k}
		e.text = strings.Clone(k.text[:min(len(k.text), maxWord)])
		e.differs = len(k.text) > maxWord
		t.elements[i] = e
		if k.kind == word {
			t.words++
		}
	}
	return t
}

// take adds a line, whose tokens are of the template's shape.
func (t *Template) take(o observed, tokens []token, trailing bool) {
	t.Count++
	t.trailing = t.trailing || trailing
	t.tail = t.tail && o.tail
	t.inside = t.inside && o.inside
	if !o.at.IsZero() {
		if t.First.IsZero() || o.at.Before(t.First) {
			t.First = o.at
		}
		if o.at.After(t.Last) {
			t.Last = o.at
		}
	}
	for i := range tokens {
		t.elements[i].take(tokens[i])
	}
}

func (e *element) take(t token) {
	if e.gap != t.gap {
		e.gap = wide
	}
	if e.kind == mark || e.kind == t.kind && e.text == t.text {
		return
	}
	e.differs = e.differs || e.text != t.text
	e.wordy = e.wordy || e.kind == word
	e.kind = join(e.asValue(), t.asValue())
}

// asValue is the kind of a token that is no word any more.
func (t token) asValue() kind {
	if t.kind == word {
		return shape(t.text)
	}
	return t.kind
}

// shares tells how many words a line has, and how many of them are the
// template's. A word in the place of a value is none of it, unless lines of
// the template had words there; a value in that of a word counts as one.
func (t *Template) shares(tokens []token) (shared, words int) {
	for i := range tokens {
		e, k := &t.elements[i], &tokens[i]
		switch {
		case k.kind == mark:
		case k.kind == word:
			if e.kind == word || e.wordy {
				words++
			}
			if e.kind == word && e.text == k.text {
				shared++
			}
		case e.kind == word:
			words++
		}
	}
	return shared, words
}

// mixes tells whether a line, which the template has taken, has a value where
// others have a word, or a word where others have a value.
func (t *Template) mixes(tokens []token) bool {
	for i := range tokens {
		if e := &t.elements[i]; e.kind > word && e.wordy != (tokens[i].kind == word) {
			return true
		}
	}
	return false
}

// constant is how many lines must show the same value for it to be taken for
// a part of the text.
const constant = 10

// isText tells whether an element is written as it is, and not as a pattern.
// Numbers and addresses never are: that those of one log are all the same
// says nothing about the next.
func (t *Template) isText(i int) bool {
	e := &t.elements[i]
	switch {
	case e.kind == mark || e.kind == word:
		return true
	case e.differs || e.kind < alnum || e.kind == rest || !isPlain(e.text):
		return false
	}
	return t.Count >= constant || isName(e.text) && t.group(i) == kinds[e.kind].group
}

// isName tells whether a word with digits is likely always the same, as ssh2
// and IPv4 are.
func isName(text string) bool {
	n := 0
	for i := range len(text) {
		if isDigit(text[i]) {
			n++
		}
	}
	return isLetter(text[0]) && 0 < n && n <= 2
}

// String returns the template for people to read: the text, and for values
// named patterns.
func (t *Template) String() string {
	var b strings.Builder
	if t.Program != "" {
		b.WriteString(t.Program + ": ")
	}
	for i, hole := range t.holes() {
		e := &t.elements[i]
		if e.gap != closed && i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(orText(hole.String(), e.text))
	}
	return b.String()
}

func orText(hole, text string) string {
	if hole != "" {
		return hole
	}
	return text
}
