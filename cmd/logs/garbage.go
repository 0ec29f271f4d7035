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

// Many rules need more: each byte of them makes so many of heap while it is loaded.
// Beyond a bound, and below what is worth it, they are loaded as they are.
const (
	heapOfRules = 24
	fewRules    = 64 << 10
	manyRules   = 4 << 20
)

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

// collectLater puts the first collection off further, if it is still to come, for so
// many bytes of rules.
func collectLater(rules int) {
	if rules < fewRules || os.Getenv("GOGC") != "" {
		return
	}
	percent := debug.SetGCPercent(100)
	if percent >= 100*firstCollection {
		percent += 100 * heapOfRules * min(rules, manyRules) / (4 << 20)
	}
	debug.SetGCPercent(percent)
}

// readRules reads a file of rules.
func readRules(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if err == nil {
		collectLater(len(data))
	}
	return data, err
}
