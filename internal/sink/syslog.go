package sink

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/logs-rdl/logs"
)

// Bounds of a message. A UDP message of 2,048 bytes is what every receiver must
// take that follows the standard at all; longer ones are cut.
const (
	maxDatagram    = 2048
	maxStreamed    = 64 << 10
	maxHead        = 1400 // fields that would make the head longer are left out
	maxParamName   = 32
	maxParamValue  = 256
	syslogDeadline = 30 * time.Second // of one message, if its context does not end first
)

// SyslogOptions say where messages go.
type SyslogOptions struct {
	URL      string      // udp://host:514, tcp://host:601 or tls://host:6514; these are the ports when none is named
	Facility int         // 1 to 23; 0 means 16, which is local0
	TLS      *tls.Config // nil trusts what the machine trusts
}

// Syslog sends effects as messages of RFC 5424, over TCP and TLS with their
// length in front:
//
//	<131>1 2007-10-28T17:03:24Z l096 logs - alert [logs@32473 id="00000000000000ff" rule="break-in" user="root"] root is in
//
// The text is on one line; of an effect without text each line is a message.
// Critical, high, medium and low are 2 to 5, the rest is 6.
//
// Syslog has no receipts. What UDP loses is lost; over TCP an effect is taken
// as delivered when the system has it and the receiver had not closed the
// connection, so what is under way while a receiver falls may be lost.
type Syslog struct {
	o       SyslogOptions
	network string // udp, tcp or tls
	address string
	host    string // the name of this machine, as a message has it

	mu   sync.Mutex
	conn net.Conn      // nil: not connected
	gone chan struct{} // closed when the receiver has closed conn; nil over UDP
}

// NewSyslog returns a Syslog, or an error if an option is not usable. Nothing
// is connected before the first effect.
func NewSyslog(o SyslogOptions) (*Syslog, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("the URL of a syslog server must be like udp://host:514, not %s", quote(o.URL))
	}
	ports := map[string]string{"udp": "514", "tcp": "601", "tls": "6514"}
	if ports[u.Scheme] == "" {
		return nil, fmt.Errorf("syslog goes over udp, tcp or tls, not %s", quote(u.Scheme))
	}
	if o.Facility < 0 || o.Facility > 23 {
		return nil, fmt.Errorf("the facility of syslog is 1 to 23, not %d", o.Facility)
	}
	o.Facility = cmp.Or(o.Facility, 16)
	name, _ := os.Hostname()
	return &Syslog{
		o: o, network: u.Scheme, host: cmp.Or(printable(name, 255), "-"),
		address: net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), ports[u.Scheme])),
	}, nil
}

// Deliver sends the effect.
func (s *Syslog) Deliver(ctx context.Context, e *logs.Effect) error {
	ctx, cancel := context.WithTimeout(ctx, syslogDeadline)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.connect(ctx)
	if err == nil {
		err = s.write(ctx, s.messages(e))
	}
	if err != nil {
		s.disconnect()
		return fmt.Errorf("syslog to %s: %w", s.address, err)
	}
	return nil
}

// connect connects if there is no connection that the receiver holds too.
func (s *Syslog) connect(ctx context.Context) error {
	if s.conn != nil {
		select {
		case <-s.gone:
			s.disconnect()
		default:
			return nil
		}
	}
	conn, err := s.dial(ctx)
	if err != nil {
		return err
	}
	s.conn, s.gone = conn, nil
	if s.network != "udp" {
		s.gone = make(chan struct{})
		go watch(conn, s.gone)
	}
	return nil
}

// watch closes gone when the other side closes the connection. What it sends
// is dropped.
func watch(conn net.Conn, gone chan struct{}) {
	io.Copy(io.Discard, conn)
	close(gone)
}

func (s *Syslog) dial(ctx context.Context) (net.Conn, error) {
	if s.network == "tls" {
		return (&tls.Dialer{Config: s.o.TLS}).DialContext(ctx, "tcp", s.address)
	}
	return (&net.Dialer{}).DialContext(ctx, s.network, s.address)
}

func (s *Syslog) disconnect() {
	if s.conn == nil {
		return
	}
	s.conn.Close()
	if s.gone != nil {
		<-s.gone
	}
	s.conn = nil
}

// write writes messages: over a stream all at once.
func (s *Syslog) write(ctx context.Context, messages []string) error {
	deadline, _ := ctx.Deadline()
	s.conn.SetWriteDeadline(deadline)
	conn := s.conn
	defer context.AfterFunc(ctx, func() { conn.SetWriteDeadline(time.Unix(1, 0)) })()
	if s.network == "udp" {
		for _, m := range messages {
			if _, err := io.WriteString(conn, cut(m, maxDatagram)); err != nil {
				return err
			}
		}
		return nil
	}
	var framed []byte
	for _, m := range messages {
		m = cut(m, maxStreamed)
		framed = append(strconv.AppendInt(framed, int64(len(m)), 10), ' ')
		framed = append(framed, m...)
	}
	_, err := conn.Write(framed)
	return err
}

// messages returns what says the effect.
func (s *Syslog) messages(e *logs.Effect) []string {
	head := s.head(e)
	if e.Text != "" || len(e.Lines) == 0 {
		return []string{head + logs.Show(e.Text)}
	}
	var messages []string
	for _, line := range e.Lines {
		messages = append(messages, head+logs.Show(line))
	}
	return messages
}

// head returns all of a message that stands before its text.
func (s *Syslog) head(e *logs.Effect) string {
	severity := 6 - int(e.Severity) // from none to critical
	var b strings.Builder
	fmt.Fprintf(&b, "<%d>1 %s %s logs - %s [logs@32473", s.o.Facility*8+severity,
		e.Time.Format("2006-01-02T15:04:05.999999Z07:00"), s.host, e.Kind)
	param := func(name, value string) {
		text := paramQuoting.Replace(cut(logs.Show(value), maxParamValue))
		if b.Len()+len(name)+len(text) < maxHead {
			fmt.Fprintf(&b, ` %s="%s"`, name, text)
		}
	}
	param("id", e.ID.String())
	if e.Rule != "" {
		param("rule", e.Rule)
	}
	for _, f := range e.Fields {
		name := cmp.Or(printable(strings.NewReplacer("=", "_", "]", "_", `"`, "_").Replace(f.Name), maxParamName), "_")
		param(name, string(f.Value.Append(nil, e.Time.Location())))
	}
	b.WriteString("] ")
	return b.String()
}

var paramQuoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`)

// printable returns the start of s as a name in a message: printable ASCII
// without spaces.
func printable(s string, n int) string {
	return cut(strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f {
			return '_'
		}
		return r
	}, s), n)
}

// Close closes the connection.
func (s *Syslog) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disconnect()
}
