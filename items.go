package logs

import (
	"math"
	"slices"
)

// An items is a queue in the order of the last add. In a distinct one an item
// that is added again moves to the end: while there are few, by searching;
// once there are many, by an index from key to place, leaving a gap behind.
//
//	buf    a  b  ·  d  b'      · is a gap, where b stood before
//	       head→
//	index  "d" → 3, "b" → 4
type items struct {
	buf   []item
	head  int // of buf: what stands before it has been dropped
	gaps  int // of buf from head on
	index *itemIndex
}

type item struct {
	at    int64 // when it was last added; gap for none
	value Value
}

type itemIndex struct {
	place  map[string]int // key to place in buf
	keys   []string       // of buf
	sought []byte         // scratch
}

// gap marks the place that an item has left.
const gap = math.MinInt64

// indexFrom is the number of distinct items from which on they are indexed.
const indexFrom = 32

// itemWeight is what an item counts for beside its text, in bytes.
const itemWeight = 32

func (q *items) len() int { return len(q.buf) - q.head - q.gaps }

// first returns when the oldest item was added; gap if there is none.
func (q *items) first() int64 {
	if q.len() == 0 {
		return gap
	}
	return q.buf[q.head].at
}

// last returns when the newest item was added; gap if there is none.
func (q *items) last() int64 {
	if q.len() == 0 {
		return gap
	}
	return q.buf[len(q.buf)-1].at
}

func (q *items) time(at int64) Value {
	if at == gap {
		return Nil
	}
	return instant(at)
}

// values returns the items in order.
func (q *items) values() []Value {
	values := make([]Value, 0, q.len())
	for _, it := range q.buf[q.head:] {
		if it.at != gap {
			values = append(values, it.value)
		}
	}
	return values
}

// weight returns about how many bytes the items take.
func (q *items) weight() int {
	sum := 0
	for _, it := range q.buf[q.head:] {
		if it.at != gap {
			sum += weigh(it.value)
		}
	}
	return sum
}

func weigh(v Value) int {
	sum := itemWeight
	switch v.Kind() {
	case KindText:
		sum += int(v.num)
	case KindMessage:
		m := v.any.(*Message)
		sum += 200 + len(m.Line)
		if m.Event != "" {
			sum += weighFields(m.Fields) // those of a line may yet be decoded
		}
	case KindList:
		for _, x := range v.any.(*list).items {
			sum += weigh(x)
		}
	case KindMap:
		sum += weighFields(*v.any.(*[]Field))
	}
	return sum
}

func weighFields(fields []Field) int {
	sum := 0
	for _, f := range fields {
		sum += len(f.Name) + weigh(f.Value)
	}
	return sum
}

// add appends an item and returns its weight.
func (q *items) add(now int64, v Value) int {
	q.buf = append(q.buf, item{now, v})
	return weigh(v)
}

// addDistinct appends an item, or moves the one of the same id to the end,
// and returns the weight gained. With byID the id is not the item itself.
func (q *items) addDistinct(now int64, v, id Value, byID bool) int {
	if q.index == nil && (byID || q.len() >= indexFrom) {
		q.buildIndex()
	}
	if q.index != nil {
		return q.addIndexed(now, v, id)
	}
	for i := q.head; i < len(q.buf); i++ {
		if it := q.buf[i]; it.value.Equal(v) {
			copy(q.buf[i:], q.buf[i+1:])
			q.buf[len(q.buf)-1] = item{now, it.value}
			return 0
		}
	}
	return q.add(now, v.Keep())
}

func (q *items) addIndexed(now int64, v, id Value) int {
	x := q.index
	x.sought = appendKey(x.sought[:0], id)
	key, gained := "", 0
	if place, ok := x.place[string(x.sought)]; ok {
		it := &q.buf[place]
		v, key = it.value, x.keys[place]
		*it = item{at: gap}
		x.keys[place] = ""
		q.gaps++
		q.skipGaps()
	} else {
		v, key = v.Keep(), string(x.sought)
		gained = weigh(v)
	}
	if len(q.buf) > 2*q.len()+indexFrom {
		q.compact()
	}
	x.place[key] = len(q.buf)
	q.buf = append(q.buf, item{now, v})
	x.keys = append(x.keys, key)
	return gained
}

// buildIndex indexes the items there are, by their own value.
func (q *items) buildIndex() {
	q.buf, q.head = slices.Clone(q.buf[q.head:]), 0
	x := &itemIndex{place: make(map[string]int, len(q.buf)), keys: make([]string, len(q.buf))}
	for i, it := range q.buf {
		x.keys[i] = string(appendKey(nil, it.value))
		x.place[x.keys[i]] = i
	}
	q.index = x
}

// dropFirst takes the oldest item out and returns its weight.
func (q *items) dropFirst() int {
	lost := weigh(q.buf[q.head].value)
	if x := q.index; x != nil {
		delete(x.place, x.keys[q.head])
		x.keys[q.head] = ""
	}
	q.buf[q.head] = item{}
	q.head++
	q.skipGaps()
	if q.head > 16 && q.head > len(q.buf)/2 {
		q.compact()
	}
	return lost
}

// skipGaps moves the head over gaps, so that it stands on an item.
func (q *items) skipGaps() {
	for q.head < len(q.buf) && q.buf[q.head].at == gap {
		q.head++
		q.gaps--
	}
}

// compact closes the gaps and the space before the head.
func (q *items) compact() {
	x := q.index
	n := 0
	for i := q.head; i < len(q.buf); i++ {
		if q.buf[i].at == gap {
			continue
		}
		q.buf[n] = q.buf[i]
		if x != nil {
			x.keys[n] = x.keys[i]
		}
		n++
	}
	clear(q.buf[n:])
	q.buf, q.head, q.gaps = q.buf[:n], 0, 0
	if x == nil {
		return
	}
	clear(x.keys[n:])
	x.keys = x.keys[:n]
	for i, key := range x.keys {
		x.place[key] = i
	}
}
