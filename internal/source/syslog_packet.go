package source

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	maxPacket    = 64 << 10 // the longest datagram; the rest of a longer one is lost
	kernelBuffer = 8 << 20  // what the kernel is asked to hold of them
)

// A packetSocket is where datagrams come in.
type packetSocket interface {
	Close() error
	SetReadBuffer(bytes int) error
	SyscallConn() (syscall.RawConn, error)
	// receive reads a datagram, and what the kernel tells of it.
	receive(data, told []byte) (n, tells, flags int, from netip.Addr, err error)
}

type udpSocket struct{ *net.UDPConn }

func (s udpSocket) receive(data, told []byte) (n, tells, flags int, from netip.Addr, err error) {
	n, tells, flags, ap, err := s.ReadMsgUDPAddrPort(data, told)
	return n, tells, flags, ap.Addr(), err
}

type unixSocket struct{ *net.UnixConn }

func (s unixSocket) receive(data, told []byte) (n, tells, flags int, from netip.Addr, err error) {
	n, tells, flags, _, err = s.ReadMsgUnix(data, told)
	return n, tells, flags, netip.Addr{}, err
}

// peer is the text of an address; "" if there is none.
func peer(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.Unmap().String()
}

func (r *Receiver) listenUDP(addr string) error {
	at, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return err
	}
	c, err := net.ListenUDP("udp", at)
	if err != nil {
		return err
	}
	r.addrs = append(r.addrs, c.LocalAddr())
	r.work.Go(func() { r.readPackets(udpSocket{c}) })
	return nil
}

// listenUnix makes a socket to which everybody may write. One that nobody
// listens on any more is replaced.
func (r *Receiver) listenUnix(path string) error {
	if err := removeStale(path); err != nil {
		return err
	}
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return err
	}
	made, err := os.Lstat(path)
	if err == nil {
		err = os.Chmod(path, 0o666)
	}
	if err != nil {
		c.Close()
		return err
	}
	r.addrs = append(r.addrs, c.LocalAddr())
	r.work.Go(func() {
		r.readPackets(unixSocket{c})
		if now, err := os.Lstat(path); err == nil && os.SameFile(now, made) {
			os.Remove(path)
		}
	})
	return nil
}

func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil // listening tells what is wrong, if it is more than absence
	case info.Mode().Type() != os.ModeSocket:
		return errors.New("there is a file of that name that is no socket; remove it, or choose another name")
	}
	c, err := net.Dial("unixgram", path)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return os.Remove(path)
	case err != nil:
		return err
	}
	c.Close()
	return errors.New("another program listens there; stop that, or choose another name")
}

// readPackets reads datagrams until the source is closed, as fast as they
// come. It never waits for the reader of the lines.
func (r *Receiver) readPackets(s packetSocket) {
	defer s.Close()
	defer r.whenClosed(s.Close)()
	prepare(s)
	data, told := make([]byte, maxPacket), make([]byte, 64)
	var lost uint32 // what the kernel has told so far
	for {
		n, tells, flags, from, err := s.receive(data, told)
		switch {
		case r.ctx.Err() != nil:
			return
		case err != nil:
			r.tell(fmt.Errorf("datagrams cannot be read: %w", err))
			sleep(r.ctx, time.Second)
			continue
		case flags&syscall.MSG_TRUNC != 0:
			r.cut.Add(1)
		}
		if now, ok := overflow(told[:tells]); ok {
			r.counts.kernel.Add(int64(now - lost)) // it may have gone around
			lost = now
		}
		if !r.packets.put(from, data[:n]) {
			r.counts.dropped.Add(1)
		}
	}
}

// pump delivers the batches of datagrams.
func (r *Receiver) pump() {
	for {
		b := r.packets.take()
		if b == nil {
			select {
			case <-r.packets.filled:
				continue
			case <-r.ctx.Done():
				return
			}
		}
		r.counts.messages.Add(int64(bytes.Count(b.lines, []byte("\n"))))
		if r.deliver(&Block{Data: b.lines, From: peer(b.from)}) != nil {
			return
		}
	}
}

// packets are the datagrams that wait to be taken, those of one peer together:
// while one block is worked on, the next gets longer.
type packets struct {
	filled chan struct{} // holds one when there is something to take

	mu    sync.Mutex
	queue []*batch              // by when they were begun
	open  map[netip.Addr]*batch // the last of each peer in the queue
	room  int
}

type batch struct {
	from  netip.Addr
	lines []byte
}

// batchCost is what a batch costs beside its lines: a flood with forged
// addresses makes one of each datagram.
const batchCost = 256

func newPackets(room int) *packets {
	return &packets{filled: make(chan struct{}, 1), open: make(map[netip.Addr]*batch), room: room}
}

// put adds a datagram, as one line. It returns false if there is no room.
func (p *packets) put(from netip.Addr, data []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, cost := p.open[from], 0
	fresh := b == nil || len(b.lines)+len(data) >= maxBlock
	if fresh {
		b, cost = &batch{from: from}, batchCost
	}
	if cost+len(data)+1 > p.room {
		return false
	}
	before := len(b.lines)
	if b.lines = appendMessage(b.lines, data); len(b.lines) == before {
		return true
	}
	p.room -= cost + len(b.lines) - before
	if fresh {
		p.queue = append(p.queue, b)
		p.open[from] = b
	}
	select {
	case p.filled <- struct{}{}:
	default:
	}
	return true
}

// take returns the oldest batch, or nil.
func (p *packets) take() *batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		return nil
	}
	b := p.queue[0]
	p.queue[0] = nil
	p.queue = p.queue[1:]
	if p.open[b.from] == b {
		delete(p.open, b.from)
	}
	p.room += len(b.lines) + batchCost
	return b
}
