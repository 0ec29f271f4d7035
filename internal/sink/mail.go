package sink

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/logs-rdl/logs"
)

// maxSubject is how many bytes of a text become the subject.
const maxSubject = 250

// mailTimeout is how long one mail may take, if its context does not end first.
const mailTimeout = 2 * time.Minute

// MailOptions say how mail goes out.
type MailOptions struct {
	// Server is smtp://user:password@host:587 or smtps://host:465. A server of
	// smtp must offer STARTTLS, unless it is on this machine or the URL ends in
	// ?tls=none; ?tls=starttls asks for it on this machine too. Empty means the
	// program sendmail.
	Server  string
	From    string      // an address; empty means logs at this machine
	To      string      // addresses, comma separated, for effects that name none
	Program string      // for sendmail; empty means /usr/sbin/sendmail
	TLS     *tls.Config // nil trusts what the machine trusts
}

// Mail sends effects as mail: the Text is the subject, the Lines are the body,
// and a field named html becomes the other form of the body. An alert is told as
// Alert tells it. Control characters of a log never get into a header.
//
// Message-ID and X-LoGS-ID are made of the ID of the effect, so that a mail
// that had to be sent twice can be told. Where a server refuses some of several
// addresses, the others get the mail, and the error is permanent.
type Mail struct {
	o         MailOptions
	from      *netmail.Address
	to        []*netmail.Address
	host      string // of the server; empty: sendmail
	address   string // its host and port
	user      *url.Userinfo
	implicit  bool // TLS from the first byte
	startTLS  bool
	localhost string // the name of this machine
}

// NewMail returns a Mail, or an error if an option is not usable.
func NewMail(o MailOptions) (*Mail, error) {
	m := &Mail{o: o, localhost: "localhost"}
	if host, err := os.Hostname(); err == nil && host != "" {
		m.localhost = host
	}
	var err error
	if m.from, err = sender(o.From, m.localhost); err != nil {
		return nil, fmt.Errorf("mail cannot come from %s: %w", quote(o.From), err)
	}
	if o.To != "" {
		if m.to, err = addresses(o.To); err != nil {
			return nil, err
		}
	}
	if o.Server != "" {
		return m, m.useServer(o.Server)
	}
	m.o.Program = cmp.Or(o.Program, "/usr/sbin/sendmail")
	return m, nil
}

// sender reads an address, or makes one, whatever name the machine has.
func sender(from, host string) (*netmail.Address, error) {
	if from != "" {
		return netmail.ParseAddress(from)
	}
	if a, err := netmail.ParseAddress("logs@" + host); err == nil {
		return a, nil
	}
	return &netmail.Address{Address: "logs@localhost"}, nil
}

// useServer reads the URL of a server. No error holds it: it has a password.
func (m *Mail) useServer(server string) error {
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return errors.New("the server of mail must be like smtp://user:password@host:587 or smtps://host:465")
	}
	m.host, m.user, m.implicit = u.Hostname(), u.User, u.Scheme == "smtps"
	port := map[bool]string{true: "465", false: "587"}[m.implicit]
	m.address = net.JoinHostPort(m.host, cmp.Or(u.Port(), port))
	local := isLoopback(m.host)
	switch mode := u.Query().Get("tls"); mode {
	case "":
		m.startTLS = !m.implicit && !local
	case "starttls":
		m.startTLS = !m.implicit
	case "none":
		if m.user != nil && !m.implicit && !local {
			return errors.New("a password is not sent without TLS: leave out ?tls=none, or the user")
		}
	default:
		return fmt.Errorf("the tls of a mail server is none or starttls, not %s", quote(mode))
	}
	return nil
}

// isLoopback tells whether a host is this machine, without asking a server.
func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}

// addresses reads a list of addresses.
func addresses(list string) ([]*netmail.Address, error) {
	parsed, err := netmail.ParseAddressList(removeControls(list))
	if err != nil {
		return nil, fmt.Errorf("%s are no mail addresses: %w", quote(list), err)
	}
	return parsed, nil
}

// removeControls removes what could end a header, or trouble who reads it.
func removeControls(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// Deliver sends the effect.
func (m *Mail) Deliver(ctx context.Context, e *logs.Effect) error {
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	to := m.to
	if e.Kind == logs.EffectMail && e.Target != "" {
		var err error
		if to, err = addresses(e.Target); err != nil {
			return Permanent(err)
		}
	}
	if len(to) == 0 {
		return Permanent(errors.New("the mail has no address"))
	}
	var text bytes.Buffer
	if _, err := m.compose(e, to).WriteTo(&text); err != nil {
		return Permanent(fmt.Errorf("the mail cannot be written: %w", err))
	}
	if m.host == "" {
		return m.sendmail(ctx, text.Bytes())
	}
	if err := m.send(ctx, to, text.Bytes()); err != nil {
		return fmt.Errorf("mail by %s: %w", m.address, lasting(err))
	}
	return nil
}

// compose writes the mail.
func (m *Mail) compose(e *logs.Effect, to []*netmail.Address) *mail.Msg {
	domain := m.from.Address[strings.LastIndexByte(m.from.Address, '@')+1:]
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(m.from)
	msg.ToMailAddress(to...)
	msg.Subject(subject(e))
	msg.SetDateWithValue(e.Time)
	msg.SetMessageIDWithValue(e.ID.String() + ".logs@" + domain)
	msg.SetGenHeader("X-LoGS-ID", e.ID.String())
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(mail.TypeTextPlain, mailBody(e))
	for _, f := range e.Fields {
		if html, ok := f.Value.Str(); ok && f.Name == "html" {
			msg.AddAlternativeString(mail.TypeTextHTML, strings.ToValidUTF8(html, "\ufffd"))
			break
		}
	}
	return msg
}

// subject is one line. What a reader would take for encoded text, and decode
// to who knows what, is broken up.
func subject(e *logs.Effect) string {
	text := cmp.Or(strings.TrimSpace(removeControls(e.Text)), removeControls(e.Rule), "LoGS")
	return cut(strings.ReplaceAll(text, "=?", "= ?"), maxSubject)
}

func mailBody(e *logs.Effect) string {
	if e.Kind == logs.EffectAlert {
		return string(appendAlertText(nil, e))
	}
	lines := e.Lines
	if len(lines) == 0 {
		lines = []string{e.Text}
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(logs.Show(line) + "\n")
	}
	return b.String()
}

// lasting marks an error as permanent if the server has said that it is: its
// codes from 500 on.
func lasting(err error) error {
	if answer := (*textproto.Error)(nil); errors.As(err, &answer) && answer.Code >= 500 {
		return Permanent(err)
	}
	return err
}

// send hands the mail to the server.
func (m *Mail) send(ctx context.Context, to []*netmail.Address, text []byte) error {
	conn, err := m.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	c, err := smtp.NewClient(conn, m.host)
	if err != nil {
		return err
	}
	if err := m.greet(c); err != nil {
		return err
	}
	return m.transfer(c, to, text)
}

func (m *Mail) dial(ctx context.Context) (net.Conn, error) {
	if m.implicit {
		return (&tls.Dialer{Config: m.trust()}).DialContext(ctx, "tcp", m.address)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", m.address)
}

func (m *Mail) trust() *tls.Config {
	config := &tls.Config{}
	if m.o.TLS != nil {
		config = m.o.TLS.Clone()
	}
	config.ServerName = cmp.Or(config.ServerName, m.host)
	return config
}

// greet says hello, starts TLS and logs in.
func (m *Mail) greet(c *smtp.Client) error {
	if err := c.Hello(m.localhost); err != nil {
		return err
	}
	if m.startTLS {
		if offered, _ := c.Extension("STARTTLS"); !offered {
			return errors.New("the server offers no STARTTLS; ?tls=none does without")
		}
		if err := c.StartTLS(m.trust()); err != nil {
			return err
		}
	}
	if m.user == nil {
		return nil
	}
	password, _ := m.user.Password()
	_, offered := c.Extension("AUTH")
	switch mechanisms := strings.Fields(offered); {
	case slices.Contains(mechanisms, "PLAIN"):
		return c.Auth(smtp.PlainAuth("", m.user.Username(), password, m.host, isLoopback(m.host)))
	case slices.Contains(mechanisms, "LOGIN"):
		return c.Auth(smtp.LoginAuth(m.user.Username(), password, m.host, isLoopback(m.host)))
	}
	return errors.New("the server offers neither AUTH PLAIN nor AUTH LOGIN")
}

// transfer sends the mail to all whom the server does not refuse for good. If
// it may take one of the others later, nothing is sent now.
func (m *Mail) transfer(c *smtp.Client, to []*netmail.Address, text []byte) error {
	if err := c.Mail(bare(m.from)); err != nil {
		return err
	}
	var refused []error
	for _, one := range to {
		err := c.Rcpt(bare(one))
		if err != nil && !errors.As(lasting(err), &permanent{}) {
			return err
		}
		if err != nil {
			refused = append(refused, fmt.Errorf("%s: %w", one.Address, err))
		}
	}
	if len(refused) == len(to) {
		return errors.Join(refused...)
	}
	if err := sendData(c, text); err != nil {
		return err
	}
	c.Quit() // the mail is theirs, however this ends
	if len(refused) > 0 {
		return fmt.Errorf("the others have the mail: %w", errors.Join(refused...))
	}
	return nil
}

// bare is an address as commands have it, without the name of a person.
func bare(a *netmail.Address) string { return (&netmail.Address{Address: a.Address}).String() }

func sendData(c *smtp.Client, text []byte) error {
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return w.Close()
}
