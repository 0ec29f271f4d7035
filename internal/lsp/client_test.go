package lsp

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/script"
	"github.com/logs-rdl/logs/rdl"
)

// A client is an editor: it speaks the protocol with a server through pipes.
type client struct {
	t       *testing.T
	wire    *wire
	close   func()
	nextID  int
	come    chan *message // answers and notifications, in order
	waiting []*message    // that have come and nobody has asked for
	ended   chan error    // what Serve returned
}

// disk is what the server finds on the disk: sources by name.
type disk map[string]string

func (d disk) loader() *rdl.Loader {
	return &rdl.Loader{
		Read: func(name string) ([]byte, error) {
			src, ok := d[name]
			if path.Base(name) == "panic.star" {
				panic("no such thing")
			}
			if !ok {
				return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
			}
			return []byte(src), nil
		},
		Glob: func(pattern string) ([]string, error) {
			names := slices.DeleteFunc(slices.Sorted(maps.Keys(d)), func(name string) bool {
				ok, _ := path.Match(pattern, name)
				return !ok
			})
			return names, nil
		},
		Use: func(name string, src []byte) (rdl.Functions, error) {
			m, err := script.Load(name, src)
			if err != nil {
				return nil, err
			}
			return m, nil
		},
		Outside: rdl.Outside{
			Lookup:   func(string) (logs.Value, error) { return logs.List(nil), nil },
			Env:      func(string) string { return "" },
			Hostname: func() string { return "h" },
		},
	}
}

// open opens a log on the disk.
func (d disk) open(name string) (run.Opened, error) {
	src, ok := d[name]
	if !ok {
		return run.Opened{}, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return run.Opened{Reader: &logReader{lines: strings.Split(src, "\n")}}, nil
}

// logReader delivers the lines of a log, all at once.
type logReader struct {
	lines []string
	done  bool
}

func (r *logReader) Next() (run.Block, error) {
	if r.done {
		return nil, io.EOF
	}
	r.done = true
	return r, nil
}

func (r *logReader) Close() error { return nil }
func (r *logReader) Release()     {}

func (r *logReader) Lines() iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		for i, line := range r.lines {
			if !yield(line, int64(i)) {
				return
			}
		}
	}
}

// connect starts a server and a client for it.
func connect(t *testing.T, d disk) *client {
	t.Helper()
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	c := &client{t: t, wire: newWire(fromServer, toServer), come: make(chan *message, 1000), ended: make(chan error, 1)}
	c.close = func() { toServer.Close() }
	go func() {
		server := &Server{Loader: d.loader(), Open: d.open}
		err := server.Serve(in, out)
		in.CloseWithError(io.ErrClosedPipe)
		out.Close()
		c.ended <- err
	}()
	go func() {
		defer close(c.come)
		for {
			m, err := c.wire.read()
			if err != nil {
				return
			}
			c.come <- m
		}
	}()
	t.Cleanup(c.close)
	return c
}

// start is connect with the greetings said.
func start(t *testing.T, d disk, options ...string) *client {
	t.Helper()
	c := connect(t, d)
	params := map[string]any{"rootUri": "file:///w", "initializationOptions": map[string]any{"rules": options}}
	if _, err := c.call("initialize", params); err != nil {
		t.Fatal(err)
	}
	c.notify("initialized", map[string]any{})
	return c
}

func raw(v any) json.RawMessage {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return body
}

func (c *client) notify(method string, params any) {
	c.t.Helper()
	if err := c.wire.write(message{Method: method, Params: raw(params)}); err != nil {
		c.t.Fatal(err)
	}
}

// call asks and waits for the answer.
func (c *client) call(method string, params any) (json.RawMessage, *rpcError) {
	c.t.Helper()
	c.nextID++
	id := raw(c.nextID)
	if err := c.wire.write(message{ID: &id, Method: method, Params: raw(params)}); err != nil {
		c.t.Fatal(err)
	}
	m := c.await(func(m *message) bool { return m.ID != nil && string(*m.ID) == string(id) })
	return m.Result, m.Error
}

// ask is call for what must not fail, decoded.
func ask[T any](c *client, method string, params any) T {
	c.t.Helper()
	body, err := c.call(method, params)
	if err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	var result T
	if err := json.Unmarshal(body, &result); err != nil {
		c.t.Fatalf("%s: %v in %s", method, err, body)
	}
	return result
}

// await returns the first message that is wanted, and keeps the others.
func (c *client) await(wanted func(*message) bool) *message {
	c.t.Helper()
	if i := slices.IndexFunc(c.waiting, wanted); i >= 0 {
		m := c.waiting[i]
		c.waiting = slices.Delete(c.waiting, i, i+1)
		return m
	}
	for m := range c.come {
		if wanted(m) {
			return m
		}
		c.waiting = append(c.waiting, m)
	}
	c.t.Fatal("the server has gone")
	return nil
}

// problems waits for what is wrong with a document, as lines of text:
//
//	2:3-2:7 error: nothing is called user here
func (c *client) problems(uri string) []string {
	c.t.Helper()
	var p publishParams
	c.await(func(m *message) bool {
		return m.Method == "textDocument/publishDiagnostics" && json.Unmarshal(m.Params, &p) == nil && p.URI == uri
	})
	var lines []string
	for _, d := range p.Diagnostics {
		severity := []string{"", "error", "warning", "information", "hint"}[d.Severity]
		first, _, _ := strings.Cut(d.Message, "\n")
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s: %s", shown(d.Range), severity, first)))
	}
	return lines
}

// settle forgets what was told about documents as they were.
func (c *client) settle() {
	c.t.Helper()
	c.call("no/such", nil) // what was told before has come when this is answered
	c.waiting = slices.DeleteFunc(c.waiting, func(m *message) bool { return m.Method == "textDocument/publishDiagnostics" })
}

func shown(r textRange) string {
	return fmt.Sprintf("%d:%d-%d:%d", r.Start.Line, r.Start.Character, r.End.Line, r.End.Character)
}

// show opens a document and returns what is wrong with it. A ‸ in the text is
// the cursor and no part of it.
func (c *client) show(uri, src string) (at, []string) {
	c.t.Helper()
	before, after, _ := strings.Cut(src, "‸")
	c.settle()
	doc := map[string]any{"uri": uri, "languageId": "rdl", "version": 1, "text": before + after}
	c.notify("textDocument/didOpen", map[string]any{"textDocument": doc})
	return at{textDocument{uri}, newText(before).position(len(before))}, c.problems(uri)
}

// change makes an edit and returns what is wrong now.
func (c *client) change(uri string, changes ...change) []string {
	c.t.Helper()
	c.settle()
	c.notify("textDocument/didChange", didChangeParams{textDocument{uri}, changes})
	return c.problems(uri)
}

func rangeAt(startLine, start, endLine, end int) *textRange {
	return &textRange{position{startLine, start}, position{endLine, end}}
}
