package sink

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs"
)

// trustMe is a certificate for 127.0.0.1 and who trusts it.
func trustMe() (server, client *tls.Config) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, &tls.Config{RootCAs: pool}
}

// A postOffice is an SMTP server that is just good enough, and as bad as a
// test wants it.
type postOffice struct {
	auth     string            // the mechanisms that it offers
	starttls bool              // it offers STARTTLS
	implicit bool              // it speaks TLS from the first byte
	faults   map[string]string // the start of a command, and the answer to it; "" hangs, "hang up" does that
	tls      *tls.Config

	listener net.Listener
	serving  sync.WaitGroup
	mu       sync.Mutex
	mails    []letter
}

// A letter is what a postOffice got.
type letter struct {
	from, user, text string
	to               []string
	tls              bool
}

// open opens the office, and returns a Mail to it. The URL is that of a server,
// with HOST for the address.
func (o *postOffice) open(t *testing.T, url string) *Mail {
	t.Helper()
	var client *tls.Config
	o.tls, client = trustMe()
	var err error
	o.listener, err = net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	o.serving.Go(func() {
		for {
			conn, err := o.listener.Accept()
			if err != nil {
				return
			}
			o.serving.Go(func() { o.serve(conn) })
		}
	})
	t.Cleanup(func() { o.listener.Close(); o.serving.Wait() })
	m, err := NewMail(MailOptions{
		Server: strings.Replace(url, "HOST", o.listener.Addr().String(), 1),
		From:   "LoGS <logs@example.org>", To: "root@example.org", TLS: client,
	})
	check(t, err)
	return m
}

// got returns the letters.
func (o *postOffice) got() []letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.mails
}

func (o *postOffice) serve(conn net.Conn) {
	defer conn.Close()
	var l letter
	if o.implicit {
		conn, l.tls = tls.Server(conn, o.tls), true
	}
	r := bufio.NewReader(conn)
	say := func(format string, args ...any) { fmt.Fprintf(conn, format+"\r\n", args...) }
	read := func() string {
		line, _ := r.ReadString('\n')
		return strings.TrimSpace(line)
	}
	say("220 ready")
	for {
		line := read()
		verb, rest, _ := strings.Cut(line, " ")
		if answer, bad := o.fault(line); bad {
			if answer == "" {
				io.Copy(io.Discard, r)
			}
			if answer == "" || answer == "hang up" {
				return
			}
			say("%s", answer)
			continue
		}
		switch verb {
		case "EHLO":
			say("250-here")
			if o.starttls && !l.tls {
				say("250-STARTTLS")
			}
			if o.auth != "" {
				say("250-AUTH %s", o.auth)
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go")
			conn, l.tls = tls.Server(conn, o.tls), true
			r = bufio.NewReader(conn)
		case "AUTH":
			l.user = o.login(rest, say, read)
		case "MAIL":
			l.from = rest
			say("250 ok")
		case "RCPT":
			l.to = append(l.to, rest)
			say("250 ok")
		case "DATA":
			say("354 go")
			l.text = readDotted(r)
			if answer, bad := o.fault("."); bad {
				say("%s", answer)
				break
			}
			o.mu.Lock()
			o.mails = append(o.mails, l)
			o.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			if line == "" {
				return
			}
			say("502 what")
		}
	}
}

func (o *postOffice) fault(line string) (string, bool) {
	for start, answer := range o.faults {
		if strings.HasPrefix(line, start) {
			return answer, true
		}
	}
	return "", false
}

func (o *postOffice) login(rest string, say func(string, ...any), read func() string) string {
	decode := func(s string) string {
		b, _ := base64.StdEncoding.DecodeString(s)
		return string(b)
	}
	mechanism, first, _ := strings.Cut(rest, " ")
	user := strings.ReplaceAll(decode(first), "\x00", ":")
	if mechanism == "LOGIN" {
		say("334 VXNlcm5hbWU6")
		user = ":" + decode(read())
		say("334 UGFzc3dvcmQ6")
		user += ":" + decode(read())
	}
	if user != ":me:se cret" {
		say("535 no")
		return ""
	}
	say("235 welcome")
	return mechanism + user
}

func readDotted(r *bufio.Reader) string {
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return b.String()
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

func mailing() *logs.Effect {
	return &logs.Effect{
		Kind: logs.EffectMail, ID: 255, Rule: "r", Time: time.Date(2007, 10, 28, 17, 3, 24, 0, time.UTC),
		Target: "Ops <ops@example.org>, root@example.org", Text: "two größe lines", Lines: []string{"one", ".", "größe \x1b[2J", strings.Repeat("x", 2000)},
	}
}

// read reads a mail: its header, and the texts of its parts.
func read(t testing.TB, text string) (netmail.Header, []string) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if kind == "text/plain" {
		body, _ := io.ReadAll(quotedprintable.NewReader(m.Body))
		return m.Header, []string{string(body)}
	}
	var parts []string
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextPart()
		if err != nil {
			return m.Header, parts
		}
		body, _ := io.ReadAll(p)
		parts = append(parts, p.Header.Get("Content-Type")+": "+string(body))
	}
}

func TestMail(t *testing.T) {
	o := &postOffice{}
	check(t, o.open(t, "smtp://HOST").Deliver(t.Context(), mailing()))
	l := o.got()[0]
	same(t, "envelope", l.from+" "+strings.Join(l.to, " "), "FROM:<logs@example.org> BODY=8BITMIME TO:<ops@example.org> TO:<root@example.org>")
	header, parts := read(t, l.text)
	subject, _ := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
	for name, got := range map[string]string{
		"two größe lines":                             subject,
		`"LoGS" <logs@example.org>`:                   header.Get("From"),
		`"Ops" <ops@example.org>, <root@example.org>`: header.Get("To"),
		"Sun, 28 Oct 2007 17:03:24 +0000":             header.Get("Date"),
		"<00000000000000ff.logs@example.org>":         header.Get("Message-Id"),
		"00000000000000ff":                            header.Get("X-Logs-Id"),
	} {
		same(t, "header", got, name)
	}
	same(t, "body", strings.ReplaceAll(parts[0], "\r\n", "\n"), "one\n.\ngröße \\x1b[2J\n"+strings.Repeat("x", 2000)+"\n")
}

func TestMailWithHTML(t *testing.T) {
	o := &postOffice{}
	e := mailing()
	e.Lines, e.Fields = []string{"plain"}, []logs.Field{field("html", logs.Text("<b>rich</b>\xff"))}
	check(t, o.open(t, "smtp://HOST").Deliver(t.Context(), e))
	_, parts := read(t, o.got()[0].text)
	same(t, "parts", strings.Join(parts, "|"), "text/plain; charset=UTF-8: plain\r\n|text/html; charset=UTF-8: <b>rich</b>\ufffd")
}

func TestMailOfOtherEffects(t *testing.T) {
	o := &postOffice{}
	m := o.open(t, "smtp://HOST")
	send := &logs.Effect{Kind: logs.EffectSend, Target: "oncall", Text: "text"}
	check(t, m.Deliver(t.Context(), breakIn()))
	check(t, m.Deliver(t.Context(), send))
	_, parts := read(t, o.got()[0].text)
	same(t, "alert", strings.ReplaceAll(parts[0], "\r\n", "\n"), alert(false, breakIn()))
	_, parts = read(t, o.got()[1].text)
	same(t, "send", parts[0], "text\r\n")
	same(t, "to", o.got()[1].to, []string{"TO:<root@example.org>"})
}

// TestMailIsPrivate: without TLS no mail goes to another machine, and no
// password anywhere.
func TestMailIsPrivate(t *testing.T) {
	for name, c := range map[string]struct {
		office *postOffice
		url    string
		user   string // how the office knows the sender; "-": it gets nothing
	}{
		"starttls":                 {&postOffice{starttls: true}, "smtp://HOST?tls=starttls", ""},
		"starttls and plain":       {&postOffice{starttls: true, auth: "LOGIN PLAIN"}, "smtp://me:se%20cret@HOST?tls=starttls", "PLAIN:me:se cret"},
		"starttls and login":       {&postOffice{starttls: true, auth: "X LOGIN"}, "smtp://me:se%20cret@HOST?tls=starttls", "LOGIN:me:se cret"},
		"tls":                      {&postOffice{implicit: true, auth: "PLAIN"}, "smtps://me:se%20cret@HOST", "PLAIN:me:se cret"},
		"tls and login":            {&postOffice{implicit: true, auth: "LOGIN"}, "smtps://me:se%20cret@HOST", "LOGIN:me:se cret"},
		"on this machine":          {&postOffice{auth: "PLAIN"}, "smtp://me:se%20cret@HOST", "PLAIN:me:se cret"},
		"no starttls":              {&postOffice{auth: "PLAIN"}, "smtp://me:se%20cret@HOST?tls=starttls", "-"},
		"starttls that is refused": {&postOffice{starttls: true, faults: map[string]string{"STARTTLS": "454 not now"}}, "smtp://HOST?tls=starttls", "-"},
		"no mechanism":             {&postOffice{auth: "GSSAPI"}, "smtp://me:se%20cret@HOST", "-"},
		"wrong password":           {&postOffice{auth: "PLAIN"}, "smtp://me:wr0ng@HOST", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			o := c.office
			err := o.open(t, c.url).Deliver(t.Context(), mailing())
			if c.user == "-" {
				if err == nil || len(o.got()) > 0 || strings.Contains(err.Error(), "cret") || strings.Contains(err.Error(), "wr0ng") {
					t.Errorf("%v, %v", err, o.got())
				}
				return
			}
			check(t, err)
			if l := o.got()[0]; l.user != c.user || l.tls != (name != "on this machine") {
				t.Errorf("%+v", l)
			}
		})
	}
	o := &postOffice{starttls: true}
	m := o.open(t, "smtp://HOST?tls=starttls")
	m.o.TLS = nil
	if err := m.Deliver(t.Context(), mailing()); err == nil || !strings.Contains(err.Error(), "certificate") || len(o.got()) > 0 {
		t.Errorf("a server that nobody knows: %v", err)
	}
}

func TestMailFaults(t *testing.T) {
	for name, c := range map[string]struct {
		faults map[string]string
		want   string // and how many mails came
	}{
		"the sender later":          {map[string]string{"MAIL": "451 later"}, "retry 0"},
		"the sender never":          {map[string]string{"MAIL": "553 no"}, "permanent 0"},
		"all later":                 {map[string]string{"RCPT": "450 grey"}, "retry 0"},
		"all never":                 {map[string]string{"RCPT": "550 who"}, "permanent 0"},
		"one later":                 {map[string]string{"RCPT TO:<root": "450 grey"}, "retry 0"},
		"one never":                 {map[string]string{"RCPT TO:<ops": "550 who"}, "permanent 1"},
		"one never, one later":      {map[string]string{"RCPT TO:<ops": "550 who", "RCPT TO:<root": "450 grey"}, "retry 0"},
		"the text later":            {map[string]string{".": "452 full"}, "retry 0"},
		"the text never":            {map[string]string{".": "554 spam"}, "permanent 0"},
		"data later":                {map[string]string{"DATA": "421 going"}, "retry 0"},
		"a bad end":                 {map[string]string{"QUIT": "500 what"}, "delivered 1"},
		"an end without a farewell": {map[string]string{"QUIT": "hang up"}, "delivered 1"},
		"breaks off":                {map[string]string{"DATA": "hang up"}, "retry 0"},
		"hangs":                     {map[string]string{"RCPT": ""}, "retry 0"},
		"nonsense":                  {map[string]string{"EHLO": "\x00\xff", "HELO": "?"}, "retry 0"},
	} {
		t.Run(name, func(t *testing.T) {
			o := &postOffice{faults: c.faults}
			m := o.open(t, "smtp://HOST")
			limit := time.Minute
			if name == "hangs" {
				limit = 200 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			err := m.Deliver(ctx, mailing())
			same(t, fmt.Sprint(err), fmt.Sprint(outcome(err), " ", len(o.got())), c.want)
		})
	}
	err := func() error {
		m, _ := NewMail(MailOptions{Server: "smtp://127.0.0.1:1"})
		e := mailing()
		return m.Deliver(t.Context(), e)
	}()
	same(t, "nobody there", outcome(err), "retry")
}

// TestOneRefusedAddress: the error says who has no mail.
func TestOneRefusedAddress(t *testing.T) {
	o := &postOffice{faults: map[string]string{"RCPT TO:<ops": "550 who"}}
	err := o.open(t, "smtp://HOST").Deliver(t.Context(), mailing())
	if err == nil || !strings.Contains(err.Error(), "the others have the mail: ops@example.org: 550 \"who\"") {
		t.Error(err)
	}
	same(t, "to", o.got()[0].to, []string{"TO:<root@example.org>"})
}

func TestAddresses(t *testing.T) {
	m, err := NewMail(MailOptions{Server: "smtp://127.0.0.1:1"})
	check(t, err)
	for _, target := range []string{"", "nobody", "a@b\r\nRCPT TO:<c@d>", "<a@b> DATA"} {
		err := m.Deliver(t.Context(), &logs.Effect{Kind: logs.EffectMail, Target: target})
		same(t, fmt.Sprintf("%q: %v", target, err), outcome(err), "permanent")
	}
}

func TestMailOptions(t *testing.T) {
	for want, o := range map[string]MailOptions{
		`mail cannot come from "nobody"`:                {From: "nobody"},
		`"a b" are no mail addresses`:                   {To: "a b"},
		`must be like smtp://`:                          {Server: "http://me:S3CRET@host"},
		`the server of mail must be like`:               {Server: "smtp://me:S3CRET@host:port"},
		`of mail must be like smtp://user`:              {Server: "smtp://"},
		`the tls of a mail server is none or starttls`:  {Server: "smtp://me:S3CRET@host?tls=maybe"},
		`a password is not sent without TLS: leave out`: {Server: "smtp://me:S3CRET@host?tls=none"},
	} {
		if _, err := NewMail(o); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("%v, want %s", err, want)
		}
	}
	for host, want := range map[string]string{"l096.example.org": "logs@l096.example.org", "no such host.": "logs@localhost"} {
		a, err := sender("", host)
		check(t, err)
		same(t, host, a.Address, want)
	}
	for server, want := range map[string]string{
		"smtp://host": "host:587 tls", "smtps://host": "host:465 plain", "smtp://[::1]:25": "[::1]:25 plain", "smtp://host:25?tls=none": "host:25 plain",
		"smtp://localhost": "localhost:587 plain", "smtp://127.8.0.1": "127.8.0.1:587 plain", "smtp://localhost.example.org": "localhost.example.org:587 tls",
	} {
		m, err := NewMail(MailOptions{Server: server})
		check(t, err)
		same(t, server, m.address+map[bool]string{true: " tls", false: " plain"}[m.startTLS], want)
	}
}

// TestHeadersCannotBeForged: whatever an effect holds, its mail has the same
// headers, the same parts, and no control character in the header.
func TestHeadersCannotBeForged(t *testing.T) {
	m, err := NewMail(MailOptions{From: "logs@example.org", Server: "smtp://127.0.0.1:1"})
	check(t, err)
	bytesText := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })
	evil := rapid.StringMatching(`([a-z]|\r\n|\n|\r|\x00|\r\nBcc: x@y|\r\n\r\n--|=\?utf-8\?q\?=0ABcc:\?= |"|,|ü|\.\r\n)*`)
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(bytesText, evil, rapid.String())
		e := &logs.Effect{
			Kind: logs.EffectMail, Text: text.Draw(rt, "text"), Rule: text.Draw(rt, "rule"), Lines: rapid.SliceOf(text).Draw(rt, "lines"),
			Fields: []logs.Field{field("html", logs.Text(text.Draw(rt, "html")))}, Time: time.Unix(0, 0).UTC(),
		}
		to, err := addresses(rapid.SampledFrom([]string{"a@b", "A B <a@b>, c@d", `"x y"@z`}).Draw(rt, "to"))
		if err != nil {
			rt.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := m.compose(e, to).WriteTo(&b); err != nil {
			rt.Fatal(err)
		}
		header, parts := read(t, b.String())
		var names []string
		for _, name := range []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "X-Logs-Id"} {
			names = append(names, header[name]...)
		}
		if len(header) != 9 || len(names) != 9 || len(parts) != 2 {
			rt.Fatalf("%d headers, %d parts of\n%s", len(header), len(parts), b.String())
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
		if err != nil || strings.ContainsAny(subject, "\r\n\x00\x1b") {
			rt.Fatalf("the subject is %q, %v", subject, err)
		}
	})
}
