package cut

import (
	"slices"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// wide tells whether this processor can look at many bytes at once.
func wide() bool { return cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasPOPCNT }

// step is how many bytes that are.
const step = 64

// appendWide appends what follows each newline, up to a place that it returns.
func appendWide(dst []uint32, text string) ([]uint32, int) {
	end := len(text) &^ (step - 1)
	for at := 0; at < end; at += piece {
		size := min(piece, end-at)
		dst = slices.Grow(dst, size+spare)
		room := dst[len(dst) : len(dst)+size+spare]
		n := startsWide(&room[0], unsafe.StringData(text[at:]), size, at+1)
		dst = dst[:len(dst)+n]
	}
	return dst, end
}

// spare is how many numbers are written that do not count.
const spare = 2

// startsWide writes base and the place of each newline, added up, and returns how
// many those are. The size must be a multiple of step, above 0; there must be
// room for as many numbers as there are bytes, and spare ones.
//
//go:noescape
func startsWide(dst *uint32, text *byte, size, base int) int
