package rdl

import "strings"

// nearest returns the name among known that is spelled most like name, or ""
// if none is near enough to be what was meant. Of equally near ones it takes
// the first in alphabetical order.
func nearest(name string, known []string) string {
	if len(name) > maxSpelling {
		return ""
	}
	best, least := "", (len([]rune(name))+1)/3+1
	for _, k := range known {
		if k == name || len(k) > maxSpelling {
			continue
		}
		d := spellingDistance(strings.ToLower(name), strings.ToLower(k))
		if d < least || d == least && best != "" && k < best {
			best, least = k, d
		}
	}
	return best
}

// maxSpelling bounds the bytes of the names that are compared.
const maxSpelling = 64

// spellingDistance counts the letters to insert, drop, replace or swap with
// their neighbour to make b of a. Row i of its table holds the distances of
// a's first i letters to every beginning of b; three rows are enough.
func spellingDistance(a, b string) int {
	from, to := []rune(a), []rune(b)
	before, last, row := make([]int, len(to)+1), make([]int, len(to)+1), make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(from); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(to); j++ {
			replace := last[j-1]
			if from[i-1] != to[j-1] {
				replace++
			}
			row[j] = min(replace, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(to)]
}
