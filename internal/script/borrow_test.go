package script

import "unsafe"

// borrowed returns a text that changes with the bytes, as that of a line does
// once the block that it was read into is read into again.
func borrowed(buf []byte) string { return unsafe.String(&buf[0], len(buf)) }
