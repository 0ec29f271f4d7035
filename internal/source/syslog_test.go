package source

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const local = "127.0.0.1:0"

// receive opens a Syslog that is closed at the end of the test.
func receive(t *testing.T, s Syslog) *Receiver {
	t.Helper()
	noLeaks(t)
	r, err := s.Open("a mark")
	return opened(t, r, err)
}

// connect opens a connection to the first address of a receiver.
func connect(t *testing.T, r *Receiver) net.Conn {
	t.Helper()
	a := r.Addrs()[0]
	c, err := net.Dial(a.Network(), a.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ended waits until the other end has closed a connection.
func ended(t *testing.T, c net.Conn) {
	t.Helper()
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is open: %v", err)
	}
}

func TestSyslogConnection(t *testing.T) {
	r := receive(t, Syslog{Listen: []Listen{{Network: "tcp", Addr: local}}})
	c := connect(t, r)
	io.WriteString(c, "<13>a\n5 <13>b<13>c\r\nhal")
	var got []string
	for len(got) < 3 {
		b, err := r.Next()
		if err != nil || b.From != "127.0.0.1" || b.Mark() != "" {
			t.Fatalf("%+v, %v", b, err)
		}
		for line := range b.Lines() {
			got = append(got, strings.Clone(line))
		}
		b.Release()
	}
	io.WriteString(c, "f\n9 <13>short")
	c.Close()
	got = append(got, take(t, r, 2)...)
	if want := []string{"<13>a", "<13>b", "<13>c", "half", "<13>short"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	closes(t, r)
	if c := r.Counts(); c != (Counts{Messages: 5}) {
		t.Errorf("%+v", c)
	}
}

// TestSyslogLongMessages: what is longer than a line may be is cut, and so is
// what there is no memory for; memory is given back.
func TestSyslogLongMessages(t *testing.T) {
	long := strings.Repeat("x", MaxLine)
	for name, c := range map[string]struct{ buffer, want int }{
		"room enough": {0, MaxLine},
		"little room": {bytesToRead, 2*bytesToRead - maxHeader},
		"no room":     {1, bytesToRead - maxHeader},
	} {
		t.Run(name, func(t *testing.T) {
			r := receive(t, Syslog{Listen: []Listen{{Network: "tcp", Addr: local}}, Buffer: c.buffer})
			sender := connect(t, r)
			go func() {
				fmt.Fprintf(sender, "%s\n%d <13>%s\n<13>b\n", long+"y", len(long)+5, long+"y")
				sender.Close()
			}()
			got := take(t, r, 3)
			if len(got) != 3 || len(got[0]) != c.want || len(got[1]) > c.want || len(got[1]) < c.want-maxHeader || got[2] != "<13>b" {
				t.Fatalf("%d lines, of %d and %d bytes", len(got), len(got[0]), len(got[1]))
			}
			r.Close()
			if c := r.Counts(); c.Cut != 2 || c.Bad != 0 || r.spare.Load() != int64(r.config.Buffer) {
				t.Errorf("%+v, %d bytes of %d left", c, r.spare.Load(), r.config.Buffer)
			}
		})
	}
}

// TestSyslogBrokenOff: the memory for a long message of which the end never
// came is given back.
func TestSyslogBrokenOff(t *testing.T) {
	r := receive(t, Syslog{Listen: []Listen{{Network: "tcp", Addr: local}}})
	c := connect(t, r)
	go func() {
		io.WriteString(c, strings.Repeat("x", 10*bytesToRead))
		c.Close()
	}()
	if got := take(t, r, 1); len(got[0]) != 10*bytesToRead {
		t.Errorf("%d bytes", len(got[0]))
	}
	r.Close()
	if r.spare.Load() != int64(r.config.Buffer) {
		t.Errorf("%d bytes of %d left", r.spare.Load(), r.config.Buffer)
	}
}

// TestSyslogSlowReader: while nobody reads, a sender cannot send on.
func TestSyslogSlowReader(t *testing.T) {
	r := receive(t, Syslog{Listen: []Listen{{Network: "tcp", Addr: local}}})
	c := connect(t, r)
	line := []byte("<13>" + strings.Repeat("x", 1000) + "\n")
	sent := 0
	for c.SetWriteDeadline(time.Now().Add(200 * time.Millisecond)); ; sent++ {
		if _, err := c.Write(line); err != nil {
			break
		}
		if sent > 100_000 {
			t.Fatal("100 MB were taken and not read")
		}
	}
	c.Close()
	if got := take(t, r, sent); len(got) != sent {
		t.Errorf("%d of %d", len(got), sent)
	}
	closes(t, r)
}

func TestSyslogTooManyConnections(t *testing.T) {
	r := receive(t, Syslog{Listen: []Listen{{Network: "tcp", Addr: local}}, MaxConns: 2})
	one, other := connect(t, r), connect(t, r)
	for _, c := range []net.Conn{one, other} {
		io.WriteString(c, "<13>a\n")
		take(t, r, 1)
	}
	ended(t, connect(t, r))
	one.Close()
	for { // until that is noticed
		c := connect(t, r)
		io.WriteString(c, "<13>b\n")
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
	}
	if got := take(t, r, 1); got[0] != "<13>b" || r.Counts().Refused < 1 {
		t.Errorf("%q, %+v", got, r.Counts())
	}
}

// TestSyslogSilence: who says nothing is not listened to any longer.
func TestSyslogSilence(t *testing.T) {
	r := receive(t, Syslog{Listen: []Listen{{Network: "tcp", Addr: local}}, Idle: 30 * time.Millisecond, Handshake: time.Hour})
	talks := connect(t, r)
	io.WriteString(talks, "<13>half a line")
	if got := take(t, r, 1); got[0] != "<13>half a line" {
		t.Error(got)
	}
	ended(t, talks)

	r = receive(t, Syslog{Listen: []Listen{{Network: "tcp", Addr: local}}, Idle: time.Hour, Handshake: 30 * time.Millisecond})
	ended(t, connect(t, r))
}

func TestSyslogUDP(t *testing.T) {
	r := receive(t, Syslog{Listen: []Listen{{Network: "udp", Addr: local}}})
	c := connect(t, r)
	var want []string
	for i := range 100 {
		line := fmt.Sprintf("<13>%d", i)
		io.WriteString(c, line+[]string{"", "\n", "\x00", "\r\n"}[i%4])
		want = append(want, line)
	}
	io.WriteString(c, "")
	io.WriteString(c, "\n\x00\n")
	io.WriteString(c, "<13>a\n<13>b\tc\x00d\n")
	io.WriteString(c, strings.Repeat("x", 60_000))
	want = append(want, "<13>a <13>b\tc d", strings.Repeat("x", 60_000))
	if got := take(t, r, len(want)); !slices.Equal(got, want) {
		t.Errorf("%.1000q", got)
	}
	closes(t, r)
	if c := r.Counts(); c != (Counts{Messages: int64(len(want))}) {
		t.Errorf("%+v", c)
	}
}

// TestSyslogBatches: what waits is one block for each peer, and what does not
// fit is dropped and counted.
func TestSyslogBatches(t *testing.T) {
	p := newPackets(3*batchCost + 19)
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	for _, put := range []struct {
		from netip.Addr
		text string
		want bool
	}{
		{a, "1\n2", true}, {b, "", true}, {b, "\x00\n", true}, {b, "3", true}, {a, "4", true},
		{netip.Addr{}, "5", true}, {a, "123456789", false}, {a, "12345678", true}, {b, "67", false},
	} {
		if got := p.put(put.from, []byte(put.text)); got != put.want {
			t.Errorf("%q of %s: %v", put.text, put.from, got)
		}
	}
	for _, want := range []string{"10.0.0.1:1 2|4|12345678|", "10.0.0.2:3|", ":5|"} {
		next := p.take()
		if got := peer(next.from) + ":" + strings.ReplaceAll(string(next.lines), "\n", "|"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if p.take() != nil || p.room != 3*batchCost+19 || len(p.open)+len(p.queue) > 0 {
		t.Errorf("%+v", p)
	}
}

// TestSyslogBatchesAreBlocks: no batch is longer than a block may be.
func TestSyslogBatchesAreBlocks(t *testing.T) {
	p := newPackets(8 << 20)
	data := []byte(strings.Repeat("x", 60_000))
	for range 40 {
		p.put(netip.Addr{}, data)
	}
	total := 0
	for b := p.take(); b != nil; b = p.take() {
		if total += len(b.lines); len(b.lines) > maxBlock {
			t.Errorf("%d bytes", len(b.lines))
		}
	}
	if total != 40*60_001 {
		t.Errorf("%d bytes in all", total)
	}
}

// TestSyslogFlood: a flood that is not read is counted, whoever drops it.
func TestSyslogFlood(t *testing.T) {
	r := receive(t, Syslog{Listen: []Listen{{Network: "udp", Addr: local}}, Buffer: 100_000})
	c := connect(t, r)
	data := []byte(strings.Repeat("x", 1000))
	const sent = 5000
	for range sent {
		c.Write(data)
	}
	dropped := func() int64 { c := r.Counts(); return c.Dropped + c.Kernel }
	for dropped() == 0 {
		c.Write(data)
	}
	got := 0
	for range 2 {
		b, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		got += len(b.Data) / 1001
	}
	if got == 0 || got > 200 {
		t.Errorf("%d messages, %+v", got, r.Counts())
	}
}

// TestKernelDrops: a datagram tells how many before it found the kernel's
// buffer full. One of a single byte is sent after each that was received.
func TestKernelDrops(t *testing.T) {
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	s := udpSocket{server}
	prepare(s)
	server.SetReadBuffer(1)
	c, err := net.Dial("udp", server.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const sent = 100
	for range sent {
		c.Write(make([]byte, 100))
	}
	data, told := make([]byte, 200), make([]byte, 64)
	for received := 0; ; received++ {
		n, tells, _, from, err := s.receive(data, told)
		if err != nil || peer(from) != "127.0.0.1" {
			t.Fatal(from, err)
		}
		if n == 1 {
			if lost, ok := overflow(told[:tells]); !ok || int(lost) < sent-received {
				t.Errorf("%d lost, %v; %d received of %d", lost, ok, received, sent)
			}
			return
		}
		c.Write(make([]byte, 1))
	}
}

func TestOverflowOfNonsense(t *testing.T) {
	for _, told := range []string{"", "abc", strings.Repeat("\x00", 40), strings.Repeat("\xff", 40)} {
		if lost, ok := overflow([]byte(told)); ok {
			t.Errorf("%d lost, says %q", lost, told)
		}
	}
}

func TestSyslogUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for _, before := range []string{"nothing", "stale"} {
		if before == "stale" {
			old, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
			if err != nil {
				t.Fatal(err)
			}
			old.Close()
		}
		s := Syslog{Listen: []Listen{{Network: "unix", Addr: path}}}
		r := receive(t, s)
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o666 {
			t.Fatal(info, err)
		}
		if _, err := s.Open(""); err == nil || !strings.Contains(err.Error(), "syslog: cannot listen on unix "+path+": another program listens there") {
			t.Error(err)
		}
		c := connect(t, r)
		io.WriteString(c, "<13>Nov 24 12:00:00 su: a\n")
		io.WriteString(c, strings.Repeat("x", maxPacket+1))
		if got := take(t, r, 2); got[0] != "<13>Nov 24 12:00:00 su: a" || len(got[1]) != maxPacket {
			t.Errorf("%.80q", got)
		}
		closes(t, r)
		if _, err := os.Lstat(path); err == nil || r.Counts().Cut != 1 {
			t.Errorf("the socket is left: %v, or %+v", err, r.Counts())
		}
	}
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (Syslog{Listen: []Listen{{Network: "unix", Addr: path}}}).Open(""); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Error(err)
	}
	if text, _ := os.ReadFile(path); string(text) != "precious" {
		t.Errorf("the file holds %q", text)
	}
}

// TestSyslogSocketOfAnother: a socket that has taken the place is left alone.
func TestSyslogSocketOfAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	r := receive(t, Syslog{Listen: []Listen{{Network: "unix", Addr: path}}})
	os.Remove(path)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	closes(t, r)
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

func TestSyslogCannotListen(t *testing.T) {
	noLeaks(t)
	for want, l := range map[string]Listen{
		`"tpc" is no network; try udp, tcp, tls or unix`: {Network: "tpc", Addr: local},
		"unknown port":                           {Network: "udp", Addr: "127.0.0.1:no-such-service"},
		"missing port":                           {Network: "tcp", Addr: "127.0.0.1"},
		"tls wants a certificate and its key":    {Network: "tls", Addr: local},
		"open no.crt: no such file or directory": {Network: "tls", Addr: local, Cert: "no.crt", Key: "no.key"},
	} {
		_, err := Syslog{Listen: []Listen{{Network: "tcp", Addr: local}, l}}.Open("")
		if err == nil || !strings.HasPrefix(err.Error(), "syslog: cannot listen on "+l.String()+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
