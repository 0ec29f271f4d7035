// Command tiers measures what it costs to hand events from one engine to
// another. From the root of the project:
//
//	go run ./bench/tiers                     a table in Markdown
//	go run ./bench/tiers -events 2000000     longer
//
// Every line of its log is an event: the edges forward all, and the engine
// above, or the workers of a cluster, put them into windows by address. One
// engine does the same with the lines themselves; that is the first row, and
// what the others are compared with.
//
//	live       the tier above is there; edges begin to read
//	catch-up   edges have read all while nobody was above; then somebody comes
//
// A hub looks for new edges every second, so with few events that second is
// what is measured. All runs on this machine, so the figures of a tier above
// are those of one that shares its cores with its edges. Events a second are
// those of the wall clock, CPU that of whole processes. A figure is the median
// of the rounds.
package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// A setting is tiers that are measured.
type setting struct {
	what    string
	edges   int // 0: one engine reads the log and does all
	tls     bool
	workers int // of a cluster, in the place of a hub
}

var settings = []setting{
	{what: "one engine"},
	{what: "1 edge, hub", edges: 1},
	{what: "1 edge, hub, TLS", edges: 1, tls: true},
	{what: "3 edges, hub, TLS", edges: 3, tls: true},
	{what: "1 edge, cluster of 1 server, 1 worker", edges: 1, workers: 1},
	{what: "1 edge, cluster of 1 server, 2 workers", edges: 1, workers: 2},
	{what: "1 edge, cluster of 1 server, 3 workers", edges: 1, workers: 3},
	{what: "1 edge, cluster of 1 server, 4 workers", edges: 1, workers: 4},
}

func main() {
	events := flag.Int("events", 500_000, "events of each edge")
	rounds := flag.Int("rounds", 3, "rounds of each setting")
	flag.Parse()
	if err := measureAll(*events, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "tiers:", err)
		os.Exit(1)
	}
}

// measureAll measures all settings in turn, round by round, so that a busy
// machine is unfair to none.
func measureAll(events, rounds int) error {
	folder, err := os.MkdirTemp("", "logs-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := prepare(folder, events); err != nil {
		return err
	}
	all := make([][]figures, len(settings))
	for round := range rounds {
		for i, s := range settings {
			dir := filepath.Join(folder, fmt.Sprint(i, "-", round))
			f, err := measure(s, folder, dir, events)
			if err != nil {
				return fmt.Errorf("%s: %w", s.what, err)
			}
			all[i] = append(all[i], f)
			os.RemoveAll(dir)
		}
	}
	table(os.Stdout, all, events)
	return small(os.Stdout, []int{64, 256, 1000})
}

// The rules below, above, and of one engine in the place of both.
const (
	tries = `
window tries(ip) { length 3m; max-lines 100; distinct; doing print "this does not happen" }`

	edgeRules = `
rule { matching "Invalid user (\S+) from (\S+)"; binding (user ip); doing forward attempt(user = user, ip = ip) by ip }
rule { matching "last of (\S+)"; binding (ip); doing { forward last(ip = ip) by ip; print "last" } }`

	aboveRules = tries + `
rule { matching event attempt; binding (user ip); doing add user to tries(ip) }
rule { matching event last; doing print "last" }`

	oneRules = tries + `
rule { matching "Invalid user (\S+) from (\S+)"; binding (user ip); doing add user to tries(ip) }
rule { matching "last of (\S+)"; doing print "last" }`
)

// prepare makes the log, the rules and the programs.
func prepare(folder string, events int) error {
	for name, text := range map[string]string{"edge.rdl": edgeRules, "above.rdl": aboveRules, "one.rdl": oneRules} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	for name, pkg := range map[string]string{"logs": "./cmd/logs", "nats-server": "github.com/nats-io/nats-server/v2"} {
		if out, err := exec.Command("go", "build", "-o", filepath.Join(folder, name), pkg).CombinedOutput(); err != nil {
			return fmt.Errorf("go build %s: %w\n%s", pkg, err, out)
		}
	}
	return writeLog(filepath.Join(folder, "a.log"), events)
}

// addresses are so many that each partition of a cluster has some. Each has a
// last line: when all these have come to the top, all has.
const addresses = 256

func writeLog(name string, events int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w, r := bufio.NewWriter(f), rand.New(rand.NewPCG(1, 0))
	at := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	line := func(format string, args ...any) {
		at = at.Add(time.Millisecond)
		fmt.Fprintf(w, "%s node%03d sshd[%d]: ", at.Format("2006-01-02T15:04:05.000Z"), r.IntN(300), 1000+r.IntN(31000))
		fmt.Fprintf(w, format+"\n", args...)
	}
	for range events {
		line("Invalid user user%02d from 198.18.0.%d", r.IntN(30), r.IntN(addresses))
	}
	for i := range addresses {
		line("last of 198.18.0.%d", i)
	}
	return w.Flush()
}

// median returns what a figure of several rounds usually is.
func median[T cmp.Ordered](rounds []figures, of func(figures) T) T {
	var all []T
	for _, f := range rounds {
		all = append(all, of(f))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
