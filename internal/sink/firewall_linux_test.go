package sink

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"

	"github.com/logs-rdl/logs"
)

// TestFirewall runs again as a program of its own in a network namespace of
// its own, where there is a firewall that nobody else has, and where it may
// send packets that bear any source. That takes no privilege: who is not root
// becomes root of a namespace of users as well.
func TestFirewall(t *testing.T) {
	if os.Getenv("SINK_TEST_NAMESPACE") == "" {
		runInNamespace(t)
		return
	}
	loopbackUp(t)
	t.Run("ban", testBan)
	t.Run("ban of IPv6", testBan6)
	t.Run("a ban ends", testBanEnds)
	t.Run("a ban begins anew", testBanAnew)
	t.Run("others' tables stay", testOthersStay)
	t.Run("the firewall is flushed", testFlushed)
	t.Run("full", testFull)
	t.Run("own sets are kept", testOwnSets)
	t.Run("refused", testRefused)
	t.Run("forward", testForward)
}

func runInNamespace(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestFirewall$", "-test.v")
	cmd.Env = append(os.Environ(), "SINK_TEST_NAMESPACE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if uid := os.Getuid(); uid != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		t.Fatalf("no network namespace can be made: %v; allow them (sysctl user.max_net_namespaces, user.max_user_namespaces)", err)
	case err != nil || !strings.Contains(string(out), "--- PASS: TestFirewall/forward"):
		t.Errorf("in the namespace (%v):\n%s", err, out)
	}
}

func loopbackUp(t *testing.T) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		t.Fatal(err)
	}
}

// A bench is a receiver of packets and a firewall before it.
type bench struct {
	*Firewall
	t    *testing.T
	conn *net.UDPConn
	raw  int // a socket that sends whole packets
	v6   bool
}

func newBench(t *testing.T, f *Firewall, v6 bool) *bench {
	t.Helper()
	pin(t)
	b := &bench{Firewall: f, t: t, v6: v6}
	local, family := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, unix.AF_INET
	if v6 {
		local, family = &net.UDPAddr{IP: net.IPv6loopback}, unix.AF_INET6
	}
	var err error
	if b.conn, err = net.ListenUDP("udp", local); err != nil {
		t.Fatal(err)
	}
	if b.raw, err = unix.Socket(family, unix.SOCK_RAW, unix.IPPROTO_RAW); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.conn.Close()
		unix.Close(b.raw)
		conn := newConn(t)
		conn.FlushRuleset()
		flush(t, conn)
	})
	return b
}

// pin keeps the goroutine on one processor: each has a queue of its own for
// packets of the loopback, and only within one do they keep their order.
func pin(t *testing.T) {
	t.Helper()
	runtime.LockOSThread() // for good: the thread ends with the goroutine
	var may, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		t.Fatal(err)
	}
	for cpu := range 8 * int(unsafe.Sizeof(may)) {
		if may.IsSet(cpu) {
			one.Set(cpu)
			break
		}
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		t.Fatal(err)
	}
}

// send sends a packet that says where it comes from.
func (b *bench) send(source string) {
	b.t.Helper()
	port := b.conn.LocalAddr().(*net.UDPAddr).Port
	src := netip.MustParseAddr(source)
	var to unix.Sockaddr = &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	packet := packet4
	if b.v6 {
		to, packet = &unix.SockaddrInet6{Addr: netip.IPv6Loopback().As16()}, packet6
	}
	if err := unix.Sendto(b.raw, packet(src, port), 0, to); err != nil {
		b.t.Fatal(err)
	}
}

// arrives tells whether the packets of a source pass. They keep their order: a
// packet of a source that nobody bans shows that the one before it is not on
// its way any more.
func (b *bench) arrives(source string) bool {
	b.t.Helper()
	const marker4, marker6 = "198.51.100.99", "2001:db8:99::99"
	marker := marker4
	if b.v6 {
		marker = marker6
	}
	b.send(source)
	b.send(marker)
	b.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	found := false
	for buf := make([]byte, 100); ; {
		n, err := b.conn.Read(buf)
		if err != nil {
			b.t.Fatalf("the packet that nobody bans did not arrive: %v", err)
		}
		switch string(buf[:n]) {
		case source:
			found = true
		case marker:
			return found
		}
	}
}

// opens waits until the packets of a source pass.
func (b *bench) opens(source string) {
	b.t.Helper()
	for limit := time.Now().Add(10 * time.Second); !b.arrives(source); {
		if time.Now().After(limit) {
			b.t.Fatalf("%s is still banned", source)
		}
	}
}

func (b *bench) closed(sources ...string) {
	b.t.Helper()
	for _, s := range sources {
		if b.arrives(s) {
			b.t.Errorf("%s passes", s)
		}
	}
}

func (b *bench) open(sources ...string) {
	b.t.Helper()
	for _, s := range sources {
		if !b.arrives(s) {
			b.t.Errorf("%s does not pass", s)
		}
	}
}

func (b *bench) ban(target string, span time.Duration) {
	b.t.Helper()
	if err := b.Deliver(context.Background(), &logs.Effect{Kind: logs.EffectBan, Target: target, Span: span}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) unban(target string) {
	b.t.Helper()
	if err := b.Deliver(context.Background(), &logs.Effect{Kind: logs.EffectUnban, Target: target}); err != nil {
		b.t.Fatal(err)
	}
}

func packet4(source netip.Addr, port int) []byte {
	p := make([]byte, 20, 28+len(source.String()))
	p[0], p[8], p[9] = 0x45, 64, unix.IPPROTO_UDP // the kernel fills in the length and the sum
	from := source.As4()
	copy(p[12:], from[:])
	copy(p[16:], []byte{127, 0, 0, 1})
	return append(p, datagram(port, source.String())...)
}

func packet6(source netip.Addr, port int) []byte {
	body := datagram(port, source.String())
	p := make([]byte, 40, 40+len(body))
	p[0], p[6], p[7] = 0x60, unix.IPPROTO_UDP, 64
	binary.BigEndian.PutUint16(p[4:], uint16(len(body)))
	from, to := source.As16(), netip.IPv6Loopback().As16()
	copy(p[8:], from[:])
	copy(p[24:], to[:])
	sum := checksum(p[8:40], body, []byte{0, 0, 0, byte(len(body)), 0, 0, 0, unix.IPPROTO_UDP})
	binary.BigEndian.PutUint16(body[6:], sum)
	return append(p, body...)
}

func datagram(port int, text string) []byte {
	d := make([]byte, 8, 8+len(text))
	binary.BigEndian.PutUint16(d[0:], 4242)
	binary.BigEndian.PutUint16(d[2:], uint16(port))
	binary.BigEndian.PutUint16(d[4:], uint16(8+len(text)))
	return append(d, text...)
}

func checksum(parts ...[]byte) uint16 {
	var sum uint32
	for _, p := range parts {
		for i, c := range p {
			sum += uint32(c) << (8 * (1 - i%2))
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

func newConn(t *testing.T) *nftables.Conn {
	t.Helper()
	conn, err := nftables.New()
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func flush(t *testing.T, conn *nftables.Conn) {
	t.Helper()
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
}

func testBan(t *testing.T) {
	b := newBench(t, &Firewall{}, false)
	b.open("203.0.113.5", "203.0.113.6")
	b.ban("203.0.113.5", time.Hour)
	b.closed("203.0.113.5")
	b.open("203.0.113.6")
	b.ban("::ffff:203.0.113.6", 0) // for ever, and IPv4 all the same
	b.closed("203.0.113.5", "203.0.113.6")
	b.unban("203.0.113.5")
	b.unban("203.0.113.5") // is well
	b.open("203.0.113.5")
	b.closed("203.0.113.6")
	if got, want := b.Stats(), (FirewallStats{Banned: 2, Unbanned: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func testBan6(t *testing.T) {
	b := newBench(t, &Firewall{}, true)
	b.open("2001:db8::5", "2001:db8::6")
	b.ban("2001:0DB8::0005", time.Hour)
	b.closed("2001:db8::5")
	b.open("2001:db8::6")
	b.unban("2001:db8::5")
	b.open("2001:db8::5")
}

func testBanEnds(t *testing.T) {
	b := newBench(t, &Firewall{}, false)
	b.ban("203.0.113.6", time.Hour)
	for span := 200 * time.Millisecond; ; span *= 2 { // on a machine that is slow, a longer one
		began := time.Now()
		b.ban("203.0.113.5", span)
		if !b.arrives("203.0.113.5") {
			break
		}
		if time.Since(began) < span {
			t.Fatal("it passes before its time")
		}
	}
	b.opens("203.0.113.5")
	b.closed("203.0.113.6")
	b.ban("203.0.113.5", time.Nanosecond) // not for ever
	b.opens("203.0.113.5")
}

func testBanAnew(t *testing.T) {
	b := newBench(t, &Firewall{}, false)
	left := func() time.Duration {
		elements, err := newConn(t).GetSetElements(b.setFor(netip.MustParseAddr("203.0.113.5")))
		if err != nil || len(elements) != 1 {
			t.Fatalf("%v, %v", elements, err)
		}
		return elements[0].Expires
	}
	b.ban("203.0.113.5", time.Minute)
	if got := left(); got > time.Minute {
		t.Errorf("%s are left of a minute", got)
	}
	b.ban("203.0.113.5", time.Hour)
	if got := left(); got <= 59*time.Minute || got > time.Hour {
		t.Errorf("%s are left of an hour", got)
	}
	b.ban("203.0.113.5", 0)
	if got := left(); got != 0 {
		t.Errorf("%s are left of eternity", got)
	}
	b.closed("203.0.113.5")
}

func testOthersStay(t *testing.T) {
	b := newBench(t, &Firewall{}, false)
	conn := newConn(t)
	theirs := conn.AddTable(&nftables.Table{Name: "theirs", Family: nftables.TableFamilyINet})
	chain := conn.AddChain(&nftables.Chain{Name: "input", Table: theirs})
	drop := (&Firewall{}).drop(families()[0])
	conn.AddRule(&nftables.Rule{Table: theirs, Chain: chain, Exprs: drop[:3]})
	ours := conn.AddTable(&nftables.Table{Name: "logs", Family: nftables.TableFamilyINet})
	chain = conn.AddChain(b.chains(ours)[0])
	conn.AddRule(&nftables.Rule{Table: ours, Chain: chain, Exprs: drop[:3]}) // put there by hand
	flush(t, conn)
	b.ban("203.0.113.5", time.Hour)
	b.ban("203.0.113.7", time.Hour)
	b.closed("203.0.113.5", "203.0.113.7")
	for name, want := range map[string]int{"theirs": 1, "logs": 3} {
		table := &nftables.Table{Name: name, Family: nftables.TableFamilyINet}
		rules, err := conn.GetRules(table, &nftables.Chain{Name: "input", Table: table})
		if err != nil || len(rules) != want {
			t.Errorf("%s: %d rules, want %d (%v)", name, len(rules), want, err)
		}
	}
}

func testFlushed(t *testing.T) {
	b := newBench(t, &Firewall{}, false)
	b.ban("203.0.113.5", time.Hour)
	conn := newConn(t)
	conn.FlushRuleset()
	flush(t, conn)
	b.open("203.0.113.5")
	b.unban("203.0.113.5") // of a set that is gone
	b.ban("203.0.113.6", time.Hour)
	b.closed("203.0.113.6")
	table := b.table()
	conn.FlushTable(table) // the rules alone
	flush(t, conn)
	b.open("203.0.113.6")
	b.ban("203.0.113.7", time.Hour)
	b.closed("203.0.113.6", "203.0.113.7")
}

func testFull(t *testing.T) {
	b := newBench(t, &Firewall{Max: 3, Table: "small", Set: "few"}, false)
	for i := range 3 {
		b.ban(fmt.Sprintf("203.0.113.%d", i+1), time.Hour)
	}
	err := b.Deliver(context.Background(), &logs.Effect{Kind: logs.EffectBan, Target: "203.0.113.9", Span: time.Hour})
	if err == nil || !strings.Contains(err.Error(), "3 addresses are banned") || errors.As(err, new(permanent)) {
		t.Errorf("the fourth: %v", err)
	}
	b.ban("203.0.113.1", 2*time.Hour) // which is there
	b.unban("203.0.113.2")
	b.ban("203.0.113.9", time.Hour)
	b.closed("203.0.113.1", "203.0.113.3", "203.0.113.9")
	b.open("203.0.113.2")
	if got, want := b.Stats(), (FirewallStats{Banned: 5, Unbanned: 1, Full: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A set that is there keeps its size.
func testOwnSets(t *testing.T) {
	b := newBench(t, &Firewall{}, false)
	b.ban("203.0.113.5", time.Hour)
	b.Max = 10
	b.ban("203.0.113.6", time.Hour)
	b.closed("203.0.113.5", "203.0.113.6")
}

func testRefused(t *testing.T) {
	b := newBench(t, &Firewall{Allow: prefixes("203.0.113.0/24")}, false)
	for _, e := range []logs.Effect{
		{Kind: logs.EffectBan, Target: "127.0.0.1"},
		{Kind: logs.EffectBan, Target: "::ffff:203.0.113.5"},
		{Kind: logs.EffectBan, Target: "all"},
		{Kind: logs.EffectBan, Target: "198.51.100.1", Span: -time.Second},
		{Kind: logs.EffectUnban, Target: "all"},
	} {
		if err := b.Deliver(context.Background(), &e); !errors.As(err, new(permanent)) {
			t.Errorf("%s %s: %v", e.Kind, e.Target, err)
		}
	}
	tables, err := newConn(t).ListTables()
	if err != nil || len(tables) != 0 || b.Stats().Refused != 5 {
		t.Errorf("%d tables (%v), %+v", len(tables), err, b.Stats())
	}
}

func testForward(t *testing.T) {
	b := newBench(t, &Firewall{Forward: true}, false)
	b.ban("203.0.113.5", time.Hour)
	b.closed("203.0.113.5")
	chains, err := newConn(t).ListChains()
	if err != nil || len(chains) != 2 || *chains[1].Hooknum != *nftables.ChainHookForward || *chains[1].Priority != beforeFilter {
		t.Errorf("%+v, %v", chains, err)
	}
}
