package run

import (
	"sync"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/cut"
	"github.com/logs-rdl/logs/internal/when"
)

// While the engine works on the lines of one block, a goroutine for each log
// reads the next ones, cuts them into lines, and asks the engine's filter which
// of them may concern a rule. All but the reading is pure: what comes of it does
// not depend on when it is done. So where there are workers for it, blocks of one
// log are cut side by side, and taken in their order:
//
//	          ┌─→ block ─→ lines, passed ─→ batch ─┐
//	reader ───┼─→ block ─→ lines, passed ─→ batch ─┼─┤in order├─→ stream: stamps, judge
//	          └─→ block ─→ lines, passed ─→ batch ─┘
//
// Most lines of a log concern no rule, and many of them follow each other
// within a second, or at least a minute. A row of such lines that begin alike, as
// far as their stamps go, is kept as one: it takes the time of one.
//
//	Oct 28 17:03:11 ...    passes  ┐
//	Oct 28 17:03:11 ...    passes  ├ one, of three lines, if the seconds pass
//	Oct 28 17:03:12 ...    passes  ┘
//	Oct 28 17:03:12 ...    concerns a rule
//	Oct 28 17:03:12 ...    passes

// A batch is a block, cut into lines; or the error at the end.
type batch struct {
	block Block
	space
	count  int64 // of lines, each by itself
	bytes  int64
	filter *filter // that was asked
	known  *stamps // when it was cut
	err    error
}

// A space is memory for the lines of a block, which is used again and again.
type space struct {
	lines  []line
	starts []uint32 // where each line begins
}

// stamps are what is known of the stamps of a log when a block of it is cut. They
// do not change.
type stamps struct {
	prefix when.Prefix // lines that share it may be a row
	pass   bool        // in a row, seconds may pass
	day    *when.Day   // reads those of the day; nil: none is known
}

// A filter tells which lines may concern a rule. It is known by its address:
// when the rules change, another one comes in its place.
type filter struct {
	any  func(line string) bool
	find func(text string) func(from int) int
}

// newFilter returns the filter of an engine for the lines of logs.
func newFilter(e *logs.Engine) *filter {
	f := e.Filter()
	return &filter{f.Any, f.Find}
}

// everyLine is a filter that lets all through. Events pass no gate: what rules
// must find is not in their lines.
func everyLine() *filter {
	return &filter{
		any:  func(string) bool { return true },
		find: func(string) func(int) int { return func(from int) int { return from } },
	}
}

// A Textual is a block that hands over its lines in one piece.
type Textual interface {
	// Text is the lines with their ends, CR before the newline perhaps. It is
	// valid until Release.
	Text() string
	// Start is the position of the text in the log.
	Start() int64
}

// nextBatch reads a batch of a stream. The lines are put into what spare gives, if
// it is not nil.
func (s *stream) nextBatch(r Reader, spare func() space) batch {
	block, err := r.Next()
	if err != nil {
		return batch{err: err}
	}
	return s.cut(block, spare)
}

// cut makes a batch of a block. A line that passes no gate of the filter is
// marked.
func (s *stream) cut(block Block, spare func() space) batch {
	b := batch{block: block, filter: s.filter(), known: s.known.Load()}
	if b.known == nil {
		b.known = &stamps{}
	}
	if spare != nil {
		b.space = spare()
		b.lines = b.lines[:0]
	}
	if t, ok := block.(Textual); ok {
		b.cut(t.Text(), t.Start())
		return b
	}
	for text, offset := range block.Lines() {
		b.add(text, offset, !b.filter.any(text))
	}
	return b
}

func (b *batch) add(text string, offset int64, passes bool) {
	b.lines = append(b.lines, line{text: text, offset: offset, passes: passes})
	b.count++
	b.bytes += int64(len(text)) + 1
}

// cut cuts a text into lines, and makes rows of them.
func (b *batch) cut(text string, offset int64) {
	b.starts = cut.Lines(b.starts[:0], text)
	find, starts, last := b.filter.find(text), b.starts, len(b.starts)-1
	for i := 0; i < last; {
		hit := uint32(find(int(starts[i])))
		end := i // the line that is hit
		for end < last && starts[end+1] <= hit {
			end++
		}
		for i < end {
			i += b.appendRow(text, starts[i:end+1], offset)
		}
		if i < last {
			b.append(line{text: text[starts[i]:lineEnd(text, starts[i+1])], offset: offset + int64(starts[i])})
			i++
		}
	}
	b.count += int64(last)
	b.bytes += int64(len(text))
}

// appendRow appends the first row of the lines that begin at some places, or a
// line that is none, and returns how many lines that takes.
func (b *batch) appendRow(text string, starts []uint32, offset int64) int {
	n := max(1, b.known.prefix.Lines(text, starts, b.known.pass))
	first, last := starts[0], starts[n-1]
	l := line{
		text: text[first:lineEnd(text, starts[n])], offset: offset + int64(first), passes: true,
		more: uint32(n - 1), last: last - first,
	}
	if n > 1 && b.known.pass {
		l.prefix = &b.known.prefix
		l.passed = l.prefix.Passed(text[first:], text[last:])
	}
	b.append(l)
	return n
}

// append appends a line, or one that a row may begin with. If its stamp is of the
// day, it is read here, where the line is in this processor's cache.
func (b *batch) append(l line) {
	if b.known.day != nil {
		l.stamp, l.stamped = b.known.day.Read(l.text)
	}
	b.lines = append(b.lines, l)
}

// lineEnd returns where the line ends behind which the next one begins.
func lineEnd(text string, next uint32) uint32 {
	if next > 0 && text[next-1] == '\n' {
		next--
		if next > 0 && text[next-1] == '\r' {
			next--
		}
	}
	return next
}

// An ahead reads a log ahead.
type ahead struct {
	batches chan chan batch // in the order of the log; each gives one
	cutters chan struct{}   // holds a token for each block that is being cut; nil: the reader cuts
	spare   chan space      // what has been used
	done    chan struct{}
	ended   sync.WaitGroup
}

// newAhead reads with so many goroutines beside the engine's, 1 or more.
func newAhead(s *stream, r Reader, goroutines int) *ahead {
	a := &ahead{batches: make(chan chan batch, goroutines+2), spare: make(chan space, goroutines+3), done: make(chan struct{})}
	if goroutines > 1 {
		a.cutters = make(chan struct{}, goroutines)
	}
	a.ended.Go(func() { a.run(s, r) })
	return a
}

func (a *ahead) run(s *stream, r Reader) {
	for {
		block, err := r.Next()
		next := make(chan batch, 1)
		switch {
		case err != nil:
			next <- batch{err: err}
		case a.cutters == nil:
			next <- s.cut(block, a.used)
		case !a.start(func() { next <- s.cut(block, a.used) }):
			return
		}
		select {
		case a.batches <- next:
		case <-a.done:
			return
		}
		if err != nil {
			return
		}
	}
}

// start lets a goroutine cut a block, as soon as one may; false if nobody wants
// it any more.
func (a *ahead) start(cut func()) bool {
	select {
	case a.cutters <- struct{}{}:
	case <-a.done:
		return false
	}
	a.ended.Go(func() {
		cut()
		<-a.cutters
	})
	return true
}

// next waits for the next batch.
func (a *ahead) next() batch { return <-<-a.batches }

// used returns a space that has been used, if there is any.
func (a *ahead) used() space {
	select {
	case sp := <-a.spare:
		return sp
	default:
		return space{}
	}
}

// use hands a space back.
func (a *ahead) use(sp space) {
	select {
	case a.spare <- sp:
	default:
	}
}

// stop ends the reading, and waits for it.
func (a *ahead) stop() {
	close(a.done)
	a.ended.Wait()
}
