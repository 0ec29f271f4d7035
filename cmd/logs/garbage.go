package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// firstCollection is how far the heap may grow, in parts of 4 MiB, before it is
// collected for the first time. Loading rules makes much that is soon of no use,
// while there is little yet that is, and many a run needs no more than this.
const firstCollection = 4

// collectLate puts off the first collection of garbage. Those behind it come as
// usual, or as GOGC says.
func collectLate() {
	if os.Getenv("GOGC") != "" {
		return
	}
	usual := debug.SetGCPercent(100 * firstCollection)
	canary := new([64]byte) // it dies in the first collection
	runtime.AddCleanup(canary, func(percent int) { debug.SetGCPercent(percent) }, usual)
}
