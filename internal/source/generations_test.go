package source

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestGenerationNames(t *testing.T) {
	for _, c := range []struct{ log, name, suffix string }{
		{"messages", "messages.1", ".1"},
		{"messages", "messages.12.gz", ".12"},
		{"messages", "messages-20261124", "-20261124"},
		{"messages", "messages-20261124.xz", "-20261124"},
		{"messages", "messages-20261124-1700000000.bz2", "-20261124-1700000000"},
		{"messages", "messages.2026-11-24T10:00:00Z", ".2026-11-24T10:00:00Z"},
		{"messages", "messages.old", ".old"},
		{"messages", "messages~", "~"},
		{"app.log", "app.log.1", ".1"},
		{"app.log", "app.1.log", ".1"},
		{"app.log", "app-20261124.log", "-20261124"},
		{"app.log", "app-20261124.log.zst", "-20261124"},
		{"app.log", "app.log.2026-11-24", ".2026-11-24"},
	} {
		if suffix, ok := generationOf(c.log, c.name); !ok || suffix != c.suffix {
			t.Errorf("%s of %s: %q, %v", c.name, c.log, suffix, ok)
		}
		if !slices.Contains(logsOf(c.name), c.log) {
			t.Errorf("%s may be of %q, not of %s", c.name, logsOf(c.name), c.log)
		}
	}
	if _, ok := generationOf("messages", "messages.gz"); !ok {
		t.Error("the packed log itself")
	}
	for _, c := range []struct{ log, name string }{
		{"messages", "messages"},
		{"messages", "messages2"},
		{"messages", "messages.save"},
		{"messages", "messages-host"},
		{"messages", "messages."},
		{"messages", "messages.-"},
		{"messages", "maillog.1"},
		{"app.log", "app.log"},
		{"app.log", "app-2.log"}, // of a second app
		{"app.log", "app_errors.log"},
		{"app.log", "app.1.txt"},
		{"app.log", "app"},
	} {
		if suffix, ok := generationOf(c.log, c.name); ok {
			t.Errorf("%s is taken for %s of %s", c.name, suffix, c.log)
		}
		if slices.Contains(logsOf(c.name), c.log) {
			t.Errorf("%s is taken for one of %q", c.name, logsOf(c.name))
		}
	}
}

func TestGenerationsByAge(t *testing.T) {
	dir := t.TempDir()
	now := time.Now().Truncate(time.Second)
	for i, names := range []string{ // the oldest first; those of one line are of the same time
		"app.log.old",
		"app.log.12 app.log.3 app.log.2.gz app.log.1",
		"app.log-20261123 app.log-20261124",
		"app.log-20251124",
	} {
		for _, name := range strings.Fields(names) {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			at := now.Add(time.Duration(i)*time.Minute + time.Millisecond)
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	os.WriteFile(filepath.Join(dir, "app.log.1.gz"), nil, 0o600) // being packed: the plain one is still there
	os.Mkdir(filepath.Join(dir, "app.log.7"), 0o700)
	os.Symlink("app.log.1", filepath.Join(dir, "app.log.0"))
	all, err := stableSiblings([]string{filepath.Join(dir, "app.log")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range all {
		got = append(got, filepath.Base(s.path))
	}
	want := "app.log.old app.log.12 app.log.3 app.log.2.gz app.log.1 app.log-20261123 app.log-20261124 app.log-20251124"
	if strings.Join(got, " ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, " "), want)
	}
}

// TestCoarseTimes: who packs a file may keep but the second.
func TestCoarseTimes(t *testing.T) {
	second := time.Unix(1_700_000_000, 0)
	if lastWrite(second, true) <= second.Add(900*time.Millisecond).UnixNano() {
		t.Error("an archive is older than what is in it")
	}
	if lastWrite(second, false) != second.UnixNano() {
		t.Error("a plain file has another time")
	}
}
