package ruletest

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs/rdl"
)

// updated runs the tests of a file and returns it as Update makes it.
func updated(t rapidOrTest, name, text string) string {
	t.Helper()
	d := disk{name: text}
	results, err := d.suite().Run([]File{{Name: name}})
	if err != nil {
		t.Fatal(err)
	}
	files, err := Update(results, d.read)
	if err != nil {
		t.Fatal(err)
	}
	if new, ok := files[name]; ok {
		return new
	}
	return text
}

// rapidOrTest is what a test and a property have in common.
type rapidOrTest interface {
	Helper()
	Fatal(args ...any)
}

func TestUpdate(t *testing.T) {
	const greets = "rule a { matching \"hello (\\w+)\"; binding (who); doing { print \"hello {who}\"; alert \"seen \\{{who}\\}\" } }\n"
	for _, test := range []struct{ name, steps, want string }{
		{"what holds stays", `expect print matching "kim"; expect no exec; expect print "hello max"`,
			"expect print matching \"kim\"\n  expect no exec\n  expect print \"hello lee\""},
		{"a number that is wrong", `expect print 3 times`, "expect print \"hello kim\"\n  expect print \"hello lee\""},
		{"only of the kinds that were asked for", `expect print "x"`, "expect print \"hello kim\"\n  expect print \"hello lee\""},
		{"none of that kind", `expect exec "x"; expect exec "y"`, "expect no exec"},
		{"one that must not be", `expect no alert matching "kim"`, "expect alert \"seen \\{kim\\}\"\n  expect alert \"seen \\{lee\\}\""},
		{"nothing else", `expect print 2 times; expect nothing else`,
			"expect print 2 times\n  expect alert \"seen \\{kim\\}\"\n  expect alert \"seen \\{lee\\}\"\n  expect nothing else"},
		{"nothing of a kind, and nothing else", `expect exec "x"; expect print 2 times; expect nothing else`,
			"expect print 2 times\n  expect alert \"seen \\{kim\\}\"\n  expect alert \"seen \\{lee\\}\"\n  expect nothing else"},
		{"a test that passes", `expect print "hello kim";  expect alert`, "expect print \"hello kim\"; expect alert"},
	} {
		t.Run(test.name, func(t *testing.T) {
			block := "test \"t\" {\n  given \"\"\"\n  hello kim\n  hello lee\n  \"\"\"\n  %s\n}\n"
			got := updated(t, "x.rdl", greets+fmt.Sprintf(block, test.steps))
			if test.name == "a test that passes" {
				if got != greets+fmt.Sprintf(block, test.steps) {
					t.Errorf("it is changed:\n%s", got)
				}
				return
			}
			if !strings.Contains(got, test.want+"\n}\n") {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			if again := updated(t, "x.rdl", got); again != got {
				t.Errorf("a second time makes of it\n%s", again)
			}
		})
	}
}

// A test that two programs hold is made right once.
func TestUpdateOfWhatIsIncluded(t *testing.T) {
	d := disk{
		"a.rdl": `include "b.rdl"` + "\n" + `test "a" { given "only"; expect print "only" }` + "\n",
		"b.rdl": `rule { matching "x"; doing print msg.line }` + "\n" + `rule { matching "only"; doing print "only" }` + "\n" + `test "t" { given "xx"; expect print "y" }` + "\n",
		"c.rdl": `include "b.rdl"` + "\n",
	}
	s := d.suite()
	s.Cover = &Cover{}
	results, err := s.Run([]File{{Name: "a.rdl"}, {Name: "b.rdl"}, {Name: "c.rdl"}})
	if err != nil || names(results) != "t! a t! t!" {
		t.Fatal(names(results), err)
	}
	files, err := Update(results, d.read)
	if want := strings.Replace(d["b.rdl"], `"y"`, `"xx"`, 1); err != nil || len(files) != 1 || files["b.rdl"] != want {
		t.Errorf("got %q, %v", files, err)
	}
	var b strings.Builder
	s.Cover.WriteText(&b)
	if b.String() != "b.rdl: 4 of 4 reached (100%)\n" {
		t.Errorf("got %s", &b)
	}
}

func TestUpdateOfArchives(t *testing.T) {
	got := updated(t, "x.txtar", hello+"-- expect --\nprint matching \"kim\"\nprint \"hello max\"\n-- after 5m --\n-- expect --\n-- stdout --\nx\n")
	want := hello + "-- expect --\nprint matching \"kim\"\nprint \"hello lee\"\n-- after 5m --\n-- expect --\nalert \"kim is gone\"\nalert \"lee is gone\"\n-- stdout --\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Whatever a test expects, once it is updated it passes, and is laid out as
// logs fmt does it.
func TestWhatIsUpdatedPasses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-c{}"\\\t é]{0,6}`)
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1:
				return "given " + quoted(rapid.SampledFrom([]string{"say ", "warn ", "run "}).Draw(t, "word")+text.Draw(t, "text"))
			case 2:
				return "after 1m"
			case 3:
				return "expect nothing else"
			}
			no := rapid.SampledFrom([]string{"", "no "}).Draw(t, "no")
			kind := rapid.SampledFrom([]string{"print", "alert", "exec"}).Draw(t, "kind")
			what := rapid.SampledFrom([]string{"", " " + quoted(text.Draw(t, "text")), " matching \"a\""}).Draw(t, "what")
			times := ""
			if no == "" && rapid.Bool().Draw(t, "counted") {
				times = fmt.Sprintf(" %d times", rapid.IntRange(1, 3).Draw(t, "times"))
			}
			return "expect " + no + kind + what + times
		}), 1, 12).Draw(t, "steps")
		src := `
rule { matching "say (.*)"; binding (x); doing print x }
rule { matching "warn (.*)"; binding (x); doing { alert x; in 1m { print x } } }
rule { matching "run (.*)"; binding (x); doing exec x }
test "t" {
  ` + strings.Join(steps, "\n  ") + "\n  expect no mail\n}\n"
		got := updated(t, "x.rdl", src)
		d := disk{"x.rdl": got}
		results, err := d.suite().Run([]File{{Name: "x.rdl"}})
		if err != nil || results[0].Failure != "" {
			t.Fatalf("%v\n%s\nof\n%s\n%v", err, got, src, results)
		}
		if file, _ := rdl.Parse("x.rdl", got); got != src && rdl.Format(file) != got {
			t.Fatalf("it is not laid out:\n%s", got)
		}
	})
}

// Of an alignment each list is gone through once and in order, what stands
// together is the same, and no other one has more that is.
func TestAlign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 9)
		want, got := list.Draw(t, "want"), list.Draw(t, "got")
		w, g, same := 0, 0, 0
		for _, p := range align(len(want), len(got), func(w, g int) bool { return want[w] == got[g] }) {
			if p.want >= 0 && p.want != w || p.got >= 0 && p.got != g || p.want < 0 && p.got < 0 {
				t.Fatalf("%v stands at %d and %d", p, w, g)
			}
			if p.want >= 0 {
				w++
			}
			if p.got >= 0 {
				g++
			}
			if p.want >= 0 && p.got >= 0 {
				same++
				if want[p.want] != got[p.got] {
					t.Fatalf("%d is not %d", want[p.want], got[p.got])
				}
			}
		}
		if most := mostAlike(want, got); w != len(want) || g != len(got) || same != most {
			t.Fatalf("%d and %d are gone through, %d are alike of %d", w, g, same, most)
		}
	})
}

// mostAlike tries everything.
func mostAlike(a, b []int) int {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	most := max(mostAlike(a[1:], b), mostAlike(a, b[1:]))
	if a[0] == b[0] {
		most = max(most, 1+mostAlike(a[1:], b[1:]))
	}
	return most
}

// Very long lists are not aligned in the middle, so that this takes no time.
func TestAlignLongLists(t *testing.T) {
	const n = 100_000
	pairs := align(n, n, func(w, g int) bool { return w == g && w != 7 && w != n-7 })
	if len(pairs) < n || pairs[6].got != 6 || pairs[len(pairs)-1] != (pair{n - 1, n - 1}) {
		t.Errorf("there are %d pairs", len(pairs))
	}
}
