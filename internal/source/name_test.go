package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseName(t *testing.T) {
	exists := func(name string) bool { return name == "dump:12" }
	for _, c := range []struct {
		arg, name string
		offset    int64
	}{
		{"auth.log", "auth.log", 0},
		{"auth.log:4096", "auth.log", 4096},
		{"auth.log:0", "auth.log", 0},
		{"auth.log:", "auth.log:", 0},
		{"auth.log:4k", "auth.log:4k", 0},
		{"auth.log:-4", "auth.log:-4", 0},
		{"a:1:2", "a:1", 2},
		{":12", ":12", 0},
		{"-", "-", 0},
		{"-:12", "-", 12},
		{"dump:12", "dump:12", 0},
		{"dump:12:5", "dump:12", 5},
		{"", "", 0},
	} {
		name, offset, err := ParseName(c.arg, exists)
		if name != c.name || offset != c.offset || err != nil {
			t.Errorf("%s is %s at %d, %v", c.arg, name, offset, err)
		}
	}
	if _, _, err := ParseName("a:99999999999999999999", exists); err == nil {
		t.Error("an offset of twenty digits was taken")
	}
}

func TestExpand(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"b.log", "a.log", "a.log.1", ".hidden.log", "odd[1].log", "c/d.log", "dir.log/x"} {
		os.MkdirAll(filepath.Dir(name), 0o755)
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for args, want := range map[string]string{
		"*.log":             "a.log b.log odd[1].log",
		"b* a*":             "b.log a.log a.log.1",
		"b.log - a.log":     "b.log - a.log",
		"missing.log":       "missing.log",
		"a.log:12 *.log.?":  "a.log:12 a.log.1",
		".h*":               ".hidden.log",
		"*/*.log":           "c/d.log",
		"odd[1].log":        "odd[1].log",
		"odd[1].log:3":      "odd[1].log:3",
		"a.log a.log a.l*g": "a.log a.log a.log",
	} {
		got, err := Expand(strings.Fields(args))
		if strings.Join(got, " ") != want || err != nil {
			t.Errorf("%s: %q, %v; want %s", args, got, err, want)
		}
	}
	for arg, want := range map[string]string{
		"*.txt":                  "no file matches",
		"dir*":                   "no file matches",
		"a[":                     "a [ wants its ]",
		"*.log:12":               "an offset needs the name of one log",
		"a:99999999999999999999": "too large",
	} {
		if _, err := Expand([]string{arg}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), arg) {
			t.Errorf("%s: %v", arg, err)
		}
	}
}
