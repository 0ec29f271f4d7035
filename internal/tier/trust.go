package tier

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Trust is a folder:
//
//	ca.crt ca.key            the hub's own authority: it signs the others
//	server.crt server.key    what the hub shows to edges
//	users.json               the departments, and the one certificate of each that counts
//
// A department's edges show a certificate in its name. It counts if the
// authority has signed it, it has not expired, and users.json names it: so
// taking a user out revokes at once, and adding one again revokes the
// credential before.
type Trust struct {
	Dir string
}

// A User is a department whose edges may send events.
type User struct {
	Name     string    `json:"name"`
	Serial   string    `json:"serial"` // of its certificate
	Expires  time.Time `json:"expires"`
	Rate     int64     `json:"rate,omitempty"`      // events a second; 0: any number
	MaxBytes int64     `json:"max_bytes,omitempty"` // of its events that may lie at the hub; 0: as the hub says
}

// users is what users.json holds.
type users struct {
	URL   string `json:"url"` // of the hub, for credentials
	Users []User `json:"users"`
}

const (
	authorityYears = 20
	serverYears    = 10
)

// Exists tells whether the folder has been made.
func (t Trust) Exists() bool {
	_, err := os.Stat(t.path("ca.crt"))
	return err == nil
}

func (t Trust) path(name string) string { return filepath.Join(t.Dir, name) }

// Init makes the folder, for a hub that edges know by the given names or
// addresses; the first, with a port behind it perhaps, is where they connect
// to. A folder that has been made is left alone.
func (t Trust) Init(names []string, now time.Time) error {
	if t.Exists() {
		return fmt.Errorf("%s exists: the hub has its certificates already; remove the folder to begin anew", t.path("ca.crt"))
	}
	if len(names) == 0 {
		return errors.New("a hub needs a name by which edges know it")
	}
	if err := os.MkdirAll(t.Dir, 0o700); err != nil {
		return err
	}
	ca := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: "LoGS hub authority"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(authorityYears, 0, 0),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caCert, caKey, err := issue(ca, nil, nil)
	if err != nil {
		return err
	}
	server := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: "LoGS hub"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(serverYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	where := nameServer(server, names)
	serverCert, serverKey, err := issue(server, ca, caKey)
	if err != nil {
		return err
	}
	list, _ := json.MarshalIndent(users{URL: "tls://" + where}, "", "  ")
	return errors.Join(
		t.writePair("server", serverCert, serverKey), t.write("users.json", list), t.writePair("ca", caCert, caKey))
}

// nameServer puts the names into the server's certificate, and returns where
// edges connect to.
func nameServer(cert *x509.Certificate, names []string) (where string) {
	for i, name := range append(slices.Clone(names), "localhost", "127.0.0.1", "::1") {
		host, port, err := net.SplitHostPort(name)
		if err != nil {
			host, port = name, "4222"
		}
		if i == 0 {
			where = net.JoinHostPort(host, port)
		}
		if ip := net.ParseIP(host); ip != nil {
			cert.IPAddresses = append(cert.IPAddresses, ip)
		} else {
			cert.DNSNames = append(cert.DNSNames, host)
		}
	}
	return where
}

// AddUser adds a department, or gives it a new credential and new bounds, and
// returns the file that its edges need. The Serial is filled in.
func (t Trust) AddUser(u User, now time.Time) (credential []byte, err error) {
	switch {
	case !departmentForm.MatchString(u.Name):
		return nil, fmt.Errorf("%q cannot be the name of a department: try letters, digits and dashes", u.Name)
	case u.Name == localDepartment:
		return nil, fmt.Errorf("%q stands for the edges of a hub without credentials: try another name", u.Name)
	}
	ca, caKey, err := t.authority()
	if err != nil {
		return nil, err
	}
	serial := newSerial()
	u.Serial = serial.Text(16)
	cert, key, err := issue(&x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: u.Name},
		NotBefore: now.Add(-time.Hour), NotAfter: u.Expires,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, ca, caKey)
	if err != nil {
		return nil, err
	}
	err = t.change(func(list *users) error {
		list.Users = slices.DeleteFunc(list.Users, func(old User) bool { return old.Name == u.Name })
		list.Users = append(list.Users, u)
		credential, err = encodeCredential(u.Name, list.URL, ca.Raw, cert, key)
		return err
	})
	return credential, err
}

// RemoveUser revokes the credential of a department. A hub that runs ends its
// connections within a second.
func (t Trust) RemoveUser(name string) error {
	return t.change(func(list *users) error {
		n := len(list.Users)
		list.Users = slices.DeleteFunc(list.Users, func(u User) bool { return u.Name == name })
		if len(list.Users) == n {
			return fmt.Errorf("there is no department %s", name)
		}
		return nil
	})
}

// Users returns the departments by name.
func (t Trust) Users() ([]User, error) {
	list, err := t.read()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list.Users, func(a, b User) int { return strings.Compare(a.Name, b.Name) })
	return list.Users, nil
}

func (t Trust) read() (*users, error) {
	data, err := os.ReadFile(t.path("users.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is no folder of a hub: logs hub init makes one", t.Dir)
	}
	var list users
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.path("users.json"), err)
	}
	return &list, nil
}

// change changes the list, one process at a time.
func (t Trust) change(f func(*users) error) error {
	dir, err := os.Open(t.Dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	list, err := t.read()
	if err != nil {
		return err
	}
	if err := f(list); err != nil {
		return err
	}
	data, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	return t.write("users.json", data)
}

func (t Trust) write(name string, data []byte) error {
	return writeFile(t.path(name), append(data, '\n'))
}

func (t Trust) writePair(name string, cert []byte, key ed25519.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		t.write(name+".key", pem.EncodeToMemory(&pem.Block{Type: pemKey, Bytes: der})),
		t.write(name+".crt", pem.EncodeToMemory(&pem.Block{Type: pemCert, Bytes: cert})))
}

// authority reads what signs.
func (t Trust) authority() (*x509.Certificate, ed25519.PrivateKey, error) {
	cert, err := t.authorityCert()
	if err != nil {
		return nil, nil, err
	}
	data, err := os.ReadFile(t.path("ca.key"))
	if err != nil {
		return nil, nil, err
	}
	key, err := parseKey(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", t.path("ca.key"), err)
	}
	return cert, key, nil
}

func (t Trust) authorityCert() (*x509.Certificate, error) {
	data, err := os.ReadFile(t.path("ca.crt"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is no folder of a hub: logs hub init makes one", t.Dir)
	} else if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s holds no certificate", t.path("ca.crt"))
	}
	return x509.ParseCertificate(block.Bytes)
}

func parseKey(data []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("it holds no key")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	own, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("its key is none that logs hub init makes")
	}
	return own, nil
}

// issue signs a certificate; a parent of nil signs itself.
func issue(cert, parent *x509.Certificate, signer ed25519.PrivateKey) ([]byte, ed25519.PrivateKey, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if parent == nil {
		parent, signer = cert, key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, public, signer)
	return der, key, err
}

func newSerial() *big.Int {
	var b [16]byte
	rand.Read(b[:])
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b[:])
}
