package logs

import (
	"errors"
	"strconv"
	"strings"
)

// jsonEscapes has, beside those of JSON, the \x41 of careless writers.
var jsonEscapes = escaping{letters: `"\/bfnrt`, bytes: "\"\\/\b\f\n\r\t", hex: true}

// decodeJSON reads a line that is one object. It is more lenient than the
// standard: a string may hold any bytes, so that a program which forgets to
// escape what strangers send it does not blind the rules. What is broken
// otherwise, or too deep, has no fields.
func decodeJSON(line string) (Header, []Field) {
	r := jsonReader{rest: line, room: maxNested}
	if !r.take('{') {
		return Header{Text: line}, nil
	}
	fields, ok := r.members(1)
	if r.space(); !ok || r.rest != "" {
		return Header{Text: line}, nil
	}
	return headerOf(line, fields), fields
}

// A jsonReader reads by recursive descent. Its methods return false where the
// text is broken.
type jsonReader struct {
	rest string // what has not been read
	room int    // how many more nested values are kept
}

// value reads any value; depth is that of the lists and maps around it.
func (r *jsonReader) value(depth int) (Value, bool) {
	switch {
	case r.take('{'):
		fields, ok := r.members(depth + 1)
		return Map(fields), ok
	case r.take('['):
		items, ok := r.items(depth + 1)
		return List(items), ok
	case r.take('"'):
		return r.text()
	case r.word("true"):
		return Bool(true), true
	case r.word("false"):
		return Bool(false), true
	case r.word("null"):
		return Nil, true
	}
	return r.number()
}

// members reads the members of an object, up to its closing brace.
func (r *jsonReader) members(depth int) (fields []Field, ok bool) {
	if depth > maxDepth {
		return nil, false
	}
	if r.take('}') {
		return nil, true
	}
	for {
		name, ok := r.name()
		if !ok {
			return nil, false
		}
		v, ok := r.value(depth)
		if !ok {
			return nil, false
		}
		if len(fields) < maxFields && r.keeps(depth) {
			fields = append(fields, Field{name, v})
		}
		if !r.take(',') {
			return fields, r.take('}')
		}
	}
}

// items reads the items of a list, up to its closing bracket.
func (r *jsonReader) items(depth int) (items []Value, ok bool) {
	if depth > maxDepth {
		return nil, false
	}
	if r.take(']') {
		return nil, true
	}
	for {
		v, ok := r.value(depth)
		if !ok {
			return nil, false
		}
		if r.keeps(depth) {
			items = append(items, v)
		}
		if !r.take(',') {
			return items, r.take(']')
		}
	}
}

// keeps tells whether there is room for one more value. Nested ones must not
// be able to crowd out the fields of the line.
func (r *jsonReader) keeps(depth int) bool {
	if depth == 1 {
		return true
	}
	r.room--
	return r.room >= 0
}

// name reads the name of a member and the colon.
func (r *jsonReader) name() (string, bool) {
	if !r.take('"') {
		return "", false
	}
	v, ok := r.text()
	name, _ := v.Str()
	return name, ok && r.take(':')
}

// text reads a string, up to its closing quote.
func (r *jsonReader) text() (Value, bool) {
	inner, rest, ok := cutQuoted(r.rest)
	r.rest = rest
	if !ok {
		return Nil, false
	}
	return jsonEscapes.value(inner)
}

// number reads a number: an Int where it is one, else the nearest Float,
// which is infinite beyond the range.
func (r *jsonReader) number() (Value, bool) {
	n := 0
	for n < len(r.rest) && (isDigit(r.rest[n]) || strings.IndexByte("+-.eE", r.rest[n]) >= 0) {
		n++
	}
	digits := r.rest[:n]
	r.rest = r.rest[n:]
	if !strings.ContainsAny(digits, ".eE") {
		if i, err := strconv.ParseInt(digits, 10, 64); err == nil {
			return Int(i), true
		}
	}
	f, err := strconv.ParseFloat(digits, 64)
	return Float(f), err == nil || errors.Is(err, strconv.ErrRange)
}

// take reads one byte of punctuation and the space before it.
func (r *jsonReader) take(c byte) bool {
	r.space()
	if r.rest == "" || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *jsonReader) word(w string) bool {
	rest, ok := strings.CutPrefix(r.rest, w)
	r.rest = rest
	return ok
}

func (r *jsonReader) space() { r.rest = strings.TrimLeft(r.rest, " \t\r\n") }
