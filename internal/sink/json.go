package sink

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/logs-rdl/logs"
)

// JSON is written by hand: encoding/json sorts fields, leaves C1 controls as
// they are, and knows nothing of values.

func appendAlertJSON(dst []byte, e *logs.Effect) []byte {
	dst = append(dst, `{"time":`...)
	dst = appendTime(dst, e.Time)
	dst = append(dst, `,"severity":`...)
	dst = appendString(dst, e.Severity.String())
	dst = append(dst, `,"rule":`...)
	dst = appendString(dst, e.Rule)
	dst = append(dst, `,"text":`...)
	dst = appendString(dst, e.Text)
	dst = append(dst, `,"fields":`...)
	dst = appendFields(dst, e.Fields, e.Time.Location())
	dst = append(dst, `,"id":`...)
	dst = appendString(dst, e.ID.String())
	dst = append(dst, `,"lines":`...)
	return append(appendStrings(dst, e.Lines), '}')
}

// appendEffectJSON appends an effect whole.
func appendEffectJSON(dst []byte, e *logs.Effect) []byte {
	for _, part := range [...]struct{ name, text string }{
		{`{"kind":`, e.Kind.String()},
		{`,"id":`, e.ID.String()},
		{`,"rule":`, e.Rule},
		{`,"severity":`, e.Severity.String()},
		{`,"text":`, e.Text},
		{`,"target":`, e.Target},
		{`,"sink":`, e.Sink},
		{`,"span":`, logs.Duration(e.Span).String()},
	} {
		dst = appendString(append(dst, part.name...), part.text)
	}
	dst = appendTime(append(dst, `,"time":`...), e.Time)
	dst = appendFields(append(dst, `,"fields":`...), e.Fields, e.Time.Location())
	dst = appendStrings(append(dst, `,"args":`...), e.Args)
	dst = appendStrings(append(dst, `,"lines":`...), e.Lines)
	return append(dst, '}')
}

func appendStrings(dst []byte, texts []string) []byte {
	dst = append(dst, '[')
	for i, s := range texts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	return append(dst, ']')
}

// appendFields appends an object. Of two fields of one name the first counts,
// as it does in a map.
func appendFields(dst []byte, fields []logs.Field, zone *time.Location) []byte {
	seen := make(map[string]bool, len(fields))
	dst = append(dst, '{')
	for _, f := range fields {
		name := string(appendString(nil, f.Name))
		if seen[name] {
			continue
		}
		if len(seen) > 0 {
			dst = append(dst, ',')
		}
		seen[name] = true
		dst = append(append(dst, name...), ':')
		dst = appendValue(dst, f.Value, zone)
	}
	return append(dst, '}')
}

// appendValue appends a number as a number, a list or context as an array, a
// map as an object, nil as null, and the rest as its text.
func appendValue(dst []byte, v logs.Value, zone *time.Location) []byte {
	switch v.Kind() {
	case logs.KindNil:
		return append(dst, "null"...)
	case logs.KindBool, logs.KindInt:
		return v.Append(dst, zone)
	case logs.KindFloat:
		if f, _ := v.Float(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return v.Append(dst, zone)
		}
	case logs.KindList, logs.KindContext:
		items, _ := v.List()
		dst = append(dst, '[')
		for i, item := range items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, item, zone)
		}
		return append(dst, ']')
	case logs.KindMap:
		fields, _ := v.Fields()
		return appendFields(dst, fields, zone)
	}
	return appendString(dst, string(v.Append(nil, zone)))
}

func appendTime(dst []byte, t time.Time) []byte {
	dst = t.AppendFormat(append(dst, '"'), time.RFC3339Nano)
	return append(dst, '"')
}

// appendString appends s in quotes. No control character stays as it is, a
// byte that is not UTF-8 becomes U+FFFD, and the two line separators, which
// old readers of JSON take for line ends, are escaped.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r < 0x20 || 0x7f <= r && r < 0xa0 || r == '\u2028' || r == '\u2029':
			dst = append(dst, `\u`...)
			dst = append(dst, strconv.FormatInt(0x10000|int64(r), 16)[1:]...)
		default:
			dst = utf8.AppendRune(dst, r)
		}
		i += size
	}
	return append(dst, '"')
}
