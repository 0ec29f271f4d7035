package match

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func has(cands []int, i int) bool { return slices.Contains(cands, i) }

// checkSet holds a set to its word: a pattern is named if and only if one of its literals is
// in the line. (That it is named for no other reason is more than is promised.)
func checkSet(t interface{ Fatalf(string, ...any) }, literals [][]string, line string) {
	bits := NewSet(literals).Candidates([]int{7, 7, 7}, line)
	if !slices.IsSorted(bits) || len(slices.Compact(slices.Clone(bits))) != len(bits) {
		t.Fatalf("%v are not in order, each once", bits)
	}
	if any := NewSet(literals).Any(line); any != (len(bits) > 0) {
		t.Fatalf("any is %v on %q, candidates %v", any, line, bits)
	}
	for i, lits := range literals {
		want := len(lits) == 0 || slices.ContainsFunc(lits, func(s string) bool { return strings.Contains(line, s) })
		if has(bits, i) != want {
			t.Fatalf("pattern %d needs one of %q: candidate %v on %q", i, lits, has(bits, i), line)
		}
	}
}

func TestSetOfAnyLiterals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lit := textOf([]string{"a", "b", "ab", "abc", "é", "\xff", "session ", "opened"}, 6)
		literals := rapid.SliceOfN(rapid.SliceOfN(lit, 0, 3), 0, 150).Draw(t, "literals")
		var flat []string
		for _, lits := range literals {
			flat = append(flat, lits...)
		}
		for range 10 {
			checkSet(t, literals, textOf(append(flat, "a", "x", "bc"), 8).Draw(t, "line"))
		}
	})
}

// TestSetFindsEveryPlace puts each literal at every offset of a line.
func TestSetFindsEveryPlace(t *testing.T) {
	for length := 1; length <= 30; length++ {
		var literals [][]string
		for i := range 100 {
			literals = append(literals, []string{fmt.Sprintf("%030d", i*7919)[30-length:]})
		}
		set := NewSet(literals)
		for at := range 30 {
			for i, lits := range literals {
				line := strings.Repeat("x", at) + lits[0] + strings.Repeat("y", at%5)
				if !has(set.Candidates(nil, line), i) {
					t.Fatalf("%q is not found in %q", lits[0], line)
				}
			}
		}
	}
}

func TestSetOfNone(t *testing.T) {
	if bits := NewSet(nil).Candidates([]int{1, 2}, "line"); len(bits) != 0 {
		t.Errorf("got %v", bits)
	}
	if bits := NewSet([][]string{nil, {}, {""}, {"x"}}).Candidates(nil, ""); !slices.Equal(bits, []int{0, 1, 2}) {
		t.Errorf("got %v", bits)
	}
}

// What Find finds in a text is what Any tells of its lines.
func TestFindAgreesWithAny(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("abcdefgh xyz")), 1, 14, -1)
		literals := rapid.SliceOfN(rapid.SliceOfN(word, 0, 2), 0, 20).Draw(t, "literals")
		lines := rapid.SliceOfN(rapid.OneOf(rapid.StringOfN(rapid.RuneFrom([]rune("abcdefgh xyz")), 0, 30, -1), word), 0, 40).Draw(t, "lines")
		if rapid.Bool().Draw(t, "gated") {
			literals = slices.DeleteFunc(literals, func(l []string) bool { return len(l) == 0 })
		}
		set, text := NewSet(literals), strings.Join(lines, "\n")
		find, start := set.Find(text), 0
		for _, line := range lines {
			end := start + len(line)
			if at := find(start); start < len(text) && (at < len(text) && at <= end) != set.Any(line) {
				t.Fatalf("line %q of %q: the next place is %d, the line goes from %d to %d, any says %v", line, text, at, start, end, set.Any(line))
			}
			start = end + 1
		}
	})
}

// FuzzSet takes the literals from a list separated by line breaks.
func FuzzSet(f *testing.F) {
	f.Add("a\nab\nabc\nabcd\nabcde\nsession opened\nsession closed\nsshd", "sshd: session opened")
	f.Add(strings.Repeat("aaaa\naaaaaaa\n", 5), "aaaaaaaaaa")
	f.Add("\xff\xfe\n\xff\n\n", "\xff\xfe")
	f.Add("service ab failed\nservice cd failed\nservice ef failed\nab fail\nd f\nx", "service cd failed")
	f.Add("\x00\x00\x00\na\x00\x00\n\x00\x00a\x00\nbcde\x00\x00", "bcde\x00")
	f.Fuzz(func(t *testing.T, list, line string) {
		var literals [][]string
		for _, lit := range strings.Split(list, "\n") {
			literals = append(literals, []string{lit}, nil, []string{lit, line})
		}
		checkSet(t, literals, line)
	})
}

// TestSetAgreesWithPatterns tries all patterns of the tests on all lines: what is no
// candidate does not match.
func TestSetAgreesWithPatterns(t *testing.T) {
	var literals [][]string
	for _, pattern := range patterns {
		literals = append(literals, mustCompile(t, pattern).Literals())
	}
	set := NewSet(literals)
	for _, line := range lines {
		bits := set.Candidates(nil, line)
		for i, pattern := range patterns {
			if !has(bits, i) && regexp.MustCompile(pattern).MatchString(line) {
				t.Errorf("%q matches %q but is no candidate", pattern, line)
			}
		}
	}
}

func TestSetAllocatesNothing(t *testing.T) {
	set := NewSet([][]string{{"alice"}, {"bobby"}, {"carol"}, {"david"}, {"elvis"}, {"frank"}})
	bits := make([]int, 0, 4)
	if n := testing.AllocsPerRun(100, func() { bits = set.Candidates(bits, hitLine) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// syslog makes n lines like those of a busy host; 5 in 100 are of a scanner.
func syslog(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	var out []string
	for range n {
		head := fmt.Sprintf("Oct 28 17:%02d:%02d l%03d ", rnd.IntN(60), rnd.IntN(60), rnd.IntN(200))
		pid, ip := rnd.IntN(30000), fmt.Sprintf("10.%d.%d.%d", rnd.IntN(256), rnd.IntN(256), rnd.IntN(256))
		switch k := rnd.IntN(100); {
		case k < 5:
			out = append(out, head+fmt.Sprintf("sshd[%d]: Invalid user u%d from %s", pid, rnd.IntN(100), ip))
		case k < 30:
			out = append(out, head+fmt.Sprintf("sshd[%d]: Accepted publickey for root from %s port %d ssh2", pid, ip, rnd.IntN(65536)))
		case k < 55:
			out = append(out, head+fmt.Sprintf("CRON[%d]: pam_unix(cron:session): session opened for user root by (uid=0)", pid))
		case k < 80:
			out = append(out, head+fmt.Sprintf("dhcpd: DHCPREQUEST for %s from 00:16:3e:%02x:%02x:%02x via eth%d", ip, k, k, k, k%4))
		default:
			out = append(out, head+fmt.Sprintf("kernel: [%d.%06d] eth0: link is up at %d Mbps, full duplex, flow control rx", pid, k, k*100))
		}
	}
	return out
}

func BenchmarkSet(b *testing.B) {
	lines := syslog(4096)
	for _, n := range []int{1, 10, 100, 1000, 10000} {
		literals := [][]string{{"Invalid user "}}
		for i := 1; i < n; i++ {
			literals = append(literals, []string{fmt.Sprintf("unit%d-%x failed", i, i*7919)})
		}
		set := NewSet(literals)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			var bits []int
			for i := 0; b.Loop(); i++ {
				bits = set.Candidates(bits, lines[i%len(lines)])
			}
		})
	}
}

// alike are literals that have much in common, as those of generated rules do.
var alike = map[string]func(i int) string{
	"names":     func(i int) string { return fmt.Sprintf("service %s failed with code ", word(i)) },
	"numbers":   func(i int) string { return fmt.Sprintf("interface eth%d/%d/%d down", i/400, i/20%20, i%20) },
	"addresses": func(i int) string { return fmt.Sprintf("from 10.%d.%d.%d ", i%7, i%250, i*7919%256) },
	"hosts":     func(i int) string { return fmt.Sprintf("host%05d", i) },
	"lengths":   func(i int) string { return (word(i) + word(i+1) + word(i+2))[:4+i%17] },
}

// word makes a word of 8 letters of a number.
func word(i int) string {
	w, rnd := make([]byte, 8), rand.New(rand.NewPCG(uint64(i), 0))
	for j := range w {
		w[j] = "etaoinshrdlucmfwypvbgkjqxz"[min(rnd.IntN(26), rnd.IntN(26))]
	}
	return string(w)
}

// setOfAlike makes the set of n literals, and lines that hold n others.
func setOfAlike(literal func(i int) string, n int) (set *Set, lines []string) {
	var literals [][]string
	for i := range n {
		literals = append(literals, []string{literal(i)})
		lines = append(lines, fmt.Sprintf("Oct 28 17:%02d:%02d l%03d daemon: %s5", i/60%60, i%60, i%200, literal(n+i)))
	}
	return NewSet(literals), lines
}

// However alike the literals are, and the lines like them: hardly any is compared in vain.
func TestSetOfLiteralsThatAreAlike(t *testing.T) {
	for name, literal := range alike {
		for _, n := range []int{100, 1000, 10000} {
			set, lines := setOfAlike(literal, n)
			steps := 0
			for _, f := range set.grams {
				for _, line := range lines {
					for i, h := f.next(line, 0); i < len(line); i, h = f.next(line, i+f.stride) {
						for e := f.head[h>>f.heads]; e != 0; e = f.entries[e].next {
							steps++
						}
					}
				}
			}
			if steps > 20*len(lines) {
				t.Errorf("%d %s: %d literals are compared for each line", n, name, steps/len(lines))
			}
		}
	}
}

// A plan leaves out no literal, and its windows fit into all that it is made for.
func TestPlansFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfNDistinct(textOf([]string{"a", "b", "xyz", "service ", "0123456789"}, 8), 1, 200, rapid.ID).Draw(t, "literals")
		var literals [][]string
		want := 0
		for _, text := range texts {
			if text != "" {
				literals = append(literals, []string{text})
				want++
			}
		}
		set := NewSet(literals)
		got := len(set.direct)
		for _, f := range set.grams {
			got += len(f.targets)
			for _, lit := range f.targets {
				if f.width < 1 || f.stride < 1 || f.width > maxWidth || f.width+f.stride-1 > len(lit.text) {
					t.Fatalf("%d grams of %d bytes are not in %q", f.stride, f.width, lit.text)
				}
			}
		}
		if got != want {
			t.Fatalf("%d literals, want %d", got, want)
		}
	})
}

func BenchmarkSetOfAlike(b *testing.B) {
	for name, literal := range alike {
		for _, n := range []int{10, 100, 1000, 10000} {
			set, lines := setOfAlike(literal, n)
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					set.Any(lines[i%len(lines)])
				}
			})
		}
	}
}

func BenchmarkNewSet(b *testing.B) {
	var literals [][]string
	for i := range 1000 {
		literals = append(literals, []string{fmt.Sprintf("unit%d-%x failed", i, i*7919)})
	}
	b.ReportAllocs()
	for b.Loop() {
		NewSet(literals)
	}
}

// A line full of literals is tidied on the way, so that it takes no room.
func TestSetOnALineFullOfLiterals(t *testing.T) {
	literals := [][]string{{"ab"}, {"cd"}, {"ef"}, {"gh"}, {"ij"}, {"abab"}, {"ba"}}
	set := NewSet(literals)
	cands := set.Candidates(nil, strings.Repeat("ab", 1<<19))
	if !slices.Equal(cands, []int{0, 5, 6}) || cap(cands) > 4*minLimit {
		t.Errorf("got %v, in room for %d", cands, cap(cands))
	}
}
