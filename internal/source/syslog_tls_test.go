package source

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certify writes a certificate and its key, signed by another or by itself.
func certify(t *testing.T, dir, name string, by *tls.Certificate) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<60))
	cert := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: by == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	parent, signer := cert, any(key)
	if by != nil {
		parent, signer = by.Leaf, by.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	private, _ := x509.MarshalPKCS8PrivateKey(key)
	crt, pri := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	os.WriteFile(filepath.Join(dir, name+".crt"), crt, 0o600)
	os.WriteFile(filepath.Join(dir, name+".key"), pri, 0o600)
	pair, err := tls.X509KeyPair(crt, pri)
	if err != nil {
		t.Fatal(err)
	}
	return &pair
}

// sender says who connects, and whom it believes. It shows its certificate
// even if it is told that it will not do.
func sender(ca *tls.Certificate, own ...*tls.Certificate) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(ca.Leaf)
	own = append(own, &tls.Certificate{})
	return &tls.Config{
		RootCAs: pool, ServerName: "localhost",
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own[0], nil },
	}
}

// sendTLS sends a line, and tells why it could not.
func sendTLS(r *Receiver, config *tls.Config, line string) error {
	c, err := tls.Dial("tcp", r.Addrs()[0].String(), config)
	if err != nil {
		return err
	}
	defer c.Close()
	io.WriteString(c, line)
	c.CloseWrite()
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		return err // of TLS 1.3 the sender learns only now that it is not taken
	}
	return nil
}

func TestSyslogTLS(t *testing.T) {
	dir := t.TempDir()
	ca, strange := certify(t, dir, "ca", nil), certify(t, dir, "strange", nil)
	certify(t, dir, "server", ca)
	known, unknown := certify(t, dir, "known", ca), certify(t, dir, "unknown", strange)
	file := func(name string) string { return filepath.Join(dir, name) }
	listen := Listen{Network: "tls", Addr: local, Cert: file("server.crt"), Key: file("server.key")}
	old := sender(ca)
	old.MaxVersion = tls.VersionTLS11

	open := receive(t, Syslog{Listen: []Listen{listen}})
	listen.CA = file("ca.crt")
	closed := receive(t, Syslog{Listen: []Listen{listen}})
	for name, c := range map[string]struct {
		r     *Receiver
		who   *tls.Config
		taken bool
	}{
		"anybody":                        {open, sender(ca), true},
		"with a certificate":             {open, sender(ca, unknown), true},
		"an old version":                 {open, old, false},
		"certified by the authority":     {closed, sender(ca, known), true},
		"without a certificate":          {closed, sender(ca), false},
		"certified by another authority": {closed, sender(ca, unknown), false},
		"certified by itself":            {closed, sender(ca, strange), false},
	} {
		sends := make(chan error, 1)
		go func() { sends <- sendTLS(c.r, c.who, "9 <13>"+name[:5]) }()
		if c.taken {
			if got := take(t, c.r, 1); got[0] != "<13>"+name[:5] {
				t.Errorf("%s: %q", name, got)
			}
		}
		if err := <-sends; (err == nil) != c.taken {
			t.Errorf("%s: %v", name, err)
		}
	}
	plain := connect(t, closed)
	io.WriteString(plain, "<13>not TLS at all\n")
	io.Copy(io.Discard, plain)
	closes(t, open)
	closes(t, closed)
	if o, c := open.Counts(), closed.Counts(); o.Handshakes != 1 || c.Handshakes != 4 || c.Messages != 1 {
		t.Errorf("%+v, %+v", o, c)
	}
}

// TestSyslogTLSFilesChange: a new certificate is used for who connects next;
// a broken one is told of once, and the old is used on.
func TestSyslogTLSFilesChange(t *testing.T) {
	dir := t.TempDir()
	ca, next := certify(t, dir, "ca", nil), certify(t, dir, "next", nil)
	certify(t, dir, "server", ca)
	var failed []string
	r := receive(t, Syslog{
		Listen: []Listen{{Network: "tls", Addr: local, Cert: filepath.Join(dir, "server.crt"), Key: filepath.Join(dir, "server.key")}},
		Failed: func(err error) { failed = append(failed, err.Error()) },
	})
	send := func(who *tls.Certificate, want bool) {
		t.Helper()
		sends := make(chan error, 1)
		go func() { sends <- sendTLS(r, sender(who), "<13>a\n") }()
		if want {
			take(t, r, 1)
		}
		if err := <-sends; (err == nil) != want {
			t.Error(err)
		}
	}
	send(ca, true)
	os.WriteFile(filepath.Join(dir, "server.crt"), []byte("not yet"), 0o600)
	send(ca, true)
	send(ca, true)
	certify(t, dir, "server", next)
	send(ca, false)
	send(next, true)
	closes(t, r)
	if len(failed) != 1 || !strings.Contains(failed[0], "syslog: tls 127.0.0.1:0: the certificate of before is used on: ") {
		t.Errorf("%q", failed)
	}
}

// TestSyslogSilentHandshake: who connects and does not begin to talk TLS has
// no more time than others.
func TestSyslogSilentHandshake(t *testing.T) {
	dir := t.TempDir()
	certify(t, dir, "server", nil)
	r := receive(t, Syslog{Handshake: 30 * time.Millisecond, Listen: []Listen{
		{Network: "tls", Addr: local, Cert: filepath.Join(dir, "server.crt"), Key: filepath.Join(dir, "server.key")},
	}})
	ended(t, connect(t, r))
	closes(t, r)
	if r.Counts().Handshakes != 1 {
		t.Errorf("%+v", r.Counts())
	}
}
