package match

import "strings"

// A needle is a text that is looked for in long ones by its rarest byte, which the
// processor finds many bytes at a time:
//
//	nfs server x       v is rare in logs
//	       │
//	.......v....v..... where there is one, the needle is compared around it
//
// Where the byte turns out to be common, the standard library goes on: it takes more care for
// each byte, but the same for all.
type needle struct {
	text string
	rare int // where in the text its rarest byte stands
}

func newNeedle(text string) needle {
	n := needle{text: text}
	for i := range len(text) {
		if frequency(text[i]) < frequency(text[n.rare]) {
			n.rare = i
		}
	}
	return n
}

// Vain finds that are borne: some, and one in so many bytes.
const (
	vainFinds  = 8
	vainStride = 32
)

// in returns where in a line or more the needle stands first, -1 if it does not.
func (n needle) in(text string) int {
	if n.text == "" {
		return 0
	}
	rare, last := n.text[n.rare], len(text)-len(n.text)
	for start, vain := 0, 0; start <= last; vain++ {
		if vain > vainFinds+start/vainStride {
			if i := strings.Index(text[start:], n.text); i >= 0 {
				return start + i
			}
			return -1
		}
		i := strings.IndexByte(text[start+n.rare:], rare)
		if i < 0 || start+i > last {
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
