package match

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// wideStep is how many bytes are looked at once, if wide.
const wideStep = 32

// wide tells whether this processor can look at many bytes at once.
func wide() bool { return cpu.X86.HasAVX2 && cpu.X86.HasBMI1 }

// inWide is in; n, at least wideStep, is how many places there are.
func (p pair) inWide(text string, n int) int {
	return pairWide(unsafe.StringData(text), n, p.apart, p.first, p.second)
}

// pairWide returns the first of n places, at least 32, where first stands and so
// far behind it second; -1 if there is none.
//
//go:noescape
func pairWide(text *byte, n, apart int, first, second byte) int
