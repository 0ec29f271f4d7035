package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// crashes is how often the crash test kills the program; a soak asks for more.
var crashes = flag.Int("crashes", 150, "how often TestKilledUnderLoad kills the program")

// crashRules tell every line, by alert and in a file, and what each pair of
// lines makes together.
const crashRules = `
window pairs(k) { length 10m; max-lines 1; doing alert high "pair" { of = items } }
rule { matching "seq: (\d+) "; binding (n); continuing; doing { alert low "line" { n = n }; write n to "written.txt" } }
rule { matching "seq: (\d+) (\d+)"; binding (n k); doing add n to pairs(k) }
`

// A crash is a log that is written and rotated while the program that follows
// it is killed again and again.
type crash struct {
	t       *testing.T
	dir     string
	random  *rand.Rand
	kills   int
	count   int // lines written
	written chan struct{}
	found   map[string][]string // by id: what each alert says, as often as it came
}

// The program is killed under load, at any moment. In the end every line was
// told, and every pair; twice only what was being done when a kill came, and
// under its ID.
func TestKilledUnderLoad(t *testing.T) {
	c := &crash{t: t, dir: t.TempDir(), random: rand.New(rand.NewSource(1)), written: make(chan struct{}), found: map[string][]string{}}
	if err := os.WriteFile(filepath.Join(c.dir, "rules.rdl"), []byte(crashRules), 0o600); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	go c.write(stop)
	for range *crashes {
		c.run(time.Duration(5+c.random.Intn(90)) * time.Millisecond)
	}
	close(stop)
	<-c.written
	c.finish()
	c.check()
}

// write appends to the log, and rotates it now and then, until told to stop.
func (c *crash) write(stop chan struct{}) {
	defer close(c.written)
	path, began := filepath.Join(c.dir, "app.log"), time.Now()
	for i := 0; ; i++ {
		file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			c.t.Error(err)
			return
		}
		for range 200 {
			fmt.Fprintf(file, "%s h app: seq: %d %d\n", time.Now().UTC().Format(time.Stamp), c.count, c.count/2)
			c.count++
			select {
			case <-stop:
				file.Close()
				return
			case <-time.After(500 * time.Microsecond):
			}
		}
		file.Close()
		if i%3 == 2 && time.Since(began) > 0 {
			os.Rename(path, fmt.Sprintf("%s.%d", path, 1_000_000-i))
		}
	}
}

// command starts the program, as a user would.
func (c *crash) command() (*exec.Cmd, *bufio.Reader) {
	program := filepath.Join(c.dir, "logs") // the name that this test binary goes by as the program
	if _, err := os.Lstat(program); err != nil {
		self, err := os.Executable()
		if err == nil {
			err = os.Symlink(self, program)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "run", "-r", "rules.rdl", "-f", "--state", "state", "--alerts", "json", "--timezone", "UTC", "app.log")
	cmd.Dir, cmd.Stderr = c.dir, &bytes.Buffer{}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return cmd, bufio.NewReader(out)
}

// run lets the program run for a while and kills it.
func (c *crash) run(d time.Duration) {
	cmd, out := c.command()
	kill := time.AfterFunc(d, func() { cmd.Process.Kill() })
	defer kill.Stop()
	c.read(out)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code > 0 {
		c.t.Fatalf("the program ended with %d before it was killed: %s", code, cmd.Stderr)
	}
	c.kills++
}

// read reads alerts up to the end of the output.
func (c *crash) read(out *bufio.Reader) (n int) {
	for {
		line, err := out.ReadString('\n')
		if err != nil {
			return n // what a kill has cut short was not told
		}
		var alert struct {
			ID, Text string
			Fields   json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &alert); err != nil {
			c.t.Fatalf("%q: %v", line, err)
		}
		c.found[alert.ID] = append(c.found[alert.ID], alert.Text+string(alert.Fields))
		n++
	}
}

// finish lets the program read to the end, and ends it as a service manager
// does.
func (c *crash) finish() {
	cmd, out := c.command()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	go func() {
		for ctx.Err() == nil && c.lastWritten() < c.count-1 {
			time.Sleep(10 * time.Millisecond)
		}
		cmd.Process.Signal(syscall.SIGTERM)
	}()
	c.read(out)
	if err := cmd.Wait(); err != nil {
		c.t.Fatalf("%v: %s", err, cmd.Stderr)
	}
}

// lastWritten is the number that stands last in the file that the rules write.
func (c *crash) lastWritten() int {
	data, _ := os.ReadFile(filepath.Join(c.dir, "written.txt"))
	lines := strings.Fields(string(data))
	if len(lines) == 0 {
		return -1
	}
	n, _ := strconv.Atoi(lines[len(lines)-1])
	return n
}

func (c *crash) check() {
	lines, pairs, twice := map[string]int{}, map[string]int{}, 0
	for id, texts := range c.found {
		twice += len(texts) - 1
		for _, text := range texts {
			if text != texts[0] {
				c.t.Fatalf("the id %s was given to %s and %s", id, texts[0], text)
			}
		}
		if strings.HasPrefix(texts[0], "pair") {
			pairs[texts[0]]++
		} else {
			lines[texts[0]]++
		}
	}
	if len(lines) != c.count || len(pairs) != c.count/2 {
		c.t.Errorf("%d of %d lines and %d of %d pairs were told", len(lines), c.count, len(pairs), c.count/2)
	}
	if len(c.found) != len(lines)+len(pairs) || twice > c.kills {
		c.t.Errorf("%d alerts under %d ids, %d repeated after %d kills", len(lines)+len(pairs), len(c.found), twice, c.kills)
	}
	c.checkWritten()
	c.t.Logf("%d lines, %d kills, %d alerts repeated", c.count, c.kills, twice)
}

// checkWritten checks the file: each number once, in order, or again where a
// kill came between.
func (c *crash) checkWritten() {
	data, err := os.ReadFile(filepath.Join(c.dir, "written.txt"))
	if err != nil {
		c.t.Fatal(err)
	}
	last, again := -1, 0
	for _, word := range strings.Fields(string(data)) {
		switch n, _ := strconv.Atoi(word); n {
		case last + 1:
			last = n
		case last:
			again++
		default:
			c.t.Fatalf("%d follows %d in the written file", n, last)
		}
	}
	if last != c.count-1 || again > c.kills {
		c.t.Errorf("%d of %d numbers were written, %d again after %d kills", last+1, c.count, again, c.kills)
	}
}
