package rdl

import "reflect"

// inspect calls f for a node and for every node in it, outer ones first.
func inspect(n Node, f func(Node)) {
	if n == nil || reflect.ValueOf(n).Kind() == reflect.Pointer && reflect.ValueOf(n).IsNil() {
		return
	}
	f(n)
	v := reflect.Indirect(reflect.ValueOf(n))
	for i := range v.NumField() {
		inspectValue(v.Field(i), f)
	}
}

// inspectValue finds the nodes in a field: a node, or a list of nodes.
func inspectValue(v reflect.Value, f func(Node)) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			inspectValue(v.Index(i), f)
		}
	case reflect.Interface, reflect.Pointer, reflect.Struct:
		if n, ok := v.Interface().(Node); ok && v.Type() != reflect.TypeFor[Span]() && v.Type() != reflect.TypeFor[Ident]() {
			inspect(n, f)
		}
	}
}
