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
	h.up(len(*h) - 1)
}

// up puts an item where it belongs among those before it.
func (h heap[T]) up(i int) {
	for ; i > 0 && h[i].before(h[(i-1)/2]); i = (i - 1) / 2 {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
	}
}

// pop takes the first item out.
func (h *heap[T]) pop() T { return h.remove(0) }

// remove takes the item at a place out.
func (h *heap[T]) remove(i int) T {
	s := *h
	x, last := s[i], len(s)-1
	s[i] = s[last]
	clear(s[last:])
	*h = s[:last]
	if i < last {
		h.down(i)
		h.up(i)
	}
	return x
}

// fix puts the first item where it belongs after it has changed.
func (h heap[T]) fix() { h.down(0) }

// down puts an item where it belongs among those behind it.
func (h heap[T]) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h[child+1].before(h[child]) {
			child++
		}
		if !h[child].before(h[i]) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}
