package when

import "strings"

// Stamps in the fields of JSON objects and of key=value pairs. The first field
// of the line that has one of the known names and holds a stamp is taken.

// How many bytes of a line are searched from its start, and from its end.
const (
	fieldRegion = 4096
	tailRegion  = 256
)

// isTimeKey tells whether a field of that name holds the time of its line.
func isTimeKey(key string) bool {
	switch key {
	case "time", "ts", "t", "timestamp", "@timestamp", "eventTime", "datetime", "asctime", "@t":
		return true
	}
	return false
}

// valueLayouts are the ways to write a stamp in a field.
var valueLayouts = []layout{
	strptime("%F%!%T%?"), strptime("%s"), strptime("%d/%b/%Y:%T%?"), strptime("%Y/%m/%d %T%?"),
	strptime("%a, %d %b %Y %T%?"), strptime("%a %b %e %T %Y"), strptime("%b %e %T%?"),
}

func readValue(line string, at int, s *Stamp) bool {
	const mongo = `{"$date":`
	if strings.HasPrefix(line[min(at, len(line)):], mongo) {
		at += len(mongo)
	}
	if at < len(line) && (line[at] == '"' || line[at] == '[') {
		at++
	}
	for _, l := range valueLayouts {
		if l.read(line, at, s) {
			return true
		}
	}
	return false
}

// readJSON looks through the start of an object for a field of its own, not of
// an object within, and then through the line's end: Docker puts the time last,
// behind a text of any length.
func readJSON(line string, s *Stamp) bool {
	if len(line) == 0 || line[0] != '{' {
		return false
	}
	depth := 0
	for i := 0; i < min(len(line), fieldRegion); i++ {
		switch line[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			end := stringEnd(line, i)
			if depth == 1 {
				if readMember(line, i, end, s) {
					return true
				}
			}
			i = end
		}
	}
	return readTail(line, s)
}

// stringEnd returns where the closing quote of the string at line[at] stands,
// or a place outside the region that is searched.
func stringEnd(line string, at int) int {
	for i := at + 1; i < min(len(line), fieldRegion); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return fieldRegion
}

// readMember reads the value behind the key whose quotes stand at start and end.
func readMember(line string, start, end int, s *Stamp) bool {
	if end >= len(line) || !isTimeKey(line[start+1:end]) {
		return false
	}
	at := skipSpaces(line, end+1)
	if at >= len(line) || line[at] != ':' {
		return false
	}
	return readValue(line, skipSpaces(line, at+1), s)
}

func skipSpaces(line string, at int) int {
	if end := takeSpaces(line, at); end > 0 {
		return end
	}
	return at
}

// readTail finds a member at the end of a long line. A quote within a string
// has a backslash before it, so one behind a comma is a key's.
func readTail(line string, s *Stamp) bool {
	if len(line) <= fieldRegion {
		return false
	}
	for i := max(fieldRegion, len(line)-tailRegion); ; {
		comma := strings.Index(line[i:], `,"`)
		if comma < 0 {
			return false
		}
		i += comma + 2
		if n := strings.IndexByte(line[i:], '"'); n >= 0 {
			if readMember(line, i-1, i+n, s) {
				return true
			}
		}
	}
}

// readLogfmt looks through key=value pairs; values may be quoted. The line must
// begin with a pair.
func readLogfmt(line string, s *Stamp) bool {
	for i, region := 0, min(len(line), fieldRegion); i < region; {
		start := i
		for i < region && line[i] != '=' && line[i] != ' ' {
			i++
		}
		if start == 0 && (i == region || line[i] != '=' || !isKey(line[:i])) {
			return false
		}
		if i < region && line[i] == '=' {
			if isTimeKey(line[start:i]) {
				if readValue(line, i+1, s) {
					return true
				}
			}
			i = valueEnd(line, i+1)
		}
		i++
	}
	return false
}

// isKey tells whether text may be the name of a field.
func isKey(text string) bool {
	for i := range len(text) {
		if c := text[i]; !isAlphanumeric(c) && !strings.ContainsRune("_-.@", rune(c)) {
			return false
		}
	}
	return len(text) > 0
}

// valueEnd returns the end of the value at line[at:].
func valueEnd(line string, at int) int {
	if at < len(line) && line[at] == '"' {
		return stringEnd(line, at) + 1
	}
	for at < min(len(line), fieldRegion) && line[at] != ' ' {
		at++
	}
	return at
}
