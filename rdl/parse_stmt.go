package rdl

// block reads { STATEMENT... } or one statement without braces.
func (p *parser) block() *Block {
	start, braced := p.tok.Start, p.at("{")
	var room [4]Stmt
	stmts := room[:0]
	if braced {
		p.body(inBlock, func() { stmts = append(stmts, p.statement()) })
	} else {
		outer := p.form
		p.form = form{inBlock, p.tok.text}
		stmts = append(stmts, p.statement())
		p.form = outer
	}
	return p.nodes.blocks.put(Block{p.from(start), braced, p.nodes.stmts.keep(stmts)})
}

// statement reads one statement.
func (p *parser) statement() Stmt {
	if !inBlock.holds(p.tok.text) {
		p.unknown(inBlock)
	}
	p.enter()
	defer p.leave()
	switch p.tok.text {
	case "rule":
		r := p.rule()
		r.Place = p.place()
		r.End = p.end
		return r
	case "context", "window":
		s := p.store()
		s.Place = p.place()
		s.End = p.end
		return s
	case "at":
		return p.atTime()
	case "every":
		return p.every()
	case "alias":
		return p.alias()
	case "if":
		return p.ifStmt()
	case "for", "in":
		return p.blockStmt()
	case "emit", "forward", "call", "set", "stop", "alert":
		return p.ownStmt()
	case "store", "clear", "end", "delete":
		return p.storeStmt()
	}
	return p.effect()
}

// places are the words behind a rule or store that is made at run time.
var places = map[string]Place{
	"first": PlaceFirst, "last": PlaceLast, "before": PlaceBefore, "after": PlaceAfter,
}

func (p *parser) place() Place {
	place, ok := places[p.tok.text]
	if !ok || p.newline() {
		return PlaceDefault
	}
	p.advance()
	return place
}

// effect reads the statements that give something to the world outside.
func (p *parser) effect() Stmt {
	word := p.take()
	start := word.Start
	if word.text == "exec" {
		args := p.arguments()
		return &Exec{p.from(start), args}
	}
	x := p.expression()
	switch word.text {
	case "print":
		return p.nodes.prints.put(Print{p.from(start), x})
	case "ban", "unban":
		return p.ban(start, x, word.text == "unban")
	}
	p.want("to")
	switch word.text {
	case "write":
		to := p.expression()
		return &Write{p.from(start), x, to}
	case "post":
		to := p.expression()
		return &Post{p.from(start), x, to}
	case "pipe":
		args := p.arguments()
		return &Pipe{p.from(start), x, args}
	case "send":
		to := p.name("the name of a sink")
		return &Send{p.from(start), x, to}
	case "add":
		to := p.storeRef()
		return &Add{p.from(start), x, to}
	}
	m := &Mail{X: x, To: p.expression()}
	if p.gotHere("subject") {
		m.Subject = p.expression()
	}
	m.Span = p.from(start)
	return m
}

// ban reads what follows the address of ban IP for D [with SINK], or of
// unban IP [with SINK].
func (p *parser) ban(start int, ip Expr, lift bool) *Ban {
	b := &Ban{IP: ip}
	if !lift {
		p.want("for")
		b.For = p.expression()
	}
	if p.gotHere("with") {
		sink := p.name("the name of a sink")
		b.With = &sink
	}
	b.Span = p.from(start)
	return b
}

// ownStmt reads the statements that have a form of their own.
func (p *parser) ownStmt() Stmt {
	word := p.take()
	start := word.Start
	switch word.text {
	case "stop":
		return &Stop{p.from(start)}
	case "set":
		a := p.assign("the name of a variable")
		return &Set{p.from(start), a.Name, a.Value}
	case "alert":
		return p.alert(start)
	case "call":
		call, ok := p.operand().(*Call)
		if !ok {
			p.fail(p.from(start), "", "call takes a function and its arguments: f(...)")
		}
		return &CallStmt{p.from(start), call}
	}
	e := &Emit{Forward: word.text == "forward", Name: p.name("the name of an event")}
	if p.at("(") && !p.newline() {
		e.Args = p.args("")
	}
	if e.Forward && p.gotHere("by") {
		by := p.name("the partition key")
		e.By = &by
	}
	e.Span = p.from(start)
	return e
}

// alert reads [SEVERITY] T [{ k = EXPR ... }]. A severity is also a name, so
// it counts as one only if a T follows.
func (p *parser) alert(start int) *Alert {
	a := &Alert{}
	if p.tok.kind == tokenWord && !reserved(p.tok.text) && p.severityStands() {
		if severity := p.word(); isSeverity(severity.Name) {
			a.Severity = &severity
		} else {
			p.fail(severity.Span, didYouMean(nearest(severity.Name, severities)), "unknown severity %q: low, medium, high or critical", severity.Name)
		}
	}
	a.X = p.expression()
	if p.at("{") && !p.newline() {
		a.Fields = p.fields()
	}
	a.Span = p.from(start)
	return a
}

var severities = []string{"low", "medium", "high", "critical"}

func isSeverity(word string) bool {
	for _, s := range severities {
		if s == word {
			return true
		}
	}
	return false
}

// severityStands tells whether the word at hand is followed by what begins a
// value, so that it cannot be the value itself.
func (p *parser) severityStands() bool {
	next := p.lex.peek()
	switch {
	case next.newline:
		return false
	case next.kind == tokenQuote, next.kind == tokenNumber:
		return true
	case next.text == "(" || next.text == "[":
		return next.Start > p.tok.End && isSeverity(p.tok.text)
	}
	return next.kind == tokenWord && operators[next.text] == 0
}

// fields reads { k = EXPR ... }; commas and semicolons are optional.
func (p *parser) fields() []Assign {
	var fields []Assign
	parens := p.parens
	p.advance()
	for p.parens = 0; !p.at("}"); {
		fields = append(fields, p.assign("the name of a field"))
		if !p.got(",") {
			p.got(";")
		}
	}
	p.parens = parens
	p.advance()
	return fields
}

// storeStmt reads the statements about contexts and windows.
func (p *parser) storeStmt() Stmt {
	word := p.take()
	start := word.Start
	if word.text == "store" {
		p.want("into")
		to := p.storeRefs()
		return &StoreInto{p.from(start), to}
	}
	if next := p.lex.peek(); word.text == "delete" && p.at("rule") && next.kind == tokenWord && !next.newline {
		p.advance()
		name := p.name("the rule's name")
		return &DeleteRule{p.from(start), name}
	}
	store := p.storeRef()
	return &StoreOp{p.from(start), word.text, store}
}

// storeRef reads a context or window: NAME or NAME(k, ...).
func (p *parser) storeRef() Expr { return p.checkStore(p.operand()) }

// storeRefs reads one or more of them.
func (p *parser) storeRefs() []Expr {
	refs := p.arguments()
	for _, x := range refs {
		p.checkStore(x)
	}
	return refs
}

func (p *parser) checkStore(x Expr) Expr {
	switch x.(type) {
	case *Name, *Call:
	default:
		p.fail(x.Extent(), "write it as NAME or NAME(key)", "expected a context or window")
	}
	return x
}

// assign reads NAME = EXPR.
func (p *parser) assign(what string) Assign {
	name := p.name(what)
	p.want("=")
	value := p.expression()
	return Assign{p.from(name.Start), name, value}
}

// ifStmt reads if EXPR BLOCK [else ...].
func (p *parser) ifStmt() *If {
	start := p.take().Start
	s := &If{Cond: p.expression(), Then: p.block()}
	if p.got("else") {
		if p.at("if") {
			p.enter()
			s.Else = p.ifStmt()
			p.leave()
		} else {
			s.Else = p.block()
		}
	}
	s.Span = p.from(start)
	return s
}

// blockStmt reads for x in EXPR BLOCK and in D BLOCK.
func (p *parser) blockStmt() Stmt {
	word := p.take()
	if word.text == "in" {
		d := p.expression()
		body := p.block()
		return &In{p.from(word.Start), d, body}
	}
	s := &For{Var: p.name("a name")}
	p.want("in")
	s.X = p.expression()
	s.Body = p.block()
	s.Span = p.from(word.Start)
	return s
}
