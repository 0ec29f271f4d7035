package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestOnlyTheFirstCollectionIsLate(t *testing.T) {
	usual := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(usual) })
	for gogc, want := range map[string]int{"": 100 * firstCollection, "50": 100} {
		t.Setenv("GOGC", gogc)
		collectLate()
		if got := debug.SetGCPercent(100); got != want {
			t.Errorf("GOGC=%q: the heap may grow by %d %%, want %d", gogc, got, want)
		}
	}
	for _, c := range []struct{ before, rules, want int }{
		{100 * firstCollection, 1000, 100 * firstCollection}, {100 * firstCollection, 1 << 20, 100*firstCollection + 600},
		{100 * firstCollection, 1 << 30, 100*firstCollection + 2400}, {100, 1 << 20, 100},
	} {
		debug.SetGCPercent(c.before)
		t.Setenv("GOGC", "")
		collectLater(c.rules)
		if got := debug.SetGCPercent(100); got != c.want {
			t.Errorf("%d bytes of rules, %d %% before: the heap may grow by %d %%, want %d", c.rules, c.before, got, c.want)
		}
	}
	debug.SetGCPercent(300) // until the collection that is late
	for i := 0; debug.SetGCPercent(300) != 100; i++ {
		if i == 1000 {
			t.Fatal("after a thousand collections the heap is still collected late")
		}
		runtime.GC()
	}
}
