package logs

import "strings"

// The escapes of the Common Event Format; \| is for the head, \= and the line
// ends for the extensions.
var cefEscapes = escaping{letters: `|\=nr`, bytes: "|\\=\n\r"}

// cefHead names the parts of the head behind the version of the format.
var cefHead = [...]string{"vendor", "product", "version", "signature", "name", "severity"}

// maxCEFStart bounds the search for the head, which a syslog header may
// precede.
const maxCEFStart = 1024

// decodeCEF reads
//
//	CEF:0|vendor|product|version|signature|name|severity|key=value key=value
//
// alone or as the text of a syslog line. Its own fields come first, so its
// severity counts before syslog's. Any other line is read as syslog.
func decodeCEF(line string) (Header, []Field) {
	at := strings.Index(line[:min(len(line), maxCEFStart)], "CEF:")
	if at < 0 {
		return decodeSyslog(line)
	}
	h, outer := decodeSyslog(line[:at])
	if strings.TrimSpace(h.Text) != "" {
		return decodeSyslog(line) // a text that mentions CEF is none
	}
	fields, rest, ok := cutCEFHead(line[at:])
	if !ok {
		return decodeSyslog(line)
	}
	h.Text, _ = fieldOf(fields, "name").Str()
	fields = appendExtensions(fields, rest)
	room := maxFields - len(fields)
	return h, append(fields, outer[:min(len(outer), room)]...)
}

// cutCEFHead cuts the parts that end with a bar. The severity may end with
// the line instead.
func cutCEFHead(s string) (fields []Field, rest string, ok bool) {
	_, rest, ok = cutBar(s) // CEF:0
	for _, name := range cefHead {
		if !ok {
			return nil, "", false
		}
		var part string
		part, rest, ok = cutBar(rest)
		v, _ := cefEscapes.value(part)
		fields = append(fields, Field{name, v})
	}
	return fields, rest, true
}

// cutBar cuts what stands before the next bar that is not escaped.
func cutBar(s string) (part, rest string, ok bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '|':
			return s[:i], s[i+1:], true
		case '\\':
			i++
		}
	}
	return s, "", false
}

// appendExtensions appends the pairs of s. A value may hold spaces: it ends
// where a space, a key and = follow. An = that follows no key, as in a URL,
// belongs to the value.
func appendExtensions(fields []Field, s string) []Field {
	key := ""        // the key whose value is being read
	value := 0       // where that value starts
	word := 0        // where a key may have started
	mayBeKey := true // all since then could be one
	end := func(at int) {
		if key != "" && len(fields) < maxFields {
			v, _ := cefEscapes.value(strings.TrimRight(s[value:at], " "))
			fields = append(fields, Field{key, v})
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
			word, mayBeKey = i+1, true
		case c == '\\':
			i++
			mayBeKey = false
		case c == '=' && mayBeKey && word < i:
			end(word)
			key, value = s[word:i], i+1
			mayBeKey = false
		case !isDigit(c) && !isLetter(c) && strings.IndexByte("_.-[]", c) < 0:
			mayBeKey = false
		}
	}
	end(len(s))
	return fields
}
