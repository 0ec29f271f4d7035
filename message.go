package logs

import (
	"strings"
	"time"
)

// A Message is one line of a log, or an event that a rule emitted.
//
// Its strings may be borrowed from the block that is being read: they are
// valid until the engine has processed the message. Keep makes a copy that
// stays.
type Message struct {
	Line   string    // the line without its end; empty for an event
	Time   time.Time // the line's own stamp; zero if it bears none
	At     time.Time // when it is processed, on a clock that Engine.Leap does not move; zero: at Time
	Source string    // where it came from, such as a file's name
	Offset int64     // the position of the line's first byte in its source
	Format Format    // how Host, Program, PID, Text and Fields are found

	Event  string  // the event's name; empty for a line
	Fields []Field // an event's fields, or what the format finds in the line

	decoded bool
	header  Header
}

// A Header is what a format finds at the start of a line.
type Header struct {
	Host, Program, PID string
	Text               string // what follows the header; the whole line if there is none
}

// A Format says how the parts of a line are found.
type Format uint8

// The formats. FormatAuto takes a line that starts with { as JSON and any
// other as syslog.
const (
	FormatAuto Format = iota
	FormatSyslog
	FormatJSON
	FormatLogfmt
	FormatCEF
	FormatNone
	FormatEvent // a line of AppendEvent; see Message.ReadEvent
)

// Header returns the header of the line, decoding it on first use.
func (m *Message) Header() *Header {
	m.decode()
	return &m.header
}

// Field returns a decoded field of the line, or a field of the event; nil if
// there is none of that name.
func (m *Message) Field(name string) Value {
	m.decode()
	return fieldOf(m.Fields, name)
}

// decode fills the header and the fields, once.
func (m *Message) decode() {
	if m.decoded || m.Event != "" && m.Format != FormatEvent {
		return
	}
	m.decoded = true
	if m.Event != "" {
		m.header = eventHeader(m.Fields)
		return
	}
	m.header, m.Fields = decodeLine(m.Line, m.Format)
}

// says tells whether two messages say the same: the same line, or the same
// event.
func (m *Message) says(n *Message) bool {
	return m.Line == n.Line && m.Event == n.Event && (m.Event == "" || equalFields(m.Fields, n.Fields))
}

// Keep returns a copy that borrows nothing.
func (m *Message) Keep() *Message {
	kept := *m
	kept.Line = strings.Clone(m.Line)
	kept.Source = strings.Clone(m.Source)
	kept.decoded, kept.header = false, Header{}
	if m.Event != "" {
		kept.Event = strings.Clone(m.Event)
		kept.Fields = keepFields(m.Fields)
		return &kept
	}
	kept.Fields = nil
	return &kept
}
