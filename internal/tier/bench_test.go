package tier

import (
	"context"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
)

// BenchmarkDo is what forwarding costs the engine.
func BenchmarkDo(b *testing.B) {
	up, err := OpenUpstream(UpstreamOptions{URL: "nats://127.0.0.1:1", Dir: b.TempDir(), Name: "edge1"})
	if err != nil {
		b.Fatal(err)
	}
	defer up.Close()
	e := event(1)
	b.ReportAllocs()
	for b.Loop() {
		e.ID++
		if err := up.Do(b.Context(), e); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEdgeToHub is an event on its whole way: stored, shipped, on the
// disk of the hub, read, and an event again.
func BenchmarkEdgeToHub(b *testing.B) {
	hub, err := OpenHub(HubOptions{Addr: "127.0.0.1:0", Dir: b.TempDir(), Keeps: true})
	if err != nil {
		b.Fatal(err)
	}
	defer hub.Close()
	up, err := OpenUpstream(UpstreamOptions{URL: "nats://" + hub.Addr(), Dir: b.TempDir(), Name: "edge1"})
	if err != nil {
		b.Fatal(err)
	}
	defer up.Close()
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan struct{})
	go func() { up.Run(ctx); close(ended) }()
	defer func() { stop(); <-ended }()
	go func() {
		e := event(1)
		for range b.N {
			e.ID++
			up.Do(ctx, e)
		}
	}()
	for hub.Discover() == nil {
		pause(ctx, time.Millisecond)
	}
	r, err := hub.OpenEdge(edge1, "")
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for n := 0; n < b.N; {
		block, err := r.Next()
		if err != nil {
			b.Fatal(err)
		}
		for line := range block.Lines() {
			m := logs.Message{Line: line}
			m.ReadEvent()
			n++
		}
		block.Release()
	}
}
