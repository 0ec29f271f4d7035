package source

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestFollowEveryLineOnce draws what may happen to a log and to its reader, in
// any order. In the end every line must have come once, in order.
func TestFollowEveryLineOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "follow")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		w := &world{T: t, dir: dir, path: filepath.Join(dir, "app.log")}
		if rapid.Bool().Draw(t, "a link") {
			w.path = filepath.Join(dir, "link")
			w.link()
		}
		w.create()
		w.start()
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w.step()
		}
		w.finish()
	})
}

// A world is a log, its writer, and its reader, which may be killed.
type world struct {
	*rapid.T
	dir, path string
	links     int // targets that the link has had; 0 if the path is none

	out     *os.File
	written []string // lines; the last one lacks its end if open
	open    bool
	lines   int // how many were begun, to tell all lines apart from their start

	r       *Following
	pending []delivered
	mark    string // of the block of the last line consumed
	taken   int    // how many lines of that were
	skip    int    // how many were when the reader was killed, and are to come again
	got     []string
}

// A delivered is a line that has not been consumed yet.
type delivered struct {
	line string
	mark string // of its block
	n    int    // its number in that
}

func (w *world) try(err error) {
	if err != nil {
		w.Helper()
		w.Fatal(err)
	}
}

func (w *world) step() {
	names := strings.Fields("write write write part rotate rotate copy pack read read kill recreate")
	if w.links > 0 {
		names = append(names, "link", "link")
	}
	map[string]func(){
		"write": w.write, "part": w.writePart, "rotate": w.rotate, "copy": w.copyTruncate, "pack": w.pack,
		"read": w.read, "kill": w.kill, "recreate": w.recreate, "link": w.turnLink,
	}[rapid.SampledFrom(names).Draw(w.T, "step")]()
}

// target is where the log lies.
func (w *world) target() string {
	if w.links > 0 {
		return filepath.Join(w.dir, fmt.Sprintf("day%d.log", w.links))
	}
	return w.path
}

func (w *world) create() {
	if w.out != nil {
		w.out.Close()
	}
	out, err := os.OpenFile(w.target(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	w.try(err)
	w.out = out
}

func (w *world) put(text string) {
	_, err := io.WriteString(w.out, text)
	w.try(err)
}

// write ends the open line, if any, and writes some more.
func (w *world) write() {
	w.endLine()
	for range rapid.IntRange(1, 4).Draw(w.T, "lines") {
		w.written = append(w.written, w.line())
		w.put(w.written[len(w.written)-1] + "\n")
	}
}

func (w *world) line() string {
	pad := rapid.SampledFrom([]int{0, 0, 0, 1, 30, 700}).Draw(w.T, "pad")
	w.lines++
	return fmt.Sprintf("line %d %s", w.lines, strings.Repeat("x", pad))
}

func (w *world) endLine() {
	if w.open {
		w.put("\n")
		w.open = false
	}
}

// writePart starts a line, or goes on with one.
func (w *world) writePart() {
	if !w.open {
		w.written = append(w.written, "")
	}
	part := w.line()
	w.written[len(w.written)-1] += part
	w.open = true
	w.put(part)
}

// rotate renames all generations. The writer may still end its line in the old
// file before it turns to the new one.
func (w *world) rotate() {
	if info, err := w.out.Stat(); err != nil || info.Size() == 0 {
		return
	}
	w.shift()
	w.try(os.Rename(w.target(), w.target()+".1"))
	if rapid.Bool().Draw(w.T, "look at a log without its file") {
		w.fetch()
	}
	if rapid.Bool().Draw(w.T, "end the line") {
		w.endLine()
	}
	w.open = false
	w.create()
}

func (w *world) shift() {
	for i := 30; i > 0; i-- {
		for _, end := range []string{"", ".gz"} {
			os.Rename(fmt.Sprintf("%s.%d%s", w.target(), i, end), fmt.Sprintf("%s.%d%s", w.target(), i+1, end))
		}
	}
}

func (w *world) copyTruncate() {
	text, err := os.ReadFile(w.target())
	w.try(err)
	if len(text) == 0 {
		return
	}
	w.shift()
	w.try(os.WriteFile(w.target()+".1", text, 0o600))
	w.try(os.Truncate(w.target(), 0))
	w.open = false
}

// pack packs a generation as gzip does, with its time.
func (w *world) pack() {
	path := fmt.Sprintf("%s.%d", w.target(), rapid.IntRange(1, 3).Draw(w.T, "generation"))
	info, err := os.Stat(path)
	if err != nil {
		return
	}
	text, err := os.ReadFile(path)
	w.try(err)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(text)
	w.try(z.Close())
	half := packed.Len() / 2
	w.try(os.WriteFile(path+".gz", packed.Bytes()[:half], 0o600))
	if rapid.Bool().Draw(w.T, "look at half an archive") {
		w.fetch()
	}
	w.try(os.WriteFile(path+".gz", packed.Bytes(), 0o600))
	w.try(os.Chtimes(path+".gz", info.ModTime(), info.ModTime()))
	w.try(os.Remove(path))
}

// recreate removes the log, and its generations. What was not read then is
// lost, so it is read.
func (w *world) recreate() {
	w.write() // so that nothing before waits for its newline
	w.fetch()
	w.consume(len(w.written))
	names, _ := filepath.Glob(w.target() + "*")
	for _, name := range names {
		w.try(os.Remove(name))
	}
	if rapid.Bool().Draw(w.T, "look at nothing") {
		w.fetch()
	}
	w.create()
}

func (w *world) link() {
	w.links++
	next := w.path + ".new"
	w.try(os.Symlink(w.target(), next))
	w.try(os.Rename(next, w.path))
}

// turnLink points the link to another file. Nothing leads from one target to
// the next but the link, so that the reader must have come to this one.
func (w *world) turnLink() {
	w.write() // so that nothing before waits for its newline
	w.fetch()
	w.consume(len(w.written))
	w.links++
	w.create()
	w.links--
	w.link()
}

func (w *world) start() {
	r, err := Follow{
		Path: w.path, Poll: 1, Pool: &Pool{Size: 64},
		Failed: func(err error) { w.Log("failed:", err) },
	}.Open(w.mark)
	w.try(err)
	if w.mark == "" {
		w.mark = r.Mark()
	}
	w.r, w.skip = r, w.taken
}

// fetch takes all lines that there are, but those that were consumed before
// the reader was killed.
func (w *world) fetch() {
	for {
		b, _, err := w.r.look()
		w.try(err)
		if b == nil && w.r.next != nil {
			continue // the end of its last line is waited for, a moment
		}
		if b == nil {
			return
		}
		if !w.r.Resumed() {
			w.skip = 0
		}
		mark, n := b.Mark(), 0
		for line := range b.Lines() {
			n++
			if w.skip > 0 {
				w.skip--
				continue
			}
			w.pending = append(w.pending, delivered{strings.Clone(line), mark, n})
		}
		b.Release()
	}
}

func (w *world) read() {
	w.fetch()
	w.consume(rapid.IntRange(0, 12).Draw(w.T, "lines to consume"))
}

// consume takes at most n lines of those at hand.
func (w *world) consume(n int) {
	n = min(n, len(w.pending))
	for _, d := range w.pending[:n] {
		w.got = append(w.got, d.line)
		w.mark, w.taken = d.mark, d.n
	}
	w.pending = w.pending[n:]
}

// kill ends the reader without a word, and starts another one where the last
// line was consumed.
func (w *world) kill() {
	w.try(w.r.Close())
	w.pending = nil
	w.start()
}

func (w *world) finish() {
	defer func() { w.out.Close(); w.r.Close() }()
	w.write()
	w.fetch()
	w.consume(len(w.written))
	if !slices.Equal(w.got, w.written) {
		names, _ := filepath.Glob(filepath.Join(w.dir, "*"))
		w.Fatalf("files %q\nread\n%s\nwritten\n%s", names, short(w.got), short(w.written))
	}
}

func short(lines []string) string {
	var all strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&all, "%.40s [%d]\n", line, len(line))
	}
	return all.String()
}
