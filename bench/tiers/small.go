package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/bench"
	"github.com/logs-rdl/logs/internal/tier"
)

// Many edges that send little each are another load than few that send much:
// a batch costs a sync of the disk on both sides, however small it is. They
// are measured within this process, on one disk, up to nearly as many as a
// department may have.

// eachSecond is how many events an edge sends.
const eachSecond = 10

// small writes a table of edges that send little.
func small(w io.Writer, counts []int) error {
	fmt.Fprintf(w, "\nEdges that send %d events a second each:\n\n| edges | events/s taken | events that wait, of an edge | CPU of both sides, µs/event |\n|---|---|---|---|\n", eachSecond)
	for _, edges := range counts {
		f, err := smallEdges(edges)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "| %d | %.0f | %.1f | %.0f |\n", edges, f.taken, f.waiting, f.cpu)
	}
	return nil
}

// smallFigures are those of edges that send little.
type smallFigures struct {
	taken   float64 // events a second, by the hub
	waiting float64 // events of an edge, at the end
	cpu     float64 // µs of an event
}

// smallEdges lets so many edges send for a while.
func smallEdges(edges int) (f smallFigures, err error) {
	dir, err := os.MkdirTemp("", "logs-bench-")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	hub, err := tier.OpenHub(tier.HubOptions{Addr: "127.0.0.1:0", Dir: filepath.Join(dir, "hub")})
	if err != nil {
		return f, err
	}
	defer hub.Close()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { hub.Run(ctx) })
	all := make([]*tier.Upstream, edges)
	for i := range all {
		name := fmt.Sprint("edge", i)
		all[i], err = tier.OpenUpstream(tier.UpstreamOptions{URL: "nats://" + hub.Addr(), Dir: filepath.Join(dir, name), Name: name})
		if err != nil {
			return f, err
		}
		running.Go(func() { sendLittle(ctx, all[i]) })
	}
	const settle, while = 3 * time.Second, 5 * time.Second
	<-time.After(settle)
	before, cpu, began := hub.Stats().Taken, bench.OwnCPU(), time.Now()
	<-time.After(while)
	events := float64(hub.Stats().Taken - before)
	f.taken = events / time.Since(began).Seconds()
	f.cpu = float64((bench.OwnCPU() - cpu).Microseconds()) / events
	for _, up := range all {
		f.waiting += float64(up.Stats().Waiting) / float64(edges)
	}
	return f, nil
}

// sendLittle sends an event now and then.
func sendLittle(ctx context.Context, up *tier.Upstream) {
	defer up.Close()
	var shipping sync.WaitGroup
	defer shipping.Wait()
	shipping.Go(func() { up.Run(ctx) })
	tick := time.NewTicker(time.Second / eachSecond)
	defer tick.Stop()
	for id := logs.ID(1); ; id++ {
		select {
		case now := <-tick.C:
			up.Do(ctx, &logs.Effect{Kind: logs.EffectForward, ID: id, Time: now, Rule: "r", Text: "attempt"})
		case <-ctx.Done():
			return
		}
	}
}
