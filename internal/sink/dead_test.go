package sink

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
)

func newDead(path string) *Dead {
	return &Dead{Path: path, Now: func() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) }}
}

func TestDeadLetters(t *testing.T) {
	path := t.TempDir() + "/state/dead.jsonl"
	e := breakIn()
	e.Kind, e.Target, e.Sink, e.Args, e.Span = logs.EffectMail, "ops@example.org", "oncall", []string{"a"}, 90*time.Second
	e.Fields, e.Lines, e.Text = e.Fields[:2], e.Lines[:1], "forged\n{\"time\":1}\xff\u2028"
	d := newDead(path)
	check(t, d.Add("oncall", e, errors.New("550 \"no\"\nsuch user")))
	check(t, d.Add("", &logs.Effect{}, errAway))
	want := `{"time":"2026-11-24T09:00:00Z","sink":"oncall","error":"550 \"no\"\nsuch user","effect":{"kind":"mail",` +
		`"id":"00000000000000ff","rule":"break-in","severity":"high","text":"forged\n{\"time\":1}` + "\ufffd" + `\u2028",` +
		`"target":"ops@example.org","sink":"oncall","span":"1m30s","time":"2007-10-28T17:03:24Z","fields":{"user":"root","tries":3},` +
		`"args":["a"],"lines":["Oct 28 17:03:11 l096 sshd[1]: one"]}}` + "\n"
	first, second, _ := strings.Cut(onDisk(t, path), "\n")
	if first+"\n" != want {
		t.Errorf("got\n%s\nwant\n%s", first, want)
	}
	if !strings.HasPrefix(second, `{"time":`) || !json.Valid([]byte(second)) {
		t.Errorf("the second: %s", second)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("the file has %v", info.Mode())
	}
}

// TestDeadLettersAreBounded: a file that is full is moved away, and takes the
// place of the one before.
func TestDeadLettersAreBounded(t *testing.T) {
	d := newDead(t.TempDir() + "/dead")
	d.Max = 2000
	var adding sync.WaitGroup
	for range 4 {
		adding.Go(func() {
			for range 25 {
				if err := d.Add("s", &logs.Effect{Text: strings.Repeat("x", 100)}, errAway); err != nil {
					t.Error(err)
				}
			}
		})
	}
	adding.Wait()
	for _, path := range []string{d.Path, d.Path + ".1"} {
		text := onDisk(t, path)
		if len(text) == 0 || len(text) > 2000 {
			t.Errorf("%s has %d bytes", path, len(text))
		}
		for line := range strings.Lines(text) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%q", line)
			}
		}
	}
	check(t, d.Add("s", &logs.Effect{Text: strings.Repeat("x", 5000)}, errAway))
	if n := len(onDisk(t, d.Path)); n < 5000 {
		t.Errorf("one that is too big: %d bytes", n)
	}
}

// TestDeadLettersAfterAFall: a line that was torn when the machine stopped does
// not spoil the next.
func TestDeadLettersAfterAFall(t *testing.T) {
	d := newDead(t.TempDir() + "/dead")
	check(t, os.WriteFile(d.Path, []byte(`{"time":"20`), 0o600))
	check(t, d.Add("s", &logs.Effect{}, errAway))
	_, second, _ := strings.Cut(onDisk(t, d.Path), "\n")
	if !json.Valid([]byte(second)) {
		t.Errorf("%q", second)
	}
}

func TestDeadLettersThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{dir: "is a directory", "/dev/full": "no space left"} {
		if err := newDead(path).Add("s", &logs.Effect{}, errAway); err == nil || !strings.Contains(err.Error(), "the dead letters cannot be written: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
