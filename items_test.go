package logs

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// modelItem is an item of the trivially correct queue: a plain slice.
type modelItem struct {
	at    int64
	id    string
	value string
}

// A queueModel does to a slice what is done to an items.
type queueModel struct {
	queue items
	model []modelItem
	now   int64
	kept  int
}

func (q *queueModel) addDistinct(value, id string, byID bool) {
	v := modelItem{q.now, id, value}
	for i, m := range q.model {
		if m.id == id {
			v.value = m.value
			q.model = append(q.model[:i:i], q.model[i+1:]...)
			break
		}
	}
	q.model = append(q.model, v)
	q.kept += q.queue.addDistinct(q.now, Borrow(value), Borrow(id), byID)
}

func (q *queueModel) check(t *rapid.T) {
	got, want := "", ""
	for _, v := range q.queue.values() {
		got += v.String() + " "
	}
	for _, m := range q.model {
		want += m.value + " "
	}
	first, last := int64(gap), int64(gap)
	if len(q.model) > 0 {
		first, last = q.model[0].at, q.model[len(q.model)-1].at
	}
	switch {
	case got != want || q.queue.len() != len(q.model):
		t.Fatalf("it holds %d: %s\nwant %d: %s", q.queue.len(), got, len(q.model), want)
	case q.queue.first() != first || q.queue.last() != last:
		t.Fatalf("from %d to %d, want %d to %d", q.queue.first(), q.queue.last(), first, last)
	case q.queue.weight() != q.kept:
		t.Fatalf("it weighs %d, but %d was gained", q.queue.weight(), q.kept)
	case len(q.queue.buf) > 4*len(q.model)+4*indexFrom:
		t.Fatalf("%d places for %d items", len(q.queue.buf), len(q.model))
	}
}

func TestItemsDoWhatASliceDoes(t *testing.T) {
	for _, kind := range []string{"all", "distinct", "distinct by id"} {
		t.Run(kind, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				q := &queueModel{}
				different := rapid.SampledFrom([]int{1, 5, indexFrom - 1, indexFrom + 1, 3 * indexFrom}).Draw(t, "different")
				number := rapid.IntRange(0, different-1)
				add := func(t *rapid.T) {
					n := number.Draw(t, "item")
					switch text := fmt.Sprintf("item%d", n); kind {
					case "all":
						q.model = append(q.model, modelItem{q.now, "", text})
						q.kept += q.queue.add(q.now, Text(text))
					case "distinct":
						q.addDistinct(text, text, false)
					default:
						q.addDistinct(fmt.Sprintf("%s at %d", text, q.now), text, true)
					}
				}
				t.Repeat(map[string]func(*rapid.T){
					"": q.check,
					"add": func(t *rapid.T) {
						q.now++
						add(t)
					},
					"add many at once": func(t *rapid.T) {
						for range 2*different - len(q.model)/4 {
							add(t)
						}
					},
					"drop the first": func(t *rapid.T) {
						n := min(len(q.model), rapid.IntRange(1, 40).Draw(t, "n"))
						for range n {
							q.kept -= q.queue.dropFirst()
							q.model = q.model[1:]
						}
					},
					"compact": func(*rapid.T) { q.queue.compact() },
				})
			})
		})
	}
}

// A round of the same users must not make a window grow: each one that comes
// again was the oldest.
func TestItemsThatComeAgainInTurnTakeNoRoom(t *testing.T) {
	for _, different := range []int{1, indexFrom + 1} {
		var q items
		for i := range int64(100_000) {
			v := Int(i % int64(different))
			q.addDistinct(i, v, v, true)
		}
		if len(q.buf) > 10*indexFrom || len(q.index.keys) != len(q.buf) || len(q.index.place) != different {
			t.Errorf("%d items take %d places, %d keys, and %d are indexed", different, len(q.buf), len(q.index.keys), len(q.index.place))
		}
	}
}

func TestAnItemThatIsHeldStaysAsItWas(t *testing.T) {
	var q items
	q.addDistinct(1, Text("root tries"), Text("root"), true)
	q.addDistinct(2, Text("root tries again"), Text("root"), true)
	if got := List(q.values()).String(); got != "root tries" || q.first() != 2 {
		t.Errorf("it holds %q since %d", got, q.first())
	}
}

// What an item weighs never changes, or the sum of all would drift.
func TestWeight(t *testing.T) {
	line := &Message{Line: `{"a": "b"}`}
	tests := []struct {
		name string
		v    Value
		want int
	}{
		{"a number", Int(1), itemWeight},
		{"a text", Text("abc"), itemWeight + 3},
		{"a list", List([]Value{Text("abc"), Int(1)}), 3*itemWeight + 3},
		{"a map", Map([]Field{{"key", Text("abc")}}), 2*itemWeight + 6},
		{"a line", messageValue(line), itemWeight + 200 + 10},
		{"an event", messageValue(&Message{Event: "e", Fields: []Field{{"key", Text("abc")}}}), 2*itemWeight + 200 + 6},
	}
	for _, test := range tests {
		if got := weigh(test.v); got != test.want {
			t.Errorf("%s weighs %d, not %d", test.name, got, test.want)
		}
	}
	if line.Field("a").IsNil() || weigh(messageValue(line)) != tests[4].want {
		t.Error("a line weighs more once it is decoded")
	}
}
