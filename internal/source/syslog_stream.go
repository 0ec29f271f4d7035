package source

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// bytesToRead is the size of a connection's buffer, unless a message is longer.
const bytesToRead = 32 << 10

// listenTCP listens for connections, with TLS if there are keys.
func (r *Receiver) listenTCP(addr string, keys *keys) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	r.addrs = append(r.addrs, l.Addr())
	r.work.Go(func() { r.accept(l, keys) })
	return nil
}

// accept takes connections until the source is closed. When the machine has
// no more to give, it tries again after a while.
func (r *Receiver) accept(l net.Listener, keys *keys) {
	defer l.Close()
	defer r.whenClosed(l.Close)()
	for wait := time.Duration(0); ; {
		c, err := l.Accept()
		switch {
		case r.ctx.Err() != nil:
			if err == nil {
				c.Close()
			}
			return
		case err != nil:
			if wait = min(2*wait+5*time.Millisecond, time.Second); wait == time.Second {
				r.tell(fmt.Errorf("%s: %w", l.Addr(), err))
			}
			sleep(r.ctx, wait)
			continue
		}
		wait = 0
		select {
		case r.slots <- struct{}{}:
			r.work.Go(func() {
				defer func() { <-r.slots }()
				r.serve(c, keys)
			})
		default:
			r.counts.refused.Add(1)
			c.Close()
		}
	}
}

// serve receives what one connection sends.
func (r *Receiver) serve(c net.Conn, keys *keys) {
	defer c.Close()
	defer r.whenClosed(c.Close)()
	s := &stream{r: r, conn: c, from: host(c.RemoteAddr()), patience: r.config.Handshake}
	if keys != nil {
		secured := tls.Server(c, keys.config())
		if r.shakeHands(secured) != nil {
			r.counts.handshakes.Add(1)
			return
		}
		s.conn = secured
	}
	s.receive()
}

func (r *Receiver) shakeHands(c *tls.Conn) error {
	ctx, cancel := context.WithTimeout(r.ctx, r.config.Handshake)
	defer cancel()
	return c.HandshakeContext(ctx)
}

// host is the address of a peer without its port.
func host(a net.Addr) string {
	if ap, err := netip.ParseAddrPort(a.String()); err == nil {
		return peer(ap.Addr())
	}
	return ""
}

// A stream is a connection that is being read.
type stream struct {
	r        *Receiver
	conn     net.Conn
	from     string
	patience time.Duration // how long the next byte may take
	framer   framer
	buf      []byte
	n        int // bytes in buf
}

// receive reads to the end of the connection. Between two reads it waits until
// the lines have been taken.
func (s *stream) receive() {
	s.buf = make([]byte, bytesToRead)
	defer func() { s.r.spare.Add(int64(len(s.buf) - bytesToRead)) }()
	for {
		s.conn.SetReadDeadline(time.Now().Add(s.patience))
		n, err := s.conn.Read(s.buf[s.n:])
		s.n += n
		if n > 0 {
			s.patience = s.r.config.Idle
		}
		if failed := s.pass(err != nil); failed != nil || err != nil {
			return
		}
	}
}

// pass delivers the messages at hand; at the end, also a part of one.
func (s *stream) pass(end bool) error {
	b := s.r.pool.lend()
	lines := b.buf[:0]
	lines = s.take(lines, MaxLine)
	if s.n == len(s.buf) && !s.resize(min(2*s.n, MaxLine+maxHeader+1)) {
		lines = s.take(lines, s.n-maxHeader)
	}
	if end {
		lines = s.framer.flush(lines, s.buf[:s.n])
	}
	s.count(lines)
	b.buf, b.Data, b.From = lines, lines, s.from
	if len(lines) == 0 {
		b.Release()
		return nil
	}
	return s.r.deliver(b)
}

// take cuts messages out of the buffer, and gives back memory that is not
// needed any more.
func (s *stream) take(lines []byte, limit int) []byte {
	lines, used := s.framer.take(lines, s.buf[:s.n], limit)
	s.n = copy(s.buf, s.buf[used:s.n])
	if len(s.buf) > bytesToRead && s.n < bytesToRead {
		s.resize(bytesToRead)
	}
	return lines
}

// resize makes the buffer of another size, unless there is no memory.
func (s *stream) resize(size int) bool {
	more := int64(size - len(s.buf))
	if s.r.spare.Add(-more) < 0 && more > 0 {
		s.r.spare.Add(more)
		return false
	}
	buf := make([]byte, size)
	copy(buf, s.buf[:s.n])
	s.buf = buf
	return true
}

func (s *stream) count(lines []byte) {
	s.r.counts.messages.Add(int64(bytes.Count(lines, []byte("\n"))))
	s.r.counts.bad.Add(s.framer.bad)
	s.r.cut.Add(s.framer.long)
	s.framer.bad, s.framer.long = 0, 0
}
