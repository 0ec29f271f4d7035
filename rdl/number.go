package rdl

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// A unit is a suffix of a number.
type unit struct {
	name string
	size int64
}

// durations are the units of time, from the longest.
var durations = []unit{
	{"w", int64(7 * 24 * time.Hour)},
	{"d", int64(24 * time.Hour)},
	{"h", int64(time.Hour)},
	{"m", int64(time.Minute)},
	{"s", int64(time.Second)},
	{"ms", int64(time.Millisecond)},
	{"us", int64(time.Microsecond)},
	{"ns", 1},
}

// sizes are the units of bytes.
var sizes = []unit{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9},
}

// number reads a number, duration or size as a literal.
func (p *parser) number() *Literal {
	t := p.take()
	value, wrong, hint := numberValue(t.text)
	if wrong != "" {
		p.fail(t.Span, hint, "%s: %s", t.text, wrong)
	}
	return &Literal{t.Span, t.text, value}
}

// numberValue returns the int64, float64 or time.Duration that text spells,
// or says what is wrong with it.
func numberValue(text string) (value any, wrong, hint string) {
	switch {
	case strings.Trim(text, "0123456789") == "":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, "too large a number", "the largest is 9223372036854775807"
		}
		return n, "", ""
	case strings.Trim(text, "0123456789.eE+-") == "":
		x, err := strconv.ParseFloat(text, 64)
		switch {
		case err == nil:
			return x, "", ""
		case math.IsInf(x, 0):
			return nil, "too large a number", ""
		}
		return nil, "not a number", ""
	case strings.ContainsAny(text, ".+-"):
		return nil, "a duration or size has whole numbers only", "write 1h30m, not 1.5h"
	}
	for _, u := range sizes {
		if digits, ok := strings.CutSuffix(text, u.name); ok && strings.Trim(digits, "0123456789") == "" {
			n, fits := scaled(digits, u.size)
			if !fits {
				return nil, "too large a size", "the largest is 9223372036854775807 bytes"
			}
			return n, "", ""
		}
	}
	return durationValue(text)
}

// durationValue reads numbers with units of time, each smaller than the one
// before: 1h30m.
func durationValue(text string) (value any, wrong, hint string) {
	var total int64
	left := durations
	for rest := text; rest != ""; {
		digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
		rest = rest[len(digits):]
		name := rest[:len(rest)-len(strings.TrimLeftFunc(rest, func(c rune) bool { return !isDigit(c) }))]
		rest = rest[len(name):]
		i := unitIndex(left, name)
		switch {
		case i >= 0:
			left = left[i:]
		case name == "":
			return nil, "a number without a unit in a duration", "write it as 1h30m"
		case unitIndex(durations, name) >= 0:
			return nil, "the units of a duration stand from large to small, each once", "write it as 1h30m"
		default:
			return nil, "unknown unit " + strconv.Quote(name), "units are ns us ms s m h d w, and KiB MiB GiB KB MB GB"
		}
		n, fits := scaled(digits, left[0].size)
		if !fits || total > math.MaxInt64-n {
			return nil, "too long a duration", "the longest is about 292 years"
		}
		total += n
		left = left[1:]
	}
	return time.Duration(total), "", ""
}

func unitIndex(units []unit, name string) int {
	for i, u := range units {
		if u.name == name {
			return i
		}
	}
	return -1
}

// scaled returns digits times size, and whether that fits an int64.
func scaled(digits string, size int64) (n int64, fits bool) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > math.MaxInt64/size {
		return 0, false
	}
	return n * size, true
}
