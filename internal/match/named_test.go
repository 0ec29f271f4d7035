package match

import (
	"slices"
	"testing"
)

func TestHolesOfAPattern(t *testing.T) {
	tests := []struct {
		pattern string
		want    []Hole
	}{
		{`no holes`, nil},
		{`from {IP}`, []Hole{{5, 9, "IP", ""}}},
		{`{USER:user} from {IP:ip_1}`, []Hole{{0, 11, "USER", "user"}, {17, 26, "IP", "ip_1"}}},
		{`{a-b} {a:b}{c}`, []Hole{{0, 5, "a-b", ""}, {6, 11, "a", "b"}, {11, 14, "c", ""}}},
		{`a{3} a{2,5} \p{L} \x{41} \{IP} [{IP}] \Q{IP}\E`, nil},
		{`{IP:} {:ip} {IP:a-b} {IP:1} {IP:a b} {I P:x} {IP:x`, nil},
		{`({IP}`, nil},
		{"{IP}\xff", nil},
	}
	for _, test := range tests {
		if got := Holes(test.pattern); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.pattern, got, test.want)
		}
	}
}

// What Holes finds are the holes of Compile, and those with a group.
func FuzzHoles(f *testing.F) {
	for _, p := range []string{`{a}`, `{a:b}{c}`, `({IP:ip}|\{x})[{y}]`, `(?i){IP:x}{2}`, `\Q{a}\E{b`} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		var plain []string
		for _, h := range Holes(pattern) {
			text := pattern[h.Start:h.End]
			switch {
			case h.Group == "" && text == "{"+h.Name+"}":
				plain = append(plain, h.Name)
			case h.Group == "" || text != "{"+h.Name+":"+h.Group+"}":
				t.Errorf("%q: %+v is at %q", pattern, h, text)
			}
		}
		if p, err := Compile(pattern); err == nil && !slices.Equal(plain, p.Holes()) {
			t.Errorf("%q: Holes finds %q, Compile %q", pattern, plain, p.Holes())
		}
	})
}
