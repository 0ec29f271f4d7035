package when

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// units are those of durations, from the longest; ParseDuration wants them in
// this order.
var units = []struct {
	name string
	size time.Duration
}{
	{"w", 7 * 24 * time.Hour},
	{"d", 24 * time.Hour},
	{"h", time.Hour},
	{"m", time.Minute},
	{"s", time.Second},
	{"ms", time.Millisecond},
	{"us", time.Microsecond},
	{"ns", time.Nanosecond},
}

// ParseDuration reads a duration of RDL: numbers with the units w d h m s ms us
// ns, each at most once and the longer first, such as 500ms, 3m or 1h30m. A day
// has 24 hours. There is no sign and no fraction. The error says what is wrong;
// the longest duration is 292 years.
func ParseDuration(text string) (time.Duration, error) {
	var sum time.Duration
	rest, next := text, 0
	for rest != "" || next == 0 {
		number, unit, tail := splitUnit(rest)
		if number == "" || unit == "" {
			return 0, fmt.Errorf("bad duration %q: write numbers with units, such as 500ms, 30s, 3m, 1h30m, 2d or 1w", text)
		}
		i := unitNamed(unit)
		switch {
		case i < 0:
			return 0, fmt.Errorf("bad duration %q: there is no unit %q: use w d h m s ms us ns", text, unit)
		case i < next:
			return 0, fmt.Errorf("bad duration %q: %q is out of place: each unit once, the longer first, such as 1h30m", text, number+unit)
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n > int64((math.MaxInt64-sum)/units[i].size) {
			return 0, fmt.Errorf("bad duration %q: it is too long: 15000w is the most", text)
		}
		sum += time.Duration(n) * units[i].size
		rest, next = tail, i+1
	}
	return sum, nil
}

// splitUnit cuts a number and its unit off the front of text.
func splitUnit(text string) (number, unit, rest string) {
	i := 0
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	j := i
	for j < len(text) && !isDigit(text[j]) {
		j++
	}
	return text[:i], text[i:j], text[j:]
}

func unitNamed(name string) int {
	for i, u := range units {
		if u.name == name {
			return i
		}
	}
	return -1
}

// FormatDuration returns the shortest text of a duration that ParseDuration
// reads, such as 3m5s or 2d; 0s if there is none. Weeks are written as days. A
// negative duration, which ParseDuration refuses, has a - before it.
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	left := uint64(d) // the least duration has no positive counterpart
	if d < 0 {
		b.WriteByte('-')
		left = -left
	}
	for _, u := range units[1:] {
		if n := left / uint64(u.size); n > 0 {
			b.WriteString(strconv.FormatUint(n, 10))
			b.WriteString(u.name)
			left -= n * uint64(u.size)
		}
	}
	return b.String()
}
