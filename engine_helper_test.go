package logs

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// Tests tell a log in lines that begin with their second:
//
//	feed(t, program, "0 a", "3 b")  ->  ["0 saw a", "3 saw b"]
//
// and get what came of it in the same form. A line without text, such as
// "9", only lets time pass.

// start is second 0.
var start = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

func second(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }

// rule makes a rule of a pattern; $name in the text of a say is the binding.
func rule(pattern string, do ...Action) *Rule {
	p := MustPattern(pattern)
	return &Rule{Match: p, Bindings: p.Groups(), Do: do}
}

// with returns a rule that is changed in something.
func with(r *Rule, change func(*Rule)) *Rule {
	changed := *r
	change(&changed)
	return &changed
}

// say prints a text in which $name is replaced by a variable.
func say(text string) Action {
	return func(env *Env) error {
		env.Print(os.Expand(text, env.Text))
		return nil
	}
}

func do(f func(*Env)) Action {
	return func(env *Env) error {
		f(env)
		return nil
	}
}

func stop(*Env) error { return Stop }

// get is the expression $name.
func get(name string) Expr {
	return func(env *Env) Value {
		v, _ := env.Get(name)
		return v
	}
}

// add adds a binding to the context under the key that another holds.
func add(s *Store, item, key string) Action {
	return do(func(env *Env) { env.Add(s, get(item)(env), get(key)(env)) })
}

func program(members ...Member) *Program { return &Program{Root: &Ruleset{Members: members}} }

func newEngine(t testing.TB, p *Program) *Engine {
	t.Helper()
	e, err := New(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// feed runs a new engine over lines.
func feed(t testing.TB, p *Program, lines ...string) []string {
	t.Helper()
	return feedTo(newEngine(t, p), lines...)
}

func feedTo(e *Engine, lines ...string) []string {
	var got []string
	for _, line := range lines {
		for _, x := range step(e, line) {
			got = append(got, told(x))
		}
	}
	return got
}

// step processes one line, or lets time pass.
func step(e *Engine, line string) []Effect {
	at, text, isLine := strings.Cut(line, " ")
	n, err := strconv.ParseFloat(at, 64)
	if err != nil {
		panic(err)
	}
	now := start.Add(time.Duration(n * float64(time.Second)))
	if !isLine {
		return e.Advance(now)
	}
	return e.Process(&Message{Line: text, Time: now, Format: FormatNone})
}

// told shows an effect: its second and its text.
func told(x Effect) string {
	at := strconv.FormatFloat(x.Time.Sub(start).Seconds(), 'f', -1, 64)
	if x.Kind == EffectPrint {
		return at + " " + x.Text
	}
	return fmt.Sprintf("%s %s %s", at, x.Kind, x.Text)
}

func checkTold(t *testing.T, name string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n got %q\nwant %q", name, got, want)
	}
}

// borrowedString is a string whose bytes the test changes later.
func borrowedString(b []byte) string { return unsafe.String(&b[0], len(b)) }
