// Package cut finds where the lines of a text begin.
//
//	text    Oct 28 17:03:11 a\nOct 28 17:03:12 b\nOct
//	starts  0                  18                 36  39
//
// It is the first thing that is done with every byte of a log, so on amd64 it
// looks at 64 of them at once. Most of what that saves is not the looking: lines
// end at places that no processor can guess, so to find the ends one by one costs
// a wrong guess for each.
package cut

import "strings"

// piece is how many bytes are looked at until there is to be room for further
// starts. It bounds what a text of newlines takes beyond what is needed.
const piece = 4096

// Lines appends where each line of a text begins, and the text's length: so
// line i is text[starts[i]:starts[i+1]], with its newline, which only the last
// may lack. The text must be shorter than 4 GiB.
func Lines(dst []uint32, text string) []uint32 {
	if text == "" {
		return append(dst, 0)
	}
	dst = append(dst, 0)
	at := 0
	if wide() {
		dst, at = appendWide(dst, text)
	}
	dst = appendEach(dst, text, at)
	if text[len(text)-1] != '\n' {
		dst = append(dst, uint32(len(text)))
	}
	return dst
}

// appendEach appends what follows each newline from a place on.
func appendEach(dst []uint32, text string, at int) []uint32 {
	for {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			return dst
		}
		at += end + 1
		dst = append(dst, uint32(at))
	}
}
