package tier

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"pgregory.net/rapid"

	"github.com/logs-rdl/logs"
)

// A holder that was held up between its fence and its look for leftovers takes
// none of a later one's snapshots for one.
func TestALateHolderRemovesNothingOfTheNext(t *testing.T) {
	c := openCluster(t, startServer(t), 1)
	first := openDepot(t, c)
	first.Begin(1)
	replace(t, first, 1, "of the first")
	held := openDepot(t, c)
	loaded(t, held)
	next := openDepot(t, c)
	loaded(t, next)
	next.Begin(2)
	replace(t, next, 2, "of the next")
	held.clean()
	if said := loaded(t, openDepot(t, c)); said != "of the next" {
		t.Errorf("the last finds %s", said)
	}
}

func replace(t *testing.T, d *Depot, generation uint64, text string) {
	t.Helper()
	if _, err := d.Replace(generation, saying(text)); err != nil {
		t.Fatal(err)
	}
}

// What lies in the cluster does not grow with the number of snapshots that were
// taken, nor with those that were cut short.
func TestSnapshotsAreRemoved(t *testing.T) {
	c := openCluster(t, startServer(t), 1)
	long := strings.Repeat("x", 3*maxChunk/2)
	var d *Depot
	for n := range uint64(12) {
		if n%4 == 0 {
			d = openDepot(t, c)
			loaded(t, d)
		}
		d.Begin(n + 1)
		replace(t, d, n+1, long)
	}
	if err := d.put(t.Context(), d.nameOf(99), []byte("cut short")); err != nil {
		t.Fatal(err)
	}
	d = openDepot(t, c)
	if said := loaded(t, d); said != long {
		t.Errorf("%d bytes came back", len(said))
	}
	info, err := c.snapshots.Info(t.Context())
	if err != nil || info.State.Msgs != 2 {
		t.Errorf("%d messages lie there, %v", info.State.Msgs, err)
	}
	info, err = c.journal.Info(t.Context())
	if err != nil || info.State.Msgs > 3 {
		t.Errorf("the journal has %d messages, %v", info.State.Msgs, err)
	}
}

// A try to write whose answer was lost is found again, but not taken as a sign
// that the partition is still held.
func TestALostAnswerDoesNotHideAFence(t *testing.T) {
	c := openCluster(t, startServer(t), 1)
	d := openDepot(t, c)
	d.Begin(1)
	m := d.message(kindFrames, []byte("frames"))
	if _, err := c.js.PublishMsg(t.Context(), m); err != nil { // and nobody hears the answer
		t.Fatal(err)
	}
	if err := d.publish(m); err != nil {
		t.Fatalf("its own message is another's: %v", err)
	}
	if err := d.Append([]byte("more")); err != nil {
		t.Fatal(err)
	}
	m = d.message(kindFrames, []byte("last"))
	if _, err := c.js.PublishMsg(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if said := loaded(t, openDepot(t, c)); said != "none 1:framesmorelast" {
		t.Errorf("the next finds %s", said)
	}
	if err := d.publish(m); !errors.Is(err, ErrFenced) {
		t.Errorf("it goes on: %v", err)
	}
}

// A powerless server is one whose disk can be set back to what it was, as a
// power cut does that takes what was not synced.
type powerless struct {
	t       *testing.T
	options server.Options
	*server.Server
}

func (p *powerless) start() {
	p.t.Helper()
	o := p.options
	p.Server = startWith(p.t, &o)
	p.options.Port = p.Addr().(*net.TCPAddr).Port
}

func (p *powerless) stop() {
	p.Shutdown()
	p.WaitForShutdown()
}

// set begins with what is in a folder.
func (p *powerless) set(from string) {
	p.t.Helper()
	p.options.StoreDir = filepath.Join(p.t.TempDir(), "store")
	if err := os.CopyFS(p.options.StoreDir, os.DirFS(from)); err != nil {
		p.t.Fatal(err)
	}
}

// When servers have lost their newest events, those that come then are read,
// though they have numbers that were there before.
func TestEventsBehindAPowerCut(t *testing.T) {
	p := &powerless{t: t, options: server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir()}}
	p.start()
	at := placeOf(t, p.Server)
	c := openCluster(t, at, 1)
	r, err := c.OpenEvents(0, "")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	publish := func(from, to int) {
		for n := from; n < to; n++ {
			b := batch{epoch: "0123456789abcdef", first: uint64(n + 1), count: 1, lines: append(logs.AppendEvent(nil, event(n), "edge1"), '\n')}
			if _, err := c.js.PublishMsg(t.Context(), &nats.Msg{Subject: "logs.site.events.0", Data: b.split(1)[0].encode()}); err != nil {
				t.Fatal(err)
			}
		}
	}
	next := func(n int) {
		t.Helper()
		giveUp := time.AfterFunc(20*time.Second, func() { r.Close() })
		defer giveUp.Stop()
		part, err := r.Next()
		if err != nil {
			t.Fatalf("event %d has not come", n)
		}
		if got := numbersIn(t, part.Lines()); text(got) != fmt.Sprint(n) {
			t.Fatalf("got %v, and not %d", got, n)
		}
	}
	publish(0, 2)
	p.stop()
	old := p.options.StoreDir
	p.set(old)
	p.start()
	publish(2, 5)
	for n := range 5 {
		next(n)
	}
	p.stop()
	p.set(old)
	p.start()
	publish(5, 6)
	next(5)
}

// When servers have lost the newest part of a journal, its holder does not wait
// for ever for what it has written.
func TestAJournalBehindAPowerCut(t *testing.T) {
	p := &powerless{t: t, options: server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir()}}
	p.start()
	c := openCluster(t, placeOf(t, p.Server), 1)
	d := openDepot(t, c)
	p.stop()
	old := p.options.StoreDir
	p.set(old)
	p.start()
	if err := d.Append([]byte("lost")); err != nil {
		t.Fatal(err)
	}
	p.stop()
	p.set(old)
	p.start()
	done := make(chan error, 1)
	go func() { done <- d.Append([]byte("more")) }()
	select {
	case err := <-done:
		if !errors.Is(err, ErrFenced) {
			t.Errorf("it goes on with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Error("it waits for ever")
		c.Close()
	}
}

// While the servers were away nobody could beat. Then nobody is gone.
func TestAnOutageMovesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBeaters(t, 16)
		for i := range rapid.IntRange(2, 5).Draw(t, "members") {
			b.join(fmt.Sprint("m", i))
		}
		for range 12 {
			b.round()
		}
		holders := fmt.Sprint(b.table.Holders)
		b.members["m0"].turn(b.table, b.now, nil) // it has seen all that the others did
		b.now = b.now.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "seconds")) * time.Second)
		for range 12 {
			b.round()
			if again := fmt.Sprint(b.table.Holders); again != holders {
				t.Fatalf("it went from %s to %s", holders, again)
			}
		}
	})
}

// What is held by somebody who is no member is free.
func TestNobodyHoldsForAGhost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBeaters(t, 8)
		for p := range b.table.Holders {
			b.table.Holders[p] = rapid.SampledFrom([]string{"", "ghost", "m"}).Draw(t, "holder")
		}
		b.join("m")
		b.round()
		if held := b.table.held("m"); len(held) != 8 {
			t.Fatalf("it holds but %v", held)
		}
	})
}

// A worker that is started again and again, and dies each time before it sees
// who else has died, does not fill the table.
func TestDeadMembersDoNotFillTheTable(t *testing.T) {
	table := newTable(4)
	for n := range 3 * maxMembers {
		c := &Cluster{o: ClusterOptions{Expiry: DefaultExpiry, Log: slog.New(slog.DiscardHandler)}}
		m := &Member{c: c, id: fmt.Sprint("m", n), seen: map[string]sighting{}}
		m.turn(table, began, nil)
		if _, there := table.Members[m.id]; !there || len(table.Members) > maxMembers {
			t.Fatalf("%d members after %d starts, and it is one: %v", len(table.Members), n+1, there)
		}
	}
}

// blackHole listens, and says nothing.
func blackHole(t *testing.T) ClusterAt {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	at, err := ParseCluster("nats://" + l.Addr().String() + "/site")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// soon tells whether something ends within a second of its context.
func soon(t *testing.T, run func(ctx context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		run(ctx)
		close(ended)
	}()
	pause(t.Context(), 200*time.Millisecond)
	cancel()
	began := time.Now()
	<-ended
	if took := time.Since(began); took > time.Second {
		t.Errorf("it takes %s to end", took)
	}
}

// Who is ended while servers do not answer ends.
func TestEndingWhileServersSayNothing(t *testing.T) {
	at := blackHole(t)
	soon(t, func(ctx context.Context) {
		if c, err := OpenCluster(ctx, ClusterOptions{At: at}); err == nil {
			c.Close()
			t.Error("it has opened nothing")
		}
	})
	p, err := OpenPublisher(UpstreamOptions{Dir: t.TempDir(), Name: "edge1"}, at)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	soon(t, p.Run)
}

// Depots and readers whose servers have gone end when they are told to.
func TestEndingWhenServersHaveGone(t *testing.T) {
	s := startWith(t, &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir()})
	c := openCluster(t, placeOf(t, s), 1)
	d := openDepot(t, c)
	r, err := c.OpenEvents(0, "")
	if err != nil {
		t.Fatal(err)
	}
	s.Shutdown()
	s.WaitForShutdown()
	soon(t, func(ctx context.Context) {
		d.ctx = ctx
		if _, err := d.Replace(1, saying("x")); err == nil {
			t.Error("a snapshot lasts nowhere")
		}
	})
	soon(t, func(ctx context.Context) { c.OpenDepot(ctx, 0) })
	soon(t, func(ctx context.Context) { c.Join("a").Beat(ctx, began, nil) })
	soon(t, func(ctx context.Context) {
		context.AfterFunc(ctx, func() { r.Close() })
		r.Next()
	})
}

// A worker whose servers do not know it for a while goes on when they do.
func TestAWorkerThatIsNotKnownForAWhile(t *testing.T) {
	known := []*server.User{{Username: "worker", Password: "w"}}
	o := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), Users: known}
	s := startWith(t, o)
	at := placeOf(t, s)
	at.servers = strings.Replace(at.servers, "://", "://worker:w@", 1)
	c := openCluster(t, at, 1)
	m := c.Join("a")
	beats := func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err := m.Beat(ctx, time.Now(), nil)
		return err == nil
	}
	reload := func(users []*server.User) {
		t.Helper()
		o := *o
		o.Port, o.Users = s.Addr().(*net.TCPAddr).Port, users
		if err := s.ReloadOptions(&o); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "it beats", beats)
	reload([]*server.User{{Username: "other", Password: "o"}})
	pause(t.Context(), 1500*time.Millisecond) // it is refused more than twice
	reload(known)
	await(t, "it beats again", beats)
}

// An address that a server names is not spoken to, in the clear least of all.
func TestAdvertisedServersAreNotTrusted(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, `INFO {"version":"2.15.2","proto":1,"headers":true,"max_payload":1048576,"connect_urls":["192.0.2.7:4222"]}`+"\r\n")
		for in := bufio.NewScanner(c); in.Scan(); {
			if in.Text() == "PING" {
				io.WriteString(c, "PONG\r\n")
			}
		}
	}()
	at, err := ParseCluster("nats://" + l.Addr().String() + "/site")
	if err != nil {
		t.Fatal(err)
	}
	conn, closed, err := at.connect(t.Context(), roleWorker, "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if found := conn.Servers(); len(found) != 1 {
		t.Errorf("it would go to %v", found)
	}
	conn.Close()
	<-closed
}

// A batch that no edge makes is not taken apart.
func TestEnormousParts(t *testing.T) {
	p := part{epoch: "0123456789abcdef", count: 1, lines: append([]byte("1 "), strings.Repeat("x", maxPart)+"\n"...)}
	if _, err := parsePart(p.encode()); err == nil {
		t.Error("it is taken")
	}
}

// What cannot be is refused at once, and without a panic.
func TestOptionsOfClusters(t *testing.T) {
	at := startServer(t)
	for want, o := range map[string]ClusterOptions{
		"from 1 to 1024":   {At: at, Partitions: 1025, Replicas: 1},
		"at least 100ms":   {At: at, Expiry: 4, Replicas: 1},
		"from 1 to 5 copi": {At: at, Replicas: 7},
	} {
		c, err := OpenCluster(t.Context(), o)
		if err == nil {
			c.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// Who finds no server says where it has looked, and what to look for, without
// what is secret.
func TestServersThatAreAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = OpenCluster(ctx, ClusterOptions{At: parsed(t, "nats://me:secret@"+l.Addr().String()+"/site")})
	if err == nil || !strings.Contains(err.Error(), l.Addr().String()+": no server answers: look whether") || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}
