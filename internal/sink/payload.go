package sink

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/logs-rdl/logs"
)

// payloads are the bodies of webhooks. All text of a log is data in them: it
// can neither end a string nor name a user, a channel or a link.
var payloads = map[string]func(*Webhook, *logs.Effect) ([]byte, error){
	"":             (*Webhook).jsonBody,
	"json":         (*Webhook).jsonBody,
	"slack":        (*Webhook).slackBody,
	"teams":        (*Webhook).teamsBody,
	"pagerduty":    (*Webhook).pagerDutyBody,
	"alertmanager": (*Webhook).alertmanagerBody,
}

// Bounds of the services, with room to spare.
const (
	slackSection = 2900    // of 3,000 characters in one section
	teamsText    = 12_000  // bytes, of 28 KiB in a message; escapes may double them
	blockJSON    = 80      // bytes of JSON around a text
	pagerText    = 100_000 // bytes of fields and of lines, of 512 KiB in an event
	shortText    = 1000    // bytes of a summary, a label
)

type object = map[string]any

// marshal writes JSON. It leaves < and > as they are, which a limit counts.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// jsonBody is the JSON of an alert; of a post its fields, or its text if that
// is a JSON object or array by itself.
func (w *Webhook) jsonBody(e *logs.Effect) ([]byte, error) {
	if e.Kind == logs.EffectPost {
		if len(e.Fields) > 0 {
			return appendFields(nil, e.Fields, e.Time.Location()), nil
		}
		if text := strings.TrimSpace(e.Text); text != "" && (text[0] == '{' || text[0] == '[') && json.Valid([]byte(text)) {
			return []byte(text), nil
		}
	}
	return appendAlertJSON(nil, e), nil
}

// headline is what an effect says in short.
func headline(e *logs.Effect) string {
	text := e.Text
	if text == "" && len(e.Lines) > 0 {
		text = e.Lines[0]
	}
	return logs.Show(text)
}

// prefixed is the headline behind severity and rule.
func prefixed(e *logs.Effect) string {
	text := headline(e)
	if e.Rule != "" {
		text = logs.Show(e.Rule) + ": " + text
	}
	if e.Severity != logs.SeverityNone {
		text = strings.ToUpper(e.Severity.String()) + " " + text
	}
	return text
}

// footer tells when and which.
func footer(e *logs.Effect) string { return e.Time.Format(time.RFC3339) + " id=" + e.ID.String() }

// fieldTexts are the fields of an effect as texts.
func fieldTexts(e *logs.Effect, each func(name, value string)) {
	for _, f := range e.Fields {
		each(logs.Show(f.Name), logs.Show(string(f.Value.Append(nil, e.Time.Location()))))
	}
}

// fieldLines are the fields as texts, as far as they fit.
func fieldLines(e *logs.Effect, limit int) []string {
	var lines []string
	fieldTexts(e, func(name, value string) {
		line := cut(name+": "+value, shortText)
		if size := len(line) + blockJSON; size <= limit {
			limit -= size
			lines = append(lines, line)
		}
	})
	return lines
}

// joinLines joins the lines of an effect, as far as they fit.
func joinLines(e *logs.Effect, limit int) string {
	var b strings.Builder
	for _, line := range e.Lines {
		if b.Len() > limit {
			break
		}
		b.WriteString(cut(logs.Show(line), limit) + "\n")
	}
	return cut(strings.TrimSuffix(b.String(), "\n"), limit)
}

// slackBody is a message of blocks. That links, users and channels are not
// looked for in the text is said three times, as different clients ask for it.
func (w *Webhook) slackBody(e *logs.Effect) ([]byte, error) {
	section := func(text string) object {
		return object{"type": "section", "text": object{"type": "mrkdwn", "verbatim": true, "text": text}}
	}
	blocks := []object{section("*" + slackText(prefixed(e), slackSection) + "*")}
	var fields strings.Builder
	fieldTexts(e, func(name, value string) { fields.WriteString(name + ": " + value + "\n") })
	if fields.Len() > 0 {
		blocks = append(blocks, section(slackText(fields.String(), slackSection)))
	}
	if lines := joinLines(e, slackSection); lines != "" {
		lines = strings.ReplaceAll(lines, "`", "'") // which would end the block
		blocks = append(blocks, section("```\n"+slackText(lines, slackSection)+"\n```"))
	}
	blocks = append(blocks, section(footer(e)))
	return marshal(object{
		"text": slackText(prefixed(e), slackSection), "blocks": blocks,
		"parse": "none", "link_names": false, "unfurl_links": false, "unfurl_media": false,
	})
}

// slackText escapes text as far as it fits. An @ is kept from the word behind
// it, lest here, channel or everyone be called.
func slackText(s string, limit int) string {
	var b strings.Builder
	room := limit
	for _, r := range s {
		part := string(r)
		switch r {
		case '&':
			part = "&amp;"
		case '<':
			part = "&lt;"
		case '>':
			part = "&gt;"
		case '@':
			part = "@\u2060"
		}
		if room -= utf8.RuneCountInString(part); room <= 0 {
			return b.String() + "…"
		}
		b.WriteString(part)
	}
	return b.String()
}

// teamsColours are those of an Adaptive Card.
var teamsColours = map[logs.Severity]string{
	logs.Low: "Accent", logs.Medium: "Warning", logs.High: "Attention", logs.Critical: "Attention",
}

// teamsBody is an Adaptive Card. Its texts are runs: only these are shown as
// they are, without Markdown.
func (w *Webhook) teamsBody(e *logs.Effect) ([]byte, error) {
	block := func(run object, text string) object {
		run["type"], run["text"] = "TextRun", text
		return object{"type": "RichTextBlock", "inlines": []object{run}}
	}
	title := object{"weight": "Bolder"}
	if colour := teamsColours[e.Severity]; colour != "" {
		title["color"] = colour
	}
	blocks := []object{block(title, cut(prefixed(e), shortText))}
	for _, line := range fieldLines(e, teamsText/2) {
		blocks = append(blocks, block(object{}, line))
	}
	if lines := joinLines(e, teamsText/2); lines != "" {
		blocks = append(blocks, block(object{"fontType": "Monospace"}, lines))
	}
	blocks = append(blocks, block(object{"isSubtle": true}, footer(e)))
	card := object{
		"$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
		"type":    "AdaptiveCard", "version": "1.4", "body": blocks,
	}
	return marshal(object{"type": "message", "attachments": []object{
		{"contentType": "application/vnd.microsoft.card.adaptive", "content": card},
	}})
}

// pagerSeverities are the words of PagerDuty.
var pagerSeverities = map[logs.Severity]string{
	logs.SeverityNone: "info", logs.Low: "info", logs.Medium: "warning", logs.High: "error", logs.Critical: "critical",
}

// pagerDutyBody is an event that opens an incident.
func (w *Webhook) pagerDutyBody(e *logs.Effect) ([]byte, error) {
	return marshal(object{
		"routing_key": w.o.Secret, "event_action": "trigger", "dedup_key": e.ID.String(),
		"payload": object{
			"summary": cut(prefixed(e), shortText), "source": w.host, "severity": pagerSeverities[e.Severity],
			"timestamp": e.Time.Format(time.RFC3339Nano), "class": cut(logs.Show(e.Rule), shortText),
			"custom_details": object{
				"fields": pagerFields(e),
				"lines":  joinLines(e, pagerText),
			},
		},
	})
}

// pagerFields are the fields as an object, or as a list of texts if that would
// be too long.
func pagerFields(e *logs.Effect) any {
	if fields := appendFields(nil, e.Fields, e.Time.Location()); len(fields) <= pagerText {
		return json.RawMessage(fields)
	}
	return fieldLines(e, pagerText)
}

// alertmanagerBody is one alert. Fields become labels, so that alerts of
// different values are different alerts.
func (w *Webhook) alertmanagerBody(e *logs.Effect) ([]byte, error) {
	labels := map[string]string{"alertname": "logs"}
	if e.Rule != "" {
		labels["alertname"] = cut(logs.Show(e.Rule), shortText)
	}
	if e.Severity != logs.SeverityNone {
		labels["severity"] = e.Severity.String()
	}
	fieldTexts(e, func(name, value string) {
		name = labelName(name)
		if _, taken := labels[name]; !taken && value != "" {
			labels[name] = cut(value, shortText)
		}
	})
	return marshal([]object{{
		"labels": labels, "startsAt": e.Time.Format(time.RFC3339Nano),
		"annotations": map[string]string{
			"summary": cut(headline(e), shortText), "description": joinLines(e, pagerText), "id": e.ID.String(),
		},
	}})
}

// labelName makes a name of a label: letters, digits and underscores, no digit
// first.
func labelName(s string) string {
	name := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (r == '_' || '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z') {
			return r
		}
		return '_'
	}, s)
	if name == "" || name[0] <= '9' {
		return "_" + name
	}
	return name
}
