package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
)

func matches(pattern, text string) bool { return regexp.MustCompile(pattern).MatchString(text) }

// knocksRules count who knocks.
const knocksRules = `
window knocks(who) { length 1h; max-lines 2; doing print "%s of {who}" }
rule { matching "knock (\w+)"; binding (who); doing { add msg to knocks(who); print "ok" } }
`

// New rules take over what the old ones know; those that are wrong, or declare
// other sinks, are refused, and the old go on with what they know.
func TestReload(t *testing.T) {
	for _, args := range [][]string{{}, {"--state", "state"}} {
		dir := ruled(t, fmt.Sprintf(knocksRules, "three"))
		d := launch(t, dir, args...)
		knock := func(who string) {
			fmt.Fprintf(d.in, "Oct 28 17:03:11 h app: knock %s\n", who)
		}
		for _, who := range []string{"ann", "ann", "bob", "bob"} {
			knock(who)
			d.line("ok")
		}

		setRules(t, dir, "rule { matching }")
		d.signal(syscall.SIGHUP)
		d.said.await(t, `(?s)the rules were not loaded anew, the old go on.*rules.rdl:1`)
		knock("ann")
		d.line("three of ann")
		d.line("ok")

		setRules(t, dir, fmt.Sprintf(knocksRules, "three")+`sink x { file "x" }`)
		d.signal(syscall.SIGHUP)
		d.said.await(t, "they declare other sinks than before: that takes a restart")

		setRules(t, dir, fmt.Sprintf(knocksRules, "3"))
		d.signal(syscall.SIGHUP)
		d.said.await(t, "the rules were loaded anew")
		knock("bob")
		d.line("3 of bob")
		d.line("ok")
		d.end(syscall.SIGTERM)
		d.inTime(t)
	}
}

// Rules that were loaded anew go on counting where the old ones stopped when
// the program is started again.
func TestReloadAndStartAgain(t *testing.T) {
	dir := ruled(t, fmt.Sprintf(knocksRules, "three"))
	d := launch(t, dir, "--state", "state")
	fmt.Fprintln(d.in, "Oct 28 17:03:11 h app: knock ann")
	d.line("ok")
	setRules(t, dir, fmt.Sprintf(knocksRules, "3"))
	d.signal(syscall.SIGHUP)
	d.said.await(t, "the rules were loaded anew")
	fmt.Fprintln(d.in, "Oct 28 17:03:12 h app: knock ann")
	d.line("ok")
	d.end(syscall.SIGTERM)
	d.inTime(t)

	d = launch(t, dir, "--state", "state")
	fmt.Fprintln(d.in, "Oct 28 17:03:13 h app: knock ann")
	d.line("3 of ann")
	d.line("ok")
	d.end(syscall.SIGTERM)
	d.inTime(t)
}

// SIGUSR1 asks what the rules know: it is told on standard error, or in the
// folder of the state.
func TestDump(t *testing.T) {
	for _, args := range [][]string{{}, {"--state", "state"}} {
		dir := ruled(t, fmt.Sprintf(knocksRules, "three"))
		d := launch(t, dir, args...)
		fmt.Fprintln(d.in, "Oct 28 17:03:11 h app: knock ann")
		d.line("ok")
		d.signal(syscall.SIGUSR1)
		if len(args) == 0 {
			d.said.await(t, `knocks\(.*ann`)
		} else {
			d.said.await(t, `what the rules know was written" file=state/dump.txt`)
			if text, err := os.ReadFile(filepath.Join(dir, "state", "dump.txt")); !matches(`knocks\(.*ann`, string(text)) {
				t.Errorf("it told %q (%v)", text, err)
			}
		}
		d.end(syscall.SIGTERM)
		d.inTime(t)
	}
}
