package run

import (
	"slices"
	"sync"
)

// A group is logs that are merged: a heap of those that have a next line, by
// its time, and live ones that have none for the moment. Of equal times the
// log that was named first comes first.
type group struct {
	heap     heap[*head]
	silent   []*head
	alone    bool // it is a single log: times of day follow its leaps
	streams  []*stream
	arrivals chan arrival
	done     chan struct{} // closed when the readers of live logs must end
	readers  sync.WaitGroup
}

// A head is a stream with its next line.
type head struct {
	*stream
	line    *line
	dormant bool // it is not open: line has only the time of its first line
}

// advance goes to the next line, if there is one.
func (h *head) advance() state {
	line, st := h.stream.inOrder()
	h.line = line
	return st
}

// add puts a stream in. It returns the stream if that has ended already.
func (g *group) add(s *stream) *stream {
	h := &head{stream: s}
	return g.put(h, h.advance())
}

// put puts a head where its state says.
func (g *group) put(h *head, st state) (over *stream) {
	switch st {
	case ready:
		g.heap.push(h)
	case silent:
		g.silent = append(g.silent, h)
	case ended:
		return h.stream
	}
	return nil
}

// first returns the log with the next line, nil if none has one.
func (g *group) first() *head {
	if len(g.heap) == 0 {
		return nil
	}
	return g.heap[0]
}

// step goes on after the first line has been used. It returns the stream if
// that has ended.
func (g *group) step() (over *stream) {
	return g.settle(g.heap[0].advance())
}

// settle puts the first head where its new state says.
func (g *group) settle(st state) (over *stream) {
	if st == ready {
		g.heap.fix()
		return nil
	}
	h := g.heap.pop()
	if st == ended {
		h.close()
	}
	return g.put(h, st)
}

// wake looks again at the logs that were silent, and returns those that have
// ended.
func (g *group) wake() (over []*stream) {
	was := slices.Clone(g.silent)
	g.silent = g.silent[:0]
	for _, h := range was {
		if s := g.put(h, h.advance()); s != nil {
			over = append(over, s)
		}
	}
	return over
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
