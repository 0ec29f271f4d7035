package source

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"slices"

	"github.com/ulikunitz/xz/lzma"
)

// The container of xz is read here and its LZMA2 data by the lzma package:
// the xz package would allocate whatever dictionary a file asks for, up to
// 4 GiB for each block.
//
//	stream   header  block...  index  footer     then zeros, or a further stream
//	header   magic 6  flags 2  crc32 4
//	block    size 1  flags 1  [sizes]  filter 3  zeros  crc32 4 | LZMA2 | zeros | check
//	index    0  count  (sizes)...  zeros  crc32 4
//	footer   crc32 4  index size 4  flags 2  magic 2
//
// Blocks and the index are filled up with zeros to four bytes.

const (
	xzMagic       = "\xfd7zXZ\x00"
	xzFooterMagic = "YZ"
	xzLZMA2       = 0x21
)

var errXZ = errors.New("bad xz structure")

type xzReader struct {
	in     *xzInput
	flags  [2]byte   // of the stream
	blocks uint64    // in the stream so far
	block  io.Reader // nil between blocks
	check  hash.Hash // of the block
}

func openXZ(in io.Reader) (io.Reader, error) {
	x := &xzReader{in: &xzInput{Reader: bufio.NewReader(in)}}
	return x, x.startStream()
}

func (x *xzReader) Read(p []byte) (int, error) {
	for x.block == nil {
		if err := x.nextBlock(); err != nil {
			return 0, err
		}
	}
	n, err := x.block.Read(p)
	x.check.Write(p[:n])
	if err == io.EOF {
		x.block = nil
		err = x.endBlock()
	}
	return n, err
}

func (x *xzReader) startStream() error {
	var h [12]byte
	if err := x.in.full(h[:]); err != nil {
		return err
	}
	if string(h[:6]) != xzMagic || !summed(h[6:]) {
		return errXZ
	}
	x.flags, x.blocks = [2]byte(h[6:]), 0
	return nil
}

// nextBlock enters the next block. It returns io.EOF when there is none, here
// or in a further stream.
func (x *xzReader) nextBlock() error {
	size, err := x.in.ReadByte()
	if err != nil {
		return noEOF(err)
	}
	if size == 0 {
		if err := x.endStream(); err != nil {
			return err
		}
		return x.nextStream()
	}
	header := make([]byte, (int(size)+1)*4)
	header[0] = size
	if err := x.in.full(header[1:]); err != nil {
		return err
	}
	dict, err := dictionary(header)
	if err != nil {
		return err
	}
	if x.check, err = newCheck(x.flags); err != nil {
		return err
	}
	x.blocks++
	x.block, err = lzma.Reader2Config{DictCap: dict}.NewReader2(x.in)
	return err
}

// dictionary returns the size of the dictionary that a block header asks for.
func dictionary(header []byte) (int, error) {
	if !summed(header) {
		return 0, errXZ
	}
	flags, filter := header[1], bytes.NewReader(header[2:len(header)-4])
	for _, present := range [...]byte{0x40, 0x80} { // the sizes, packed and unpacked
		if flags&present != 0 {
			if _, err := binary.ReadUvarint(filter); err != nil {
				return 0, errXZ
			}
		}
	}
	var f [3]byte // its name, one byte of properties, and that
	if _, err := io.ReadFull(filter, f[:]); err != nil || flags&0x3f != 0 || f[0] != xzLZMA2 || f[1] != 1 {
		return 0, errors.New("the xz filter is not LZMA2 alone; unpack the file with xz first")
	}
	if f[2] > 40 {
		return 0, errXZ
	}
	size := uint64(2|f[2]&1) << (f[2]/2 + 11)
	if size > maxWindow {
		return 0, fmt.Errorf("unpacking would take %d MiB of memory, at most %d are allowed; unpack the file with xz first", size>>20, maxWindow>>20)
	}
	return int(size), nil
}

func (x *xzReader) endBlock() error {
	if err := x.in.padding(); err != nil {
		return err
	}
	want := make([]byte, x.check.Size())
	if err := x.in.full(want); err != nil {
		return err
	}
	got := x.check.Sum(nil)
	if x.check.Size() < sha256.Size { // xz writes the numbers little end first
		slices.Reverse(got)
	}
	if !bytes.Equal(got, want) {
		return errors.New("wrong checksum")
	}
	return nil
}

// endStream reads the index, whose first byte has been read, and the footer.
func (x *xzReader) endStream() error {
	count, err := binary.ReadUvarint(x.in)
	if err != nil {
		return noEOF(err)
	}
	if count != x.blocks {
		return errXZ
	}
	for range 2 * count {
		if _, err := binary.ReadUvarint(x.in); err != nil {
			return noEOF(err)
		}
	}
	if err := x.in.padding(); err != nil {
		return err
	}
	var tail [16]byte // the index's checksum, and the footer
	if err := x.in.full(tail[:]); err != nil {
		return err
	}
	if [2]byte(tail[12:]) != x.flags || string(tail[14:]) != xzFooterMagic {
		return errXZ
	}
	return nil
}

// nextStream enters a further stream, or returns io.EOF. Zeros may stand
// before it and at the end.
func (x *xzReader) nextStream() error {
	for {
		next, err := x.in.Peek(1)
		if err != nil {
			return err
		}
		if next[0] != 0 {
			return x.startStream()
		}
		x.in.ReadByte()
	}
}

// summed tells whether b ends with the CRC-32 of what is before.
func summed(b []byte) bool {
	body := len(b) - crc32.Size
	return crc32.ChecksumIEEE(b[:body]) == binary.LittleEndian.Uint32(b[body:])
}

// newCheck returns the sum that the flags of a stream ask for.
func newCheck(flags [2]byte) (hash.Hash, error) {
	switch flags {
	case [2]byte{0, 0x0}:
		return noCheck{crc32.NewIEEE()}, nil
	case [2]byte{0, 0x1}:
		return crc32.NewIEEE(), nil
	case [2]byte{0, 0x4}:
		return crc64.New(crc64.MakeTable(crc64.ECMA)), nil
	case [2]byte{0, 0xa}:
		return sha256.New(), nil
	}
	return nil, errors.New("unknown kind of xz checksum; unpack the file with xz first")
}

// noCheck is the sum of no bytes, for streams without one.
type noCheck struct{ hash.Hash }

func (noCheck) Size() int           { return 0 }
func (noCheck) Sum(b []byte) []byte { return b }

// An xzInput counts what is read, so that the padding can be found.
type xzInput struct {
	*bufio.Reader
	n int64
}

func (x *xzInput) Read(p []byte) (int, error) {
	n, err := x.Reader.Read(p)
	x.n += int64(n)
	return n, err
}

func (x *xzInput) ReadByte() (byte, error) {
	b, err := x.Reader.ReadByte()
	if err == nil {
		x.n++
	}
	return b, err
}

// full fills p; a source that ends before is cut short.
func (x *xzInput) full(p []byte) error {
	_, err := io.ReadFull(x, p)
	return noEOF(err)
}

// padding reads the zeros up to a multiple of four bytes.
func (x *xzInput) padding() error {
	zeros := make([]byte, -x.n&3)
	if err := x.full(zeros); err != nil {
		return err
	}
	if len(bytes.Trim(zeros, "\x00")) > 0 {
		return errXZ
	}
	return nil
}
