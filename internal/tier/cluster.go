package tier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A site that outgrows one hub has a NATS cluster of its own in the hub's place,
// and as many workers as it needs:
//
//	edge ─→ store ─→ Publisher ─→ logs.NAME.events.7 ─→ EventReader ─→ engine 7 ─→ effects
//	                    │                                  ▲              │
//	                    hash of the key                    │              ▼
//	                                       worker: Member holds 7   Depot 7: snapshots, journal
//
// What lies in the cluster, under one name:
//
//	stream  logs-NAME-events      batches; the last word of a subject is the partition
//	stream  logs-NAME-journal     of each partition what its holder has done; see depot.go
//	bucket  logs-NAME-snapshots   of its engine
//	bucket  logs-NAME             one key: who holds which partition; see lease.go
//
// Who holds a partition is agreed upon in good faith and in time. That an older
// holder can do no harm is seen to by the journal alone.

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
	for name := range files {
		switch file := files.Get(name); name {
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
	}
	return nil
}

func (at ClusterAt) streamOf(what string) string { return "logs-" + at.Name + "-" + what }

func (at ClusterAt) subject(what string, partition int) string {
	return fmt.Sprintf("logs.%s.%s.%d", at.Name, what, partition)
}

// connect connects to the cluster.
func (at ClusterAt) connect(name string, options ...nats.Option) (*nats.Conn, error) {
	options = append(options, nats.Name(name), nats.Timeout(dialTimeout))
	conn, err := nats.Connect(at.servers, append(options, at.options...)...)
	if err != nil {
		return nil, fmt.Errorf("the cluster: %w", err)
	}
	return conn, nil
}

// ClusterOptions say what a worker's part of a cluster is.
type ClusterOptions struct {
	At         ClusterAt
	Partitions int           // of the events; 0 takes what is there
	Replicas   int           // of all that lies in the cluster, if this one makes it
	MaxBytes   int64         // of events that may wait, if this one makes the stream; 0: DefaultClusterBytes
	Expiry     time.Duration // after which a member that does not beat is taken to be gone; 0: DefaultExpiry
	Log        *slog.Logger
}

// What the zero options mean, and what they may be.
const (
	DefaultPartitions   = 64
	MaxPartitions       = 1024
	DefaultClusterBytes = 8 << 30
	DefaultExpiry       = 10 * time.Second
)

// A Cluster is a connection to one, for a worker.
type Cluster struct {
	o         ClusterOptions
	conn      *nats.Conn
	js        jetstream.JetStream
	events    jetstream.Stream
	journal   jetstream.Stream
	snapshots jetstream.ObjectStore
	table     jetstream.KeyValue
	count     int // of partitions
	told      told
}

// openTimeout is how long a cluster may take to make or find what it is to
// hold: servers that have just started choose their leader first.
const openTimeout = 30 * time.Second

// OpenCluster connects, and makes what is missing. It must be closed. The error
// says what to change.
func OpenCluster(ctx context.Context, o ClusterOptions) (*Cluster, error) {
	if o.Expiry <= 0 {
		o.Expiry = DefaultExpiry
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultClusterBytes
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Partitions < 0 || o.Partitions > MaxPartitions {
		return nil, fmt.Errorf("%d partitions: from 1 to %d are possible", o.Partitions, MaxPartitions)
	}
	c := &Cluster{o: o}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := c.retried(ctx, c.dial); err != nil {
		return nil, err
	}
	if err := c.open(ctx); err != nil {
		c.conn.Close()
		return nil, fmt.Errorf("the cluster: %w", err)
	}
	return c, nil
}

func (c *Cluster) dial(context.Context) error {
	var err error
	c.conn, err = c.o.At.connect("logs worker", nats.MaxReconnects(-1), nats.ReconnectWait(200*time.Millisecond))
	return err
}

func (c *Cluster) open(ctx context.Context) error {
	var err error
	if c.js, err = jetstream.New(c.conn); err != nil {
		return err
	}
	if err := c.retried(ctx, c.openTable); err != nil {
		return err
	}
	if err := c.retried(ctx, c.agree); err != nil {
		return err
	}
	return c.retried(ctx, c.openStreams)
}

// retried tries again while the servers have not found each other.
func (c *Cluster) retried(ctx context.Context, open func(context.Context) error) error {
	for {
		trying, cancel := context.WithTimeout(ctx, writeTimeout)
		err := open(trying)
		cancel()
		var api *jetstream.APIError
		refused := errors.As(err, &api) && (api.Code < 500 || api.ErrorCode == codeNoRoom || api.ErrorCode == codeNoCluster)
		if err == nil || refused || errors.Is(err, errSplit) {
			return c.explain(err)
		}
		if pause(ctx, 200*time.Millisecond); ctx.Err() != nil {
			return c.explain(err)
		}
	}
}

// explain says what to try about an error that has a common cause.
func (c *Cluster) explain(err error) error {
	var api *jetstream.APIError
	switch {
	case !errors.As(err, &api):
	case api.ErrorCode == codeNoPeers || api.ErrorCode == codeNoCluster:
		return fmt.Errorf("it has too few servers to keep everything on %d of them: try --replicas 1, or add servers: %w", c.o.Replicas, err)
	case api.ErrorCode == codeNoRoom:
		return fmt.Errorf("its servers have no room for %d bytes of events: try a smaller --cluster-max: %w", c.o.MaxBytes, err)
	}
	return err
}

// What servers say of a stream that is to lie on more of them than there are,
// or to be larger than what they may use.
const (
	codeNoPeers   jetstream.ErrorCode = 10005
	codeNoRoom    jetstream.ErrorCode = 10047
	codeNoCluster jetstream.ErrorCode = 10074
)

func (c *Cluster) openTable(ctx context.Context) error {
	var err error
	bucket := "logs-" + c.o.At.Name
	if c.table, err = c.js.KeyValue(ctx, bucket); errors.Is(err, jetstream.ErrBucketNotFound) {
		c.table, err = c.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucket, Replicas: c.o.Replicas, Storage: jetstream.FileStorage})
	}
	return err
}

// agree reads into how many partitions the events are split, or says it if this
// is the first member. It is never changed.
func (c *Cluster) agree(ctx context.Context) error {
	want := c.o.Partitions
	if want == 0 {
		want = DefaultPartitions
	}
	first, err := json.Marshal(newTable(want))
	if err != nil {
		return err
	}
	if _, err := c.table.Create(ctx, tableKey, first); err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		return err
	}
	t, _, err := readTable(ctx, c.table)
	if err != nil {
		return err
	}
	if c.count = t.count(); c.o.Partitions != 0 && c.o.Partitions != c.count {
		return fmt.Errorf("%s is split into %d partitions, not %d: %w", c.o.At.Name, c.count, c.o.Partitions, errSplit)
	}
	return nil
}

// errSplit says why the number of partitions stays, and what to do instead.
var errSplit = errors.New("it cannot be split anew, for what is known of a key would be in the wrong place; " +
	"let new workers and then the edges use another name, and end the old workers when nothing waits")

func (c *Cluster) openStreams(ctx context.Context) error {
	var err error
	c.events, err = c.openStream(ctx, jetstream.StreamConfig{
		Name: c.o.At.streamOf("events"), Subjects: []string{"logs." + c.o.At.Name + ".events.*"}, MaxBytes: c.o.MaxBytes,
	})
	if err != nil {
		return err
	}
	c.journal, err = c.openStream(ctx, jetstream.StreamConfig{
		Name: c.o.At.streamOf("journal"), Subjects: []string{"logs." + c.o.At.Name + ".journal.*"},
	})
	if err != nil {
		return err
	}
	bucket := c.o.At.streamOf("snapshots")
	if c.snapshots, err = c.js.ObjectStore(ctx, bucket); errors.Is(err, jetstream.ErrBucketNotFound) {
		c.snapshots, err = c.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: bucket, Replicas: c.o.Replicas, Storage: jetstream.FileStorage})
	}
	return err
}

// openStream opens a stream, which is made if it is missing and else left as
// its administrator has made it.
func (c *Cluster) openStream(ctx context.Context, o jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := c.js.Stream(ctx, o.Name)
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return s, err
	}
	o.Replicas, o.Storage, o.Discard, o.AllowDirect = c.o.Replicas, jetstream.FileStorage, jetstream.DiscardNew, true
	return c.js.CreateStream(ctx, o)
}

// Partitions is into how many the events are split.
func (c *Cluster) Partitions() int { return c.count }

// Close ends the connection.
func (c *Cluster) Close() { c.conn.Close() }
