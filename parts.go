package logs

import (
	"maps"
	"slices"
)

// messageParts are the parts of a message that rules and functions name; nil
// where a message has none.
var messageParts = map[string]func(*Message) Value{
	"line":    func(m *Message) Value { return Borrow(m.Line) },
	"time":    partTime,
	"source":  func(m *Message) Value { return Borrow(m.Source) },
	"offset":  func(m *Message) Value { return Int(m.Offset) },
	"host":    func(m *Message) Value { return orNil(m.Header().Host) },
	"program": func(m *Message) Value { return orNil(m.Header().Program) },
	"pid":     func(m *Message) Value { return orNil(m.Header().PID) },
	"text":    func(m *Message) Value { return Borrow(m.Header().Text) },
	"event":   func(m *Message) Value { return orNil(m.Event) },
	"fields":  func(m *Message) Value { m.decode(); return Map(m.Fields) },
}

// MessagePart returns the function that reads a part of a message by its
// name, such as "host"; nil if no part is called so. What it reads may be
// borrowed.
func MessagePart(name string) func(*Message) Value { return messageParts[name] }

// MessageParts returns the names of all parts, sorted.
func MessageParts() []string { return slices.Sorted(maps.Keys(messageParts)) }

func partTime(m *Message) Value {
	if m.Time.IsZero() {
		return Nil
	}
	return Time(m.Time)
}

func orNil(s string) Value {
	if s == "" {
		return Nil
	}
	return Borrow(s)
}
