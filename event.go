package logs

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// An event that is forwarded travels as one line of text, so that a tier reads
// events as it reads any log:
//
//	2026-11-24T08:00:00.000000000Z {"host":"edge1","event":"scan","rule":"invalid-user","id":"00ab...","fields":{"ip":"192.0.2.7"}}
//	└─ when, in UTC, of one width ┘ └─ always first
//
// Values keep their types. What JSON has no form for is an object of one
// member that names the type:
//
//	text, whole number, truth, nil, list   "a"  12  true  null  [1, 2]
//	number with a fraction                 1.5  3.0  {"float":"NaN"}
//	span of time, in ns; point in time     {"duration":90000000000}  {"time":"2026-11-24T08:00:00Z"}
//	map                                    {"map":{"a":1}}
//
// A message is its line, and one that is an event the map of its fields. Bytes
// that are not UTF-8 stay as they are.

// What an event may hold; what is beyond is dropped when it is read.
const (
	maxEventDepth  = 12      // lists and maps inside each other; deeper ones become text
	maxEventValues = 1 << 16 // inside all lists and maps
)

const (
	eventStamp = "2006-01-02T15:04:05.000000000Z"
	eventHost  = ` {"host":"`
)

// AppendEvent appends the line, without its end, of an EffectForward. The host
// is the engine that forwards it.
func AppendEvent(dst []byte, e *Effect, host string) []byte {
	dst = e.Time.UTC().AppendFormat(dst, eventStamp)
	dst = appendEventText(append(dst, eventHost[:len(eventHost)-1]...), host)
	dst = appendEventText(append(dst, `,"event":`...), e.Text)
	dst = appendEventText(append(dst, `,"rule":`...), e.Rule)
	dst = append(append(append(dst, `,"id":"`...), e.ID.String()...), '"')
	if e.Target != "" {
		dst = appendEventText(append(dst, `,"by":`...), e.Target)
	}
	dst = appendEventFields(append(dst, `,"fields":`...), e.Fields, 0)
	return append(dst, '}')
}

// EventHost returns the host that a line names at the place where AppendEvent
// puts it, and when the event happened; false if the line is no event. It does
// not read on.
func EventHost(line string) (host string, at time.Time, ok bool) {
	if len(line) < len(eventStamp) {
		return "", at, false
	}
	at, err := time.Parse(eventStamp, line[:len(eventStamp)])
	rest, ok := strings.CutPrefix(line[len(eventStamp):], eventHost)
	if err != nil || !ok {
		return "", at, false
	}
	host, _, ok = cutQuoted(rest)
	return host, at, ok && !strings.Contains(host, `\`)
}

// ReadEvent makes an event of a message that bears the line of one. The fields
// are those that were forwarded, and behind them host, rule and id, which say
// where it came from. Of a line that is no event it returns false, and leaves
// the message as it is.
func (m *Message) ReadEvent() bool {
	if len(m.Line) < len(eventStamp) {
		return false
	}
	r := jsonReader{rest: m.Line[len(eventStamp):], room: maxEventValues}
	if !r.take('{') {
		return false
	}
	members, ok := r.members(1)
	if r.space(); !ok || r.rest != "" {
		return false
	}
	name, _ := fieldOf(members, "event").Str()
	fields, ok := fieldOf(members, "fields").Fields()
	if name == "" || !ok {
		return false
	}
	m.Line, m.Event, m.Format = "", name, FormatEvent
	m.Fields = readEventFields(fields, 3)
	for _, part := range [...]string{"host", "rule", "id"} {
		text, _ := fieldOf(members, part).Str()
		m.Fields = append(m.Fields, Field{part, Borrow(text)})
	}
	return true
}

// eventHeader is the header of an event that was read. A field that was
// forwarded may be called host, too: it stands before.
func eventHeader(fields []Field) Header {
	for i := len(fields) - 1; i >= 0; i-- {
		if fields[i].Name == "host" {
			host, _ := fields[i].Value.Str()
			return Header{Host: host}
		}
	}
	return Header{}
}

func appendEventFields(dst []byte, fields []Field, depth int) []byte {
	dst = append(dst, '{')
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendEventText(dst, f.Name), ':')
		dst = appendEventValue(dst, f.Value, depth)
	}
	return append(dst, '}')
}

// appendEventValue appends a value that has so many lists and maps around it.
func appendEventValue(dst []byte, v Value, depth int) []byte {
	switch v.Kind() {
	case KindNil:
		return append(dst, "null"...)
	case KindBool:
		return strconv.AppendBool(dst, v.Truth())
	case KindInt:
		n, _ := v.Int()
		return strconv.AppendInt(dst, n, 10)
	case KindFloat:
		f, _ := v.Float()
		return appendEventFloat(dst, f)
	case KindDuration:
		d, _ := v.Duration()
		return append(strconv.AppendInt(append(dst, `{"duration":`...), int64(d), 10), '}')
	case KindTime:
		t, _ := v.Time()
		return append(t.AppendFormat(append(dst, `{"time":"`...), time.RFC3339Nano), `"}`...)
	case KindText:
		s, _ := v.Str()
		return appendEventText(dst, s)
	}
	return appendEventNest(dst, v, depth)
}

// appendEventNest appends a list, a map, or what goes as one.
func appendEventNest(dst []byte, v Value, depth int) []byte {
	fields, isMap := v.Fields()
	if m, ok := v.Message(); ok {
		if m.Event == "" {
			return appendEventText(dst, m.Line)
		}
		fields, isMap = m.Fields, true
	}
	switch {
	case depth >= maxEventDepth:
		return appendEventText(dst, v.String())
	case isMap:
		return append(appendEventFields(append(dst, `{"map":`...), fields, depth+1), '}')
	}
	dst = append(dst, '[')
	items, _ := v.List()
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendEventValue(dst, item, depth+1)
	}
	return append(dst, ']')
}

// appendEventFloat appends a number so that it is not taken for a whole one.
func appendEventFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(strconv.AppendFloat(append(dst, `{"float":"`...), f, 'g', -1, 64), `"}`...)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'g', -1, 64)
	if strings.ContainsAny(string(dst[start:]), ".e") {
		return dst
	}
	return append(dst, ".0"...)
}

// appendEventText appends a string of JSON. Control characters are escaped, so
// that the line stays one.
func appendEventText(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// readEventFields gives values their types back, with room for some more.
func readEventFields(fields []Field, more int) []Field {
	typed := make([]Field, len(fields), len(fields)+more)
	for i, f := range fields {
		typed[i] = Field{f.Name, readEventValue(f.Value)}
	}
	return typed
}

func readEventValue(v Value) Value {
	if items, ok := v.List(); ok {
		typed := make([]Value, len(items))
		for i, item := range items {
			typed[i] = readEventValue(item)
		}
		return List(typed)
	}
	fields, ok := v.Fields()
	switch {
	case !ok:
		return v
	case len(fields) != 1:
		return Nil // nothing that AppendEvent writes
	}
	return readEventTyped(fields[0].Name, fields[0].Value)
}

// readEventTyped reads the object that stands for a value without a form in
// JSON; nil if it is none.
func readEventTyped(kind string, v Value) Value {
	text, isText := v.Str()
	switch kind {
	case "duration":
		if n, ok := v.Int(); ok {
			return Duration(time.Duration(n))
		}
	case "time":
		t, err := time.Parse(time.RFC3339Nano, text)
		if err == nil && time.Unix(0, t.UnixNano()).Equal(t) { // it is in the range
			return Time(t)
		}
	case "float":
		if f, err := strconv.ParseFloat(text, 64); err == nil && isText {
			return Float(f)
		}
	case "map":
		if fields, ok := v.Fields(); ok {
			return Map(readEventFields(fields, 0))
		}
	}
	return Nil
}
