package lsp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A frame is some header lines, an empty line, and as many bytes of JSON as
// the header says:
//
//	Content-Length: 52\r\n
//	\r\n
//	{"jsonrpc":"2.0","id":1,"method":"shutdown"}

// Bounds of a frame.
const (
	maxBody    = 64 << 20 // bytes of JSON
	maxHeaders = 32
	maxHeader  = 4 << 10 // bytes of one header line
)

// A message is one request, notification or answer.
type message struct {
	Version string           `json:"jsonrpc"`
	ID      *json.RawMessage `json:"id,omitempty"` // nil in a notification
	Method  string           `json:"method,omitempty"`
	Params  json.RawMessage  `json:"params,omitempty"`
	Result  json.RawMessage  `json:"result,omitempty"`
	Error   *rpcError        `json:"error,omitempty"`
}

// An rpcError is what an answer holds in the place of a result.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *rpcError) Error() string { return e.Message }

// The codes of the protocol.
const (
	codeParse          = -32700
	codeInvalidRequest = -32600
	codeUnknownMethod  = -32601
	codeInvalidParams  = -32602
	codeInternal       = -32603
	codeNotInitialized = -32002
	codeRequestFailed  = -32803
)

// A wire reads and writes frames.
type wire struct {
	in  *bufio.Reader
	out io.Writer
}

func newWire(in io.Reader, out io.Writer) *wire {
	return &wire{bufio.NewReaderSize(in, maxHeader), out}
}

// errBody is for a frame that was read but holds no message.
var errBody = errors.New("this is no JSON-RPC message")

// read returns the next message. After errBody the next one can be read, after
// any other error none. At the end of the stream it returns io.EOF.
func (w *wire) read() (*message, error) {
	length, err := w.header()
	if err != nil {
		return nil, err
	}
	body := &bytes.Buffer{} // grows as the bytes come, whatever the header promises
	if n, err := io.CopyN(body, w.in, int64(length)); err != nil {
		return nil, fmt.Errorf("the message ends after %d of %d bytes: %w", n, length, err)
	}
	m := &message{}
	if err := json.Unmarshal(body.Bytes(), m); err != nil {
		return nil, errBody
	}
	return m, nil
}

// header returns the length of the message that follows.
func (w *wire) header() (int, error) {
	length := -1
	for range maxHeaders {
		line, err := w.in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0 && length < 0:
			return 0, io.EOF
		case err != nil:
			return 0, fmt.Errorf("the header of a message: %w", err)
		}
		name, value, _ := strings.Cut(strings.TrimSpace(string(line)), ":")
		switch {
		case name == "" && length >= 0:
			return length, nil
		case strings.EqualFold(name, "Content-Length"):
			length, err = strconv.Atoi(strings.TrimSpace(value))
			if err != nil || length < 0 || length > maxBody {
				return 0, fmt.Errorf("the header of a message: Content-Length is %q, and must be at most %d", value, maxBody)
			}
		}
	}
	return 0, errors.New("the header of a message has no Content-Length")
}

// waits tells whether more has come than has been read.
func (w *wire) waits() bool { return w.in.Buffered() > 0 }

// write sends a message.
func (w *wire) write(m message) error {
	m.Version = "2.0"
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = w.out.Write(append(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n", len(body)), body...))
	return err
}
