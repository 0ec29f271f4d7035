package main

import (
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/source"
)

// liveInput completes an input of lines that come while they are written. It is
// opened at a mark, "" being its beginning.
func liveInput(in run.Input, open func(mark string) (run.Reader, error)) run.Input {
	openAt := func(mark string) (run.Opened, error) {
		r, err := open(mark)
		if err != nil {
			return run.Opened{}, err
		}
		return run.Opened{Reader: r}, nil
	}
	in.Live, in.OpenAt = true, openAt
	in.Open = func() (run.Opened, error) { return openAt("") }
	return in
}

// opened is a log of package source, as run asks for it.
func opened(r *source.Reader, err error) (run.Opened, error) {
	if err != nil {
		return run.Opened{}, err
	}
	return run.Opened{Reader: reader{r}, ModTime: r.ModTime()}, nil
}

// A blocks is what delivers blocks: any reader of package source.
type blocks interface {
	Next() (*source.Block, error)
	Close() error
}

// reader is a reader of package source, as run asks for it.
type reader struct{ blocks }

func (r reader) Next() (run.Block, error) {
	b, err := r.blocks.Next()
	if err != nil {
		return nil, err
	}
	return block{b}, nil
}

// nextBlock returns what next does, as run asks for it.
func nextBlock[B run.Block](next func() (B, error)) (run.Block, error) {
	b, err := next()
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Resumed passes on what the reader says of its mark.
func (r reader) Resumed() bool {
	resumer, ok := r.blocks.(run.Resumer)
	return !ok || resumer.Resumed()
}

// Mark is where the reading began; "" if it cannot be told.
func (r reader) Mark() string {
	if m, ok := r.blocks.(interface{ Mark() string }); ok {
		return m.Mark()
	}
	return ""
}

// block is a block of package source, as run asks for it.
type block struct{ *source.Block }

func (b block) From() string { return b.Block.From }
