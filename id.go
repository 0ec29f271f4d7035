package logs

// An effectCause is what the effects at hand come from: a message, by its
// text, time and number, or an alarm, by its due time and order. The same
// lines and rules give the same causes, and so the same IDs.
type effectCause struct {
	text   string
	time   int64
	number uint64
	seed   uint64 // worked out for the first effect
	count  uint64 // effects so far
}

// newID makes the ID of the next effect of the cause at hand.
func (e *Engine) newID() ID {
	c := &e.cause
	if c.seed == 0 {
		c.seed = mix(hashText(c.text) ^ mix(uint64(c.time)^mix(c.number)))
	}
	c.count++
	return ID(mix(c.seed + c.count))
}

// hashText is FNV-1a.
func hashText(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return h
}

// mix is the finalizer of splitmix64: it spreads neighbouring numbers.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
