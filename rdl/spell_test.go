package rdl

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"matching", "binding", "once", "on", "doing", "within", "Host", "ip"}
	tests := []struct{ name, want string }{
		{"mtaching", "matching"}, // swapped
		{"matchin", "matching"},  // dropped
		{"wihtin", "within"},
		{"witin", "within"},
		{"bindings", "binding"}, // added
		{"dong", "doing"},
		{"HOST", "Host"},
		{"pi", "ip"},
		{"onec", "once"},
		{"matching", ""}, // nothing else is near
		{"x", ""},
		{"w", ""},
		{"elephant", ""},
		{"", ""},
	}
	for _, test := range tests {
		if got := nearest(test.name, known); got != test.want {
			t.Errorf("nearest(%q) = %q, want %q", test.name, got, test.want)
		}
	}
}

func TestNearestDoesNotDependOnOrder(t *testing.T) {
	a, b := nearest("cat", []string{"hat", "bat"}), nearest("cat", []string{"bat", "hat"})
	if a != "bat" || b != "bat" {
		t.Errorf("nearest = %q and %q, want bat both times", a, b)
	}
}
