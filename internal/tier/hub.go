package tier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// HubOptions say what a hub is.
type HubOptions struct {
	Addr     string // where it listens, such as ":4222"
	Dir      string // where it keeps what has come and is not used
	Trust    *Trust // who may connect; nil: anybody on this machine, and Addr must be of it alone
	Keeps    bool   // the engine has a state: what has been used is told by Forget
	MaxBytes int64  // of each department that may lie in Dir; 0: DefaultHubBytes
	Log      *slog.Logger
}

// DefaultHubBytes is how much of a department lies at its hub at the most.
const DefaultHubBytes = 8 << 30

// What a hub bears at the most.
const (
	maxConnections = 4096
	maxHosts       = 1024 // of a department
	maxPending     = 64 << 20
)

// A Hub takes the events of the engines below.
type Hub struct {
	o      HubOptions
	guard  *guard
	server *server.Server
	conn   *nats.Conn // of this process to the server
	js     jetstream.JetStream
	ctx    context.Context // ends with Close
	end    context.CancelFunc

	mu    sync.Mutex
	gates map[string]*gate
	edges map[Edge]*edge
	books map[string]*book // by department
	found []Edge           // not yet returned by Discover
}

// An Edge is an engine below.
type Edge struct{ Department, Host string }

// String returns DEPARTMENT/HOST.
func (e Edge) String() string { return e.Department + "/" + e.Host }

// An edge is what a hub knows of one.
type edge struct {
	Edge
	*book
	wake   chan struct{} // holds a token when a batch has come
	done   atomic.Uint64 // batches before this one will not be read again
	purged uint64
	batch  atomic.Int64 // when the batch that is read came, in ns; 0: none is
}

// OpenHub starts the server. It must be closed, and Run must run meanwhile. The
// error says which option is of no use.
func OpenHub(o HubOptions) (*Hub, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultHubBytes
	}
	if o.Trust == nil && !IsLoopback(o.Addr) {
		return nil, fmt.Errorf("a hub at %s is open to other machines, and needs certificates and users: logs hub init makes them", o.Addr)
	}
	h := &Hub{o: o, gates: map[string]*gate{}, edges: map[Edge]*edge{}, books: map[string]*book{}}
	h.ctx, h.end = context.WithCancel(context.Background())
	if err := h.start(); err != nil {
		h.Close()
		return nil, fmt.Errorf("the hub at %s: %w", o.Addr, err)
	}
	return h, nil
}

func (h *Hub) start() error {
	var err error
	if h.guard, err = newGuard(h.o.Trust, h.o.Log); err != nil {
		return err
	}
	options, err := h.serverOptions()
	if err != nil {
		return err
	}
	if h.server, err = server.NewServer(options); err != nil {
		return err
	}
	voice := &voice{log: h.o.Log, fatal: make(chan string, 1)}
	h.server.SetLoggerV2(voice, false, false, false)
	h.server.Start()
	if err := h.awaitServer(voice); err != nil {
		return err
	}
	h.conn, err = nats.Connect("", nats.InProcessServer(h.server), nats.UserInfo(ownName, h.guard.secret), nats.MaxReconnects(-1))
	if err != nil {
		return err
	}
	if h.js, err = jetstream.New(h.conn); err != nil {
		return err
	}
	if err := h.findEdges(); err != nil {
		return err
	}
	return h.openGates()
}

func (h *Hub) serverOptions() (*server.Options, error) {
	host, digits, err := net.SplitHostPort(h.o.Addr)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(digits)
	if err != nil || port < 0 || port > 65535 {
		return nil, fmt.Errorf("%q is no port", digits)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	tls, err := h.guard.tlsConfig()
	if err != nil {
		return nil, err
	}
	// A batch is on the disk before an edge hears that it is: packed as they
	// are, that costs little.
	return &server.Options{
		ServerName: "logs-hub", Host: host, Port: port, NoSigs: true, MaxConn: maxConnections,
		JetStream: true, StoreDir: h.o.Dir, SyncAlways: true, JetStreamMaxStore: 1 << 50,
		TLSConfig: tls, TLS: tls != nil, TLSTimeout: 5, AuthTimeout: 5, CustomClientAuthentication: h.guard,
	}, nil
}

// awaitServer waits until the server can be connected to.
func (h *Hub) awaitServer(v *voice) error {
	for range 100 {
		if h.server.ReadyForConnections(100 * time.Millisecond) {
			return nil
		}
		select {
		case why := <-v.fatal:
			return errors.New(why)
		default:
		}
	}
	return errors.New("it does not start")
}

// Addr is where the hub listens.
func (h *Hub) Addr() string { return h.server.Addr().String() }

// findEdges finds the edges of which something lies on the disk.
func (h *Hub) findEdges() error {
	streams := h.js.ListStreams(h.ctx)
	for info := range streams.Info() {
		if !strings.HasPrefix(info.Config.Name, streamName("")) {
			continue
		}
		stream, err := h.js.Stream(h.ctx, info.Config.Name)
		if err != nil {
			return err
		}
		full, err := stream.Info(h.ctx, jetstream.WithSubjectFilter(">"))
		if err != nil {
			return err
		}
		for _, subject := range slices.Sorted(maps.Keys(full.State.Subjects)) {
			if department, host, ok := splitSubject(subject); ok {
				h.edge(Edge{department, host})
			}
		}
	}
	return streams.Err()
}

// hasRoom tells whether an edge is known, or may be.
func (h *Hub) hasRoom(who Edge) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.edges[who] != nil {
		return true
	}
	n := 0
	for other := range h.edges {
		if other.Department == who.Department {
			n++
		}
	}
	return n < maxHosts
}

// edge returns what is known of an edge, of which something lies on the disk.
func (h *Hub) edge(who Edge) *edge {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.edges[who]
	if e == nil {
		e = &edge{Edge: who, book: h.book(who.Department), wake: make(chan struct{}, 1)}
		h.edges[who] = e
		h.found = append(h.found, who)
	}
	return e
}

// Discover returns the edges that it has not returned before.
func (h *Hub) Discover() []Edge {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := h.found
	h.found = nil
	return found
}

// openGates lets departments in that have been added, and forgets those that
// are gone.
func (h *Hub) openGates() error {
	names := h.guard.names()
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
		if h.gates[name] != nil {
			continue
		}
		g := &gate{hub: h, department: name}
		h.mu.Lock()
		g.book = h.book(name)
		h.mu.Unlock()
		if err := g.open(); err != nil {
			return err
		}
		h.mu.Lock()
		h.gates[name] = g
		h.mu.Unlock()
	}
	for name, g := range h.gates {
		if !known[name] {
			g.sub.Unsubscribe()
			h.mu.Lock()
			delete(h.gates, name)
			h.mu.Unlock()
		}
	}
	return h.conn.Flush()
}

// Run looks after the hub until ctx ends: who was revoked is sent away, and
// what has been used is removed.
func (h *Hub) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-h.guard.let: // its department may be new
		case <-ctx.Done():
			return
		}
		h.guard.sweep(h.server)
		if err := h.openGates(); err != nil {
			h.o.Log.Error("a department cannot be let in", "error", err)
		}
		if err := h.purge(ctx); err != nil && ctx.Err() == nil {
			h.o.Log.Warn("what has been used could not be removed", "error", err)
		}
		h.survey(ctx)
	}
}

// purge removes the batches that have been used.
func (h *Hub) purge(ctx context.Context) error {
	h.mu.Lock()
	var used []*edge
	for _, e := range h.edges {
		if e.done.Load() > e.purged {
			used = append(used, e)
		}
	}
	h.mu.Unlock()
	for _, e := range used {
		done := e.done.Load()
		stream, err := h.js.Stream(ctx, streamName(e.Department))
		if err != nil {
			return err
		}
		if err := stream.Purge(ctx, jetstream.WithPurgeSubject(tierSubject(e.Department, e.Host)), jetstream.WithPurgeSequence(done)); err != nil {
			return err
		}
		e.purged = done
		e.changed.Store(true)
	}
	return nil
}

// Close ends the server. Readers end, too.
func (h *Hub) Close() {
	h.end()
	if h.conn != nil {
		h.conn.Close()
	}
	if h.server != nil {
		h.server.Shutdown()
		h.server.WaitForShutdown()
	}
}

// A voice passes on what the server says.
type voice struct {
	log   *slog.Logger
	fatal chan string
	told  told
}

func (v *voice) Noticef(format string, args ...any) { v.log.Debug(fmt.Sprintf(format, args...)) }
func (v *voice) Debugf(format string, args ...any)  { v.log.Debug(fmt.Sprintf(format, args...)) }
func (v *voice) Tracef(format string, args ...any)  { v.log.Debug(fmt.Sprintf(format, args...)) }
func (v *voice) Warnf(format string, args ...any)   { v.say(slog.LevelWarn, format, args) }
func (v *voice) Errorf(format string, args ...any)  { v.say(slog.LevelWarn, format, args) }

func (v *voice) Fatalf(format string, args ...any) {
	select {
	case v.fatal <- fmt.Sprintf(format, args...):
	default:
	}
	v.say(slog.LevelError, format, args)
}

func (v *voice) say(level slog.Level, format string, args []any) {
	v.told.say(v.log, level, "the hub says", "what", fmt.Sprintf(format, args...))
}
