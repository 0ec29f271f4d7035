package source

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// A Follow is a log that is read as it grows, for ever, through rotation,
// truncation and absence.
//
//	       ┌───────────── more ─────────────┐
//	       ▼                                │
//	open ─→ read to its end ─→ wait: changed, or Poll is over
//	 ▲                                      │ the name is of another file, which holds something
//	 └── the next generation ←─ to its end ─┘
//
// What is read is a file, not a name. When the name goes on to another file,
// the old one is read to its end, then what was rotated in between, in order,
// then the one of that name. A file that was copied and truncated is read on in
// its copy, if that is in the same folder; lines written between the copy and
// the truncation are lost to everybody. A mark finds its file in the same way,
// long after, also when it has been packed.
//
// The old file counts as over once the next holds something: the program that
// writes has turned to it. What others of its processes still write to the old
// file afterwards is not read.
//
// Packed generations are told by the endings .gz, .zst, .xz and .bz2 of their
// names, and their age by their times of writing, which those who pack keep.
type Follow struct {
	Path       string
	FromEnd    bool          // opened without a mark, start behind what is there
	Once       bool          // a generation or archive that is over: read what is there, then io.EOF
	Poll       time.Duration // how often to look at the file; 0 means 1 s
	Unfinished time.Duration // how long a last line may wait for its newline; 0 means 10 s
	Gone       time.Duration // io.EOF when there has been no file for so long; 0 means never
	Pool       *Pool         // whose blocks to use; nil for its own, of 64 KiB
	Watch      *Watch        // who tells of changes at once; may be nil
	Failed     func(error)   // told when reading becomes impossible, and nil when it goes on; may be nil. It must not call Close
}

// longRest is the length of an unfinished line from which on it is looked at
// only every Poll: whoever writes it byte by byte shall not keep us busy.
const longRest = 64 << 10

// maxLeft is how many generations a follower remembers to have read.
const maxLeft = 16

// Name is the path.
func (f Follow) Name() string { return f.Path }

// Open starts at a mark of one of the log's blocks, whatever its file is called
// by now, or without a mark at the start of the file, or its end. A file that is
// not there is waited for, and read from its start. The error is of the mark.
func (f Follow) Open(mark string) (*Following, error) {
	f.Poll = cmp.Or(f.Poll, time.Second)
	f.Unfinished = cmp.Or(f.Unfinished, 10*time.Second)
	if f.Pool == nil {
		f.Pool = &Pool{Size: 64 << 10}
	}
	r := &Following{follow: f, wake: make(chan struct{}, 1), done: make(chan struct{}), missing: time.Now()}
	if mark != "" {
		p, err := parseMark(mark)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		r.start, r.at = mark, &p
	}
	r.watch(0, f.Path)
	if mark == "" {
		r.open()
	}
	return r, nil
}

// A Following is a log being followed.
type Following struct {
	follow Follow
	wake   chan struct{} // something has changed
	done   chan struct{} // closed by Close
	once   sync.Once
	start  string

	mu      sync.Mutex  // held while something is read
	gen     *generation // nil: there is none to read
	next    *generation // the one after gen, which is over then
	at      *place      // where to go on when there is no gen; nil: at the start of the log's file
	left    []place     // the ends of generations that were read, the last ones
	watched [2]string   // the path, and the file that it is a link to
	told    error       // what Failed was told last
	missing time.Time   // since when there has been no file of that name; zero: there is one

	lost atomic.Bool
	cut  atomic.Int64
}

// Name is the path of the log as it was given.
func (r *Following) Name() string { return r.follow.Path }

// Mark is where the reading began: what to open the log with again if no block
// has come.
func (r *Following) Mark() string { return r.start }

// Resumed is false once it has turned out that the file of the mark is gone:
// the next block is of a younger file then, and what a caller had taken of the
// lines behind the mark is not to be skipped.
func (r *Following) Resumed() bool { return !r.lost.Load() }

// Cut is how many lines were longer than MaxLine and lost what was beyond.
func (r *Following) Cut() int64 { return r.cut.Load() }

// Close makes Next return io.EOF. It may be called more than once, and from any
// goroutine.
func (r *Following) Close() error {
	r.once.Do(func() {
		close(r.done)
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, g := range []*generation{r.gen, r.next} {
			g.close()
		}
		r.gen, r.next = nil, nil
		for i := range r.watched {
			r.watch(i, "")
		}
	})
	return nil
}

// Next waits for the next lines and returns them. A block holds lines of one
// file only. The error is io.EOF, after Close, or as Once and Gone say.
func (r *Following) Next() (*Block, error) {
	for {
		b, pause, err := r.look()
		if b != nil || err != nil {
			return b, err
		}
		r.wait(pause)
	}
}

// A pause is how long to wait before looking again, if nothing wakes.
type pause struct {
	limit time.Duration
	wake  <-chan struct{} // nil: nothing does
}

func (r *Following) wait(p pause) {
	timer := time.NewTimer(p.limit)
	defer timer.Stop()
	select {
	case <-r.done:
	case <-p.wake:
	case <-timer.C:
	}
}

// look reads what is there. If there is nothing, it says how long to wait.
func (r *Following) look() (*Block, pause, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		select {
		case <-r.done:
			return nil, pause{}, io.EOF
		default:
		}
		if r.gen == nil && !r.begin() {
			return nil, r.pause(), r.given()
		}
		if r.gen.newborn() {
			r.orElder()
		}
		b, err := r.gen.read()
		r.cut.Add(r.gen.r.cut.Swap(0))
		more := false
		if err != nil {
			b, more, err = r.halt(err)
		}
		if b != nil || err != nil {
			return b, pause{}, err
		}
		if !more {
			return nil, r.pause(), nil
		}
	}
}

// given is io.EOF if a file that is not there is not waited for any longer.
func (r *Following) given() error {
	gone := r.follow.Gone
	if r.follow.Once || gone > 0 && !r.missing.IsZero() && time.Since(r.missing) >= gone {
		return io.EOF
	}
	return nil
}

// halt does what is to be done when a generation gives no block. It says
// whether there is more to read now.
func (r *Following) halt(err error) (b *Block, more bool, _ error) {
	switch {
	case r.follow.Once && err != errNotYet:
		return nil, false, r.end(err)
	case r.follow.Once:
		r.gen.tail.over = true
		return nil, true, nil
	case err == errNotYet:
		if r.gen.idle() >= r.follow.Unfinished {
			b = r.gen.r.unfinished()
		}
		return b, b == nil && r.succeeded(), nil
	case err == errTruncated:
		return r.truncated(), true, nil
	case err == io.EOF:
		return nil, r.turn(), nil
	}
	return nil, r.broken(err), nil
}

// end is the end of what is read once, which a fault is, too.
func (r *Following) end(err error) error {
	if err != io.EOF {
		r.tell(err)
	}
	return io.EOF
}

// pause is how long to wait before looking again.
func (r *Following) pause() pause {
	if r.gen == nil || len(r.gen.r.rest) == 0 {
		return pause{r.follow.Poll, r.wake}
	}
	left := r.limit() - r.gen.idle()
	p := pause{max(min(r.follow.Poll, left), time.Millisecond), r.wake}
	if len(r.gen.r.rest) > longRest {
		p.wake = nil
	}
	return p
}

// limit is how long an unfinished line may wait: not for long at the end of a
// file that is over.
func (r *Following) limit() time.Duration {
	if r.next != nil {
		return min(r.follow.Poll, r.follow.Unfinished)
	}
	return r.follow.Unfinished
}

// tell reports a change between reading, nil, and not being able to.
func (r *Following) tell(err error) {
	same := (err == nil) == (r.told == nil) && (err == nil || err.Error() == r.told.Error())
	r.told = err
	if !same && r.follow.Failed != nil {
		r.follow.Failed(err)
	}
}

// watch has changes of a file told in place of those of another; of none if
// there is no path.
func (r *Following) watch(i int, path string) {
	w := r.follow.Watch
	if w == nil {
		return
	}
	if path != "" {
		path = canonical(path)
	}
	if i > 0 && path == r.watched[0] {
		path = ""
	}
	old := r.watched[i]
	if old == path {
		return
	}
	if r.watched[i] = path; old != "" {
		w.remove(old, r.wake)
	}
	if path != "" {
		w.add(path, r.wake)
	}
}

// open begins without a mark. Of a log that is not there yet, all generations
// are read that will come.
func (r *Following) open() {
	if r.begin() {
		r.start = r.gen.r.origin.mark(r.gen.r.pos)
		return
	}
	none := origin{path: r.target()}
	all, _ := siblings(none.path)
	for _, s := range all {
		none.written = max(none.written, s.written+1)
	}
	r.start = none.mark(0)
	r.at = &place{path: none.path, written: none.written}
}

// begin opens what is to be read, and tells whether it could.
func (r *Following) begin() bool {
	if r.at != nil {
		return r.resume(*r.at)
	}
	g, err := r.openLive()
	r.tell(r.awaited(err))
	r.gen = g
	return err == nil
}

// awaited says of the error of a file that is not there that it is waited for.
func (r *Following) awaited(err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	r.noteMissing()
	return fmt.Errorf("%w; waiting for it", err)
}

func (r *Following) noteMissing() {
	if r.missing.IsZero() {
		r.missing = time.Now()
	}
}

// resume goes on at a place, in whatever file that is by now.
func (r *Following) resume(p place) bool {
	if p.size == 0 && !r.follow.Once {
		return r.begun(p)
	}
	found, err := p.find(r.follow.Path)
	if err == nil {
		r.gen, err = r.generation(found, p)
		if err != nil && found.packed {
			err = fmt.Errorf("%w: %w", ErrGone, err)
		}
	}
	if errors.Is(err, ErrGone) {
		return r.jump(p, err)
	}
	r.tell(err)
	if err == nil {
		r.at, r.missing = nil, time.Time{}
	}
	return err == nil
}

// jump goes on behind a file that is gone. As long as there is none of the
// log's name it is only waited: the whole folder may come back.
func (r *Following) jump(p place, err error) bool {
	if _, err := os.Stat(r.follow.Path); err != nil && !r.follow.Once {
		r.tell(r.awaited(err))
		return false
	}
	r.tell(err)
	if r.follow.Once {
		return false
	}
	r.lost.Store(true)
	return r.begun(p)
}

// begun goes on with what was written after p: behind a file that is gone, or
// at one that was still empty and bears nothing to know it by.
func (r *Following) begun(p place) bool {
	var err error
	if r.gen, err = r.younger(origin{path: p.path, written: p.written}); err != nil {
		r.tell(err)
		return false
	}
	if r.at = nil; r.gen != nil || r.begin() {
		return true
	}
	r.at = &p
	return false
}

// openLive opens the file that has the log's name.
func (r *Following) openLive() (*generation, error) {
	file, info, err := openRegular(r.follow.Path)
	if err != nil {
		return nil, advise(err)
	}
	path := r.target()
	r.watch(0, r.follow.Path)
	r.watch(1, path)
	p := place{path: path}
	f := found{file: file, info: info, head: rawHead(file)}
	if r.follow.Once {
		f.unpack()
	}
	if i := r.wasRead(idOf(info), f.head); i >= 0 {
		p.offset = min(r.left[i].offset, info.Size())
	}
	first := r.start == ""
	r.missing = time.Time{}
	g, err := r.generation(f, p)
	if err == nil && first && r.follow.FromEnd {
		if err = g.toEnd(info.Size()); err != nil {
			g.close()
			return nil, err
		}
	}
	return g, err
}

// target is what the log's name leads to, through links.
func (r *Following) target() string {
	path, err := filepath.EvalSymlinks(r.follow.Path)
	if err != nil {
		return r.follow.Path
	}
	return path
}
