package rdl

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/logs-rdl/logs"
	"pgregory.net/rapid"
)

// What rules do is told in testdata/run: each case is a heading, its rules,
// and then a log with what comes of it. A line of the log, behind >, begins
// with its second; without a text it only lets time pass. What it must bring
// about stands below it, behind <.
//
//	=== a case in the user's words
//	rule { matching "user (.*)"; binding (user); doing print "saw {user}" }
//	> 0 user ann
//	< 0 saw ann
//
// A line in quotes is one of Go, for bytes of all sorts.
func TestRules(t *testing.T) {
	files, err := filepath.Glob("testdata/run/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cases := strings.Split("\n"+string(data), "\n=== ")
		for _, c := range cases[1:] {
			name, body, _ := strings.Cut(c, "\n")
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+"/"+name, func(t *testing.T) { testRun(t, body) })
		}
	}
}

// second0 is second 0 of a log.
var second0 = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// testRun runs one case, and once more with the engine saved and loaded
// before each line.
func testRun(t *testing.T, body string) {
	rules, log, want := splitCase(body)
	for _, restarted := range []bool{false, true} {
		if got := run(t, rules, log, restarted); got != want {
			t.Errorf("restarted %v:\n%s\nwant\n%s", restarted, got, want)
		}
	}
}

// splitCase takes a case apart: its rules, the lines of its log, and both the
// log and what it brings about.
func splitCase(body string) (rules string, log []string, want string) {
	var b strings.Builder
	for line := range strings.SplitSeq(body, "\n") {
		mark, rest, _ := strings.Cut(line, " ")
		switch mark {
		case ">":
			log = append(log, rest)
			want += line + "\n"
		case "<":
			want += line + "\n"
		default:
			b.WriteString(line + "\n")
		}
	}
	return b.String(), log, want
}

func run(t *testing.T, rules string, log []string, restarted bool) string {
	t.Helper()
	p := mustLoad(t, rules)
	e := newEngine(t, p)
	var b strings.Builder
	for _, line := range log {
		if restarted {
			e = restart(t, e, mustLoad(t, rules))
		}
		b.WriteString("> " + line + "\n")
		for _, x := range process(t, e, line) {
			b.WriteString("< " + told(x) + "\n")
		}
	}
	return b.String()
}

func newEngine(t testing.TB, p *Program) *logs.Engine {
	t.Helper()
	e, err := logs.New(p.Program, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// restart goes on in a new engine for rules that were loaded again.
func restart(t *testing.T, e *logs.Engine, p *Program) *logs.Engine {
	t.Helper()
	var saved strings.Builder
	if err := e.Save(&saved); err != nil {
		t.Fatal(err)
	}
	next := newEngine(t, p)
	if err := next.Load(strings.NewReader(saved.String())); err != nil {
		t.Fatal(err)
	}
	return next
}

func process(t *testing.T, e *logs.Engine, line string) []logs.Effect {
	t.Helper()
	at, text, isLine := strings.Cut(line, " ")
	n, err := strconv.ParseFloat(at, 64)
	if err != nil {
		t.Fatalf("the line %q does not begin with its second", line)
	}
	now := second0.Add(time.Duration(n * float64(time.Second)))
	if !isLine {
		return e.Advance(now)
	}
	if raw, err := strconv.Unquote(text); err == nil {
		text = raw
	}
	return e.Process(&logs.Message{Line: text, Time: now, Source: "the/source", Offset: 7})
}

// told shows an effect: its second, what it is unless it is a print, and what
// it holds.
func told(x logs.Effect) string {
	at := strconv.FormatFloat(x.Time.Sub(second0).Seconds(), 'f', -1, 64) + " "
	switch x.Kind {
	case logs.EffectPrint:
		return at + x.Text
	case logs.EffectAlert:
		return fmt.Sprintf("%salert %s %s {%s} %q", at, x.Severity, x.Text, logs.Show(logs.Map(x.Fields).String()), x.Lines)
	case logs.EffectFault:
		return at + "fault " + x.Text
	case logs.EffectMail, logs.EffectPost, logs.EffectSend, logs.EffectForward:
		return fmt.Sprintf("%s%s %q {%s} %q to %q", at, x.Kind, x.Text, logs.Show(logs.Map(x.Fields).String()), x.Lines, x.Target)
	case logs.EffectBan, logs.EffectUnban:
		return fmt.Sprintf("%s%s %s for %s with %q", at, x.Kind, x.Target, x.Span, x.Sink)
	}
	return fmt.Sprintf("%s%s %q %q to %q", at, x.Kind, x.Args, x.Lines, x.Target)
}

// files are those that rules of tests may read.
var files = map[string]string{
	"f.star":           "", // see testFunctions
	"bad.txt":          "10.0.0.7\n10.0.0.8",
	"sub/inner.rdl":    `include "deeper/*.rdl"` + "\n" + `rule inner { matching "x"; continuing; doing print "inner {lookup("bad.txt")}" }`,
	"sub/bad.txt":      "sub",
	"sub/deeper/a.rdl": `rule a { matching "x"; continuing; doing print "deeper a" }`,
	"sub/deeper/b.rdl": `rule b { matching "x"; continuing; doing print "deeper b" }`,
	"use.rdl":          `use "f.star"`,
}

func testLoader() *Loader {
	return &Loader{
		Read: func(name string) ([]byte, error) {
			src, ok := files[name]
			if !ok {
				return nil, errors.New("there is no file " + name)
			}
			return []byte(src), nil
		},
		Glob: func(pattern string) ([]string, error) {
			var names []string
			for name := range files {
				if ok, err := path.Match(pattern, name); err != nil {
					return nil, err
				} else if ok {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			return names, nil
		},
		Use: func(name string, src []byte) (Functions, error) {
			if name != "f.star" {
				return nil, errors.New(name + ":1:1: it is wrong")
			}
			return testFunctions{}, nil
		},
		Outside: Outside{
			Lookup: func(name string) (logs.Value, error) {
				src, ok := files[name]
				if !ok {
					return logs.Nil, errors.New("cannot read " + name)
				}
				return logs.Table(strings.Split(src, "\n")), nil
			},
			Env:      func(name string) string { return "/the/value/of/" + name },
			Hostname: func() string { return "here" },
		},
	}
}

func mustLoad(t testing.TB, rules string) *Program {
	t.Helper()
	p, err := testLoader().LoadSource("r.rdl", rules)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// testFunctions are the functions of f.star.
type testFunctions struct{}

// arities are the least and the most arguments of each function.
var arities = map[string][2]int{"login": {2, 2}, "yes": {2, 2}, "no": {2, 2}, "double": {1, 1}, "fails": {0, -1}, "tell": {1, 2}}

func (testFunctions) Arity(name string) (least, most int, ok bool) {
	a, ok := arities[name]
	return a[0], a[1], ok
}

func (testFunctions) Names() []string          { return keysOf(arities) }
func (testFunctions) New() (logs.State, error) { return testState{}, nil }
func (testFunctions) Store() *logs.Store       { return nil }

type testState struct{}

func (testState) Save() ([]byte, error) { return nil, nil }
func (testState) Load([]byte) error     { return nil }

// Call answers as Starlark functions would.
func (testState) Call(env *logs.Env, name string, args []logs.Value) (logs.Value, error) {
	switch name {
	case "login": // the words of the line as bindings, and what lies around
		m, _ := args[0].Message()
		var fields []logs.Field
		for _, word := range strings.Fields(m.Line) {
			if key, value, ok := strings.Cut(word, "="); ok {
				fields = append(fields, logs.Field{Name: key, Value: logs.Borrow(value)})
			}
		}
		return logs.Map(append(fields, logs.Field{Name: "around", Value: args[1]})), nil
	case "yes", "no":
		return logs.Bool(name == "yes"), nil
	case "double":
		n, _ := args[0].Int()
		return logs.Int(2 * n), nil
	case "tell":
		env.Print("told " + logs.List(args).String())
		return logs.Nil, nil
	}
	return logs.Nil, errors.New("f.star:1:1: it failed")
}

// What is saved is found again by hashes of the rules' texts: these must never
// change.
func TestHashOfARule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab; \t\n\r\u0085\u00a0\u2003é\u4e2d"))).Draw(t, "text")
		h := fnv.New64a()
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || unicode.IsSpace(r) }) {
			h.Write([]byte(word + " "))
		}
		if got, want := hashed(text), fmt.Sprintf("#%016x", h.Sum64()); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	})
	if got := hashed(`rule { matching "a" }`); got != "#57d6504860055025" {
		t.Error(got)
	}
}
