package tier

import (
	"strings"
	"testing"
)

func TestNamesOfEdges(t *testing.T) {
	long := strings.Repeat("a", maxHost)
	for name, want := range map[string]bool{
		"a": true, "node17": true, "7": true, "web-1.example.org": true, "a_b": true, long: true,
		"": false, long + "a": false, ".a": false, "-a": false, "_a": false, "a b": false, "a*": false, "a>": false, "a~b": false, "é": false, "a\n": false, "a/b": false,
	} {
		if got := CheckName(name) == nil; got != want {
			t.Errorf("%q may be a name: %v, want %v", name, got, want)
		}
		if want {
			if host, ok := hostOf(token(name)); host != name || !ok {
				t.Errorf("%q comes back as %q, %v", name, host, ok)
			}
		}
	}
}
