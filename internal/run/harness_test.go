package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/when"
)

// A text is a log for tests, cut into blocks.
type text struct {
	name   string
	blocks []string // each of whole lines
	fails  error    // what comes behind the last block instead of its end
	closed bool
}

// log makes a text of one block.
func log(name string, lines ...string) *text {
	return &text{name: name, blocks: []string{strings.Join(append(lines, ""), "\n")}}
}

func (x *text) input() Input {
	return Input{Name: x.name, Open: func() (Opened, error) {
		return Opened{Reader: &reader{text: x}}, nil
	}}
}

type reader struct {
	*text
	next   int
	offset int64
}

func (r *reader) Next() (Block, error) {
	if r.next == len(r.blocks) {
		if r.fails != nil {
			return nil, r.fails
		}
		return nil, io.EOF
	}
	b := &block{data: []byte(r.blocks[r.next]), offset: r.offset}
	r.offset += int64(len(b.data))
	if r.next++; r.next%3 == 0 {
		return struct{ Block }{b}, nil // one that is not handed over in one piece
	}
	return b, nil
}

func (r *reader) Close() error { r.closed = true; return nil }

// A block lends its memory, and spoils it when it gets it back: who still
// reads a line of it then is found out.
type block struct {
	data   []byte
	offset int64
}

func (b *block) Lines() iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		rest, offset := b.data, b.offset
		for len(rest) > 0 {
			end := strings.IndexByte(string(rest), '\n')
			if !yield(unsafe.String(unsafe.SliceData(rest), end), offset) {
				return
			}
			rest, offset = rest[end+1:], offset+int64(end)+1
		}
	}
}

func (b *block) Text() string { return unsafe.String(unsafe.SliceData(b.data), len(b.data)) }
func (b *block) Start() int64 { return b.offset }

func (b *block) Release() {
	for i := range b.data {
		b.data[i] = '#'
	}
}

// seen is a handler that gathers what is printed.
type seen struct {
	lines   []string
	flushed int // how many there were at the last flush
	full    int // how many it takes; 0: all
}

var errFull = errors.New("the handler is full")

func (s *seen) Do(_ context.Context, e *logs.Effect) error {
	if s.full > 0 && len(s.lines) == s.full {
		return errFull
	}
	s.lines = append(s.lines, e.Text)
	return nil
}

func (s *seen) Flush() error { s.flushed = len(s.lines); return nil }

// telling makes an engine that prints of each message what show says.
func telling(t fataler, show func(now time.Time, m *logs.Message) string) *logs.Engine {
	tell := &logs.Rule{Match: logs.Everything(), Do: []logs.Action{func(env *logs.Env) error {
		env.Print(strings.Clone(show(env.Now(), env.Message())))
		return nil
	}}}
	e, err := logs.New(&logs.Program{Root: &logs.Ruleset{Members: []logs.Member{tell}}}, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A fataler is a test, of testing or of rapid.
type fataler interface{ Fatal(args ...any) }

// whole shows all of a message that a run gives it.
func whole(now time.Time, m *logs.Message) string {
	return fmt.Sprintf("%s %s %s@%d %s", now.Format(time.DateTime), m.Time.UTC().Format(time.DateTime), m.Source, m.Offset, m.Line)
}

// machine is what the wall clock shows in tests.
var machine = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

func options() Options {
	return Options{Stamps: when.Options{Year: 2007}, Now: func() time.Time { return machine }}
}

// run runs inputs through a telling engine.
func run(t *testing.T, o Options, show func(time.Time, *logs.Message) string, texts ...*text) ([]string, Summary) {
	t.Helper()
	out, sum := through(t, o, show, texts)
	if out.flushed != len(out.lines) {
		t.Errorf("%d of %d lines were not flushed", len(out.lines)-out.flushed, len(out.lines))
	}
	for _, x := range texts {
		if !x.closed {
			t.Errorf("%s was left open", x.name)
		}
	}
	return out.lines, sum
}

// through is run without its checks.
func through(t fataler, o Options, show func(time.Time, *logs.Message) string, texts []*text) (*seen, Summary) {
	var inputs []Input
	for _, x := range texts {
		inputs = append(inputs, x.input())
	}
	out := &seen{}
	r := Runner{Engine: telling(t, show), Handler: out, Options: o}
	sum, err := r.Run(context.Background(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	return out, sum
}

// A pull is a reader that asks a function.
type pull func() (Block, bool)

func (p pull) Next() (Block, error) {
	if b, ok := p(); ok {
		return b, nil
	}
	return nil, io.EOF
}

func (p pull) Close() error { return nil }
