package sink

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
)

// maxResponse is how many bytes of an answer are read.
const maxResponse = 64 << 10

// pagerDutyEvents is where events go that name no other place.
const pagerDutyEvents = "https://events.pagerduty.com/v2/enqueue"

// WebhookOptions say where a Webhook posts, and in which form.
type WebhookOptions struct {
	URL     string            // where to; empty: to the Target of each effect
	As      string            // json, slack, teams, pagerduty or alertmanager; empty means json
	Secret  string            // the routing key of PagerDuty; else the key that signs the body
	Headers map[string]string // sent with each request
	TLS     *tls.Config       // nil trusts what the machine trusts
}

// A Webhook posts effects as JSON over HTTP. Each request bears the effect's ID
// as Idempotency-Key, and so do the events of PagerDuty, the annotations of
// Alertmanager and the text of the others, so that a receiver can tell doubles.
// With a Secret a body of another service than PagerDuty is signed:
//
//	X-LoGS-Signature: sha256=<HMAC of the body, in hexadecimal>
//
// The answers 408, 425, 429 and above 499, and none at all, are worth another
// try; all others but success are permanent. Redirects are not followed. Proxies
// are those of the environment. No message holds more of a URL than scheme and
// host, since the rest is often a password, nor what the server has answered,
// for it may repeat the URL.
type Webhook struct {
	o    WebhookOptions
	url  *url.URL // nil: each effect has its own
	host string   // the name of this machine
	body func(w *Webhook, e *logs.Effect) ([]byte, error)
	// No http.Client: it follows redirects, which may lead to others or turn a
	// post into a get, and its errors hold URLs.
	transport *http.Transport
}

// NewWebhook returns a Webhook, or an error if an option is not usable.
func NewWebhook(o WebhookOptions) (*Webhook, error) {
	body, known := payloads[o.As]
	if !known {
		return nil, fmt.Errorf("no webhook is known as %s: try json, slack, teams, pagerduty or alertmanager", quote(o.As))
	}
	w := &Webhook{o: o, body: body, transport: newTransport(o.TLS)}
	if host, err := os.Hostname(); err == nil {
		w.host = host
	}
	if o.As == "pagerduty" && o.URL == "" {
		o.URL = pagerDutyEvents
	}
	if o.URL != "" {
		var err error
		if w.url, err = parseHook(o.URL); err != nil {
			return nil, err
		}
		if o.As == "alertmanager" && strings.Trim(w.url.Path, "/") == "" {
			w.url = w.url.JoinPath("/api/v2/alerts")
		}
	}
	for name, value := range o.Headers {
		if name == "" || strings.ContainsAny(name, " :") || removeControls(name+value) != name+value {
			return nil, fmt.Errorf("%s cannot be a header of HTTP", quote(name))
		}
	}
	return w, nil
}

func newTransport(trust *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: trust, ForceAttemptHTTP2: true,
		MaxIdleConns: 8, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: maxResponse,
	}
}

// parseHook reads a URL. The error does not hold it.
func parseHook(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the URL of a webhook must be like https://host/path")
	}
	return u, nil
}

// Deliver posts the effect.
func (w *Webhook) Deliver(ctx context.Context, e *logs.Effect) error {
	to := w.url
	if to == nil {
		var err error
		if to, err = parseHook(e.Target); err != nil {
			return Permanent(err)
		}
	}
	body, err := w.body(w, e)
	if err != nil {
		return Permanent(fmt.Errorf("the effect cannot be posted: %w", err))
	}
	if err := w.post(ctx, to, e, body); err != nil {
		return fmt.Errorf("post to %s://%s/...: %w", to.Scheme, to.Host, err)
	}
	return nil
}

func (w *Webhook) post(ctx context.Context, to *url.URL, e *logs.Effect, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return Permanent(errors.New("the URL cannot be used"))
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "LoGS")
	request.Header.Set("Idempotency-Key", e.ID.String())
	if w.o.Secret != "" && w.o.As != "pagerduty" {
		request.Header.Set("X-LoGS-Signature", "sha256="+sign(w.o.Secret, body))
	}
	for name, value := range w.o.Headers {
		request.Header.Set(name, value)
	}
	if user := to.User; user != nil && request.Header.Get("Authorization") == "" {
		password, _ := user.Password()
		request.SetBasicAuth(user.Username(), password)
	}
	response, err := w.transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	io.CopyN(io.Discard, response.Body, maxResponse) // so that the connection can be used again
	return verdict(response)
}

func sign(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// verdict says what an answer means.
func verdict(r *http.Response) error {
	err := fmt.Errorf("the server says %d %s", r.StatusCode, http.StatusText(r.StatusCode))
	switch code := r.StatusCode; {
	case code/100 == 2:
		return nil
	case code/100 == 3:
		return Permanent(fmt.Errorf("%w: it names another place, and redirects are not followed; name that place itself", err))
	case code >= 500 || slices.Contains([]int{408, 425, 429}, code):
		return RetryAfter(err, retryAfter(r.Header.Get("Retry-After")))
	}
	return Permanent(err)
}

// retryAfter reads the header of that name: seconds, or a date. What it cannot
// read is 0.
func retryAfter(s string) time.Duration {
	if seconds, err := strconv.ParseInt(s, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil {
		return time.Until(at)
	}
	return 0
}

// Close closes the connections that are kept for later.
func (w *Webhook) Close() { w.transport.CloseIdleConnections() }
