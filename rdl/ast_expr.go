package rdl

import "time"

// Expressions.
type (
	// Literal is a number, size, duration, true, false or nil. Value holds
	// an int64, float64, time.Duration, bool or nil; Text is as written.
	Literal struct {
		Span
		Text  string
		Value any
	}
	// Text is a string. With only literal parts it is constant, else it is
	// a template.
	Text struct {
		Span
		Quote Quote
		Parts []Part
	}
	// Pattern is a string in the place of a regular expression: Src is the
	// expression with \" made ".
	Pattern struct {
		Span
		Quote Quote
		Src   string
	}
	// Name is a variable, store or function by name.
	Name struct {
		Span
		Name string
	}
	// Call is f(ARG, ...); Fun is a *Name. A store with keys looks the same.
	Call struct {
		Span
		Fun  *Name
		Args []Arg
	}
	// Field is X.Name.
	Field struct {
		Span
		X    Expr
		Name Ident
	}
	// Index is X[I].
	Index struct {
		Span
		X, I Expr
	}
	// Unary is -X, not X or exists X.
	Unary struct {
		Span
		Op string
		X  Expr
	}
	// Binary is X Op Y: and or == != < <= > >= in matches contains
	// startsWith endsWith + - * / %. After matches, Y may be a *Pattern.
	Binary struct {
		Span
		Op   string
		X, Y Expr
	}
	// Cond is C ? A : B.
	Cond struct {
		Span
		C, A, B Expr
	}
	// List is [a, b].
	List struct {
		Span
		Elems []Expr
	}
	// Map is {k: v}; the keys of Entries are in Name.
	Map struct {
		Span
		Entries []Assign
	}
	// Paren is (X).
	Paren struct {
		Span
		X Expr
	}
)

// A Quote is the way in which a string was written.
type Quote int

// The quotes: "...", raw between backquotes, and """...""".
const (
	QuoteDouble Quote = iota
	QuoteRaw
	QuoteTriple
)

// A Part of a Text is either literal text or an expression in braces.
type Part struct {
	Span
	Lit string // decoded; used if X is nil
	X   Expr
}

// An Arg of a call is an expression, named in emit, forward and calls of
// user functions.
type Arg struct {
	Span
	Name  *Ident // nil if it has none
	Value Expr
}

// Duration returns the literal's value as a duration, if it is one.
func (l *Literal) Duration() (time.Duration, bool) {
	d, ok := l.Value.(time.Duration)
	return d, ok
}

// Constant returns the text and true if t has no expressions in it.
func (t *Text) Constant() (string, bool) {
	s := ""
	for _, p := range t.Parts {
		if p.X != nil {
			return "", false
		}
		s += p.Lit
	}
	return s, true
}

func (*Literal) expr() {}
func (*Text) expr()    {}
func (*Pattern) expr() {}
func (*Name) expr()    {}
func (*Call) expr()    {}
func (*Field) expr()   {}
func (*Index) expr()   {}
func (*Unary) expr()   {}
func (*Binary) expr()  {}
func (*Cond) expr()    {}
func (*List) expr()    {}
func (*Map) expr()     {}
func (*Paren) expr()   {}
