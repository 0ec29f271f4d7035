package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"
)

const (
	benchEvents = 200_000 // that wait when the workers begin
	benchKeys   = 64
)

// Rules that are some work for each event, and tell when a key is through.
const (
	benchEdgeRules = `
rule { matching "app: seq: (\d+) of (\S+)"; binding (n key); doing forward seq(n = n, key = key) by key }
rule { matching "app: end: (\S+)";          binding (key);   doing forward end(key = key) by key }`

	benchWorkerRules = `
window seen(key, part) { length 100h; max-lines 5000; distinct; doing alert "never" }
rule { matching event seq; binding (n key); doing for part in split("a b c d e f g h", " ") { add "{n}{part}" to seen(key, part) } }
rule { matching event end; binding (key);   doing alert "through" { key = key } }`
)

// BenchmarkWorkers is how fast one to four workers go through events that wait
// in a cluster of one server, from their start to the last event. More are faster as
// long as the machine has cores for them beside the server:
//
//	go test -run '^$' -bench Workers -benchtime 1x ./cmd/logs
func BenchmarkWorkers(b *testing.B) {
	for workers := 1; workers <= 4; workers++ {
		b.Run(fmt.Sprint(workers), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				x := newBenchSite(b)
				b.StartTimer()
				x.through(workers)
				b.StopTimer()
				x.end()
			}
			b.ReportMetric(benchEvents*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// A benchSite is a server in which events wait.
type benchSite struct {
	b      *testing.B
	dir    string
	place  string
	server *nats.Server
	procs  []*exec.Cmd
}

func newBenchSite(b *testing.B) *benchSite {
	x := &benchSite{b: b, dir: b.TempDir()}
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, filepath.Join(x.dir, "logs"))
	}
	if err == nil {
		x.server, err = nats.NewServer(&nats.Options{Host: "127.0.0.1", Port: nats.RANDOM_PORT, JetStream: true, StoreDir: b.TempDir(), NoSigs: true})
	}
	if err != nil {
		b.Fatal(err)
	}
	x.server.Start()
	if !x.server.ReadyForConnections(10 * time.Second) {
		b.Fatal("the server does not start")
	}
	x.place = "nats://" + x.server.Addr().String() + "/bench"
	x.put("edge.rdl", benchEdgeRules)
	x.put("worker.rdl", benchWorkerRules)
	x.put("app.log", benchLog())
	x.prepare()
	return x
}

// prepare lets a worker make what is to lie in the cluster, and an edge fill it.
func (x *benchSite) prepare() {
	x.worker("first")
	edge := x.logs("run", "-r", "edge.rdl", "app.log", "--upstream", "cluster+"+x.place, "--upstream-name", "edge")
	x.await(func() bool { return x.count("first.err", "a worker of the cluster") > 0 })
	x.stop(x.procs[0])
	x.procs = nil
	if out, err := edge.CombinedOutput(); err != nil {
		x.b.Fatalf("%v: %s", err, out)
	}
}

func (x *benchSite) put(name, text string) {
	if err := os.WriteFile(filepath.Join(x.dir, name), []byte(text), 0o600); err != nil {
		x.b.Fatal(err)
	}
}

func benchLog() string {
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	at := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	for n := range benchEvents {
		fmt.Fprintf(w, "%s host app: seq: %d of k%d\n", at.Add(time.Duration(n)*time.Millisecond).Format(time.RFC3339Nano), n, n%benchKeys)
	}
	for key := range benchKeys {
		fmt.Fprintf(w, "%s host app: end: k%d\n", at.Add(time.Hour).Format(time.RFC3339Nano), key)
	}
	w.Flush()
	return out.String()
}

func (x *benchSite) logs(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(x.dir, "logs"), args...)
	cmd.Dir = x.dir
	return cmd
}

// worker starts one, whose output goes to files of its name.
func (x *benchSite) worker(name string) {
	cmd := x.logs("run", "-r", "worker.rdl", "--cluster", x.place, "--partitions", "16", "--replicas", "1", "--cluster-expiry", "1s", "--cluster-max", "1GiB")
	out, err := os.Create(filepath.Join(x.dir, name+".out"))
	if err != nil {
		x.b.Fatal(err)
	}
	defer out.Close()
	said, err := os.Create(filepath.Join(x.dir, name+".err"))
	if err != nil {
		x.b.Fatal(err)
	}
	defer said.Close()
	cmd.Stdout, cmd.Stderr = out, said
	if err := cmd.Start(); err != nil {
		x.b.Fatal(err)
	}
	x.procs = append(x.procs, cmd)
}

// through starts workers and waits until all keys are through.
func (x *benchSite) through(workers int) {
	for w := range workers {
		x.worker(fmt.Sprintf("w%d", w))
	}
	x.await(func() bool {
		n := 0
		for w := range workers {
			n += x.count(fmt.Sprintf("w%d.out", w), "through")
		}
		return n == benchKeys
	})
}

// count tells how often a word stands in a file.
func (x *benchSite) count(name, word string) int {
	data, err := os.ReadFile(filepath.Join(x.dir, name))
	if err != nil {
		x.b.Fatal(err)
	}
	return bytes.Count(data, []byte(word))
}

// await waits until something holds, for a minute.
func (x *benchSite) await(holds func() bool) {
	for range 6000 {
		if holds() {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	said, _ := os.ReadFile(filepath.Join(x.dir, "first.err"))
	x.b.Fatalf("the workers do not come to an end: %s", said)
}

func (x *benchSite) stop(p *exec.Cmd) {
	p.Process.Signal(syscall.SIGTERM)
	p.Wait()
}

func (x *benchSite) end() {
	for _, p := range x.procs {
		x.stop(p)
	}
	x.server.Shutdown()
	x.server.WaitForShutdown()
}
