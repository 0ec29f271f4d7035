package tier

import (
	"crypto/tls"
	"math/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

var edge1 = Edge{localDepartment, "edge1"}

func TestEventsArriveOnceAndInOrder(t *testing.T) {
	hub := startHub(t, HubOptions{})
	up := startUpstream(t, UpstreamOptions{URL: "nats://" + hub.Addr()})
	up.do(t, 0, 5000)
	up.drain(t)
	if found := hub.Discover(); len(found) != 1 || found[0] != edge1 {
		t.Fatalf("found %v", found)
	}
	if got, _ := read(t, hub.Hub, edge1, "", 5000); text(got) != upTo(0, 5000) {
		t.Error("they came in another order")
	}
	if s := up.Stats(); s.Stored != 5000 || s.Shipped != 5000 || s.Waiting != 0 || s.Bytes != 0 || s.Dropped != 0 {
		t.Errorf("stats %+v", s)
	}
	if s := hub.Stats(); s.Taken != 5000 || s.Refused != 0 || s.Edges != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestWhatWaitsIsShippedWhenTheHubComes(t *testing.T) {
	dir := t.TempDir()
	up := startUpstream(t, UpstreamOptions{URL: "nats://127.0.0.1:1", Dir: dir})
	up.do(t, 0, 300)
	await(t, "trouble was told", func() bool { return strings.Contains(up.diary.String(), "wait") })
	up.stop()
	hub := startHub(t, HubOptions{})
	up = startUpstream(t, UpstreamOptions{URL: "nats://" + hub.Addr(), Dir: dir})
	up.do(t, 300, 400)
	up.drain(t)
	if got, _ := read(t, hub.Hub, edge1, "", 400); text(got) != upTo(0, 400) {
		t.Errorf("got %s", text(got))
	}
}

// The network fails at any moment, and so does the hub; what the edge says
// comes once and in order.
func TestTheNetworkIsCutAgainAndAgain(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	dir := t.TempDir()
	hub := startHub(t, HubOptions{Dir: dir, Keeps: true})
	wire := newWire(t, hub.Addr(), 3*time.Millisecond)
	up := startUpstream(t, UpstreamOptions{URL: wire.url()})
	const total = 3000
	n := 0
	for n < total {
		next := min(total, n+random.Intn(200))
		up.do(t, n, next)
		n = next
		pause(t.Context(), time.Duration(random.Intn(30))*time.Millisecond)
		wire.set(random.Intn(2) == 0)
		if random.Intn(8) == 0 {
			addr := hub.Addr()
			hub.stop()
			hub = startHub(t, HubOptions{Dir: dir, Keeps: true, Addr: addr})
		}
	}
	wire.set(false)
	up.drain(t)
	if got, _ := read(t, hub.Hub, edge1, "", total); text(got) != upTo(0, total) {
		t.Errorf("got %s", text(got))
	}
}

// A reader goes on at the mark of a block with that block, whatever has been
// removed before it, also after the hub was started anew.
func TestReadingGoesOnAtAMark(t *testing.T) {
	dir := t.TempDir()
	hub := startHub(t, HubOptions{Dir: dir, Keeps: true})
	up := startUpstream(t, UpstreamOptions{URL: "nats://" + hub.Addr()})
	for n := range 5 {
		up.do(t, 10*n, 10*n+10)
		up.drain(t)
	}
	_, mark := read(t, hub.Hub, edge1, "", 25) // 20 to 30 is the last block
	hub.Forget(edge1, mark)
	await(t, "what was used is gone", func() bool {
		got, _ := read(t, hub.Hub, edge1, "", 1)
		return got[0] == 20
	})
	hub.stop()
	hub = startHub(t, HubOptions{Dir: dir, Keeps: true})
	if found := hub.Discover(); len(found) != 1 || found[0] != edge1 {
		t.Fatalf("found %v", found)
	}
	if got, _ := read(t, hub.Hub, edge1, mark, 30); text(got) != upTo(20, 50) {
		t.Errorf("got %s", text(got))
	}
}

// A mark of a hub whose store is another one by now says so, and all there is
// is read.
func TestAMarkOfAStoreThatIsGone(t *testing.T) {
	hub := startHub(t, HubOptions{})
	up := startUpstream(t, UpstreamOptions{URL: "nats://" + hub.Addr()})
	up.do(t, 0, 3)
	up.drain(t)
	r, err := hub.OpenEdge(edge1, "12345 99")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := r.Next()
	if err != nil || r.Resumed() || b.first != 1 {
		t.Errorf("got %v, %v, resumed %v", b, err, r.Resumed())
	}
	for _, mark := range []string{"x", "1", "1 x", "1 2 x", "1 2 0123456789abcdef:x", "-"} {
		if _, err := hub.OpenEdge(edge1, mark); err == nil {
			t.Errorf("%q is a mark", mark)
		}
	}
}

// Batches that come again are dropped: the same ones by their ids, those that
// hold more the second time by the numbers of their events.
func TestDoublesAreDropped(t *testing.T) {
	hub := startHub(t, HubOptions{})
	conn, err := nats.Connect("nats://"+hub.Addr(), nats.CustomInboxPrefix("_INBOX.local"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	lines := func(from, to int) (b batch) {
		for n := from; n < to; n++ {
			b.lines = append(appendLine(b.lines, n), '\n')
		}
		b.epoch, b.first, b.count = "0123456789abcdef", uint64(from+1), to-from
		return b
	}
	for _, r := range [][2]int{{0, 5}, {0, 5}, {0, 9}, {3, 4}, {8, 12}, {20, 22}} {
		b := lines(r[0], r[1])
		if reply, err := conn.Request("up.local.edge1", b.encode(), 5*time.Second); err != nil || string(reply.Data) != answerOK {
			t.Fatalf("%v: %v, %v", r, reply, err)
		}
	}
	if got, _ := read(t, hub.Hub, edge1, "", 14); text(got) != upTo(0, 12)+" 20 21" {
		t.Errorf("got %s", text(got))
	}
	if s := hub.Stats(); s.Doubles != 5+5+1+1 || s.Lost != 8 {
		t.Errorf("stats %+v", s)
	}
}

// Without a state what has been used is removed by itself.
func TestAHubWithoutAStateKeepsNothing(t *testing.T) {
	hub := startHub(t, HubOptions{})
	up := startUpstream(t, UpstreamOptions{URL: "nats://" + hub.Addr()})
	up.do(t, 0, 10)
	up.drain(t)
	read(t, hub.Hub, edge1, "", 10)
	up.do(t, 10, 20)
	up.drain(t)
	await(t, "what was used is gone", func() bool {
		r, err := hub.OpenEdge(edge1, "")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		b, err := r.Next()
		return err == nil && b.first == 11
	})
}

// A hub tells of each department what came, what lies there and how long, and
// when it was last heard of; of who is none, only how many there were.
func TestFiguresOfDepartments(t *testing.T) {
	r := newRealm(t)
	netCred, webCred := r.add(User{Name: "net"}), r.add(User{Name: "web"})
	old := r.add(User{Name: "old"})
	if err := r.trust.RemoveUser("old"); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	up := r.up(netCred)
	up.do(t, 0, 10)
	up.drain(t)
	other := startUpstream(t, UpstreamOptions{URL: r.url(), Credential: netCred, Name: "edge2"})
	other.do(t, 0, 1)
	other.drain(t)
	conn := r.conn(webCred, "_INBOX.web")
	await(t, "the batch is refused", func() bool {
		reply, err := conn.Request("up.web.edge1", []byte("hello"), time.Second)
		return err == nil && strings.HasPrefix(string(reply.Data), answerErr)
	})
	r.up(old).do(t, 0, 1)
	if c, err := nats.Connect(r.url(), nats.Secure(&tls.Config{InsecureSkipVerify: true})); err == nil {
		c.Close()
		t.Error("a stranger was let in")
	}
	await(t, "the figures are there", func() bool {
		s := r.Stats()
		return s.Strangers >= 2 && len(s.Departments) == 2 && s.Departments[0].Lying > 0
	})
	of := func(i int) DepartmentStats { return r.Stats().Departments[i] }
	net, web := of(0), of(1)
	if net.Name != "net" || net.Edges != 2 || net.Events != 11 || net.Bytes < 11*100 || net.Refused != 0 || net.Lying < net.Bytes {
		t.Errorf("net: %+v", net)
	}
	if net.Seen.Before(before) || net.Seen.After(time.Now()) || net.Lag != 0 {
		t.Errorf("net: %+v", net)
	}
	if web.Name != "web" || web.Edges != 0 || web.Events != 0 || web.Refused != 1 || !web.Seen.IsZero() {
		t.Errorf("web: %+v", web)
	}

	// An engine that reads and does not go on lags behind; one that goes on does not.
	reader, err := r.OpenEdge(Edge{"net", "edge1"}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	block, err := reader.Next()
	if err != nil {
		t.Fatal(err)
	}
	await(t, "it lags", func() bool { return of(0).Lag > 50*time.Millisecond })
	block.Release()
	var reading sync.WaitGroup
	reading.Go(func() { reader.Next() })
	await(t, "it does not lag", func() bool { return of(0).Lag == 0 })
	reader.Close()
	reading.Wait()

	// Who shows a credential that was replaced is refused as that department.
	r.add(User{Name: "net"})
	await(t, "the old credential is counted", func() bool { return of(0).Refused > 0 })
}

// When a department was last heard of is known to a hub that was started anew,
// also if all of it was used.
func TestAHubRemembersWhenItHeardOfADepartment(t *testing.T) {
	dir := t.TempDir()
	hub := startHub(t, HubOptions{Dir: dir})
	up := startUpstream(t, UpstreamOptions{URL: "nats://" + hub.Addr()})
	up.do(t, 0, 10)
	up.drain(t)
	seen := hub.Stats().Departments[0].Seen
	read(t, hub.Hub, edge1, "", 10)
	await(t, "all is gone", func() bool { return hub.Stats().Departments[0].Lying == 0 })
	up.stop()
	hub.stop()
	hub = startHub(t, HubOptions{Dir: dir})
	var again time.Time
	await(t, "it remembers", func() bool {
		again = hub.Stats().Departments[0].Seen
		return !again.IsZero()
	})
	if off := seen.Sub(again).Abs(); off > time.Second {
		t.Errorf("seen at %v, and remembered as %v", seen, again)
	}
}

func TestAddressesOfAHub(t *testing.T) {
	for _, addr := range []string{":4222", "0.0.0.0:0", "192.0.2.1:4222", "example.org:4222", "[::]:0"} {
		if _, err := OpenHub(HubOptions{Addr: addr, Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "logs hub init") {
			t.Errorf("%s: %v", addr, err)
		}
	}
	for _, addr := range []string{"127.0.0.1", "127.0.0.1:x", "localhost:70000"} {
		if _, err := OpenHub(HubOptions{Addr: addr, Dir: t.TempDir()}); err == nil {
			t.Errorf("%s is an address", addr)
		}
	}
	hub := startHub(t, HubOptions{})
	if _, err := OpenHub(HubOptions{Addr: hub.Addr(), Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("two hubs at one address: %v", err)
	}
	for _, url := range []string{"", "nats://192.0.2.1:4222", "tls://127.0.0.1:4222", "http://127.0.0.1:4222", "nats://"} {
		if _, err := OpenUpstream(UpstreamOptions{URL: url, Dir: t.TempDir(), Name: "edge1"}); err == nil {
			t.Errorf("%q is a place for a hub", url)
		}
	}
	for _, name := range []string{"", "a b", "*", ">", "-", "ü", strings.Repeat("a", 300)} {
		if _, err := OpenUpstream(UpstreamOptions{URL: "nats://127.0.0.1:1", Dir: t.TempDir(), Name: name}); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
}
