package source

import (
	"io"
	"os"
	"testing"
)

// TestStdinDeliversWhatThereIs: a line is there as soon as it is whole,
// though the program that writes goes on.
func TestStdinDeliversWhatThereIs(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	io.WriteString(out, "B\nhalf ")
	r, err := Stdin{In: in}.Open()
	if err != nil {
		t.Fatal(err)
	}
	if r.Name() != "-" || r.Size() != 0 || !r.ModTime().IsZero() {
		t.Errorf("%s, %d bytes, written %v", r.Name(), r.Size(), r.ModTime())
	}
	for _, step := range []struct{ want, then string }{
		{"B\n", "a line\nand"},
		{"half a line\n", " the last"},
		{"and the last", ""},
	} {
		if step.then == "" {
			out.Close()
		}
		b, err := r.Next()
		if err != nil || string(b.Data) != step.want {
			t.Fatalf("%v, %v; want %q", b, err, step.want)
		}
		io.WriteString(out, step.then)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestStdinLiveLeavesTheRest: what comes after it was closed is left for
// whoever reads next, also when it is closed while nothing comes.
func TestStdinLiveLeavesTheRest(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for _, line := range []string{"one\n", "two\n"} {
		l, err := Stdin{In: in}.OpenLive()
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(out, line)
		if b, err := l.Next(); err != nil || string(b.Data) != line {
			t.Fatalf("%v, %v; want %q", b, err, line)
		}
		l.Close()
		if b, err := l.Next(); err != io.EOF {
			t.Fatalf("%v, %v after it was closed", b, err)
		}
	}
	l, err := Stdin{In: in}.OpenLive()
	if err != nil {
		t.Fatal(err)
	}
	out.Close()
	if b, err := l.Next(); err != io.EOF {
		t.Errorf("%v, %v at the end", b, err)
	}
	l.Close()
}
