package sink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
)

// A posted is what a server got.
type posted struct {
	method, path, body string
	header             http.Header
}

// hookServer is a server that notes what it gets and then answers.
func hookServer(t *testing.T, answer http.HandlerFunc) (*httptest.Server, *[]posted) {
	t.Helper()
	var got []posted
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, posted{r.Method, r.URL.Path, string(body), r.Header})
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server, &got
}

func newHook(t *testing.T, o WebhookOptions) *Webhook {
	t.Helper()
	w, err := NewWebhook(o)
	check(t, err)
	t.Cleanup(w.Close)
	return w
}

func TestWebhook(t *testing.T) {
	server, got := hookServer(t, nil)
	w := newHook(t, WebhookOptions{URL: server.URL + "/hook", Secret: "key", Headers: map[string]string{"Authorization": "Bearer x"}})
	check(t, w.Deliver(t.Context(), breakIn()))
	p := (*got)[0]
	same(t, "request", p.method+" "+p.path+" "+p.header.Get("Content-Type"), "POST /hook application/json")
	same(t, "body", p.body, strings.TrimSuffix(alert(true, breakIn()), "\n"))
	same(t, "key", p.header.Get("Idempotency-Key"), "00000000000000ff")
	same(t, "header", p.header.Get("Authorization"), "Bearer x")
	same(t, "signature", p.header.Get("X-Logs-Signature"), "sha256="+sign("key", []byte(p.body)))
	same(t, "the HMAC of RFC 4231", sign("Jefe", []byte("what do ya want for nothing?")), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
}

func TestPost(t *testing.T) {
	server, got := hookServer(t, nil)
	w := newHook(t, WebhookOptions{})
	for want, e := range map[string]*logs.Effect{
		`{"a":1,"b":"\n"}`: {Fields: []logs.Field{field("a", logs.Int(1)), field("b", logs.Text("\n"))}},
		`{"x": [1]}`:       {Text: ` {"x": [1]} `},
		`[1]`:              {Text: "[1]"},
		`{"time":"0001-01-01T00:00:00Z","severity":"","rule":"","text":"1","fields":{},"id":"0000000000000000","lines":[]}`:          {Text: "1"},
		`{"time":"0001-01-01T00:00:00Z","severity":"","rule":"","text":"{\"torn","fields":{},"id":"0000000000000000","lines":["l"]}`: {Text: `{"torn`, Lines: []string{"l"}},
	} {
		e.Kind, e.Target = logs.EffectPost, server.URL
		*got = nil
		check(t, w.Deliver(t.Context(), e))
		same(t, "body", (*got)[0].body, want)
	}
}

// outcome says what an error asks for.
func outcome(err error) string {
	switch p := (postponed{}); {
	case err == nil:
		return "delivered"
	case errors.As(err, &permanent{}):
		return "permanent"
	case errors.As(err, &p) && p.wait > 0:
		return "retry after " + p.wait.Round(time.Second).String()
	}
	return "retry"
}

func TestAnswers(t *testing.T) {
	soon := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	for _, c := range []struct {
		code        int
		after, want string
	}{
		{200, "", "delivered"}, {202, "", "delivered"}, {204, "", "delivered"},
		{400, "", "permanent"}, {401, "5", "permanent"}, {404, "", "permanent"}, {410, "", "permanent"},
		{408, "", "retry"}, {425, "", "retry"}, {429, "", "retry"}, {429, "120", "retry after 2m0s"},
		{429, "-1", "retry"}, {429, "soon", "retry"}, {429, "99999999999999999999", "retry"}, {429, "Mon, 01 Jan 2001 00:00:00 GMT", "retry"},
		{500, "", "retry"}, {503, soon, "retry after 1h0m0s"}, {503, "1", "retry after 1s"},
		{304, "", "permanent"},
	} {
		server, _ := hookServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", c.after)
			w.WriteHeader(c.code)
		})
		got := outcome(newHook(t, WebhookOptions{URL: server.URL}).Deliver(t.Context(), breakIn()))
		if got != c.want && !(c.after == soon && got == "retry after 59m59s") {
			t.Errorf("%d with Retry-After %q: %s, want %s", c.code, c.after, got, c.want)
		}
	}
}

// TestRedirects: nobody gets what was not meant for him, and no redirect turns
// the post into something else.
func TestRedirects(t *testing.T) {
	other, strayed := hookServer(t, nil)
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{"/moved", other.URL, "file:///etc/passwd", "/%zz"} {
			server, got := hookServer(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, code) })
			err := newHook(t, WebhookOptions{URL: server.URL}).Deliver(t.Context(), breakIn())
			if outcome(err) != "permanent" || !strings.Contains(err.Error(), "redirects are not followed") || len(*got) != 1 {
				t.Errorf("%d to %s: %v", code, to, err)
			}
		}
	}
	same(t, "strayed", len(*strayed), 0)
}

func TestUserOfAURL(t *testing.T) {
	server, got := hookServer(t, nil)
	at := strings.Replace(server.URL, "http://", "http://me:secret@", 1)
	check(t, newHook(t, WebhookOptions{URL: at}).Deliver(t.Context(), breakIn()))
	check(t, newHook(t, WebhookOptions{URL: at, Headers: map[string]string{"Authorization": "Bearer x"}}).Deliver(t.Context(), breakIn()))
	same(t, "header", (*got)[0].header.Get("Authorization"), "Basic bWU6c2VjcmV0")
	same(t, "header", (*got)[1].header.Get("Authorization"), "Bearer x")
}

// TestNoAnswer: a server that is not there, hangs, or breaks off, is worth
// another try.
func TestNoAnswer(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	breaks, _ := hookServer(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	stop := make(chan struct{})
	hangs, _ := hookServer(t, func(http.ResponseWriter, *http.Request) { <-stop })
	defer close(stop)
	for _, where := range []string{gone.URL, breaks.URL, hangs.URL} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		same(t, where, outcome(newHook(t, WebhookOptions{URL: where}).Deliver(ctx, breakIn())), "retry")
		cancel()
	}
}

// TestLongAnswer: an answer that does not end is not read to its end.
func TestLongAnswer(t *testing.T) {
	server, _ := hookServer(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1024)); err != nil {
				return
			}
		}
	})
	check(t, newHook(t, WebhookOptions{URL: server.URL}).Deliver(t.Context(), breakIn()))
}

func TestTrust(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	same(t, "trusted", outcome(newHook(t, WebhookOptions{URL: server.URL, TLS: &tls.Config{RootCAs: pool}}).Deliver(t.Context(), breakIn())), "delivered")
	err := newHook(t, WebhookOptions{URL: server.URL}).Deliver(t.Context(), breakIn())
	if outcome(err) != "retry" || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("not trusted: %v", err)
	}
}

// TestURLsAreSecret: no error holds more of a URL than its scheme and host,
// though a server sends it back.
func TestURLsAreSecret(t *testing.T) {
	const token = "T0K3N"
	server, _ := hookServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/redirect/T0K3N" {
			http.Redirect(w, r, "/%zz/T0K3N", http.StatusTemporaryRedirect)
			return
		}
		http.Error(w, "no such hook: "+r.URL.String(), 404)
	})
	host := strings.TrimPrefix(server.URL, "http://")
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, where := range []string{
		server.URL + "/hook/" + token, server.URL + "/redirect/" + token, server.URL + "/?key=" + token,
		"http://user:" + token + "@" + host, gone.URL + "/" + token, "http://no.such.host.invalid/" + token,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		err := newHook(t, WebhookOptions{URL: where}).Deliver(ctx, breakIn())
		cancel()
		u, _ := url.Parse(where)
		if err == nil || strings.Contains(err.Error(), token) || !strings.Contains(err.Error(), "post to http://"+u.Host+"/...: ") {
			t.Errorf("%s: %v", where, err)
		}
	}
	for _, where := range []string{"T0K3N", "ftp://host/T0K3N", "http://host:T0K3N/", "http://host/%T0K3N", "http:///T0K3N", "http://a\x00/T0K3N"} {
		_, err := NewWebhook(WebhookOptions{URL: where})
		if err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("%s: %v", where, err)
		}
		w := newHook(t, WebhookOptions{})
		err = w.Deliver(t.Context(), &logs.Effect{Kind: logs.EffectPost, Target: where})
		if outcome(err) != "permanent" || strings.Contains(err.Error(), token) {
			t.Errorf("%s: %v", where, err)
		}
	}
}

func TestWebhookOptions(t *testing.T) {
	for want, o := range map[string]WebhookOptions{
		`no webhook is known as "slak"`:  {As: "slak"},
		`"a b" cannot be a header`:       {Headers: map[string]string{"a b": ""}},
		`"" cannot be a header`:          {Headers: map[string]string{"": ""}},
		`"x" cannot be a header`:         {Headers: map[string]string{"x": "a\r\nb"}},
		`must be like https://host/path`: {URL: "host/path"},
	} {
		if _, err := NewWebhook(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
