package source

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSplitWords(t *testing.T) {
	for in, want := range map[string][]string{
		"":                                nil,
		"  \t\n":                          nil,
		"tail -F /var/log/messages":       {"tail", "-F", "/var/log/messages"},
		"  a   b ":                        {"a", "b"},
		`ssh nano 'tail -F "/var/log/x"'`: {"ssh", "nano", `tail -F "/var/log/x"`},
		`a "" '' b`:                       {"a", "", "", "b"},
		`a"b c"'d e'f`:                    {"ab cd ef"},
		`"a\"b\\c\$d\xe"`:                 {`a"b\c$d\xe`},
		`'a\b'`:                           {`a\b`},
		`a\ b \'c\" \\`:                   {"a b", `'c"`, `\`},
		"a\\\nb \\\n c":                   {"ab", "c"},
		"\"a\\\nb\"":                      {"ab"},
		"$HOME `id` * ~ #x":               {"$HOME", "`id`", "*", "~", "#x"},
		`'|' \; "&"`:                      {"|", ";", "&"},
		"\xff é":                          {"\xff", "é"},
	} {
		if got, err := SplitWords(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"a 'b":          "no closing '",
		`a "b`:          `no closing "`,
		`a "b\`:         `no closing "`,
		`a \`:           "quotes nothing",
		"zcat x | head": "could make something of |; quote it",
		"a > b":         "something of >",
		"a\x00b":        "NUL",
		"'a\x00b'":      "NUL",
	} {
		if got, err := SplitWords(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v; want %s", in, got, err, want)
		}
	}
}

// TestSplitWordsAsTheShell: of what means nothing more to it, a shell makes
// the same words.
func TestSplitWordsAsTheShell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.StringMatching(`([ab'"\\ \n]|'[a" \\]*'|"([a' ]|\\["\\a])*"){0,12}`).Draw(t, "command")
		words, err := SplitWords(in)
		out, failed := exec.Command("/bin/sh", "-c", "set -- "+in+"\nfor w; do printf '<%s>' \"$w\"; done").Output()
		if strings.Contains(strings.NewReplacer(`\\`, "", "\\\n", "").Replace(in), "\n") {
			return // to the shell the end of a command
		}
		var got strings.Builder
		for _, w := range words {
			got.WriteString("<" + w + ">")
		}
		if err == nil && (failed != nil || got.String() != string(out)) {
			t.Fatalf("%q: %q, the shell says %q, %v", in, got.String(), out, failed)
		}
	})
}

func FuzzSplitWords(f *testing.F) {
	f.Add(`a 'b "c' "d\e"`)
	f.Fuzz(func(t *testing.T, in string) {
		words, err := SplitWords(in)
		if size := len(strings.Join(words, "")); err == nil && size > len(in) {
			t.Errorf("%q: %q", in, words)
		}
	})
}
