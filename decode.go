package logs

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Decoding finds the parts of a line. Each format has its file:
//
//	syslog  Jun  9 12:34:56 host program[pid]: text     decode_syslog.go
//	        <34>1 2003-10-11T22:14:15Z host program ...  decode_rfc5424.go
//	json    {"level": "info", "msg": "started"}          decode_json.go
//	logfmt  level=info msg="it started"                  decode_logfmt.go
//	cef     CEF:0|vendor|product|...|src=10.0.0.1        decode_cef.go
//
// A decoder is a pure function that never fails: what it cannot read is the
// text of the header. It takes time linear in the line, and copies only what
// was escaped; the rest is borrowed from the line.

// What a line may hold. The whole line is still read, so that its end is
// found, but what is beyond the bounds is dropped.
const (
	maxFields = 256  // the fields of a line, or of a map in it
	maxNested = 4096 // the values inside all lists and maps of a line
	maxDepth  = 32   // lists and maps inside each other
)

// decodeLine finds the header and the fields of a line in a format.
func decodeLine(line string, f Format) (Header, []Field) {
	switch f {
	case FormatAuto:
		if strings.HasPrefix(line, "{") {
			return decodeJSON(line)
		}
		return decodeSyslog(line)
	case FormatSyslog:
		return decodeSyslog(line)
	case FormatJSON:
		return decodeJSON(line)
	case FormatLogfmt:
		return decodeLogfmt(line)
	case FormatCEF:
		return decodeCEF(line)
	}
	return Header{Text: line}, nil
}

// headerOf makes a header of the fields that usually hold its parts, in the
// order of the names; those in capitals are journald's.
func headerOf(line string, fields []Field) Header {
	h := Header{
		Host:    firstText(fields, "host", "hostname", "_HOSTNAME"),
		Program: firstText(fields, "program", "app", "appname", "service", "logger", "SYSLOG_IDENTIFIER"),
		PID:     firstText(fields, "pid", "procid", "_PID"),
		Text:    firstText(fields, "message", "msg", "log", "MESSAGE"),
	}
	if h.Text == "" {
		h.Text = line
	}
	return h
}

// firstText returns the first of the named fields that is a whole number or
// text other than "".
func firstText(fields []Field, names ...string) string {
	for _, name := range names {
		v := fieldOf(fields, name)
		if s, _ := v.Str(); s != "" {
			return s
		}
		if v.Kind() == KindInt {
			return v.String()
		}
	}
	return ""
}

// cutQuoted cuts what stands before the closing quote, still escaped; s
// starts behind the opening one.
func cutQuoted(s string) (inner, rest string, ok bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return s[:i], s[i+1:], true
		case '\\':
			i++
		}
	}
	return s, "", false
}

// An escaping says which letters may follow a backslash, and the byte that
// each then stands for.
type escaping struct {
	letters, bytes string
	hex            bool // \u0041 and \x41 count too
}

// value makes text of escaped text. An escape that is unknown stays as it
// stands, and known is false.
func (e escaping) value(s string) (v Value, known bool) {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return Borrow(s), true
	}
	plain := make([]byte, 0, len(s))
	known = true
	for ; i >= 0; i = strings.IndexByte(s, '\\') {
		plain = append(plain, s[:i]...)
		size := 0
		if plain, size = e.append(plain, s[i:]); size == 0 {
			known = false
			plain, size = append(plain, '\\'), 1
		}
		s = s[i+size:]
	}
	return Text(string(append(plain, s...))), known
}

// append appends what the escape at the start of s stands for. The size of
// the escape is 0 if it is unknown.
func (e escaping) append(dst []byte, s string) ([]byte, int) {
	if len(s) < 2 {
		return dst, 0
	}
	if i := strings.IndexByte(e.letters, s[1]); i >= 0 {
		return append(dst, e.bytes[i]), 2
	}
	if !e.hex {
		return dst, 0
	}
	if b, ok := hexEscape(s, `\x`, 2); ok {
		return append(dst, byte(b)), 4
	}
	r, ok := hexEscape(s, `\u`, 4)
	if !ok {
		return dst, 0
	}
	if low, ok := hexEscape(s[6:], `\u`, 4); ok && utf16.IsSurrogate(r) {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return utf8.AppendRune(dst, pair), 12
		}
	}
	return utf8.AppendRune(dst, r), 6
}

// hexEscape reads an escape of so many hexadecimal digits.
func hexEscape(s, prefix string, digits int) (rune, bool) {
	if len(s) < len(prefix)+digits || !strings.HasPrefix(s, prefix) {
		return 0, false
	}
	n := rune(0)
	for _, c := range []byte(s[len(prefix):][:digits]) {
		switch {
		case isDigit(c):
			n = n<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			n = n<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
