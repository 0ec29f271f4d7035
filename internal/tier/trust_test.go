package tier

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// A realm is a hub with trust, and the credentials that it gave.
type realm struct {
	t     *testing.T
	trust Trust
	*site
}

func newRealm(t *testing.T) *realm {
	t.Helper()
	r := &realm{t: t, trust: Trust{Dir: filepath.Join(t.TempDir(), "trust")}}
	if err := r.trust.Init([]string{"hub.example.org", "192.0.2.1"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	r.site = startHub(t, HubOptions{Trust: &r.trust})
	return r
}

// add adds a department and returns the file of its credential.
func (r *realm) add(u User) string {
	r.t.Helper()
	if u.Expires.IsZero() {
		u.Expires = time.Now().Add(time.Hour)
	}
	data, err := r.trust.AddUser(u, time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	path := filepath.Join(r.t.TempDir(), u.Name+".cred")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		r.t.Fatal(err)
	}
	return path
}

func (r *realm) url() string { return "tls://" + r.Addr() }

// up ships with a credential.
func (r *realm) up(cred string) *upper {
	return startUpstream(r.t, UpstreamOptions{URL: r.url(), Credential: cred})
}

// logged waits until the hub's log tells something.
func (r *realm) logged(words ...string) {
	r.t.Helper()
	await(r.t, fmt.Sprintf("the hub logs %q; it has %s", words, r.diary), func() bool {
		for line := range strings.Lines(r.diary.String()) {
			found := 0
			for _, w := range words {
				if strings.Contains(line, w) {
					found++
				}
			}
			if found == len(words) {
				return true
			}
		}
		return false
	})
}

// refused waits until an edge says that it cannot ship, and sees that nothing
// of it was taken.
func (r *realm) refused(up *upper) {
	r.t.Helper()
	up.do(r.t, 0, 1)
	await(r.t, "the edge says that it waits", func() bool { return strings.Contains(up.diary.String(), "wait") })
	if s := r.Stats(); s.Taken != 0 {
		r.t.Errorf("the hub took it: %+v", s)
	}
}

// conn connects as a department would that does not keep to the rules.
func (r *realm) conn(cred, inbox string) *nats.Conn {
	r.t.Helper()
	data, err := os.ReadFile(cred)
	if err != nil {
		r.t.Fatal(err)
	}
	c, err := parseCredential(data)
	if err != nil {
		r.t.Fatal(err)
	}
	conn, err := nats.Connect(r.url(), nats.Secure(c.config()), nats.CustomInboxPrefix(inbox), nats.NoReconnect(),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(conn.Close)
	return conn
}

// one is a batch of one event.
func one(host string) []byte {
	b := batch{"0123456789abcdef", 1, 1, []byte(strings.Replace(string(appendLine(nil, 0)), "edge1", host, 1) + "\n")}
	return b.encode()
}

func TestADepartmentIsLetIn(t *testing.T) {
	r := newRealm(t)
	up := r.up(r.add(User{Name: "net"}))
	up.do(t, 0, 10)
	up.drain(t)
	if got, _ := read(t, r.Hub, Edge{"net", "edge1"}, "", 10); text(got) != upTo(0, 10) {
		t.Errorf("got %s", text(got))
	}
}

func TestStrangersAreRefused(t *testing.T) {
	t.Run("without a credential", func(t *testing.T) {
		r := newRealm(t)
		for _, o := range [][]nats.Option{
			{nats.Secure(&tls.Config{InsecureSkipVerify: true})},
			{nats.Secure(&tls.Config{InsecureSkipVerify: true}), nats.UserInfo(ownName, "guess")},
		} {
			if conn, err := nats.Connect(r.url(), o...); err == nil {
				conn.Close()
				t.Error("it was let in")
			}
		}
		r.logged("a connection was refused", "shows no credential", "127.0.0.1:")
	})
	t.Run("in the clear", func(t *testing.T) {
		r := newRealm(t)
		if conn, err := nats.Connect("nats://" + r.Addr()); err == nil {
			conn.Close()
			t.Error("it was let in")
		}
	})
	t.Run("with the credential of another hub", func(t *testing.T) {
		r, other := newRealm(t), newRealm(t)
		cred := other.add(User{Name: "net"})
		r.add(User{Name: "net"})
		up := r.up(cred)
		r.refused(up)
		if !strings.Contains(up.diary.String(), "certificate") {
			t.Errorf("the edge does not see that the hub is another: %s", up.diary)
		}
		data, _ := os.ReadFile(cred) // one that does not care whose hub it is
		c, err := parseCredential(data)
		if err != nil {
			t.Fatal(err)
		}
		config := c.config()
		config.InsecureSkipVerify = true
		if conn, err := nats.Connect(r.url(), nats.Secure(config)); err == nil {
			conn.Close()
			t.Error("it was let in")
		}
		r.logged("a connection was refused", "department=net", "not of this hub")
	})
	t.Run("with the hub's own certificate", func(t *testing.T) {
		r := newRealm(t)
		own, err := tls.LoadX509KeyPair(r.trust.path("server.crt"), r.trust.path("server.key"))
		if err != nil {
			t.Fatal(err)
		}
		if conn, err := nats.Connect(r.url(), nats.Secure(&tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{own}})); err == nil {
			conn.Close()
			t.Error("it was let in")
		}
		r.logged("a connection was refused", "not of this hub")
	})
}

func TestAnExpiredCredentialIsRefused(t *testing.T) {
	r := newRealm(t)
	up := r.up(r.add(User{Name: "net", Expires: time.Now().Add(-time.Minute)}))
	r.refused(up)
	r.logged("a connection was refused", "department=net", "was valid until")
}

func TestACredentialThatExpiresEndsTheConnection(t *testing.T) {
	r := newRealm(t)
	expires := time.Now().Add(3 * time.Second)
	up := r.up(r.add(User{Name: "net", Expires: expires}))
	up.do(t, 0, 1)
	up.drain(t)
	r.logged("a connection was refused", "department=net", "was valid until") // it tried again
	if n := strings.Count(up.diary.String(), "expires soon"); n != 1 {
		t.Errorf("the edge was warned %d times: %s", n, up.diary)
	}
}

func TestARevokedCredentialIsRefusedAtOnce(t *testing.T) {
	r := newRealm(t)
	cred := r.add(User{Name: "net"})
	up := r.up(cred)
	up.do(t, 0, 1)
	up.drain(t)
	if err := r.trust.RemoveUser("net"); err != nil {
		t.Fatal(err)
	}
	r.logged("a connection was ended", "department=net", "revoked")
	r.logged("a connection was refused", "department=net", "revoked")
	up.do(t, 1, 3)
	await(t, "the edge says why it waits", func() bool { return strings.Contains(up.diary.String(), "does not accept the credential") })

	// With a new one it goes on, and loses nothing; the old one stays revoked.
	old, err := os.ReadFile(cred)
	if err != nil {
		t.Fatal(err)
	}
	renewed, err := os.ReadFile(r.add(User{Name: "net"}))
	if err == nil {
		err = os.WriteFile(cred, renewed, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	up.drain(t)
	if got, _ := read(t, r.Hub, Edge{"net", "edge1"}, "", 3); text(got) != upTo(0, 3) {
		t.Errorf("got %s", text(got))
	}
	stale := filepath.Join(t.TempDir(), "old")
	if err := os.WriteFile(stale, old, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := r.Stats().Taken
	thief := r.up(stale)
	thief.do(t, 0, 1)
	await(t, "the thief waits", func() bool { return strings.Contains(thief.diary.String(), "wait") })
	if r.Stats().Taken != taken {
		t.Error("the old credential was let in")
	}
}

func TestADepartmentCannotPoseAsAnother(t *testing.T) {
	r := newRealm(t)
	net, web := r.add(User{Name: "net"}), r.add(User{Name: "web"})
	r.up(web) // so that its subjects are there
	for _, c := range []struct {
		name, subject, inbox string
		data                 []byte
		says                 []string
	}{
		{"on its subject", "up.web.edge1", "_INBOX.net", one("edge1"), []string{"Publish Violation", "up.web.edge1"}},
		{"past the gate", "tier.web.edge1", "_INBOX.net", one("edge1"), []string{"Publish Violation", "tier.web.edge1"}},
		{"by its streams", "$JS.API.STREAM.DELETE.tier-web", "_INBOX.net", nil, []string{"Publish Violation", "STREAM.DELETE"}},
		{"in its inbox", "up.net.edge1", "_INBOX.web", one("edge1"), []string{"Subscription Violation", "_INBOX.web"}},
		{"in its events", "up.net.edge1", "_INBOX.net", one("edge2"), []string{"a batch was refused", "department=net", "it is of edge2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := r.conn(net, c.inbox)
			reply, err := conn.Request(c.subject, c.data, 500*time.Millisecond)
			if err == nil && string(reply.Data) == answerOK {
				t.Error("it was taken")
			}
			r.logged(c.says...)
		})
	}
	t.Run("through the hub's answer", func(t *testing.T) {
		conn := r.conn(net, "_INBOX.net")
		if err := conn.PublishRequest("up.net.edge1", "up.web.edge1", one("edge1")); err != nil {
			t.Fatal(err)
		}
		r.logged("a batch was refused", "department=net", "another's inbox")
	})
	if s := r.Stats(); s.Taken != 0 || s.Edges != 0 {
		t.Errorf("something was taken: %+v", s)
	}
}

func TestWhatIsNoBatchOfEventsIsRefused(t *testing.T) {
	r := newRealm(t)
	conn := r.conn(r.add(User{Name: "net"}), "_INBOX.net")
	ahead := strings.Replace(string(one("edge3")), "2026", fmt.Sprint(time.Now().Year()+2), 1)
	for subject, data := range map[string][]byte{
		"up.net.edge1": []byte("hello"), "up.net.edge2": one("edge1"), "up.net.e!": one("e!"), "up.net.edge3": []byte(ahead),
	} {
		var reply *nats.Msg
		await(t, "the department is served", func() bool {
			var err error
			reply, err = conn.Request(subject, data, 5*time.Second)
			return err == nil
		})
		if !strings.HasPrefix(string(reply.Data), answerErr) {
			t.Errorf("%s %q: %s", subject, data, reply.Data)
		}
	}
	r.logged("a batch was refused", "no batch")
	r.logged("a batch was refused", "its clock is wrong")
}

func TestQuotas(t *testing.T) {
	t.Run("of events a second", func(t *testing.T) {
		r := newRealm(t)
		up := r.up(r.add(User{Name: "net", Rate: 400}))
		began := time.Now()
		for n := range 8 { // the first second's are let through at once
			up.do(t, 100*n, 100*n+100)
			await(t, "they are shipped or wait", func() bool { return up.Stats().Waiting == 0 || strings.Contains(up.diary.String(), "a second") })
		}
		up.drain(t)
		if took := time.Since(began); took < 500*time.Millisecond {
			t.Errorf("800 events at 400 a second took %v", took)
		}
		r.logged("over its rate", "department=net")
		if got, _ := read(t, r.Hub, Edge{"net", "edge1"}, "", 800); text(got) != upTo(0, 800) {
			t.Error("events were lost")
		}
	})
	t.Run("of bytes that lie at the hub", func(t *testing.T) {
		r := newRealm(t)
		up := r.up(r.add(User{Name: "net", MaxBytes: 20_000}))
		other := r.up(r.add(User{Name: "web"}))
		up.do(t, 0, 400) // some 50 kB
		await(t, "the edge waits", func() bool { return strings.Contains(up.diary.String(), "cannot store it") })
		other.do(t, 0, 400)
		other.drain(t) // a department does not stop the others
		r.logged("cannot be stored", "net/edge1")
		if got := r.Stats().Taken; got >= 800 {
			t.Errorf("%d events were taken", got)
		}
	})
}

func TestTheFilesOfTrust(t *testing.T) {
	trust := Trust{Dir: filepath.Join(t.TempDir(), "trust")}
	if _, err := trust.AddUser(User{Name: "net"}, time.Now()); err == nil || !strings.Contains(err.Error(), "logs hub init") {
		t.Errorf("got %v", err)
	}
	if _, err := OpenHub(HubOptions{Addr: "127.0.0.1:0", Dir: t.TempDir(), Trust: &trust}); err == nil || !strings.Contains(err.Error(), "logs hub init") {
		t.Errorf("got %v", err)
	}
	if err := trust.Init([]string{"hub.example.org:4333", "192.0.2.1"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := trust.Init([]string{"hub.example.org"}, time.Now()); err == nil {
		t.Error("it was made anew over the old one")
	}
	for _, name := range []string{"", "a.b", "*", "local", "a b", strings.Repeat("x", 41)} {
		if _, err := trust.AddUser(User{Name: name, Expires: time.Now().Add(time.Hour)}, time.Now()); err == nil {
			t.Errorf("%q is a department", name)
		}
	}
	data, err := trust.AddUser(User{Name: "net", Expires: time.Now().Add(time.Hour), Rate: 7}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	c, err := parseCredential(data)
	if err != nil || c.url != "tls://hub.example.org:4333" || c.department != "net" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := parseCredential(data[:len(data)/2]); err == nil {
		t.Error("half a credential is one")
	}
	server, err := tls.LoadX509KeyPair(trust.path("server.crt"), trust.path("server.key"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"hub.example.org", "192.0.2.1", "localhost", "127.0.0.1"} {
		if _, err := server.Leaf.Verify(x509.VerifyOptions{Roots: c.authority, DNSName: name}); err != nil {
			t.Error(err)
		}
	}
	entries, err := os.ReadDir(trust.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", e.Name(), info.Mode(), err)
		}
	}
	list, err := trust.Users()
	if err != nil || len(list) != 1 || list[0].Rate != 7 || len(entries) != 5 {
		t.Errorf("%v, %v, %d files", list, err, len(entries))
	}
	if err := trust.RemoveUser("web"); err == nil {
		t.Error("a department was removed that was none")
	}
}

// FuzzParseCredential: a file that somebody has damaged does not panic.
func FuzzParseCredential(f *testing.F) {
	f.Add([]byte("-----BEGIN LOGS HUB-----\nHub: tls://h:1\n\nAAAA\n-----END LOGS HUB-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) { parseCredential(data) })
}

// What root changes belongs to whom the hub's folder belongs.
func TestFilesBelongToTheOwnerOfTheFolder(t *testing.T) {
	const somebody = 4242
	dir := t.TempDir()
	if os.Geteuid() != 0 {
		if err := writeFile(filepath.Join(dir, "f"), nil); err != nil { // nothing is given away
			t.Error(err)
		}
		return
	}
	if err := os.Chown(dir, somebody, somebody); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(filepath.Join(dir, "f"), nil); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "f"))
	if err != nil || info.Sys().(*syscall.Stat_t).Uid != somebody {
		t.Errorf("%+v, %v", info, err)
	}
}
