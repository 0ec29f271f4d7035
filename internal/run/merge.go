package run

// A merge is a heap of streams by the time of their next line. Of equal times
// the stream that was named first comes first, and goes on until its next
// line is later.
type merge struct {
	heap []*head
}

// A head is a stream with its next line.
type head struct {
	*stream
	line *line
}

// add puts a stream in, if it has a line.
func (m *merge) add(s *stream) {
	h := &head{stream: s}
	if h.advance() {
		m.heap = append(m.heap, h)
		m.up(len(m.heap) - 1)
	}
}

// advance goes to the next line; false at the end.
func (h *head) advance() bool {
	h.line = h.stream.inOrder()
	return h.line != nil
}

// first returns the stream with the next line, nil if none has one.
func (m *merge) first() *head {
	if len(m.heap) == 0 {
		return nil
	}
	return m.heap[0]
}

// step goes on after the first line has been used. It returns the stream if
// that has ended.
func (m *merge) step() (ended *stream) {
	h := m.heap[0]
	if !h.advance() {
		last := len(m.heap) - 1
		m.heap[0] = m.heap[last]
		m.heap[last] = nil
		m.heap = m.heap[:last]
		ended = h.stream
	}
	m.down(0)
	return ended
}

func (h *head) before(o *head) bool {
	return h.line.at < o.line.at || h.line.at == o.line.at && h.place < o.place
}

func (m *merge) up(i int) {
	for i > 0 && m.heap[i].before(m.heap[(i-1)/2]) {
		m.heap[i], m.heap[(i-1)/2] = m.heap[(i-1)/2], m.heap[i]
		i = (i - 1) / 2
	}
}

func (m *merge) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(m.heap) {
			return
		}
		if child+1 < len(m.heap) && m.heap[child+1].before(m.heap[child]) {
			child++
		}
		if !m.heap[child].before(m.heap[i]) {
			return
		}
		m.heap[i], m.heap[child] = m.heap[child], m.heap[i]
		i = child
	}
}
