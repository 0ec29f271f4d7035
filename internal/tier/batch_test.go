package tier

import (
	"strings"
	"testing"
	"time"
)

func TestWhatIsNoBatch(t *testing.T) {
	good := batch{"0123456789abcdef", 7, 2, []byte("a\nb\n")}
	if b, err := parseBatch(good.encode()); err != nil || b.first != 7 || b.count != 2 || b.epoch != good.epoch || string(b.lines) != "a\nb\n" {
		t.Fatalf("%v, %v", b, err)
	}
	for _, data := range []string{
		"", "\n", "logs events 1 \n", "logs events 2 0123456789abcdef 1 1\na\n", "logs events 1 0123456789ABCDEF 1 1\na\n",
		"logs events 1 0123456789abcdef 0 1\na\n", "logs events 1 0123456789abcdef 1 0\n", "logs events 1 0123456789abcdef 1 2\na\n",
		"logs events 1 0123456789abcdef 1 1\na\nb\n", "logs events 1 0123456789abcdef 1 1\na\nb", "logs events 1 0123456789abcdef 1 -1\n",
		"logs events 1 0123456789abcdef 1 3000\n" + strings.Repeat("a\n", 3000), "logs events 1 0123456789abcdef 99999999999999999999 1\na\n",
		"logs events 1 0123456789abcdef 1 1", strings.Repeat("x", 1000),
	} {
		if b, err := parseBatch([]byte(data)); err == nil {
			t.Errorf("%q is the batch %v", data, b)
		}
	}
}

func FuzzParseBatch(f *testing.F) {
	b := batch{"0123456789abcdef", 7, 2, []byte("a\nb\n")}
	f.Add(b.encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := parseBatch(data)
		if err != nil {
			return
		}
		checkEvents(b.lines, "edge1", time.Time{})
		if again, err := parseBatch(b.encode()); err != nil || again.id() != b.id() || b.end() <= b.first {
			t.Fatalf("%v, %v", again, err)
		}
		cutLines(b.lines, b.count)
	})
}

func FuzzParsePlace(f *testing.F) {
	f.Add("12 3 0123456789abcdef:7")
	f.Fuzz(func(t *testing.T, mark string) {
		p, err := parsePlace(mark)
		if err != nil || mark == "" {
			return
		}
		again, err := parsePlace(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%q: %v, %v", mark, again, err)
		}
	})
}

func TestARateLetsThroughWhatItSays(t *testing.T) {
	var b bucket
	now, taken := began, 0
	for range 10_000 { // for ten seconds, every ms
		if b.take(7, 100, now) == 0 {
			taken += 7
		}
		now = now.Add(time.Millisecond)
	}
	if taken < 1000 || taken > 1110 {
		t.Errorf("%d events in ten seconds at 100 a second", taken)
	}
	if wait := (&bucket{level: -500, at: now}).take(1, 100, now); wait != 5*time.Second {
		t.Errorf("a debt of five seconds takes %v", wait)
	}
}
