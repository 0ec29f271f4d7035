package match

import (
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestStopClock(t *testing.T) {
	p := mustCompile(t, "a(?!b)")
	p.Find(nil, "ac", nil)
	StopClock()
	goleak.VerifyNone(t)
	if _, outcome := p.Find(nil, "ac", nil); outcome != Yes {
		t.Errorf("after StopClock: %v", outcome)
	}
}

func TestLookaroundGivesUp(t *testing.T) {
	for _, c := range []struct{ pattern, line string }{
		{`^(?=a)(a+)+$`, strings.Repeat("a", 40) + "b"},
		{`(?=a)a`, strings.Repeat("a", maxLine+1)},
	} {
		p := mustCompile(t, c.pattern)
		if offsets, outcome := p.Find(nil, c.line, nil); outcome != GaveUp || len(offsets) != 0 {
			t.Errorf("%s: got %v, %v", c.pattern, offsets, outcome)
		}
	}
	p := mustCompile(t, `x(?=a)a`)
	if _, outcome := p.Find(nil, strings.Repeat("a", maxLine+1), nil); outcome != No {
		t.Errorf("a long line without the literal: got %v", outcome)
	}
}

// TestPrivateBlock: only a value that is not UTF-8 makes a line's private characters a problem.
func TestPrivateBlock(t *testing.T) {
	for _, c := range []struct {
		line, value string
		want        Outcome
	}{
		{"x\U0010FE80", "x", Yes},
		{"x\xff\U0010FE80", "x\xff", GaveUp},
		{"x\xff", "x\xff", Yes},
		{"x\xfe", "x\xff", No},
		{"x\ufffd", "x\xff", No},
		{"x\ufffd", "x\ufffd", Yes},
		{"x\xff", "x\ufffd", No},
	} {
		p := mustCompile(t, "(?<!y){v}|never")
		if _, outcome := p.Find(nil, c.line, []string{c.value}); outcome != c.want {
			t.Errorf("%q on %q: %v, want %v", c.value, c.line, outcome, c.want)
		}
	}
}
