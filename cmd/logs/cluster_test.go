package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"
)

// natsd is a server of a cluster, as a process of its own:
//
//	natsd NAME DIR PORT ROUTE ALL-ROUTES...
func natsd() {
	number := func(text string) int { n, _ := strconv.Atoi(text); return n }
	o := &nats.Options{
		ServerName: os.Args[1], StoreDir: os.Args[2], Host: "127.0.0.1", Port: number(os.Args[3]), JetStream: true, JetStreamMaxStore: 1 << 30, NoSigs: true,
		Cluster: nats.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: number(os.Args[4])},
	}
	for _, port := range os.Args[4:] {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: "127.0.0.1:" + port})
	}
	o.Routes = o.Routes[1:]
	s, err := nats.NewServer(o)
	if err != nil {
		panic(err)
	}
	s.Start()
	s.WaitForShutdown()
}

// What is found depends on the order of the events of a key, and of no others.
const (
	clusterEdgeRules = `
rule { matching "app: seq: (\d+) of (\S+)"; binding (n key); doing forward seq(n = n, key = key) by key }`

	clusterStores = `
window lasts(key) { length 100h; max-lines 3; doing alert high "three" { key = key, of = items } }`

	clusterFound = `
    alert low "event" { n = n, key = key }
    add n to lasts(key)`

	clusterWorkerRules = clusterStores + `
rule { matching event seq; binding (n key); doing {` + clusterFound + `
} }`

	clusterOneRules = clusterStores + `
rule { matching "app: seq: (\d+) of (\S+)"; binding (n key); doing {` + clusterFound + `
} }`
)

// clusterCrashes is how often a process is killed; a soak asks for more.
var clusterCrashes = flag.Int("cluster-crashes", 8, "how often TestAClusterIsKilled kills a process")

const (
	clusterEdges   = 3
	clusterKeys    = 12
	clusterServers = 3
	clusterParts   = 6
)

// A site is three servers, some edges and workers, as processes.
type site struct {
	*tiers
	ports, routes [clusterServers]string
	procs         map[string]*exec.Cmd
	name, after   string // of what lies in the cluster, and what was there before
	parts         int    // into which it is split
	killed, twice int    // workers; things that were told twice
}

// Workers, servers and edges are killed at any moment, and a worker joins and
// leaves under load. In the end all was found that one engine finds in all
// logs, under one ID, and each thing once but where a worker was killed just
// then.
func TestAClusterIsKilled(t *testing.T) {
	x := newSite(t)
	var writing sync.WaitGroup
	for e := range clusterEdges {
		writing.Go(func() { x.writeKeys(e, 0, 400) })
		x.run(edgeName(e))
	}
	x.run("w0")
	x.run("w1")
	for i := range *clusterCrashes {
		<-time.After(time.Duration(300+x.random.Intn(700)) * time.Millisecond)
		switch i % 4 {
		case 0:
			x.kill(fmt.Sprint("w", x.random.Intn(2)))
		case 1:
			x.kill(fmt.Sprint("n", x.random.Intn(clusterServers)))
		case 2:
			x.kill(edgeName(x.random.Intn(clusterEdges)))
		case 3:
			x.joinAndLeave()
		}
	}
	writing.Wait()
	want := x.one()
	x.await("all is found", func() bool { return len(found(x.outputs()).texts()) >= len(want) })
	for name := range x.procs {
		if name[0] != 'n' {
			x.end(name)
		}
	}
	all := found(x.outputs())
	if got := all.texts(); !slices.Equal(got, want) {
		t.Errorf("%d things were found, by one engine %d:\n%s", len(got), len(want), firstDifference(got, want))
	}
	for text, ids := range all {
		if len(ids) != 1 {
			t.Errorf("%s was found under the IDs %v", text, ids)
		}
		for _, n := range ids {
			x.twice += n - 1
		}
	}
	if x.twice > x.killed*clusterParts {
		t.Errorf("%d things were told twice, after %d workers were killed", x.twice, x.killed)
	}
	t.Logf("%d things, %d of them twice after %d workers were killed", len(all), x.twice, x.killed)
	if t.Failed() {
		for name, p := range x.procs {
			t.Logf("%s: %s", name, p.Stderr)
		}
	}
}

// Into how many partitions events are split is changed under load: by another
// name, that goes on where the first ends. Edges are killed while they publish, and
// go there one after the other. In the end all was found that one engine finds
// in all logs, also in windows that were open then, each thing once.
func TestAClusterIsSplitAnew(t *testing.T) {
	x := newSite(t)
	var writing sync.WaitGroup
	for e := range clusterEdges {
		writing.Go(func() { x.writeKeys(e, 0, 200) })
		x.run(edgeName(e))
	}
	x.run("w0")
	x.await("much is found", func() bool { return len(found(x.outputs())) > 400 })
	for e := range clusterEdges {
		writing.Go(func() { x.writeKeys(e, 200, 700) })
	}
	x.name, x.after, x.parts = "anew", x.name, 9
	x.run("w1")
	for e := range clusterEdges {
		<-time.After(300 * time.Millisecond)
		x.kill(edgeName(e))
	}
	if err := x.procs["w0"].Wait(); err != nil { // when all that it held is over
		t.Errorf("%v: %s", err, x.procs["w0"].Stderr)
	}
	before := len(found(x.outputs()))
	x.kill("w1") // while it is not known how far it is
	x.run("w9")
	writing.Wait()
	want := x.one()
	x.await("all is found", func() bool { return len(found(x.outputs()).texts()) >= len(want) })
	x.end("w1")
	x.end("w9")
	all := found(x.outputs())
	if got := all.texts(); !slices.Equal(got, want) {
		t.Errorf("%d things were found, by one engine %d:\n%s", len(got), len(want), firstDifference(got, want))
	}
	if before < 400 || before > len(want)-400 {
		t.Errorf("%d of %d things were found before: the test tells nothing", before, len(want))
	}
	twice := 0
	for text, ids := range all {
		if len(ids) != 1 {
			t.Errorf("%s was found under the IDs %v", text, ids)
		}
		for _, n := range ids {
			twice += n - 1
		}
	}
	if twice > x.parts {
		t.Errorf("%d things were told twice, after a worker was killed", twice)
	}
	if t.Failed() {
		for name, p := range x.procs {
			t.Logf("%s: %s", name, p.Stderr)
		}
	}
}

func edgeName(e int) string { return fmt.Sprint("edge", e) }

func newSite(t *testing.T) *site {
	x := &site{tiers: newTiers(t), procs: map[string]*exec.Cmd{}, name: "site", parts: clusterParts}
	for name, text := range map[string]string{"edge.rdl": clusterEdgeRules, "worker.rdl": clusterWorkerRules, "one.rdl": clusterOneRules} {
		x.put(name, text)
	}
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, filepath.Join(x.dir, "natsd"))
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range clusterServers {
		_, x.ports[i], _ = strings.Cut(freeAddress(t), ":")
		_, x.routes[i], _ = strings.Cut(freeAddress(t), ":")
	}
	t.Cleanup(func() {
		for _, p := range x.procs {
			p.Process.Kill()
			p.Wait()
		}
	})
	for i := range clusterServers {
		x.run(fmt.Sprint("n", i))
	}
	return x
}

// place is where the cluster is.
func (x *site) place() string {
	return fmt.Sprintf("nats://127.0.0.1:%s/%s", strings.Join(x.ports[:], ",127.0.0.1:"), x.name)
}

// command returns the command line of a process.
func (x *site) command(name string) *exec.Cmd {
	args := []string{"run", "-r", "worker.rdl", "--cluster", x.place(), "--partitions", fmt.Sprint(x.parts), "--cluster-expiry", "1500ms", "--cluster-max", "64MiB", "--cluster-keep", "1h", "--alerts", "json"}
	if x.after != "" {
		args = append(args, "--cluster-after", x.after)
	}
	switch {
	case name[0] == 'n':
		i := int(name[1] - '0')
		return exec.Command(filepath.Join(x.dir, "natsd"), append([]string{name, name + ".store", x.ports[i], x.routes[i]}, x.routes[:]...)...)
	case name[0] == 'e':
		args = []string{"run", "-r", "edge.rdl", "--state", name + ".state", "-f", name + ".log", "--upstream", "cluster+" + x.place(), "--upstream-name", name}
	}
	return exec.Command(filepath.Join(x.dir, "logs"), args...)
}

// run starts a process.
func (x *site) run(name string) {
	cmd := x.command(name)
	cmd.Dir, cmd.Stderr = x.dir, &bytes.Buffer{}
	if old := x.procs[name]; old != nil {
		cmd.Stderr = old.Stderr
	}
	out, err := os.OpenFile(filepath.Join(x.dir, name+".out"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		x.t.Fatal(err)
	}
	defer out.Close()
	if cmd.Stdout = out; cmd.Start() != nil {
		x.t.Fatalf("%s does not start", name)
	}
	x.procs[name] = cmd
}

// kill kills a process, and starts it anew.
func (x *site) kill(name string) {
	if name[0] == 'w' {
		x.killed++
	}
	x.procs[name].Process.Kill()
	x.procs[name].Wait()
	x.run(name)
}

// end ends a process in good order.
func (x *site) end(name string) {
	x.t.Helper()
	x.procs[name].Process.Signal(syscall.SIGTERM)
	if err := x.procs[name].Wait(); err != nil {
		x.t.Errorf("%s: %v: %s", name, err, x.procs[name].Stderr)
	}
}

// joinAndLeave lets one more worker have a part for a while.
func (x *site) joinAndLeave() {
	x.run("w9")
	<-time.After(2 * time.Second)
	x.end("w9")
	delete(x.procs, "w9")
}

// writeKeys writes lines from one number up to another into the log of an edge; a
// key is in one log only.
func (x *site) writeKeys(edge, from, to int) {
	random := rand.New(rand.NewSource(int64(edge + from)))
	file, err := os.OpenFile(filepath.Join(x.dir, edgeName(edge)+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		x.t.Error(err)
		return
	}
	defer file.Close()
	for n := from; n < to; n++ {
		key := edge + clusterEdges*random.Intn(clusterKeys/clusterEdges)
		fmt.Fprintf(file, "%s host app: seq: %d of k%d\n", time.Now().UTC().Format(time.RFC3339Nano), n, key)
		<-time.After(time.Duration(random.Intn(20)) * time.Millisecond)
	}
}

// one is what one engine finds in all logs.
func (x *site) one() []string {
	args := []string{"run", "-r", "one.rdl", "--alerts", "json"}
	for e := range clusterEdges {
		args = append(args, edgeName(e)+".log")
	}
	cmd := exec.Command(filepath.Join(x.dir, "logs"), args...)
	cmd.Dir = x.dir
	out, err := cmd.Output()
	if err != nil {
		x.t.Fatal(err)
	}
	return found(out).texts()
}

// outputs is what all workers have told.
func (x *site) outputs() (all []byte) {
	for _, name := range []string{"w0", "w1", "w9"} {
		data, err := os.ReadFile(filepath.Join(x.dir, name+".out"))
		if err != nil && !os.IsNotExist(err) {
			x.t.Fatal(err)
		}
		all = append(all, data...)
	}
	return all
}

// things are alerts: how often each was told under which ID.
type things map[string]map[string]int

// found reads alerts. A line that has no end yet will come.
func found(out []byte) things {
	all := things{}
	for line := range bytes.Lines(out) {
		var alert struct {
			ID, Text string
			Fields   json.RawMessage
		}
		if json.Unmarshal(line, &alert) != nil {
			continue
		}
		text := alert.Text + " " + string(alert.Fields)
		if all[text] == nil {
			all[text] = map[string]int{}
		}
		all[text][alert.ID]++
	}
	return all
}

func (all things) texts() []string { return slices.Sorted(maps.Keys(all)) }
