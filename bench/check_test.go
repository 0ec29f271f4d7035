package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The answers of the engine are checked against a reckoning that shares
// nothing with it: a plain loop over the lines, with maps.

// A visit is a user that an address tried, and when last.
type visit struct {
	user string
	at   time.Time
}

// scanners reckons what the scanner's rules print for a log. In the window's
// form a user who comes again moves to now; in that of 2007 it stays.
func scanners(log []byte, moves bool) string {
	var out strings.Builder
	visits := map[string][]visit{}
	told := map[string]bool{}
	for line := range strings.Lines(string(log)) {
		at, user, ip, ok := attempt(line)
		if !ok || told[ip] {
			continue
		}
		recent := slices.DeleteFunc(visits[ip], func(v visit) bool { return v.at.Before(at.Add(-3 * time.Minute)) })
		known := slices.IndexFunc(recent, func(v visit) bool { return v.user == user })
		if known >= 0 && moves {
			recent = slices.Delete(recent, known, known+1)
		}
		if known < 0 || moves {
			recent = append(recent, visit{user, at})
		}
		visits[ip] = recent
		if len(recent) < 3 {
			continue
		}
		told[ip] = true
		fmt.Fprintf(&out, "window: invalid user from %s blew up\n", ip)
		for _, v := range recent {
			fmt.Fprintf(&out, "user: %s\n", v.user)
		}
	}
	return out.String()
}

// attempt reads a line of an invalid user.
func attempt(line string) (at time.Time, user, ip string, ok bool) {
	line = strings.TrimSuffix(line, "\n")
	_, rest, ok := strings.Cut(line, "Invalid user ")
	from := strings.LastIndex(rest, " from ")
	if !ok || from < 0 {
		return at, "", "", false
	}
	at, err := time.Parse(time.Stamp, line[:15])
	return at, rest[:from], rest[from+len(" from "):], err == nil
}

func TestScannersAgainstAPlainReckoning(t *testing.T) {
	var log bytes.Buffer
	if err := Syslog(&log, 200_000, 1); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	program, file := filepath.Join(folder, "logs"), filepath.Join(folder, "big.log")
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/logs").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(file, log.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		rules string
		moves bool
	}{{"ssh-scanner.rdl", true}, {"ssh-scanner-functions.rdl", false}} {
		t.Run(test.rules, func(t *testing.T) {
			cmd := exec.Command(program, "run", "-r", "../examples/"+test.rules, "--year", "2007", "--timezone", "UTC", file)
			var said bytes.Buffer
			cmd.Stderr = &said
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, said.Bytes())
			}
			want := scanners(log.Bytes(), test.moves)
			compare(t, strings.Split(string(out), "\n"), strings.Split(want, "\n"))
			if told := strings.Count(want, "blew up"); told < 100 || told > addresses/2 {
				t.Errorf("%d scanners are no good test", told)
			}
		})
	}
}

func compare(t *testing.T, got, want []string) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("line %d: got %q, want %q", i+1, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d", len(got), len(want))
	}
}

// The log is what the package says, and the same for the same seed.
func TestSyslog(t *testing.T) {
	const lines = 50_000
	var log, again, other bytes.Buffer
	for seed, out := range map[uint64]*bytes.Buffer{7: &log, 8: &other} {
		if err := Syslog(out, lines, seed); err != nil {
			t.Fatal(err)
		}
	}
	if err := Syslog(&again, lines, 7); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(log.Bytes(), again.Bytes()) || bytes.Equal(log.Bytes(), other.Bytes()) {
		t.Error("a seed does not tell the log")
	}
	if n := bytes.Count(log.Bytes(), []byte("\n")); n != lines {
		t.Errorf("%d lines", n)
	}
	if mean := log.Len() / lines; mean < 95 || mean > 115 {
		t.Errorf("%d bytes a line", mean)
	}
	if n := bytes.Count(log.Bytes(), []byte(": Invalid user ")); n < lines/22 || n > lines/18 {
		t.Errorf("%d of %d lines are invalid users", n, lines)
	}
	last := log.Bytes()[bytes.LastIndexByte(bytes.TrimSpace(log.Bytes()), '\n')+1:]
	end, err := time.Parse(time.Stamp, string(last[:15]))
	if took := end.Sub(begin.AddDate(-begin.Year(), 0, 0)); err != nil || took < 80*time.Minute || took > 88*time.Minute {
		t.Errorf("it lasts %v (%v)", took, err)
	}
}
