package run

import "sync"

// A group is logs that are merged: a heap of those that have a next line, by
// its time, and live ones that have none for the moment. Of equal times the
// log that was named first comes first.
type group struct {
	heap    heap[*head]
	alone   bool // it is a single log: times of day follow its leaps
	streams []*stream
	quiet   // live logs that have no line for the moment

	arrivals chan arrival
	done     chan struct{} // closed when the readers of live logs must end
	readers  sync.WaitGroup
}

// A head is a stream with its next line.
type head struct {
	*stream
	line    *line // nil while there is none
	dormant bool  // it is not open: line has only the time of its first line
	over    bool  // there is none any more
	silent  int   // its place among those that are silent, from 1; 0: it is not
}

func newGroup(alone bool) *group {
	return &group{alone: alone, arrivals: make(chan arrival), done: make(chan struct{})}
}

// advance goes to the next line, if there is one.
func (h *head) advance() state {
	line, st := h.stream.inOrder()
	h.line = line
	return st
}

// add puts a stream in. It returns the stream if that has ended already.
func (g *group) add(s *stream) *stream {
	s.head = &head{stream: s}
	return g.put(s.head, s.head.advance())
}

// put puts a head where its state says. It returns the stream if that has
// ended.
func (g *group) put(h *head, st state) (over *stream) {
	switch st {
	case ready:
		g.heap.push(h)
	case silent:
		g.quiet.add(h)
	case ended:
		h.over = true
		h.close()
		return h.stream
	}
	return nil
}

// more tells whether there is or may come a line.
func (g *group) more() bool { return len(g.heap)+len(g.quiet.heads) > 0 }

// first returns the log with the next line, nil if none has one.
func (g *group) first() *head {
	if len(g.heap) == 0 {
		return nil
	}
	return g.heap[0]
}

// step goes on after the line of a head has been used. It returns the stream
// if that has ended.
func (g *group) step(h *head) (over *stream) { return g.settle(h, h.advance()) }

// settle puts a head that has a line where its new state says.
func (g *group) settle(h *head, st state) (over *stream) {
	if st == ready && h == g.heap[0] {
		g.heap.fix()
		return nil
	}
	for i, other := range g.heap {
		if other == h {
			g.heap.remove(i)
			break
		}
	}
	return g.put(h, st)
}

// close ends the readers of live logs and closes all.
func (g *group) close() {
	close(g.done)
	for _, s := range g.streams {
		s.close()
	}
	g.readers.Wait()
}

func (h *head) before(o *head) bool {
	return h.line.at < o.line.at || h.line.at == o.line.at && h.place < o.place
}
