package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Two versions of rules are compared by what they do over the same log.
func TestCompare(t *testing.T) {
	t.Chdir(t.TempDir())
	const window = "window w(ip) { length %s; max-lines %d; distinct; doing alert high \"scan from {ip}\" }\n" +
		"rule { matching \"user (\\w+) from (\\S+)\"; binding (user ip); doing { add user to w(ip); %s } }\n"
	files := map[string]string{
		"old.rdl":    fmt.Sprintf(window, "1m", 1, `write msg to "{ip}"`),
		"same.rdl":   fmt.Sprintf(window, "60s", 1, `write msg to "{ip}"`),
		"new.rdl":    fmt.Sprintf(window, "1m", 2, `write msg to "{ip}"; if user == "root" exec "tell" user`),
		"faulty.rdl": "rule {",
		"a.log": `Oct 28 17:03:11 h user a from 10.0.0.1
Oct 28 17:03:12 h user b from 10.0.0.1
Oct 28 17:03:13 h user root from 10.0.0.1
`,
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name, old, new string
		logs           []string
		want, err      string
		code           int
	}{
		{"the same", "old.rdl", "same.rdl", []string{"a.log"}, "0 lost, 0 gained, 4 alike\n", "", 0},
		{"gained and lost", "old.rdl", "new.rdl", []string{"a.log"}, `- 2007-10-28T17:03:12Z alert high "scan from 10.0.0.1"
+ 2007-10-28T17:03:13Z alert high "scan from 10.0.0.1"
+ 2007-10-28T17:03:13Z exec "tell" "root"
1 lost, 2 gained, 3 alike
`, "", exitRules},
		{"rules that are wrong", "faulty.rdl", "new.rdl", []string{"a.log"}, "", "faulty.rdl:1:", exitRules},
		{"no log", "old.rdl", "new.rdl", nil, "", "name files, and not -", exitUsage},
		{"standard input", "old.rdl", "new.rdl", []string{"a.log", "-"}, "", "name files, and not -", exitUsage},
		{"a log that is not there", "old.rdl", "new.rdl", []string{"b.log"}, "", "b.log", exitSource},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out, told bytes.Buffer
			w := &world{in: os.Stdin, out: &out, err: &told, log: slog.New(slog.NewTextHandler(io.Discard, nil))}
			c := runCmd{Rules: []string{test.new}, Logs: test.logs, Year: 2007, Timezone: "UTC"}
			code := w.exitCode(c.compare(w, []string{test.old}))
			if code != test.code || out.String() != test.want || !strings.Contains(told.String(), test.err) {
				t.Errorf("code %d\n%s\n%s\nwant %d\n%s", code, &out, &told, test.code, test.want)
			}
			if left, _ := filepath.Glob("10.*"); len(left) > 0 {
				t.Errorf("files were written: %q", left)
			}
		})
	}
}

// What is lost and gained are the multisets' differences, whatever is alike.
func TestWriteCompared(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) compared {
			return compared{at: int64(rapid.IntRange(0, 2).Draw(t, "at")), what: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "what")}
		}), 0, 12)
		before, after := list.Draw(t, "before"), list.Draw(t, "after")
		left := map[compared]int{}
		for _, x := range before {
			left[x]++
		}
		for _, x := range after {
			left[x]--
		}
		wantLost, wantGained := 0, 0
		for _, n := range left {
			wantLost, wantGained = wantLost+max(n, 0), wantGained+max(-n, 0)
		}
		slices.SortStableFunc(before, compareEffects)
		slices.SortStableFunc(after, compareEffects)
		var out strings.Builder
		lost, gained := writeCompared(&out, before, after)
		if lost != wantLost || gained != wantGained || strings.Count(out.String(), "\n") != lost+gained+1 {
			t.Fatalf("%d lost, %d gained\n%s", lost, gained, &out)
		}
	})
}

// More effects than are held are no comparison.
func TestCompareIsBounded(t *testing.T) {
	x := &comparedEffects{list: make([]compared, maxCompared)}
	if err := x.Do(t.Context(), nil); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}
