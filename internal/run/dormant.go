package run

// Of many logs most are closed most of the time: a thousand daily logs are
// read one after the other. Each is opened to find the time of its first
// line, closed, and opened again when the merge has come to that time:
//
//	a.log  ├──────┤
//	b.log          ├──────┤          dormant until a.log is done
//	c.log                  ├──────┤

// maxOpen is how many logs are opened at once without further ado.
const maxOpen = 100

// addDormant puts a stream in that is not open. It returns false if it must
// be opened at once: it is live, or has no lines, or cannot be read.
func (g *group) addDormant(s *stream) bool {
	if s.input.Live {
		return false
	}
	// A stream of its own looks, so that nothing is counted twice.
	look := &stream{input: s.input, opts: s.opts, sum: &Summary{}, filter: s.filter, resumed: s.resumed}
	defer look.close()
	if look.openHere() != nil || look.next() != ready {
		return false
	}
	first := line{at: look.line().at - int64(s.opts.Late)}
	s.head = &head{stream: s, line: &first, dormant: true}
	g.put(s.head, ready)
	return true
}

// rouse opens a log that is dormant. It returns the stream if that has ended.
func (g *group) rouse(h *head) (over *stream) {
	h.dormant = false
	if h.err = h.open(); h.err != nil {
		return g.settle(h, ended)
	}
	return g.settle(h, h.advance())
}
