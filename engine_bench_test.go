package logs

import (
	"bytes"
	"fmt"
	"math/rand"
	"runtime"
	"testing"
	"time"
)

// What a million of something costs. Each of these takes seconds, so once is
// enough to see it:
//
//	go test -run '^$' -bench Million -benchtime 1x .

const million = 1_000_000

// BenchmarkMillionWindows is what as many windows of three texts take in memory,
// and how long it takes to save them, and to load them into an engine that is new.
func BenchmarkMillionWindows(b *testing.B) {
	var each float64
	var save, load time.Duration
	var saved bytes.Buffer
	for b.Loop() {
		before := heap()
		e := newEngine(b, scanner(3))
		fillWindows(e, million)
		each += float64(heap()-before) / million
		if n := len(e.families[e.stores[0]].byKey); n != million {
			b.Fatalf("%d windows", n)
		}
		saved.Reset()
		save += took(b, func() error { return e.Save(&saved) })
		e = newEngine(b, scanner(3))
		heap() // the old one is gone, as it is when a run begins
		load += took(b, func() error { return e.Load(bytes.NewReader(saved.Bytes())) })
	}
	b.ReportMetric(each/float64(b.N), "B/window")
	b.ReportMetric(save.Seconds()/float64(b.N), "s/save")
	b.ReportMetric(load.Seconds()/float64(b.N), "s/load")
	b.ReportMetric(float64(saved.Len())/million, "saved-B/window")
}

func took(b *testing.B, f func() error) time.Duration {
	began := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// fillWindows has three users come from each of n addresses.
func fillWindows(e *Engine, n int) {
	m := Message{Time: start}
	for i := range n {
		for _, user := range []string{"root", "admin", "guest"} {
			m.Line = fmt.Sprintf("Invalid user %s from 10.%d.%d.%d", user, i>>16, i>>8&255, i&255)
			e.Process(&m)
		}
	}
}

// heap is what is in use once all else has been collected.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkMillionTimers is what it costs to arm as many blocks that run later, at
// times in no order, and to run them.
func BenchmarkMillionTimers(b *testing.B) {
	r := rand.New(rand.NewSource(1))
	waits := make([]time.Duration, million)
	for i := range waits {
		waits[i] = time.Duration(r.Int63n(int64(time.Hour)))
	}
	armed, fired := 0, 0
	block := &Timer{Do: []Action{do(func(*Env) { fired++ })}}
	block.After = func(*Env) time.Duration {
		armed++
		return waits[armed%million]
	}
	p := program(rule("arm", do(func(env *Env) {
		for range million {
			env.SetTimer(block)
		}
	})))
	p.Blocks = []*Timer{block}
	for b.Loop() {
		e := newEngine(b, p)
		e.Process(&Message{Line: "arm", Time: start})
		e.Advance(start.Add(time.Hour))
	}
	if fired != million*b.N {
		b.Fatalf("%d of %d fired", fired, million*b.N)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(fired), "ns/timer")
}
