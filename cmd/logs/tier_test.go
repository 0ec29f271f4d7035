package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Rules of the engines below, of the one above, and of one engine in the place
// of all of them. What two lines of one edge, and one of each edge, make
// together is found where they meet.
const (
	tierEdgeRules = `
rule { matching "(\S+) app: seq: (\d+)"; binding (host n); doing forward seq(n = n, from = host) by n }`

	tierStores = `
window pairs(from, k) { length 10h; max-lines 1; doing alert high "pair" { from = from, of = items } }
window cross(n)       { length 10h; max-lines 1; distinct; doing alert high "cross" { n = n } }`

	tierFound = `
    alert low "event" { n = n, from = from }
    add n to pairs(from, int(n) % 2 == 0 ? int(n) : int(n) - 1)
    add from to cross(n)`

	tierHubRules = tierStores + `
rule { matching event seq; binding (n from); doing {` + tierFound + `
} }`

	tierOneRules = tierStores + `
rule { matching "(\S+) app: seq: (\d+)"; binding (from n); doing {` + tierFound + `
} }`

	// What was found in which order; it stands before the rules above.
	tierOrder = `
let last = "nothing"
rule { matching %s; binding (%s); continuing; doing {
    alert low "order" { n = n, from = from, after = last }
    set last = "{from} {n}"
} }`
)

// tierCrashes is how often a process is killed; a soak asks for more.
var tierCrashes = flag.Int("tier-crashes", 25, "how often TestTiersAreKilledAndCutOff kills a process")

// A tiers is a hub and its edges, as processes that are killed and whose
// network fails.
type tiers struct {
	t      *testing.T
	dir    string
	random *rand.Rand
	addr   string // of the hub
	wire   net.Listener

	mu    sync.Mutex
	cut   bool
	conns []net.Conn
	found map[string]map[string]bool // what was alerted, and under which IDs
}

var tierEdges = []string{"alpha", "beta", "gamma"}

// Hub and edges are killed at any moment, and the network between them comes
// and goes. In the end all was found that one engine finds in all logs, in the
// order of their times, and under one ID.
func TestTiersAreKilledAndCutOff(t *testing.T) {
	x := newTiers(t)
	x.put("hub.rdl", fmt.Sprintf(tierOrder, "event seq", "n from")+tierHubRules)
	x.put("one.rdl", fmt.Sprintf(tierOrder, `"(\S+) app: seq: (\d+)"`, "from n")+tierOneRules)
	var writing sync.WaitGroup
	const lines = 400
	for i, edge := range tierEdges {
		random := rand.New(rand.NewSource(int64(i)))
		writing.Go(func() { x.write(edge, lines, random) })
	}
	procs := map[string]*exec.Cmd{"hub": x.start("hub")}
	for _, edge := range tierEdges {
		procs[edge] = x.start(edge)
	}
	for range *tierCrashes {
		name := append(tierEdges, "hub", "hub")[x.random.Intn(5)]
		procs[name].Process.Kill()
		procs[name].Wait()
		x.setCut(x.random.Intn(3) == 0)
		x.rest(40)
		procs[name] = x.start(name)
		x.rest(120)
	}
	x.setCut(false)
	writing.Wait()
	want := x.alone()
	x.await("all is found", func() bool { return len(x.texts()) >= len(want) })
	for _, p := range procs {
		p.Process.Signal(syscall.SIGTERM)
		if err := p.Wait(); err != nil {
			t.Errorf("%v: %s", err, p.Stderr)
		}
	}
	if got := x.texts(); !slices.Equal(got, want) {
		t.Errorf("%d things were found, by one engine %d:\n%s", len(got), len(want), firstDifference(got, want))
	}
	for text, ids := range x.found {
		if len(ids) != 1 {
			t.Errorf("%s was found under the IDs %v", text, slices.Collect(maps.Keys(ids)))
		}
	}
}

// Three tiers, the upper two on different machines as far as trust goes. What
// the one in the middle finds in events goes up, too, and an edge that has
// fallen silent does not hold back the others.
func TestThreeTiers(t *testing.T) {
	x := newTiers(t)
	x.put("edge.rdl", `rule { matching "seq: (\d+)"; binding (n); doing forward seq(n = int(n), at = now) }`)
	x.put("middle.rdl", `rule { matching event seq; binding (n at); doing { forward found(n = n + 1, at = at, from = msg.host) } }`)
	x.put("top.rdl", `rule { matching event found; binding (n at from); doing print "{msg.source} {msg.host} {msg.time} {n} {at - msg.time} {from}" }`)
	top, middle := freeAddress(t), freeAddress(t)
	x.logs("hub", "init", "--dir", "trust", "--host", top)
	x.logs("hub", "user", "add", "--dir", "trust", "net", "-o", "net.cred")
	if info, err := os.Stat(filepath.Join(x.dir, "net.cred")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the credential: %v, %v", info, err)
	}
	x.service("top", "--hub", top, "--hub-dir", "trust")
	x.service("middle", "--hub", middle, "--upstream", "net.cred", "--upstream-name", "middle.example.org")
	var got []byte
	for n, edge := range []string{"a", "b", "a"} {
		x.put("app.log", fmt.Sprintf("2026-11-24T08:00:0%d.5Z %s app: seq: %d\n", n, edge, n))
		x.logs("run", "-r", "edge.rdl", "--upstream", "nats://"+middle, "--upstream-name", edge, "app.log")
		x.await("the top has it", func() bool { // one that comes later than the next would be late
			got, _ = os.ReadFile(filepath.Join(x.dir, "top.out"))
			return bytes.Count(got, []byte("\n")) > n
		})
	}
	want := `tier:net/middle.example.org middle.example.org 2026-11-24T08:00:00.5Z 1 0s a
tier:net/middle.example.org middle.example.org 2026-11-24T08:00:01.5Z 2 0s b
tier:net/middle.example.org middle.example.org 2026-11-24T08:00:02.5Z 3 0s a
`
	if string(got) != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// The hub takes the events of its edges by their time, also if those of one come
// late, for its network was away; an edge that says nothing more stops nobody.
func TestEdgesAreMergedByTime(t *testing.T) {
	x := newTiers(t)
	x.put("hub.rdl", `rule { matching event seq; binding (n from); doing print "{format(msg.time, "2006-01-02T15:04:05.000000000Z")} {n} {from}" }`)
	x.service("hub", "--hub", x.addr, "--late", "3s")
	for name, addr := range map[string]string{"alpha": x.addr, "beta": x.wire.Addr().String(), "gamma": x.addr} {
		x.put(name+".rdl", tierEdgeRules)
		x.put(name+".log", "")
		x.service(name, "-f", name+".log", "--upstream", "nats://"+addr, "--upstream-name", name)
	}
	var got []byte
	lines := func() int {
		got, _ = os.ReadFile(filepath.Join(x.dir, "hub.out"))
		return bytes.Count(got, []byte("\n"))
	}
	for _, edge := range tierEdges {
		x.write(edge, 1, x.random)
	}
	x.await("the hub knows them all", func() bool { return lines() == 3 })
	const each = 250
	var writing sync.WaitGroup
	for i, edge := range tierEdges[:2] { // gamma has fallen silent
		random := rand.New(rand.NewSource(int64(i)))
		writing.Go(func() { x.write(edge, each, random) })
	}
	x.setCut(true)
	<-time.After(700 * time.Millisecond)
	x.setCut(false)
	writing.Wait()
	x.await("all is there", func() bool { return lines() == 3+2*each })
	sorted := slices.Sorted(strings.Lines(string(got)))
	if !slices.Equal(slices.Collect(strings.Lines(string(got))), sorted) {
		t.Errorf("they came in another order than that of their times:\n%s", got)
	}
}

func (x *tiers) put(name, text string) {
	if err := os.WriteFile(filepath.Join(x.dir, name), []byte(text), 0o600); err != nil {
		x.t.Fatal(err)
	}
}

// logs runs the program to its end.
func (x *tiers) logs(args ...string) {
	x.t.Helper()
	cmd := exec.Command(filepath.Join(x.dir, "logs"), args...)
	cmd.Dir = x.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		x.t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// service runs the program until the test ends.
func (x *tiers) service(name string, args ...string) {
	cmd := exec.Command(filepath.Join(x.dir, "logs"), append([]string{"run", "-r", name + ".rdl", "--state", name + ".state"}, args...)...)
	out, err := os.Create(filepath.Join(x.dir, name+".out"))
	if err == nil {
		cmd.Dir, cmd.Stdout, cmd.Stderr = x.dir, out, &bytes.Buffer{}
		err = cmd.Start()
	}
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil || x.t.Failed() {
			x.t.Errorf("%s: %v: %s", name, err, cmd.Stderr)
		}
		out.Close()
	})
}

func newTiers(t *testing.T) *tiers {
	x := &tiers{t: t, dir: t.TempDir(), random: rand.New(rand.NewSource(7)), found: map[string]map[string]bool{}}
	for name, text := range map[string]string{"edge.rdl": tierEdgeRules, "hub.rdl": tierHubRules, "one.rdl": tierOneRules} {
		x.put(name, text)
	}
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, filepath.Join(x.dir, "logs"))
	}
	if err != nil {
		t.Fatal(err)
	}
	x.addr = freeAddress(t)
	if x.wire, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var relaying sync.WaitGroup
	relaying.Go(func() { x.relay(&relaying) })
	t.Cleanup(func() {
		x.wire.Close()
		x.setCut(true)
		relaying.Wait()
	})
	return x
}

// freeAddress is one at which nobody listens.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// relay is the network between edges and hub.
func (x *tiers) relay(running *sync.WaitGroup) {
	for {
		near, err := x.wire.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", x.addr)
		x.mu.Lock()
		if err != nil || x.cut {
			near.Close()
			if far != nil {
				far.Close()
			}
		} else {
			x.conns = append(x.conns, near, far)
			for _, c := range [][2]net.Conn{{near, far}, {far, near}} {
				running.Go(func() { io.Copy(c[0], c[1]); c[0].Close() })
			}
		}
		x.mu.Unlock()
	}
}

func (x *tiers) setCut(cut bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.cut = cut; cut {
		for _, c := range x.conns {
			c.Close()
		}
		x.conns = nil
	}
}

// rest lets some time pass, up to so many ms.
func (x *tiers) rest(ms int) { <-time.After(time.Duration(x.random.Intn(ms)) * time.Millisecond) }

func (x *tiers) await(what string, holds func() bool) {
	x.t.Helper()
	for range 3000 {
		if holds() {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	x.t.Errorf("it never came to this: %s", what)
}

// write writes the log of an edge, a line now and then.
func (x *tiers) write(edge string, lines int, random *rand.Rand) {
	file, err := os.OpenFile(filepath.Join(x.dir, edge+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		x.t.Error(err)
		return
	}
	defer file.Close()
	for n := range lines {
		fmt.Fprintf(file, "%s %s app: seq: %d\n", time.Now().UTC().Format(time.RFC3339Nano), edge, n)
		<-time.After(time.Duration(random.Intn(8)) * time.Millisecond)
	}
}

// start starts the hub or an edge.
func (x *tiers) start(name string) *exec.Cmd {
	args := []string{"-r", "edge.rdl", "-f", name + ".log", "--upstream", "nats://" + x.wire.Addr().String(), "--upstream-name", name}
	if name == "hub" {
		args = []string{"-r", "hub.rdl", "--hub", x.addr, "--alerts", "json", "--late", "8s"}
	}
	cmd := exec.Command(filepath.Join(x.dir, "logs"), append([]string{"run", "--state", name + ".state"}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = x.dir, &hearing{x: x}, &bytes.Buffer{}
	if err := cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	return cmd
}

// A hearing takes the alerts that a process prints. When Wait has returned it has all
// of them, also of one that was killed.
type hearing struct {
	x    *tiers
	rest []byte // of a line whose end has not come
}

func (o *hearing) Write(p []byte) (int, error) {
	o.rest = append(o.rest, p...)
	for {
		line, rest, whole := bytes.Cut(o.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		o.x.take(line)
		o.rest = rest
	}
}

// take notes an alert.
func (x *tiers) take(line []byte) {
	var alert struct {
		ID, Text string
		Fields   json.RawMessage
	}
	if err := json.Unmarshal(line, &alert); err != nil {
		x.t.Errorf("%q: %v", line, err)
		return
	}
	text := alert.Text + " " + string(alert.Fields)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.found[text] == nil {
		x.found[text] = map[string]bool{}
	}
	x.found[text][alert.ID] = true
}

// texts is what was found, sorted.
func (x *tiers) texts() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Sorted(maps.Keys(x.found))
}

// alone is what one engine finds in all logs.
func (x *tiers) alone() (texts []string) {
	cmd := exec.Command(filepath.Join(x.dir, "logs"), "run", "-r", "one.rdl", "--alerts", "json", "alpha.log", "beta.log", "gamma.log")
	cmd.Dir = x.dir
	out, err := cmd.Output()
	if err != nil {
		x.t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		var alert struct {
			Text   string
			Fields json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &alert); err != nil {
			x.t.Fatal(err)
		}
		texts = append(texts, alert.Text+" "+string(alert.Fields))
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

func firstDifference(got, want []string) string {
	for _, text := range want {
		if !slices.Contains(got, text) {
			return "missing: " + text
		}
	}
	for _, text := range got {
		if !slices.Contains(want, text) {
			return "too much: " + text
		}
	}
	return ""
}
