package run

// While the engine works on the lines of one block, a goroutine for each log
// reads the next one, cuts it into lines, and asks the engine's filter which
// of them may concern a rule. All that is pure: what comes of it does not
// depend on when it is done.
//
//	reader ─→ block ─→ lines, passed ─→ batch ─┤channel├─→ stream: stamps, judge

// A batch is a block, cut into lines; or the error at the end.
type batch struct {
	block  Block
	lines  []line
	bytes  int64
	filter *filter // that was asked
	err    error
}

// A filter tells which lines may concern a rule. It is known by its address:
// when the rules change, another one comes in its place.
type filter struct{ any func(string) bool }

// nextBatch reads a batch. A line that passes no gate of the filter is marked.
// The lines are put into the memory that spare gives, if it is not nil.
func nextBatch(r Reader, current func() *filter, spare func() []line) batch {
	block, err := r.Next()
	if err != nil {
		return batch{err: err}
	}
	b := batch{block: block, filter: current()}
	if spare != nil {
		b.lines = spare()[:0]
	}
	for text, offset := range block.Lines() {
		b.lines = append(b.lines, line{text: text, offset: offset, passes: !b.filter.any(text)})
		b.bytes += int64(len(text)) + 1
	}
	return b
}

// An ahead reads a log ahead.
type ahead struct {
	batches chan batch
	spare   chan []line // lines that have been used
	done    chan struct{}
	ended   chan struct{}
}

func newAhead(r Reader, current func() *filter) *ahead {
	a := &ahead{batches: make(chan batch), spare: make(chan []line, 2), done: make(chan struct{}), ended: make(chan struct{})}
	go a.run(r, current)
	return a
}

func (a *ahead) run(r Reader, current func() *filter) {
	defer close(a.ended)
	for {
		b := nextBatch(r, current, a.used)
		select {
		case a.batches <- b:
		case <-a.done:
			return
		}
		if b.err != nil {
			return
		}
	}
}

// used returns the memory of lines that have been used, if there is any.
func (a *ahead) used() []line {
	select {
	case lines := <-a.spare:
		return lines
	default:
		return nil
	}
}

// use hands the memory of lines back.
func (a *ahead) use(lines []line) {
	select {
	case a.spare <- lines:
	default:
	}
}

// stop ends the reading, and waits for it.
func (a *ahead) stop() {
	close(a.done)
	<-a.ended
}
