package rdl

import (
	"slices"
	"testing"
)

// eachStmt comes to the statements to which Inspect comes, in its order.
func TestEachStmtIsInspect(t *testing.T) {
	statements := 0
	for _, src := range seeds(t) {
		file, _ := Parse("seed.rdl", src)
		for _, d := range file.Decls {
			var want, got []Stmt
			Inspect(d, func(n Node) {
				if s, ok := n.(Stmt); ok {
					want = append(want, s)
				}
			})
			eachStmt(d, func(s Stmt) { got = append(got, s) })
			if !slices.Equal(got, want) {
				t.Errorf("%s:\ngot %d statements, want %d", src[d.Extent().Start:d.Extent().End], len(got), len(want))
			}
			statements += len(want)
		}
	}
	if statements < 100 {
		t.Errorf("only %d statements were seen", statements)
	}
}
