package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// The machines of this test are network namespaces, and the test is the switch
// between them:
//
//	alpha   eth0 ═══ alpha ┐
//	beta    eth0 ═══ beta  ├ the test: each frame of one port goes to all others,
//	gamma   eth0 ═══ gamma │ late, or not at all
//	hub     eth0 ═══ hub   ┘
//
// So TCP, TLS and both programs meet what they meet in a building: a cable that
// is pulled out, a switch that swallows all, a line that is slow.

// machineTroubles is how often something happens; a soak asks for more.
var machineTroubles = flag.Int("machine-troubles", 30, "how often TestMachines kills a process and changes the network")

const (
	machinesEnv = "LOGS_TEST_MACHINES"
	machinesHub = "192.0.2.1:4222"
)

// A machines is a hub and its edges, each on a machine of its own.
type machines struct {
	*tiers
	at    map[string]*os.File // namespaces
	ports map[string]*port
}

// Hub and edges are killed at any moment, and the cables between them are
// pulled out, swallow all, or are slow. In the end all was found that one
// engine finds in all logs, and under one ID.
//
// The test runs again as a program of its own in a network namespace of its
// own. That takes no privilege: who may not make one becomes root of a
// namespace of users as well.
func TestMachines(t *testing.T) {
	if os.Getenv(machinesEnv) == "" {
		runAmongMachines(t)
		return
	}
	x := newMachines(t)
	var writing sync.WaitGroup
	for i, edge := range tierEdges {
		random := rand.New(rand.NewSource(int64(i)))
		writing.Go(func() { x.write(edge, 60**machineTroubles, random) })
	}
	procs := map[string]*exec.Cmd{}
	for name := range x.at {
		procs[name] = x.boot(name)
	}
	for range *machineTroubles {
		name := append(tierEdges, "hub", "hub")[x.random.Intn(5)]
		procs[name].Process.Kill()
		procs[name].Wait()
		for _, name := range slices.Sorted(maps.Keys(x.ports)) {
			x.ports[name].suffer(x.random)
		}
		x.rest(200)
		procs[name] = x.boot(name)
		x.rest(400)
	}
	t.Logf("%d things were found before the network was well", len(x.texts()))
	for _, p := range x.ports {
		p.heal()
	}
	writing.Wait()
	x.compare(procs)
}

// compare waits until all is found that one engine finds, and ends all.
func (x *machines) compare(procs map[string]*exec.Cmd) {
	want := x.alone()
	x.await("all is found", func() bool { return len(x.texts()) >= len(want) })
	for name, p := range procs {
		p.Process.Signal(syscall.SIGTERM)
		if err := p.Wait(); err != nil || x.t.Failed() {
			x.t.Errorf("%s: %v: %s", name, err, p.Stderr)
		}
	}
	if got := x.texts(); !slices.Equal(got, want) {
		x.t.Errorf("%d things were found, by one engine %d:\n%s", len(got), len(want), firstDifference(got, want))
	}
	for text, ids := range x.found {
		if len(ids) != 1 {
			x.t.Errorf("%s was found under the IDs %v", text, slices.Collect(maps.Keys(ids)))
		}
	}
	for name, p := range x.ports {
		x.t.Logf("%s sent %d frames, of which %d were swallowed", name, p.frames.Load(), p.swallowed.Load())
		if p.frames.Load() == p.swallowed.Load() {
			x.t.Errorf("%s has sent nothing", name)
		}
	}
}

func runAmongMachines(t *testing.T) {
	var cmd *exec.Cmd
	var out bytes.Buffer
	var err error
	for _, flags := range []uintptr{syscall.CLONE_NEWNET, syscall.CLONE_NEWNET | syscall.CLONE_NEWUSER} {
		cmd = exec.Command(os.Args[0], "-test.run=^TestMachines$", "-test.v", fmt.Sprintf("-machine-troubles=%d", *machineTroubles))
		cmd.Env = append(os.Environ(), machinesEnv+"=1")
		cmd.Stdout, cmd.Stderr = &out, &out
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Pdeathsig: syscall.SIGKILL}
		if flags&syscall.CLONE_NEWUSER != 0 {
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
		}
		if err = cmd.Start(); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatalf("no network namespace can be made: %v; allow them (sysctl user.max_net_namespaces, user.max_user_namespaces) or be root", err)
	}
	if err = cmd.Wait(); err != nil || !strings.Contains(out.String(), "--- PASS: TestMachines") {
		t.Errorf("in the namespace (%v):\n%s", err, &out)
	}
	t.Logf("%s", &out)
}

func newMachines(t *testing.T) *machines {
	t.Helper()
	up(t, "lo")
	x := &machines{tiers: newTiers(t), at: map[string]*os.File{}, ports: map[string]*port{}}
	for i, name := range append([]string{"hub"}, tierEdges...) {
		at := newNamespace(t)
		cable(t, name, at)
		within(at, func() {
			up(t, "lo")
			address(t, "eth0", [4]byte{192, 0, 2, byte(1 + i)})
			up(t, "eth0")
		})
		up(t, name)
		x.at[name], x.ports[name] = at, newPort(t, name)
	}
	var switching sync.WaitGroup
	for _, p := range x.ports {
		switching.Go(p.receive)
		switching.Go(func() { p.deliver(x.ports) })
	}
	t.Cleanup(func() {
		for _, p := range x.ports {
			p.frame.Close()
		}
		switching.Wait()
	})
	x.logs("hub", "init", "--dir", "trust", "--host", machinesHub)
	x.logs("hub", "user", "add", "--dir", "trust", "net", "-o", "net.cred")
	return x
}

// boot starts the hub or an edge on its machine.
func (x *machines) boot(name string) *exec.Cmd {
	args := []string{"-r", "edge.rdl", "-f", name + ".log", "--upstream", "net.cred", "--upstream-name", name}
	if name == "hub" {
		args = []string{"-r", "hub.rdl", "--hub", machinesHub, "--hub-dir", "trust", "--alerts", "json"}
	}
	cmd := exec.Command(filepath.Join(x.dir, "logs"), append([]string{"run", "--state", name + ".state"}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = x.dir, &hearing{x: x.tiers}, &bytes.Buffer{}
	var err error
	within(x.at[name], func() { err = cmd.Start() })
	if err != nil {
		x.t.Fatal(err)
	}
	return cmd
}

// A port is where the cable of a machine ends in the switch.
type port struct {
	t         *testing.T
	name      string
	frame     *os.File     // each read or write is one, behind what the system says of its checksum and segments
	late      atomic.Int64 // ns that a frame takes
	silent    atomic.Bool  // the switch swallows all
	unplugged bool
	queue     chan sent

	frames, swallowed atomic.Int64
}

// A sent is a frame under way.
type sent struct {
	frame []byte
	due   time.Time
}

// suffer changes what a port does to frames.
func (p *port) suffer(random *rand.Rand) {
	p.heal()
	switch random.Intn(5) {
	case 0:
		p.late.Store(int64(time.Duration(5+random.Intn(100)) * time.Millisecond))
	case 1:
		p.silent.Store(true)
	case 2:
		p.unplugged = true
		setFlags(p.t, p.name, 0)
	}
}

func (p *port) heal() {
	p.late.Store(0)
	p.silent.Store(false)
	if p.unplugged {
		p.unplugged = false
		up(p.t, p.name)
	}
}

// receive takes frames from the machine. Those for which there is no room are
// lost, as in any switch.
func (p *port) receive() {
	defer close(p.queue)
	for buf := make([]byte, 128<<10); ; {
		n, err := p.frame.Read(buf)
		switch {
		case errors.Is(err, os.ErrClosed):
			return
		case errors.Is(err, unix.ENETDOWN): // the cable was pulled out
			continue
		case err != nil:
			p.t.Errorf("port %s: %v", p.name, err)
			return
		}
		p.frames.Add(1)
		select {
		case p.queue <- sent{bytes.Clone(buf[:n]), time.Now().Add(time.Duration(p.late.Load()))}:
		default:
			p.swallowed.Add(1)
		}
	}
}

// deliver gives what comes from the machine to all others, when it is due.
// Which of them it is for, they see themselves.
func (p *port) deliver(ports map[string]*port) {
	for s := range p.queue {
		<-time.After(time.Until(s.due))
		if p.silent.Load() {
			p.swallowed.Add(1)
			continue
		}
		for _, to := range ports {
			if to != p && !to.silent.Load() {
				to.frame.Write(s.frame) // fails if the cable is out: the frame is lost
			}
		}
	}
}

func newPort(t *testing.T, name string) *port {
	t.Helper()
	const all = unix.ETH_P_ALL>>8 | unix.ETH_P_ALL&0xff<<8 // in the order of the network
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, all)
	if err != nil {
		t.Fatal(err)
	}
	device, err := unix.NewIfreq(name)
	if err == nil {
		err = unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, device)
	}
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: int(device.Uint32())})
	}
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 1)
	}
	if err != nil {
		t.Fatalf("port %s: %v", name, err)
	}
	return &port{t: t, name: name, frame: os.NewFile(uintptr(fd), name), queue: make(chan sent, 4096)}
}

// newNamespace makes a network namespace that lasts as long as the file.
func newNamespace(t *testing.T) *os.File {
	t.Helper()
	var at *os.File
	var err error
	onThread(func() {
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			at, err = os.Open("/proc/thread-self/ns/net")
		}
	})
	if err != nil {
		t.Fatalf("no network namespace can be made: %v", err)
	}
	t.Cleanup(func() { at.Close() })
	return at
}

// within does something in a namespace.
func within(at *os.File, do func()) {
	onThread(func() {
		if err := unix.Setns(int(at.Fd()), unix.CLONE_NEWNET); err != nil {
			panic(err)
		}
		do()
	})
}

// onThread does something on a thread that ends with it: nobody else is to
// find himself in another namespace.
func onThread(do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		do()
	}()
	<-done
}

// cable makes a pair of devices: name here, and eth0 in a namespace.
func cable(t *testing.T, name string, at *os.File) {
	t.Helper()
	const vethPeer = 1 // VETH_INFO_PEER of linux/veth.h
	peer := func() ([]byte, error) {
		far := netlink.NewAttributeEncoder()
		far.String(unix.IFLA_IFNAME, "eth0")
		far.Uint32(unix.IFLA_NET_NS_FD, uint32(at.Fd()))
		return device(far)
	}
	near := netlink.NewAttributeEncoder()
	near.String(unix.IFLA_IFNAME, name)
	near.Nested(unix.IFLA_LINKINFO, func(info *netlink.AttributeEncoder) error {
		info.String(unix.IFLA_INFO_KIND, "veth")
		info.Nested(unix.IFLA_INFO_DATA, func(data *netlink.AttributeEncoder) error {
			data.Do(vethPeer, peer)
			return nil
		})
		return nil
	})
	data, err := device(near)
	if err == nil {
		err = ask(unix.RTM_NEWLINK, data)
	}
	if err != nil {
		t.Fatalf("no pair of devices can be made: %v; it takes the module veth, and a system that lets namespaces of users have networks", err)
	}
}

// device is the message of a device with attributes.
func device(a *netlink.AttributeEncoder) ([]byte, error) {
	attributes, err := a.Encode()
	return append(make([]byte, unix.SizeofIfInfomsg), attributes...), err
}

// ask asks the kernel to make something.
func ask(what netlink.HeaderType, data []byte) error {
	conn, err := netlink.Dial(unix.NETLINK_ROUTE, nil)
	if err != nil {
		return err
	}
	defer conn.Close()
	flags := netlink.Request | netlink.Acknowledge | netlink.Create | netlink.Excl
	_, err = conn.Execute(netlink.Message{Header: netlink.Header{Type: what, Flags: flags}, Data: data})
	return err
}

func up(t *testing.T, name string) { setFlags(t, name, unix.IFF_UP|unix.IFF_RUNNING) }

func setFlags(t *testing.T, name string, flags uint16) {
	change(t, name, unix.SIOCSIFFLAGS, func(r *unix.Ifreq) error { r.SetUint16(flags); return nil })
}

// address gives a device an address of a network of 256.
func address(t *testing.T, name string, a [4]byte) {
	change(t, name, unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr(a[:]) })
	change(t, name, unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr([]byte{255, 255, 255, 0}) })
}

// change changes something of a device in the namespace of this thread.
func change(t *testing.T, name string, what uint, to func(*unix.Ifreq) error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Error(err)
		return
	}
	defer unix.Close(fd)
	r, err := unix.NewIfreq(name)
	if err == nil {
		err = to(r)
	}
	if err == nil {
		err = unix.IoctlIfreq(fd, what, r)
	}
	if err != nil {
		t.Errorf("device %s: %v", name, err)
	}
}
