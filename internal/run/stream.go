package run

import (
	"errors"
	"io"
	"time"

	"github.com/logs-rdl/logs/internal/when"
)

// A stream is an input as its lines come out of it: each with the time at
// which it is to be processed. See judge.go for how that is found.
type stream struct {
	input  Input
	place  int // among those that it is merged with
	opts   *Options
	sum    *Summary
	reader Reader
	stamps *when.Reader

	blocks []Block // that lines stand in
	lines  []line
	pos    int  // of the next line in lines
	ended  bool // there are no blocks left
	err    error

	unstamped bool  // the lines bear no stamps: the wall clock counts
	started   bool  // clock is known
	clock     int64 // the greatest stamp believed since the last leap back
	before    int64 // the time of the line before
	behind    int64 // how far leaps back have put the stamps behind the engine's time

	// Lines that wait for earlier ones; see late.go.
	held    []held // a heap
	number  int64  // of the next line to be held
	newest  int64  // the greatest time read
	drained bool   // there are no more to be read
	out     line
}

// A line of a stream. Its text is valid until the next line is asked for.
type line struct {
	text    string
	offset  int64
	stamp   int64 // ns: what it bears, if stamped; once judged, its own time
	stamped bool
	bad     bool  // it bears a stamp that never was
	at      int64 // ns: when it is processed, on the engine's clock
	leap    int64 // ns: how far the stamps have leapt back with this line
}

// maxUnstamped is how many lines may come before the first stamp of an input
// until it is taken to have none.
const maxUnstamped = 10

// maxAhead bounds the lines that are read ahead to judge a stamp.
const maxAhead = 100_000

// open opens the input.
func (s *stream) open() error {
	opened, err := s.input.Open()
	if err != nil {
		return err
	}
	s.reader = opened.Reader
	o := s.opts.Stamps
	if o.ModTime = opened.ModTime; o.ModTime.IsZero() {
		o.ModTime = s.opts.now()
	}
	s.unstamped = s.opts.WallClock
	s.stamps, err = when.NewReader(o)
	return err
}

// next returns the next line, and nil at the end or after an error, which is
// then in s.err.
func (s *stream) next() *line {
	if s.pos == len(s.lines) {
		s.release()
		if !s.fill() {
			return nil
		}
	}
	if !s.started && !s.unstamped {
		s.begin()
	}
	s.pos++
	s.judge()
	return s.line()
}

// line returns the line at hand. Reading ahead may move it.
func (s *stream) line() *line { return &s.lines[s.pos-1] }

// release gives back the blocks whose lines have all been used.
func (s *stream) release() {
	for _, b := range s.blocks {
		b.Release()
	}
	clear(s.blocks)
	s.blocks, s.lines, s.pos = s.blocks[:0], s.lines[:0], 0
}

// fill reads one more block behind those at hand; false if there is none.
func (s *stream) fill() bool {
	for had := len(s.lines); len(s.lines) == had; {
		if s.ended {
			return false
		}
		block, err := s.reader.Next()
		if err != nil {
			s.ended = true
			if !errors.Is(err, io.EOF) {
				s.err = err
			}
			return false
		}
		s.split(block)
	}
	return true
}

// split appends the lines of a block, with the stamps they bear.
func (s *stream) split(block Block) {
	s.blocks = append(s.blocks, block)
	for text, offset := range block.Lines() {
		l := line{text: text, offset: offset}
		if !s.unstamped {
			l.stamp, l.stamped = s.stamps.Read(text)
			l.bad = !l.stamped && s.stamps.Bad()
		}
		s.lines = append(s.lines, l)
		s.sum.Bytes += int64(len(text)) + 1
	}
}

// begin finds the first stamp: lines before it take its time.
func (s *stream) begin() {
	for i := s.pos; ; i++ {
		if i-s.pos >= maxUnstamped || i == len(s.lines) && !s.fill() {
			s.unstamped = true
			return
		}
		if s.lines[i].stamped {
			s.started, s.clock, s.before = true, s.lines[i].stamp, s.lines[i].stamp
			return
		}
	}
}

// nextStamp returns the first stamp behind the line at hand; false if there
// is none.
func (s *stream) nextStamp() (int64, bool) {
	for i := s.pos; i-s.pos < maxAhead; i++ {
		if i == len(s.lines) && !s.fill() {
			return 0, false
		}
		if s.lines[i].stamped {
			return s.lines[i].stamp, true
		}
	}
	return 0, false
}

// close closes the input and gives back what it holds.
func (s *stream) close() {
	s.release()
	if s.reader != nil {
		s.reader.Close()
		s.reader = nil
	}
}

// now is the wall clock, asked by the one who may.
func (o *Options) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}
