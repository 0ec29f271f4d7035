package ruletest

import (
	"fmt"
	"strings"

	"github.com/logs-rdl/logs"
)

// A diffLine is an effect with its mark: '-' was expected and did not come,
// '+' came and was not expected, ' ' is right.
type diffLine struct {
	mark byte
	text string
}

// writeDiff shows the lines of a diff, of very many those around the first
// that differs.
func writeDiff(b *strings.Builder, lines []diffLine) {
	from := 0
	for i, l := range lines {
		if l.mark != ' ' {
			from = max(0, min(i-3, len(lines)-maxShown))
			break
		}
	}
	if from > 0 {
		fmt.Fprintf(b, "    %d more that are right\n", from)
	}
	to := min(len(lines), from+maxShown)
	for _, l := range lines[from:to] {
		fmt.Fprintf(b, "    %c %s\n", l.mark, logs.Show(l.text))
	}
	if to < len(lines) {
		fmt.Fprintf(b, "    and %d more\n", len(lines)-to)
	}
}

// A pair is a step of an alignment: the numbers of an expectation and of what
// it stands for, -1 if there is none.
type pair struct{ want, got int }

// maxAligned bounds the table of align: beyond, the middle is not aligned but
// told as all missing and all new.
const maxAligned = 1000

// align finds the longest way to go through two lists in which same holds of
// what stands together:
//
//	want  a b - d
//	got   a - c d
func align(want, got int, same func(w, g int) bool) []pair {
	var pairs []pair
	from := 0
	for from < min(want, got) && same(from, from) {
		pairs = append(pairs, pair{from, from})
		from++
	}
	endW, endG := want, got
	for endW > from && endG > from && same(endW-1, endG-1) {
		endW, endG = endW-1, endG-1
	}
	pairs = append(pairs, alignMiddle(from, endW, endG, same)...)
	for ; endW < want; endW, endG = endW+1, endG+1 {
		pairs = append(pairs, pair{endW, endG})
	}
	return pairs
}

// alignMiddle is align for what lies between the equal start and end.
func alignMiddle(from, endW, endG int, same func(w, g int) bool) []pair {
	var pairs []pair
	w, g := from, from
	if endW-from <= maxAligned && endG-from <= maxAligned {
		longest := longestRests(from, endW, endG, same)
		for w < endW && g < endG {
			switch {
			case same(w, g):
				pairs = append(pairs, pair{w, g})
				w, g = w+1, g+1
			case longest[w-from+1][g-from] >= longest[w-from][g-from+1]:
				pairs = append(pairs, pair{w, -1})
				w++
			default:
				pairs = append(pairs, pair{-1, g})
				g++
			}
		}
	}
	for ; w < endW; w++ {
		pairs = append(pairs, pair{w, -1})
	}
	for ; g < endG; g++ {
		pairs = append(pairs, pair{-1, g})
	}
	return pairs
}

// longestRests returns, for each two places, how many pairs there are at the
// most behind them.
func longestRests(from, endW, endG int, same func(w, g int) bool) [][]int {
	n, m := endW-from, endG-from
	longest := make([][]int, n+1)
	longest[n] = make([]int, m+1)
	for w := n - 1; w >= 0; w-- {
		longest[w] = make([]int, m+1)
		for g := m - 1; g >= 0; g-- {
			if same(from+w, from+g) {
				longest[w][g] = longest[w+1][g+1] + 1
			} else {
				longest[w][g] = max(longest[w+1][g], longest[w][g+1])
			}
		}
	}
	return longest
}
