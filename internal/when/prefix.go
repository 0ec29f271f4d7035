package when

import "strings"

// A Prefix says how lines begin that bear the same stamp as one that was read:
// with the same Size bytes, unless one of Stops comes next, with which the
// stamp may go on. A Size of 0 says nothing of any line.
//
//	Oct 28 17:03:11 node7 ...             Size 16, with the blank
//	             ^ ^Tail                  Stops +-UG: a zone may follow
//	             Second
//
//	2026-10-28T17:03:11.042Z node7 ...    Size 25
//	                 ^     ^Tail
//	                 Second
//
// Lines in which only what stands from Second to Tail differs, the second and its
// fraction, are as far apart as these say. A Second of 0 says that this is not
// known.
type Prefix struct {
	Size         int
	Stops        string
	Second, Tail int
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
	if a.clock > 0 {
		p.Second, p.Tail = a.clock+len("15:04:"), max(a.tail, a.clock+len("15:04:05"))
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
	stamp, short := text[starts[0]:][:size], 8 <= size && size <= 16
	for n = 1; n < last; n++ {
		at := int(starts[n])
		if len(text)-at <= size {
			return n
		}
		switch s := text[at : at+size]; {
		case short && word(s) == word(stamp) && word(s[size-8:]) == word(stamp[size-8:]): // as most are
		case pass && p.follows(s, stamp):
			stamp = s
		case s != stamp:
			return n
		}
		if !p.ends(text[at+size]) {
			return n
		}
	}
	return n
}

// begins tells whether a line may be one that the prefix speaks of.
func (p *Prefix) begins(line string) bool { return len(line) > p.Size && p.ends(line[p.Size]) }

// ends tells whether a stamp can only end before c. Nothing that goes on with one
// is a letter in lower case, which most often stands here.
func (p *Prefix) ends(c byte) bool { return c >= 'a' || strings.IndexByte(p.Stops, c) < 0 }

// follows tells whether a stamp is the same as the one before, or differs from it
// in what may pass alone, and is later.
func (p *Prefix) follows(stamp, before string) bool {
	s, t := p.Second, p.Tail
	return stamp[t:] == before[t:] && stamp[s:t] >= before[s:t] && stamp[:s] == before[:s] && p.counts(stamp, before[s+2])
}

// counts tells whether the second of a stamp is 00 to 59, and its fraction digits
// behind a point.
func (p *Prefix) counts(stamp string, point byte) bool {
	s := p.Second
	if stamp[s] > '5' || !isDigit(stamp[s]) || !isDigit(stamp[s+1]) {
		return false
	}
	if p.fraction() && stamp[s+2] != point {
		return false
	}
	for i := s + len("05."); i < p.Tail; i++ {
		if !isDigit(stamp[i]) {
			return false
		}
	}
	return true
}

func (p *Prefix) fraction() bool { return p.Tail > p.Second+len("05") }

// Passed returns how many ns later the second of two stamps is that differ in
// nothing that may not pass, each at the start of a line.
func (p *Prefix) Passed(from, to string) int64 {
	return p.intoMinute(to) - p.intoMinute(from)
}

func (p *Prefix) intoMinute(line string) int64 {
	ns := int64(digits2(line, p.Second)) * nanosPerSec
	if p.fraction() {
		at := p.Second + len("05.")
		n, _ := digits(line[at:p.Tail])
		ns += n * scales[p.Tail-at]
	}
	return ns
}

// word reads the first 8 bytes at once.
func word(s string) uint64 {
	s = s[:8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
