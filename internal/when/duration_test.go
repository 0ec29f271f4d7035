package when

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDurations(t *testing.T) {
	for _, test := range []struct {
		text  string
		want  time.Duration
		short string // as it is written again
	}{
		{"500ms", 500 * time.Millisecond, "500ms"},
		{"30s", 30 * time.Second, "30s"},
		{"3m", 3 * time.Minute, "3m"},
		{"3m5s", 3*time.Minute + 5*time.Second, "3m5s"},
		{"1h30m", 90 * time.Minute, "1h30m"},
		{"90m", 90 * time.Minute, "1h30m"},
		{"2d", 48 * time.Hour, "2d"},
		{"1w", 7 * 24 * time.Hour, "7d"},
		{"1w2d3h4m5s6ms7us8ns", 9*24*time.Hour + 3*time.Hour + 4*time.Minute + 5*time.Second + 6007008, "9d3h4m5s6ms7us8ns"},
		{"250us", 250 * time.Microsecond, "250us"},
		{"0s", 0, "0s"},
		{"0h", 0, "0s"},
		{"007m", 7 * time.Minute, "7m"},
		{"9223372036854775807ns", math.MaxInt64, "106751d23h47m16s854ms775us807ns"},
	} {
		got, err := ParseDuration(test.text)
		if err != nil || got != test.want {
			t.Errorf("%s is %v, %v; want %v", test.text, got, err, test.want)
		}
		if short := FormatDuration(got); short != test.short {
			t.Errorf("%s is written %s, want %s", test.text, short, test.short)
		}
	}
}

func TestBadDurations(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "write numbers with units",
		"5":                     "write numbers with units",
		"m":                     "write numbers with units",
		"-5m":                   "write numbers with units",
		" 5m":                   "write numbers with units",
		"1.5h":                  `no unit "."`,
		"5 m":                   `no unit " m"`,
		"5min":                  `no unit "min"`,
		"5M":                    `no unit "M"`,
		"30m1h":                 `"1h" is out of place`,
		"1h1h":                  `"1h" is out of place`,
		"20000w":                "too long",
		"99999999999999999999s": "too long",
		"106751d24h":            "too long",
	} {
		if d, err := ParseDuration(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is %v, %v; want an error with %q", text, d, err, want)
		}
	}
}

func TestDurationsAreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64().Draw(t, "d"))
		text := FormatDuration(d)
		positive, negative := strings.CutPrefix(text, "-")
		got, err := ParseDuration(positive)
		if negative {
			got = -got
		}
		// The least duration is the only one whose opposite is too long.
		if d != math.MinInt64 && (err != nil || got != d || negative != (d < 0)) {
			t.Fatalf("%d is written %s and read %d, %v", d, text, got, err)
		}
	})
	if got := FormatDuration(math.MinInt64); got != "-106751d23h47m16s854ms775us808ns" {
		t.Errorf("the least duration is %s", got)
	}
}

func FuzzParseDuration(f *testing.F) {
	f.Add("1w2d3h4m5s6ms7us8ns")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil {
			return
		}
		if again, err := ParseDuration(FormatDuration(d)); err != nil || again != d || d < 0 {
			t.Errorf("%q is %d, and then %d, %v", text, d, again, err)
		}
	})
}
