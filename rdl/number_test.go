package rdl

import (
	"strings"
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	tests := []struct {
		text string
		want any
	}{
		{"0", int64(0)},
		{"9223372036854775807", int64(9223372036854775807)},
		{"1.5", 1.5},
		{"1e3", 1e3},
		{"2.5e-3", 2.5e-3},
		{"500ms", 500 * time.Millisecond},
		{"30s", 30 * time.Second},
		{"3m", 3 * time.Minute},
		{"1h30m", 90 * time.Minute},
		{"2d", 48 * time.Hour},
		{"1w", 168 * time.Hour},
		{"1w2d3h4m5s6ms7us8ns", 219*time.Hour + 4*time.Minute + 5*time.Second + 6007008},
		{"64KiB", int64(65536)},
		{"2MiB", int64(2 << 20)},
		{"1GiB", int64(1 << 30)},
		{"3KB", int64(3000)},
		{"3MB", int64(3000000)},
		{"3GB", int64(3000000000)},
	}
	for _, test := range tests {
		let := mustParse(t, "let x = "+test.text).Decls[0].(*Let)
		if lit := let.Value.(*Literal); lit.Value != test.want || lit.Text != test.text {
			t.Errorf("%s = %v (%T), want %v", test.text, lit.Value, lit.Value, test.want)
		}
	}
}

func TestNumbersThatAreNone(t *testing.T) {
	tests := []struct{ text, want string }{
		{"9223372036854775808", "too large"},
		{"1e999", "too large"},
		{"9007199254740992KiB", "too large"},
		{"20000w", "too long"},
		{"15250w1w", "each once"},
		{"15250w6d", "too long"},
		{"5q", `unknown unit "q"`},
		{"5m30", "without a unit"},
		{"30m1h", "large to small"},
		{"1m1m", "each once"},
		{"1.5h", "whole numbers"},
		{"5e", "not a number"},
		{"0x10", "unknown unit"},
		{"5µs", "unknown unit"},
		{"1_000", "unknown unit"},
	}
	for _, test := range tests {
		_, errs := Parse("r.rdl", "let x = "+test.text)
		if len(errs) != 1 || !strings.Contains(errs[0].Msg, test.want) {
			t.Errorf("%s: %v, want %q", test.text, errs, test.want)
		}
	}
}
