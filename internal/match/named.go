package match

import "strings"

// A Hole is a {name} of a pattern, or {NAME:group}, which whoever knows expressions by name
// replaces by one of them before the pattern is compiled.
type Hole struct {
	Start, End int    // in bytes of the pattern
	Name       string // what stands before a colon
	Group      string // and behind it; empty if there is none
}

// Holes returns the holes of a pattern in their order, those with a group among them; none
// if the pattern cannot be read, which Compile tells.
func Holes(src string) []Hole {
	if !strings.Contains(src, "{") {
		return nil
	}
	s := &scanner{scanned: scanned{src: src}, binds: true}
	if s.all() != nil {
		return nil
	}
	var holes []Hole
	for _, t := range s.tokens {
		if t.kind == hole {
			name, group, _ := strings.Cut(t.name, ":")
			holes = append(holes, Hole{t.off, t.off + len(t.text), name, group})
		}
	}
	return holes
}

// bindLen is the length of the {name:group} at the start of s, 0 if there is none.
func bindLen(s string) int {
	colon := nameLen(s)
	if colon == 0 || s[colon] != ':' {
		return 0
	}
	end := colon + 1
	for end < len(s) && isWord(s[end]) {
		end++
	}
	if end == colon+1 || end == len(s) || s[end] != '}' || '0' <= s[colon+1] && s[colon+1] <= '9' {
		return 0
	}
	return end + 1
}
