package lsp

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// What one keystroke costs in a program of so many rules.
func BenchmarkChange(b *testing.B) {
	for _, rules := range []int{10, 1000} {
		var src strings.Builder
		for i := range rules {
			fmt.Fprintf(&src, "rule r%d {\n  matching \"service %d failed on (\\S+)\"\n  binding (host)\n  doing print \"{host} %d\"\n}\n", i, i, i)
		}
		b.Run(fmt.Sprintf("rules=%d", rules), func(b *testing.B) {
			s := newSession(&Server{Loader: disk{}.loader(), Open: disk{}.open}, strings.NewReader(""), io.Discard)
			s.open["/w/a.rdl"] = &document{doc, "/w/a.rdl", newText(src.String())}
			for b.Loop() {
				s.forget()
				if err := s.diagnose(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
