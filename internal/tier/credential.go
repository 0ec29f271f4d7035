package tier

import (
	"bytes"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// A credential is one file with all that an edge needs:
//
//	-----BEGIN LOGS HUB-----          the hub's authority, and where the hub is
//	Hub: tls://hub.example.org:4222
//	-----BEGIN CERTIFICATE-----       the department's
//	-----BEGIN PRIVATE KEY-----
const (
	pemHub  = "LOGS HUB"
	pemCert = "CERTIFICATE"
	pemKey  = "PRIVATE KEY"
)

type credential struct {
	url, department string
	expires         time.Time
	authority       *x509.CertPool
	own             tls.Certificate
}

func encodeCredential(department, url string, authority, cert []byte, key ed25519.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "The credential of %s. Whoever has this file can send events in its name.\n", department)
	for _, block := range []*pem.Block{
		{Type: pemHub, Headers: map[string]string{"Hub": url}, Bytes: authority},
		{Type: pemCert, Bytes: cert}, {Type: pemKey, Bytes: der},
	} {
		if err := pem.Encode(&b, block); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

var errNoCredential = errors.New("this is no credential that logs hub user add has written")

func parseCredential(data []byte) (*credential, error) {
	hub, data := pem.Decode(data)
	if hub == nil || hub.Type != pemHub {
		return nil, errNoCredential
	}
	own, err := tls.X509KeyPair(data, data)
	if err != nil {
		return nil, errNoCredential
	}
	ca, err := x509.ParseCertificate(hub.Bytes)
	if err != nil {
		return nil, errNoCredential
	}
	c := &credential{
		url: hub.Headers["Hub"], department: own.Leaf.Subject.CommonName, expires: own.Leaf.NotAfter,
		authority: x509.NewCertPool(), own: own,
	}
	c.authority.AddCert(ca)
	if !departmentForm.MatchString(c.department) {
		return nil, errNoCredential
	}
	return c, nil
}

// config is how an edge with the credential speaks to the hub.
func (c *credential) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: c.authority, Certificates: []tls.Certificate{c.own}}
}
