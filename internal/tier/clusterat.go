package tier

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
)

// A ClusterAt is where a cluster is, and under which name a site's events lie
// in it.
type ClusterAt struct {
	Name    string
	servers string // URLs, with commas between them
	options []nats.Option
}

// clusterForm is what a place of a cluster looks like.
const clusterForm = "nats://HOST:PORT,HOST:PORT/NAME"

// ParseCluster reads a place such as nats://a:4222,b:4222/site. Behind a
// question mark there may be files: creds of a NATS user, ca, and cert with
// key. Other machines are spoken to by TLS alone: tls://a:4222/site?ca=ca.crt
func ParseCluster(text string) (ClusterAt, error) {
	scheme, rest, _ := strings.Cut(text, "://")
	rest, query, _ := strings.Cut(rest, "?")
	hosts, name, _ := strings.Cut(rest, "/")
	user := ""
	if i := strings.LastIndex(hosts, "@"); i >= 0 {
		user, hosts = hosts[:i+1], hosts[i+1:]
	}
	at := ClusterAt{Name: name}
	switch {
	case scheme != "nats" && scheme != "tls" || hosts == "":
		return at, fmt.Errorf("%q is no place of a cluster: try %s", text, clusterForm)
	case !departmentForm.MatchString(name):
		return at, fmt.Errorf("%q does not name what lies in the cluster: try %s", text, clusterForm)
	}
	var servers []string
	for host := range strings.SplitSeq(hosts, ",") {
		if _, _, err := net.SplitHostPort(host); err != nil {
			return at, fmt.Errorf("%q is no server of a cluster: %w", host, err)
		}
		if scheme == "nats" && !IsLoopback(host) {
			return at, fmt.Errorf("a cluster on other machines (%s) is spoken to by TLS: try tls://%s/%s", host, hosts, name)
		}
		servers = append(servers, scheme+"://"+user+host)
	}
	at.servers = strings.Join(servers, ",")
	return at, at.parseFiles(query)
}

// parseFiles reads what stands behind the question mark.
func (at *ClusterAt) parseFiles(query string) error {
	files, err := url.ParseQuery(query)
	if err != nil {
		return err
	}
	if files.Has("cert") != files.Has("key") {
		return errors.New("cert and key of a cluster go together: try ?cert=edge.crt&key=edge.key")
	}
	for name := range files {
		file := files.Get(name)
		switch name {
		case "creds":
			at.options = append(at.options, nats.UserCredentials(file))
		case "ca":
			at.options = append(at.options, nats.RootCAs(file))
		case "cert":
			at.options = append(at.options, nats.ClientCert(file, files.Get("key")))
		case "key":
		default:
			return fmt.Errorf("%q says nothing about a cluster: creds, ca, cert and key do", name)
		}
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("the file that %s names: %w", name, err)
		}
	}
	return nil
}

func (at ClusterAt) streamOf(what string) string { return "logs-" + at.Name + "-" + what }

func (at ClusterAt) subject(what string, partition int) string {
	return at.subjects(what + "." + strconv.Itoa(partition))
}

func (at ClusterAt) subjects(which string) string { return "logs." + at.Name + "." + which }

// The roles of those who connect. Answers to one come where the others may not
// listen: those to workers are all events.
const (
	roleEdge   = "edge"
	roleWorker = "worker"
)

// connect connects to the cluster, or gives up when ctx ends. Then ctx has no
// part in it any more: closed is closed when the connection is.
//
// Servers on this machine that are spoken to in the clear may name others, on
// other machines: only those that the place names are ever asked.
func (at ClusterAt) connect(ctx context.Context, role, name string, log *slog.Logger, options ...nats.Option) (conn *nats.Conn, closed <-chan struct{}, err error) {
	life, end := context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, end)
	var told told
	options = append(options, nats.Name(name), nats.Timeout(dialTimeout), nats.SetCustomDialer(lively{life}), nats.IgnoreDiscoveredServers(),
		nats.CustomInboxPrefix("_INBOX."+role+"."+at.Name),
		nats.ClosedHandler(func(*nats.Conn) { end() }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			told.say(log, slog.LevelWarn, "the cluster refuses something; docs/cluster.md says what its users must be allowed", "error", err)
		}))
	conn, err = nats.Connect(at.servers, append(options, at.options...)...)
	switch {
	case err != nil:
		end()
		return nil, nil, at.explain(err)
	case !stop():
		conn.Close()
		return nil, nil, ctx.Err()
	}
	return conn, life.Done(), nil
}

// hosts are the servers without what is secret.
func (at ClusterAt) hosts() string {
	var hosts []string
	for server := range strings.SplitSeq(at.servers, ",") {
		_, host, _ := strings.Cut(server, "://")
		hosts = append(hosts, host[strings.LastIndex(host, "@")+1:])
	}
	return strings.Join(hosts, ", ")
}

// explain says what to try about a connection that could not be made.
func (at ClusterAt) explain(err error) error {
	var why string
	var unknown x509.UnknownAuthorityError
	var named x509.HostnameError
	switch text := err.Error(); {
	case errors.Is(err, nats.ErrNoServers):
		why = "no server answers: look whether they run and can be reached from here"
	case errors.As(err, &unknown):
		why = "nobody whom this machine knows has signed their certificate: name the authority's, ?ca=ca.crt"
	case errors.As(err, &named):
		why = "their certificate is for another name: use that one"
	case strings.Contains(text, "tls: certificate required"), strings.Contains(text, "tls: bad certificate"), strings.Contains(text, "tls: unknown certificate authority"):
		why = "they want a certificate that they know: try ?cert=own.crt&key=own.key"
	case isUnknown(err):
		why = "they do not let this one in: ?creds=own.creds or ?cert=own.crt&key=own.key says who it is"
	case errors.Is(err, nats.ErrSecureConnWanted):
		why = "they speak no TLS: let them, or use nats:// if they are on this machine"
	default:
		return fmt.Errorf("the cluster at %s: %w", at.hosts(), err)
	}
	return fmt.Errorf("the cluster at %s: %s: %w", at.hosts(), why, err)
}

// isUnknown tells whether servers do not know who connects.
func isUnknown(err error) bool {
	return errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err, nats.ErrAuthRevoked)
}

// isFinal tells whether to try again is of no use, before somebody has changed
// something.
func isFinal(err error) bool {
	var unknown x509.UnknownAuthorityError
	var named x509.HostnameError
	return errors.As(err, &unknown) || errors.As(err, &named) || isUnknown(err) || errors.Is(err, fs.ErrNotExist) ||
		errors.Is(err, nats.ErrSecureConnWanted) || strings.Contains(err.Error(), "remote error: tls: ")
}

// A lively dialer makes connections that end with a context, also while the
// other side has said nothing yet.
type lively struct{ ctx context.Context }

func (d lively) Dial(network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(d.ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &livelyConn{conn, context.AfterFunc(d.ctx, func() { conn.Close() })}, nil
}

type livelyConn struct {
	net.Conn
	stop func() bool
}

func (c *livelyConn) Close() error {
	c.stop()
	return c.Conn.Close()
}
