package logs

import "testing"

// Keys of one hash are told apart, and each is taken out by itself.
func TestKeysOfOneHash(t *testing.T) {
	x := newIndex(&Rule{Index: &Index{Before: "is ", After: " back"}}, 0)
	a, b, again := &live{rank: 1}, &live{rank: 2}, &live{rank: 3}
	x.add(a, "a")
	x.add(again, "a")
	x.add(b, "b")
	x.byHash[x.hash("a")].same, b.same = b, a // as if "b" had the hash of "a", and had come in between
	delete(x.byHash, x.hash("b"))
	check := func(line string, want ...*live) {
		t.Helper()
		got := x.lookup(nil, line, 0)
		if len(got) != len(want) {
			t.Fatalf("%s: %d rules, want %d", line, len(got), len(want))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: the rule of rank %d, want %d", line, got[i].rank, want[i].rank)
			}
		}
	}
	check("it is a back", again, a)
	check("it is b back")
	x.remove(a)
	check("it is a back", again)
	if again.same != b {
		t.Error("the rule of the other key is lost")
	}
	x.remove(again)
	check("it is a back")
}
