package lsp

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs/rdl"
)

func TestPositions(t *testing.T) {
	x := newText("aé😀b\r\nc\rd\n\nend")
	for _, c := range []struct {
		offset int
		want   position
	}{
		{0, position{0, 0}}, {1, position{0, 1}}, {2, position{0, 1}}, {3, position{0, 2}}, {5, position{0, 2}},
		{7, position{0, 4}}, {8, position{0, 5}}, {10, position{1, 0}}, {12, position{2, 0}}, {14, position{3, 0}},
		{15, position{4, 0}}, {18, position{4, 3}}, {99, position{4, 3}}, {-1, position{0, 0}},
	} {
		if got := x.position(c.offset); got != c.want {
			t.Errorf("byte %d is at %v, want %v", c.offset, got, c.want)
		}
	}
	for _, c := range []struct {
		p    position
		want int
	}{
		{position{0, 2}, 3}, {position{0, 3}, 3}, {position{0, 4}, 7}, {position{0, 99}, 8}, {position{1, 9}, 11},
		{position{9, 0}, 18}, {position{-1, 5}, 0}, {position{0, -5}, 0},
	} {
		if got := x.offset(c.p); got != c.want {
			t.Errorf("%v is byte %d, want %d", c.p, got, c.want)
		}
	}
}

var pieces = rapid.StringOf(rapid.SampledFrom([]rune("ab é😀\n\r{\"\u0301\ufffd")))

// There and back again, for the beginnings of characters.
func TestPositionsAreReversible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := pieces.Draw(t, "src")
		x := newText(src)
		for i := range src {
			if i > 0 && src[i-1] == '\r' && src[i] == '\n' {
				continue // within an end of line
			}
			p := x.position(i)
			if x.offset(p) != i {
				t.Fatalf("%q: byte %d is at %v, which is byte %d", src, i, p, x.offset(p))
			}
			before := src[x.starts[p.Line]:i]
			if n := len(utf16.Encode([]rune(before))); n != p.Character {
				t.Fatalf("%q: before byte %d stand %d units, not %d", src, i, n, p.Character)
			}
		}
	})
}

// Edits in pieces give what editing the units of UTF-16 gives.
func TestEdits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := strings.ReplaceAll(pieces.Draw(t, "src"), "\r", "")
		x := newText(src)
		a := rapid.IntRange(0, utf8.RuneCountInString(src)).Draw(t, "a")
		b := rapid.IntRange(a, utf8.RuneCountInString(src)).Draw(t, "b")
		put := pieces.Draw(t, "put")
		chars := []rune(src)
		from, to := len(string(chars[:a])), len(string(chars[:b]))
		got := x.edited(change{&textRange{x.position(from), x.position(to)}, put})
		if want := string(chars[:a]) + put + string(chars[b:]); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

// Mistakes are where the loader says, in units of UTF-16.
func TestErrorSpan(t *testing.T) {
	const src = "# é\nrule { doing print \"😀😀\" + us }\n"
	_, err := disk{}.loader().LoadSource("x.rdl", src)
	errs, _ := err.(rdl.Errors)
	if len(errs) != 1 {
		t.Fatalf("got %v", err)
	}
	x := newText(src)
	span := x.errorSpan(errs[0])
	if got := src[span.Start:span.End]; got != "us" {
		t.Errorf("underlined is %q", got)
	}
	if got := x.rangeOf(span); shown(got) != "1:28-1:30" {
		t.Errorf("got %s", shown(got))
	}
}
