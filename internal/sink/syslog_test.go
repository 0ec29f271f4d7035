package sink

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs"
)

func newSyslog(t *testing.T, o SyslogOptions) *Syslog {
	t.Helper()
	s, err := NewSyslog(o)
	check(t, err)
	s.host = "l096"
	t.Cleanup(s.Close)
	return s
}

const breakInMessage = `<131>1 2007-10-28T17:03:24Z l096 logs - alert [logs@32473 id="00000000000000ff" rule="break-in" user="root" tries="3" note="said \"hi\""] root is in`

func TestSyslogUDP(t *testing.T) {
	listener, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(t, err)
	defer listener.Close()
	s := newSyslog(t, SyslogOptions{URL: "udp://" + listener.LocalAddr().String()})
	receive := func() string {
		b := make([]byte, 1<<16)
		n, _, err := listener.ReadFrom(b)
		check(t, err)
		return string(b[:n])
	}
	check(t, s.Deliver(t.Context(), breakIn()))
	same(t, "message", receive(), breakInMessage)

	lines := &logs.Effect{Kind: logs.EffectSend, Lines: []string{"one", "two\nforged", strings.Repeat("ü", 2000)}}
	check(t, s.Deliver(t.Context(), lines))
	head := `<134>1 0001-01-01T00:00:00Z l096 logs - send [logs@32473 id="0000000000000000"] `
	same(t, "message", receive(), head+"one")
	same(t, "message", receive(), head+`two\x0aforged`)
	if long := receive(); len(long) < 2040 || len(long) > 2048 || !utf8.ValidString(long) {
		t.Errorf("%d bytes of %q", len(long), long)
	}
}

// TestSyslogUDPToNobody: the machine tells, if late, that nobody listens.
func TestSyslogUDPToNobody(t *testing.T) {
	listener, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(t, err)
	s := newSyslog(t, SyslogOptions{URL: "udp://" + listener.LocalAddr().String()})
	listener.Close()
	var errs error
	for range 3 {
		errs = errors.Join(errs, s.Deliver(t.Context(), breakIn()))
	}
	if outcome(errs) != "retry" || !strings.Contains(errs.Error(), "connection refused") {
		t.Error(errs)
	}
}

// A framed is a server of syslog over a stream.
type framed struct {
	net.Listener
	conns chan net.Conn
}

func listenFramed(t *testing.T, config *tls.Config) *framed {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	if config != nil {
		l = tls.NewListener(l, config)
	}
	f := &framed{l, make(chan net.Conn, 10)}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if c, ok := conn.(*tls.Conn); ok {
				c.Handshake()
			}
			f.conns <- conn
		}
	}()
	return f
}

// readFrame reads a message that has its length in front.
func readFrame(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	length, err := r.ReadString(' ')
	check(t, err)
	n, err := strconv.Atoi(strings.TrimSuffix(length, " "))
	check(t, err)
	b := make([]byte, n)
	_, err = io.ReadFull(r, b)
	check(t, err)
	return string(b)
}

func TestSyslogStreams(t *testing.T) {
	server, client := trustMe()
	for _, scheme := range []string{"tcp", "tls"} {
		t.Run(scheme, func(t *testing.T) {
			config := map[string]*tls.Config{"tls": server}[scheme]
			f := listenFramed(t, config)
			s := newSyslog(t, SyslogOptions{URL: scheme + "://" + f.Addr().String(), TLS: client, Facility: 3})
			e := breakIn()
			check(t, s.Deliver(t.Context(), e))
			e.Text = strings.Repeat("ü", 100_000)
			check(t, s.Deliver(t.Context(), e))
			conn := <-f.conns
			r := bufio.NewReader(conn)
			same(t, "message", readFrame(t, r), strings.Replace(breakInMessage, "<131>", "<27>", 1))
			if n := len(readFrame(t, r)); n > maxStreamed || n < maxStreamed-1 {
				t.Errorf("%d bytes", n)
			}

			// The receiver starts anew: what comes then goes to the new one.
			conn.Close()
			<-s.gone
			e.Text, e.Lines = "", []string{"one", "two"}
			check(t, s.Deliver(t.Context(), e))
			conn = <-f.conns
			defer conn.Close()
			r = bufio.NewReader(conn)
			for _, want := range e.Lines {
				if got := readFrame(t, r); !strings.HasSuffix(got, "] "+want) {
					t.Error(got)
				}
			}
			s.Close()
			s.Close() // again, which is harmless
		})
	}
}

// TestSyslogReceiverThatDoesNotRead: a try ends when its time is up, and the
// connection, on which a message is torn, is not used again.
func TestSyslogReceiverThatDoesNotRead(t *testing.T) {
	f := listenFramed(t, nil)
	s := newSyslog(t, SyslogOptions{URL: "tcp://" + f.Addr().String()})
	e := &logs.Effect{Kind: logs.EffectSend}
	for range 400 {
		e.Lines = append(e.Lines, strings.Repeat("x", 60_000))
	}
	check(t, s.connect(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	same(t, "outcome", outcome(s.Deliver(ctx, e)), "retry")
	if s.conn != nil {
		t.Error("the connection is still there")
	}
	(<-f.conns).Close()
}

func TestSyslogThatIsAway(t *testing.T) {
	f := listenFramed(t, nil)
	s := newSyslog(t, SyslogOptions{URL: "tcp://" + f.Addr().String()})
	f.Close()
	if err := s.Deliver(t.Context(), breakIn()); outcome(err) != "retry" || !strings.Contains(err.Error(), "syslog to 127.0.0.1:") {
		t.Error(err)
	}
}

func TestSyslogOptions(t *testing.T) {
	for url, want := range map[string]string{
		"udp://host": "udp host:514", "tcp://host": "tcp host:601", "tls://host": "tls host:6514", "udp://[::1]:1514": "udp [::1]:1514",
		"": "must be like udp://host:514", "host:514": "must be like udp://host:514", "http://host": `goes over udp, tcp or tls, not "http"`, "udp://": "must be like",
	} {
		s, err := NewSyslog(SyslogOptions{URL: url})
		got := fmt.Sprint(err)
		if err == nil {
			got = s.network + " " + s.address
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", url, got, want)
		}
	}
	if _, err := NewSyslog(SyslogOptions{URL: "udp://host", Facility: 24}); err == nil {
		t.Error("a facility of 24")
	}
}

// TestSyslogOfHostileText: whatever an effect holds, each message is one line
// with a head that the standard knows, and all of the head fits in a datagram.
func TestSyslogOfHostileText(t *testing.T) {
	s := newSyslog(t, SyslogOptions{URL: "udp://host"})
	form := regexp.MustCompile(`^<1[0-9]{2}>1 \S+ l096 logs - alert \[logs@32473( [!#-<>-\\^-~]{1,32}="([^"\\\]]|\\["\\\]])*")+\] [^\x00-\x08\x0a-\x1f\x7f]*$`)
	bytes := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })
	evil := rapid.StringMatching(`(\]|"|\\|=| |\n|<1>1|ü|x{30})*`)
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(bytes, evil, rapid.String())
		e := &logs.Effect{Kind: logs.EffectAlert, Severity: logs.Low, Rule: text.Draw(rt, "rule"), Text: text.Draw(rt, "text"), Lines: rapid.SliceOf(text).Draw(rt, "lines")}
		for range rapid.IntRange(0, 40).Draw(rt, "fields") {
			e.Fields = append(e.Fields, field(text.Draw(rt, "name"), logs.Text(text.Draw(rt, "value"))))
		}
		head := s.head(e)
		if len(head) > maxHead+10 {
			rt.Fatalf("the head has %d bytes", len(head))
		}
		for _, m := range s.messages(e) {
			if !form.MatchString(m) || !strings.HasPrefix(m, head) {
				rt.Fatalf("%q", m)
			}
		}
	})
}
