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
