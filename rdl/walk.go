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
