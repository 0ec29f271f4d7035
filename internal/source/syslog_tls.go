package source

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// keys are the certificate of a listener and its authorities. Files that have
// changed are read again for the next connection; if they cannot be used, that
// is told once, and what was read before is used on.
type keys struct {
	listen Listen
	failed func(error)

	mu     sync.Mutex
	seen   [3]fileStamp
	loaded *tls.Config
}

func newKeys(l Listen, failed func(error)) (*keys, error) {
	if l.Cert == "" || l.Key == "" {
		return nil, errors.New("tls wants a certificate and its key")
	}
	k := &keys{listen: l, failed: failed}
	k.seen = k.stamps()
	var err error
	k.loaded, err = k.load()
	return k, err
}

// config makes every handshake ask for what is current.
func (k *keys) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: k.current}
}

func (k *keys) current(*tls.ClientHelloInfo) (*tls.Config, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	seen := k.stamps()
	if seen == k.seen {
		return k.loaded, nil
	}
	k.seen = seen
	if loaded, err := k.load(); err != nil {
		k.failed(fmt.Errorf("%s: the certificate of before is used on: %w", k.listen, err))
	} else {
		k.loaded = loaded
	}
	return k.loaded, nil
}

// load reads the files. No session is resumed, so that a sender is checked
// each time by the authorities of that time.
func (k *keys) load() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(k.listen.Cert, k.listen.Key)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, SessionTicketsDisabled: true}
	if k.listen.CA == "" {
		return config, nil
	}
	pem, err := os.ReadFile(k.listen.CA)
	if err != nil {
		return nil, err
	}
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", k.listen.CA)
	}
	return config, nil
}

// A fileStamp tells whether a file has changed.
type fileStamp struct {
	at   time.Time
	size int64
}

func (k *keys) stamps() (all [3]fileStamp) {
	for i, path := range [...]string{k.listen.Cert, k.listen.Key, k.listen.CA} {
		if info, err := os.Stat(path); err == nil {
			all[i] = fileStamp{info.ModTime(), info.Size()}
		}
	}
	return all
}
