package source

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestFollowFastRotation: a writer that rotates its log many times, as fast as
// it can, while it is read. No line is lost, and none comes twice.
func TestFollowFastRotation(t *testing.T) {
	const rotations, lines = 60, 400
	w := watching(t)
	f := newFolder(t)
	r := f.follow(Follow{Poll: 10 * time.Millisecond, Watch: w}, "")
	done := make(chan bool)
	go func() {
		rotateFast(f, rotations, lines)
		close(done)
	}()
	for n := 0; n < rotations*lines; {
		b, err := r.Next()
		f.ok(err)
		for line := range b.Lines() {
			if line != fmt.Sprintf("line %d", n) {
				t.Fatalf("%q in place of line %d", line, n)
			}
			n++
		}
		b.Release()
	}
	<-done
	f.ok(r.Close())
}

func rotateFast(f folder, rotations, lines int) {
	var text strings.Builder
	for n := range rotations * lines {
		fmt.Fprintf(&text, "line %d\n", n)
		if n%10 == 9 { // in pieces, some of which end within a line
			cut := text.String()
			f.write("app.log", cut[:len(cut)-3])
			text.Reset()
			text.WriteString(cut[len(cut)-3:])
		}
		if n%lines == lines-1 {
			f.write("app.log", text.String())
			text.Reset()
			for i := rotations; i > 0; i-- {
				os.Rename(f.path(fmt.Sprintf("app.log.%d", i)), f.path(fmt.Sprintf("app.log.%d", i+1)))
			}
			f.rename("app.log", "app.log.1")
		}
	}
	f.write("app.log", "\n")
}
