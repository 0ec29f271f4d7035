package logs

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/logs-rdl/logs/internal/when"
)

// A Kind is the type of a Value.
type Kind uint8

// The kinds of value.
const (
	KindNil Kind = iota
	KindBool
	KindInt
	KindFloat
	KindText
	KindDuration
	KindTime
	KindList
	KindMap
	KindMessage
	KindContext
)

var kindNames = [...]string{"nil", "bool", "int", "float", "text", "duration", "time", "list", "map", "message", "context"}

// String returns the name that error messages use, such as "text".
func (k Kind) String() string { return kindNames[k] }

// A Value is what a variable holds. The zero Value is nil. Values never
// change; copying one is cheap.
//
// It is laid out as slog.Value is: num holds a number or a length, and any
// holds a Kind for numbers, a pointer to the bytes for text, and the pointer
// itself for the rest, so that no small value needs an allocation.
type Value struct {
	_   [0]func() // values are compared with Equal
	num uint64
	any any
}

// Text comes in two sorts. Borrowed text lives in the block of log that is
// being read and must be copied before it is kept; owned text need not be.
type (
	borrowed *byte
	owned    *byte
)

// Nil is the value of a group that took no part and of a missing field.
var Nil Value

// Bool makes a truth value.
func Bool(b bool) Value {
	if b {
		return Value{num: 1, any: KindBool}
	}
	return Value{any: KindBool}
}

// Int makes a whole number.
func Int(n int64) Value { return Value{num: uint64(n), any: KindInt} }

// Float makes a number with a fraction.
func Float(f float64) Value { return Value{num: math.Float64bits(f), any: KindFloat} }

// Text makes text of a string that nobody will overwrite.
func Text(s string) Value {
	return Value{num: uint64(len(s)), any: owned(unsafe.StringData(s))}
}

// Borrow makes text of a string whose bytes may be overwritten once the
// message at hand is done, such as a part of its line.
func Borrow(s string) Value {
	return Value{num: uint64(len(s)), any: borrowed(unsafe.StringData(s))}
}

// Duration makes a span of time.
func Duration(d time.Duration) Value { return Value{num: uint64(d), any: KindDuration} }

// Time makes a point in time, to the nanosecond; it must lie between the
// years 1678 and 2261.
func Time(t time.Time) Value { return instant(t.UnixNano()) }

// instant is Time for nanoseconds since the Unix epoch.
func instant(ns int64) Value { return Value{num: uint64(ns), any: KindTime} }

// List makes a list; the slice must not be changed afterwards.
func List(items []Value) Value { return Value{num: uint64(len(items)), any: &list{items: items}} }

// Table makes a list of texts that is searched by hash, however long it is.
func Table(texts []string) Value {
	l := &list{items: make([]Value, len(texts)), texts: make(map[string]struct{}, len(texts))}
	for i, s := range texts {
		l.items[i] = Text(s)
		l.texts[s] = struct{}{}
	}
	return Value{num: uint64(len(texts)), any: l}
}

// A list is what a list value points to.
type list struct {
	items []Value
	texts map[string]struct{} // of a Table, else nil
}

// A Field is a named value.
type Field struct {
	Name  string
	Value Value
}

// Map makes a map; the slice must not be changed afterwards. Of two fields
// of one name the first counts.
func Map(fields []Field) Value { return Value{num: uint64(len(fields)), any: &fields} }

// messageValue makes a value of a message that is kept.
func messageValue(m *Message) Value { return Value{any: m} }

// contextValue makes a value of a context.
func contextValue(c *Context) Value { return Value{any: c} }

// Kind tells what the value is.
func (v Value) Kind() Kind {
	switch x := v.any.(type) {
	case nil:
		return KindNil
	case Kind:
		return x
	case borrowed, owned:
		return KindText
	case *list:
		return KindList
	case *[]Field:
		return KindMap
	case *Message:
		return KindMessage
	default:
		return KindContext
	}
}

// IsNil tells whether the value is nil.
func (v Value) IsNil() bool { return v.any == nil }

// Truth tells whether the value is true. Only a Bool can be: anything else
// is false.
func (v Value) Truth() bool { return v.any == KindBool && v.num != 0 }

// Int returns the number as a whole one, and false if it is none.
func (v Value) Int() (int64, bool) {
	switch v.any {
	case KindInt:
		return int64(v.num), true
	case KindFloat:
		f := math.Float64frombits(v.num)
		return int64(f), f == math.Trunc(f) && math.Abs(f) < 1<<63
	}
	return 0, false
}

// Float returns the number, and false if it is none.
func (v Value) Float() (float64, bool) {
	switch v.any {
	case KindInt:
		return float64(int64(v.num)), true
	case KindFloat:
		return math.Float64frombits(v.num), true
	}
	return 0, false
}

// Str returns the text, and false if the value is not text.
func (v Value) Str() (string, bool) {
	switch p := v.any.(type) {
	case owned:
		return unsafe.String(p, v.num), true
	case borrowed:
		return unsafe.String(p, v.num), true
	}
	return "", false
}

// Duration returns the span of time, and false if the value is none.
func (v Value) Duration() (time.Duration, bool) {
	return time.Duration(v.num), v.any == KindDuration
}

// Time returns the point in time in UTC, and false if the value is none.
func (v Value) Time() (time.Time, bool) {
	return time.Unix(0, int64(v.num)).UTC(), v.any == KindTime
}

// List returns the items, which must not be changed: those of a list, or of
// a context. Of anything else it returns false.
func (v Value) List() ([]Value, bool) {
	switch x := v.any.(type) {
	case *list:
		return x.items, true
	case *Context:
		return x.Items(), true
	}
	return nil, false
}

// Fields returns the fields of a map, which must not be changed.
func (v Value) Fields() ([]Field, bool) {
	if f, ok := v.any.(*[]Field); ok {
		return *f, true
	}
	return nil, false
}

// Message returns the message, and false if the value is none.
func (v Value) Message() (*Message, bool) {
	m, ok := v.any.(*Message)
	return m, ok
}

// Context returns the context, and false if the value is none.
func (v Value) Context() (*Context, bool) {
	c, ok := v.any.(*Context)
	return c, ok
}

// Keep returns the value with nothing borrowed in it; of a context, the list
// of its items.
func (v Value) Keep() Value {
	switch x := v.any.(type) {
	case borrowed:
		return Text(strings.Clone(unsafe.String(x, v.num)))
	case *list:
		if x.texts == nil {
			return List(keepAll(x.items))
		}
	case *[]Field:
		return Map(keepFields(*x))
	case *Message:
		return messageValue(x.Keep())
	case *Context:
		return List(x.Items())
	}
	return v
}

func keepAll(items []Value) []Value {
	kept := make([]Value, len(items))
	for i, v := range items {
		kept[i] = v.Keep()
	}
	return kept
}

func keepFields(fields []Field) []Field {
	kept := make([]Field, len(fields))
	for i, f := range fields {
		kept[i] = Field{strings.Clone(f.Name), f.Value.Keep()}
	}
	return kept
}

// Equal tells whether two values are the same: numbers by amount, text byte
// for byte, lists and maps item for item, messages by their line or event,
// whenever and wherever they came, and contexts as the list of what they hold.
func (v Value) Equal(w Value) bool {
	if a, ok := v.Str(); ok {
		b, ok := w.Str()
		return ok && a == b
	}
	switch a := v.any.(type) {
	case Kind:
		if a == KindInt || a == KindFloat {
			c, ok := v.Compare(w)
			return ok && c == 0
		}
		return v.any == w.any && v.num == w.num
	case *list, *Context:
		x, _ := v.List()
		y, ok := w.List()
		return ok && equalLists(x, y)
	case *[]Field:
		b, ok := w.any.(*[]Field)
		return ok && equalFields(*a, *b)
	case *Message:
		b, ok := w.any.(*Message)
		return ok && a.says(b)
	}
	return v.any == w.any
}

func equalLists(a, b []Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}

func equalFields(a, b []Field) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || !a[i].Value.Equal(b[i].Value) {
			return false
		}
	}
	return true
}

// Compare orders two numbers, texts, durations or times: the result is below,
// at or above zero. It returns false for what has no order.
func (v Value) Compare(w Value) (int, bool) {
	if a, ok := v.Str(); ok {
		b, ok := w.Str()
		return strings.Compare(a, b), ok
	}
	k, ok := v.any.(Kind)
	if !ok {
		return 0, false
	}
	if k != KindFloat && v.any == w.any {
		return compare(int64(v.num), int64(w.num)), k != KindBool
	}
	if a, ok := v.Int(); ok {
		if b, ok := w.Int(); ok {
			return compare(a, b), true // floats would lose the last digits
		}
	}
	a, ok1 := v.Float()
	b, ok2 := w.Float()
	return compare(a, b), ok1 && ok2 && a == a && b == b
}

func compare[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Contains tells whether a list or context holds an equal item, a map a field
// of that name, or a text the other text.
func (v Value) Contains(w Value) bool {
	text, isText := w.Str()
	switch x := v.any.(type) {
	case *list:
		if x.texts != nil {
			_, found := x.texts[text]
			return isText && found
		}
		return containsItem(x.items, w)
	case *Context:
		return containsItem(x.Items(), w)
	case *[]Field:
		return isText && !v.Field(text).IsNil()
	}
	s, ok := v.Str()
	return ok && isText && strings.Contains(s, text)
}

func containsItem(items []Value, w Value) bool {
	for _, item := range items {
		if item.Equal(w) {
			return true
		}
	}
	return false
}

// Field returns the field of a map by name, or nil.
func (v Value) Field(name string) Value {
	if fields, ok := v.Fields(); ok {
		return fieldOf(fields, name)
	}
	return Nil
}

func fieldOf(fields []Field, name string) Value {
	v, _ := lookupField(fields, name)
	return v
}

// lookupField is fieldOf that tells a missing field from one that is nil.
func lookupField(fields []Field, name string) (Value, bool) {
	for _, f := range fields {
		if f.Name == name {
			return f.Value, true
		}
	}
	return Nil, false
}

// String returns the text of the value with times in UTC.
func (v Value) String() string { return string(v.Append(nil, time.UTC)) }

// Append appends the text of the value: numbers shortest, times as RFC 3339
// in the zone, durations as 3m5s, lists joined by ", ", a message as its
// line, nil as nothing.
func (v Value) Append(dst []byte, zone *time.Location) []byte {
	if s, ok := v.Str(); ok {
		return append(dst, s...)
	}
	switch v.Kind() {
	case KindBool:
		return strconv.AppendBool(dst, v.num != 0)
	case KindInt:
		return strconv.AppendInt(dst, int64(v.num), 10)
	case KindFloat:
		return strconv.AppendFloat(dst, math.Float64frombits(v.num), 'g', -1, 64)
	case KindDuration:
		return append(dst, when.FormatDuration(time.Duration(v.num))...)
	case KindTime:
		return time.Unix(0, int64(v.num)).In(zone).AppendFormat(dst, time.RFC3339Nano)
	case KindList, KindContext:
		return v.appendItems(dst, zone)
	case KindMap:
		return v.appendFields(dst, zone)
	case KindMessage:
		return append(dst, v.any.(*Message).Line...)
	}
	return dst
}

func (v Value) appendItems(dst []byte, zone *time.Location) []byte {
	items, _ := v.List()
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = item.Append(dst, zone)
	}
	return dst
}

func (v Value) appendFields(dst []byte, zone *time.Location) []byte {
	fields, _ := v.Fields()
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(append(dst, f.Name...), ": "...)
		dst = f.Value.Append(dst, zone)
	}
	return dst
}

// Key returns a string that equal values share and others do not.
func (v Value) Key() string { return string(appendKey(nil, v)) }
