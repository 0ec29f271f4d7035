package tier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// The events of a cluster are split into partitions by their key: what forward
// names behind by, or else the name of the event. The function is that of the
// subject transform {{partition(n,1)}} of NATS, so that whoever publishes events
// one by one, with the key as the first word that * stands for, comes to the
// same.
//
// A part is one message: those events of a store's batch that belong to one
// partition, each with its number in the store.
//
//	logs part 1 3f6b0c2e9d1a4857 2                 the form; the store; how many
//	1201 2026-11-24T08:00:00.000000000Z {"host":"edge1","event":"scan", ...}
//	1207 2026-11-24T08:00:01.000000000Z {"host":"edge1","event":"scan", ...}
type part struct {
	epoch string
	count int
	lines []byte // each with its number and its end
}

const partForm = "logs part 1 "

// maxPart is more than a part of the largest batch has, with its numbers.
const maxPart = 2 * maxBatchBytes

// partitionOf returns the partition of a key, of n.
func partitionOf(key string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(key))
	return int(h.Sum32() % uint32(n))
}

// keyOf returns the key of the line of an event. One that is no event has one
// as well: the reader drops it.
func keyOf(line []byte) string {
	var e struct {
		Event string  `json:"event"`
		By    *string `json:"by"`
	}
	if len(line) > len(eventStamp) {
		json.Unmarshal(line[len(eventStamp):], &e) // what cannot be read is empty
	}
	if e.By != nil {
		return *e.By
	}
	return e.Event
}

// eventStamp is as long as what stands before the object of an event.
const eventStamp = "2006-01-02T15:04:05.000000000Z "

// split cuts a batch of a store into parts, by partition.
func (b *batch) split(n int) map[int]*part {
	parts := map[int]*part{}
	number := b.first
	for line := range bytes.Lines(b.lines) {
		at := partitionOf(keyOf(line), n)
		p := parts[at]
		if p == nil {
			p = &part{epoch: b.epoch}
			parts[at] = p
		}
		p.lines = append(strconv.AppendUint(p.lines, number, 10), ' ')
		p.lines = append(p.lines, line...)
		p.count++
		number++
	}
	return parts
}

// encode returns the part as it travels.
func (p *part) encode() []byte {
	return append(fmt.Appendf(nil, "%s%s %d\n", partForm, p.epoch, p.count), p.lines...)
}

// parsePart reads a part, which borrows from data.
func parsePart(data []byte) (part, error) {
	head, lines, ok := bytes.Cut(data, []byte("\n"))
	rest, known := strings.CutPrefix(string(head[:min(len(head), 100)]), partForm)
	epoch, digits, _ := strings.Cut(rest, " ")
	count, err := strconv.Atoi(digits)
	if !ok || !known || err != nil || len(data) > maxPart || !epochForm.MatchString(epoch) || count < 1 || count > maxBatchEvents {
		return part{}, errNoBatch
	}
	if bytes.Count(lines, []byte("\n")) != count || lines[len(lines)-1] != '\n' {
		return part{}, fmt.Errorf("the batch does not hold the %d events that it says", count)
	}
	return part{epoch, count, lines}, nil
}

// cutNumber returns the number of a line of a part, and the event behind it;
// false if there is none.
func cutNumber(line []byte) (number uint64, event []byte, ok bool) {
	digits, event, ok := bytes.Cut(line, []byte(" "))
	number, err := strconv.ParseUint(string(digits[:min(len(digits), numberDigits)]), 10, 62)
	return number, event, ok && err == nil && number > 0
}
