package tier

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// A guard says who may connect to a hub, and what they may say there:
//
//	this process               anything
//	an edge with a certificate publish up.DEPARTMENT.*, hear _INBOX.DEPARTMENT.>
//	an edge of a hub without   the same as the department local
//	trust, on this machine
//	anybody else               is refused, and logged
type guard struct {
	trust  *Trust // nil: there is none, and all connections are of this machine
	roots  *x509.CertPool
	secret string // by which this process is known
	log    *slog.Logger
	let    chan struct{} // holds a token when somebody was let in

	mu     sync.Mutex
	file   os.FileInfo // of users.json when it was read
	users  map[string]User
	conns  map[uint64]conn  // of departments, by the server's number
	turned map[string]int64 // connections away, by the department that they named; "": by one that is none
	told   told
}

// A conn is a connection of a department.
type conn struct{ department, serial string }

// ownName is the user that is this process.
const ownName = "logs"

func newGuard(trust *Trust, log *slog.Logger) (*guard, error) {
	var random [16]byte
	rand.Read(random[:])
	g := &guard{trust: trust, secret: hex.EncodeToString(random[:]), log: log, let: make(chan struct{}, 1), conns: map[uint64]conn{}, turned: map[string]int64{}}
	if trust == nil {
		g.users = map[string]User{localDepartment: {Name: localDepartment}}
		return g, nil
	}
	ca, err := trust.authorityCert()
	if err != nil {
		return nil, err
	}
	g.roots = x509.NewCertPool()
	g.roots.AddCert(ca)
	_, err = trust.Users()
	return g, err
}

// tlsConfig is how the hub speaks to edges; nil without trust. What certificate
// they show is judged by Check, which can say whose it is and why it does not
// count; that they hold its key is seen to here.
func (g *guard) tlsConfig() (*tls.Config, error) {
	if g.trust == nil {
		return nil, nil
	}
	own, err := tls.LoadX509KeyPair(g.trust.path("server.crt"), g.trust.path("server.key"))
	if err != nil {
		return nil, fmt.Errorf("the hub's certificate: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own}, ClientAuth: tls.RequestClientCert}, nil
}

// Check is asked by the server about each connection.
func (g *guard) Check(c server.ClientAuthentication) bool {
	if c.Kind() != server.CLIENT {
		return g.refuse(c, "", errors.New("only edges may connect"))
	}
	o := c.GetOpts()
	if o.Username == ownName && subtle.ConstantTimeCompare([]byte(o.Password), []byte(g.secret)) == 1 {
		c.RegisterUser(&server.User{Username: ownName})
		return true
	}
	u := User{Name: localDepartment}
	if g.trust != nil {
		var err error
		if u, err = g.identify(c.GetTLSConnectionState(), time.Now()); err != nil {
			return g.refuse(c, u.Name, err)
		}
	}
	g.mu.Lock()
	g.conns[c.GetID()] = conn{u.Name, u.Serial}
	g.mu.Unlock()
	c.RegisterUser(&server.User{
		Username: u.Name, ConnectionDeadline: u.Expires,
		Permissions: &server.Permissions{
			Publish:   &server.SubjectPermission{Allow: []string{upSubject(u.Name, "*")}},
			Subscribe: &server.SubjectPermission{Allow: []string{inboxOf(u.Name) + ".>"}},
		},
	})
	signal(g.let)
	return true
}

// identify returns the department that a certificate is of.
func (g *guard) identify(state *tls.ConnectionState, now time.Time) (User, error) {
	if state == nil || len(state.PeerCertificates) == 0 {
		return User{}, errors.New("it shows no credential")
	}
	cert := state.PeerCertificates[0]
	claimed := User{Name: cert.Subject.CommonName}
	_, err := cert.Verify(x509.VerifyOptions{Roots: g.roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && g.signed(cert):
		return claimed, fmt.Errorf("its credential was valid until %s", cert.NotAfter.Format(time.RFC3339))
	case err != nil:
		return claimed, fmt.Errorf("its credential is not of this hub: %w", err)
	}
	u, known := g.user(claimed.Name)
	if !known || u.Serial != cert.SerialNumber.Text(16) {
		return claimed, errors.New("its credential was revoked")
	}
	u.Expires = cert.NotAfter
	return u, nil
}

// signed tells whether the authority has signed a certificate, whenever.
func (g *guard) signed(cert *x509.Certificate) bool {
	_, err := cert.Verify(x509.VerifyOptions{Roots: g.roots, CurrentTime: cert.NotBefore, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err == nil
}

// user returns a department as users.json has it now.
func (g *guard) user(name string) (User, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.load()
	u, ok := g.users[name]
	return u, ok
}

// names returns all departments.
func (g *guard) names() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.load()
	var names []string
	for name := range g.users {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// load reads users.json if it has changed. While it cannot be read nobody is
// let in.
func (g *guard) load() {
	if g.trust == nil {
		return
	}
	file, err := os.Stat(g.trust.path("users.json"))
	if err == nil && g.file != nil && os.SameFile(file, g.file) && file.ModTime().Equal(g.file.ModTime()) {
		return
	}
	list, err := g.trust.Users()
	g.file, g.users = file, map[string]User{}
	if err != nil {
		g.file = nil // it is tried again
		g.told.say(g.log, slog.LevelError, "nobody can be let in", "error", err)
	}
	for _, u := range list {
		g.users[u.Name] = u
	}
}

// refuse logs who was refused, and returns false.
func (g *guard) refuse(c server.ClientAuthentication, department string, why error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, known := g.users[department]; known {
		g.turned[department]++
	} else {
		g.turned[""]++
	}
	g.told.say(g.log, slog.LevelWarn, "a connection was refused", "from", c.RemoteAddress(), "department", department, "why", why)
	return false
}

// refusals returns how many connections were refused, by the department that
// they named.
func (g *guard) refusals() map[string]int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.turned)
}

// sweep ends the connections of those who were let in and would not be now.
func (g *guard) sweep(s *server.Server) {
	g.mu.Lock()
	g.load()
	var over []uint64
	for id, c := range g.conns {
		u, known := g.users[c.department]
		switch {
		case s.GetClient(id) == nil:
			delete(g.conns, id)
		case !known || u.Serial != c.serial:
			g.log.Warn("a connection was ended: its credential was revoked", "department", c.department)
			over = append(over, id)
			delete(g.conns, id)
		}
	}
	g.mu.Unlock()
	for _, id := range over {
		s.DisconnectClientByID(id)
	}
}

// A told bounds what strangers can make a hub log: so many lines a second.
type told struct {
	mu     sync.Mutex
	second int64
	count  int
}

const maxTold = 10

func (t *told) say(log *slog.Logger, level slog.Level, text string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := time.Now().Unix(); now != t.second {
		t.second, t.count = now, 0
	}
	if t.count++; t.count <= maxTold {
		log.Log(context.Background(), level, text, args...)
	}
}
