package learn

import "strings"

// A kind is what a token is taken to be.
type kind uint8

const (
	mark     kind = iota // one character of punctuation
	word                 // of the text itself, until lines differ in it
	digits               // values: numbers
	integer              // with a sign
	number               // with a fraction
	hex                  //
	duration             //
	ip4                  // addresses
	ip6                  // or either
	mac                  //
	email                //
	url                  //
	path                 //
	uuid                 //
	clock                // times
	date                 //
	stamp                //
	quoted               // what is in quotes, with them
	alnum                // values of which no more is known: letters, digits and _
	dotted               // dots and dashes too
	loose                // anything but white space
	rest                 // all that follows
)

// kinds tells of each value the named pattern that finds it, the name of a
// group for it, and which of alnum, dotted and loose takes it in.
var kinds = [...]struct {
	pattern, group string
	wider          kind
}{
	digits:   {"DIGITS", "number", alnum},
	integer:  {"INT", "number", dotted},
	number:   {"NUM", "number", dotted},
	hex:      {"HEX", "hex", alnum},
	duration: {"DURATION", "time", dotted},
	ip4:      {"IP", "ip", dotted},
	ip6:      {"IP", "ip", loose},
	mac:      {"MAC", "mac", loose},
	email:    {"EMAIL", "mail", loose},
	url:      {"URL", "url", loose},
	path:     {"PATH", "path", loose},
	uuid:     {"UUID", "uuid", dotted},
	clock:    {"TIME", "time", loose},
	date:     {"DATE", "date", loose},
	stamp:    {"STAMP", "stamp", loose},
	quoted:   {"QUOTED", "text", quoted},
	alnum:    {"WORD", "word", alnum},
	dotted:   {"HOST", "name", dotted},
	loose:    {"NOTSPACE", "value", loose},
	rest:     {"GREEDYDATA", "rest", rest},
}

// join returns the narrowest kind that takes in two kinds of values.
func join(a, b kind) kind {
	lo, hi := min(a, b), max(a, b)
	switch {
	case a == b:
		return a
	case hi <= number, lo == ip4 && hi == ip6:
		return hi
	}
	return max(kinds[a].wider, kinds[b].wider)
}

// shape returns which of alnum, dotted and loose takes in a text.
func shape(text string) kind {
	k := alnum
	for i := range len(text) {
		switch c := text[i]; {
		case c == '.' || c == '-':
			k = dotted
		case !isWordByte(c):
			return loose
		}
	}
	return k
}

// value returns what a text is by the looks of it: word if it is not seen to
// be a value.
func value(text string) kind {
	switch c := text[0]; {
	case c == '/' && len(text) > 1:
		return path
	case strings.Contains(text, "@") && isEmail(text):
		return email
	case strings.Contains(text, "://") && isURL(text):
		return url
	case len(text) > maxWord || !isPlain(text):
		return loose
	case !strings.ContainsAny(text, "0123456789"):
		return word
	case isHexByte(c) || c == '-':
		return numeric(text)
	}
	return shape(text)
}

// numeric is value for a text that holds a digit and may begin a number.
func numeric(text string) kind {
	switch unsigned := strings.TrimPrefix(text, "-"); {
	case fits(text, "9*"):
		return digits
	case fits(unsigned, "9*"):
		return integer
	case fits(unsigned, "9*.9*"):
		return number
	case isIPv4(text):
		return ip4
	case fits(text, "9999-99-99"), fits(text, "9999/99/99"):
		return date
	case fits(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"):
		return uuid
	case isDuration(text):
		return duration
	case strings.HasPrefix(text, "0x") && fits(text[2:], "h*"), len(text) >= 8 && fits(text, "h*"):
		return hex
	}
	return shape(text)
}

// fits tells whether a text looks like a form, in which 9 stands for a digit,
// h for a hexadecimal one, and * says that there may be more of the last.
func fits(text, form string) bool {
	i := 0
	for f := 0; f < len(form); f++ {
		if form[f] == '*' {
			for i < len(text) && fitsByte(text[i], form[f-1]) {
				i++
			}
			continue
		}
		if i == len(text) || !fitsByte(text[i], form[f]) {
			return false
		}
		i++
	}
	return i == len(text)
}

func fitsByte(c, form byte) bool {
	switch form {
	case '9':
		return isDigit(c)
	case 'h':
		return isHexByte(c)
	}
	return c == form
}

// isIPv4 tells whether a text is an address as the pattern IPV4 takes it.
func isIPv4(text string) bool {
	parts := 0
	for part := range strings.SplitSeq(text, ".") {
		n := 0
		for i := range len(part) {
			if !isDigit(part[i]) || i == 3 {
				return false
			}
			n = 10*n + int(part[i]-'0')
		}
		if part == "" || n > 255 || part[0] == '0' && len(part) > 1 {
			return false
		}
		parts++
	}
	return parts == 4
}

// isIPv6 tells whether a text is an address as the pattern IPV6 takes it.
func isIPv6(text string) bool {
	before, after, short := strings.Cut(text, "::")
	if !short {
		return strings.Count(text, ":") == 7 && isGroups(text, false)
	}
	return (before == "" || isGroups(before, false)) && (after == "" || isGroups(after, true))
}

// isGroups tells whether a text is groups of up to four hexadecimal digits
// with colons between them, or dots if these may be.
func isGroups(text string, dots bool) bool {
	n := 0
	for i := range len(text) {
		switch c := text[i]; {
		case isHexByte(c) && n < 4:
			n++
		case (c == ':' || c == '.' && dots) && n > 0:
			n = 0
		default:
			return false
		}
	}
	return n > 0
}

func isDuration(text string) bool {
	number := strings.TrimRight(text, "smhdwun")
	switch text[len(number):] {
	case "ns", "us", "ms", "s", "m", "h", "d", "w":
		return fits(number, "9*") || fits(number, "9*.9*")
	}
	return false
}

func isEmail(text string) bool {
	name, host, _ := strings.Cut(text, "@")
	return name != "" && shape(strings.ReplaceAll(name, "+", "")) < loose && strings.Contains(host, ".") && shape(host) < loose
}

func isURL(text string) bool {
	scheme, rest, _ := strings.Cut(text, "://")
	return scheme != "" && rest != "" && isLetter(scheme[0]) &&
		shape(strings.ReplaceAll(scheme, "+", "")) < loose && !strings.Contains(scheme, "_")
}

// isPlain tells whether a text can be written in a rule as it is.
func isPlain(text string) bool {
	for _, r := range text {
		if r < ' ' || 0x7f <= r && r < 0xa0 || r == '\uFFFD' {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isLetter(c byte) bool   { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isHexByte(c byte) bool  { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
func isWordByte(c byte) bool { return isDigit(c) || isLetter(c) || c == '_' }
