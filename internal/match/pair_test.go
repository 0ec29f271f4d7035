package match

import (
	"strings"
	"testing"
)

// plainly is what pair.in is.
func (p pair) plainly(text string) int {
	for i := 0; i+p.apart < len(text); i++ {
		if text[i] == p.first && text[i+p.apart] == p.second {
			return i
		}
	}
	return -1
}

// The pair alone at every place of a text of every length around the steps, and
// its bytes all around it without each other.
func TestPairAnywhere(t *testing.T) {
	for _, p := range []pair{{'a', 'b', 1, false}, {'a', 'b', 7, true}, {'a', 'a', 3, true}, {'a', 'b', 40, false}, {'a', 'a', 0, false}} {
		for size := range 200 {
			for at := -1; at+p.apart < size; at++ {
				for _, around := range []string{".", p.string(0), p.string(1)} {
					text := []byte(strings.Repeat(around, size))
					if at >= 0 {
						text[at], text[at+p.apart] = p.first, p.second
					}
					s := string(text)
					want := p.plainly(s)
					if got := p.in(s); got != want {
						t.Fatalf("%+v in %q: %d, want %d", p, s, got, want)
					}
					if got := p.byRarer(s); got != want {
						t.Fatalf("%+v by the rarer in %q: %d, want %d", p, s, got, want)
					}
				}
			}
		}
	}
}

func (p pair) string(i int) string { return string([]byte{p.first, p.second}[i]) }

func FuzzPair(f *testing.F) {
	f.Add("Oct 28 12:00:01 node017 sshd[4711]: Invalid user x from 192.0.2.7 port 22", byte('I'), byte('v'), 2, false)
	f.Add("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", byte('a'), byte('b'), 1, true)
	f.Fuzz(func(t *testing.T, text string, first, second byte, apart int, rarer bool) {
		p := pair{first, second, max(apart, 0) % 50, rarer}
		if p.apart == 0 {
			p.second = p.first
		}
		want := p.plainly(text)
		if got := p.in(text); got != want {
			t.Errorf("%+v in %q: %d, want %d", p, text, got, want)
		}
		if got := p.byRarer(text); got != want {
			t.Errorf("%+v by the rarer in %q: %d, want %d", p, text, got, want)
		}
	})
}
