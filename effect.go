package logs

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// An EffectKind says what an Effect asks for.
type EffectKind uint8

// The kinds of effect, and the fields of Effect that each uses beside ID,
// Time and Rule.
const (
	EffectPrint   EffectKind = iota + 1 // Text: a line on standard output
	EffectAlert                         // Severity, Text, Fields, Lines: a finding
	EffectWrite                         // Target: a file to append to; Lines
	EffectExec                          // Args: a program and its arguments
	EffectPipe                          // Args; Lines: its standard input
	EffectMail                          // Target: addresses; Text: the subject; Lines: the body
	EffectPost                          // Target: a URL; Text or Fields: the body
	EffectSend                          // Target: a sink by name; Text, Lines
	EffectBan                           // Target: an address; Span; Sink
	EffectUnban                         // Target: an address; Sink
	EffectForward                       // Text: the event's name; Fields; Target: the partition key
	EffectFault                         // Text: what went wrong in a rule; told once for each place
)

var effectNames = [...]string{"", "print", "alert", "write", "exec", "pipe", "mail", "post", "send", "ban", "unban", "forward", "fault"}

// String returns the word of the statement that asks for such an effect.
func (k EffectKind) String() string { return effectNames[k] }

// A Severity ranks alerts.
type Severity uint8

// The severities; the zero one is for effects that are no alerts.
const (
	SeverityNone Severity = iota
	Low
	Medium
	High
	Critical
)

var severityNames = [...]string{"", "low", "medium", "high", "critical"}

// String returns the word, such as "high".
func (s Severity) String() string { return severityNames[s] }

// ParseSeverity returns the severity of that name.
func ParseSeverity(name string) (Severity, bool) {
	for s := Low; s <= Critical; s++ {
		if severityNames[s] == name {
			return s, true
		}
	}
	return SeverityNone, false
}

// MaxEffectLines is how many lines an alert bears at the most; of more, the
// last ones are kept.
const MaxEffectLines = 100

// An Effect is what a rule wants done in the world. The engine only returns
// effects; whoever runs it performs them.
type Effect struct {
	Kind     EffectKind
	ID       ID        // made of its cause: the same line and rules give the same one
	Time     time.Time // the engine's clock, in its zone
	Rule     string    // the rule, context or timer that asked
	Severity Severity
	Text     string
	Fields   []Field
	Lines    []string
	Args     []string
	Target   string
	Sink     string
	Span     time.Duration
}

// An ID tells effects apart, across runs and machines.
type ID uint64

// String returns the ID as sixteen hexadecimal digits.
func (id ID) String() string { return fmt.Sprintf("%016x", uint64(id)) }

// Show returns s as print and alert show it: control characters as \x1b
// (the tab stays), C1 controls as \u009b, bytes that are not UTF-8 as U+FFFD.
func Show(s string) string {
	if shown(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size <= 1:
			b.WriteRune(utf8.RuneError)
		case r < 0x20 && r != '\t' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r >= 0x80 && r < 0xa0:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// shown tells whether s is printable ASCII and tabs throughout: the common
// case, in which Show has nothing to do.
func shown(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '\t' && (c < 0x20 || c >= 0x7f) {
			return false
		}
	}
	return true
}

// PathPart returns s as it may stand in the name of a file: without slashes,
// NUL and control characters, and without leading dots, so that text from a
// log can never leave the folder that the rule names.
func PathPart(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r == '/' || r < 0x20 || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return strings.TrimLeft(clean, ".")
}
