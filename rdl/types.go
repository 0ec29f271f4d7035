package rdl

import (
	"time"

	"github.com/logs-rdl/logs"
)

// A Type is what the checker knows of a value before the rules run.
type Type uint8

// The types. TypeAny is known only at run time; TypeNumber is whole or not.
const (
	TypeAny Type = iota
	TypeNil
	TypeBool
	TypeInt
	TypeNumber
	TypeText
	TypeDuration
	TypeTime
	TypeList
	TypeMap
	TypeMessage
	TypeStore
)

// String returns the name of the type, as messages use it.
func (t Type) String() string {
	return [...]string{"a value", "nil", "true or false", "a whole number", "a number", "text", "a duration", "a time", "a list", "a map", "a message", "a context"}[t]
}

// fits tells whether a value of type t may stand where want is asked for.
// Any is checked at run time, and nil may stand anywhere, since a group that
// took no part is nil.
func (t Type) fits(want Type) bool {
	switch {
	case t == want, want == TypeAny, t == TypeAny, t == TypeNil:
		return true
	case want == TypeNumber:
		return t == TypeInt
	case want == TypeList:
		return t == TypeStore
	}
	return false
}

// typeOf returns the type of a constant.
func typeOf(v logs.Value) Type {
	return [...]Type{TypeNil, TypeBool, TypeInt, TypeNumber, TypeText, TypeDuration, TypeTime, TypeList, TypeMap, TypeMessage, TypeStore}[v.Kind()]
}

// A typed is a compiled expression: what it computes and of what type.
type typed struct {
	typ      Type
	eval     logs.Expr
	constant bool       // value is what eval will always return
	value    logs.Value // if constant
	trusted  bool       // its text comes from the rule files, never from a log
	store    *storeUse  // if it stands for a context
}

// constant makes a typed of a value.
func constant(v logs.Value) typed {
	return typed{typ: typeOf(v), eval: func(*logs.Env) logs.Value { return v }, constant: true, value: v, trusted: true}
}

// broken stands for an expression in which an error was found and reported.
var broken = typed{typ: TypeAny, eval: func(*logs.Env) logs.Value { return logs.Nil }}

// literalValue turns what the parser read into a value.
func literalValue(x any) logs.Value {
	switch x := x.(type) {
	case bool:
		return logs.Bool(x)
	case int64:
		return logs.Int(x)
	case float64:
		return logs.Float(x)
	case time.Duration:
		return logs.Duration(x)
	}
	return logs.Nil
}
