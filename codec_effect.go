package logs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

const effectsVersion = 1

// EncodeEffects returns effects as bytes, so that those that were not done
// can be kept across a stop.
func EncodeEffects(effects []Effect) []byte {
	var out bytes.Buffer
	c := &encoder{w: &out}
	c.uint(effectsVersion)
	c.uint(uint64(len(effects)))
	for i := range effects {
		c.effect(&effects[i])
	}
	c.flush()
	return binary.LittleEndian.AppendUint32(out.Bytes(), c.crc)
}

// DecodeEffects returns the effects that EncodeEffects made bytes of, with
// their times in a zone.
func DecodeEffects(data []byte, zone *time.Location) ([]Effect, error) {
	body := len(data) - crc32.Size
	if body < 0 || crc32.Checksum(data[:body], castagnoli) != binary.LittleEndian.Uint32(data[body:]) {
		return nil, errors.New("the effects that were kept are damaged")
	}
	d := &decoder{data: string(data[:body])}
	if d.uint() != effectsVersion {
		return nil, errors.New("the effects that were kept are of another version of this program")
	}
	effects := make([]Effect, d.count())
	for i := range effects {
		effects[i] = d.effect(zone)
	}
	return effects, d.err
}

func (c *encoder) effect(e *Effect) {
	c.uint(uint64(e.Kind))
	c.uint(uint64(e.ID))
	c.int(e.Time.UnixNano())
	c.text(e.Rule)
	c.uint(uint64(e.Severity))
	c.text(e.Text)
	c.fields(e.Fields)
	c.texts(e.Lines)
	c.texts(e.Args)
	c.text(e.Target)
	c.text(e.Sink)
	c.int(int64(e.Span))
}

func (d *decoder) effect(zone *time.Location) Effect {
	e := Effect{Kind: EffectKind(d.uint()), ID: ID(d.uint()), Time: time.Unix(0, d.int()).In(zone), Rule: d.text(), Severity: Severity(d.uint())}
	e.Text, e.Fields, e.Lines, e.Args = d.text(), d.fields(), d.texts(), d.texts()
	e.Target, e.Sink, e.Span = d.text(), d.text(), time.Duration(d.int())
	if int(e.Kind) >= len(effectNames) || int(e.Severity) >= len(severityNames) {
		d.fail()
	}
	return e
}

func (d *decoder) texts() []string {
	texts := make([]string, d.count())
	for i := range texts {
		texts[i] = d.text()
	}
	return texts
}
