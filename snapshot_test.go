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

// leap stands for a leap back among the lines.
const leap = "leap back"

// stepOrLeap goes on by a line and shows all of its effects.
func stepOrLeap(e *Engine, line string) string {
	if line == leap {
		e.Leap(7 * time.Second)
		return ""
	}
	return wholly(step(e, line))
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
			told = append(told, stepOrLeap(whole, line))
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
				if got := stepOrLeap(e, lines[i]); got != told[i] {
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
