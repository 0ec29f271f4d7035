package rdl

import "strconv"

// A tokenKind tells the tokens apart as far as spelling alone can.
type tokenKind int

const (
	tokenEOF    tokenKind = iota
	tokenWord             // a name; whether it is a keyword depends on where it stands
	tokenNumber           // a number, duration or size
	tokenQuote            // the quotes that open a string: the parser says how to read on
	tokenMark             // punctuation or an operator
	tokenStray            // a character that begins nothing
)

// A token is one piece of a file, with its spelling.
type token struct {
	Span
	kind    tokenKind
	text    string
	newline bool // a newline stands somewhere before it
}

// String describes the token in a message.
func (t token) String() string {
	switch t.kind {
	case tokenEOF:
		return "the end of the file"
	case tokenQuote:
		return "a text"
	case tokenNumber:
		return t.text
	}
	return strconv.Quote(t.text)
}

// reserved are the words that never stand for a value of that name.
func reserved(word string) bool {
	switch word {
	case "and", "or", "not", "else", "true", "false", "nil":
		return true
	}
	return false
}
