package logs

// A chain is a list linked through its members, each of which can be taken
// out at once. The rulesets' own lists are not chains: what is taken out of
// those keeps its links, for the walk that stands on it.
type chain[T linked[T]] struct{ first, last T }

// A link is what a member keeps of a chain: its neighbours.
type link[T any] struct{ prev, next T }

// A linked is a pointer to something that can be a member of one chain. Its
// zero value stands for none.
type linked[T any] interface {
	comparable
	link() *link[T]
}

// add puts x behind the last member.
func (c *chain[T]) add(x T) { c.insert(x, c.last) }

// insert puts x behind at, or first if at is none.
func (c *chain[T]) insert(x, at T) {
	var none T
	next := c.first
	if at != none {
		next = at.link().next
		at.link().next = x
	} else {
		c.first = x
	}
	if next != none {
		next.link().prev = x
	} else {
		c.last = x
	}
	*x.link() = link[T]{at, next}
}

// remove takes x out.
func (c *chain[T]) remove(x T) {
	var none T
	l := x.link()
	if l.prev != none {
		l.prev.link().next = l.next
	} else {
		c.first = l.next
	}
	if l.next != none {
		l.next.link().prev = l.prev
	} else {
		c.last = l.prev
	}
	*l = link[T]{}
}
