//go:build !amd64

package cut

// wide tells that this processor looks at the bytes as the standard library does.
func wide() bool { return false }

func appendWide(dst []uint32, _ string) ([]uint32, int) { return dst, 0 }
