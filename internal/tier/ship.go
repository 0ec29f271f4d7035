package tier

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/logs-rdl/logs"
)

// Shipping. One batch is under way at a time, so that order needs no thought:
//
//	connect ─→ sync, next batch ─→ ask the hub ─→ "+OK"    it lasts; go on
//	   ↑                                └───────→ "-WAIT"  the same again, later
//	   └── wait, twice as long each time ←─────── anything else, or nothing
//
// A connection that fails is given up and made anew, with the credential as it
// is then.

const (
	linger      = 50 * time.Millisecond // how long events gather for a batch
	askTimeout  = 10 * time.Second      // how long the hub may take for one
	dialTimeout = 5 * time.Second
	firstWait   = 100 * time.Millisecond
	longestWait = 5 * time.Second
	longestHold = time.Minute // that a hub may ask for
	expiresSoon = 30 * 24 * time.Hour
)

// The answers of a hub.
const (
	answerOK   = "+OK"
	answerWait = "-WAIT " // ms, why
	answerErr  = "-ERR "  // why
)

// A target is where an edge ships to, and as whom.
type target struct {
	url, department string
	tls             *tls.Config // nil: in the clear, to this machine
	expires         time.Time   // of the credential; zero: there is none
}

// target reads the credential.
func (u *Upstream) target() (*target, error) {
	t := &target{url: u.o.URL, department: localDepartment}
	if u.o.Credential != "" {
		data, err := os.ReadFile(u.o.Credential)
		if err != nil {
			return nil, fmt.Errorf("the credential for the tier above: %w", err)
		}
		c, err := parseCredential(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", u.o.Credential, err)
		}
		t.department, t.tls, t.expires = c.department, c.config(), c.expires
		if t.url == "" {
			t.url = c.url
		}
	}
	where, err := url.Parse(t.url)
	switch {
	case err != nil || where.Host == "" || where.Scheme != "nats" && where.Scheme != "tls":
		return nil, fmt.Errorf("%q is no place for a tier above: try tls://hub.example.org:4222", t.url)
	case t.tls == nil && (where.Scheme == "tls" || !IsLoopback(where.Host)):
		return nil, fmt.Errorf("a tier above on another machine (%s) needs a credential: logs hub user add makes one", where.Host)
	}
	return t, nil
}

// Run ships events until ctx ends.
func (u *Upstream) Run(ctx context.Context) {
	s := shipper{shipping: shipping{Upstream: u}}
	s.keepOn(ctx, s.session)
}

// A shipping has the batch that is under way, wherever it goes.
type shipping struct {
	*Upstream
	next batch
	size int64 // of it, in the store
}

// keepOn makes one session after the other until ctx ends. One that got nowhere
// makes the next wait longer.
func (s *shipping) keepOn(ctx context.Context, session func(context.Context) error) {
	wait := firstWait
	for ctx.Err() == nil {
		before := s.shipped.Load()
		err := session(ctx)
		if ctx.Err() != nil {
			return
		}
		s.tell(err)
		if s.shipped.Load() > before {
			wait = firstWait
		}
		pause(ctx, wait)
		wait = min(2*wait, longestWait)
	}
}

// each ships one batch after the other, until ctx ends or that fails. Nothing is
// shipped that a power cut could take back.
func (s *shipping) each(ctx context.Context, closed <-chan struct{}, ship func(context.Context) error) error {
	for ctx.Err() == nil {
		step := ship
		if s.next.count == 0 {
			step = func(ctx context.Context) error { return s.load(ctx, closed) }
		}
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// load gets the next batch, or waits until there is something to ship.
func (s *shipping) load(ctx context.Context, closed <-chan struct{}) error {
	if err := s.store.sync(); err != nil {
		return err
	}
	b, size, ok, err := s.store.batch()
	if err != nil {
		return err
	}
	if ok {
		s.next, s.size = b, size
		return nil
	}
	select {
	case <-s.wake:
		pause(ctx, linger)
	case <-closed:
		return errors.New("the connection is lost")
	case <-ctx.Done():
	}
	return nil
}

// done goes on behind the batch.
func (s *shipping) done() error {
	s.tell(nil)
	err := s.store.ship(&s.next, s.size)
	s.shipped.Add(int64(s.next.count))
	s.next = batch{}
	signal(s.room)
	return err
}

// A shipper ships to a hub.
type shipper struct {
	shipping
	at   *target
	conn *nats.Conn
	told time.Time // when it was told last that the credential expires
}

// session connects and ships until that fails.
func (s *shipper) session(ctx context.Context) error {
	var err error
	if s.at, err = s.target(); err != nil {
		return err
	}
	closed := make(chan struct{})
	if s.conn, err = s.connect(ctx, closed); err != nil {
		return err
	}
	defer s.conn.Close()
	return s.each(ctx, closed, s.ship)
}

// connect connects to the hub once.
func (s *shipper) connect(ctx context.Context, closed chan struct{}) (*nats.Conn, error) {
	dialer := &dialer{ctx: ctx}
	options := []nats.Option{
		nats.Name(s.o.Name), nats.NoReconnect(), nats.Timeout(dialTimeout), nats.SetCustomDialer(dialer),
		nats.CustomInboxPrefix(inboxOf(s.at.department)), nats.ClosedHandler(func(*nats.Conn) { close(closed) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if errors.Is(err, nats.ErrPermissionViolation) {
				s.o.Log.Error("the hub lets this edge not say that", "error", err)
			}
		}),
	}
	if s.at.tls != nil {
		options = append(options, nats.Secure(s.at.tls))
		s.tellExpiry(time.Now())
	}
	conn, err := nats.Connect(s.at.url, options...)
	if dialer.err != nil {
		err = dialer.err
	}
	switch {
	case errors.Is(err, nats.ErrAuthorization):
		return nil, fmt.Errorf("%s does not accept the credential: it has expired, or was revoked or replaced; the hub's log says which: %w", s.at.url, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", s.at.url, err)
	}
	return conn, nil
}

// tellExpiry tells once a day that the credential expires soon.
func (s *shipper) tellExpiry(now time.Time) {
	if s.at.expires.Sub(now) > expiresSoon || now.Sub(s.told) < 24*time.Hour {
		return
	}
	s.told = now
	s.o.Log.Warn("the credential for the tier above expires soon, or has expired: the hub's administrator makes a new one with logs hub user add",
		"file", s.o.Credential, "expires", s.at.expires.UTC().Format(time.RFC3339))
}

// A dialer gives up when its context ends, and keeps what went wrong.
type dialer struct {
	ctx context.Context
	err error
}

func (d *dialer) Dial(network, address string) (conn net.Conn, err error) {
	inner := net.Dialer{Timeout: dialTimeout}
	conn, d.err = inner.DialContext(d.ctx, network, address)
	return conn, d.err
}

// ship asks the hub to take the batch.
func (s *shipper) ship(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	reply, err := s.conn.RequestWithContext(asking, upSubject(s.at.department, s.o.Name), s.next.encode())
	if err != nil {
		return fmt.Errorf("%s: %w", s.at.url, err)
	}
	answer := string(reply.Data)
	switch {
	case answer == answerOK:
		return s.done()
	case strings.HasPrefix(answer, answerWait):
		ms, why, _ := strings.Cut(answer[len(answerWait):], " ")
		n, _ := strconv.Atoi(ms)
		s.tell(fmt.Errorf("%s: %s", s.at.url, logs.Show(why)))
		pause(ctx, min(max(time.Duration(n)*time.Millisecond, firstWait), longestHold))
		return nil
	}
	return fmt.Errorf("%s refuses a batch: %s", s.at.url, logs.Show(strings.TrimPrefix(answer, answerErr)))
}

// tell tells of trouble when it begins, changes and ends.
func (u *Upstream) tell(err error) {
	switch {
	case err == nil && u.trouble != nil:
		u.o.Log.Info("events go to the tier above again")
	case err != nil && (u.trouble == nil || err.Error() != u.trouble.Error()):
		u.o.Log.Warn("events for the tier above wait", "error", err)
	}
	u.trouble = err
}

// pause waits for a while, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// IsLoopback tells whether an address, with or without a port, is of this
// machine alone.
func IsLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
