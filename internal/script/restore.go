package script

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"

	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
)

// Load puts what Save returned into the globals. Functions refer to the
// containers that the top level made, so these are emptied and filled again
// where the kind is the same, the inner ones too; a global that is of another
// kind now, or gone, is left alone. After an error the state is not to be used.
func (s *State) Load(data []byte) error {
	r := &reader{s: s, data: string(data), taken: map[any]bool{}}
	if version := r.uint(); r.err == nil && version != saveVersion {
		return fmt.Errorf("the functions' state has version %d, this program reads %d: use the program that wrote it", version, saveVersion)
	}
	for range r.count() {
		name := r.text()
		r.value(s.globals[name], 0)
	}
	if r.err == nil && r.data != "" {
		r.fail()
	}
	return r.err
}

// A reader decodes values; after the first error it reads None.
type reader struct {
	s     *State
	data  string
	made  []starlark.Value // the containers, by number
	taken map[any]bool     // those of the running state that are filled again
	err   error
}

var errDamaged = errors.New("the functions' state ends too early or is damaged")

func (r *reader) fail() {
	if r.err == nil {
		r.err = errDamaged
	}
	r.data = ""
}

func (r *reader) next(n int) string {
	if n > len(r.data) {
		r.fail()
		return strings.Repeat("\x00", min(n, 8))
	}
	part := r.data[:n]
	r.data = r.data[n:]
	return part
}

func (r *reader) uint() uint64 {
	n, size := binary.Uvarint([]byte(r.data[:min(len(r.data), binary.MaxVarintLen64)]))
	if size <= 0 {
		r.fail()
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *reader) int() int64 {
	n := r.uint()
	return int64(n>>1) ^ -int64(n&1)
}

// count reads the length of what takes at least a byte for each.
func (r *reader) count() int {
	n := r.uint()
	if n > uint64(len(r.data)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) text() string { return strings.Clone(r.next(r.count())) }

// value reads a value. old is what stands in its place now, nil if nothing
// does.
func (r *reader) value(old starlark.Value, depth int) starlark.Value {
	if depth > maxDepth {
		r.fail()
	}
	switch tag := r.next(1)[0]; tag {
	case tagNone:
		return starlark.None
	case tagFalse, tagTrue:
		return starlark.Bool(tag == tagTrue)
	case tagInt:
		return starlark.MakeInt64(r.int())
	case tagBigInt:
		return r.bigInt()
	case tagFloat:
		return starlark.Float(math.Float64frombits(binary.LittleEndian.Uint64([]byte(r.next(8)))))
	case tagText:
		return starlark.String(r.text())
	case tagBytes:
		return starlark.Bytes(r.text())
	case tagDuration:
		return startime.Duration(r.int())
	case tagTime:
		return r.time()
	case tagStore:
		return r.store(depth)
	case tagList:
		return r.list(old, depth)
	case tagTuple:
		return r.tuple(old, depth)
	case tagDict:
		return r.dict(old, depth)
	case tagSet:
		return r.set(old, depth)
	case tagSame:
		return r.same()
	case tagOther:
		if old != nil {
			return old
		}
	default:
		r.fail()
	}
	return starlark.None
}

func (r *reader) bigInt() starlark.Value {
	sign := r.uint()
	n := new(big.Int).SetBytes([]byte(r.text()))
	if sign == 0 {
		n.Neg(n)
	}
	return starlark.MakeBigInt(n)
}

// time reads an instant. Its zone is found by name; where there is none of
// that name, it is what it was at that time.
func (r *reader) time() starlark.Value {
	sec, ns := r.int(), r.uint()
	name, abbreviation, offset := r.text(), r.text(), r.int()
	if ns >= 1e9 || offset < -86400 || offset > 86400 {
		r.fail()
		return starlark.None
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		zone = time.FixedZone(abbreviation, int(offset))
	}
	return startime.Time(time.Unix(sec, int64(ns)).In(zone))
}

func (r *reader) store(depth int) starlark.Value {
	name, err := r.s.fromScript(r.value(nil, depth+1))
	if err != nil || name.IsNil() {
		r.fail()
	}
	return &store{s: r.s, name: name.Keep()}
}

func (r *reader) same() starlark.Value {
	n := r.uint()
	if n >= uint64(len(r.made)) {
		r.fail()
		return starlark.None
	}
	return r.made[n]
}

// take tells whether a container of the running state may be filled again:
// once.
func (r *reader) take(x any) bool {
	was := r.taken[x]
	r.taken[x] = true
	return !was
}

func (r *reader) list(old starlark.Value, depth int) starlark.Value {
	n := r.count()
	list, ok := old.(*starlark.List)
	var was []starlark.Value
	if ok && r.take(list) {
		was = slices.Collect(list.Elements())
		list.Clear()
	} else {
		list = starlark.NewList(nil)
	}
	r.made = append(r.made, list)
	for i := range n {
		list.Append(r.value(at(was, i), depth+1))
	}
	return list
}

func at(items []starlark.Value, i int) starlark.Value {
	if i < len(items) {
		return items[i]
	}
	return nil
}

func (r *reader) tuple(old starlark.Value, depth int) starlark.Value {
	was, _ := old.(starlark.Tuple)
	tuple := make(starlark.Tuple, r.count())
	for i := range tuple {
		tuple[i] = starlark.None // so that a cycle through it finds something
	}
	r.made = append(r.made, tuple)
	for i := range tuple {
		tuple[i] = r.value(at(was, i), depth+1)
	}
	return tuple
}

func (r *reader) dict(old starlark.Value, depth int) starlark.Value {
	n := r.count()
	dict, ok := old.(*starlark.Dict)
	was := new(starlark.Dict)
	if ok && r.take(dict) {
		was = starlark.NewDict(dict.Len())
		for key, item := range dict.Entries() {
			was.SetKey(key, item)
		}
		dict.Clear()
	} else {
		dict = new(starlark.Dict)
	}
	r.made = append(r.made, dict)
	for range n {
		key := r.value(nil, depth+1)
		before, _, err := was.Get(key)
		if err != nil {
			r.fail()
			break
		}
		dict.SetKey(key, r.value(before, depth+1))
	}
	return dict
}

func (r *reader) set(old starlark.Value, depth int) starlark.Value {
	n := r.count()
	set, ok := old.(*starlark.Set)
	if ok && r.take(set) {
		set.Clear()
	} else {
		set = new(starlark.Set)
	}
	r.made = append(r.made, set)
	for range n {
		if set.Insert(r.value(nil, depth+1)) != nil {
			r.fail()
			break
		}
	}
	return set
}
