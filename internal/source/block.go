package source

import (
	"bytes"
	"iter"
	"sync"
	"unsafe"
)

// MaxLine is the longest line, in bytes before its newline. Of a longer one
// the first MaxLine bytes are read and the rest is skipped.
const MaxLine = 1 << 20

// maxBlock holds the longest line and its newline.
const maxBlock = MaxLine + 1

// usualBlock is small enough that the blocks under way stay in a processor's
// caches, and large enough that to hand them on costs nothing.
const usualBlock = 512 << 10

// A Block is a piece of a source that starts at the start of a line and ends
// at the end of one. It belongs to whoever was given it.
type Block struct {
	Data   []byte // the lines with their ends; the last one may lack its newline
	Offset int64  // the position of Data[0] in the source, in bytes as decompressed
	From   string // whom the lines came from, such as a peer's address; empty: the source itself

	origin origin // the file that the block is of; none if mark says it all
	mark   string
	buf    []byte
	pool   *Pool // nil: the block's memory is its own
}

// Mark is a text by which the same source can be opened again at the first
// line of the block; "" if it cannot go back. It is made when it is asked for,
// and may be asked for until Release.
func (b *Block) Mark() string {
	if b.mark != "" || b.origin.id == (fileID{}) {
		return b.mark
	}
	return b.origin.mark(b.Offset)
}

// Lines returns the lines of the block in order, each with its position in
// the source. A line comes without its newline and the CR before that; an
// empty line is a line. The strings share the block's memory: they are valid
// until Release.
func (b *Block) Lines() iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		for at := 0; at < len(b.Data); {
			line, size := firstLine(b.Data[at:])
			if !yield(unsafe.String(unsafe.SliceData(line), len(line)), b.Offset+int64(at)) {
				return
			}
			at += size
		}
	}
}

// Text is the lines with their ends. It is valid until Release.
func (b *Block) Text() string { return unsafe.String(unsafe.SliceData(b.Data), len(b.Data)) }

// Start is Offset.
func (b *Block) Start() int64 { return b.Offset }

// firstLine returns the first line of data and its size with its end.
func firstLine(data []byte) (line []byte, size int) {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		return data, len(data)
	}
	if end > 0 && data[end-1] == '\r' {
		return data[:end-1], end + 1
	}
	return data[:end], end + 1
}

// End is the position in the source that follows the block.
func (b *Block) End() int64 { return b.Offset + int64(len(b.Data)) }

// Release hands the block's memory back for reuse. Neither the block nor its
// lines may be used afterwards. A block that is never released is left to the
// garbage collector.
func (b *Block) Release() {
	if b.pool == nil || cap(b.buf) > b.pool.size() {
		return // grown for a long line: not to be kept for short ones
	}
	*b = Block{buf: b.buf, pool: b.pool}
	b.pool.free.Put(b)
}

// A Pool lends blocks to readers. The zero Pool is ready for use, by many
// readers and goroutines at once.
type Pool struct {
	Size int // bytes in a block, unless a line needs more; 0 means 512 KiB

	free sync.Pool
}

func (p *Pool) lend() *Block {
	if b, ok := p.free.Get().(*Block); ok {
		return b
	}
	return &Block{pool: p, buf: make([]byte, 0, p.size())}
}

func (p *Pool) size() int {
	if p.Size <= 0 {
		return usualBlock
	}
	return min(p.Size, maxBlock)
}
