package source

import (
	"errors"
	"strings"
	"testing"
)

func TestMarks(t *testing.T) {
	o := origin{path: "/var/log/a \"b\"\n\xff.log", id: fileID{0xfd00, 1234567}, written: -5, head: []byte("a line\n"), cut: 3}
	p, err := parseMark(o.mark(7 << 40))
	want := place{path: o.path, id: o.id, written: -5, size: 7, sum: sumOf(o.head), offset: 7 << 40, cut: 3}
	if err != nil || p != want {
		t.Errorf("%+v, %v; want %+v", p, err, want)
	}
	if !p.starts([]byte("a line\nand more")) || p.starts([]byte("a line")) || p.starts([]byte("A line\nand more")) {
		t.Error("a head is not told from others")
	}
}

func TestNoMarks(t *testing.T) {
	good := (&origin{path: "a", id: fileID{1, 2}}).mark(3)
	if _, err := parseMark(good); err != nil {
		t.Fatal(err)
	}
	for _, mark := range []string{
		"", "x", "f1", good[1:], good + "x", good + "\n" + good, strings.Replace(good, "f1", "f2", 1),
		strings.Replace(good, " 3:0 ", " -3:0 ", 1), strings.Replace(good, " 3:0 ", " 3:-1 ", 1),
		strings.Replace(good, " 3:0 ", " 3:2000000 ", 1), strings.Replace(good, " 0:", " 1025:", 1),
		strings.Replace(good, " 3:0 ", " 99999999999999999999:0 ", 1),
	} {
		if _, err := parseMark(mark); !errors.Is(err, errMark) {
			t.Errorf("%q: %v", mark, err)
		}
		if _, err := (Follow{Path: "a"}).Open(mark); mark != "" && !errors.Is(err, errMark) {
			t.Errorf("following at %q: %v", mark, err)
		}
		if _, err := (File{Path: "a"}).OpenAt(mark); mark != "" && !errors.Is(err, errMark) {
			t.Errorf("reading at %q: %v", mark, err)
		}
	}
}

// FuzzMark: what is read as a mark is written as the same place again.
func FuzzMark(f *testing.F) {
	f.Add((&origin{path: "a\x00b", id: fileID{1, 2}, head: []byte("x")}).mark(3))
	f.Add("f1 0:0 0 0:e3b0c44298fc1c14 0:0 \"\"")
	f.Fuzz(func(t *testing.T, mark string) {
		p, err := parseMark(mark)
		if err != nil {
			return
		}
		again, err := parseMark((&origin{path: p.path, id: p.id, written: p.written, cut: p.cut}).mark(p.offset))
		p.size, p.sum = 0, sumOf(nil)
		if err != nil || again != p {
			t.Errorf("%q: %+v, then %+v, %v", mark, p, again, err)
		}
	})
}
