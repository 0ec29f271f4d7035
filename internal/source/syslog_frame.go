package source

import "bytes"

// Over a connection messages are framed in one of two ways, and some senders
// mix them, so that each message is looked at anew (RFC 6587):
//
//	57 <34>Oct 11 22:14:15 h su: a text that may hold a newline
//	<34>Oct 11 22:14:15 h su: text \n
//
// Digits and a space are a count if a priority follows, or if the message
// before was counted; else they belong to a line. A line ends with a newline
// or a NUL. The ends of lines may also stand between counted messages, and
// what is between two of them is no message.

const (
	maxCount  = 8            // digits of a count
	maxHeader = maxCount + 2 // bytes that tell whether there is one
)

// A framer cuts messages out of the bytes of a connection. The messages do not
// depend on how the bytes arrive. Each byte is looked at once or twice.
type framer struct {
	counted  bool // the last message was
	skip     int  // so many bytes of a counted message are dropped
	skipping bool // the bytes of a line are dropped up to its end
	scanned  int  // so many bytes of the message at hand hold no end

	bad, long int64 // frames that are broken; messages that were cut
}

// take appends the whole messages of data to lines, each as one line, and
// returns how much of data it has used. Of a message longer than limit the
// rest is dropped.
func (f *framer) take(lines, data []byte, limit int) (_ []byte, used int) {
	ends := ends{data: data, newline: -1, nul: -1}
	for used < len(data) {
		var message []byte
		var size int
		switch rest := data[used:]; {
		case f.skip > 0:
			size = min(f.skip, len(rest))
			f.skip -= size
		case f.skipping:
			size = min(ends.next(used)+1, len(data)) - used
			f.skipping = used+size == len(data) && !isEnd(data[len(data)-1])
		case isEnd(rest[0]) || rest[0] == '\r':
			size = 1
		default:
			if message, size = f.message(rest, used, &ends, limit); size == 0 {
				return lines, used
			}
			lines = appendMessage(lines, message)
		}
		used += size
	}
	return lines, used
}

// message cuts the message at the start of rest, which is data[at:]. Its size
// is 0 if it is not there as a whole.
func (f *framer) message(rest []byte, at int, ends *ends, limit int) (message []byte, size int) {
	count, header, known := f.count(rest)
	switch {
	case !known:
		return nil, 0
	case header == 0:
		return f.line(rest, at, ends, limit)
	}
	kept := min(count, limit)
	if len(rest) < header+kept {
		return nil, 0
	}
	f.counted = true
	if kept < count {
		f.skip = count - kept
		f.long++
	}
	return rest[header : header+kept], header + kept
}

// line cuts the line at the start of rest.
func (f *framer) line(rest []byte, at int, ends *ends, limit int) (message []byte, size int) {
	n := ends.next(at+f.scanned) - at
	switch {
	case n > limit:
		n, size = limit, limit
		f.skipping = true
		f.long++
	case n == len(rest):
		f.scanned = n
		return nil, 0
	default:
		size = n + 1
	}
	if f.counted && rest[0] != '<' {
		f.bad++
	}
	f.counted, f.scanned = false, 0
	return rest[:n], size
}

// count reads the count at the start of a message, and the size of that with
// its space. The size is 0 if there is none, and known is false if that
// cannot be told yet.
func (f *framer) count(rest []byte) (count, size int, known bool) {
	n := 0
	for n < len(rest) && n <= maxCount && '0' <= rest[n] && rest[n] <= '9' {
		count = count*10 + int(rest[n]-'0')
		n++
	}
	switch {
	case rest[0] == '0' || n > maxCount:
		return 0, 0, true
	case n == len(rest):
		return 0, 0, false
	case n == 0 || rest[n] != ' ':
		return 0, 0, true
	case f.counted:
		return count, n + 1, true
	case n+1 == len(rest):
		return 0, 0, false
	case rest[n+1] != '<':
		return 0, 0, true
	}
	return count, n + 1, true
}

// flush appends what is left of a message when a connection has ended.
func (f *framer) flush(lines, rest []byte) []byte {
	if f.skip > 0 {
		f.bad++
	}
	if len(rest) == 0 {
		return lines
	}
	_, header, _ := f.count(rest)
	if header > 0 {
		f.bad++
	}
	return appendMessage(lines, rest[header:])
}

// appendMessage appends a message as one line: what it holds of newlines and
// NULs becomes spaces, lest a message forges another. Of an empty one nothing
// is appended.
func appendMessage(lines, message []byte) []byte {
	message = bytes.TrimRight(message, "\r\n\x00")
	if len(message) == 0 {
		return lines
	}
	start := len(lines)
	lines = append(lines, message...)
	for i, c := range lines[start:] {
		if isEnd(c) {
			lines[start+i] = ' '
		}
	}
	return append(lines, '\n')
}

func isEnd(c byte) bool { return c == '\n' || c == 0 }

// ends finds the ends of lines in data, going over it once for each kind.
type ends struct {
	data         []byte
	newline, nul int // the last found, or len(data)
}

// next returns the first end at or behind a position, or len(data). Positions
// must not go back.
func (e *ends) next(at int) int {
	if e.newline < at {
		e.newline = e.find('\n', at)
	}
	if e.nul < at {
		e.nul = e.find(0, at)
	}
	return min(e.newline, e.nul)
}

func (e *ends) find(c byte, at int) int {
	if i := bytes.IndexByte(e.data[at:], c); i >= 0 {
		return at + i
	}
	return len(e.data)
}
