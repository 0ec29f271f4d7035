package main

import (
	"fmt"
	"io"
	"runtime"
	"time"
)

// table writes the figures in Markdown.
func table(w io.Writer, all [][]figures, events int) {
	fmt.Fprintf(w, "%d events of each edge, %s/%s, %d CPUs, %s, %s\n\n", events, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), time.Now().Format(time.DateOnly))
	fmt.Fprintln(w, "| what | events/s | catch-up, events/s | CPU below, µs/event | CPU above, µs/event | CPU against one engine | bytes/event that waits |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|")
	cpu := func(f figures) time.Duration { return f.below + f.above }
	one := float64(median(all[0], cpu).Nanoseconds()) / 1000 / float64(events)
	for i, rounds := range all {
		count := events * max(1, settings[i].edges)
		each := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 / float64(count) }
		rate := func(d time.Duration) float64 { return float64(count) / d.Seconds() }
		live := median(rounds, func(f figures) time.Duration { return f.live })
		below := median(rounds, func(f figures) time.Duration { return f.below })
		if settings[i].edges == 0 {
			fmt.Fprintf(w, "| %s | %.0f | | %.2f | | 1.0 | |\n", settings[i].what, rate(live), each(below))
			continue
		}
		above := median(rounds, func(f figures) time.Duration { return f.above })
		catchUp := median(rounds, func(f figures) time.Duration { return f.catchUp })
		waiting := median(rounds, func(f figures) int64 { return f.waiting })
		ratio := each(median(rounds, cpu)) / one
		fmt.Fprintf(w, "| %s | %.0f | %.0f | %.2f | %.2f | %.1f | %d |\n", settings[i].what, rate(live), rate(catchUp), each(below), each(above), ratio, waiting/int64(count))
	}
}
