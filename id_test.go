package logs

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// idsOf are the IDs of all effects of a run in which everything has some.
func idsOf(t *testing.T, lines []string) []ID {
	t.Helper()
	s := &Store{Name: "c", Keys: []string{"k"}, Lasting: 3 * time.Second, Limited: true, MaxLines: 2, Do: []Action{say("full"), say("full")}}
	p := program(continuing(rule("(?<k>.)", add(s, "k", "k"), say("same"), say("same"))), rule("", do(func(env *Env) { env.Emit("e") })),
		&Rule{Match: Event("e", 0), Do: []Action{say("same")}})
	p.Stores = []*Store{s}
	p.Timers = []*Timer{{After: For(time.Second), Recurs: true, Do: []Action{say("tick")}}, {After: For(time.Second), Recurs: true, Do: []Action{say("tick")}}}
	e := newEngine(t, p)
	var ids []ID
	for _, line := range lines {
		for _, x := range step(e, line) {
			ids = append(ids, x.ID)
		}
	}
	feedTo(e, "100 z")
	for _, x := range e.ExpireContexts() {
		ids = append(ids, x.ID)
	}
	return ids
}

func TestIDs(t *testing.T) {
	lines := []string{}
	for i := range 40 {
		lines = append(lines, fmt.Sprintf("%d %d", i/3, i%2)) // lines that are the same, at the same time
	}
	ids := idsOf(t, lines)
	if !slices.Equal(ids, idsOf(t, lines)) {
		t.Error("the same lines must give the same IDs")
	}
	slices.Sort(ids)
	if all := len(ids); len(slices.Compact(ids)) != all {
		t.Errorf("of %d IDs %d differ", all, len(slices.Compact(ids)))
	}
	if id := ID(0x1f); id.String() != "000000000000001f" {
		t.Errorf("an ID shows as %s", id)
	}
}

func TestAnotherLineHasOtherIDs(t *testing.T) {
	ids := idsOf(t, []string{"0 a"})
	for _, line := range []string{"0 b", "1 a", "0 a "} {
		if other := idsOf(t, []string{line}); other[0] == ids[0] {
			t.Errorf("%q has the ID of another", line)
		}
	}
}
