package rdl

import (
	"testing"
	"time"

	"github.com/logs-rdl/logs"
)

// A line that only puts into a window what it holds already costs no memory.
func TestAnAddAllocatesNothing(t *testing.T) {
	p, err := (&Loader{}).LoadSource("rules.rdl", `window seen(ip, host) {
  length 3m
  distinct
  doing print "{ip}"
}

rule {
  matching "Invalid user (.*) from (.*)"
  binding (user ip)
  doing add user to seen(ip, "h")
}
`)
	if err != nil {
		t.Fatal(err)
	}
	e, err := logs.New(p.Program, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := &logs.Message{Line: "Oct 28 17:03:11 h sshd[16651]: Invalid user alice from 192.0.2.7", At: time.Unix(1193590991, 0)}
	if n := testing.AllocsPerRun(1000, func() { e.Process(m) }); n != 0 {
		t.Errorf("%v allocations for a line", n)
	}
}
