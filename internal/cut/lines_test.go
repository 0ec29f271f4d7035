package cut

import (
	"slices"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 100)
	for _, c := range []struct {
		text string
		want []uint32
	}{
		{"", []uint32{0}},
		{"a", []uint32{0, 1}},
		{"\n", []uint32{0, 1}},
		{"a\nb", []uint32{0, 2, 3}},
		{"a\n\n\r\nb\n", []uint32{0, 2, 3, 5, 7}},
		{long + "\n" + long + "\n" + long, []uint32{0, 101, 202, 302}},
		{strings.Repeat("\n", 5), []uint32{0, 1, 2, 3, 4, 5}},
	} {
		if got := Lines(nil, c.text); !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
}

// plainly is Lines without any haste.
func plainly(text string) []uint32 {
	starts := []uint32{0}
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, uint32(i+1))
		}
	}
	if text != "" && text[len(text)-1] != '\n' {
		starts = append(starts, uint32(len(text)))
	}
	return starts
}

// Newlines anywhere in the words that are looked at, as many as fit, and text of
// every length around those words and the pieces.
func TestLinesAnywhere(t *testing.T) {
	text := make([]byte, 3*piece)
	for every := range 70 {
		for i := range text {
			text[i] = "x\v\x8a"[i%3]
			if every == 0 || i%every == every/2 {
				text[i] = '\n'
			}
		}
		for _, size := range []int{1, 31, 32, 33, 63, 64, 65, 127, 128, piece - 1, piece, piece + 1, piece + 64, 3 * piece} {
			for from := range 3 {
				s := string(text[from : from+min(size, len(text)-from)])
				if got, want := Lines([]uint32{7}, s), plainly(s); got[0] != 7 || !slices.Equal(got[1:], want) {
					t.Fatalf("%d bytes from %d, a newline every %d: %v, want %v", size, from, every, got, want)
				}
			}
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add("a\nb\n", 3)
	f.Add("\n\n\n", 100)
	f.Fuzz(func(t *testing.T, text string, times int) {
		text = strings.Repeat(text, 1+max(times, 0)%100)
		if got, want := Lines(nil, text), plainly(text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	})
}

func BenchmarkLines(b *testing.B) {
	text := strings.Repeat("Oct 28 17:03:11 node039 postfix/smtpd[5784]: connect from mail9.example.net[10.30.2.2]\n"+
		"Oct 28 17:03:11 node7 kernel: eth0: link up\n", 4000)
	var starts []uint32
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		starts = Lines(starts[:0], text)
	}
}

// BenchmarkEach is what BenchmarkLines is to be compared with.
func BenchmarkEach(b *testing.B) {
	text := strings.Repeat("Oct 28 17:03:11 node039 postfix/smtpd[5784]: connect from mail9.example.net[10.30.2.2]\n"+
		"Oct 28 17:03:11 node7 kernel: eth0: link up\n", 4000)
	var starts []uint32
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		starts = appendEach(starts[:0], text, 0)
	}
}
