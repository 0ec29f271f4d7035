package run

// An ordered can be put into a heap.
type ordered[T any] interface {
	// before tells whether it comes before another; of any two, one does.
	before(T) bool
}

// A heap is a binary heap: the first of its items comes before all others.
type heap[T ordered[T]] []T

// push puts an item in.
func (h *heap[T]) push(x T) {
	*h = append(*h, x)
	s := *h
	for i := len(s) - 1; i > 0 && s[i].before(s[(i-1)/2]); i = (i - 1) / 2 {
		s[i], s[(i-1)/2] = s[(i-1)/2], s[i]
	}
}

// pop takes the first item out.
func (h *heap[T]) pop() T {
	s := *h
	first, last := s[0], len(s)-1
	s[0] = s[last]
	clear(s[last:])
	*h = s[:last]
	h.fix()
	return first
}

// fix puts the first item where it belongs after it has changed.
func (h *heap[T]) fix() {
	s := *h
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(s) {
			return
		}
		if child+1 < len(s) && s[child+1].before(s[child]) {
			child++
		}
		if !s[child].before(s[i]) {
			return
		}
		s[i], s[child] = s[child], s[i]
		i = child
	}
}
