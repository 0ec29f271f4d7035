package tier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/logs-rdl/logs"
)

// startServer starts a server with JetStream, which is a cluster of one.
func startServer(t *testing.T, users ...*server.User) ClusterAt {
	t.Helper()
	return placeOf(t, startWith(t, &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), Users: users}))
}

// startWith starts a server, which runs until the test ends.
func startWith(t *testing.T, o *server.Options) *server.Server {
	t.Helper()
	o.NoSigs = true
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	return s
}

// placeOf is where the cluster of one server is.
func placeOf(t *testing.T, s *server.Server) ClusterAt {
	t.Helper()
	at, err := ParseCluster("nats://" + s.Addr().String() + "/site")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// openCluster opens a cluster of one server.
func openCluster(t *testing.T, at ClusterAt, partitions int) *Cluster {
	t.Helper()
	c, err := OpenCluster(t.Context(), ClusterOptions{At: at, Partitions: partitions, Replicas: 1, MaxBytes: 64 << 20, Expiry: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestPlacesOfClusters(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"nats://127.0.0.1:1,localhost:2/site":                   "nats://127.0.0.1:1,nats://localhost:2",
		"tls://a.example.org:1/s?ca=" + file + "&creds=" + file: "tls://a.example.org:1",
		"tls://u:p@a:1,b:2/site?cert=" + file + "&key=" + file:  "tls://u:p@a:1,tls://u:p@b:2",
	} {
		if at, err := ParseCluster(text); err != nil || at.servers != want {
			t.Errorf("%s: %s, %v", text, at.servers, err)
		}
	}
	for text, want := range map[string]string{
		"":                           "no place of a cluster",
		"http://127.0.0.1:1/site":    "no place of a cluster",
		"nats:///site":               "no place of a cluster",
		"nats://127.0.0.1:1":         "does not name",
		"nats://127.0.0.1:1/a.b":     "does not name",
		"nats://127.0.0.1/site":      "no server of a cluster",
		"nats://a.example.org:1/s":   "spoken to by TLS",
		"nats://127.0.0.1:1/s?x=y":   "says nothing",
		"nats://127.0.0.1:1,b:2/s":   "spoken to by TLS",
		"nats://127.0.0.1:1/s?%zz=1": "invalid URL escape",
		"tls://a:1/s?ca=none.crt":    "the file that ca names: stat none.crt",
		"tls://a:1/s?cert=" + file:   "go together",
	} {
		if _, err := ParseCluster(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The key decides where an event goes, and it is there that NATS would put it.
func TestPartitionsOfEvents(t *testing.T) {
	for _, test := range []struct {
		target, key string
	}{{"192.0.2.7", "192.0.2.7"}, {"", "scan"}, {`a"b\c`, `a"b\c`}} {
		e := event(1)
		e.Target = test.target
		line := logs.AppendEvent(nil, e, "edge1")
		if key := keyOf(line); key != test.key {
			t.Errorf("%s: the key is %q", line, key)
		}
	}
	if key := keyOf([]byte("no event")); key != "" {
		t.Errorf("of no event the key is %q", key)
	}
	checkLikeNATS(t, 64)
}

// checkLikeNATS compares partitionOf with the server's own function.
func checkLikeNATS(t *testing.T, n int) {
	t.Helper()
	transform, err := server.NewSubjectTransform("in.*", fmt.Sprintf("out.{{partition(%d,1)}}", n))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		key := fmt.Sprintf("key-%d", i)
		if got, want := transform.TransformSubject("in."+key), fmt.Sprintf("out.%d", partitionOf(key, n)); got != want {
			t.Errorf("%s: NATS says %s, and not %s", key, got, want)
		}
	}
}

func FuzzParsePart(f *testing.F) {
	b := batch{"0123456789abcdef", 7, 2, []byte("a\nb\n")}
	for _, p := range b.split(1) {
		f.Add(p.encode())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parsePart(data)
		if err != nil {
			return
		}
		if again, err := parsePart(p.encode()); err != nil || again.count != p.count || !bytes.Equal(again.lines, p.lines) {
			t.Fatalf("%v, %v", again, err)
		}
		for line := range bytes.Lines(p.lines) {
			cutNumber(line[:len(line)-1])
			keyOf(line)
		}
	})
}

// How a cluster is split is said once.
func TestPartitionsAreNotChanged(t *testing.T) {
	at := startServer(t)
	openCluster(t, at, 7)
	if c := openCluster(t, at, 0); c.Partitions() != 7 {
		t.Errorf("there are %d partitions", c.Partitions())
	}
	_, err := OpenCluster(t.Context(), ClusterOptions{At: at, Partitions: 8, Replicas: 1})
	if err == nil || !strings.Contains(err.Error(), "is split into 7 partitions, not 8: what is known of a key") {
		t.Error(err)
	}
	at.Name = "other"
	if _, err := OpenCluster(t.Context(), ClusterOptions{At: at, Replicas: 3}); err == nil || !strings.Contains(err.Error(), "try --replicas 1") {
		t.Error(err)
	}
}

// publishing starts a publisher that runs until the test ends or stop is
// called.
func publishing(t *testing.T, at ClusterAt, dir, name string) (p *Publisher, stop func()) {
	t.Helper()
	return publishingFor(t, at, UpstreamOptions{Dir: dir, Name: name})
}

func publishingFor(t *testing.T, at ClusterAt, o UpstreamOptions) (p *Publisher, stop func()) {
	t.Helper()
	p, err := OpenPublisher(o, at)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			running.Wait()
			p.Close()
		})
	}
	t.Cleanup(stop)
	return p, stop
}

// doAll hands over the events from one number up to another, keyed by it, and
// waits until the cluster has them.
func doAll(t *testing.T, p *Publisher, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		e := event(n)
		e.Target = fmt.Sprint("key", n%10)
		if err := p.Do(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if left := p.Drain(ctx); left > 0 {
		t.Fatalf("%d events were not published", left)
	}
}

// readPartition reads the events of a partition from a mark on, as many as
// there are, and returns the mark of the last part.
func readPartition(t *testing.T, c *Cluster, partition int, mark string, n int) (numbers []int, last string) {
	t.Helper()
	r, err := c.OpenEvents(partition, mark)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	giveUp := time.AfterFunc(20*time.Second, func() { r.Close() })
	defer giveUp.Stop()
	for len(numbers) < n {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			t.Fatalf("only %d of %d events came", len(numbers), n)
		}
		numbers = append(numbers, numbersIn(t, p.Lines())...)
		last = p.Mark()
	}
	if !r.Resumed() {
		t.Error("it has not found its place")
	}
	return numbers, last
}

// Events come to the partition of their key, once and in order, also when an
// edge was killed and publishes them again, long after.
func TestEventsComeOnceAndInOrder(t *testing.T) {
	at, dir := startServer(t), t.TempDir()
	c := openCluster(t, at, 4)
	p, stop := publishing(t, at, dir, "edge1")
	doAll(t, p, 0, 3000)
	stop()
	// The store is told that nothing was published, and the cluster has
	// forgotten the ids.
	s, err := openStore(dir, DefaultMaxBytes, false, c.o.Log)
	if err != nil {
		t.Fatal(err)
	}
	if s.segments[0].first != 1 {
		t.Fatal("the events are gone from the store")
	}
	s.mark.WriteAt(fmt.Appendf(nil, "%0*d\n", numberDigits, 1), 0)
	s.close()
	config := c.events.CachedInfo().Config
	config.Duplicates = 100 * time.Millisecond
	if _, err := c.js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	before := published(t, c)
	again, stop := publishing(t, at, dir, "edge1")
	doAll(t, again, 3000, 3500)
	stop()
	if published(t, c) == before {
		t.Error("nothing was published twice")
	}
	var all []int
	for partition := range 4 {
		want := 0
		for n := range 3500 {
			if partitionOf(fmt.Sprint("key", n%10), 4) == partition {
				want++
			}
		}
		numbers, mark := readPartition(t, c, partition, "", want)
		if len(numbers) != want || !slices.IsSorted(numbers) {
			t.Errorf("partition %d: %d events of %d, in order: %v", partition, len(numbers), want, slices.IsSorted(numbers))
		}
		all = append(all, numbers...)
		if want == 0 {
			continue
		}
		c.Forget(t.Context(), partition, mark)
		if rest, _ := readPartition(t, c, partition, mark, 1); len(rest) >= want || rest[len(rest)-1] != numbers[want-1] {
			t.Errorf("behind the mark there are %d events of %d", len(rest), want)
		}
	}
	if slices.Sort(all); text(all) != upTo(0, 3500) {
		t.Errorf("%d events came", len(all))
	}
}

func published(t *testing.T, c *Cluster) uint64 {
	t.Helper()
	info, err := c.events.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info.State.LastSeq
}

// What strangers put into the stream, and events from the far future, are
// passed over.
func TestWhatIsNoEventIsPassedOver(t *testing.T) {
	c := openCluster(t, startServer(t), 1)
	late := event(0)
	late.Time = time.Now().Add(2 * time.Hour)
	b := batch{epoch: "0123456789abcdef", first: 1, count: 3}
	b.lines = append(logs.AppendEvent(nil, late, "edge1"), "\nno event\n"...)
	b.lines = append(logs.AppendEvent(b.lines, event(7), "edge1"), '\n')
	for _, data := range [][]byte{[]byte("hello"), nil, []byte("logs part 1 0123456789abcdef 1\nx y\n"), b.split(1)[0].encode()} {
		if _, err := c.js.PublishMsg(t.Context(), &nats.Msg{Subject: "logs.site.events.0", Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := readPartition(t, c, 0, "", 1); text(got) != "7" {
		t.Errorf("got %v", got)
	}
}

// openDepot takes a partition over.
func openDepot(t *testing.T, c *Cluster) *Depot {
	t.Helper()
	d, err := c.OpenDepot(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// loaded is what a depot holds, as text.
func loaded(t *testing.T, d *Depot) string {
	t.Helper()
	snapshot, journals, err := d.Load()
	if err != nil {
		t.Fatal(err)
	}
	said := "none"
	if snapshot != nil {
		said = string(snapshot.Data)
	}
	for _, j := range journals {
		said += fmt.Sprintf(" %d:%s", j.Generation, j.Data)
	}
	return said
}

func saying(text string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
}

// A depot hands on what was written, and nothing that was written after it was
// taken over.
func TestADepotIsTakenOver(t *testing.T) {
	c := openCluster(t, startServer(t), 1)
	a := openDepot(t, c)
	if said := loaded(t, a); said != "none" {
		t.Errorf("at first there is %s", said)
	}
	write := func(d *Depot, frames ...string) {
		t.Helper()
		for _, f := range frames {
			if err := d.Append([]byte(f)); err != nil {
				t.Fatal(err)
			}
		}
	}
	a.Begin(1)
	write(a, "a", "b")
	b := openDepot(t, c)
	if said := loaded(t, b); said != "none 1:ab" {
		t.Errorf("b finds %s", said)
	}
	if err := a.Append([]byte("c")); !errors.Is(err, ErrFenced) {
		t.Errorf("a writes on: %v", err)
	}
	if _, err := a.Replace(2, saying("of a")); !errors.Is(err, ErrFenced) {
		t.Errorf("a takes a snapshot: %v", err)
	}
	b.Begin(2)
	write(b, "d")
	b.Begin(3)
	write(b, "e") // while the snapshot is taken
	if n, err := b.Replace(3, saying("of b")); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	write(b, "f")
	third := openDepot(t, c)
	if said := loaded(t, third); said != "of b 3:ef" {
		t.Errorf("the third finds %s", said)
	}
	info, err := c.snapshots.Info(t.Context())
	if err != nil || info.State.NumSubjects != 1 {
		t.Errorf("there are %d snapshots, %v", info.State.NumSubjects, err)
	}
	late := openDepot(t, c)
	last := openDepot(t, c)
	last.Begin(4)
	if _, err := last.Replace(4, saying("of the last")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := late.Load(); !errors.Is(err, ErrFenced) {
		t.Errorf("who comes too late loads: %v", err)
	}
	if last := loaded(t, openDepot(t, c)); last != "of the last" {
		t.Errorf("the next finds %s", last)
	}
}

// Two workers share the partitions; when one says nothing more, the other has
// them all.
func TestMembersShare(t *testing.T) {
	c := openCluster(t, startServer(t), 5)
	a, b := c.Join("a"), c.Join("b")
	beat := func(m *Member, ended ...int) (held, surplus []int) {
		t.Helper()
		held, surplus, err := m.Beat(t.Context(), time.Now(), ended)
		if err != nil {
			t.Fatal(err)
		}
		return held, surplus
	}
	if held, _ := beat(a); len(held) != 5 {
		t.Errorf("alone it holds %v", held)
	}
	beat(b)
	_, surplus := beat(a)
	if len(surplus) != 2 {
		t.Errorf("too much is %v", surplus)
	}
	beat(a, surplus...)
	if held, _ := beat(b); !slices.Equal(slices.Sorted(slices.Values(surplus)), held) {
		t.Errorf("%v was given, and %v taken", surplus, held)
	}
	await(t, "the other has them all", func() bool {
		held, _ := beat(a)
		return len(held) == 5
	})
	if err := a.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if held, _ := beat(b); len(held) != 5 {
		t.Errorf("when it has left, the other holds %v", held)
	}
}
