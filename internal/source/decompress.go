package source

import (
	"bufio"
	"compress/bzip2"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is how much memory an archive may ask for to be unpacked: what
// the highest settings of zstd and xz need, and far below what a hostile one
// could demand.
const maxWindow = 128 << 20

// A format is a way to compress. Its matches says of the first bytes of a
// file whether they are of the format.
type format struct {
	name    string
	matches func(head []byte) answer
	open    func(io.Reader) (io.Reader, error)
}

var formats = [...]format{
	{"gzip", prefix("\x1f\x8b\x08"), openGzip},
	{"zstd", prefix("\x28\xb5\x2f\xfd"), openZstd},
	{"zstd", skippable, openZstd},
	{"xz", prefix(xzMagic), openXZ},
	{"bzip2", bzip2Header("1AY&SY"), openBzip2},
	{"bzip2", bzip2Header("\x17rE8P\x90"), openBzip2}, // of an empty file
}

// An answer to whether bytes are of a format; more of them may be needed.
type answer uint8

const (
	no answer = iota
	maybe
	yes
)

// prefix matches what starts with the magic bytes.
func prefix(magic string) func([]byte) answer {
	return func(head []byte) answer {
		n := min(len(head), len(magic))
		switch {
		case string(head[:n]) != magic[:n]:
			return no
		case n < len(magic):
			return maybe
		}
		return yes
	}
}

// skippable matches a frame that zstd skips: parallel compressors write one
// first.
func skippable(head []byte) answer {
	if len(head) > 0 && head[0]&0xf0 == 0x50 {
		return prefix("\x2a\x4d\x18")(head[1:])
	}
	return no
}

// bzip2Header matches the bzip2 signature, a level from 1 to 9, and the start
// of a block. The signature alone could be the start of a line.
func bzip2Header(block string) func([]byte) answer {
	const signature = "BZh"
	return func(head []byte) answer {
		level := len(signature)
		if len(head) <= level {
			return prefix(signature + "1")(head)
		}
		if head[level] < '1' || head[level] > '9' {
			return no
		}
		return prefix(signature + string(head[level]) + block)(head)
	}
}

// sniff reads the first bytes of in, as few as tell what format they are of.
// It returns them, and nil for what is not compressed. It never waits for
// more than a line that is still being written can offer.
func sniff(in io.Reader) (head []byte, _ *format, err error) {
	head = make([]byte, 0, 16)
	for err == nil && len(head) < cap(head) {
		var n int
		n, err = in.Read(head[len(head):cap(head)])
		head = head[:len(head)+n]
		found, open := detect(head)
		if found != nil || !open {
			return head, found, nil
		}
	}
	if err == io.EOF {
		err = nil
	}
	return head, nil, err
}

// detect returns the format, or whether more bytes could tell.
func detect(head []byte) (found *format, open bool) {
	for i := range formats {
		switch formats[i].matches(head) {
		case yes:
			return &formats[i], false
		case maybe:
			open = true
		}
	}
	return nil, open
}

func openGzip(in io.Reader) (io.Reader, error) { return gzip.NewReader(bufio.NewReader(in)) }

func openBzip2(in io.Reader) (io.Reader, error) { return bzip2.NewReader(bufio.NewReader(in)), nil }

// openZstd decodes in the caller's goroutine, so that there is nothing to
// close.
func openZstd(in io.Reader) (io.Reader, error) {
	return zstd.NewReader(bufio.NewReader(in), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
}
