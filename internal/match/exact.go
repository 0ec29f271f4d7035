package match

import (
	"io"
	"regexp"
	"unicode/utf8"
)

// The exact alphabet tells apart what UTF-8 decoding makes one character, U+FFFD. It gives
// that role to a block of 256 characters:
//
//	U+FFFD itself            the block's first
//	a bad byte, 0x80..0xFF   the one of that number in the block
//
// Where the pattern's own text takes U+FFFD it takes all of the block, and where not, nothing
// of it (translate.go); a value takes the very characters it is made of.
//
// For package regexp the block is one of halves of surrogate pairs, which text in UTF-8
// cannot hold. The other engine does not take those for characters (see lookaround.go).
type alphabet struct{ block rune } // 0: there is none, and U+FFFD is itself

var (
	plainAlphabet = alphabet{}
	exactAlphabet = alphabet{block: 0xDC00}
)

const blockLen = 256

// decode returns the first character of s, which is not empty, and its length in bytes.
func (a alphabet) decode(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r != utf8.RuneError || a.block == 0:
		return r, n
	case n == 1:
		return a.block + rune(s[0]), 1
	}
	return a.block, n
}

// holds reports whether r is of the block.
func (a alphabet) holds(r rune) bool { return a.block != 0 && r >= a.block && r < a.block+blockLen }

// ranges gives the block to the ranges that hold U+FFFD, and takes it from the others.
func (a alphabet) ranges(pairs []rune) []rune {
	if a.block == 0 {
		return pairs
	}
	bad := false
	var out []rune
	for i := 0; i < len(pairs); i += 2 {
		lo, hi := pairs[i], pairs[i+1]
		bad = bad || lo <= utf8.RuneError && utf8.RuneError <= hi
		if lo < a.block {
			out = append(out, lo, min(hi, a.block-1))
		}
		if hi >= a.block+blockLen {
			out = append(out, max(lo, a.block+blockLen), hi)
		}
	}
	if bad {
		out = append(out, a.block, a.block+blockLen-1)
	}
	return out
}

// exact runs package regexp on lines in the exact alphabet. It is several times slower than
// plain, and needed only for values that are not UTF-8.
type exact struct{ re *regexp.Regexp }

func newExact(s *scanned, values []string) (engine, error) {
	expr, fault := translate(s, re2Dialect, exactAlphabet, values)
	if fault != nil {
		return nil, fault
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, err
	}
	return exact{re}, nil
}

func (e exact) find(dst []int, line string) ([]int, Outcome) {
	return found(dst, e.re.FindReaderSubmatchIndex(&exactReader{line}))
}

// An exactReader reads a string in the exact alphabet.
type exactReader struct{ rest string }

func (r *exactReader) ReadRune() (rune, int, error) {
	if r.rest == "" {
		return 0, 0, io.EOF
	}
	c, n := exactAlphabet.decode(r.rest)
	r.rest = r.rest[n:]
	return c, n, nil
}
