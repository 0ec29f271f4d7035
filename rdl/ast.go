package rdl

// The tree that Parse makes of a file and Format prints again:
//
//	File
//	 └─ Decl      rule, ruleset, context, window, sequence, at, every, during,
//	    │         let, pattern, use, include, alias, source, sink, test
//	    ├─ Clause   what stands between the braces of a declaration
//	    │   ├─ Match   when: patterns joined by not, and, or
//	    │   └─ Block   what to do: a list of Stmt
//	    └─ Expr     values
//
// Nodes keep the order and the place in which they were written, and nothing
// that is worked out later: names, types and slots belong to the checker.

// A Span is the part of a file that a node covers, in byte offsets from its
// start; End is excluded.
type Span struct{ Start, End int }

// Extent returns the span itself; by embedding a Span a type becomes a Node.
func (s Span) Extent() Span { return s }

// A Node is any part of the tree.
type Node interface{ Extent() Span }

// The kinds of node. The unexported methods only tell them apart.
type (
	// A Decl stands at the top level, in a ruleset or in a during block.
	Decl interface {
		Node
		decl()
	}
	// A Clause stands between the braces of a declaration.
	Clause interface {
		Node
		clause()
	}
	// A Stmt stands in a block.
	Stmt interface {
		Node
		stmt()
	}
	// A Match tells when a rule applies.
	Match interface {
		Node
		match()
	}
	// An Expr has a value.
	Expr interface {
		Node
		expr()
	}
)

// A File is one parsed source file.
type File struct {
	Name     string // as errors show it
	Src      string
	Decls    []Decl
	Comments []Comment // in the order of the file

	lines  []int // where each line begins, in bytes
	faulty bool  // it has syntax errors
}

// A Comment runs from # to the end of its line; Text holds both the # and
// what follows, without the line's end.
type Comment struct {
	Span
	Text string
}

// An Ident is a name at the place where it was written.
type Ident struct {
	Span
	Name string
}

// A Place says where a rule made at run time goes in the current ruleset.
type Place int

// The places; PlaceDefault means that none was written, and acts as before.
const (
	PlaceDefault Place = iota
	PlaceFirst
	PlaceLast
	PlaceBefore
	PlaceAfter
)

// Declarations.
type (
	// Include names further rule files: include "glob".
	Include struct {
		Span
		Glob *Text
	}
	// Use names a file of Starlark functions: use "file.star".
	Use struct {
		Span
		File *Text
	}
	// Let gives a global variable its first value: let NAME = EXPR.
	Let struct {
		Span
		Name  Ident
		Value Expr
	}
	// PatternDecl gives a pattern a name: pattern NAME "regular expression".
	PatternDecl struct {
		Span
		Name    Ident
		Pattern *Pattern
	}
	// Rule is rule [NAME] { CLAUSE... }; as a statement it may bear a Place.
	Rule struct {
		Span
		Name    *Ident // nil if it has none
		Clauses []Clause
		Place   Place
	}
	// Ruleset is ruleset [NAME] { ... }: clauses and member declarations, in
	// the order in which they were written.
	Ruleset struct {
		Span
		Name *Ident
		Body []Node // Clause or Decl
	}
	// Store is context NAME(key, ...) { ... } or window NAME(key, ...) { ... }.
	Store struct {
		Span
		Window  bool
		Name    Ident
		Keys    []Ident
		Clauses []Clause
		Place   Place // as a statement
	}
	// Sequence is sequence NAME(key, ...) [within D] { ... }.
	Sequence struct {
		Span
		Name    Ident
		Keys    []Ident
		Within  Expr // nil if not given
		Clauses []Clause
	}
	// At is at TIME { ... }, a declaration and a statement.
	At struct {
		Span
		Time TimeSpec
		Body *Block
	}
	// Every is every D { ... }, a declaration and a statement.
	Every struct {
		Span
		D    Expr
		Body *Block
	}
	// During is during "TIMES" { RULES } or outside "TIMES" { RULES }.
	During struct {
		Span
		Outside bool
		Times   *Text
		Body    []Decl
	}
	// Alias is alias X(k) as Y(j), a declaration and a statement. X and Y
	// are a *Name or a *Call.
	Alias struct {
		Span
		X, Y Expr
	}
	// Source is source [KIND] ARG... [{ OPTION... }]. Kind is nil for a file.
	Source struct {
		Span
		Kind    *Ident
		Args    []Expr
		Options []Option
	}
	// Sink is sink NAME { OPTION... }.
	Sink struct {
		Span
		Name    Ident
		Options []Option
	}
	// Option is one line of a source's or sink's braces: a word and what
	// follows it; further words on the line are *Name nodes among Args.
	Option struct {
		Span
		Name Ident
		Args []Expr
	}
	// Test is test "name" { given, after, expect ... }.
	Test struct {
		Span
		Name  *Text
		Steps []Node // *Given, *GivenEvent, *After or *Expect
	}
	// Given feeds lines to a test: given "..." or given file "x.log".
	Given struct {
		Span
		File bool
		Text *Text
	}
	// GivenEvent lets an engine below forward an event in a test:
	//
	//	given event NAME(k = EXPR, ...) [from "EDGE"]
	GivenEvent struct {
		Span
		Name Ident
		Args []Arg
		From *Text // nil if not given
	}
	// After lets time pass in a test.
	After struct {
		Span
		D Expr
	}
	// Expect states what came since the last group of expects:
	//
	//	expect [no] EFFECT [TEXT | matching PATTERN] [N times]
	//	expect nothing else
	Expect struct {
		Span
		No          bool
		Effect      Ident    // print, alert, exec...
		Text        Expr     // nil if no text was given
		Pattern     *Pattern // nil unless matching
		Times       Expr     // nil if not given
		NothingElse bool
	}
)

// A TimeSpec is a TIME as written: midnight, noon, "12:01 PM",
// monday at "09:00", cron "*/5 * * * *".
type TimeSpec struct {
	Span
	Word string // "midnight", "noon", a weekday, "cron" or ""
	Text *Text  // nil after midnight and noon
}

// An Assign is NAME = EXPR.
type Assign struct {
	Span
	Name  Ident
	Value Expr
}

// Clauses.
type (
	// Matching is matching MATCH or filtering MATCH.
	Matching struct {
		Span
		Filtering bool
		Match     Match
	}
	// Binding names the groups of the match, in order.
	Binding struct {
		Span
		Names []Ident
	}
	// Where is a further condition.
	Where struct {
		Span
		Cond Expr
	}
	// With declares variables of a rule, ruleset or store.
	With struct {
		Span
		Vars []Assign
	}
	// Doing is what a rule, ruleset, store or sequence does.
	Doing struct {
		Span
		Body *Block
	}
	// On is on timeout BLOCK, on full BLOCK or, in a sequence, missing BLOCK.
	On struct {
		Span
		Event string // "timeout", "full", "missing"
		Body  *Block
	}
	// Flag is a clause of bare words: "continuing", "lives-after-timeout",
	// "any order", "strict".
	Flag struct {
		Span
		Word string
	}
	// Once is once, or in a store once per D.
	Once struct {
		Span
		Per Expr // nil if not given
	}
	// Distinct is distinct [EXPR].
	Distinct struct {
		Span
		By Expr // nil if not given
	}
	// Until is asked after the actions of a match.
	Until struct {
		Span
		Match Match
	}
	// Limit is a word and a number or duration: "max-lines", "min-lines",
	// "at most", "length", "lasting", "timing out in".
	Limit struct {
		Span
		Word string
		N    Expr
	}
	// TimingOutAt is timing out at TIME.
	TimingOutAt struct {
		Span
		Time TimeSpec
	}
	// Short is a statement in the place of a clause: storing into, write to,
	// exec. Stmt is a *StoreInto, a *Write with a nil X, or an *Exec.
	Short struct {
		Span
		Stmt Stmt
	}
	// Step is step NAME MATCH [times N], in a sequence.
	Step struct {
		Span
		Name  Ident
		Match Match
		Times Expr // nil if not given
	}
)

// Matches.
type (
	// MatchPattern searches the line for a regular expression.
	MatchPattern struct {
		Span
		Pattern *Pattern
	}
	// MatchRegexp searches the line for the regular expression that X gives.
	MatchRegexp struct {
		Span
		X Expr
	}
	// MatchEvent holds for an event of that name.
	MatchEvent struct {
		Span
		Name Ident
	}
	// MatchFunction asks a user function.
	MatchFunction struct {
		Span
		Name Ident
	}
	// MatchAll is everything, MatchNone nothing.
	MatchAll  struct{ Span }
	MatchNone struct{ Span }
	// MatchNot negates.
	MatchNot struct {
		Span
		X Match
	}
	// MatchBinary joins two matches; Op is "and" or "or".
	MatchBinary struct {
		Span
		Op   string
		X, Y Match
	}
	// MatchParen is a match in parentheses.
	MatchParen struct {
		Span
		X Match
	}
)

func (*Include) decl()     {}
func (*Use) decl()         {}
func (*Let) decl()         {}
func (*PatternDecl) decl() {}
func (*Rule) decl()        {}
func (*Ruleset) decl()     {}
func (*Store) decl()       {}
func (*Sequence) decl()    {}
func (*At) decl()          {}
func (*Every) decl()       {}
func (*During) decl()      {}
func (*Alias) decl()       {}
func (*Source) decl()      {}
func (*Sink) decl()        {}
func (*Test) decl()        {}

func (*Matching) clause()    {}
func (*Binding) clause()     {}
func (*Where) clause()       {}
func (*With) clause()        {}
func (*Doing) clause()       {}
func (*On) clause()          {}
func (*Flag) clause()        {}
func (*Once) clause()        {}
func (*Distinct) clause()    {}
func (*Until) clause()       {}
func (*Limit) clause()       {}
func (*TimingOutAt) clause() {}
func (*Short) clause()       {}
func (*Step) clause()        {}

func (*MatchPattern) match()  {}
func (*MatchRegexp) match()   {}
func (*MatchEvent) match()    {}
func (*MatchFunction) match() {}
func (*MatchAll) match()      {}
func (*MatchNone) match()     {}
func (*MatchNot) match()      {}
func (*MatchBinary) match()   {}
func (*MatchParen) match()    {}
