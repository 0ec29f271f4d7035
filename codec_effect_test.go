package logs

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Effects that are kept come back as they were.
func TestEffectsAreKept(t *testing.T) {
	texts := rapid.SliceOfN(rapid.String(), 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		effects := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Effect {
			return Effect{
				Kind: EffectKind(rapid.IntRange(1, len(effectNames)-1).Draw(t, "kind")), ID: ID(rapid.Uint64().Draw(t, "id")),
				Time: time.Unix(0, rapid.Int64().Draw(t, "time")).UTC(), Rule: rapid.String().Draw(t, "rule"),
				Severity: Severity(rapid.IntRange(0, 4).Draw(t, "severity")), Text: "\xff" + rapid.String().Draw(t, "text"),
				Fields: []Field{{"a", Text(rapid.String().Draw(t, "a"))}, {"b", List([]Value{Int(rapid.Int64().Draw(t, "b")), Nil})}},
				Lines:  texts.Draw(t, "lines"), Args: texts.Draw(t, "args"),
				Target: rapid.String().Draw(t, "target"), Sink: rapid.String().Draw(t, "sink"), Span: time.Duration(rapid.Int64().Draw(t, "span")),
			}
		}), 0, 5).Draw(t, "effects")
		data := EncodeEffects(effects)
		back, err := DecodeEffects(data, time.UTC)
		if err != nil || len(back) != len(effects) {
			t.Fatalf("got %d effects and %v, want %d", len(back), err, len(effects))
		}
		for i := range back {
			if back, want := back[i], effects[i]; !reflect.DeepEqual(plain(back), plain(want)) {
				t.Fatalf("got  %+v\nwant %+v", back, want)
			}
		}
		data[rapid.IntRange(0, len(data)-1).Draw(t, "at")] ^= 4
		if _, err := DecodeEffects(data, time.UTC); err == nil {
			t.Fatal("damage was not found")
		}
	})
}

// plain makes an effect that can be compared: its values as text.
func plain(e Effect) Effect {
	for i, f := range e.Fields {
		if i == 0 {
			e.Fields = nil
		}
		e.Lines = append(e.Lines, f.Name+"="+f.Value.Key())
	}
	return e
}

func FuzzDecodeEffects(f *testing.F) {
	f.Add(EncodeEffects([]Effect{{Kind: EffectPrint, Text: "a"}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		DecodeEffects(data, time.UTC)
		d := &decoder{data: string(data)}
		d.effect(time.UTC)
	})
}
