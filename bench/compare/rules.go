package main

import (
	"fmt"
	"io"
	"math/rand"
	"strings"
)

// scanner is the rule of the README.
const scanner = `window scanner(ip) {
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

// nfs makes a rule for each server that is down.
const nfs = `rule nfs-down {
  matching "nfs server (\S+) not responding"
  binding (server)
  doing rule {
    matching "nfs server {server} OK"
    once
    doing print "{server} came back"
  }
}
`

// manyRules makes n rules, of which the scanner is the last, and their
// patterns, a line each. The others never match: a worst case for whoever
// tries them one by one.
func manyRules(n int) (rules, patterns string) {
	r := rand.New(rand.NewSource(1))
	var a, b strings.Builder
	for range n - 1 {
		word := make([]byte, 8)
		for i := range word {
			word[i] = byte('a' + r.Intn(26))
		}
		fmt.Fprintf(&a, "rule { matching \"service %s failed with code (\\d+)\"; binding (c); doing print \"%s {c}\" }\n", word, word)
		fmt.Fprintf(&b, "service %s failed with code (\\d+)\n", word)
	}
	a.WriteString(scanner)
	b.WriteString("Invalid user (.*) from (.*)\n")
	return a.String(), b.String()
}

// nfsLog writes a log in which n servers go down, and then so many lines of
// which one in ten says that some other server is well.
func nfsLog(w io.Writer, n, lines int) error {
	for i := range n {
		if _, err := fmt.Fprintf(w, "Oct 28 12:00:00 h kernel: nfs server s%06d not responding\n", i); err != nil {
			return err
		}
	}
	for i := range lines {
		format, number := "Oct 28 12:00:%02d h crond[%d]: (root) CMD (run-parts /etc/cron.hourly)\n", i
		if i%10 == 0 {
			format, number = "Oct 28 12:00:%02d h kernel: nfs server x%06d OK\n", i%100_000
		}
		if _, err := fmt.Fprintf(w, format, 1+i*50/lines, number); err != nil {
			return err
		}
	}
	return nil
}
