package logs_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
)

// noon is when the first message of these tests comes.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// A printer is the state of functions: it prints what it is told to run.
type printer struct{}

func (printer) Save() ([]byte, error) { return nil, nil }
func (printer) Load([]byte) error     { return nil }
func (printer) Fire(env *logs.Env, actions []string) error {
	c := env.Context()
	env.Print(fmt.Sprint(actions, " ", c.Keys()[0], ": ", logs.List(c.Items())))
	return nil
}

// ensuring makes an engine whose every line names a context and the limits
// that it is made with, and is added to it.
func ensuring(t *testing.T, store *logs.Store, limits map[string]logs.Limits) *logs.Engine {
	t.Helper()
	p := &logs.Program{
		Root: &logs.Ruleset{Members: []logs.Member{&logs.Rule{Match: logs.Everything(), Do: []logs.Action{func(env *logs.Env) error {
			words := strings.Fields(env.Message().Line)
			name := logs.Borrow(words[0])
			env.Ensure(store, name, limits[words[1]])
			env.Add(store, logs.Borrow(words[2]), name)
			return nil
		}}}}},
		Extensions: []logs.Extension{{Name: "functions", Store: store, New: func() (logs.State, error) { return printer{}, nil }}},
	}
	e, err := logs.New(p, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var someLimits = map[string]logs.Limits{
	"window":  {Length: 3 * time.Minute, MaxLines: 2, Limited: true, Actions: []string{"full"}},
	"lasting": {Lasting: 10 * time.Minute, MinLines: 2, Actions: []string{"over", "and-out"}},
	"idle":    {Idle: time.Minute, Actions: []string{"rest"}},
	"short":   {Length: time.Second},
	"quiet":   {},
}

// A line comes some seconds after noon.
type line struct {
	at   int
	text string
}

var adhocCases = []struct {
	name  string
	lines []line
	want  []string
}{
	{"a window fires on more than max-lines", []line{{0, "x window a"}, {90, "x window b"}, {180, "x window c"}, {181, "x window d"}},
		[]string{"[full] x: a, b, c"}},
	{"what is older than its length has gone", []line{{0, "x window a"}, {90, "x window b"}, {181, "x window c"}}, nil},
	{"each name has its own", []line{{0, "x window a"}, {1, "y window a"}, {2, "x window b"}, {3, "y window b"}, {4, "y window c"}},
		[]string{"[full] y: a, b, c"}},
	{"the limits of the one that lives stay", []line{{0, "x lasting a"}, {1, "x idle b"}, {900, "z quiet c"}},
		[]string{"[over and-out] x: a, b"}},
	{"fewer than min-lines end silently", []line{{0, "x lasting a"}, {601, "x lasting b"}, {900, "z quiet c"}}, nil},
	{"an add puts the end off", []line{{0, "x idle a"}, {50, "x idle b"}, {109, "z quiet c"}, {110, "z quiet c"}},
		[]string{"[rest] x: a, b"}},
	{"long and short windows side by side", []line{{0, "s short a"}, {0, "x window a"}, {2, "s window b"}, {3, "s window c"}, {4, "s window d"}},
		[]string{"[full] s: b, c, d"}},
}

func TestEnsure(t *testing.T) {
	store := &logs.Store{Name: "functions", Keys: []string{"name"}}
	for _, c := range adhocCases {
		for cut := -1; cut < len(c.lines); cut++ {
			e := ensuring(t, store, someLimits)
			var got []string
			for i, x := range c.lines {
				if i == cut {
					e = reopen(t, e, ensuring(t, store, someLimits))
				}
				for _, effect := range e.Process(&logs.Message{Line: x.text, Time: noon.Add(time.Duration(x.at) * time.Second)}) {
					got = append(got, effect.Text)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s, cut before line %d: got %q, want %q", c.name, cut, got, c.want)
			}
		}
	}
}

// reopen loads what an engine saves into another.
func reopen(t *testing.T, from, to *logs.Engine) *logs.Engine {
	t.Helper()
	var state bytes.Buffer
	if err := from.Save(&state); err != nil {
		t.Fatal(err)
	}
	if err := to.Load(&state); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestEnsureIsBounded makes more contexts than may live, each with limits of
// its own, and loads them into a program that has no place for them.
func TestEnsureIsBounded(t *testing.T) {
	store := &logs.Store{Name: "functions", Keys: []string{"name"}, AtMost: 100}
	limits := map[string]logs.Limits{}
	e := ensuring(t, store, limits)
	for i := range 150 {
		word := fmt.Sprint(i)
		limits[word] = logs.Limits{Lasting: time.Hour + time.Duration(i)*time.Second, Actions: []string{word}}
		e.Process(&logs.Message{Line: fmt.Sprintf("n%d %d a", i, i), Time: noon})
	}
	if n := e.Stats().Evicted; n != 50 {
		t.Errorf("%d were dropped, want 50", n)
	}
	gone := reopen(t, e, ensuring(t, &logs.Store{Name: "another", Keys: []string{"name"}}, limits))
	if n := gone.Stats().Dropped; n != 100 {
		t.Errorf("%d had no place, want 100", n)
	}
	if effects := gone.Advance(noon.Add(24 * time.Hour)); len(effects) > 0 {
		t.Errorf("one without a place fired: %v", effects)
	}
	effects := e.Advance(noon.Add(24 * time.Hour))
	if len(effects) != 100 || effects[0].Text != "[50] n50: a" {
		t.Errorf("%d fired, first %q", len(effects), effects[0].Text)
	}
}

// TestExpireEnsured: at the end of a log contexts fire, windows do not.
func TestExpireEnsured(t *testing.T) {
	e := ensuring(t, &logs.Store{Name: "functions", Keys: []string{"name"}}, someLimits)
	for _, text := range []string{"w window a", "i idle a", "q quiet a"} {
		e.Process(&logs.Message{Line: text, Time: noon})
	}
	if got := e.ExpireContexts(); len(got) != 1 || got[0].Text != "[rest] i: a" {
		t.Errorf("fired %v", got)
	}
}

// TestStoreNeedsFirer: a state that cannot run actions must not have a store.
func TestStoreNeedsFirer(t *testing.T) {
	type state struct{ logs.State }
	_, err := logs.New(&logs.Program{Root: &logs.Ruleset{}, Extensions: []logs.Extension{
		{Name: "functions", Store: &logs.Store{}, New: func() (logs.State, error) { return state{}, nil }},
	}}, logs.Options{})
	if err == nil || !strings.Contains(err.Error(), "no method Fire") {
		t.Errorf("error %v", err)
	}
}

func TestSearch(t *testing.T) {
	var got []string
	e, err := logs.New(&logs.Program{Root: &logs.Ruleset{Members: []logs.Member{&logs.Rule{Match: logs.Everything(), Do: []logs.Action{func(env *logs.Env) error {
		for _, expr := range []string{`(\w+)=(\d+)?`, `none`, `(`, `a{b}`} {
			groups, err := env.Search(expr, env.Message().Line)
			got = append(got, fmt.Sprint(logs.List(groups), " ", err != nil))
		}
		return nil
	}}}}}}, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.Process(&logs.Message{Line: "port=22 user=", Time: noon})
	if want := []string{"port=22, port, 22 false", " false", " true", " true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
