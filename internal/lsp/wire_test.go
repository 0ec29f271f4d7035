package lsp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func frame(body string) string {
	return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}

func TestRead(t *testing.T) {
	good := frame(`{"jsonrpc":"2.0","method":"m"}`)
	cases := []struct {
		name, in, want string // the methods, then the error
	}{
		{"two messages", good + good, "m m EOF"},
		{"nothing", "", "EOF"},
		{"other headers", "Content-Type: x\r\ncontent-length:2\r\n\r\n{}", " EOF"},
		{"ends of line as of Unix", "Content-Length: 2\n\n{}", " EOF"},
		{"no JSON, and on", frame("{") + frame("[1]") + good, "errBody errBody m EOF"},
		{"an end in the header", "Content-Len", "the header of a message: EOF"},
		{"an end in the body", "Content-Length: 9\r\n\r\n{}", "the message ends after 2 of 9 bytes: EOF"},
		{"no length", "A: b\r\n\r\n{}", "the header of a message: EOF"},
		{"a length below nothing", "Content-Length: -1\r\n\r\n", "Content-Length is"},
		{"a length beyond all bounds", "Content-Length: 99999999999\r\n\r\n", "Content-Length is"},
		{"headers without end", strings.Repeat("A: b\r\n", 100), "no Content-Length"},
		{"a header without end", strings.Repeat("A", 100_000), "buffer full"},
	}
	for _, c := range cases {
		w := newWire(strings.NewReader(c.in), io.Discard)
		var got []string
		for {
			m, err := w.read()
			if errors.Is(err, errBody) {
				got = append(got, "errBody")
				continue
			}
			if err != nil {
				got = append(got, err.Error())
				break
			}
			got = append(got, m.Method)
		}
		if s := strings.Join(got, " "); !strings.Contains(s, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, s, c.want)
		}
	}
}

// A stream of whatever bytes ends in an error and in nothing else.
func FuzzServe(f *testing.F) {
	initialize := frame(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`)
	f.Add(initialize + frame(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a.rdl","text":"rule {"}}}`))
	f.Add(initialize + frame(`{"id":2,"method":"textDocument/hover","params":{"textDocument":{"uri":"x"},"position":{"line":-1,"character":1e9}}}`))
	f.Add(initialize + frame(`{"id":{"a":1},"method":"shutdown"}`) + frame(`{"method":"exit"}`))
	f.Add("Content-Length: 1\r\n\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		var out bytes.Buffer
		err := (&Server{Loader: disk{}.loader(), Open: disk{}.open}).Serve(strings.NewReader(in), &out)
		if strings.Contains(out.String(), "this is a bug") {
			t.Errorf("%q gives %v and %s", in, err, &out)
		}
	})
}
