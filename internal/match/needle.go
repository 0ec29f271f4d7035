package match

import "strings"

// A needle is a text that is looked for in long ones by its two rarest bytes, which
// the processor finds many bytes at a time:
//
//	nfs server x       f and v are rare in logs
//	 │     │
//	.f....ff.....v..   where both stand so far apart, the needle is compared around them
//
// Where that turns out to be common, the standard library goes on: it takes more care
// for each byte, but the same for all.
type needle struct {
	text string
	at   int // where in the text the pair stands
	pair pair
}

func newNeedle(text string) needle {
	if text == "" {
		return needle{}
	}
	one, other := rarest(text, -1), 0
	if other = rarest(text, one); other < 0 {
		other = one
	}
	at, last := min(one, other), max(one, other)
	return needle{text, at, pair{text[at], text[last], last - at, one > other}}
}

// rarest returns where the rarest byte of a text stands that is not at a place; -1
// if there is no other.
func rarest(text string, not int) int {
	best := -1
	for i := range len(text) {
		if i != not && (best < 0 || frequency(text[i]) < frequency(text[best])) {
			best = i
		}
	}
	return best
}

// Vain finds that are borne: some, and one in so many bytes.
const (
	vainFinds  = 8
	vainStride = 32
)

// in returns where in a line or more the needle stands first, -1 if it does not.
func (n *needle) in(text string) int {
	if n.text == "" {
		return 0
	}
	last := len(text) - len(n.text)
	for start, vain := 0, 0; start <= last; vain++ {
		if vain > vainFinds+start/vainStride {
			if i := strings.Index(text[start:], n.text); i >= 0 {
				return start + i
			}
			return -1
		}
		i := n.pair.in(text[start+n.at : last+n.at+n.pair.apart+1])
		if i < 0 {
			return -1
		}
		start += i
		if text[start:start+len(n.text)] == n.text {
			return start
		}
		start++
	}
	return -1
}

// frequency is about how many in a thousand of a log's bytes are b. It only has to order
// texts well; no result depends on it.
func frequency(b byte) float64 {
	if f := perMille[b]; f > 0 {
		return f
	}
	return 0.1
}

// perMille was counted in the logs of many kinds of programs: more than half of what they
// write is blanks, digits, and ten letters.
var perMille = [256]float64{
	' ': 100, '0': 50, '1': 50, '2': 35, '3': 20, '4': 19, '5': 22, '6': 18, '7': 16, '8': 17, '9': 15,
	'e': 46, 'o': 36, 'r': 35, 'n': 33, 't': 32, 'a': 29, 'i': 28, 's': 27, 'd': 24, 'c': 21, 'u': 16, 'l': 14, 'm': 12,
	'h': 9, 'p': 9, 'b': 8, 'k': 8, 'f': 7.5, 'g': 7, 'v': 5, 'y': 4.5, 'w': 4, 'x': 3, 'j': 1, 'q': 0.6, 'z': 0.6,
	':': 26, '.': 23, '-': 18, '[': 8, ']': 8, '=': 7, '/': 7, '_': 5, ',': 4, '(': 3, ')': 3, '"': 3, '\r': 2, '\t': 1, '*': 1,
	'@': 1, ';': 1, '$': 0.5, '\'': 0.5, '<': 0.5, '>': 0.5, '{': 0.5, '}': 0.5, '%': 0.5, '#': 0.3, '+': 0.3,
	'N': 5, 'S': 5, 'R': 5, 'D': 4.5, 'M': 4, 'F': 4, 'C': 4, 'I': 4, 'E': 4, 'L': 3, 'O': 3, 'A': 4, 'J': 2, 'T': 3,
	'B': 2, 'U': 2, 'P': 2.5, 'W': 2, 'K': 1, 'Z': 1, 'V': 1, 'Q': 0.6, 'X': 0.5, 'H': 1, 'G': 1, 'Y': 0.5,
}
