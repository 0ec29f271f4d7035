package rdl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/logs-rdl/logs"
)

// BenchmarkLoad is from the text of many rules to an engine that runs them.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{1, 1000, 10000} {
		src := manyRules(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				p, err := (&Loader{}).LoadSource("rules.rdl", src)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := logs.New(p.Program, logs.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// manyRules returns n rules of which each looks for a word of its own.
func manyRules(n int) string {
	var src strings.Builder
	for i := range n {
		word := fmt.Sprintf("%08x", uint32(i)*0x9E3779B1)
		fmt.Fprintf(&src, "rule { matching \"service %s failed with code (\\d+)\"; binding (c); doing print \"%s {c}\" }\n", word, word)
	}
	return src.String()
}
