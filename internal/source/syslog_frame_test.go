package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// framed feeds bytes to a framer, so many at a time, as a connection does.
func framed(f *framer, data string, chunk, limit int) []string {
	var lines, buf []byte
	for i := 0; i < len(data); i += chunk {
		buf = append(buf, data[i:min(i+chunk, len(data))]...)
		var used int
		lines, used = f.take(lines, buf, limit)
		buf = buf[used:]
	}
	text := strings.TrimSuffix(string(f.flush(lines, buf)), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

func TestFraming(t *testing.T) {
	long := strings.Repeat("x", 98)
	for name, c := range map[string]struct {
		in        string
		want      []string
		bad, long int64
	}{
		"lines":                         {"<13>a\n<13>b\n", []string{"<13>a", "<13>b"}, 0, 0},
		"counted":                       {"5 <13>a6 <13>bc", []string{"<13>a", "<13>bc"}, 0, 0},
		"mixed":                         {"5 <13>a<13>b\n5 <13>c<13>d\n", []string{"<13>a", "<13>b", "<13>c", "<13>d"}, 0, 0},
		"CRLF":                          {"<13>a\r\n<13>b\r\n", []string{"<13>a", "<13>b"}, 0, 0},
		"NUL":                           {"<13>a\x00<13>b\x00\n<13>c\n\x00", []string{"<13>a", "<13>b", "<13>c"}, 0, 0},
		"newlines between counted":      {"5 <13>a\n5 <13>b\r\n\x005 <13>c", []string{"<13>a", "<13>b", "<13>c"}, 0, 0},
		"the count holds the newline":   {"6 <13>a\n6 <13>b\n", []string{"<13>a", "<13>b"}, 0, 0},
		"empty lines":                   {"\n\n<13>a\n\r\n\x00", []string{"<13>a"}, 0, 0},
		"no end":                        {"<13>a", []string{"<13>a"}, 0, 0},
		"a newline in a counted one":    {"13 <13>a\n<0>forg", []string{"<13>a <0>forg"}, 0, 0},
		"a NUL in a counted one":        {"7 <13>a\x00b", []string{"<13>a b"}, 0, 0},
		"tabs and CRs stay":             {"<13>a\tb\rc\n", []string{"<13>a\tb\rc"}, 0, 0},
		"bad UTF-8 and a BOM stay":      {"\xef\xbb\xbf<13>\xff\n", []string{"\xef\xbb\xbf<13>\xff"}, 0, 0},
		"leading spaces stay":           {"  a\n", []string{"  a"}, 0, 0},
		"no priority":                   {"Oct 11 22:14:15 h su: a\n", []string{"Oct 11 22:14:15 h su: a"}, 0, 0},
		"a date begins with digits":     {"20 Nov 2026 12:00:00 a\n", []string{"20 Nov 2026 12:00:00 a"}, 0, 0},
		"Cisco's number":                {"29: *Mar  1 18:46:11.123: %SYS-5-X: a\n", []string{"29: *Mar  1 18:46:11.123: %SYS-5-X: a"}, 0, 0},
		"only digits":                   {"123\n45", []string{"123", "45"}, 0, 0},
		"once counted, also without":    {"5 <13>a3 abc", []string{"<13>a", "abc"}, 0, 0},
		"no count has a zero first":     {"05 <13>a\n", []string{"05 <13>a"}, 0, 0},
		"nor nine digits":               {"123456789 <13>a\n", []string{"123456789 <13>a"}, 0, 0},
		"the count is wrong":            {"7 <13>a8 <13>b\n<13>c\n", []string{"<13>a8 ", "<13>b", "<13>c"}, 0, 0},
		"it is too small":               {"4 <13>a\nb\n", []string{"<13>", "a", "b"}, 1, 0},
		"it is cut short":               {"5 <13>a10 <13>b", []string{"<13>a", "<13>b"}, 1, 0},
		"the longest line":              {"<>" + long + "\n<13>b\n", []string{"<>" + long, "<13>b"}, 0, 0},
		"one byte too long":             {"<>" + long + "y\n<13>b\n", []string{"<>" + long, "<13>b"}, 0, 1},
		"its CR is beyond":              {"<>" + long + "\r\n<13>b\n", []string{"<>" + long, "<13>b"}, 0, 1},
		"much too long":                 {"<>" + long + long + long + "\x00<13>b\n", []string{"<>" + long, "<13>b"}, 0, 1},
		"too long and no end":           {"<>" + long + long, []string{"<>" + long}, 0, 1},
		"the longest that is counted":   {"100 <>" + long + "5 <13>b", []string{"<>" + long, "<13>b"}, 0, 0},
		"too long and counted":          {"103 <>" + long + "abc5 <13>b", []string{"<>" + long, "<13>b"}, 0, 1},
		"too long, counted and no end":  {"103 <>" + long + "a", []string{"<>" + long}, 1, 1},
		"all of it is newlines and NUL": {"4 <\n\n\n3 \n\x00\r", []string{"<"}, 0, 0},
	} {
		for _, chunk := range []int{1, 2, 7, 1000} {
			var f framer
			got := framed(&f, c.in, chunk, 100)
			if !slices.Equal(got, c.want) || f.bad != c.bad || f.long != c.long {
				t.Errorf("%s, %d bytes at a time: %q, %d bad, %d long; want %q, %d, %d", name, chunk, got, f.bad, f.long, c.want, c.bad, c.long)
			}
		}
	}
}

// TestFramingAnyMix: whatever the framing of each message, all come.
func TestFramingAnyMix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sent strings.Builder
		var want []string
		for range rapid.IntRange(0, 8).Draw(t, "messages") {
			text := rapid.StringMatching(`<[0-9]{1,3}>[ -~]{0,30}`).Draw(t, "message")
			want = append(want, text)
			switch rapid.IntRange(0, 3).Draw(t, "framing") {
			case 0:
				fmt.Fprintf(&sent, "%d %s", len(text), text)
			case 1:
				fmt.Fprintf(&sent, "%s\n", text)
			case 2:
				fmt.Fprintf(&sent, "%s\r\n", text)
			case 3:
				fmt.Fprintf(&sent, "%s\x00", text)
			}
		}
		var f framer
		got := framed(&f, sent.String(), rapid.IntRange(1, 50).Draw(t, "chunk"), 1000)
		if !slices.Equal(got, want) || f.bad+f.long > 0 {
			t.Fatalf("%q: %q, want %q", sent.String(), got, want)
		}
	})
}

// TestFramingIsLinear: a megabyte that comes byte by byte, or is made of what
// has to be looked for, takes no time.
func TestFramingIsLinear(t *testing.T) {
	for _, unit := range []string{"x", "a\x00", "1", "1 <", "\n", "99999999 <", "\x00a\x00b\n"} {
		data := strings.Repeat(unit, MaxLine/len(unit))
		for _, chunk := range []int{1, len(data)} {
			var f framer
			framed(&f, data, chunk, MaxLine)
		}
	}
}

func FuzzFraming(f *testing.F) {
	f.Add("5 <13>a<13>b\n6 <13>c\n\x00\r\n", uint8(3), uint8(8))
	f.Add("99999999 <13>a\n12", uint8(1), uint8(200))
	f.Fuzz(func(t *testing.T, in string, chunk, limit uint8) {
		most := int(limit) + 1
		var one, other framer
		got := framed(&one, in, int(chunk)+1, most)
		if whole := framed(&other, in, len(in)+1, most); !slices.Equal(got, whole) || one.bad != other.bad || one.long != other.long {
			t.Fatalf("%q, %+v, whole %q, %+v", got, one, whole, other)
		}
		size := 0
		for _, line := range got {
			size += len(line)
			if line == "" || len(line) > most || strings.Contains(line, "\x00") {
				t.Errorf("line %q", line)
			}
		}
		if size > len(in) {
			t.Errorf("%d bytes of %d", size, len(in))
		}
	})
}

func BenchmarkFraming(b *testing.B) {
	line := "<38>Oct 28 17:03:11 l096 sshd[16651]: Invalid user a from 62.123.192.212 port 22 ssh2"
	for name, unit := range map[string]string{"lines": line + "\n", "counted": fmt.Sprintf("%d %s", len(line), line)} {
		b.Run(name, func(b *testing.B) {
			data := []byte(strings.Repeat(unit, bytesToRead/len(unit)))
			lines := make([]byte, 0, 2*len(data))
			var f framer
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				f.take(lines, data, MaxLine)
			}
		})
	}
}
