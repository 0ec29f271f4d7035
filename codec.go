package logs

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"time"
)

// The parts that a snapshot is written with: numbers as varints, texts with
// their length before them, lists with their count, and at the end a CRC-32C
// over all of it.

// An encoder writes through a buffer; the first error stays.
type encoder struct {
	w   io.Writer
	buf []byte
	crc uint32
	err error
}

// encodeChunk is how many bytes are gathered before they are written.
const encodeChunk = 64 << 10

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (c *encoder) flush() {
	c.crc = crc32.Update(c.crc, castagnoli, c.buf)
	if c.err == nil {
		_, c.err = c.w.Write(c.buf)
	}
	c.buf = c.buf[:0]
}

func (c *encoder) room() {
	if len(c.buf) >= encodeChunk {
		c.flush()
	}
}

func (c *encoder) uint(n uint64) { c.buf = binary.AppendUvarint(c.buf, n); c.room() }
func (c *encoder) int(n int64)   { c.buf = binary.AppendVarint(c.buf, n); c.room() }
func (c *encoder) bool(b bool) {
	n := uint64(0)
	if b {
		n = 1
	}
	c.uint(n)
}

func (c *encoder) text(s string) {
	c.uint(uint64(len(s)))
	c.buf = append(c.buf, s...)
	c.room()
}

func (c *encoder) value(v Value) {
	kind := v.Kind()
	c.uint(uint64(kind))
	switch kind {
	case KindNil:
	case KindText:
		s, _ := v.Str()
		c.text(s)
	case KindList:
		l := v.any.(*list)
		c.bool(l.texts != nil)
		c.uint(uint64(len(l.items)))
		for _, item := range l.items {
			c.value(item)
		}
	case KindMap:
		fields, _ := v.Fields()
		c.fields(fields)
	case KindMessage:
		c.message(v.any.(*Message))
	default:
		c.uint(v.num)
	}
}

func (c *encoder) fields(fields []Field) {
	c.uint(uint64(len(fields)))
	for _, f := range fields {
		c.text(f.Name)
		c.value(f.Value)
	}
}

func (c *encoder) message(m *Message) {
	c.text(m.Line)
	c.bool(!m.Time.IsZero())
	if !m.Time.IsZero() {
		c.int(m.Time.UnixNano())
	}
	c.text(m.Source)
	c.int(m.Offset)
	c.uint(uint64(m.Format))
	c.text(m.Event)
	if m.Event != "" {
		c.fields(m.Fields)
	}
}

// A decoder reads from memory; after the first error it reads zeros.
type decoder struct {
	data string
	err  error
}

var errTorn = errors.New("the snapshot ends too early or is damaged")

func (d *decoder) fail() {
	if d.err == nil {
		d.err = errTorn
	}
	d.data = ""
}

func (d *decoder) uint() uint64 {
	n, size := binary.Uvarint([]byte(d.data[:min(len(d.data), binary.MaxVarintLen64)]))
	if size <= 0 {
		d.fail()
		return 0
	}
	d.data = d.data[size:]
	return n
}

func (d *decoder) int() int64 {
	n := d.uint()
	return int64(n>>1) ^ -int64(n&1)
}

func (d *decoder) bool() bool { return d.uint() != 0 }

// count reads the length of a list whose items take at least a byte each.
func (d *decoder) count() int {
	n := d.uint()
	if n > uint64(len(d.data)) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.count()
	s := strings.Clone(d.data[:n])
	d.data = d.data[n:]
	return s
}

func (d *decoder) value() Value {
	switch kind := Kind(d.uint()); kind {
	case KindNil:
		return Nil
	case KindText:
		return Text(d.text())
	case KindList:
		return d.list()
	case KindMap:
		return Map(d.fields())
	case KindMessage:
		return messageValue(d.message())
	case KindBool, KindInt, KindFloat, KindDuration, KindTime:
		return Value{num: d.uint(), any: kind}
	}
	d.fail()
	return Nil
}

func (d *decoder) list() Value {
	table := d.bool()
	items := make([]Value, d.count())
	for i := range items {
		items[i] = d.value()
	}
	if !table {
		return List(items)
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i], _ = item.Str()
	}
	return Table(texts)
}

func (d *decoder) fields() []Field {
	fields := make([]Field, d.count())
	for i := range fields {
		fields[i] = Field{d.text(), d.value()}
	}
	return fields
}

func (d *decoder) message() *Message {
	m := &Message{Line: d.text()}
	if d.bool() {
		m.Time = time.Unix(0, d.int())
	}
	m.Source = d.text()
	m.Offset = d.int()
	m.Format = Format(d.uint())
	if m.Event = d.text(); m.Event != "" {
		m.Fields = d.fields()
	}
	return m
}
