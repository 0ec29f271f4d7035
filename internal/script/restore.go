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
	for i := 0; i < len(r.waiting); i++ {
		r.fill(r.waiting[i])
	}
	if r.err == nil && r.data != "" {
		r.fail()
	}
	return r.err
}

// A reader decodes values; after the first error it reads None.
type reader struct {
	s       *State
	data    string
	made    []starlark.Value // the containers and tuples, by number
	waiting []starlark.Value // containers whose contents are still to be read
	taken   map[any]bool     // those of the running state that are filled again
	err     error
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
		list, ok := old.(*starlark.List)
		return r.container(list, ok, new(starlark.List))
	case tagDict:
		dict, ok := old.(*starlark.Dict)
		return r.container(dict, ok, new(starlark.Dict))
	case tagSet:
		set, ok := old.(*starlark.Set)
		return r.container(set, ok, new(starlark.Set))
	case tagTuple:
		return r.tuple(old, depth)
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

// container returns the container that stands in the place, if it is of the
// kind and not taken yet, else a fresh one.
func (r *reader) container(old starlark.Value, isOfKind bool, fresh starlark.Value) starlark.Value {
	x := fresh
	if isOfKind && !r.taken[old] {
		r.taken[old] = true
		x = old
	}
	r.made, r.waiting = append(r.made, x), append(r.waiting, x)
	return x
}

func (r *reader) tuple(old starlark.Value, depth int) starlark.Value {
	was, _ := old.(starlark.Tuple)
	number := len(r.made)
	r.made = append(r.made, starlark.None) // which no tuple refers to: none holds itself
	tuple := make(starlark.Tuple, r.count())
	for i := range tuple {
		tuple[i] = r.value(at(was, i), depth+1)
	}
	r.made[number] = tuple
	return tuple
}

func at(items []starlark.Value, i int) starlark.Value {
	if i < len(items) {
		return items[i]
	}
	return nil
}

// fill reads the contents of a container, in place of what it holds.
func (r *reader) fill(x starlark.Value) {
	switch x := x.(type) {
	case *starlark.List:
		was := slices.Collect(x.Elements())
		x.Clear()
		for i := range r.count() {
			x.Append(r.value(at(was, i), 0))
		}
	case *starlark.Dict:
		r.fillDict(x)
	case *starlark.Set:
		x.Clear()
		for range r.count() {
			if x.Insert(r.value(nil, 0)) != nil {
				r.fail()
				break
			}
		}
	}
}

func (r *reader) fillDict(dict *starlark.Dict) {
	was := starlark.NewDict(dict.Len())
	for key, item := range dict.Entries() {
		was.SetKey(key, item)
	}
	dict.Clear()
	for range r.count() {
		key := r.value(nil, 0)
		before, _, err := was.Get(key)
		if err != nil {
			r.fail()
			break
		}
		dict.SetKey(key, r.value(before, 0))
	}
}
