package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// The bounds of the server.
const (
	maxConnections = 64 // at once; more wait
	maxHeader      = 8 << 10
	maxScrapes     = 4                // of /metrics at once
	readTimeout    = 5 * time.Second  // of a request
	writeTimeout   = 30 * time.Second // of an answer
	idleTimeout    = time.Minute      // between two requests
	endTimeout     = 2 * time.Second  // of the answers that are under way when the server ends
)

// Stuck is how long the loop may stand still before /healthz says so.
const Stuck = 10 * time.Second

// A Server serves what there is to see.
type Server struct {
	Log *slog.Logger // told of what goes wrong with connections; nil: nobody

	source   func() Stats
	now      func() time.Time
	look     *template.Template // of the page
	listener net.Listener
	loopback bool
}

// New listens at an address: a host and a port, or ":" and a port of the
// loopback. Whatever serves the requests starts with Run.
//
// Source is called from other goroutines, at any time and possibly twice at
// once. It must return what was last known, and never wait for the loop: that
// the loop is stuck is what /healthz must be able to tell.
func New(addr string, source func() Stats) (*Server, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("%w; name one such as :9600 or 192.0.2.1:9600", err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, err
	}
	tcp, ok := l.Addr().(*net.TCPAddr)
	return &Server{
		source: source, now: time.Now, look: pageTemplate(), listener: l, loopback: ok && tcp.IP.IsLoopback(),
	}, nil
}

// Addr is the address at which the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Run serves until ctx ends, and returns nil then.
func (s *Server) Run(ctx context.Context) error {
	server := &http.Server{
		Handler: s.handler(), MaxHeaderBytes: maxHeader,
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
	}
	logger := s.Log
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	server.ErrorLog = slog.NewLogLogger(logger.Handler(), slog.LevelWarn)
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		soon, cancel := context.WithTimeout(context.Background(), endTimeout)
		defer cancel()
		if server.Shutdown(soon) != nil {
			server.Close()
		}
	})
	err := server.Serve(limit(s.listener, maxConnections))
	if !stop() {
		<-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("the web server at %s: %w", s.Addr(), err)
}

// handler answers requests. Only GET and HEAD find something.
func (s *Server) handler() http.Handler {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(newCollector(s.source, s.now),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes}))
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /style.css", style)
	return s.guarded(mux)
}

// guarded sets what keeps a browser from doing more with an answer than to
// show it, and refuses those that were led here: a page of a stranger may give
// its name the address of the loopback, but not say that it was asked for by
// the address.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if s.loopback && !local(r.Host) {
			http.Error(w, "ask for localhost or an address", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// local tells whether a Host header is an address or localhost.
func local(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	_, err = netip.ParseAddr(name)
	return err == nil || strings.EqualFold(name, "localhost")
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	stats := s.source()
	switch still := s.now().Sub(stats.Turned); {
	case stats.Turned.IsZero():
		http.Error(w, "the loop has not begun", http.StatusServiceUnavailable)
	case still > Stuck:
		http.Error(w, fmt.Sprintf("the loop has not turned for %s", still.Round(time.Second)), http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, "ok")
	}
}

func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	stats := s.source()
	var missing []string
	if !stats.Loaded {
		missing = append(missing, "the rules are not loaded")
	}
	for _, source := range stats.Sources {
		if !source.Open {
			missing = append(missing, "not open: "+source.Name)
		}
	}
	if missing != nil {
		http.Error(w, strings.Join(missing, "\n"), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// A limited listener has only so many connections at once.
type limited struct {
	net.Listener
	slots  chan struct{} // holds one for each connection
	closed chan struct{}
	close  func()
}

func limit(l net.Listener, most int) *limited {
	closed := make(chan struct{})
	return &limited{l, make(chan struct{}, most), closed, sync.OnceFunc(func() { close(closed) })}
}

// Accept waits for room, and then for a connection.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &slotted{Conn: c, leave: sync.OnceFunc(func() { <-l.slots })}, nil
}

// Close ends Accept, which may be waiting for either.
func (l *limited) Close() error {
	l.close()
	return l.Listener.Close()
}

type slotted struct {
	net.Conn
	leave func()
}

func (c *slotted) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
