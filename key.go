package logs

import (
	"encoding/binary"
	"math"
	"strings"
)

// Keys are compared as strings of bytes, one part for each value: its kind,
// then a text's length and bytes, or eight bytes. They can be read back, so a
// context need not keep the values beside its key.
//
//	("10.0.0.1", 5)  ->  text 8 1 0 . 0 . 0 . 1  int 0 0 0 0 0 0 0 5
//
// Values that are Equal have the same key.

// appendKey appends the part of one value.
func appendKey(dst []byte, v Value) []byte {
	if s, ok := v.Str(); ok {
		return appendKeyText(append(dst, byte(KindText)), s)
	}
	if n, ok := v.Int(); ok {
		return binary.BigEndian.AppendUint64(append(dst, byte(KindInt)), uint64(n))
	}
	switch k := v.Kind(); k {
	case KindNil:
		return append(dst, byte(KindNil))
	case KindBool, KindDuration, KindTime, KindFloat:
		return binary.BigEndian.AppendUint64(append(dst, byte(k)), v.num)
	case KindMap:
		fields, _ := v.Fields()
		return appendKeyFields(append(dst, byte(k)), fields)
	case KindMessage:
		m := v.any.(*Message)
		dst = appendKeyText(appendKeyText(append(dst, byte(k)), m.Line), m.Event)
		if m.Event == "" {
			return dst
		}
		return appendKeyFields(dst, m.Fields)
	default:
		items, _ := v.List()
		dst = binary.AppendUvarint(append(dst, byte(KindList)), uint64(len(items)))
		for _, item := range items {
			dst = appendKey(dst, item)
		}
		return dst
	}
}

func appendKeyFields(dst []byte, fields []Field) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(fields)))
	for _, f := range fields {
		dst = appendKey(appendKeyText(dst, f.Name), f.Value)
	}
	return dst
}

func appendKeyText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// readKey reads one value of a key that appendKey made, and returns the rest.
func readKey(key string) (Value, string) {
	kind, key := Kind(key[0]), key[1:]
	switch kind {
	case KindNil:
		return Nil, key
	case KindText:
		s, rest := readKeyText(key)
		return Text(s), rest
	case KindList:
		n, rest := readKeyLen(key)
		items := make([]Value, n)
		for i := range items {
			items[i], rest = readKey(rest)
		}
		return List(items), rest
	case KindMap:
		fields, rest := readKeyFields(key)
		return Map(fields), rest
	case KindMessage:
		m := &Message{}
		m.Line, key = readKeyText(key)
		m.Event, key = readKeyText(key)
		if m.Event != "" {
			m.Fields, key = readKeyFields(key)
		}
		return messageValue(m), key
	case KindFloat:
		return Float(math.Float64frombits(readKeyNumber(key))), key[8:]
	}
	return Value{num: readKeyNumber(key), any: kind}, key[8:]
}

func readKeyFields(key string) ([]Field, string) {
	n, rest := readKeyLen(key)
	fields := make([]Field, n)
	for i := range fields {
		fields[i].Name, rest = readKeyText(rest)
		fields[i].Value, rest = readKey(rest)
	}
	return fields, rest
}

func readKeyNumber(key string) uint64 { return binary.BigEndian.Uint64([]byte(key[:8])) }

func readKeyText(key string) (string, string) {
	n, rest := readKeyLen(key)
	return rest[:n], rest[n:]
}

func readKeyLen(key string) (int, string) {
	n, size := binary.Uvarint([]byte(key[:min(len(key), binary.MaxVarintLen64)]))
	return int(n), key[size:]
}

// keyText shows a key in a diagnostic: its values joined by ", ".
func keyText(key string) string {
	var parts []string
	for key != "" {
		var v Value
		v, key = readKey(key)
		parts = append(parts, v.String())
	}
	return strings.Join(parts, ", ")
}
