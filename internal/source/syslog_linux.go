package source

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// prepare asks the kernel for a large buffer, beyond its limit if this program
// may, and to tell how many datagrams found it full. What it refuses is done
// without.
func prepare(s packetSocket) {
	s.SetReadBuffer(kernelBuffer)
	raw, err := s.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, kernelBuffer)
		unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
	})
}

// overflow reads how many datagrams the kernel has dropped since the socket
// was made.
func overflow(told []byte) (uint32, bool) {
	for len(told) > 0 {
		head, data, rest, err := unix.ParseOneSocketControlMessage(told)
		if err != nil {
			return 0, false
		}
		if head.Level == unix.SOL_SOCKET && head.Type == unix.SO_RXQ_OVFL && len(data) >= 4 {
			return binary.NativeEndian.Uint32(data), true
		}
		told = rest
	}
	return 0, false
}
