package when

import "slices"

// A learner decides when a source is believed to have changed its format. An
// unmistakable one is believed at once; one that may be a chance of the text
// only if its time is near that of the lines before, or if several lines agree.
type learner struct {
	known []string // the formats learnt, each once, in that order
	rival string   // what the last lines were of that the current format did not fit
	votes int      // how many lines agreed on the rival
}

const (
	agreement = 3             // so many lines make any format believed
	near      = secondsPerDay // so near a likely format is believed at once
)

// believe tells whether a source of the current format, which may be nil, is to
// be taken for one of format f because of a stamp.
func (l *learner) believe(f, current *format, s *Stamp, c *clock) bool {
	switch {
	case f.trust == sure, current == nil && f.trust < shy:
		return true
	case f.trust == likely && c.near(s):
		return true
	}
	if l.rival != f.name {
		l.rival, l.votes = f.name, 0
	}
	l.votes++
	return l.votes >= agreement
}

// learn takes note of a format that is believed.
func (l *learner) learn(f *format) {
	l.rival, l.votes = "", 0
	if !slices.Contains(l.known, f.name) {
		l.known = append(l.known, f.name)
	}
}

// near tells whether a stamp lies near the line before.
func (c *clock) near(s *Stamp) bool {
	second, ok := c.resolve(s)
	return ok && c.known && distance(second, c.prev) <= near
}
