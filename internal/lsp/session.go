package lsp

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/rdl"
)

// A Server serves one editor.
type Server struct {
	Loader *rdl.Loader                           // all of its functions are needed
	Open   func(name string) (run.Opened, error) // opens the logs that tests name
}

// errUnfinished says that the stream ended before the editor said exit, or
// that it said so before shutdown.
var errUnfinished = errors.New("the editor went away without shutting the server down")

// Serve answers messages until the editor says exit. The error says that it
// went away without, or that the stream cannot be read.
func (srv *Server) Serve(in io.Reader, out io.Writer) error {
	s := newSession(srv, in, out)
	for !s.ended {
		m, err := s.wire.read()
		switch {
		case errors.Is(err, io.EOF):
			return errUnfinished
		case errors.Is(err, errBody):
			err = s.wire.write(message{ID: &null, Error: &rpcError{codeParse, err.Error()}})
		case err == nil:
			err = s.take(m)
		}
		if err == nil && s.stale && !s.wire.waits() {
			err = s.refresh()
		}
		if err != nil {
			return err
		}
	}
	if !s.shut {
		return errUnfinished
	}
	return nil
}

// refresh tells the editor what is wrong now. The error is that of the stream.
func (s *session) refresh() error {
	err := s.guarded(s.diagnose)
	if bug := (*rpcError)(nil); errors.As(err, &bug) {
		return nil // it was told
	}
	return err
}

var null = json.RawMessage("null")

// A session is the conversation with one editor.
type session struct {
	files
	server *Server
	wire   *wire

	ready    bool // initialize has come
	shut     bool // shutdown has
	ended    bool // exit has
	snippets bool // the editor knows snippets
	settings settings
	folder   string // that is open in the editor; "" if none is

	programs map[string]*program     // as of the last change, by their roots
	roots    map[string][]string     // of documents
	stale    bool                    // mistakes are to be looked for
	told     map[string]bool         // by URI, whether mistakes were told
	results  map[string][]diagnostic // of tests, by name of the document
}

func newSession(srv *Server, in io.Reader, out io.Writer) *session {
	s := &session{
		server: srv, wire: newWire(in, out),
		files: files{loader: srv.Loader, open: map[string]*document{}},
		told:  map[string]bool{}, results: map[string][]diagnostic{},
	}
	s.forget()
	return s
}

// forget drops what was read before something changed.
func (s *session) forget() {
	s.programs = map[string]*program{}
	s.roots = map[string][]string{}
	s.stale = s.ready
}

// take handles a message and answers it if it is a request. The error is that
// of the stream.
func (s *session) take(m *message) error {
	if m.Method == "" { // an answer, and nothing was asked
		return nil
	}
	var result any
	var failed error
	if err := s.guarded(func() error {
		result, failed = s.handle(m)
		return nil
	}); err != nil {
		failed = err
	}
	if m.ID == nil {
		return nil
	}
	if failed != nil {
		e := &rpcError{codeRequestFailed, failed.Error()}
		errors.As(failed, &e)
		return s.wire.write(message{ID: m.ID, Error: e})
	}
	body, err := json.Marshal(result)
	if err != nil {
		return err
	}
	return s.wire.write(message{ID: m.ID, Result: body})
}

// guarded runs f. Should it panic, that is told as an error: an editor must
// not lose its server, and what is open in it, to one document.
func (s *session) guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = s.notify("window/logMessage", showMessageParams{1, fmt.Sprintf("logs lsp: this is a bug: %v", r)})
			if err == nil {
				err = &rpcError{codeInternal, fmt.Sprintf("this is a bug: %v", r)}
			}
		}
	}()
	return f()
}

// notify tells the editor something.
func (s *session) notify(method string, params any) error {
	body, err := json.Marshal(params)
	if err != nil {
		return err
	}
	return s.wire.write(message{Method: method, Params: body})
}

// handlers answer requests and take notifications, by method.
var handlers = map[string]func(*session, json.RawMessage) (any, error){
	"textDocument/didOpen":             with((*session).didOpen),
	"textDocument/didChange":           with((*session).didChange),
	"textDocument/didClose":            with((*session).didClose),
	"textDocument/didSave":             with((*session).didSave),
	"workspace/didChangeWatchedFiles":  with((*session).changed),
	"workspace/didChangeConfiguration": with((*session).configure),
	"textDocument/hover":               with((*session).hover),
	"textDocument/completion":          with((*session).complete),
	"textDocument/definition":          with((*session).definition),
	"textDocument/references":          with((*session).references),
	"textDocument/documentHighlight":   with((*session).highlight),
	"textDocument/prepareRename":       with((*session).prepareRename),
	"textDocument/rename":              with((*session).rename),
	"textDocument/documentSymbol":      with((*session).outline),
	"textDocument/formatting":          with((*session).format),
	"textDocument/codeAction":          with((*session).actions),
	"textDocument/codeLens":            with((*session).lenses),
	"workspace/executeCommand":         with((*session).execute),
}

// with makes a handler of a function that takes parameters of its own kind.
func with[P any](f func(*session, P) (any, error)) func(*session, json.RawMessage) (any, error) {
	return func(s *session, raw json.RawMessage) (any, error) {
		var params P
		if len(raw) > 0 {
			if err := json.Unmarshal(raw, &params); err != nil {
				return nil, &rpcError{codeInvalidParams, fmt.Sprintf("the parameters cannot be read: %v", err)}
			}
		}
		return f(s, params)
	}
}

// handle does what a message asks for.
func (s *session) handle(m *message) (any, error) {
	switch m.Method {
	case "exit":
		s.ended = true
		return nil, nil
	case "initialize":
		return with((*session).initialize)(s, m.Params)
	case "initialized":
		return nil, nil
	case "shutdown":
		s.shut = true
		return nil, nil
	}
	handler := handlers[m.Method]
	switch {
	case !s.ready:
		return nil, &rpcError{codeNotInitialized, "initialize comes first"}
	case s.shut:
		return nil, &rpcError{codeInvalidRequest, "the server is shut down"}
	case handler == nil:
		return nil, &rpcError{codeUnknownMethod, m.Method + " is not known here"}
	}
	return handler(s, m.Params)
}

// initialize learns what the editor can do, and says what the server can.
func (s *session) initialize(p initializeParams) (any, error) {
	s.ready = true
	s.settings = p.Options
	s.snippets = p.Capabilities.TextDocument.Completion.CompletionItem.SnippetSupport
	root := p.RootURI
	if root == "" && len(p.WorkspaceFolders) > 0 {
		root = p.WorkspaceFolders[0].URI
	}
	if root != "" {
		s.folder = nameOf(root)
	}
	type m = map[string]any
	return m{
		"serverInfo": m{"name": "logs"},
		"capabilities": m{
			"positionEncoding":           "utf-16",
			"textDocumentSync":           m{"openClose": true, "change": 2, "save": true},
			"hoverProvider":              true,
			"completionProvider":         m{"triggerCharacters": []string{".", "{"}},
			"definitionProvider":         true,
			"referencesProvider":         true,
			"documentHighlightProvider":  true,
			"renameProvider":             m{"prepareProvider": true},
			"documentSymbolProvider":     true,
			"documentFormattingProvider": true,
			"codeActionProvider":         m{"codeActionKinds": []string{"quickfix"}},
			"codeLensProvider":           m{"resolveProvider": false},
			"executeCommandProvider":     m{"commands": []string{commandTest}},
		},
	}, nil
}

// configure takes new settings, as they are or under the name of the program.
func (s *session) configure(p struct {
	Settings struct {
		settings
		Logs *settings `json:"logs"`
	} `json:"settings"`
}) (any, error) {
	s.settings = p.Settings.settings
	if p.Settings.Logs != nil {
		s.settings = *p.Settings.Logs
	}
	s.forget()
	return nil, nil
}

// changed hears that files on the disk are no longer what they were.
func (s *session) changed(struct{}) (any, error) {
	s.forget()
	return nil, nil
}

func (s *session) didSave(struct{}) (any, error) { return s.changed(struct{}{}) }

func (s *session) didOpen(p didOpenParams) (any, error) {
	switch {
	case len(s.open) >= maxDocuments:
		return nil, s.say("too many documents are open: close some")
	case len(p.TextDocument.Text) > maxText:
		return nil, s.say("the document is too long: more than 8 MiB")
	}
	name := nameOf(p.TextDocument.URI)
	s.open[name] = &document{p.TextDocument.URI, name, newText(p.TextDocument.Text)}
	s.forget()
	return nil, nil
}

func (s *session) didChange(p didChangeParams) (any, error) {
	d, err := s.document(p.TextDocument)
	if err != nil {
		return nil, err
	}
	for _, c := range p.ContentChanges {
		src := d.text.edited(c)
		if len(src) > maxText {
			delete(s.open, d.name)
			return nil, s.say("the document is too long: more than 8 MiB; it is treated as closed")
		}
		d.text = newText(src)
	}
	delete(s.results, d.name)
	roots := s.roots
	s.forget()
	s.roots = roots // includes count when they are saved
	return nil, nil
}

func (s *session) didClose(p documentParams) (any, error) {
	name := nameOf(p.TextDocument.URI)
	delete(s.open, name)
	delete(s.results, name)
	s.forget()
	return nil, nil
}

// document returns an open document.
func (s *session) document(t textDocument) (*document, error) {
	d := s.open[nameOf(t.URI)]
	if d == nil {
		return nil, &rpcError{codeInvalidParams, t.URI + " is not open"}
	}
	return d, nil
}

// say shows the user a message.
func (s *session) say(text string) error {
	return s.notify("window/showMessage", showMessageParams{1, "logs: " + text})
}

// A view is a document with the program that it belongs to.
type view struct {
	*program
	*document
	file *rdl.File // as that program read it
}

// view returns a document and its program.
func (s *session) view(t textDocument) (*view, error) {
	d, err := s.document(t)
	if err != nil {
		return nil, err
	}
	p := s.load(s.rootsOf(d.name))
	f := p.file(d.name)
	if f == nil { // the program could not be read as far as to it
		p = s.load([]string{d.name})
		f = p.file(d.name)
	}
	return &view{p, d, f}, nil
}
