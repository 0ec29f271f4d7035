package match

import (
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
)

// Patterns with look-around, references, atomic groups, conditionals or possessives run on
// the only engine in Go that has them. It backtracks, and may take exponential time, hence:
//
//	pattern ─► scan ─► translate ─► regexp2      it never sees a pattern as written
//	line ─► gate of literals ─► maxLine ─► characters ─► regexp2, stopped at Timeout
//
// The engine's offsets are those of characters; text.at gives the bytes. It keeps parts of
// its program as strings, and so confuses the halves of surrogate pairs; the exact alphabet,
// which only values that are not UTF-8 need, has a private block here, and gives up on lines
// that hold characters of that block themselves.

// Timeout is how long a pattern with look-around may take to search a line. A search that
// runs out of time is made once more, so a line can cost a little over twice that.
const Timeout = 20 * time.Millisecond

// clockPeriod is how often the engine's clock looks whether a time is up.
const clockPeriod = 5 * time.Millisecond

// maxLine is the length in bytes of the longest line that a pattern with look-around is tried on.
const maxLine = 8 << 10

// setClock sets the period of the engine's clock, which the whole process shares. It must be
// set before the clock runs for the first time, and only once: the engine reads it unguarded.
var setClock = sync.OnceFunc(func() { regexp2.SetTimeoutCheckPeriod(clockPeriod) })

// StopClock waits until the goroutine that times patterns with look-around has ended; the
// next search starts it again. Only tests that look for leaks need it.
func StopClock() { regexp2.StopTimeoutClock() }

var regexp2Dialect = dialect{
	char: func(r rune) string {
		if r > 0xFFFF {
			return string(r)
		}
		return fmt.Sprintf(`\u%04X`, r)
	},
	boundary:    `(?:(?<=[0-9A-Z_a-z])(?![0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?=[0-9A-Z_a-z]))`,
	notBoundary: `(?:(?<=[0-9A-Z_a-z])(?=[0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?![0-9A-Z_a-z]))`,
}

var privateAlphabet = alphabet{block: 0x10FE00}

type backtracker struct {
	alphabet
	re     *regexp2.Regexp
	groups int
	texts  sync.Pool // of *text
}

// A text is a line as the engine sees it.
type text struct {
	runes []rune
	at    []int // of each rune, its first byte; then the line's length
}

func newBacktracker(s *scanned, values []string) (*backtracker, *Error) {
	a := plainAlphabet
	for _, v := range values {
		if !isPlain(v) {
			a = privateAlphabet
		}
	}
	expr, fault := translate(s, regexp2Dialect, a, values)
	if fault != nil {
		return nil, fault
	}
	re, err := regexp2.Compile(expr)
	if err != nil {
		return nil, &Error{Msg: "this use of look-around is not supported: " + err.Error()}
	}
	setClock()
	re.MatchTimeout = Timeout
	return &backtracker{alphabet: a, re: re, groups: len(s.groups)}, nil
}

func (b *backtracker) find(dst []int, line string) ([]int, Outcome) {
	if len(line) > maxLine {
		return dst[:0], GaveUp
	}
	t, _ := b.texts.Get().(*text)
	if t == nil {
		t = new(text)
	}
	defer b.texts.Put(t)
	if !t.read(line, b.alphabet) {
		return dst[:0], GaveUp
	}
	dst, err := b.search(dst[:0], t)
	if err != nil && !errors.Is(err, regexp2.ErrBacktrackingStackLimit) {
		// On a busy machine the clock ticks late, and a leap of it can end a search that has
		// just begun. Having leapt, it is right.
		dst, err = b.search(dst[:0], t)
	}
	switch {
	case err != nil:
		return dst[:0], GaveUp
	case len(dst) == 0:
		return dst, No
	}
	return dst, Yes
}

// search appends the offsets of the match to dst.
func (b *backtracker) search(dst []int, t *text) ([]int, error) {
	err := b.re.FindRunesMatches(t.runes, 0, func(m regexp2.MatchView) bool {
		for g := range b.groups + 1 {
			if from, n, ok := m.GroupRange(g); ok {
				dst = append(dst, t.at[from], t.at[from+n])
			} else {
				dst = append(dst, -1, -1)
			}
		}
		return false
	})
	return dst, err
}

// read is false if the line holds characters of the alphabet's block.
func (t *text) read(line string, a alphabet) bool {
	t.runes, t.at = t.runes[:0], t.at[:0]
	for i := 0; i < len(line); {
		r, n := a.decode(line[i:])
		if a.holds(r) && utf8.RuneLen(r) == n {
			return false
		}
		t.runes, t.at = append(t.runes, r), append(t.at, i)
		i += n
	}
	t.at = append(t.at, len(line))
	return true
}

// requirements finds the longest run of characters, and the holes, that stand outside all
// groups of the pattern. Without a | out there every match holds them.
func (s *scanned) requirements() (literals []string, holes []int) {
	var best, run string
	depth, nextHole := 0, 0
	flush := func() {
		if len(run) > len(best) {
			best = run
		}
		run = ""
	}
	for i, t := range s.tokens {
		optional := i+1 < len(s.tokens) && s.tokens[i+1].kind == quantifier
		plain := depth == 0 && !optional && t.flags&fold == 0
		if t.kind == alternate && depth == 0 {
			return nil, nil
		}
		if chars := t.characters(); t.kind == literal && plain && chars != "\uFFFD" {
			run += chars
			continue
		}
		flush()
		switch t.kind {
		case open:
			depth++
		case closing:
			depth--
		case hole:
			if plain {
				holes = append(holes, nextHole)
			}
			nextHole++
		}
	}
	flush()
	if best != "" {
		literals = []string{best}
	}
	return literals, holes
}
