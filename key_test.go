package logs

import (
	"testing"

	"pgregory.net/rapid"
)

func TestKeysAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(values(), 0, 4).Draw(t, "values")
		key := string(appendKeys(nil, want))
		for _, w := range want {
			var got Value
			got, key = readKey(key)
			if !got.Equal(w) {
				t.Fatalf("got %s %v, want %s %v", got.Kind(), got, w.Kind(), w)
			}
		}
		if key != "" {
			t.Fatalf("%q is left", key)
		}
	})
}

// Two parts must not flow into each other: ("a", "bc") is not ("ab", "c").
func TestKeysOfSeveralValuesDiffer(t *testing.T) {
	text := rapid.StringOf(rapid.SampledFrom([]rune{'a', 0, 1, 4}))
	rapid.Check(t, func(t *rapid.T) {
		a, b, c, d := text.Draw(t, "a"), text.Draw(t, "b"), text.Draw(t, "c"), text.Draw(t, "d")
		same := string(appendKeys(nil, []Value{Text(a), Text(b)})) == string(appendKeys(nil, []Value{Text(c), Text(d)}))
		if same != (a == c && b == d) {
			t.Fatalf("(%q, %q) and (%q, %q): %v", a, b, c, d, same)
		}
	})
}

func TestKeyText(t *testing.T) {
	if got := keyText(string(appendKeys(nil, []Value{Text("10.0.0.7"), Int(22), Nil}))); got != "10.0.0.7, 22, " {
		t.Errorf("got %q", got)
	}
}
