package rdl

// Statements.
type (
	// Block is { STMT... }, or a single statement without braces.
	Block struct {
		Span
		Braced bool
		Stmts  []Stmt
	}
	// Print is print T.
	Print struct {
		Span
		X Expr
	}
	// Alert is alert [SEVERITY] T [{ k = EXPR ... }].
	Alert struct {
		Span
		Severity *Ident // nil if not given
		X        Expr
		Fields   []Assign
	}
	// Write is write X to T; X is nil in the clause write to T.
	Write struct {
		Span
		X, To Expr
	}
	// Exec is exec T T...
	Exec struct {
		Span
		Args []Expr
	}
	// Pipe is pipe X to T T...
	Pipe struct {
		Span
		X    Expr
		Args []Expr
	}
	// Mail is mail X to T [subject T].
	Mail struct {
		Span
		X, To, Subject Expr // Subject is nil if not given
	}
	// Post is post X to T.
	Post struct {
		Span
		X, To Expr
	}
	// Send is send X to SINK.
	Send struct {
		Span
		X  Expr
		To Ident
	}
	// Ban is ban IP for D [with SINK], or unban IP [with SINK].
	Ban struct {
		Span
		IP, For Expr   // For is nil if the ban is lifted
		With    *Ident // nil if not given
	}
	// Emit is emit NAME(k = EXPR, ...), or forward NAME(...) [by k].
	Emit struct {
		Span
		Forward bool
		Name    Ident
		Args    []Arg
		By      *Ident // nil if not given
	}
	// Add is add X to C(k).
	Add struct {
		Span
		X, To Expr
	}
	// StoreInto is store into C(k) [C(k)...].
	StoreInto struct {
		Span
		To []Expr
	}
	// StoreOp is clear C(k), end C(k) or delete C(k).
	StoreOp struct {
		Span
		Word  string
		Store Expr
	}
	// DeleteRule is delete rule NAME.
	DeleteRule struct {
		Span
		Name Ident
	}
	// Stop ends the walk for this message.
	Stop struct{ Span }
	// If is if EXPR BLOCK [else ...]. Else is nil, a *Block or an *If.
	If struct {
		Span
		Cond Expr
		Then *Block
		Else Stmt
	}
	// For is for x in EXPR BLOCK.
	For struct {
		Span
		Var  Ident
		X    Expr
		Body *Block
	}
	// CallStmt is call f(...).
	CallStmt struct {
		Span
		Call *Call
	}
	// Set is set NAME = EXPR.
	Set struct {
		Span
		Name  Ident
		Value Expr
	}
	// In is in D { ... }: the block runs once, later.
	In struct {
		Span
		D    Expr
		Body *Block
	}
)

func (*Block) stmt()      {}
func (*Print) stmt()      {}
func (*Alert) stmt()      {}
func (*Write) stmt()      {}
func (*Exec) stmt()       {}
func (*Pipe) stmt()       {}
func (*Mail) stmt()       {}
func (*Post) stmt()       {}
func (*Send) stmt()       {}
func (*Ban) stmt()        {}
func (*Emit) stmt()       {}
func (*Add) stmt()        {}
func (*StoreInto) stmt()  {}
func (*StoreOp) stmt()    {}
func (*DeleteRule) stmt() {}
func (*Stop) stmt()       {}
func (*If) stmt()         {}
func (*For) stmt()        {}
func (*CallStmt) stmt()   {}
func (*Set) stmt()        {}
func (*In) stmt()         {}
func (*At) stmt()         {}
func (*Every) stmt()      {}
func (*Rule) stmt()       {}
func (*Store) stmt()      {}
func (*Alias) stmt()      {}
