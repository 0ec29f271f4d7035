package source

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"
)

// A generation is one of the files that have the name of a log one after
// another.
type generation struct {
	r    *Reader
	tail *tail // what r reads; nil if it is an archive

	seen  int64     // how far an unfinished line was read,
	grown time.Time // and when that was first seen
}

// idle is how long the unfinished line has not grown; 0 if there is none.
func (g *generation) idle() time.Duration {
	if len(g.r.rest) == 0 || g.seen != g.r.pos {
		g.seen, g.grown = g.r.pos, time.Now()
		return 0
	}
	return time.Since(g.grown)
}

// generation makes a generation of an open file, to be read from a place on.
func (r *Following) generation(f found, p place) (*generation, error) {
	var g generation
	var err error
	if f.packed {
		g.r, err = f.open(r.follow.Path, p, r.follow.Pool)
	} else {
		g.r = &Reader{
			name: r.follow.Path, pool: r.follow.Pool, closer: f.file, modTime: f.info.ModTime(),
			stream: true, pos: p.offset, origin: f.origin(p),
		}
		g.tail = &tail{file: f.file, from: &g.r.origin, pos: p.offset}
		g.r.in = g.tail
		if err = g.r.repeat(p.cut); err != nil {
			f.file.Close()
		}
	}
	if err != nil {
		return nil, err
	}
	g.r.skipping = p.skipping
	g.r.early = g.r.early || p.early
	return &g, nil
}

// toEnd goes behind what is there, and behind a line that is being written.
func (g *generation) toEnd(size int64) error {
	at := max(size-1, 0)
	g.tail.pos, g.r.pos = at, at
	return g.r.start(size)
}

// read returns the next block. It touches no memory where nothing has changed.
func (g *generation) read() (*Block, error) {
	if g.r.first == nil && g.tail != nil && !g.tail.over && !g.tail.changed() {
		return nil, errNotYet
	}
	return g.r.Next()
}

// newborn tells whether a file that was empty holds something now.
func (g *generation) newborn() bool {
	return g.tail != nil && g.r.pos == 0 && len(g.r.origin.head) == 0 && g.tail.changed()
}

// orElder goes back to what was rotated since the file at hand was empty: it
// bears nothing to tell that it has been copied and truncated meanwhile.
func (r *Following) orElder() {
	o := r.gen.r.origin
	elder, err := r.rotated(origin{path: o.path, written: o.written})
	if err != nil || elder == nil {
		return
	}
	if info, err := r.gen.tail.file.Stat(); err != nil || info.ModTime().UnixNano() < elder.r.origin.written {
		elder.close() // the file at hand is older, and may have been removed
		return
	}
	r.gen.close()
	r.next.close()
	r.gen, r.next = elder, nil
}

// place is where the next line starts.
func (g *generation) place() place {
	o := &g.r.origin
	return place{
		path: o.path, id: o.id, written: o.written, size: len(o.head), sum: sumOf(o.head),
		offset: g.r.pos - int64(len(g.r.rest)), skipping: g.r.skipping, early: g.r.early,
	}
}

func (g *generation) close() {
	if g != nil {
		g.r.Close()
	}
}

// succeeded tells, at the end of a file, whether that is over because another
// has its name. It may have to be waited for the end of its last line.
func (r *Following) succeeded() bool {
	if r.next == nil && !r.findNext() {
		return false
	}
	if len(r.gen.r.rest) > 0 && r.gen.idle() < r.limit() {
		return false
	}
	r.gen.tail.over = true
	return true
}

// findNext looks for the generation after the one at hand.
func (r *Following) findNext() bool {
	info, err := os.Stat(r.follow.Path)
	switch {
	case err == nil && idOf(info) == r.gen.r.origin.id:
		r.missing = time.Time{}
		r.tell(nil)
		return false
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		r.tell(err)
		return false
	}
	next, failed := r.younger(r.gen.r.origin)
	if r.next = next; next != nil || failed != nil {
		r.tell(failed)
	}
	if err != nil {
		r.noteMissing()
		r.letGo()
	}
	return next != nil
}

// letGo closes a file that was removed for good, for as long as it is open it
// takes space on the disk.
func (r *Following) letGo() {
	if r.next != nil || r.gen.tail == nil || len(r.gen.r.rest) > 0 || time.Since(r.missing) < r.follow.Unfinished {
		return
	}
	if info, err := r.gen.tail.file.Stat(); err == nil && deleted(info) {
		o := r.gen.r.origin
		r.leave()
		r.at = &place{path: o.path, written: o.written}
	}
}

// turn goes from a generation that has been read to the next, and tells
// whether there is one.
func (r *Following) turn() bool {
	if r.next == nil && !r.findNext() {
		return false
	}
	next := r.next
	r.leave()
	r.gen, r.next = next, nil
	return true
}

// leave closes the generation at hand and remembers how far it was read.
func (r *Following) leave() {
	r.left = append(r.left, r.gen.place())
	r.left = r.left[max(0, len(r.left)-maxLeft):]
	r.gen.close()
	r.gen = nil
}

// truncated goes on where a file was copied to before it was overwritten, if
// that is to be found, else at the start of what is there now. It returns the
// unfinished line, whose end will not come then.
func (r *Following) truncated() *Block {
	old := r.gen
	defer old.close()
	p := old.place()
	if found, err := p.find(r.follow.Path); err == nil {
		if r.gen, err = r.generation(found, p); err == nil {
			return nil
		}
	}
	r.gen, r.next = r.next, nil
	return old.r.unfinished()
}

// broken leaves a file that cannot be read: an archive for good, any other to
// open it again at the same place.
func (r *Following) broken(err error) bool {
	r.tell(err)
	if r.gen.tail == nil {
		r.next.close()
		r.next = nil
		return r.turn()
	}
	p := r.gen.place()
	r.gen.close()
	r.next.close()
	r.gen, r.next, r.at = nil, nil, &p
	return false
}

// younger opens the generation that follows upon that of o: the oldest of
// those that were rotated after it, or the one that has the log's name. It
// returns nil if there is none yet that holds anything.
func (r *Following) younger(o origin) (*generation, error) {
	for range 20 {
		live, err := os.Stat(r.follow.Path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		var id fileID
		if err == nil {
			id = idOf(live)
		}
		g, err := r.rotated(o)
		if g == nil && err == nil && id != (fileID{}) && id != o.id && live.Size() > 0 {
			g, err = r.liveIf(id)
		}
		if !errors.Is(err, errMoved) && !errors.Is(err, fs.ErrNotExist) {
			return g, err
		}
	}
	return nil, nil // they are renamed all the time: the next look may be luckier
}

// liveIf opens the file that has the log's name, if it is still that one.
func (r *Following) liveIf(id fileID) (*generation, error) {
	g, err := r.openLive()
	if err == nil && g.r.origin.id != id {
		g.close()
		return nil, errMoved
	}
	return g, err
}

// rotated opens the oldest of the rotated generations that are younger than
// that of o.
func (r *Following) rotated(o origin) (*generation, error) {
	logs, target := []string{o.path}, r.target()
	if target != o.path {
		logs = append(logs, target)
	}
	all, err := stableSiblings(logs)
	if err != nil && !unlisted(err) {
		return nil, err
	}
	for _, s := range all {
		if s.size == 0 || s.id == o.id || s.path == target || !follows(s, o, all) {
			continue
		}
		g, err := r.openSibling(s, o)
		switch {
		case errors.Is(err, fs.ErrPermission):
			r.tell(err) // those after it can be read, perhaps
		case g != nil || err != nil:
			return g, err
		}
	}
	return nil, nil
}

// follows tells whether s is younger than the generation of o, by its time,
// and if that is the same and o is still there, by its name.
func follows(s sibling, o origin, all []sibling) bool {
	if c := cmp.Compare(s.written, o.written); c != 0 {
		return c > 0
	}
	for _, own := range all {
		if own.id == o.id {
			return olderTurn(own, s) < 0
		}
	}
	return true
}

// openSibling opens a generation unless it has been read: as o, or before.
func (r *Following) openSibling(s sibling, o origin) (*generation, error) {
	file, info, err := openRegular(s.path)
	if err != nil {
		return nil, err
	}
	f := found{file: file, info: info, head: rawHead(file)}
	if s.packed {
		f.unpack()
	}
	switch {
	case idOf(info) != s.id:
		err = errMoved
	case f.packed && r.holds(o, f.head), !f.packed && r.wasRead(s.id, f.head) >= 0:
	default:
		return r.generation(f, place{path: s.log, written: s.written})
	}
	file.Close()
	return nil, err
}

// holds tells whether an archive is of a generation that was read.
func (r *Following) holds(o origin, head []byte) bool {
	return len(o.head) > 0 && bytes.HasPrefix(head, o.head) ||
		slices.ContainsFunc(r.left, func(l place) bool { return l.size > 0 && l.starts(head) })
}

// wasRead returns which of the generations that were read a file is; -1 for
// none.
func (r *Following) wasRead(id fileID, head []byte) int {
	return slices.IndexFunc(r.left, func(l place) bool { return l.id == id && l.size > 0 && l.starts(head) })
}
