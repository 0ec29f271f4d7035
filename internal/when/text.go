package when

// Numbers are read as -1 where there are no digits, so that several can be
// checked at once: a|b|c is negative if any of them is.

// digits2 returns the two digits at s[at:].
func digits2(s string, at int) int {
	if at+2 > len(s) {
		return -1
	}
	a, b := s[at]-'0', s[at+1]-'0'
	if a > 9 || b > 9 {
		return -1
	}
	return int(a)*10 + int(b)
}

// digits4 returns the four digits at s[at:].
func digits4(s string, at int) int {
	a, b := digits2(s, at), digits2(s, at+2)
	if a|b < 0 {
		return -1
	}
	return a*100 + b
}

// number returns the number of up to most digits at s[at:], and where it ends:
// -1 if there is none.
func number(s string, at, most int) (n, end int) {
	start := at
	for at < len(s) && at-start < most && isDigit(s[at]) {
		n = n*10 + int(s[at]-'0')
		at++
	}
	if at == start {
		return -1, -1
	}
	return n, at
}

// clockAt returns the seconds of the day that hh:mm:ss at s[at:] are, or -1. A
// leap second, :60, is the second after.
func clockAt(s string, at int) int {
	if at+8 > len(s) || s[at+2] != ':' || s[at+5] != ':' {
		return -1
	}
	hour, minute, second := digits2(s, at), digits2(s, at+3), digits2(s, at+6)
	if hour|minute|second < 0 || hour > 23 || minute > 59 || second > 60 {
		return -1
	}
	return hour*3600 + minute*60 + second
}

// digits returns the number that s is, and false if it is not digits only. It
// must not be longer than 18 digits.
func digits(s string) (n int64, ok bool) {
	for i := range len(s) {
		d := s[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	return n, true
}

// after returns at, or -1 if value is negative.
func after(value, at int) int {
	if value < 0 {
		return -1
	}
	return at
}

// below returns at, or -1 if value is negative or not below limit.
func below(value, limit, at int) int {
	if value < 0 || value >= limit {
		return -1
	}
	return at
}

// pivot gives a year of two digits its century, as POSIX does.
func pivot(year int) int {
	switch {
	case year < 0:
		return -1
	case year < 69:
		return 2000 + year
	default:
		return 1900 + year
	}
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isAlphanumeric(c byte) bool { return isDigit(c) || isLetter(c) }

// equalFold compares with a text that is all small letters.
func equalFold(s, lower string) bool {
	for i := range len(lower) {
		if s[i]|0x20 != lower[i] {
			return false
		}
	}
	return len(s) == len(lower)
}
