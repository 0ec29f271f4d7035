package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A sender writes numbered lines to one source.
type sender struct {
	name string
	send func(n int) error // hands over line n, whatever it takes
	sent int
}

// run sends a line with every tick until stop is closed.
func (s *sender) run(t *testing.T, every time.Duration, stop <-chan struct{}) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-stop:
			return
		}
		if err := s.send(s.sent); err != nil {
			t.Errorf("%s: line %d could not be sent: %v", s.name, s.sent, err)
			return
		}
		s.sent++
	}
}

// numbered is line n of a sender, as a program writes it to a log.
func numbered(name string, n int) string {
	return fmt.Sprintf("%s h app: soak %s %d\n", time.Now().UTC().Format(time.Stamp), name, n)
}

// A reopened is what a sender writes to. It is opened anew after so many
// lines, as a log is that is rotated, or a connection that is lost.
type reopened struct {
	every int
	open  func() (io.WriteCloser, error)
	over  func() error // is called when one has been closed; may be nil
	to    io.WriteCloser
	n     int
}

func (r *reopened) write(line string) error {
	if r.to != nil && r.n%r.every == 0 {
		r.to.Close()
		r.to = nil
		if r.over != nil {
			if err := r.over(); err != nil {
				return err
			}
		}
	}
	if r.to == nil {
		to, err := r.open()
		if err != nil {
			return err
		}
		r.to = to
	}
	r.n++
	_, err := io.WriteString(r.to, line)
	return err
}

func appendTo(path string) (io.WriteCloser, error) {
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// older returns the name of the next generation of a log that is rotated.
func older(path string) func() string {
	n := 1_000_000
	return func() string { n--; return fmt.Sprintf("%s.%d", path, n) }
}

// renames moves a log away when it is rotated.
func renames(path string) func() error {
	next := older(path)
	return func() error { return os.Rename(path, next()) }
}

// copies copies a log and empties it when it is rotated.
func copies(path string) func() error {
	next := older(path)
	return func() error {
		data, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(next(), data, 0o600)
		}
		if err == nil {
			err = os.Truncate(path, 0)
		}
		return err
	}
}

// senders makes one for every kind of source.
func (s *soak) senders(in io.Writer) []*sender {
	plain := func(name string, to *reopened) *sender {
		return &sender{name: name, send: func(n int) error { return to.write(numbered(name, n)) }}
	}
	syslog := func(name string, to *reopened) *sender {
		return &sender{name: name, send: func(n int) error { return to.write("<13>" + numbered(name, n)) }}
	}
	file := func(name string, over func(string) func() error) *sender {
		path := filepath.Join(s.dir, name+".log")
		return plain(name, &reopened{every: 30, over: over(path), open: func() (io.WriteCloser, error) { return appendTo(path) }})
	}
	fed := func(name string) *reopened {
		return &reopened{every: 1 << 30, open: func() (io.WriteCloser, error) { return appendTo(filepath.Join(s.dir, name+".fed")) }}
	}
	dialed := func(every int, dial func() (net.Conn, error)) *reopened {
		return &reopened{every: every, open: func() (io.WriteCloser, error) { return dial() }}
	}
	journal := fed("journald")
	return []*sender{
		file("renamed", renames), file("copied", copies), plain("exec", fed("exec")),
		{name: "journald", send: func(n int) error {
			return journal.write(fmt.Sprintf("%d soak journald %d\n", time.Now().UnixMicro(), n))
		}},
		plain("fifo", &reopened{every: 40, open: func() (io.WriteCloser, error) {
			return os.OpenFile(filepath.Join(s.dir, "fifo"), os.O_WRONLY, 0)
		}}),
		{name: "stdin", send: func(n int) error { _, err := io.WriteString(in, numbered("stdin", n)); return err }},
		syslog("udp", dialed(1<<30, func() (net.Conn, error) { return net.Dial("udp", s.udp) })),
		syslog("tcp", dialed(50, func() (net.Conn, error) { return net.Dial("tcp", s.tcp) })),
		syslog("tls", dialed(50, func() (net.Conn, error) { return tls.Dial("tcp", s.tls, &tls.Config{RootCAs: s.trust}) })),
		syslog("unix", dialed(1<<30, func() (net.Conn, error) { return net.Dial("unixgram", filepath.Join(s.dir, "devlog")) })),
	}
}

// emit prints the lines of a file as they come, from where it stopped the last
// time, and fails after so many of them.
func emit() {
	path := os.Args[1]
	most, _ := strconv.Atoi(os.Args[2])
	was, _ := os.ReadFile(path + ".at")
	at, _ := strconv.Atoi(string(was))
	fedLines(path, at, most, func(n int, line string) {
		fmt.Println(line)
		os.WriteFile(path+".at", fmt.Append(nil, n), 0o600)
	})
	fmt.Fprintln(os.Stderr, "the connection was lost")
	os.Exit(1)
}

// journalctl prints the lines of a file as entries of the journal, in the way
// that the source asks systemd's for it.
func journalctl() {
	at := 0
	for _, arg := range os.Args[1:] {
		if cursor, ok := strings.CutPrefix(arg, "--after-cursor="); ok {
			at, _ = strconv.Atoi(cursor)
		} else if cursor, ok := strings.CutPrefix(arg, "--cursor="); ok {
			at, _ = strconv.Atoi(cursor)
			at--
		}
	}
	most, _ := strconv.Atoi(os.Getenv("SOAK_JOURNAL_LINES"))
	fedLines(os.Getenv("SOAK_JOURNAL"), at, most, func(n int, line string) {
		micros, text, _ := strings.Cut(line, " ")
		fmt.Printf("__CURSOR=%d\n__REALTIME_TIMESTAMP=%s\n_HOSTNAME=h\nSYSLOG_IDENTIFIER=app\nMESSAGE=%s\n\n", n, micros, text)
	})
	os.Exit(1)
}

// fedLines hands out the lines of a file behind the first so many, and their
// numbers from 1 on, until it has handed out as many as it may. It ends the
// program when standard input ends.
func fedLines(path string, skip, most int, each func(n int, line string)) {
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	var file *os.File
	for {
		var err error
		if file, err = os.Open(path); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	in := bufio.NewReader(file)
	for n, line := 1, ""; n <= skip+most; {
		part, err := in.ReadString('\n')
		if line += part; err != nil {
			time.Sleep(time.Millisecond)
			continue
		}
		if n > skip {
			each(n, strings.TrimSuffix(line, "\n"))
		}
		n, line = n+1, ""
	}
}

// certify writes a certificate of this machine and its key to files, and
// returns who is to trust it.
func certify(t *testing.T, certFile, keyFile string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, data := range map[string][]byte{certFile: cert, keyFile: pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return pool
}

// freePort returns an address of this machine on which nobody listens.
func freePort(t *testing.T, network string) string {
	t.Helper()
	if network == "udp" {
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.LocalAddr().String()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// all runs senders until stop is closed.
func all(t *testing.T, senders []*sender, every time.Duration, stop <-chan struct{}) {
	var running sync.WaitGroup
	for _, s := range senders {
		running.Go(func() { s.run(t, every, stop) })
	}
	running.Wait()
}
