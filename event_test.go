package logs

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var eventTime = time.Date(2026, 11, 24, 8, 0, 0, 5000, time.UTC)

func TestAnEventIsOneReadableLine(t *testing.T) {
	e := Effect{ID: 0xab, Time: eventTime, Rule: "invalid-user", Text: "scan", Target: "192.0.2.7", Fields: []Field{
		{"ip", Text("192.0.2.7")}, {"n", Int(3)}, {"share", Float(3)}, {"lost", Float(math.Inf(1))}, {"for", Duration(90 * time.Second)},
		{"since", Time(eventTime)}, {"users", List([]Value{Text(`a"\`), Text("b\nc"), Nil})}, {"seen", Map([]Field{{"x", Bool(true)}})},
	}}
	want := `2026-11-24T08:00:00.000005000Z {"host":"edge1","event":"scan","rule":"invalid-user","id":"00000000000000ab","by":"192.0.2.7",` +
		`"fields":{"ip":"192.0.2.7","n":3,"share":3.0,"lost":{"float":"+Inf"},"for":{"duration":90000000000},` +
		`"since":{"time":"2026-11-24T08:00:00.000005Z"},"users":["a\"\\","b\u000ac",null],"seen":{"map":{"x":true}}}}`
	if got := string(AppendEvent(nil, &e, "edge1")); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	host, at, ok := EventHost(want)
	if host != "edge1" || !at.Equal(eventTime) || !ok {
		t.Errorf("it comes from %q, %v, %v", host, at, ok)
	}
}

// kinds shows a value with the types of all that is in it.
func kinds(v Value) string {
	var b strings.Builder
	b.WriteString(v.Kind().String() + " " + v.String())
	items, _ := v.List()
	for _, x := range items {
		b.WriteString("[" + kinds(x) + "]")
	}
	fields, _ := v.Fields()
	for _, f := range fields {
		b.WriteString("{" + f.Name + ": " + kinds(f.Value) + "}")
	}
	return b.String()
}

// arrived is a value as it arrives: messages as their lines or fields.
func arrived(v Value) Value {
	if m, ok := v.Message(); ok {
		if m.Event == "" {
			return Text(m.Line)
		}
		return Map(arrivedFields(m.Fields))
	}
	if items, ok := v.List(); ok {
		var out []Value
		for _, x := range items {
			out = append(out, arrived(x))
		}
		return List(out)
	}
	if fields, ok := v.Fields(); ok {
		return Map(arrivedFields(fields))
	}
	return v
}

func arrivedFields(fields []Field) []Field {
	var out []Field
	for _, f := range fields {
		out = append(out, Field{f.Name, arrived(f.Value)})
	}
	return out
}

// What is forwarded arrives with its name, its types and where it came from,
// and survives being kept.
func TestEventsArriveAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SampledFrom([]string{"", "a", "a b", `"`, `\`, "\n", "\x00", "\xff", "日本", "}"})
		e := Effect{
			ID: ID(rapid.Uint64().Draw(t, "id")), Time: time.Unix(0, rapid.Int64().Draw(t, "time")),
			Rule: texts.Draw(t, "rule"), Text: "scan", Target: texts.Draw(t, "by"), Fields: []Field{
				{texts.Draw(t, "name"), values().Draw(t, "v")}, {"host", values().Draw(t, "w")},
			},
		}
		line := AppendEvent(nil, &e, "edge1")
		m := Message{Line: string(line), Time: e.Time}
		if !m.ReadEvent() {
			t.Fatalf("not read: %s", line)
		}
		kept := m.Keep()
		for i := range line {
			line[i] = '#'
		}
		if kept.Event != "scan" || kept.Line != "" || kept.Header().Host != "edge1" || m.Header().Host != "edge1" {
			t.Fatalf("got %+v", kept)
		}
		want := append(arrivedFields(e.Fields), Field{"host", Text("edge1")}, Field{"rule", Text(e.Rule)}, Field{"id", Text(e.ID.String())})
		if got, want := kinds(Map(kept.Fields)), kinds(Map(want)); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}

func TestWhatNestsTooDeepBecomesText(t *testing.T) {
	v := Text("x")
	for range 40 {
		v = Map([]Field{{"a", List([]Value{v})}})
	}
	m := Message{Line: string(AppendEvent(nil, &Effect{Text: "deep", Fields: []Field{{"v", v}}}, "h"))}
	if !m.ReadEvent() || !strings.Contains(m.Field("v").String(), "x") {
		t.Errorf("got %v", m.Field("v"))
	}
}

func TestLinesThatAreNoEvents(t *testing.T) {
	const stamp = "2026-11-24T08:00:00.000000000Z"
	for _, line := range []string{
		"", "{}", stamp, stamp + ` {}`, stamp + ` {"host":"h","event":"","fields":{}}`, stamp + ` {"host":"h","event":"e"}`,
		stamp + ` {"host":"h","event":"e","fields":{}} x`, stamp + ` {"host":"h","event":"e","fields":[]}`, stamp + ` {"host":"h","event":1,"fields":{}}`,
		stamp + ` {"event":"e","fields":` + strings.Repeat("[", 1000), strings.Repeat("x", 100),
	} {
		m := Message{Line: line}
		if m.ReadEvent() || m.Line != line || m.Event != "" {
			t.Errorf("%q was taken for an event", line)
		}
	}
	for _, line := range []string{
		"", stamp, stamp + ` {"event":"e","host":"h"}`, stamp + ` {"host":"h`, stamp + ` {"host":"h\u0041"}`, stamp + `{"host":"h"}`,
		"2026-13-24T08:00:00.000000000Z" + ` {"host":"h"}`,
	} {
		if _, _, ok := EventHost(line); ok {
			t.Errorf("%q names a host", line)
		}
	}
}

// FuzzReadEvent: hostile lines neither panic nor make values that cannot be
// used; what is read can be written and read again.
func FuzzReadEvent(f *testing.F) {
	f.Add(`2026-11-24T08:00:00.000000000Z {"host":"h","event":"e","rule":"r","id":"1","fields":{"a":{"map":{"b":[1,2.5,{"time":"x"}]}}}}`)
	f.Add(`2026-11-24T08:00:00.000000000Z {"host":"h","event":"e","fields":{"host":{"duration":1},"t":{"time":"9999-01-01T00:00:00Z"}}}`)
	f.Fuzz(func(t *testing.T, line string) {
		m := Message{Line: line}
		EventHost(line)
		if !m.ReadEvent() {
			return
		}
		m.Header()
		again := Message{Line: string(AppendEvent(nil, &Effect{Time: eventTime, Text: m.Event, Fields: m.Fields}, "h"))}
		if !again.ReadEvent() {
			t.Fatalf("%q cannot be read again", line)
		}
	})
}

func BenchmarkReadEvent(b *testing.B) {
	e := Effect{ID: 0xab, Time: eventTime, Rule: "invalid-user", Text: "scan", Fields: []Field{{"ip", Text("192.0.2.7")}, {"n", Int(3)}}}
	line := string(AppendEvent(nil, &e, "edge1"))
	b.ReportAllocs()
	for b.Loop() {
		m := Message{Line: line}
		m.ReadEvent()
	}
}
