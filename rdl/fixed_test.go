package rdl

import (
	"testing"

	"github.com/logs-rdl/logs"
)

// A ruleset is fixed unless something may put a rule among its members: a rule
// in it, or the block of a context that is filled there, wherever that stands.
func TestRulesetsThatAreFixed(t *testing.T) {
	for src, want := range map[string]bool{
		`ruleset { matching "g"; rule { matching "a"; doing print "x" } }`:                                                  true,
		`ruleset { matching "g"; rule { matching "a"; doing rule { matching "b"; doing print "x" } } }`:                     false,
		`ruleset { rule { matching "a"; doing in 5m { rule { matching "b"; doing print "x" } } } }`:                         false,
		`ruleset { rule { matching "a"; doing print "x" } }; rule { matching "c"; doing rule { matching "b"; once } }`:      true,
		`ruleset { rule { matching "a"; doing add 1 to c } }; context c { max-lines 1; doing rule { matching "b"; once } }`: false,
		`during "mon-fri" { rule { matching "a"; doing print "x" } }`:                                                       true,
		`during "mon-fri" { rule { matching "a"; doing rule { matching "b"; once } } }`:                                     false,
	} {
		p, err := (&Loader{}).LoadSource("rules.rdl", src)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := p.Root.Members[0].(*logs.Ruleset).Fixed; got != want {
			t.Errorf("%s: fixed is %v", src, got)
		}
	}
}
