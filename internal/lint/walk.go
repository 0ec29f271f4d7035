package lint

import "github.com/logs-rdl/logs/rdl"

// inspect calls f for a node and, where f says so, for every node in it, outer
// ones first, in the order of their fields.
func inspect(n rdl.Node, f func(rdl.Node) bool) {
	if !f(n) {
		return
	}
	for _, child := range rdl.Children(n) {
		inspect(child, f)
	}
}
