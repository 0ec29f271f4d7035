package rdl

import "reflect"

// Inspect calls f for a node and for every node in it, outer ones first, in
// the order of their fields. Names and places by themselves are no nodes here.
func Inspect(n Node, f func(Node)) {
	if n == nil || reflect.ValueOf(n).Kind() == reflect.Pointer && reflect.ValueOf(n).IsNil() {
		return
	}
	f(n)
	eachChild(n, func(child Node) { Inspect(child, f) })
}

// eachStmt calls f for every statement in a declaration, clause or statement,
// outer ones first, in their order. It is Inspect for those who need no more,
// in less time.
func eachStmt(n Node, f func(Stmt)) {
	if s, ok := n.(Stmt); ok {
		f(s)
	}
	switch n := n.(type) {
	case *Rule:
		eachStmtIn(n.Clauses, f)
	case *Ruleset:
		eachStmtIn(n.Body, f)
	case *Store:
		eachStmtIn(n.Clauses, f)
	case *Sequence:
		eachStmtIn(n.Clauses, f)
	case *During:
		eachStmtIn(n.Body, f)
	case *At:
		eachStmt(n.Body, f)
	case *Every:
		eachStmt(n.Body, f)
	case *Doing:
		eachStmt(n.Body, f)
	case *On:
		eachStmt(n.Body, f)
	case *Short:
		eachStmt(n.Stmt, f)
	case *Block:
		eachStmtIn(n.Stmts, f)
	case *If:
		eachStmt(n.Then, f)
		if n.Else != nil {
			eachStmt(n.Else, f)
		}
	case *For:
		eachStmt(n.Body, f)
	case *In:
		eachStmt(n.Body, f)
	}
}

func eachStmtIn[N Node](list []N, f func(Stmt)) {
	for _, n := range list {
		eachStmt(n, f)
	}
}

// Children returns the nodes right below a node.
func Children(n Node) []Node {
	var children []Node
	eachChild(n, func(child Node) { children = append(children, child) })
	return children
}

func eachChild(n Node, f func(Node)) {
	v := reflect.Indirect(reflect.ValueOf(n))
	for i := range v.NumField() {
		if field := v.Field(i); field.CanInterface() { // it is exported
			eachNode(field, f)
		}
	}
}

// eachNode calls f for what is in a field: a node, or a list of nodes.
func eachNode(v reflect.Value, f func(Node)) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			eachNode(v.Index(i), f)
		}
		return
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
	case reflect.Struct:
		if t := v.Type(); t == reflect.TypeFor[Span]() || t == reflect.TypeFor[Ident]() {
			return
		}
	default:
		return
	}
	switch n := v.Interface().(type) {
	case *Ident:
	case Node:
		f(n)
	}
}

// NameOf returns the name of a variable, a context or a function that is
// called; "" if x is something else.
func NameOf(x Expr) string {
	switch x := x.(type) {
	case *Name:
		return x.Name
	case *Call:
		return x.Fun.Name
	}
	return ""
}
