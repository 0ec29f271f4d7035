package sink

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs"
)

// payload returns what a Webhook of that sort posts.
func payload(t testing.TB, as string, e *logs.Effect) string {
	t.Helper()
	w, err := NewWebhook(WebhookOptions{As: as, URL: "https://host/", Secret: "R0UT1NG"})
	if err != nil {
		t.Fatal(err)
	}
	w.host = "l096"
	b, err := w.body(w, e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPayloads(t *testing.T) {
	for as, want := range map[string]string{
		"slack": `{
			"blocks": [
				{"text": {"text": "*HIGH break-in: root is in*", "type": "mrkdwn", "verbatim": true}, "type": "section"},
				{"text": {"text": "user: root\ntries: 3\nnote: said \"hi\"\n", "type": "mrkdwn", "verbatim": true}, "type": "section"},
				{"text": {"text": "` + "```" + `\nOct 28 17:03:11 l096 sshd[1]: one\nOct 28 17:03:24 l096 sshd[1]: two\n` + "```" + `", "type": "mrkdwn", "verbatim": true}, "type": "section"},
				{"text": {"text": "2007-10-28T17:03:24Z id=00000000000000ff", "type": "mrkdwn", "verbatim": true}, "type": "section"}
			],
			"link_names": false, "parse": "none", "text": "HIGH break-in: root is in", "unfurl_links": false, "unfurl_media": false}`,
		"teams": `{
			"attachments": [{
				"content": {
					"$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
					"body": [
						{"inlines": [{"color": "Attention", "text": "HIGH break-in: root is in", "type": "TextRun", "weight": "Bolder"}], "type": "RichTextBlock"},
						{"inlines": [{"text": "user: root", "type": "TextRun"}], "type": "RichTextBlock"},
						{"inlines": [{"text": "tries: 3", "type": "TextRun"}], "type": "RichTextBlock"},
						{"inlines": [{"text": "note: said \"hi\"", "type": "TextRun"}], "type": "RichTextBlock"},
						{"inlines": [{"fontType": "Monospace", "text": "Oct 28 17:03:11 l096 sshd[1]: one\nOct 28 17:03:24 l096 sshd[1]: two", "type": "TextRun"}], "type": "RichTextBlock"},
						{"inlines": [{"isSubtle": true, "text": "2007-10-28T17:03:24Z id=00000000000000ff", "type": "TextRun"}], "type": "RichTextBlock"}
					],
					"type": "AdaptiveCard", "version": "1.4"},
				"contentType": "application/vnd.microsoft.card.adaptive"}],
			"type": "message"}`,
		"pagerduty": `{
			"dedup_key": "00000000000000ff", "event_action": "trigger",
			"payload": {
				"class": "break-in",
				"custom_details": {
					"fields": {"user": "root", "tries": 3, "note": "said \"hi\""},
					"lines": "Oct 28 17:03:11 l096 sshd[1]: one\nOct 28 17:03:24 l096 sshd[1]: two"},
				"severity": "error", "source": "l096", "summary": "HIGH break-in: root is in", "timestamp": "2007-10-28T17:03:24Z"},
			"routing_key": "R0UT1NG"}`,
		"alertmanager": `[{
			"annotations": {
				"description": "Oct 28 17:03:11 l096 sshd[1]: one\nOct 28 17:03:24 l096 sshd[1]: two",
				"id": "00000000000000ff", "summary": "root is in"},
			"labels": {"alertname": "break-in", "note": "said \"hi\"", "severity": "high", "tries": "3", "user": "root"},
			"startsAt": "2007-10-28T17:03:24Z"}]`,
	} {
		var plain strings.Builder // without the layout
		for line := range strings.Lines(want) {
			plain.WriteString(strings.TrimSpace(line))
			if strings.HasSuffix(line, ",\n") {
				plain.WriteByte(' ')
			}
		}
		if got := strings.NewReplacer(`":`, `": `, `,"`, `, "`, `},{`, `}, {`).Replace(payload(t, as, breakIn())); got != plain.String() {
			t.Errorf("%s: got\n%s\nwant\n%s", as, got, plain.String())
		}
	}
}

func TestWhereWebhooksGo(t *testing.T) {
	for _, c := range []struct{ as, url, want string }{
		{"pagerduty", "", pagerDutyEvents}, {"pagerduty", "https://eu/x", "https://eu/x"},
		{"alertmanager", "http://am:9093", "http://am:9093/api/v2/alerts"}, {"alertmanager", "http://am:9093/", "http://am:9093/api/v2/alerts"},
		{"alertmanager", "http://am/own/path", "http://am/own/path"},
	} {
		w, err := NewWebhook(WebhookOptions{As: c.as, URL: c.url})
		check(t, err)
		same(t, c.as+" at "+c.url, w.url.String(), c.want)
	}
}

func TestSlackText(t *testing.T) {
	for s, want := range map[string]string{
		"<!channel> <@U1> <http://evil|good> & more": "&lt;!channel&gt; &lt;@\u2060U1&gt; &lt;http://evil|good&gt; &amp; more",
		"@here @channel @everyone":                   "@\u2060here @\u2060channel @\u2060everyone",
		"&lt;!here&gt;":                              "&amp;lt;!here&amp;gt;",
	} {
		same(t, s, slackText(s, 100), want)
	}
	same(t, "cut", slackText("abc&def", 8), "abc…")
	same(t, "cut", slackText("abc&def", 9), "abc&amp;…")
}

func TestLabelNames(t *testing.T) {
	for s, want := range map[string]string{"user": "user", "a-b.c": "a_b_c", "1st": "_1st", "": "_", "größe": "gr__e", "A_9": "A_9"} {
		same(t, s, labelName(s), want)
	}
	e := &logs.Effect{Rule: "r", Fields: []logs.Field{field("alertname", logs.Text("forged")), field("empty", logs.Nil)}}
	if got := payload(t, "alertmanager", e); !strings.Contains(got, `"labels":{"alertname":"r"}`) {
		t.Error(got)
	}
}

// TestPayloadsOfHostileText: whatever an effect holds, each body is JSON, not
// longer than the service takes, and calls nobody.
func TestPayloadsOfHostileText(t *testing.T) {
	limits := map[string]int{"json": 1 << 30, "slack": 1 << 20, "teams": 28 << 10, "pagerduty": 512 << 10, "alertmanager": 1 << 20}
	bytes := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })
	words := rapid.StringMatching("(<!channel>|@here|<@U1>|```|\\\\|\"|`|&lt;|\n)*")
	rapid.Check(t, func(rt *rapid.T) {
		long := rapid.SampledFrom([]int{1, 1, 1, 2000}).Draw(rt, "times")
		text := rapid.Map(rapid.OneOf(bytes, words, rapid.String()), func(s string) string { return strings.Repeat(s, long) })
		e := &logs.Effect{
			Kind: rapid.SampledFrom([]logs.EffectKind{logs.EffectAlert, logs.EffectPost, logs.EffectSend}).Draw(rt, "kind"),
			Rule: text.Draw(rt, "rule"), Text: text.Draw(rt, "text"), Severity: logs.Severity(rapid.IntRange(0, 4).Draw(rt, "severity")),
			Lines: rapid.SliceOfN(text, 0, 100).Draw(rt, "lines"),
		}
		for range rapid.IntRange(0, 5).Draw(rt, "fields") {
			e.Fields = append(e.Fields, field(text.Draw(rt, "name"), logs.Text(rapid.OneOf(bytes, words).Draw(rt, "value"))))
		}
		for as, limit := range limits {
			got := payload(t, as, e)
			if !json.Valid([]byte(got)) || !utf8.ValidString(got) {
				rt.Fatalf("%s: not JSON: %s", as, got)
			}
			if len(got) > limit {
				rt.Fatalf("%s: %d bytes", as, len(got))
			}
			if as == "slack" {
				checkSlack(rt, got)
			}
		}
	})
}

// checkSlack looks at what Slack would see.
func checkSlack(t *rapid.T, body string) {
	var message struct {
		Text   string
		Blocks []struct{ Text struct{ Text string } }
	}
	if err := json.Unmarshal([]byte(body), &message); err != nil {
		t.Fatal(err)
	}
	texts := []string{message.Text}
	for _, b := range message.Blocks {
		texts = append(texts, b.Text.Text)
	}
	for _, s := range texts {
		if strings.ContainsAny(s, "<>") || strings.Contains(s, "@here") || strings.Count(s, "```") > 2 && strings.HasPrefix(s, "```\n") {
			t.Fatalf("%q", s)
		}
		if n := utf8.RuneCountInString(s); n > 3000 {
			t.Fatalf("%d characters", n)
		}
	}
}
