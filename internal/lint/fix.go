package lint

import (
	"cmp"
	"slices"

	"github.com/logs-rdl/logs/rdl"
)

// A Fix mends one finding. It keeps the meaning of the rules, but for what the
// explanation of the code says.
type Fix struct {
	Title string // "write \. for each dot"
	Edits []Edit // of the finding's file; they do not overlap
}

// An Edit puts text in the place of a span of a file.
type Edit struct {
	rdl.Span
	Text string
}

// Apply makes the edits of fixes to the source that they were found in. A fix
// that touches what an earlier one has changed is left for the next run.
func Apply(src string, fixes []*Fix) string {
	var edits []Edit
	for _, f := range fixes {
		if !slices.ContainsFunc(f.Edits, func(e Edit) bool { return collides(e, edits) }) {
			edits = append(edits, f.Edits...)
		}
	}
	slices.SortFunc(edits, func(a, b Edit) int { return cmp.Compare(b.Start, a.Start) })
	for _, e := range edits {
		src = src[:e.Start] + e.Text + src[e.End:]
	}
	return src
}

// collides tells whether e touches one of edits.
func collides(e Edit, edits []Edit) bool {
	return slices.ContainsFunc(edits, func(old Edit) bool { return e.Start < old.End && old.Start < e.End || e.Start == old.Start })
}
