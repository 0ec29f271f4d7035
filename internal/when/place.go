package when

import (
	"iter"
	"strings"
)

// unwrap returns where a line begins behind what may stand before its stamp:
// a byte order mark, a syslog priority with its version or sequence number,
// brackets, quotes, and the marks by which Cisco says that a clock is not set.
//
//	<34>1 2003-10-11T22:14:15Z
//	<189>29: *Mar  1 18:46:11.123 UTC:
//	[Sun Dec 04 04:47:44 2005]
func unwrap(line string) int {
	if len(line) == 0 || isAlphanumeric(line[0]) {
		return 0
	}
	at := 0
	if strings.HasPrefix(line, "\xef\xbb\xbf") {
		at = 3
	}
	if end := priority(line, at); end > 0 {
		at = sequence(line, end)
	}
	for most := at + 3; at < len(line) && at < most && isWrap(line[at]); {
		at++
	}
	return at
}

func isWrap(c byte) bool {
	switch c {
	case '[', '(', '"', '\'', '*', '.', '|':
		return true
	}
	return false
}

// priority returns the end of <PRI>, or 0.
func priority(line string, at int) int {
	if at >= len(line) || line[at] != '<' {
		return 0
	}
	_, end := number(line, at+1, 3)
	if end < 0 || end >= len(line) || line[end] != '>' {
		return 0
	}
	return end + 1
}

// sequence returns the end of what may stand behind a priority: the version of
// RFC 5424, or Cisco's sequence number and colon, and spaces.
func sequence(line string, at int) int {
	if _, end := number(line, at, 12); end > 0 && end+1 < len(line) {
		switch {
		case line[end] == ':' && line[end+1] == ' ':
			at = end + 2
		case line[end] == ' ' && end == at+1:
			at = end + 1
		}
	}
	if end := takeSpaces(line, at); end > 0 {
		return end
	}
	return at
}

// bracketEnd returns where the stamp of a web server's access log begins, behind
// a bracket, or -1.
func bracketEnd(line string) int {
	region := line[:min(len(line), startRegion)]
	for at := 0; ; {
		i := strings.IndexByte(region[at:], '[')
		if i < 0 {
			return -1
		}
		at += i + 1
		if at+2 < len(region) && isDigit(region[at]) && region[at+2] == '/' {
			return at
		}
	}
}

// alertEnd returns where the epoch begins in the logs of BGL, Thunderbird and
// their kin, or -1:
//
//	KERNDTLB 1117838570 2005.06.03 R02-M1-N0 2005-06-03-15.42.50.675872 ...
//
// The epoch and the date make the stamp. The others of these lines have no zone
// or no year.
func alertEnd(line string) int {
	tag := strings.IndexByte(line[:min(len(line), 24)], ' ')
	if tag < 1 {
		return -1
	}
	return tag + 1
}

// auditEnd returns where the epoch begins in a line of the Linux audit, or -1.
func auditEnd(line string) int {
	const mark = "audit("
	i := strings.Index(line[:min(len(line), startRegion)], mark)
	if i < 0 {
		return -1
	}
	return i + len(mark)
}

// words walks through the places of the start region where a stamp may begin.
func words(line string) iter.Seq[int] {
	return func(yield func(int) bool) {
		word := true
		for at := range min(len(line), startRegion) {
			if word && mayBegin(line, at) && !yield(at) {
				return
			}
			word = mayPrecede(line[at])
		}
	}
}

// mayPrecede tells whether a stamp may stand behind c in a text.
func mayPrecede(c byte) bool {
	switch c {
	case ' ', '\t', '[', '(', '"', '=', '|', ',', ';', '>', '*':
		return true
	}
	return false
}

// mayBegin tells whether some stamp begins like line[at:]. It is there for
// speed: most lines without a stamp have no such place.
func mayBegin(line string, at int) bool {
	if at+3 > len(line) {
		return false
	}
	a, b, c := line[at], line[at+1], line[at+2]
	switch {
	case isDigit(a):
		return isDigit(b) || b == ' ' || b == '/' || b == '-' || b == '.'
	case isDigit(b):
		return takeSeverity(line, at) > 0
	}
	return monthOf(a, b, c) > 0 || weekdayOf(a, b, c) >= 0
}
