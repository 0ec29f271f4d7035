package script

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"time"

	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
)

// A saved state is the globals that have changed since the top level ran, by
// name; the others are as the file, perhaps a newer one, makes them.
//
//	version, count, (name, value)...
//	for each container, in the order of their tags: count, items
//
//	value: a tag, then by tag
//	  numbers as varints, texts with their length before them
//	  list, dict, set: nothing; the n-th that is met is container n
//	  tuple: count, items
//	  same: the number of a container or tuple that was met before
//	  other: nothing; a function or what else is no data
//
// So containers that are shared stay shared, and cycles survive. Those that
// are a global come first, so that each is found in the place where functions
// look for it.

const saveVersion = 1

// The tags.
const (
	tagNone     = 'n'
	tagFalse    = 'f'
	tagTrue     = 't'
	tagInt      = 'i'
	tagBigInt   = 'I'
	tagFloat    = 'd'
	tagText     = 's'
	tagBytes    = 'b'
	tagDuration = 'D'
	tagTime     = 'T'
	tagList     = 'l'
	tagTuple    = 'u'
	tagDict     = 'm'
	tagSet      = 'e'
	tagStore    = 'w'
	tagSame     = 'r'
	tagOther    = 'o'
)

// A digest tells whether a global has changed.
type digest [sha256.Size]byte

// digests returns the digest of each global.
func (s *State) digests() (map[string]digest, error) {
	all := make(map[string]digest, len(s.names))
	for _, name := range s.names {
		w, err := s.write(name)
		if err != nil {
			return nil, err
		}
		all[name] = sha256.Sum256(w.buf)
	}
	return all, nil
}

// write writes one global by itself.
func (s *State) write(name string) (*writer, error) {
	w := newWriter()
	err := w.value(s.globals[name], 0)
	if err == nil {
		err = w.contents()
	}
	if err != nil {
		return nil, fmt.Errorf("the global %s of %s: %w", name, s.module.name, err)
	}
	return w, nil
}

// Save returns the globals that are data. Functions are left out.
func (s *State) Save() ([]byte, error) {
	changed, err := s.changed()
	if err != nil {
		return nil, err
	}
	w := newWriter()
	w.uint(saveVersion)
	w.uint(uint64(len(changed)))
	for _, name := range changed {
		w.text(name)
		if err := w.value(s.globals[name], 0); err != nil {
			return nil, err
		}
	}
	return w.buf, w.contents()
}

// changed lists the globals that are not as the top level made them, and
// those that share a container with one, however far.
func (s *State) changed() ([]string, error) {
	parts := map[string]map[any]int{} // of each global: its containers
	is := map[string]bool{}
	reached := map[any]int{} // the containers of those that have changed
	for _, name := range s.names {
		w, err := s.write(name)
		if err != nil {
			return nil, err
		}
		parts[name] = w.numbers
		if sha256.Sum256(w.buf) != s.initial[name] {
			is[name] = true
			maps.Copy(reached, w.numbers)
		}
	}
	for grown := len(is) > 0; grown; {
		grown = false
		for _, name := range s.names {
			if !is[name] && overlap(parts[name], reached) {
				is[name], grown = true, true
				maps.Copy(reached, parts[name])
			}
		}
	}
	var names []string
	for _, name := range s.names {
		if is[name] {
			names = append(names, name)
		}
	}
	return names, nil
}

func overlap(a, b map[any]int) bool {
	for x := range a {
		if _, ok := b[x]; ok {
			return true
		}
	}
	return false
}

// A writer encodes values.
type writer struct {
	buf     []byte
	numbers map[any]int      // of the containers and tuples met so far
	waiting []starlark.Value // containers whose contents are still to be written
}

func newWriter() *writer { return &writer{numbers: map[any]int{}} }

func (w *writer) tag(t byte)    { w.buf = append(w.buf, t) }
func (w *writer) uint(n uint64) { w.buf = binary.AppendUvarint(w.buf, n) }
func (w *writer) int(n int64)   { w.buf = binary.AppendVarint(w.buf, n) }
func (w *writer) text(s string) { w.uint(uint64(len(s))); w.buf = append(w.buf, s...) }

func (w *writer) value(v starlark.Value, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("tuples are nested deeper than %d", maxDepth)
	}
	switch v := v.(type) {
	case starlark.NoneType:
		w.tag(tagNone)
	case starlark.Bool:
		if v {
			w.tag(tagTrue)
		} else {
			w.tag(tagFalse)
		}
	case starlark.Int:
		w.number(v)
	case starlark.Float:
		w.tag(tagFloat)
		w.buf = binary.LittleEndian.AppendUint64(w.buf, math.Float64bits(float64(v)))
	case starlark.String:
		w.tag(tagText)
		w.text(string(v))
	case starlark.Bytes:
		w.tag(tagBytes)
		w.text(string(v))
	case startime.Duration:
		w.tag(tagDuration)
		w.int(int64(v))
	case startime.Time:
		w.time(time.Time(v))
	case *store:
		return w.store(v, depth)
	case *starlark.List:
		w.container(tagList, v)
	case *starlark.Set:
		w.container(tagSet, v)
	case *starlark.Dict:
		w.container(tagDict, v)
	case starlark.Tuple:
		if w.first(tagTuple, tupleID(v)) {
			return w.items(v, depth+1)
		}
	default:
		w.tag(tagOther)
	}
	return nil
}

func (w *writer) number(v starlark.Int) {
	if n, ok := v.Int64(); ok {
		w.tag(tagInt)
		w.int(n)
		return
	}
	w.tag(tagBigInt)
	w.uint(uint64(v.Sign() + 1))
	w.text(string(v.BigInt().Bytes()))
}

// time writes an instant and its zone, by name and as it is at that time.
func (w *writer) time(t time.Time) {
	abbreviation, offset := t.Zone()
	w.tag(tagTime)
	w.int(t.Unix())
	w.uint(uint64(t.Nanosecond()))
	w.text(t.Location().String())
	w.text(abbreviation)
	w.int(int64(offset))
}

// store writes the name of a store that a function made; others are gone
// with their call.
func (w *writer) store(x *store, depth int) error {
	if x.name.IsNil() {
		w.tag(tagOther)
		return nil
	}
	w.tag(tagStore)
	name, err := x.s.nameToScript(x.name)
	if err != nil {
		return err
	}
	return w.value(name, depth+1)
}

// tupleID tells tuples apart by where their items stand.
func tupleID(t starlark.Tuple) any {
	type id struct {
		first *starlark.Value
		n     int
	}
	if len(t) == 0 {
		return id{}
	}
	return id{&t[0], len(t)}
}

// first writes a tag and numbers what it stands for, or refers to it if it
// was met before.
func (w *writer) first(tag byte, id any) bool {
	if number, ok := w.numbers[id]; ok {
		w.tag(tagSame)
		w.uint(uint64(number))
		return false
	}
	w.numbers[id] = len(w.numbers)
	w.tag(tag)
	return true
}

func (w *writer) container(tag byte, v starlark.Value) {
	if w.first(tag, v) {
		w.waiting = append(w.waiting, v)
	}
}

// contents writes what the containers hold, those that it meets on the way
// included.
func (w *writer) contents() error {
	for i := 0; i < len(w.waiting); i++ {
		err := error(nil)
		if dict, ok := w.waiting[i].(*starlark.Dict); ok {
			err = w.dict(dict)
		} else {
			err = w.items(w.waiting[i].(starlark.Sequence), 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) items(v starlark.Sequence, depth int) error {
	w.uint(uint64(v.Len()))
	for item := range starlark.Elements(v) {
		if err := w.value(item, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) dict(v *starlark.Dict) error {
	w.uint(uint64(v.Len()))
	for key, item := range v.Entries() {
		if err := w.value(key, 0); err != nil {
			return err
		}
		if err := w.value(item, 0); err != nil {
			return err
		}
	}
	return nil
}
