//go:build !amd64

package match

const wideStep = 1

// wide tells that this processor looks at bytes as the standard library does.
func wide() bool { return false }

func (p pair) inWide(text string, _ int) int { return p.byRarer(text) }
