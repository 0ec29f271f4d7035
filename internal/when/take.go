package when

// The steps that are more than a number. Each returns where the next step
// begins, or -1.

func takeSpaces(line string, at int) int {
	start := at
	for at < len(line) && (line[at] == ' ' || line[at] == '\t') && at-start < startRegion {
		at++
	}
	return after(at-start-1, at)
}

func takeSeparator(line string, at int) int {
	if at >= len(line) {
		return -1
	}
	switch line[at] {
	case 'T', ' ', '_', 't':
		return at + 1
	}
	return -1
}

func takeSeverity(line string, at int) int {
	if at >= len(line) {
		return -1
	}
	switch line[at] {
	case 'I', 'W', 'E', 'F', 'D', 'C':
		return at + 1
	}
	return -1
}

func (f *fields) takeDate(line string, at int, between byte) int {
	if at+10 > len(line) || line[at+4] != between || line[at+7] != between {
		return -1
	}
	f.year, f.month, f.day = digits4(line, at), digits2(line, at+5), digits2(line, at+8)
	f.has |= hasYear
	return after(f.year|f.month|f.day, at+10)
}

func (f *fields) takeClock(line string, at int) int {
	if f.seconds = clockAt(line, at); f.seconds < 0 {
		return -1
	}
	f.clock = at
	return f.takeFraction(line, at+8)
}

// takeFraction reads a point or a comma and digits, if they are there.
func (f *fields) takeFraction(line string, at int) int {
	f.fraction, f.fractionEnd = at, at
	if at < 0 || at+1 >= len(line) || line[at] != '.' && line[at] != ',' || !isDigit(line[at+1]) {
		return at
	}
	return f.takeDigits(line, at+1)
}

// takeDigits reads a fraction of a second; digits beyond the ninth are dropped.
func (f *fields) takeDigits(line string, at int) int {
	start, nanos, scale := at, 0, int(nanosPerSec)
	for at < len(line) && isDigit(line[at]) && at-start < startRegion {
		if scale > 1 {
			scale /= 10
			nanos += int(line[at]-'0') * scale
		}
		at++
	}
	f.nanos, f.fraction, f.fractionEnd = nanos, start, at
	return after(at-start-1, at)
}

func (f *fields) takeMonth(line string, at int) int {
	if at+3 > len(line) {
		return -1
	}
	f.month = monthOf(line[at], line[at+1], line[at+2])
	return after(f.month, takeRest(line, at, monthRests, f.month-1))
}

// monthOf returns 1 to 12, or -1, for three letters in any case.
func monthOf(a, b, c byte) int {
	switch (uint32(a)<<16 | uint32(b)<<8 | uint32(c)) | 0x202020 {
	case 'j'<<16 | 'a'<<8 | 'n':
		return 1
	case 'f'<<16 | 'e'<<8 | 'b':
		return 2
	case 'm'<<16 | 'a'<<8 | 'r':
		return 3
	case 'a'<<16 | 'p'<<8 | 'r':
		return 4
	case 'm'<<16 | 'a'<<8 | 'y':
		return 5
	case 'j'<<16 | 'u'<<8 | 'n':
		return 6
	case 'j'<<16 | 'u'<<8 | 'l':
		return 7
	case 'a'<<16 | 'u'<<8 | 'g':
		return 8
	case 's'<<16 | 'e'<<8 | 'p':
		return 9
	case 'o'<<16 | 'c'<<8 | 't':
		return 10
	case 'n'<<16 | 'o'<<8 | 'v':
		return 11
	case 'd'<<16 | 'e'<<8 | 'c':
		return 12
	}
	return -1
}

func takeWeekday(line string, at int) int {
	if at+3 > len(line) {
		return -1
	}
	d := weekdayOf(line[at], line[at+1], line[at+2])
	return after(d, takeRest(line, at, weekdayRests, d))
}

// weekdayOf returns 0 for Sunday to 6, or -1, for three letters in any case.
func weekdayOf(a, b, c byte) int {
	switch (uint32(a)<<16 | uint32(b)<<8 | uint32(c)) | 0x202020 {
	case 's'<<16 | 'u'<<8 | 'n':
		return 0
	case 'm'<<16 | 'o'<<8 | 'n':
		return 1
	case 't'<<16 | 'u'<<8 | 'e':
		return 2
	case 'w'<<16 | 'e'<<8 | 'd':
		return 3
	case 't'<<16 | 'h'<<8 | 'u':
		return 4
	case 'f'<<16 | 'r'<<8 | 'i':
		return 5
	case 's'<<16 | 'a'<<8 | 't':
		return 6
	}
	return -1
}

// What follows the first three letters of a long name, in lower case.
var (
	monthRests   = []string{"uary", "ruary", "ch", "il", "", "e", "y", "ust", "tember", "ober", "ember", "ember"}
	weekdayRests = []string{"day", "day", "sday", "nesday", "rsday", "day", "urday"}
)

// takeRest returns the end of a name whose three letters stand at line[at:],
// with or without the rest of the long form.
func takeRest(line string, at int, rests []string, i int) int {
	at += 3
	if i < 0 || at >= len(line) || !isLetter(line[at]) {
		return at
	}
	rest := rests[i]
	if len(line)-at < len(rest) || !equalFold(line[at:at+len(rest)], rest) {
		return -1
	}
	return at + len(rest)
}

func (f *fields) takeHour12(line string, at int) int {
	h, next := number(line, at, 2)
	if h < 1 || h > 12 {
		return -1
	}
	f.seconds += h * 3600
	if h == 12 {
		f.has |= hasNoonHour
	}
	return next
}

func (f *fields) takeHalfDay(line string, at int) int {
	if at+2 > len(line) || line[at+1]|0x20 != 'm' {
		return -1
	}
	switch noon := f.has&hasNoonHour != 0; line[at] | 0x20 {
	case 'a':
		if noon {
			f.seconds -= 12 * 3600
		}
	case 'p':
		if !noon {
			f.seconds += 12 * 3600
		}
	default:
		return -1
	}
	return at + 2
}

// takeOptionalOffset reads a zone, after a space or not, if there is one.
func (f *fields) takeOptionalOffset(line string, at int) int {
	if at >= len(line) {
		return at
	}
	spaced := at
	if line[at] == ' ' {
		spaced++
	}
	end := f.takeOffset(line, spaced)
	if end < 0 || end < len(line) && isAlphanumeric(line[end]) || spaced > at && isText(line[spaced:end]) {
		f.has &^= hasZone
		f.offset = 0
		return at
	}
	return end
}

// isText tells whether what stands apart from the clock and could be a zone is
// more likely to be text: Z or +01.
func isText(zone string) bool {
	return len(zone) < 3 || len(zone) == 3 && !isLetter(zone[0])
}

// takeOffset reads Z, UTC, GMT, +01, +0100 or +01:00.
func (f *fields) takeOffset(line string, at int) int {
	if at >= len(line) {
		return -1
	}
	f.has |= hasZone
	switch c := line[at]; {
	case c == 'Z' || c == 'z':
		return at + 1
	case c == '+' || c == '-':
		return f.takeSigned(line, at)
	case at+3 <= len(line) && isUTC(line[at:at+3]):
		return at + 3
	}
	return -1
}

func isUTC(name string) bool {
	return name == "UTC" || name == "GMT" || name == "Z"
}

// The offsets in use end at 14 hours.
const mostHours = 14

func (f *fields) takeSigned(line string, at int) int {
	h, m, end := digits2(line, at+1), 0, at+3
	switch {
	case end < len(line) && line[end] == ':':
		m, end = digits2(line, end+1), end+3
	case end < len(line) && isDigit(line[end]):
		m, end = digits2(line, end), end+2
	}
	if h|m < 0 || h > mostHours || m > 59 {
		return -1
	}
	f.offset = h*3600 + m*60
	if line[at] == '-' {
		f.offset = -f.offset
	}
	return end
}

// takeZoneName reads the short name of a zone. Names other than those of UTC
// mean several zones each, so the stamp is then one without a zone.
func (f *fields) takeZoneName(line string, at int) int {
	start := at
	for at < len(line) && isLetter(line[at]) && at-start < 6 {
		at++
	}
	if isUTC(line[start:at]) {
		f.has |= hasZone
	}
	return after(at-start-1, at)
}

// takeEpoch reads seconds, milliseconds, microseconds or nanoseconds since
// 1970: 10, 13, 16 or 19 digits, which are the years 2001 to 2286.
func (f *fields) takeEpoch(line string, at int) int {
	start, v := at, int64(0)
	for at < len(line) && isDigit(line[at]) && at-start < 10 {
		v = v*10 + int64(line[at]-'0')
		at++
	}
	if at-start < 10 || line[start] == '0' {
		return -1
	}
	f.epoch = v
	f.has |= hasEpoch | hasZone
	if at < len(line) && isDigit(line[at]) {
		at = f.takeDigits(line, at)
		if n := at - start; n != 13 && n != 16 && n != 19 {
			return -1
		}
		return at
	}
	return f.takeFraction(line, at)
}
