package match

import "strings"

// A pair is two bytes, the second so far behind the first. Where a text is looked
// for by its two rarest bytes, few places are looked at in vain.
type pair struct {
	first, second byte
	apart         int  // 0: they are one
	rarer         bool // the second is rarer than the first
}

// in returns where in a text the pair stands first, -1 if it does not.
func (p pair) in(text string) int {
	if n := len(text) - p.apart; n >= wideStep && wide() {
		return p.inWide(text, n)
	}
	return p.byRarer(text)
}

// byRarer is in, for texts that are short: the rarer of the two is looked for, and
// where that stands, the other.
func (p pair) byRarer(text string) int {
	sought, other, from, to := p.first, p.second, 0, p.apart
	if p.rarer {
		sought, other, from, to = p.second, p.first, p.apart, 0
	}
	for at := 0; at+p.apart < len(text); at++ {
		i := strings.IndexByte(text[at+from:len(text)-p.apart+from], sought)
		if i < 0 {
			return -1
		}
		if at += i; text[at+to] == other {
			return at
		}
	}
	return -1
}
