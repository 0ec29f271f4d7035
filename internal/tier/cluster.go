package tier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
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
//	stream  logs-NAME-snapshots   of its engine
//	stream  logs-NAME-dead        actions that were given up
//	bucket  logs-NAME             one key: who holds which partition; see lease.go
//
// Who holds a partition is agreed upon in good faith and in time. That an older
// holder can do no harm is seen to by the journal alone.

// ClusterOptions say what a worker's part of a cluster is.
type ClusterOptions struct {
	At         ClusterAt
	Partitions int           // of the events; 0 takes what is there
	Replicas   int           // of all that lies in the cluster, if this one makes it
	MaxBytes   int64         // of events that may wait, if this one makes the stream; 0: DefaultClusterBytes
	Expiry     time.Duration // after which a member that does not beat is taken to be gone; 0: DefaultExpiry
	Keep       time.Duration // how long events stay that have been used
	Old        bool          // nothing is made: there is one, which is to be cut
	Log        *slog.Logger
}

// What the zero options mean, and what they may be.
const (
	DefaultPartitions   = 64
	MaxPartitions       = 1024
	DefaultClusterBytes = 8 << 30
	DefaultExpiry       = 10 * time.Second

	maxReplicas = 5 // that JetStream knows
	minExpiry   = 100 * time.Millisecond
)

// A Cluster is a connection to one, for a worker.
type Cluster struct {
	o         ClusterOptions
	conn      *nats.Conn
	js        jetstream.JetStream
	events    jetstream.Stream
	journal   jetstream.Stream
	snapshots jetstream.Stream
	dead      jetstream.Stream
	table     jetstream.KeyValue
	count     int // of partitions
	told      told
	past      *Past // which this one follows; nil: none

	keeping sync.Mutex
	kept    map[int][]forgotten // marks by partition, of events that are kept for a while
}

// openTimeout is how long a cluster may take to make or find what it is to
// hold: servers that have just started choose their leader first. One try may
// take so long that all of them can be asked.
const (
	openTimeout = 30 * time.Second
	tryTimeout  = 10 * time.Second
)

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
	switch {
	case o.Partitions < 0 || o.Partitions > MaxPartitions:
		return nil, fmt.Errorf("%d partitions: from 1 to %d are possible", o.Partitions, MaxPartitions)
	case o.Replicas < 0 || o.Replicas > maxReplicas:
		return nil, fmt.Errorf("%d replicas: from 1 to %d copies are possible", o.Replicas, maxReplicas)
	case o.Expiry < minExpiry:
		return nil, fmt.Errorf("a worker cannot be taken to be gone after %s: wait at least %s", o.Expiry, minExpiry)
	}
	c := &Cluster{o: o, kept: map[int][]forgotten{}}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := c.retried(ctx, c.dial); err != nil {
		return nil, err
	}
	if err := c.open(ctx); err != nil {
		c.conn.Close()
		return nil, fmt.Errorf("the cluster at %s: %w", o.At.hosts(), err)
	}
	return c, nil
}

// dial connects for as long as there is a worker: servers that go away come
// again, and so may the worker's own permission to talk to them.
func (c *Cluster) dial(ctx context.Context) error {
	var err error
	c.conn, _, err = c.o.At.connect(ctx, roleWorker, "logs worker", c.o.Log,
		nats.MaxReconnects(-1), nats.ReconnectWait(200*time.Millisecond), nats.IgnoreAuthErrorAbort())
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
	var why error // of the last try that had its time
	for {
		trying, cancel := context.WithTimeout(ctx, tryTimeout)
		err := open(trying)
		cancel()
		if err == nil || isRefused(err) || isFinal(err) || errors.Is(err, errSplit) || errors.Is(err, errNone) {
			return c.explain(err)
		}
		if why == nil || ctx.Err() == nil {
			why = err
		}
		if pause(ctx, 200*time.Millisecond); ctx.Err() != nil {
			return c.explain(why)
		}
	}
}

// isRefused tells whether servers have understood what they were asked, and do
// not do it. That another worker has just made what this one makes is no such
// case.
func isRefused(err error) bool {
	var api *jetstream.APIError
	if !errors.As(err, &api) || api.ErrorCode == jetstream.JSErrCodeStreamNameInUse {
		return false
	}
	return api.Code < 500 || api.ErrorCode == codeNoRoom || api.ErrorCode == codeNoCluster
}

// explain says what to try about an error that has a common cause.
func (c *Cluster) explain(err error) error {
	var api *jetstream.APIError
	switch {
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("its servers run without JetStream, or have none for this user: try jetstream { store_dir: ... } in their settings: %w", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("its servers do not answer in time: look whether most of them run, and what their users are allowed: %w", err)
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
	c.table, err = c.js.KeyValue(ctx, bucket)
	switch missing := errors.Is(err, jetstream.ErrBucketNotFound); {
	case missing && c.o.Old:
		return fmt.Errorf("%s is not there: %w", c.o.At.Name, errNone)
	case missing:
		c.table, err = c.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucket, Replicas: c.o.Replicas, Storage: jetstream.FileStorage})
	}
	return err
}

// errNone says that what is to be cut is not there.
var errNone = errors.New("leave out --cluster-after if nothing of it is left")

// agree reads into how many partitions the events are split, or says it if this
// is the first member. It is never changed.
func (c *Cluster) agree(ctx context.Context) error {
	want := c.o.Partitions
	if want == 0 {
		want = DefaultPartitions
	}
	first, err := json.Marshal(newTable(want))
	if err == nil && !c.o.Old {
		_, err = c.table.Create(ctx, tableKey, first)
	}
	if err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
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
var errSplit = errors.New("what is known of a key would be in the wrong place; " +
	"let new workers use another name, --cluster-after this one, and then the edges")

func (c *Cluster) openStreams(ctx context.Context) error {
	var err error
	// An event of a partition that there is not would never be read.
	var partitions []string
	for p := range c.count {
		partitions = append(partitions, c.o.At.subject("events", p))
	}
	for _, s := range []struct {
		at *jetstream.Stream
		o  jetstream.StreamConfig
	}{
		{&c.events, jetstream.StreamConfig{Name: "events", Subjects: partitions, MaxBytes: c.o.MaxBytes, Discard: jetstream.DiscardNew}},
		{&c.journal, jetstream.StreamConfig{Name: "journal", Subjects: []string{c.o.At.subjects("journal.*")}, Discard: jetstream.DiscardNew}},
		{&c.snapshots, jetstream.StreamConfig{Name: "snapshots", Subjects: []string{c.o.At.subjects("snapshots.*.*")}, Discard: jetstream.DiscardNew}},
		{&c.dead, jetstream.StreamConfig{Name: "dead", Subjects: []string{c.o.At.subjects("dead.*")}, MaxBytes: maxDead, Discard: jetstream.DiscardOld}},
	} {
		if *s.at, err = c.openStream(ctx, s.o); err != nil {
			return err
		}
	}
	return nil
}

// maxDead is how many bytes of dead letters lie in a cluster.
const maxDead = 64 << 20

// openStream opens a stream, which is made if it is missing and else left as
// its administrator has made it.
func (c *Cluster) openStream(ctx context.Context, o jetstream.StreamConfig) (jetstream.Stream, error) {
	o.Name = c.o.At.streamOf(o.Name)
	s, err := c.js.Stream(ctx, o.Name)
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return s, err
	}
	o.Replicas, o.Storage, o.AllowDirect = c.o.Replicas, jetstream.FileStorage, true
	return c.js.CreateStream(ctx, o)
}

// Bury keeps a dead letter of a partition: an action that was given up.
func (c *Cluster) Bury(partition int, letter []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	_, err := c.js.Publish(ctx, c.o.At.subject("dead", partition), bytes.TrimSuffix(letter, []byte("\n")))
	return err
}

// Partitions is into how many the events are split.
func (c *Cluster) Partitions() int { return c.count }

// Close ends the connection.
func (c *Cluster) Close() { c.conn.Close() }
