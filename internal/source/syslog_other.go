//go:build !linux

package source

// prepare asks the kernel for a large buffer.
func prepare(s packetSocket) { s.SetReadBuffer(kernelBuffer) }

// overflow is not told here.
func overflow([]byte) (uint32, bool) { return 0, false }
