// Package source reads logs: files, compressed ones too, files that grow,
// standard input, and what programs and networks send.
//
// A source is named first and opened later, so that thousands can be listed
// while few are open. What is opened delivers blocks of whole lines, each with
// its position, and a mark by which a later run can go on:
//
//	log := source.File{Path: "auth.log.gz"} // or Follow{Path: "auth.log"}
//	r, err := log.OpenAt(mark)              // or Open(mark), "" being the start
//	...
//	defer r.Close()
//	for {
//		block, err := r.Next()
//		if err != nil {
//			break // io.EOF at the end
//		}
//		mark = block.Mark()
//		for line, offset := range block.Lines() {
//			fmt.Println(offset, line)
//		}
//		block.Release()
//	}
//
// The lines do not depend on the size of the blocks, nor on how the bytes
// arrive. Nothing starts before it is opened, and nothing is left after Close.
package source

import (
	"bytes"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// A Reader reads a source from front to back. Next and Close belong to one
// goroutine; the other methods may be called from any.
//
//	bytes read     |line\nline\nli|ne\nline...
//	block                     ^ ends behind the last newline
//	rest                       li| is where the next block starts
type Reader struct {
	name    string
	format  string // the compression, such as "gzip"; empty for none
	in      io.Reader
	closer  io.Closer
	pool    *Pool
	modTime time.Time
	size    int64
	stream  bool // more may come only much later: do not wait for a full block
	origin  origin

	first    *Block // what Next returns before all else
	pos      int64  // where in is, in decompressed bytes
	rest     []byte // read, and behind the block that was delivered last
	skipping bool   // the bytes up to the next newline are dropped
	early    bool   // the last line was delivered before its newline came
	err      error  // what ended the reading, or errNotYet

	done atomic.Int64
	cut  atomic.Int64
}

// Name is the name of the source as it was given, "-" for standard input.
func (r *Reader) Name() string { return r.name }

// ModTime is when the file was last written; zero if it is no file.
func (r *Reader) ModTime() time.Time { return r.modTime }

// Size is the size of the file in bytes as it lies on the disk; 0 if unknown.
func (r *Reader) Size() int64 { return r.size }

// Done is how many of Size bytes have been read.
func (r *Reader) Done() int64 { return r.done.Load() }

// Cut is how many lines were longer than MaxLine and lost what was beyond.
func (r *Reader) Cut() int64 { return r.cut.Load() }

// Close closes the file.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

// Next returns the next lines, and io.EOF when there are none left. Of a
// source that breaks off, such as a damaged archive, it returns the whole
// lines before the fault, and then an error that says where it lies.
func (r *Reader) Next() (*Block, error) {
	if b := r.first; b != nil {
		r.first = nil
		return b, nil
	}
	if r.err == errNotYet {
		r.err = nil
	}
	b := r.pool.lend()
	data, whole := r.fill(append(b.buf[:0], r.takeRest()...))
	b.Offset, b.origin = r.pos-int64(len(data)), r.origin
	switch {
	case len(data) > MaxLine && whole == 0:
		whole = MaxLine
		r.skipping = true
		r.cut.Add(1)
	case r.err != io.EOF:
		r.rest = append(r.rest, data[whole:]...)
	default:
		whole = len(data)
	}
	b.buf, b.Data = data, data[:whole]
	if whole == 0 {
		b.Release()
		return nil, r.err
	}
	return b, nil
}

// smallRest is how much memory a reader keeps for the rests to come.
const smallRest = 4 << 10

// takeRest returns the rest, which is valid until the next is kept.
func (r *Reader) takeRest() []byte {
	rest := r.rest
	if r.rest = rest[:0]; cap(rest) > smallRest {
		r.rest = nil
	}
	return rest
}

// unfinished returns what there is of a line whose end has not come, as a
// line, or nil if there is nothing. A newline that comes next is its end; what
// else comes is a line of its own.
func (r *Reader) unfinished() *Block {
	if len(r.rest) == 0 {
		return nil
	}
	b := r.pool.lend()
	b.buf = append(b.buf[:0], r.takeRest()...)
	b.Data, b.Offset, b.origin = b.buf, r.pos-int64(len(b.buf)), r.origin
	b.origin.cut = len(b.buf)
	r.early = true
	return b
}

// repeat makes the next n bytes the unfinished line as which they were
// delivered before.
func (r *Reader) repeat(n int) error {
	if n == 0 {
		return nil
	}
	r.rest = make([]byte, n)
	read, err := io.ReadFull(r.in, r.rest)
	r.pos += int64(read)
	r.first = r.unfinished()
	return err
}

// fill reads on behind data, which holds no newline yet, until there is a
// block's worth, an end, or a line that is too long. It returns what it has
// and how much of that is whole lines.
func (r *Reader) fill(data []byte) (_ []byte, whole int) {
	for r.err == nil && len(data) <= MaxLine {
		full := len(data) == cap(data)
		if whole > 0 && (full || r.stream) {
			break
		}
		if full {
			data = append(make([]byte, 0, min(2*cap(data), maxBlock)), data...)
		}
		before := len(data)
		data = r.read(data)
		if newline := bytes.LastIndexByte(data[before:], '\n'); newline >= 0 {
			whole = before + newline + 1
		}
	}
	return data, whole
}

// read reads once into the free part of data, which is not full.
func (r *Reader) read(data []byte) []byte {
	before := len(data)
	n, err := r.in.Read(data[before:min(cap(data), maxBlock)])
	data = data[:before+n]
	r.origin.grow(r.pos, data[before:])
	r.pos += int64(n)
	if err != nil {
		r.err = r.fault(err)
	}
	if r.early && n > 0 {
		r.early = false
		return data[:copy(data, bytes.TrimPrefix(data, []byte{'\n'}))]
	}
	if !r.skipping {
		return data
	}
	newline := bytes.IndexByte(data, '\n')
	if newline < 0 {
		return data[:0]
	}
	r.skipping = false
	return data[:copy(data, data[newline+1:])]
}

// fault explains what ended the reading, unless it is the end.
func (r *Reader) fault(err error) error {
	switch {
	case err == io.EOF || goesOn(err):
		return err
	case r.format == "":
		return fmt.Errorf("%s: cannot be read beyond byte %d: %w", r.name, r.pos, err)
	default:
		return fmt.Errorf("%s: %s data damaged or cut short, only its first %d bytes of text could be read (`%s -t` tells more): %w",
			r.name, r.format, r.pos, r.format, err)
	}
}

// start places the reader at an offset that an earlier run reported, or, if
// that lies within a line, at the line behind it. For that it skips from the
// byte before the offset through the next newline.
func (r *Reader) start(offset int64) error {
	if offset <= 0 {
		return nil
	}
	n, err := io.CopyN(io.Discard, r.in, offset-1-r.pos)
	r.pos += n
	var before [1]byte
	if err == nil {
		_, err = io.ReadFull(r.in, before[:])
	}
	if err == io.EOF {
		return fmt.Errorf("%s:%d: the log has only %d bytes; it may have been replaced since: leave the offset out to read all of it", r.name, offset, r.pos)
	}
	if err != nil {
		return r.fault(err)
	}
	r.pos = offset
	r.skipping = before[0] != '\n'
	return nil
}
