package tier

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// An authority signs certificates, which lie in a folder.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  ed25519.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir(), cert: certificateFor("authority")}
	a.cert.IsCA, a.cert.BasicConstraintsValid, a.cert.KeyUsage = true, true, x509.KeyUsageCertSign
	var der []byte
	var err error
	if der, a.key, err = issue(a.cert, nil, nil); err != nil {
		t.Fatal(err)
	}
	a.put("ca.crt", pemCert, der)
	return a
}

func certificateFor(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
}

func (a *authority) put(name, kind string, der []byte) {
	a.t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// issue makes a certificate and its key, and returns what of a place names them.
func (a *authority) issue(name string) string {
	a.t.Helper()
	der, key, err := issue(certificateFor(name), a.cert, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.put(name+".crt", pemCert, der)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.put(name+".key", pemKey, secret)
	return "cert=" + filepath.Join(a.dir, name+".crt") + "&key=" + filepath.Join(a.dir, name+".key")
}

func (a *authority) ca() string { return "ca=" + filepath.Join(a.dir, "ca.crt") }

// config is that of a server, which wants to know its clients or does not.
func (a *authority) config(clients tls.ClientAuthType) *tls.Config {
	a.t.Helper()
	a.issue("server")
	pair, err := tls.LoadX509KeyPair(filepath.Join(a.dir, "server.crt"), filepath.Join(a.dir, "server.key"))
	if err != nil {
		a.t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(a.dir, "ca.crt"))
	if err != nil {
		a.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(data)
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, ClientAuth: clients, ClientCAs: pool}
}

// manual returns what docs/cluster.md says that one must be allowed: it is the
// row of a table.
func manual(t *testing.T, who string) (publish, subscribe []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/cluster.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| ` + who + ` \|([^|]*)\|([^|]*)\|$`).FindStringSubmatch(string(text))
	if row == nil {
		t.Fatalf("the manual does not say what %s must be allowed", who)
	}
	for i, list := range []*[]string{&publish, &subscribe} {
		for _, quoted := range regexp.MustCompile("`[^`]+`").FindAllString(row[i+1], -1) {
			*list = append(*list, strings.ReplaceAll(strings.Trim(quoted, "`"), "NAME", "site"))
		}
	}
	return publish, subscribe
}

// permitted is a user who is allowed what the manual says, and no more.
func permitted(t *testing.T, name, who string) *server.User {
	publish, subscribe := manual(t, who)
	return &server.User{Username: name, Permissions: &server.Permissions{
		Publish: &server.SubjectPermission{Allow: publish}, Subscribe: &server.SubjectPermission{Allow: subscribe},
	}}
}

func parsed(t *testing.T, text string) ClusterAt {
	t.Helper()
	at, err := ParseCluster(text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// checkWork lets an edge send, and a worker read, keep and share.
func checkWork(t *testing.T, worker, edge ClusterAt) {
	t.Helper()
	c := openCluster(t, worker, 1)
	p, stop := publishing(t, edge, t.TempDir(), "edge1")
	doAll(t, p, 0, 5)
	stop()
	numbers, mark := readPartition(t, c, 0, "", 5)
	if text(numbers) != upTo(0, 5) {
		t.Errorf("got %v", numbers)
	}
	c.Forget(t.Context(), 0, mark)
	d := openDepot(t, c)
	d.Begin(1)
	if err := d.Append([]byte("a")); err != nil {
		t.Fatal(err)
	}
	d.Begin(2)
	replace(t, d, 2, "snapshot")
	if said := loaded(t, openDepot(t, c)); said != "snapshot" {
		t.Errorf("kept is %s", said)
	}
	if held, _, err := c.Join("a").Beat(t.Context(), began, nil); err != nil || len(held) != 1 {
		t.Errorf("it holds %v, %v", held, err)
	}
}

// checkRefused looks whether one who should not is told at once what to do.
func checkRefused(t *testing.T, place, want string) {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c, err := OpenCluster(ctx, ClusterOptions{At: parsed(t, place), Replicas: 1})
	if err == nil {
		c.Close()
		t.Errorf("%s is let in", place)
		return
	}
	if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
		t.Errorf("%s: %v", place, err)
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("%s: it takes %s to be refused", place, took)
	}
}

// A cluster that knows its workers and edges by their certificates.
func TestAClusterThatWantsCertificates(t *testing.T) {
	own, other := newAuthority(t), newAuthority(t)
	s := startWith(t, &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(),
		TLS: true, TLSVerify: true, TLSMap: true, TLSTimeout: 5, TLSConfig: own.config(tls.RequireAndVerifyClientCert),
		Users: []*server.User{permitted(t, "CN=worker", "worker"), permitted(t, "CN=edge", "edge")},
	})
	place := "tls://" + s.Addr().String() + "/site?"
	edge := parsed(t, place+own.ca()+"&"+own.issue("edge"))
	checkWork(t, parsed(t, place+own.ca()+"&"+own.issue("worker")), edge)
	for name, x := range map[string]struct{ place, want string }{
		"no authority":          {place + own.issue("worker"), "?ca=ca.crt"},
		"another authority":     {place + other.ca() + "&" + own.issue("worker"), "?ca=ca.crt"},
		"no certificate":        {place + own.ca(), "?cert=own.crt&key=own.key"},
		"a strange certificate": {place + own.ca() + "&" + other.issue("worker"), "?cert=own.crt&key=own.key"},
		"a strange name":        {place + own.ca() + "&" + own.issue("nobody"), "do not let this one in"},
		"in the clear":          {strings.Replace(place, "tls://", "nats://x:secret@", 1), "?ca=ca.crt"},
	} {
		t.Run(name, func(t *testing.T) { checkRefused(t, x.place, x.want) })
	}
	checkBounds(t, edge)
}

// checkBounds looks whether an edge may say nothing but events, and hear nothing
// but answers to itself.
func checkBounds(t *testing.T, edge ClusterAt) {
	t.Helper()
	conn, _, err := edge.connect(t.Context(), roleEdge, "stranger", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	refused := func(what string, do func() error) {
		t.Helper()
		if err := do(); err != nil {
			t.Fatal(err)
		}
		if err := conn.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := conn.LastError(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s is not refused: %v", what, err)
		}
	}
	for _, subject := range []string{"$KV.logs-site.table", "logs.site.journal.0", "logs.site.snapshots.0.1-1", "$JS.API.STREAM.PURGE.logs-site-events", "$JS.API.DIRECT.GET.logs-site-events"} {
		refused(subject, func() error { return conn.Publish(subject, nil) })
	}
	for _, subject := range []string{"logs.site.events.0", "_INBOX.>", "_INBOX.worker.site.>"} {
		refused(subject, func() error { _, err := conn.SubscribeSync(subject); return err })
	}
}

// A cluster that speaks TLS only where it is asked to, and one that does not.
func TestAClusterThatSpeaksNoTLS(t *testing.T) {
	at := startServer(t)
	checkRefused(t, strings.Replace(at.servers, "nats://", "tls://x:secret@", 1)+"/site", "they speak no TLS")
}

// A cluster that knows its workers and edges by the files of an operator.
func TestAClusterThatWantsCreds(t *testing.T) {
	own := newAuthority(t)
	operator, account := newKey(t, nkeys.CreateOperator), newKey(t, nkeys.CreateAccount)
	system := newKey(t, nkeys.CreateAccount)
	resolver := &server.MemAccResolver{}
	for key, limits := range map[nkeys.KeyPair]jwt.JetStreamLimits{
		account: {DiskStorage: jwt.NoLimit, MemoryStorage: jwt.NoLimit, Streams: jwt.NoLimit, Consumer: jwt.NoLimit}, system: {},
	} {
		claims := jwt.NewAccountClaims(public(t, key))
		claims.Limits.JetStreamLimits = limits
		signed, err := claims.Encode(operator)
		if err == nil {
			err = resolver.Store(public(t, key), signed)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s := startWith(t, &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(),
		TLS: true, TLSTimeout: 5, TLSConfig: own.config(tls.NoClientCert),
		TrustedKeys: []string{public(t, operator)}, AccountResolver: resolver, SystemAccount: public(t, system),
	})
	creds := func(who string, account nkeys.KeyPair) string {
		t.Helper()
		user := newKey(t, nkeys.CreateUser)
		claims := jwt.NewUserClaims(public(t, user))
		claims.Pub.Allow, claims.Sub.Allow = manual(t, who)
		signed, err := claims.Encode(account)
		if err != nil {
			t.Fatal(err)
		}
		seed, err := user.Seed()
		if err != nil {
			t.Fatal(err)
		}
		file, err := jwt.FormatUserConfig(signed, seed)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), who+".creds")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		return "creds=" + path
	}
	place := "tls://" + s.Addr().String() + "/site?" + own.ca() + "&"
	edge := parsed(t, place+creds("edge", account))
	checkWork(t, parsed(t, place+creds("worker", account)), edge)
	checkBounds(t, edge)
	checkRefused(t, place, "?creds=own.creds")
	checkRefused(t, place+creds("worker", newKey(t, nkeys.CreateAccount)), "?creds=own.creds")
}

func newKey(t *testing.T, create func() (nkeys.KeyPair, error)) nkeys.KeyPair {
	t.Helper()
	key, err := create()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(t *testing.T, key nkeys.KeyPair) string {
	t.Helper()
	text, err := key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
