package script

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
	"pgregory.net/rapid"
)

// scanner makes an engine for the pair of functions of 2007.
func scanner(t testing.TB) *logs.Engine {
	find := logs.MatchFunc(func(env *logs.Env) bool {
		v, err := invoke(env, "find_invalid_user_message", env.MessageValue(), logs.Map(nil))
		if err != nil {
			env.Fault("%w", err)
		}
		fields, ok := v.Fields()
		for i, name := range []string{"user", "ip"} {
			if ok {
				v, _ := env.Bound(fields, name)
				env.SetLocal(i, v)
			}
		}
		return ok
	})
	return engine(t, mustRead(t, "scanner.star"), &logs.Rule{
		Name: "invalid-user", Match: find, Bindings: []string{"user", "ip"},
		Do: []logs.Action{func(env *logs.Env) error {
			_, err := invoke(env, "handle_invalid_user_message", env.Local(0), env.Local(1))
			return err
		}},
	})
}

// A said is a line and when it was said, in seconds after start.
type said struct {
	at   int
	line string
}

func (x said) message() *logs.Message {
	return &logs.Message{Line: x.line, Time: start.Add(time.Duration(x.at) * time.Second)}
}

// play runs an engine over lines, saving it and loading it into a fresh one
// before the line of the given index, if that is not negative.
func play(t testing.TB, fresh func() *logs.Engine, lines []said, cut int) []string {
	t.Helper()
	e := fresh()
	var all []string
	for i, x := range lines {
		if i == cut {
			var state bytes.Buffer
			if err := e.Save(&state); err != nil {
				t.Fatal(err)
			}
			e = fresh()
			if err := e.Load(&state); err != nil {
				t.Fatal(err)
			}
		}
		for _, x := range e.Process(x.message()) {
			all = append(all, fmt.Sprint(x.Kind, " ", x.ID, " ", x.Text, " ", x.Fields))
		}
	}
	for _, x := range e.Advance(start.Add(24 * time.Hour)) {
		all = append(all, fmt.Sprint(x.Kind, " ", x.ID, " ", x.Text, " ", x.Fields))
	}
	if n := e.Stats().Faults; n > 0 {
		t.Errorf("%d faults: %v", n, all)
	}
	return all
}

func TestScannerOf2007(t *testing.T) {
	lines := []said{
		{0, "sshd[1]: Invalid user a from 10.0.0.1"},
		{10, "sshd[1]: Invalid user a from 10.0.0.1"},
		{20, "sshd[1]: Invalid user x from 10.0.0.2"},
		{30, "sshd[1]: Invalid user b from 10.0.0.1"},
		{40, "sshd[1]: Accepted password for c from 10.0.0.1"},
		{50, "sshd[1]: Invalid user y from 10.0.0.2"},
		{180, "sshd[1]: Invalid user c from 10.0.0.1"}, // a is exactly three minutes old
		{201, "sshd[1]: Invalid user z from 10.0.0.2"}, // x is older
		{202, "sshd[1]: Invalid user d from 10.0.0.1"}, // reported already
		{203, "sshd[1]: Invalid user e from 10.0.0.1"},
		{204, "sshd[1]: Invalid user f from 10.0.0.1"},
	}
	e := scanner(t)
	var got []string
	for _, x := range lines {
		got = append(got, texts(e.Process(x.message()))...)
	}
	want := []string{"print window: invalid user from 10.0.0.1 blew up", "print user: a", "print user: b", "print user: c"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	whole := play(t, func() *logs.Engine { return scanner(t) }, lines, -1)
	for cut := range lines {
		if got := play(t, func() *logs.Engine { return scanner(t) }, lines, cut); !slices.Equal(got, whole) {
			t.Errorf("cut before line %d: %q, want %q", cut, got, whole)
		}
	}
}

// acting makes an engine for actions.star; a line is a function and its
// arguments.
func acting(t testing.TB) *logs.Engine {
	return engine(t, mustRead(t, "actions.star"), each(func(env *logs.Env) error {
		words := strings.Fields(env.Message().Line)
		args := make([]logs.Value, len(words)-1)
		for i, w := range words[1:] {
			args[i] = logs.Borrow(w)
		}
		_, err := invoke(env, words[0], args...)
		return err
	}))
}

func TestStoresAct(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []said
		want  []string
	}{
		{"max_lines is strict", []said{{0, "seen a x"}, {1, "seen b x"}, {2, "seen c x"}, {3, "seen d x"}},
			[]string{`print full: x ["a", "b", "c"]`}},
		{"an item exactly as old as the window counts", []said{{0, "seen a x"}, {179, "seen b x"}, {180, "seen c x"}},
			[]string{`print full: x ["a", "b", "c"]`}},
		{"an older one does not", []said{{0, "seen a x"}, {179, "seen b x"}, {181, "seen c x"}}, nil},
		{"lasting ends it, and min_lines lets it speak", []said{{0, "session h"}, {300, "session h"}, {400, "session g"}},
			[]string{`print closed: ("session", "h") 2 [{"host": "h", "n": 1}, {"host": "h", "n": 2}]`, "alert closed"}},
		{"it ends without an add, all actions in order", []said{{0, "idle h"}, {59, "idle h"}},
			[]string{`print closed: idle h 2 ["h", "h"]`, "alert closed", `print full: idle h ["h", "h"]`}},
		{"a new one after the end", []said{{0, "idle h"}, {60, "idle h"}},
			[]string{`print closed: idle h 1 ["h"]`, "alert closed", `print full: idle h ["h"]`, `print closed: idle h 1 ["h"]`, "alert closed", `print full: idle h ["h"]`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := acting(t)
			var got []string
			for _, x := range c.lines {
				got = append(got, texts(e.Process(x.message()))...)
			}
			got = append(got, texts(e.Advance(start.Add(24*time.Hour)))...)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSaveAndLoadChangeNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var lines []said
		at := 0
		for range rapid.IntRange(1, 25).Draw(rt, "n") {
			at += rapid.IntRange(0, 120).Draw(rt, "pause")
			who := rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "who")
			line := rapid.SampledFrom([]string{"seen a " + who, "seen b " + who, "session " + who, "idle " + who}).Draw(rt, "line")
			lines = append(lines, said{at, line})
		}
		fresh := func() *logs.Engine { return acting(t) }
		cut := rapid.IntRange(0, len(lines)-1).Draw(rt, "cut")
		if whole, got := play(t, fresh, lines, -1), play(t, fresh, lines, cut); !slices.Equal(got, whole) {
			rt.Fatalf("got %q, want %q", got, whole)
		}
	})
}
