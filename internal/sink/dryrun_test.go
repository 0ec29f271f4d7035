package sink

import (
	"bufio"
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs"
)

func TestDryRun(t *testing.T) {
	fields := []logs.Field{field("ip", logs.Text("62.0.0.1")), field("n", logs.Int(3))}
	for _, c := range []struct {
		effect logs.Effect
		want   string
	}{
		{logs.Effect{Kind: logs.EffectExec, Args: []string{"sh", "rec.sh", "x y", "$(id)", "", "\x1b"}}, `exec "sh" "rec.sh" "x y" '$(id)' "" '\x1b'`},
		{logs.Effect{Kind: logs.EffectPipe, Args: []string{"sort", "-u"}, Lines: []string{"a", "b", "c"}}, `pipe 3 lines to "sort" "-u"`},
		{logs.Effect{Kind: logs.EffectPipe, Args: []string{"cat"}, Lines: []string{"it's \"a\""}}, `pipe 'it'\''s "a"' to "cat"`},
		{logs.Effect{Kind: logs.EffectWrite, Target: "out/a.log", Lines: []string{"a\nb"}}, `write 'a\x0ab' to "out/a.log"`},
		{logs.Effect{Kind: logs.EffectMail, Target: "ops@example.org", Text: "scan", Lines: []string{"a", "b"}}, `mail 2 lines to "ops@example.org" subject "scan"`},
		{logs.Effect{Kind: logs.EffectPost, Target: "https://x.example/", Fields: fields}, `post (ip = "62.0.0.1", n = "3") to "https://x.example/"`},
		{logs.Effect{Kind: logs.EffectPost, Target: "https://x.example/", Text: "hello"}, `post "hello" to "https://x.example/"`},
		{logs.Effect{Kind: logs.EffectSend, Target: "oncall", Lines: []string{"a"}}, `send "a" to "oncall"`},
		{logs.Effect{Kind: logs.EffectBan, Target: "62.0.0.1", Span: 10 * time.Second, Sink: "edge"}, `ban "62.0.0.1" for 10s with "edge"`},
		{logs.Effect{Kind: logs.EffectBan, Target: "62.0.0.1", Span: 10 * time.Second}, `ban "62.0.0.1" for 10s`},
		{logs.Effect{Kind: logs.EffectUnban, Target: "62.0.0.1", Sink: "edge"}, `unban "62.0.0.1" with "edge"`},
		{logs.Effect{Kind: logs.EffectForward, Text: "scan", Fields: fields, Target: "62.0.0.1"}, `forward scan(ip = "62.0.0.1", n = "3") by "62.0.0.1"`},
	} {
		var b strings.Builder
		d := DryRun{Out: bufio.NewWriter(&b)}
		check(t, d.Do(context.Background(), &c.effect))
		check(t, d.Flush())
		if b.String() != "would "+c.want+"\n" {
			t.Errorf("%s, want would %s", b.String(), c.want)
		}
	}
}

// TestQuotesAreSafe gives what is quoted to a shell, which must see the text.
func TestQuotesAreSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching("[ab '\"\\\\$`!(){}*;&|<>~#\u00e9-]{0,12}"), 1, 20).Draw(t, "texts")
		got, err := exec.Command("/bin/sh", "-c", "printf '%s\\n' "+quoteAll(texts)).Output()
		if want := strings.Join(texts, "\n") + "\n"; err != nil || string(got) != want {
			t.Fatalf("%s, %v; want %s", got, err, want)
		}
	})
}
