package lint

import (
	"reflect"

	"github.com/logs-rdl/logs/rdl"
)

// inspect calls f for a node and, where f says so, for every node in it, outer
// ones first, in the order of their fields.
func inspect(n rdl.Node, f func(rdl.Node) bool) {
	if !f(n) {
		return
	}
	for _, child := range children(n) {
		inspect(child, f)
	}
}

// children returns the nodes right below a node. Spans and names by
// themselves are none.
func children(n rdl.Node) []rdl.Node {
	v := reflect.Indirect(reflect.ValueOf(n))
	var out []rdl.Node
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() {
			out = appendNodes(out, v.Field(i))
		}
	}
	return out
}

func appendNodes(out []rdl.Node, v reflect.Value) []rdl.Node {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			out = appendNodes(out, v.Index(i))
		}
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			out = appendNode(out, v)
		}
	case reflect.Struct:
		out = appendNode(out, v)
	}
	return out
}

func appendNode(out []rdl.Node, v reflect.Value) []rdl.Node {
	n, ok := v.Interface().(rdl.Node)
	if !ok {
		return out
	}
	switch n.(type) {
	case rdl.Span, rdl.Ident, *rdl.Ident:
		return out
	}
	return append(out, n)
}
