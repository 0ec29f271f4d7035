package logs

import "strings"

// decodeLogfmt reads key=value pairs. Values stay text; one in quotes may
// hold spaces and escapes, and one whose closing quote is missing goes on to
// the end of the line. A key alone is true.
func decodeLogfmt(line string) (Header, []Field) {
	var fields []Field
	for rest := line; len(fields) < maxFields; {
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" {
			break
		}
		var f Field
		if f, rest = cutPair(rest); f.Name != "" {
			fields = append(fields, f)
		}
	}
	return headerOf(line, fields), fields
}

// cutPair cuts one pair, or a key alone, from the start of s.
func cutPair(s string) (Field, string) {
	n := strings.IndexAny(s, " \t=")
	if n < 0 {
		n = len(s)
	}
	key, rest := s[:n], s[n:]
	value, ok := strings.CutPrefix(rest, "=")
	if !ok {
		return Field{key, Bool(true)}, rest
	}
	if quoted, ok := strings.CutPrefix(value, `"`); ok {
		inner, rest, _ := cutQuoted(quoted)
		v, _ := jsonEscapes.value(inner)
		return Field{key, v}, rest
	}
	n = strings.IndexAny(value, " \t")
	if n < 0 {
		n = len(value)
	}
	return Field{key, Borrow(value[:n])}, value[n:]
}
