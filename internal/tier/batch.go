package tier

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A batch is one message between an edge and its hub:
//
//	logs events 1 3f6b0c2e9d1a4857 1201 2      the form; the store; the first number; how many
//	2026-11-24T08:00:00.000000000Z {"host":"edge1","event":"scan", ...}
//	2026-11-24T08:00:01.000000000Z {"host":"edge1","event":"scan", ...}
type batch struct {
	epoch string // of the store that numbered the events
	first uint64 // the number of the first event
	count int
	lines []byte // each with its end
}

// What a batch may hold. A single event may have maxEvent bytes, and is a
// batch of its own if it is long.
const (
	maxBatchEvents = 2000
	maxBatchBytes  = 512 << 10
	maxEvent       = 512 << 10
)

const batchForm = "logs events 1 "

var epochForm = regexp.MustCompile(`^[0-9a-f]{16}$`)

// end is the number behind the last event.
func (b *batch) end() uint64 { return b.first + uint64(b.count) }

// id tells batches apart. The count is in it: an edge that was killed may ship
// more the second time.
func (b *batch) id() string { return fmt.Sprintf("%s:%d+%d", b.epoch, b.first, b.count) }

// encode returns the batch as it travels.
func (b *batch) encode() []byte {
	head := fmt.Sprintf("%s%s %d %d\n", batchForm, b.epoch, b.first, b.count)
	return append([]byte(head), b.lines...)
}

var errNoBatch = errors.New("it is no batch of events that this version knows")

// parseBatch reads a batch, which borrows from data.
func parseBatch(data []byte) (batch, error) {
	head, lines, ok := bytes.Cut(data, []byte("\n"))
	rest, known := strings.CutPrefix(string(head[:min(len(head), 100)]), batchForm)
	words := strings.Split(rest, " ")
	if !ok || !known || len(words) != 3 || !epochForm.MatchString(words[0]) {
		return batch{}, errNoBatch
	}
	first, err := strconv.ParseUint(words[1], 10, 62)
	count, err2 := strconv.Atoi(words[2])
	if err != nil || err2 != nil || first == 0 || count < 1 || count > maxBatchEvents {
		return batch{}, errNoBatch
	}
	if bytes.Count(lines, []byte("\n")) != count || lines[len(lines)-1] != '\n' {
		return batch{}, fmt.Errorf("the batch does not hold the %d events that it says", count)
	}
	return batch{words[0], first, count, lines}, nil
}
