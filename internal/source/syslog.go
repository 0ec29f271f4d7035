package source

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Syslog receives the messages that other machines and programs send, by
// whatever of the ways of syslog (RFC 3164, 5424, 5425, 5426, 6587):
//
//	source.Syslog{Listen: []source.Listen{
//		{Network: "udp", Addr: ":5514"},
//		{Network: "tls", Addr: ":6514", Cert: "logs.crt", Key: "logs.key", CA: "senders.crt"},
//	}}
//
// A message is a line as it came, with the priority in front. Newlines and
// NULs in it are spaces in the line. A block holds lines of one peer, whom
// its From tells.
//
// A connection that is not read on slows its sender down. Datagrams cannot be
// held back: they are read by a goroutine that does nothing else, and those
// that find its buffer full are dropped and counted.
//
//	connection ─→ framer ──────────────────────────────────┐
//	connection ─→ framer ──────────────────────────────────┼─→ Next
//	datagrams ─→ reader ─→ one batch for each peer ─→ pump ─┘
type Syslog struct {
	Listen []Listen

	MaxConns  int           // connections at once; more are refused. 0 means 1000
	Idle      time.Duration // how long a connection may be silent; 0 means 10 minutes
	Handshake time.Duration // how long it may take until its first byte; 0 means 30 seconds

	// Buffer bounds the bytes of datagrams that wait to be read, and on its
	// own the memory for messages longer than 32 KiB that have come in part:
	// beyond that they are cut. 0 means 32 MiB.
	Buffer int

	// Failed is told of what goes wrong while messages are received, such as
	// a certificate that cannot be read again. It may be nil. One call comes
	// at a time, and must not wait for the source.
	Failed func(err error)
}

// Listen says where to listen.
type Listen struct {
	Network string // "udp", "tcp", "tls" or "unix", which is one for datagrams like /dev/log
	Addr    string // such as ":5514", or the path of the socket

	// For tls, the files of the certificate and its key, and of the
	// authorities by one of which a sender must be certified; without those
	// any sender is taken. Files that have changed are read again when a
	// sender connects.
	Cert, Key, CA string
}

func (l Listen) String() string { return l.Network + " " + l.Addr }

// Name is "syslog".
func (s Syslog) Name() string { return "syslog" }

// Open begins to listen everywhere, or fails. What was not received cannot be
// asked for again, so the mark means nothing, and the blocks have none.
func (s Syslog) Open(string) (*Receiver, error) {
	r := newReceiver(s)
	for _, l := range s.Listen {
		if err := r.listen(l); err != nil {
			r.Close()
			return nil, fmt.Errorf("syslog: cannot listen on %s: %w", l, err)
		}
	}
	r.work.Go(r.pump)
	return r, nil
}

// A Receiver is an open Syslog.
type Receiver struct {
	*Live
	config  Syslog
	addrs   []net.Addr
	packets *packets
	spare   atomic.Int64  // bytes of memory for long messages
	slots   chan struct{} // holds one for each connection

	telling sync.Mutex // guards config.Failed
	counts  struct{ messages, dropped, kernel, refused, handshakes, bad atomic.Int64 }
}

// bytesOfLines is the size of a block of lines, unless one is longer.
const bytesOfLines = 64 << 10

func newReceiver(s Syslog) *Receiver {
	if s.MaxConns <= 0 {
		s.MaxConns = 1000
	}
	if s.Idle <= 0 {
		s.Idle = 10 * time.Minute
	}
	if s.Handshake <= 0 {
		s.Handshake = 30 * time.Second
	}
	if s.Buffer <= 0 {
		s.Buffer = 32 << 20
	}
	r := &Receiver{
		Live: newLive(s.Name(), &Pool{Size: bytesOfLines}), config: s,
		packets: newPackets(s.Buffer), slots: make(chan struct{}, s.MaxConns),
	}
	r.spare.Store(int64(s.Buffer))
	return r
}

// listen starts the goroutine of one socket.
func (r *Receiver) listen(l Listen) error {
	switch l.Network {
	case "udp":
		return r.listenUDP(l.Addr)
	case "unix":
		return r.listenUnix(l.Addr)
	case "tcp":
		return r.listenTCP(l.Addr, nil)
	case "tls":
		keys, err := newKeys(l, r.tell)
		if err != nil {
			return err
		}
		return r.listenTCP(l.Addr, keys)
	}
	return fmt.Errorf("%q is no network; try udp, tcp, tls or unix", l.Network)
}

// Addrs are the addresses that the source listens on, in the order of Listen.
func (r *Receiver) Addrs() []net.Addr { return r.addrs }

// Counts say what has become of what was sent.
type Counts struct {
	Messages   int64 // lines that were received
	Dropped    int64 // datagrams for which the buffer had no room
	Kernel     int64 // datagrams that the kernel had to drop before they could be read, as far as it tells
	Refused    int64 // connections beyond MaxConns
	Handshakes int64 // TLS connections that came to nothing
	Bad        int64 // frames of connections that are broken
	Cut        int64 // messages that were too long
}

// Counts returns what was counted since Open.
func (r *Receiver) Counts() Counts {
	c := &r.counts
	return Counts{
		Messages: c.messages.Load(), Dropped: c.dropped.Load(), Kernel: c.kernel.Load(),
		Refused: c.refused.Load(), Handshakes: c.handshakes.Load(), Bad: c.bad.Load(), Cut: r.Cut(),
	}
}

func (r *Receiver) tell(err error) {
	if r.config.Failed == nil {
		return
	}
	r.telling.Lock()
	defer r.telling.Unlock()
	r.config.Failed(fmt.Errorf("syslog: %w", err))
}

// whenClosed calls f when the source is closed, unless undone before.
func (r *Receiver) whenClosed(f func() error) (undo func() bool) {
	return context.AfterFunc(r.ctx, func() { f() })
}
