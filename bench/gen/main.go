// Command gen writes a synthetic syslog to standard output; see package bench.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/logs-rdl/logs/bench"
)

func main() {
	lines := flag.Int("lines", 1_000_000, "how many `lines`")
	seed := flag.Uint64("seed", 1, "the same `seed` gives the same log")
	flag.Parse()
	if err := bench.Syslog(os.Stdout, *lines, *seed); err != nil {
		fmt.Fprintf(os.Stderr, "gen: %v\n", err)
		os.Exit(1)
	}
}
