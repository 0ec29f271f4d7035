package logs_test

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
)

const authLog = `Oct 28 17:03:11 sshd: Invalid user ann from 62.123.192.212
Oct 28 17:03:20 sshd: Accepted password for root from 10.0.0.7
Oct 28 17:03:24 sshd: Invalid user bob from 62.123.192.212
Oct 28 17:03:30 sshd: Invalid user ann from 62.123.192.212
Oct 28 17:03:35 sshd: Invalid user eve from 62.123.192.212
Oct 28 17:03:40 sshd: Invalid user dan from 62.123.192.212
`

// message makes a message of a line that begins with its time.
func message(line string) *logs.Message {
	t, _ := time.Parse("2006 Jan _2 15:04:05", "2026 "+line[:15])
	return &logs.Message{Line: line, Time: t}
}

// newScanner makes the first program of the language reference in Go: three
// different invalid users from one address within three minutes.
func newScanner() *logs.Program {
	scanner := &logs.Store{
		Name: "scanner", Keys: []string{"ip"},
		Length:   3 * time.Minute,
		MaxLines: 2, Limited: true, // a third distinct user blows the window up
		Distinct: true,
		Once:     true, // an address already reported stays quiet
		Do: []logs.Action{func(env *logs.Env) error {
			env.Print("window: invalid user from " + env.Text("ip") + " blew up")
			for _, user := range env.Context().Items() {
				env.Print("user: " + user.String())
			}
			return nil
		}},
	}
	invalid := &logs.Rule{
		Name:     "invalid-user",
		Match:    logs.MustPattern(`Invalid user (.*) from (.*)`),
		Bindings: []string{"user", "ip"},
		Do: []logs.Action{func(env *logs.Env) error {
			env.Add(scanner, env.Local(0), env.Local(1))
			return nil
		}},
	}
	return &logs.Program{
		Root:   &logs.Ruleset{Members: []logs.Member{invalid}},
		Stores: []*logs.Store{scanner},
	}
}

// A program can be made of Go values: here the scanner of the language
// reference, over any io.Reader.
func Example() {
	engine, err := logs.New(newScanner(), logs.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	lines := bufio.NewScanner(strings.NewReader(authLog))
	for lines.Scan() {
		for _, effect := range engine.Process(message(lines.Text())) {
			fmt.Println(effect.Text)
		}
	}
	// Output:
	// window: invalid user from 62.123.192.212 blew up
	// user: bob
	// user: ann
	// user: eve
}

// A match is any Go function; it binds values by their place.
func ExampleMatchFunc() {
	long := logs.MatchFunc(func(env *logs.Env) bool {
		words := strings.Fields(env.Message().Line)
		env.SetLocal(0, logs.Int(int64(len(words))))
		return len(words) > 3
	})
	rule := &logs.Rule{
		Match:    long,
		Bindings: []string{"words"},
		Do: []logs.Action{func(env *logs.Env) error {
			env.Alert(logs.Low, env.Text("words")+" words")
			return nil
		}},
	}
	engine, err := logs.New(&logs.Program{Root: &logs.Ruleset{Members: []logs.Member{rule}}}, logs.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range []string{"one two", "one two three four"} {
		for _, effect := range engine.Process(&logs.Message{Line: line}) {
			fmt.Println(effect.Kind, effect.Severity, effect.Text, effect.Lines)
		}
	}
	// Output:
	// alert low 4 words [one two three four]
}

// Time passes with messages, or with Advance: what is due runs at its own
// time.
func ExampleEngine_Advance() {
	tick := &logs.Timer{
		After:  logs.For(10 * time.Minute),
		Recurs: true,
		Do: []logs.Action{func(env *logs.Env) error {
			env.Print("tick at " + env.Now().Format("15:04"))
			return nil
		}},
	}
	engine, err := logs.New(&logs.Program{Root: &logs.Ruleset{}, Timers: []*logs.Timer{tick}}, logs.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	engine.Advance(noon)
	for _, effect := range engine.Advance(noon.Add(25 * time.Minute)) {
		fmt.Println(effect.Text)
	}
	next, _ := engine.Next()
	fmt.Println("next:", next.Format("15:04"))
	// Output:
	// tick at 12:10
	// tick at 12:20
	// next: 12:30
}

// What an engine knows can be saved between any two lines, and loaded by
// another process.
func ExampleEngine_Save() {
	first, err := logs.New(newScanner(), logs.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	lines := strings.Split(strings.TrimSpace(authLog), "\n")
	for _, line := range lines[:4] {
		first.Process(message(line))
	}
	var snapshot bytes.Buffer
	if err := first.Save(&snapshot); err != nil {
		fmt.Println(err)
		return
	}

	second, err := logs.New(newScanner(), logs.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := second.Load(&snapshot); err != nil {
		fmt.Println(err)
		return
	}
	for _, effect := range second.Process(message(lines[4])) {
		fmt.Println(effect.Text)
	}
	// Output:
	// window: invalid user from 62.123.192.212 blew up
	// user: bob
	// user: ann
	// user: eve
}
