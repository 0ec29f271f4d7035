package logs

import "strings"

// sdEscapes are those of structured data; before any other letter a backslash
// is itself.
var sdEscapes = escaping{letters: `"\]`, bytes: `"\]`}

// maxSDName bounds the names in structured data, twice what the standard
// allows: each pair of them is copied.
const maxSDName = 64

// decodeRFC5424 reads what follows the priority and the version:
//
//	STAMP HOST PROGRAM PID MSGID [ID NAME="VALUE" ...][ID ...] TEXT
//
// where - stands for what is missing. It appends to the fields of the
// priority, and returns false for what is not of this form.
func decodeRFC5424(s string, fields []Field) (h Header, more []Field, ok bool) {
	var words [5]string
	for i := range words {
		if words[i], s = cutWord(s); words[i] == "" {
			return Header{}, nil, false
		}
	}
	after, dated := cutISO(words[0])
	if (!dated || after != "") && (words[0] != "-" || len(fields) == 0) {
		return Header{}, nil, false
	}
	for i, w := range words {
		if w == "-" {
			words[i] = ""
		}
	}
	h = Header{Host: words[1], Program: words[2], PID: words[3]}
	if msgid := words[4]; msgid != "" {
		fields = append(fields, Field{"msgid", Borrow(msgid)})
	}
	fields, s = cutStructuredData(s, fields)
	h.Text = strings.TrimPrefix(strings.TrimPrefix(s, " "), "\ufeff")
	return h, fields, true
}

// cutStructuredData appends the fields of the elements at the start of s. Of
// what is broken nothing is taken: many writers leave the part out.
func cutStructuredData(s string, fields []Field) ([]Field, string) {
	if s == "-" || strings.HasPrefix(s, "- ") {
		return fields, s[1:]
	}
	more, rest := fields, s
	for strings.HasPrefix(rest, "[") {
		var ok bool
		if more, rest, ok = cutElement(rest[1:], more); !ok {
			return fields, s
		}
	}
	if rest != "" && rest[0] != ' ' {
		return fields, s
	}
	return more, rest
}

// cutElement appends the fields of one element, up to its closing bracket.
func cutElement(s string, fields []Field) ([]Field, string, bool) {
	id, s, ok := cutSDName(s, " ]")
	for ok {
		if s = skipSpaces(s); strings.HasPrefix(s, "]") {
			return fields, s[1:], true
		}
		var name, value string
		if name, s, ok = cutSDName(s, "= ]\""); !ok || !strings.HasPrefix(s, `="`) {
			break
		}
		if value, s, ok = cutQuoted(s[2:]); ok && len(fields) < maxFields {
			v, _ := sdEscapes.value(value)
			fields = append(fields, Field{id + "." + name, v})
		}
	}
	return fields, s, false
}

// cutSDName cuts a name that one of the bytes ends, which stays.
func cutSDName(s, ends string) (name, rest string, ok bool) {
	n := strings.IndexAny(s[:min(len(s), maxSDName+1)], ends)
	if n <= 0 {
		return "", s, false
	}
	return s[:n], s[n:], true
}
