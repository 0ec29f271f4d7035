package bench

import (
	"fmt"
	"math/rand"
	"strings"
)

// Scanner is the rule of the README.
const Scanner = `window scanner(ip) {
  length 3m
  max-lines 2
  distinct
  once
  doing {
    print "window: invalid user from {ip} blew up"
    for user in items { print "user: {user}" }
  }
}
rule invalid-user {
  matching "Invalid user (.*) from (.*)"
  binding (user ip)
  doing add user to scanner(ip)
}
`

// Patterns makes n patterns that differ and that no line of Syslog matches, each
// with one group: a worst case for whoever tries them one by one. Fewer of them are
// the first of more.
func Patterns(n int) []string {
	r := rand.New(rand.NewSource(1))
	patterns := make([]string, n)
	for i := range patterns {
		word := make([]byte, 8)
		for j := range word {
			word[j] = byte('a' + r.Intn(26))
		}
		patterns[i] = fmt.Sprintf(`service %s failed with code (\d+)`, word)
	}
	return patterns
}

// Rules makes a rule of each pattern, which must have one group.
func Rules(patterns []string) string {
	var b strings.Builder
	for i, p := range patterns {
		fmt.Fprintf(&b, "rule { matching \"%s\"; binding (c); doing print \"%d {c}\" }\n", p, i)
	}
	return b.String()
}
