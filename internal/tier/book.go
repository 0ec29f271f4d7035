package tier

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"
)

// A book counts what becomes of a department. It outlives the department, so
// that the sums of a hub never go back.
type book struct {
	events, bytes, refused, doubles, lost atomic.Int64

	lying   atomic.Int64 // bytes of it on the disk
	seen    atomic.Int64 // when a batch was taken last, in ns; 0: never
	changed atomic.Bool  // lying is to be looked up anew
}

// take notes a batch that was taken.
func (b *book) take(batch *batch, now time.Time) {
	b.events.Add(int64(batch.count))
	b.bytes.Add(int64(len(batch.lines)))
	b.seen.Store(now.UnixNano())
	b.changed.Store(true)
}

// HubStats count since the hub was opened.
type HubStats struct {
	Departments []DepartmentStats // by name; of those that are let in
	Strangers   int64             // connections that were refused, and are of no department

	Edges   int   // known
	Taken   int64 // events that lie on the disk, or did
	Refused int64 // batches
	Doubles int64 // events that came again, and were dropped
	Lost    int64 // events that an edge could not store
}

// DepartmentStats are those of one department.
type DepartmentStats struct {
	Name    string
	Edges   int   // known
	Events  int64 // taken
	Bytes   int64 // of them, as they came
	Refused int64 // batches, and connections that named it
	Doubles int64 // events that came again, and were dropped
	Lost    int64 // events that an edge could not store
	Lying   int64 // bytes on the disk, until they are used and no snapshot needs them

	Lag  time.Duration // how long the oldest of the batches that are read now has waited; 0: all were read
	Seen time.Time     // when a batch was taken last, before the hub was opened, too; zero: never
}

// Stats may be called from any goroutine.
func (h *Hub) Stats() HubStats {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	refused := h.guard.refusals()
	s := HubStats{Edges: len(h.edges), Strangers: refused[""]}
	for name, b := range h.books {
		s.Taken += b.events.Load()
		s.Refused += b.refused.Load()
		s.Doubles += b.doubles.Load()
		s.Lost += b.lost.Load()
		if h.gates[name] == nil {
			continue
		}
		d := DepartmentStats{
			Name: name, Events: b.events.Load(), Bytes: b.bytes.Load(), Refused: b.refused.Load() + refused[name],
			Doubles: b.doubles.Load(), Lost: b.lost.Load(), Lying: b.lying.Load(),
		}
		if seen := b.seen.Load(); seen != 0 {
			d.Seen = time.Unix(0, seen)
		}
		s.Departments = append(s.Departments, d)
	}
	slices.SortFunc(s.Departments, func(a, b DepartmentStats) int { return cmp.Compare(a.Name, b.Name) })
	h.addEdges(s.Departments, now)
	return s
}

// addEdges adds what the edges tell of their departments, which are sorted.
func (h *Hub) addEdges(departments []DepartmentStats, now time.Time) {
	for who, e := range h.edges {
		i, known := slices.BinarySearchFunc(departments, who.Department, func(d DepartmentStats, name string) int {
			return cmp.Compare(d.Name, name)
		})
		if !known {
			continue
		}
		d := &departments[i]
		d.Edges++
		if came := e.batch.Load(); came != 0 {
			d.Lag = max(d.Lag, now.Sub(time.Unix(0, came)))
		}
	}
}

// book returns that of a department.
func (h *Hub) book(department string) *book {
	b := h.books[department]
	if b == nil {
		b = &book{}
		b.changed.Store(true)
		h.books[department] = b
	}
	return b
}

// survey looks up what lies on the disk of the departments of which that has
// changed.
func (h *Hub) survey(ctx context.Context) {
	for name, g := range h.gates { // Run alone changes them
		if !g.changed.Swap(false) {
			continue
		}
		stream, err := h.js.Stream(ctx, streamName(name))
		if err != nil {
			continue // nothing of it has come yet
		}
		state := stream.CachedInfo().State
		g.lying.Store(int64(state.Bytes))
		if g.seen.Load() == 0 && !state.LastTime.IsZero() {
			g.seen.Store(state.LastTime.UnixNano())
		}
	}
}
