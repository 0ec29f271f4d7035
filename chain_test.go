package logs

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// bead is a member of a chain.
type bead struct {
	n     int
	links link[*bead]
}

func (b *bead) link() *link[*bead] { return &b.links }

// A chain does what a slice does, read from both ends.
func TestAChainDoesWhatASliceDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c chain[*bead]
		var model []*bead
		for n := range rapid.IntRange(0, 40).Draw(t, "steps") {
			switch what := rapid.SampledFrom([]string{"add", "insert", "remove"}).Draw(t, "what"); {
			case what == "remove" && len(model) > 0:
				i := rapid.IntRange(0, len(model)-1).Draw(t, "place")
				c.remove(model[i])
				model = slices.Delete(model, i, i+1)
			case what == "insert":
				i := rapid.IntRange(0, len(model)).Draw(t, "place")
				var at *bead
				if i > 0 {
					at = model[i-1]
				}
				b := &bead{n: n}
				c.insert(b, at)
				model = slices.Insert(model, i, b)
			default:
				b := &bead{n: n}
				c.add(b)
				model = append(model, b)
			}
			var forward, backward []*bead
			for b := c.first; b != nil; b = b.links.next {
				forward = append(forward, b)
			}
			for b := c.last; b != nil; b = b.links.prev {
				backward = append(backward, b)
			}
			slices.Reverse(backward)
			if !slices.Equal(forward, model) || !slices.Equal(backward, model) {
				t.Fatalf("after %d steps %v and %v, want %v", n, forward, backward, model)
			}
		}
	})
}
