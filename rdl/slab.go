package rdl

// A slab makes many values of a type that live together, a run of them at a
// time: that costs less for each, and for the garbage collector.
type slab[T any] struct {
	room []T
	run  int // how many were made at once the last time
}

// The values of a run: few in a small file.
const (
	leastRun = 4
	mostRun  = 64
)

// put keeps a value and returns where.
func (s *slab[T]) put(x T) *T {
	p := &s.take(1)[0]
	*p = x
	return p
}

// keep returns a list of its own for the values of a list.
func (s *slab[T]) keep(list []T) []T {
	if len(list) == 0 {
		return nil
	}
	kept := s.take(len(list))
	copy(kept, list)
	return kept
}

func (s *slab[T]) take(n int) []T {
	if len(s.room) < n {
		s.run = min(max(2*s.run, leastRun), mostRun)
		s.room = make([]T, max(n, s.run))
	}
	taken := s.room[:n:n]
	s.room = s.room[n:]
	return taken
}
