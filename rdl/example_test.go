package rdl_test

import (
	"fmt"

	"github.com/logs-rdl/logs/rdl"
)

// All mistakes of a file show at once.
func ExampleParse() {
	_, errs := rdl.Parse("ssh.rdl", `rule invalid-user {
  mtaching "Invalid user (.*)"
  doing { print 'found' }
}`)
	for _, e := range errs {
		fmt.Printf("%d:%d %s\n", e.Line, e.Col, e.Msg)
	}
	// Output:
	// 2:3 unknown word "mtaching" in a rule
	// 3:17 expected a value, found "'"
}

func ExampleFormat() {
	file, _ := rdl.Parse("ssh.rdl", `rule r { match "Invalid user (.*)" # who
bind vars (user); do print   "{user}" }`)
	fmt.Print(rdl.Format(file))
	// Output:
	// rule r {
	//   matching "Invalid user (.*)"  # who
	//   binding (user)
	//   doing print "{user}"
	// }
}
