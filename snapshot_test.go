package logs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

// A saved engine that is loaded again must go on as if nothing had been: the
// property test draws rules of all shapes and lines, and compares.

// shapes draws the parts of a program over lines such as "a 1 go": a key, an
// item, a word.
type shapes struct {
	*rapid.T
	p      *Program
	stores []*Store
}

const lineForm = `^(?<k>.) (?<x>.) (?<word>.*)`

func (s *shapes) on(word string, actions ...Action) *Rule {
	return continuing(rule(strings.Replace(lineForm, ".*", word, 1), actions...))
}

func (s *shapes) seconds(most int) time.Duration {
	return time.Duration(rapid.IntRange(1, most).Draw(s.T, "seconds")) * time.Second
}

func (s *shapes) maybe() bool { return rapid.Bool().Draw(s.T, "maybe") }

// pick draws one of several.
func pick[V any](s *shapes, what string, from ...V) V {
	return rapid.SampledFrom(from).Draw(s.T, what)
}

// tellContext prints all that a block of a context can see.
func tellContext(env *Env) error {
	c := env.Context()
	env.Print(show(c.Name(), List(c.Keys()), Int(int64(c.Count())), List(c.Items()), c.First(), c.Last(), get("since")(env), env.MessageValue()))
	return nil
}

// show shows values one after the other.
func show(name string, values ...Value) string {
	for _, v := range values {
		name += "; " + v.String()
	}
	return name
}

func nowExpr(env *Env) Value { return Time(env.Now()) }

// store draws a context or window with limits of all sorts.
func (s *shapes) store() *Store {
	c := &Store{Name: fmt.Sprintf("store%d", len(s.stores)), Keys: []string{"k"}}
	if s.maybe() {
		c.Length = s.seconds(8)
	}
	if s.maybe() {
		c.MaxLines, c.Limited = rapid.IntRange(0, 3).Draw(s.T, "max-lines"), true
	}
	switch pick(s, "end", "none", "lasting", "idle", "at", "two") {
	case "lasting":
		c.Lasting = s.seconds(10)
	case "idle":
		c.Idle = s.seconds(6)
	case "at":
		c.At = daily(8*3600 + rapid.IntRange(1, 30).Draw(s.T, "at"))
	case "two":
		c.Lasting, c.Idle = s.seconds(10), s.seconds(6)
	}
	c.MinLines = pick(s, "min-lines", 0, 0, 2)
	c.Lives, c.Distinct, c.Once = s.maybe(), s.maybe(), s.maybe()
	if c.Once && s.maybe() {
		c.Per = s.seconds(8)
	}
	if c.Distinct && s.maybe() {
		c.By = func(env *Env) Value { return Text((env.Item().String() + " ")[:1]) }
	}
	c.AtMost = pick(s, "at most", 0, 1, 2)
	if s.maybe() {
		c.With = []Var{{"since", nowExpr}}
	}
	if s.maybe() {
		c.AtRuntime, c.Captures = true, []Var{{"since", get("x")}}
	}
	blocks := []Action{tellContext}
	if len(s.stores) > 0 && s.maybe() {
		next := s.stores[len(s.stores)-1]
		blocks = append(blocks, do(func(env *Env) { env.Add(next, env.Context().Value(), get("k")(env)) }))
	}
	c.Do = blocks
	if s.maybe() {
		c.OnFull = []Action{tellContext}
	}
	if s.maybe() {
		c.OnTimeout = []Action{tellContext}
	}
	s.stores = append(s.stores, c)
	s.p.Stores = append(s.p.Stores, c)
	return c
}

// made draws a rule that is made at run time.
func (s *shapes) made() *Rule {
	r := &Rule{
		Name: pick(s, "name", "", "made"), Captures: []Var{{"key", get("k")}, {"item", get("x")}}, With: []Var{{"since", nowExpr}, {"n", func(*Env) Value { return Int(0) }}},
		Match: MustPattern("^{key}.*(go|stop)").Bind([]int{0}, []Expr{get("key")}), Bindings: []string{"end"},
		Do: []Action{say("made by $key $item at $since, $n: $end"), do(func(env *Env) {
			n, _ := env.Var(1).Int()
			env.SetVar(1, Int(n+1))
		})},
	}
	s.mortal(r)
	s.p.Rules = append(s.p.Rules, r)
	return r
}

// mortal lets a rule die in one of the ways.
func (s *shapes) mortal(r *Rule) {
	r.Continue = s.maybe()
	r.Once = pick(s, "once", false, false, true)
	if s.maybe() {
		r.Until = MustPattern("2 stop")
	}
	if s.maybe() {
		r.Lasting = For(s.seconds(12))
	}
	if s.maybe() {
		r.Idle = For(s.seconds(8))
	}
	if s.maybe() {
		r.At = daily(8*3600 + rapid.IntRange(1, 30).Draw(s.T, "at"))
	}
	r.OnTimeout = []Action{say("over: $key $item $since $n"), do(func(env *Env) { env.Emit("over", Field{"k", get("key")(env)}) })}
}

func (s *shapes) timer() *Timer {
	t := &Timer{Name: "block", Captures: []Var{{"key", get("k")}, {"item", get("x")}}, Recurs: s.maybe(), Do: []Action{
		say("timer of $key $item"), do(func(env *Env) { env.Emit("tick", Field{"k", get("key")(env)}) }),
	}}
	if s.maybe() {
		t.At = daily(8*3600 + rapid.IntRange(1, 30).Draw(s.T, "at"))
	} else {
		t.After, t.Aligned = For(s.seconds(9)), s.maybe()
	}
	return t
}

// member draws one member of a ruleset.
func (s *shapes) member(depth int) Member {
	switch pick(s, "member", "add", "add", "act", "make", "timer", "event", "count", "static", "delete", "fault", "alias", "sequence", "ruleset", "store", "ensure") {
	case "add":
		c, word := s.aStore(), pick(s, "word", "go", "stop", ".*")
		if s.maybe() {
			return s.on(word, do(func(env *Env) { env.Add(c, env.MessageValue(), get("k")(env)) }))
		}
		return s.on(word, add(c, "x", "k"))
	case "act":
		c := s.aStore()
		f := pick(s, "op", (*Env).Clear, (*Env).End, (*Env).Delete)
		return s.on("stop", do(func(env *Env) { f(env, c, get("k")(env)) }))
	case "make":
		r, place := s.made(), pick(s, "place", PlaceBefore, PlaceAfter, PlaceFirst, PlaceLast)
		return s.on("go", do(func(env *Env) { env.Make(r, place) }))
	case "timer":
		t := s.timer()
		s.p.Blocks = append(s.p.Blocks, t)
		return s.on("stop", do(func(env *Env) { env.SetTimer(t) }))
	case "event":
		c := s.aStore()
		return &Rule{Match: Event(pick(s, "event", "over", "tick"), 0, "k"), Bindings: []string{"k"}, Continue: s.maybe(), Do: []Action{say("event $k"), add(c, "k", "k")}}
	case "count":
		return with(s.on("go", do(func(env *Env) {
			n, _ := env.Global(0).Int()
			env.SetGlobal(0, Int(n+1))
		}), say("$all so far")), func(r *Rule) { r.Continue = s.maybe() })
	case "static":
		return with(s.on("go", say("static $n")), func(r *Rule) { s.mortal(r); r.With = []Var{{"n", nowExpr}} })
	case "delete":
		return s.on("stop", do(func(env *Env) {
			if env.Text("x") == "3" {
				env.DeleteRule("made")
			}
		}))
	case "fault":
		return s.on("go", do(func(env *Env) { env.Fault("bad %s", env.Text("x")) }))
	case "alias":
		return s.alias()
	case "sequence":
		return s.sequence()
	case "store":
		c := s.aStore()
		return s.on("go", do(func(env *Env) { env.MakeStore(c) }))
	case "ensure":
		return s.ensure()
	}
	set := guarded(lineForm)
	set.With = []Var{{"setvar", nowExpr}}
	set.Do = []Action{say("did $k $setvar")}
	if depth > 0 {
		for range rapid.IntRange(0, 3).Draw(s.T, "members") {
			set.Members = append(set.Members, s.member(depth-1))
		}
	}
	return set
}

func (s *shapes) aStore() *Store { return rapid.SampledFrom(s.stores).Draw(s.T, "store") }

func (s *shapes) alias() Member {
	c := s.aStore()
	alias := &Store{Name: fmt.Sprintf("alias%d", len(s.p.Stores)), Keys: []string{"k"}, AliasOf: c}
	s.p.Stores = append(s.p.Stores, alias)
	return s.on(".*", do(func(env *Env) {
		if env.Text("word") == "go" {
			env.Alias(c, []Value{get("k")(env)}, alias, []Value{get("x")(env)})
		} else if env.Find(alias, get("x")(env)) != nil {
			env.Add(alias, get("k")(env), get("x")(env))
		}
	}))
}

func (s *shapes) sequence() Member {
	step := func(item string, times int) SequenceStep {
		return SequenceStep{Name: item, Match: MustPattern("^(?<k>.) " + item), Times: times}
	}
	q := &Sequence{
		Bindings: []string{"k"}, Keys: 1, AtMost: pick(s, "at most", 0, 1), Within: s.seconds(10), AnyOrder: s.maybe(),
		Steps:   []SequenceStep{step("1", rapid.IntRange(1, 2).Draw(s.T, "times")), step("2", 1)},
		Do:      []Action{do(func(env *Env) { env.Alert(High, "done "+env.Text("k")) })},
		Missing: []Action{do(func(env *Env) { env.Alert(Low, "missing "+env.Text("k")+env.Step().String()) })},
	}
	q.Strict = !q.AnyOrder && s.maybe()
	return q
}

// ensure draws a rule that makes contexts as functions do.
func (s *shapes) ensure() Member {
	if len(s.p.Extensions) == 0 {
		s.p.Extensions = []Extension{{Name: "f.star", New: func() (State, error) { return &counter{}, nil }, Store: &Store{Name: "adhoc", Keys: []string{"name"}}}}
	}
	store := s.p.Extensions[0].Store
	limits := Limits{MaxLines: rapid.IntRange(0, 2).Draw(s.T, "max-lines"), Limited: s.maybe(), Actions: []string{"f", "g"}}
	switch pick(s, "limits", "length", "lasting", "idle") {
	case "length":
		limits.Length = s.seconds(8)
	case "lasting":
		limits.Lasting = s.seconds(8)
	case "idle":
		limits.Idle = s.seconds(8)
	}
	return s.on(".*", do(func(env *Env) {
		env.Ensure(store, get("k")(env), limits)
		env.Add(store, get("x")(env), get("k")(env))
	}))
}

// A counter is the state of an extension: it numbers what it does.
type counter struct{ n byte }

func (c *counter) Save() ([]byte, error) { return []byte{c.n}, nil }

func (c *counter) Load(data []byte) error {
	if len(data) != 1 {
		return errors.New("not one byte")
	}
	c.n = data[0]
	return nil
}

func (c *counter) Fire(env *Env, actions []string) error {
	c.n++
	env.Print(show(fmt.Sprint(c.n, actions), List(env.Context().Items())))
	return nil
}

func drawProgram(t *rapid.T) *Program {
	s := &shapes{T: t, p: program()}
	for range rapid.IntRange(1, 3).Draw(t, "stores") {
		s.store()
	}
	for range rapid.IntRange(1, 8).Draw(t, "members") {
		s.p.Root.Members = append(s.p.Root.Members, s.member(2))
	}
	for range rapid.IntRange(0, 2).Draw(t, "timers") {
		timer := s.timer()
		timer.Captures = nil
		s.p.Timers = append(s.p.Timers, timer)
	}
	s.p.Globals = []Var{{"all", func(*Env) Value { return Int(0) }}, {"began", nowExpr}}
	return s.p
}

func drawLines(t *rapid.T) []string {
	var lines []string
	now := 0
	for range rapid.IntRange(1, 14).Draw(t, "lines") {
		now += rapid.IntRange(0, 5).Draw(t, "later")
		pick := func(what string, from ...string) string { return rapid.SampledFrom(from).Draw(t, what) }
		line := fmt.Sprintf("%d %s %s %s", now, pick("key", "a", "b", "c"), pick("item", "1", "2", "3"), pick("word", "go", "stop", "on"))
		if rapid.IntRange(0, 5).Draw(t, "only time") == 0 {
			line = fmt.Sprint(now)
		}
		lines = append(lines, line)
	}
	return lines
}

// wholly shows all of the effects of a step.
func wholly(effects []Effect) string {
	all := ""
	for _, x := range effects {
		all += fmt.Sprintf("%s %s %s %s %q %q %v\n", x.ID, x.Time.Format(time.RFC3339Nano), x.Kind, x.Rule, x.Text, x.Lines, Map(x.Fields))
	}
	return all
}

func save(t rapid.TB, e *Engine) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := e.Save(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func load(t rapid.TB, p *Program, o Options, snapshot []byte) *Engine {
	t.Helper()
	e, err := New(p, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Load(bytes.NewReader(snapshot)); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestSavingAndLoadingChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, lines := drawProgram(t), drawLines(t)
		o := Options{MaxKept: rapid.SampledFrom([]int{0, 300}).Draw(t, "most bytes kept"), Skew: rapid.SampledFrom([]time.Duration{0, 2 * time.Second}).Draw(t, "skew")}
		whole, err := New(p, o)
		if err != nil {
			t.Fatal(err)
		}
		snapshots := [][]byte{save(t, whole)}
		var told []string
		for _, line := range lines {
			told = append(told, wholly(step(whole, line)))
			snapshots = append(snapshots, save(t, whole))
		}
		at := whole.Now()
		expired := wholly(whole.ExpireContexts())
		for from := range snapshots {
			e := load(t, p, o, snapshots[from])
			if again := save(t, e); !bytes.Equal(again, snapshots[from]) {
				t.Fatalf("after %q a snapshot of the loaded engine differs:\n%q\n%q", lines[:from], snapshots[from], again)
			}
			for i := from; i < len(lines); i++ {
				if got := wholly(step(e, lines[i])); got != told[i] {
					t.Fatalf("%q\nloaded after %d of them, at %q:\n%s\nwant\n%s", lines, from, lines[i], got, told[i])
				}
				if !bytes.Equal(save(t, e), snapshots[i+1]) {
					t.Fatalf("%q\nloaded after %d of them, at %q: the states differ", lines, from, lines[i])
				}
			}
			if got := wholly(e.ExpireContexts()); got != expired || !e.Now().Equal(at) {
				t.Fatalf("at the end, %s:\n%s\nwant\n%s", e.Now(), got, expired)
			}
			if e.made != whole.made || e.kept != whole.kept {
				t.Fatalf("%d rules made and %d bytes kept, want %d and %d", e.made, e.kept, whole.made, whole.kept)
			}
		}
	})
}

func TestASnapshotThatIsNone(t *testing.T) {
	p := gathering(&Store{Lasting: time.Hour})
	e := newEngine(t, p)
	feedTo(e, "0 a 1", "1 b 2")
	good := save(t, e)
	newer := bytes.Replace(good, []byte(snapshotMagic+"\x01"), []byte(snapshotMagic+"\x02"), 1)
	body := newer[:len(newer)-4]
	newer = binary.LittleEndian.AppendUint32(bytes.Clone(body), crc32.Checksum(body, castagnoli))
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "no snapshot of LoGS"},
		{"a log", []byte("Oct 28 17:03:11 l096 sshd[1]: Invalid user"), "no snapshot of LoGS"},
		{"its first line alone", good[:len(snapshotMagic)], "ends too early or is damaged"},
		{"torn in the middle", good[:len(good)/2], "ends too early or is damaged"},
		{"without its last byte", good[:len(good)-1], "ends too early or is damaged"},
		{"with a byte more", append(bytes.Clone(good), 0), "ends too early or is damaged"},
		{"of a newer program", newer, "version 2, this program reads 1: use the program that wrote it"},
	}
	for _, test := range tests {
		if err := newEngine(t, p).Load(bytes.NewReader(test.data)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		if newEngine(t, p).Load(bytes.NewReader(bad)) == nil {
			t.Errorf("the damage at byte %d was not found", i)
		}
	}
}

// Even a snapshot whose checksum is right, but nothing else, is an error at
// most.
func TestASnapshotThatLiesDoesNotPanic(t *testing.T) {
	e := newEngine(t, rapidProgram())
	for i := range 20 {
		feedTo(e, fmt.Sprintf("%d %c %d go", i, 'a'+i%3, 1+i%2))
	}
	good := save(t, e)
	body := good[:len(good)-4]
	r := rand.New(rand.NewPCG(1, 2))
	for i := len(snapshotMagic) + 1; i < len(body); i++ {
		bad := bytes.Clone(body)
		bad[i] = byte(r.Uint32())
		bad = binary.LittleEndian.AppendUint32(bad, crc32.Checksum(bad, castagnoli))
		_ = newEngine(t, rapidProgram()).Load(bytes.NewReader(bad)) // it may well load
	}
}

// rapidProgram is one of the programs of the property test, the same always.
func rapidProgram() *Program {
	return rapid.Custom(func(t *rapid.T) *Program {
		s := &shapes{T: t, p: program()}
		c := s.store()
		c.AtRuntime = false
		s.p.Root.Members = []Member{s.on(".*", add(c, "x", "k")), s.sequence(), s.ensure(), s.on("go", do(func(env *Env) { env.Make(s.p.Rules[0], PlaceLast) }))}
		s.made()
		s.p.Globals = []Var{{"all", nowExpr}}
		return s.p
	}).Example(7)
}

func TestErrorsOfReadingAndWriting(t *testing.T) {
	p := program()
	p.Extensions = []Extension{{Name: "f.star", New: func() (State, error) { return &counter{}, nil }}}
	e := newEngine(t, p)
	feedTo(e, "0 a")
	good := save(t, e)
	if err := newEngine(t, p).Load(iotest.ErrReader(errTorn)); !errors.Is(err, errTorn) {
		t.Errorf("reading: %v", err)
	}
	if err := e.Save(brokenPipe{}); !errors.Is(err, errTorn) {
		t.Errorf("writing: %v", err)
	}
	e.states[0] = noState{}
	var buf bytes.Buffer
	if err := e.Save(&buf); err != nil {
		t.Fatal(err)
	}
	if err := newEngine(t, p).Load(&buf); err == nil || !strings.Contains(err.Error(), "cannot load what f.star keeps: not one byte") {
		t.Errorf("an extension: %v", err)
	}
	if err := e.Load(bytes.NewReader(good)); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("into an engine that runs: %v", err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errTorn }
