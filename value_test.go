package logs

import (
	"math"
	"strings"
	"testing"
	"time"
	"unsafe"

	"pgregory.net/rapid"
)

// values draws values of all kinds, with many that are alike.
func values() *rapid.Generator[Value] {
	return rapid.Custom(func(t *rapid.T) Value { return drawValue(t, 3) })
}

func drawValue(t *rapid.T, depth int) Value {
	kinds := []Kind{KindNil, KindBool, KindInt, KindFloat, KindText, KindDuration, KindTime, KindMessage}
	if depth > 0 {
		kinds = append(kinds, KindList, KindMap)
	}
	numbers := rapid.OneOf(rapid.Int64Range(-3, 3), rapid.SampledFrom([]int64{1 << 53, 1<<53 + 1, -1 << 63, 1<<63 - 1}), rapid.Int64())
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case KindBool:
		return Bool(rapid.Bool().Draw(t, "bool"))
	case KindInt:
		return Int(numbers.Draw(t, "int"))
	case KindFloat:
		return Float(rapid.OneOf(rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, -2, 0.5, 1 << 53, 1e300}), rapid.Float64Range(-1e6, 1e6)).Draw(t, "float"))
	case KindText:
		return Text(rapid.SampledFrom([]string{"", "a", "b", "ab", "\x00", "\xff\xfe", "日本", "a\x04\x01b"}).Draw(t, "text"))
	case KindDuration:
		return Duration(time.Duration(numbers.Draw(t, "duration")))
	case KindTime:
		return instant(numbers.Draw(t, "time"))
	case KindMessage:
		if rapid.Bool().Draw(t, "event") {
			return messageValue(&Message{Event: "e", Fields: []Field{{"k", drawValue(t, 0)}}})
		}
		return messageValue(&Message{Line: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "line")})
	case KindList:
		return List(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Value { return drawValue(t, depth-1) }), 0, 3).Draw(t, "list"))
	case KindMap:
		var fields []Field
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", ""}), 0, 3, rapid.ID).Draw(t, "names") {
			fields = append(fields, Field{name, drawValue(t, depth-1)})
		}
		return Map(fields)
	}
	return Nil
}

func TestEqualValuesShareTheirKeyAndOthersDoNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, w := values().Draw(t, "v"), values().Draw(t, "w")
		if v.Equal(w) != (v.Key() == w.Key()) {
			t.Fatalf("%s %v and %s %v: equal %v, but keys %q and %q", v.Kind(), v, w.Kind(), w, v.Equal(w), v.Key(), w.Key())
		}
		if v.Equal(w) != w.Equal(v) || !v.Equal(v) {
			t.Fatalf("%v and %v: Equal must be symmetric and reflexive", v, w)
		}
		if n, ok := v.Compare(w); ok && (n == 0) != v.Equal(w) {
			t.Fatalf("%v and %v compare as %d, but Equal is %v", v, w, n, v.Equal(w))
		}
	})
}

func TestKeepChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := values().Draw(t, "v")
		kept := v.Keep()
		if !kept.Equal(v) || kept.Kind() != v.Kind() || kept.String() != v.String() {
			t.Fatalf("%s %v became %s %v", v.Kind(), v, kept.Kind(), kept)
		}
	})
}

func TestKeptValuesBorrowNothing(t *testing.T) {
	buf := []byte("10.0.0.7 web")
	line := unsafe.String(&buf[0], len(buf))
	m := &Message{Line: line, Source: line[:4], Event: ""}
	event := &Message{Event: "e", Fields: []Field{{"host", Borrow(line[9:])}}}
	kept := map[string]Value{
		"10.0.0.7":             Borrow(line[:8]).Keep(),
		"10.0.0.7, web":        List([]Value{Borrow(line[:8]), Borrow(line[9:])}).Keep(),
		"ip: 10.0.0.7":         Map([]Field{{"ip", Borrow(line[:8])}}).Keep(),
		"10.0.0.7 web":         messageValue(m).Keep(),
		"source 10.0":          Text("source " + messageValue(m).Keep().any.(*Message).Source),
		"field " + "web":       Text("field " + event.Keep().Field("host").String()),
		"deep: 10.0.0.7, list": List([]Value{Map([]Field{{"deep", List([]Value{Borrow(line[:8]), Text("list")})}})}).Keep(),
	}
	for i := range buf {
		buf[i] = '#'
	}
	for want, v := range kept {
		if v.String() != want {
			t.Errorf("got %q, want %q", v, want)
		}
	}
}

func TestTextOfValues(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	tests := []struct {
		v    Value
		want string
	}{
		{Nil, ""},
		{Bool(true), "true"},
		{Int(-5), "-5"},
		{Float(0.1), "0.1"},
		{Float(1e21), "1e+21"},
		{Text("\xff"), "\xff"},
		{Duration(185 * time.Second), "3m5s"},
		{Time(start), "2026-11-24T09:00:00+01:00"},
		{Time(start.Add(5e8)), "2026-11-24T09:00:00.5+01:00"},
		{List([]Value{Int(1), Nil, List([]Value{Text("a"), Text("b")})}), "1, , a, b"},
		{Map([]Field{{"user", Text("root")}, {"n", Int(2)}}), "user: root, n: 2"},
		{messageValue(&Message{Line: "the line"}), "the line"},
	}
	for _, test := range tests {
		if got := string(test.v.Append(nil, berlin)); got != test.want {
			t.Errorf("%s: got %q, want %q", test.v.Kind(), got, test.want)
		}
	}
}

func TestOrder(t *testing.T) {
	tests := []struct {
		name  string
		v, w  Value
		below bool // v has an order to w, and is below it
	}{
		{"whole and not", Int(1), Float(1.5), true},
		{"great numbers", Int(1 << 53), Int(1<<53 + 1), true},
		{"texts by byte", Text("Z"), Text("a"), true},
		{"durations", Duration(-1), Duration(1), true},
		{"times", Time(start), Time(second(1)), true},
		{"a number and a text", Int(1), Text("2"), false},
		{"a number and a duration", Int(1), Duration(2), false},
		{"a duration and a time", Duration(1), Time(start), false},
		{"truth", Bool(false), Bool(true), false},
		{"nil", Nil, Int(1), false},
		{"lists", List(nil), List([]Value{Int(1)}), false},
	}
	for _, test := range tests {
		n, ok := test.v.Compare(test.w)
		if back, okBack := test.w.Compare(test.v); ok != test.below || okBack != ok || ok && (n >= 0 || back <= 0) {
			t.Errorf("%s: %d %v, and back %d %v", test.name, n, ok, back, okBack)
		}
	}
}

func TestContains(t *testing.T) {
	list := List([]Value{Int(1), Text("a")})
	fields := Map([]Field{{"user", Text("root")}, {"none", Nil}})
	tests := []struct {
		name string
		v, w Value
		want bool
	}{
		{"a list its items", list, Float(1), true},
		{"a list no part of an item", List([]Value{Text("abc")}), Text("b"), false},
		{"a table its texts", Table([]string{"a", "b"}), Borrow("b"), true},
		{"a table no other", Table([]string{"a", "b"}), Text("c"), false},
		{"a table only texts", Table([]string{"1"}), Int(1), false},
		{"a text a part", Text("abc"), Text("bc"), true},
		{"a text the empty text", Text("abc"), Text(""), true},
		{"a text no number", Text("1"), Int(1), false},
		{"a map its names", fields, Text("user"), true},
		{"a map not its values", fields, Text("root"), false},
		{"nil nothing", Nil, Nil, false},
	}
	for _, test := range tests {
		if got := test.v.Contains(test.w); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestNumbersOfFloats(t *testing.T) {
	for f, want := range map[float64]bool{3: true, 0.5: false, 1e300: false, -1 << 63: false} {
		if _, ok := Float(f).Int(); ok != want {
			t.Errorf("%v is whole: %v", f, ok)
		}
	}
}

func TestSmallValuesNeedNoAllocation(t *testing.T) {
	line := strings.Repeat("x", 20)
	sum := 0
	if n := testing.AllocsPerRun(100, func() {
		for _, v := range [...]Value{Int(1 << 40), Float(0.5), Borrow(line), Text(line), Time(start), Duration(5), Bool(true)} {
			if s, ok := v.Str(); ok {
				sum += len(s)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
