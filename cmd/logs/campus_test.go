package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The rules of the campus are right, in canonical layout, and pass the tests
// beside them.
func TestCampusRules(t *testing.T) {
	for _, file := range []string{"campus/campus.rdl", "campus/cluster.rdl", "campus/desktop.rdl"} {
		logsIn(t, "check", "--strict", file)
		if diff := logsIn(t, "fmt", "-d", file); diff != "" {
			t.Error(diff)
		}
		if out := logsIn(t, "test", file); strings.HasPrefix(out, "0 passed") {
			t.Errorf("%s has no test", file)
		}
	}
}

// Which of the three comes last, and with it time and ID, is up to the machine.
var campusSees = regexp.MustCompile(`^cluster-a alone: nothing
cluster-b alone: nothing
desktop alone: nothing
together: 2007-10-28T17:\d\d:\d\dZ critical scan: 192\.0\.2\.7 scans the campus: cluster-a, cluster-b, desktop ip=192\.0\.2\.7 id=[0-9a-f]+
$`)

// Two clusters and a desktop find nothing alone, and the campus above them the
// scan: by the example, and by the rules that the tutorial shows.
func TestCampus(t *testing.T) {
	for _, place := range []struct {
		name  string
		files map[string]string
	}{
		{"example", campusFiles(t)},
		{"tutorial", shownFiles(t, "docs/tutorial/10-tiers.md")},
	} {
		t.Run(place.name, func(t *testing.T) {
			c := newCampus(t, place.files)
			if err := c.Run(); err != nil || !campusSees.MatchString(c.out.String()) {
				t.Errorf("%v, and it prints\n%s%s", err, &c.out, &c.said)
			}
			c.leavesNothing()
		})
	}
}

// The tutorial shows what the script prints.
func TestCampusInBook(t *testing.T) {
	for _, b := range readBlocks(t, "docs/tutorial/10-tiers.md") {
		if campusSees.MatchString(b.text) {
			return
		}
	}
	t.Errorf("no block is %s", campusSees)
}

// Two of the three are no scan, and who ends the script while it waits ends
// all that it has started.
func TestCampusIsInterrupted(t *testing.T) {
	files := campusFiles(t)
	files["desktop.log"] = "Oct 28 17:30:00 desk CRON[520]: pam_unix(cron:session): session opened for user root\n"
	c := newCampus(t, files)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	reads := func() bool {
		taken, _ := filepath.Glob(filepath.Join(c.temp, "*", "desktop", "*"))
		return len(taken) > 0
	}
	if !eventually(20*time.Second, reads) {
		t.Error("the desktop never came up")
	}
	c.Process.Signal(syscall.SIGTERM)
	if err := c.Wait(); err == nil || strings.Contains(c.out.String(), "together") {
		t.Errorf("%v, and it prints\n%s", err, &c.out)
	}
	c.leavesNothing()
}

// A campus is the script of the example, at work in a folder of its own.
type campus struct {
	*exec.Cmd
	t          *testing.T
	temp, mark string
	out, said  strings.Builder
}

// campusFiles are the rules and logs of the example.
func campusFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{"campus.rdl", "cluster.rdl", "desktop.rdl", "cluster-a.log", "cluster-b.log", "desktop.log"} {
		files[name] = readPage(t, "examples/campus/"+name)
	}
	return files
}

func newCampus(t *testing.T, files map[string]string) *campus {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs("../../examples/campus/run.sh")
	if err != nil {
		t.Fatal(err)
	}
	// The script works in the folder in which it lies.
	if err := os.Symlink(script, filepath.Join(dir, "run.sh")); err != nil {
		t.Fatal(err)
	}
	c := &campus{Cmd: exec.Command("sh", filepath.Join(dir, "run.sh")), t: t, temp: t.TempDir()}
	c.mark = fmt.Sprintf("LOGS_TEST_MARK=%s %d", t.Name(), time.Now().UnixNano())
	c.Env = append(os.Environ(), "TZ=UTC", "GORACE=atexit_sleep_ms=0", "TMPDIR="+c.temp, c.mark)
	c.Stdout, c.Stderr = &c.out, &c.said
	return c
}

// leavesNothing looks for processes and files of the script.
func (c *campus) leavesNothing() {
	c.t.Helper()
	if left := marked(c.mark); len(left) > 0 {
		c.t.Errorf("it left the processes %q", left)
	}
	files, err := os.ReadDir(c.temp)
	if err != nil || len(files) > 0 {
		c.t.Errorf("it left the files %v (%v)", files, err)
	}
}
