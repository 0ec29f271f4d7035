package web

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/logs-rdl/logs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// busy are the stats of an engine that has seen something of all.
func busy() Stats {
	return Stats{
		Version: "1.2.3", Started: noon.Add(-26 * time.Hour), Turned: noon.Add(-time.Second), Clock: noon.Add(-90 * time.Second),
		Loaded: true, Lines: 1234567, Bytes: 89,
		Engine: logs.Stats{Messages: 10, Alerts: 3, Late: 4, Faults: 5, Evicted: 6, Dropped: 7, GaveUp: 8, Missing: 9},
		Rules:  []logs.Count{{Name: "quiet"}, {Name: "loud<script>", Tries: 20, Matches: 12}},
		Live:   11, Timers: 13, Kept: 14,
		Sources: []Source{
			{Name: "/var/log/auth.log", Open: true, Lines: 15, Bytes: 16, Position: 17, Lag: 18, Dropped: 19, Errors: 20},
			{Name: "/var/log/\xff\n", Open: true},
		},
		Stores: []Store{{Name: "scanner", Keys: 21, Items: 22}},
		Sinks:  []Sink{{Name: "oncall", Delivered: 23, Retried: 24, Dead: 25, Waiting: 26, Held: 27}},
		Hub: Hub{Strangers: 30, Departments: []Department{
			{"net", 31, 32, 33, 34, 35, 36, 37, 38 * time.Second, noon.Add(-39 * time.Second)}, {Name: "web"},
		}},
		Checkpoint: Checkpoint{Time: noon.Add(-5 * time.Second), Bytes: 28, Failed: 29},
		Reload:     Reload{OK: noon.Add(-2 * time.Hour), Failed: noon.Add(-time.Hour)},
	}
}

func newServer(t *testing.T, stats Stats) *Server {
	t.Helper()
	s, err := New(":0", func() Stats { return stats })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.listener.Close() })
	s.now = func() time.Time { return noon }
	return s
}

// ask returns the answer to a request, with the Host header that a browser
// would send.
func (s *Server) ask(method, path, host string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Host = host
	w := httptest.NewRecorder()
	s.handler().ServeHTTP(w, r)
	return w
}

func TestHealth(t *testing.T) {
	change := func(f func(s *Stats)) Stats {
		s := busy()
		f(&s)
		return s
	}
	for _, c := range []struct {
		name, path string
		stats      Stats
		code       int
		says       string
	}{
		{"well", "/healthz", busy(), 200, "ok"},
		{"ten seconds are well", "/healthz", change(func(s *Stats) { s.Turned = noon.Add(-Stuck) }), 200, "ok"},
		{"stuck", "/healthz", change(func(s *Stats) { s.Turned = noon.Add(-12 * time.Second) }), 503, "the loop has not turned for 12s"},
		{"not begun", "/healthz", Stats{}, 503, "the loop has not begun"},
		{"ready", "/readyz", busy(), 200, "ok"},
		{"no rules", "/readyz", change(func(s *Stats) { s.Loaded = false }), 503, "the rules are not loaded"},
		{"a source is not open", "/readyz", change(func(s *Stats) { s.Sources[0].Open = false }), 503, "not open: /var/log/auth.log"},
	} {
		w := newServer(t, c.stats).ask("GET", c.path, "localhost")
		if w.Code != c.code || strings.TrimSpace(w.Body.String()) != c.says {
			t.Errorf("%s: %d %q, want %d %q", c.name, w.Code, w.Body, c.code, c.says)
		}
	}
}

func TestOnlyReading(t *testing.T) {
	s := newServer(t, busy())
	for _, path := range []string{"/", "/metrics", "/healthz", "/readyz", "/style.css"} {
		for method, want := range map[string]int{"GET": 200, "HEAD": 200, "POST": 405, "PUT": 405, "DELETE": 405, "OPTIONS": 405, "PATCH": 405} {
			w := s.ask(method, path, "127.0.0.1:9600")
			if w.Code != want {
				t.Errorf("%s %s: %d, want %d", method, path, w.Code, want)
			}
			if csp := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
				t.Errorf("%s %s: the policy is %q", method, path, csp)
			}
		}
	}
	if w := s.ask("GET", "/etc/passwd", "localhost"); w.Code != 404 {
		t.Errorf("another path: %d", w.Code)
	}
}

// A name that a stranger has pointed at the loopback finds nothing there.
func TestNamesOfStrangers(t *testing.T) {
	s := newServer(t, busy())
	for host, want := range map[string]int{
		"localhost": 200, "localhost:9600": 200, "127.0.0.1:9600": 200, "[::1]:9600": 200, "[::1]": 200, "::1": 200,
		"evil.example": 403, "evil.example:9600": 403, "127.0.0.1.evil.example": 403, "": 403, "localhost.": 403,
	} {
		if w := s.ask("GET", "/", host); w.Code != want {
			t.Errorf("%q: %d, want %d", host, w.Code, want)
		}
	}
	s.loopback = false // a server for others has names
	if w := s.ask("GET", "/", "logs.example.org"); w.Code != 200 {
		t.Errorf("not on the loopback: %d", w.Code)
	}
}

func TestPage(t *testing.T) {
	s := busy()
	s.Sources[0].Open = false
	page := newServer(t, s).ask("GET", "/", "localhost").Body.String()
	for _, want := range []string{
		"1.2.3, up 1d 2h0m0s", "<dd>1\u2009234\u2009567</dd>", "2026-11-24 11:58:30 UTC, 1m30s behind", "refused 1h0m0s ago",
		"loud&lt;script&gt;<td>12<td>20", "1 have not matched", "/var/log/auth.log (not open)", `/var/log/` + "\ufffd" + `\x0a`,
		"oncall<td>23<td>26<td>27<td>24<td>25", "net<td>31<td>32<td>33<td>37<td>38s<td>34<td>35<td>36<td>39s ago",
		"web<td>0<td>0<td>0<td>0<td>0s<td>0<td>0<td>0<td>never", "30 connections of strangers", "scanner<td>21<td>22", "29 snapshots could not be written", "5s ago, 28 bytes",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if found := regexp.MustCompile(`(?i)https?://|<script|style=|src=`).FindString(page); found != "" {
		t.Errorf("the page holds %q", found)
	}
	if t.Failed() {
		t.Log(page)
	}
	empty := newServer(t, Stats{}).ask("GET", "/", "localhost").Body.String()
	for _, want := range []string{"The rules are not loaded", "not set", "never"} {
		if !strings.Contains(empty, want) {
			t.Errorf("the empty page lacks %q:\n%s", want, empty)
		}
	}
}

func TestPageIsBounded(t *testing.T) {
	s := busy()
	for i := range 10_000 {
		name := fmt.Sprint("a rather long name ", i)
		s.Rules = append(s.Rules, logs.Count{Name: name, Matches: 1})
		s.Sources = append(s.Sources, Source{Name: name, Open: true})
		s.Stores = append(s.Stores, Store{Name: name, Keys: 1})
		s.Hub.Departments = append(s.Hub.Departments, Department{Name: name})
	}
	page := newServer(t, s).ask("GET", "/", "localhost").Body.String()
	if len(page) > 30_000 || !strings.Contains(page, "and 9\u2009952 more") {
		t.Errorf("%d bytes:\n%.2000s", len(page), page)
	}
}

func TestMetrics(t *testing.T) {
	body := newServer(t, busy()).ask("GET", "/metrics", "localhost").Body.String()
	for _, want := range []string{
		`logs_build_info{version="1.2.3 go1.`, "logs_lines_total 1.234567e+06\n", "logs_clock_lag_seconds 90\n",
		"logs_alerts_total 3\n", `logs_rule_matches_total{rule="loud<script>"} 12`, "logs_turn_timestamp_seconds 1.795521599e+09\n",
		`logs_source_lag_bytes{source="/var/log/auth.log"} 18`, `logs_source_open{source="/var/log/` + "\ufffd" + `\n"} 1`,
		`logs_store_items{store="scanner"} 22`, `logs_sink_dead_total{sink="oncall"} 25`, "logs_checkpoint_failures_total 29\n",
		`logs_hub_lag_seconds{department="net"} 38`, `logs_hub_refused_total{department="net"} 34`, `logs_hub_lying_bytes{department="net"} 37`,
		`logs_hub_events_total{department="web"} 0`, `logs_hub_seen_timestamp_seconds{department="net"} 1.795521561e+09`, "logs_hub_strangers_total 30\n",
		"# TYPE logs_lines_total counter\n", "# TYPE logs_timers gauge\n", "go_goroutines ", "process_open_fds ",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("missing: %q", want)
		}
	}
	if t.Failed() {
		t.Log(body)
	}
	if body := newServer(t, Stats{}).ask("GET", "/metrics", "localhost").Body.String(); strings.Contains(body, "timestamp") || !strings.Contains(body, "logs_lines_total 0\n") {
		t.Errorf("of an engine that has not begun:\n%s", body)
	}
}

func TestSeriesAreBounded(t *testing.T) {
	s := Stats{Rules: []logs.Count{{Name: "twice", Matches: 1}, {Name: "twice", Matches: 2}}}
	for i := range 5000 {
		s.Rules = append(s.Rules, logs.Count{Name: fmt.Sprintf("r%04d", i), Matches: uint64(i)})
	}
	body := newServer(t, s).ask("GET", "/metrics", "localhost").Body.String()
	if n := strings.Count(body, "\nlogs_rule_matches_total{"); n != MaxSeries+1 {
		t.Errorf("%d series", n)
	}
	// 3 and 0 to 3999 are the least ones.
	for _, want := range []string{`{rule="r4999"} 4999`, `{rule="r4000"} 4000`, fmt.Sprintf(`{rule="(others)"} %s`, "7.998003e+06")} {
		if !strings.Contains(body, want) {
			t.Errorf("missing: %s", want)
		}
	}
	s.Rules = s.Rules[:2]
	if body := newServer(t, s).ask("GET", "/metrics", "localhost").Body.String(); !strings.Contains(body, `logs_rule_matches_total{rule="twice"} 3`) {
		t.Errorf("two rules of one name:\n%s", body)
	}
}

// Of many departments those with few events are one: what they sent added up,
// the longest lag, and when the last of them was seen.
func TestDepartmentsAreBounded(t *testing.T) {
	var s Stats
	for i := range 3000 {
		s.Hub.Departments = append(s.Hub.Departments, Department{
			Name: fmt.Sprintf("d%04d", i), Events: int64(i), Lag: time.Duration(i) * time.Second, Seen: noon.Add(time.Duration(-i) * time.Second),
		})
	}
	body := newServer(t, s).ask("GET", "/metrics", "localhost").Body.String()
	for _, name := range []string{"events_total", "lag_seconds", "seen_timestamp_seconds"} {
		if n := strings.Count(body, "\nlogs_hub_"+name+"{"); n != MaxSeries {
			t.Errorf("%d series of %s", n, name)
		}
	}
	// 999 departments are told by name; 0 to 2000 are the others.
	for _, want := range []string{
		`logs_hub_events_total{department="d2999"} 2999`, `logs_hub_events_total{department="d2001"} 2001`, `logs_hub_events_total{department="(others)"} 2.001e+06`,
		`logs_hub_lag_seconds{department="(others)"} 2000`, fmt.Sprintf(`logs_hub_seen_timestamp_seconds{department="(others)"} %.9ge+09`, float64(noon.Unix())/1e9),
	} {
		if !strings.Contains(body, want) {
			t.Errorf("missing: %s", want)
		}
	}
}

// The table in docs/operations.md has a row for each metric, and no other.
func TestMetricsInOperations(t *testing.T) {
	src, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var real []string
	documented := regexp.MustCompile("(?m)^\\| `logs_.*\\|$").FindAllString(string(src), -1)
	for _, m := range metrics() {
		kind, name := "gauge", "`"+m.name+"`"
		if m.kind == prometheus.CounterValue {
			kind = "counter"
		}
		if m.label != "" {
			name = "`" + m.name + "{" + m.label + "}`"
		}
		real = append(real, fmt.Sprintf("| %s | %s | %s |", name, kind, strings.TrimSuffix(m.help, ".")))
	}
	for _, row := range real {
		if !slices.Contains(documented, row) {
			t.Errorf("docs/operations.md lacks\n%s", row)
		}
	}
	for _, row := range documented {
		if !slices.Contains(real, row) {
			t.Errorf("docs/operations.md has too much:\n%s", row)
		}
	}
}

func TestAddresses(t *testing.T) {
	for addr, want := range map[string]string{":0": "127.0.0.1", "127.0.0.1:0": "127.0.0.1", "0.0.0.0:0": "0.0.0.0", "[::1]:0": "::1"} {
		s, err := New(addr, busy)
		if err != nil {
			t.Errorf("%s: %v", addr, err)
			continue
		}
		if host, _, _ := net.SplitHostPort(s.Addr().String()); host != want && !(want == "0.0.0.0" && host == "::") {
			t.Errorf("%s listens at %s", addr, s.Addr())
		}
		if s.loopback == (want == "0.0.0.0") {
			t.Errorf("%s: loopback is %v", addr, s.loopback)
		}
		s.listener.Close()
	}
	for _, addr := range []string{"", "9600", "localhost", "127.0.0.1:99999", ":x:y"} {
		if s, err := New(addr, busy); err == nil {
			t.Errorf("%q listens at %s", addr, s.Addr())
		}
	}
	taken := newServer(t, busy())
	if _, err := New(taken.Addr().String(), busy); err == nil {
		t.Error("an address can be taken twice")
	}
}

func TestRunServesUntilTheEnd(t *testing.T) {
	s := newServer(t, busy())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	client := &http.Client{Transport: &http.Transport{}}
	resp, err := client.Get("http://" + s.Addr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(resp.Body); string(body) != "ok\n" {
		t.Errorf("%q, %v", body, err)
	}
	resp.Body.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	client.CloseIdleConnections()
}

// As many connections as may be open, all silent, do not keep the server from
// its end.
func TestRunEndsUnderSilentConnections(t *testing.T) {
	s := newServer(t, busy())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for i := range maxConnections + 1 {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i < maxConnections {
			fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
			c.Read(make([]byte, 1)) // it was accepted
			fmt.Fprint(c, "GET / HTTP/1.1\r\n")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
