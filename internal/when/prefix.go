package when

import "strings"

// A Prefix says how lines begin that bear the same stamp as one that was read:
// with the same Size bytes, unless one of Stops comes next, with which the
// stamp may go on. A Size of 0 says nothing of any line.
//
//	Oct 28 17:03:11 node7 ...       Size 16, with the blank
//	             ^Second            Stops +-UG: a zone may follow
//
// Lines in which only the two digits at Second differ are as far apart as those
// say. A Second of 0 says that this is not known.
type Prefix struct {
	Size   int
	Stops  string
	Second int
}

// Prefix returns the prefix of the line that was read last.
func (r *Reader) Prefix() Prefix {
	a := &r.again
	if r.end > 0 || a.whole || a.size == 0 {
		return Prefix{}
	}
	p := Prefix{Size: a.size}
	switch {
	case a.open && a.text[p.Size-1] == ' ':
		p.Stops = "+-UG" // a zone
	case a.open:
		p.Stops = "0123456789" // a fraction
	}
	if a.clock > 0 && a.fraction == a.tail {
		p.Second = a.clock + len("15:04:")
	}
	return p
}

// Lines counts the lines, from the first of those that begin at the given places
// of a text, for which one stamp is enough: they bear the same one; or, if
// seconds may pass, that or one that is no earlier than that of the line before,
// of the same minute. It is 0 if the first one is not of the prefix. The last
// place is the end of the last line.
func (p *Prefix) Lines(text string, starts []uint32, pass bool) (n int) {
	size, last := p.Size, len(starts)-1
	if size == 0 || last < 1 || !p.begins(text[starts[0]:starts[1]]) {
		return 0
	}
	stamp := text[starts[0]:][:size]
	for n = 1; n < last; n++ {
		at := int(starts[n])
		if len(text)-at <= size {
			break
		}
		if s := text[at : at+size]; !same(s, stamp) {
			if !pass || !p.follows(s, stamp) {
				break
			}
			stamp = s
		}
		if !p.ends(text[at+size]) {
			break
		}
	}
	return n
}

// begins tells whether a line may be one that the prefix speaks of.
func (p *Prefix) begins(line string) bool { return len(line) > p.Size && p.ends(line[p.Size]) }

// ends tells whether a stamp can only end before c. Nothing that goes on with one
// is a letter in lower case, which most often stands here.
func (p *Prefix) ends(c byte) bool { return c >= 'a' || strings.IndexByte(p.Stops, c) < 0 }

// follows tells whether a stamp differs from the one before in the second alone,
// which is later.
func (p *Prefix) follows(stamp, before string) bool {
	s := p.Second
	return s > 0 && stamp[:s] == before[:s] && stamp[s+2:] == before[s+2:] && // most differ in the hour or minute, which stand behind the date
		stamp[s:s+2] > before[s:s+2] && isSecond(before[s:]) && isSecond(stamp[s:])
}

// isSecond tells whether a text begins with 00 to 59.
func isSecond(s string) bool { return '0' <= s[0] && s[0] <= '5' && isDigit(s[1]) }

// Passed returns how many seconds later the second of two stamps is that differ
// in nothing else, each at the start of a line.
func (p *Prefix) Passed(from, to string) int64 {
	return int64(digits2(to, p.Second) - digits2(from, p.Second))
}

// same is a == b, for stamps, of which most have 8 to 16 bytes.
func same(a, b string) bool {
	n := len(a)
	if n < 8 || n > 16 || len(b) != n {
		return a == b
	}
	return word(a) == word(b) && word(a[n-8:]) == word(b[n-8:])
}

// word reads the first 8 bytes at once.
func word(s string) uint64 {
	s = s[:8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
